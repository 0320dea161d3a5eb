// Package patterns finds what many dumps say together that one cannot: a machine that stops for unrelated reasons, a driver that stops
// many machines. A Collector takes rows one by one and keeps a few words of each; List judges them at the end.
//
// A pattern is named where chance does not explain it: each rule has a test against what the other rows make likely, corrected for how
// many were tried. Copies, dumps that somebody asked for, memory images and rows without a code do not count.
package patterns
