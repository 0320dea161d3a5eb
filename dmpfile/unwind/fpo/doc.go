// Package fpo finds what called a function of x86 code by the frame data of its PDB: by the programs of FRAMEDATA records, and by the sizes
// of the older FPO records. One frame at a time.
//
// Sources of the format facts: the documentation of IDiaFrameData and IDiaStackWalkFrame in Microsoft's Debug Interface Access SDK, winnt.h
// (FPO_DATA), and the programs that compilers write.
package fpo
