// Package bugcheck says what the numbers of a bug check claim, from the numbers
// alone: the code, its four parameters and nothing else of the dump.
//
// A code marks a crash, a live dump, or both. [Lookup] finds what is known of
// one, [DecodeOn] reads its parameters. A parameter that is an address is only
// typed here: what stands at that address is for the caller to read.
//
// The knowledge is in the folder codes, which is embedded; codes/form.txt
// describes its form. The first use finds where each code stands, and a code
// is read when it is asked for.
package bugcheck
