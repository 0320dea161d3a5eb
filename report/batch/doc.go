// Package batch reports on many files: those of folders, shares and archives, one row a file or member.
//
// A Scan walks paths, looks at several files at a time, and gives a row for each; nothing that a share can hold stops it. Rows are
// reports, written as lines of JSON, and they are all that a scan leaves: OpenRows tells which files have one already, so that an
// interrupted scan goes on where it was, and Rows reads them again.
//
// Archives are zip, gzip and zstd files, known by their content. 7-Zip and cabinet archives are only named, an archive inside an archive
// too. A gzip or zstd file holds one file: a tar archive in it is no dump, and is not looked into.
package batch
