//go:build !unix

package dmpfile

const openNonblock = 0
