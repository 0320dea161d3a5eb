// Package patterns finds what many dumps say together that one cannot: a machine that stops for unrelated reasons, a driver that stops
// many machines. A Collector takes rows one by one and keeps a few words of each; List judges them at the end.
//
// A pattern is named where chance does not explain it: each rule has a test against what the other rows make likely, corrected for how
// many were tried. Copies, dumps that somebody asked for, memory images and rows without a code do not count. Dumps of one event, the
// small one beside the large one or a file that was copied, are one.
//
// What a share is like by itself is no pattern: a few signatures that are most of all, machines with many dumps, and those that stopped
// again and again with one signature.
package patterns
