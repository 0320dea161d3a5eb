// Package batch reports on many files: those of folders, shares and archives, one row a file or member. It walks and opens files for
// reading, and the one thing that it writes is the file of rows that OpenRows takes.
//
// A Scan walks paths, looks at several files at a time, and gives a row for each; nothing that a share can hold stops it. Rows are
// reports, written as lines of JSON, and they are all that a scan leaves: OpenRows tells which files have one already, so that an
// interrupted scan goes on where it was, and Rows reads them again. Groups counts what rows have in common, and Diff compares groups.
//
// A file goes one way: walk finds it, choice wants it, sender queues it, a worker has its looker look at it, lines encodes the row, order
// puts it in its place, duplicates marks it, and Run yields it. What is known of one file is found out by the looker, its samples too, or
// better by package analyze; what takes several files to know is done where duplicates are, by what rows say: no row waits for another file. What is inside archives is read by package archive, and what an
// expression says of a row by package condition. What many rows say together is found by package patterns.
package batch
