// Package batch makes reports of many files: of those in folders, and of what is inside archives.
//
// Archives are zip, gzip and zstd files, known by their content. 7-Zip and cabinet archives are only named, an archive inside an archive
// too. A gzip or zstd file holds one file: a tar archive in it is no dump, and is not looked into.
package batch
