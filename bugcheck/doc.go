// Package bugcheck says what the numbers of a bug check claim, from the numbers
// alone: the code, its four parameters and nothing else of the dump.
//
// A code marks a crash, a live dump, or both. [Lookup] finds what is known of
// one, [Decode] reads its parameters. A parameter that is an address is only
// typed here: what stands at that address is for the caller to read.
//
// The knowledge is in codes.txt, which is embedded and parsed on first use.
package bugcheck
