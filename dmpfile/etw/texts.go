package etw

import "strings"

// leastText is how many letters in a row are taken for a text, in a message whose form is not known.
const leastText = 4

// Texts returns what of a WPP message can be read without the symbols of its driver: each run of at least four printable letters, of one byte or of two
// bytes each. It can be a name of a network or of a user.
func (e *Event) Texts() []string {
	var list []string
	b := e.Payload
	for i := 0; i < len(b); {
		n, step := run(b[i:], 1), 1
		if wide := run(b[i:], 2); wide >= leastText {
			n, step = wide, 2
		}
		if n < leastText {
			i++
			continue
		}
		var text strings.Builder
		for j := range n {
			text.WriteByte(b[i+j*step])
		}
		list = append(list, text.String())
		i += n * step
	}
	return list
}

// run counts the printable letters that b begins with, each of size bytes.
func run(b []byte, size int) (n int) {
	for ; len(b) >= size; b = b[size:] {
		if b[0] < ' ' || b[0] > '~' || size == 2 && b[1] != 0 {
			break
		}
		n++
	}
	return n
}
