package main

import (
	"bufio"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// decoded reads a text as UTF-8 without a byte order mark. UTF-16 is told by its mark, as Windows PowerShell writes it.
func decoded(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	return &decoder{in: in, begin: true}
}

// decoder is what decoded returns. It looks at the mark when it is read: a pipe may have nothing before.
type decoder struct {
	in    *bufio.Reader
	begin bool
	order binary.ByteOrder // of UTF-16, nil for UTF-8
	ready []byte           // decoded already
	high  rune             // the first half of a pair, 0 for none
}

func (d *decoder) Read(p []byte) (int, error) {
	if d.begin {
		d.begin = false
		d.mark()
	}
	if d.order == nil {
		return d.in.Read(p)
	}
	for len(d.ready) == 0 && len(p) > 0 {
		if err := d.more(); err != nil && len(d.ready) == 0 {
			return 0, err
		}
	}
	n := copy(p, d.ready)
	d.ready = d.ready[n:]
	return n, nil
}

// mark drops the byte order mark, if there is one.
func (d *decoder) mark() {
	two, _ := d.in.Peek(2) // what fails here fails again when it is read
	switch string(two) {
	case "\xff\xfe":
		d.order = binary.LittleEndian
	case "\xfe\xff":
		d.order = binary.BigEndian
	case "\xef\xbb":
		if three, _ := d.in.Peek(3); string(three) == "\ufeff" {
			d.in.Discard(3)
		}
		return
	default:
		return
	}
	d.in.Discard(2)
}

// more decodes what is there, at least a unit. A half of a pair, or of a unit at the end, becomes U+FFFD.
func (d *decoder) more() error {
	d.ready = d.ready[:0]
	for {
		var unit [2]byte
		n, err := io.ReadFull(d.in, unit[:])
		switch {
		case err == nil:
			d.unit(rune(d.order.Uint16(unit[:])))
		default:
			if d.high != 0 || n > 0 {
				d.ready = utf8.AppendRune(d.ready, utf8.RuneError)
				d.high = 0
			}
			if err == io.ErrUnexpectedEOF {
				err = io.EOF
			}
			return err
		}
		if d.in.Buffered() < 2 || len(d.ready) > 1<<12 {
			return nil
		}
	}
}

func (d *decoder) unit(r rune) {
	if d.high != 0 {
		pair := utf16.DecodeRune(d.high, r)
		d.high = 0
		d.ready = utf8.AppendRune(d.ready, pair) // U+FFFD where they are no pair
		if pair != utf8.RuneError {
			return
		}
	}
	if utf16.IsSurrogate(r) && r < 0xdc00 {
		d.high = r
		return
	}
	d.ready = utf8.AppendRune(d.ready, r)
}
