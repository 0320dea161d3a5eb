package batch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dmplens/dmplens/report"
)

// cursor reads the values of one line of JSON in their order. The first error stays, and nothing is read behind it.
type cursor struct {
	line  []byte
	at    int
	depth int // objects and arrays around
	err   error

	room  room
	lists lists
}

// lists is room for those of a row.
type lists struct {
	parameters []report.Parameter
	modules    []report.Module
	findings   []report.Finding
	noticed    []report.Noticed
	devices    []string
}

// room is where a row is put: making it anew for each would take longer than reading it.
type room struct {
	row       report.Report
	error     report.Error
	dump      report.Dump
	bugcheck  report.Bugcheck
	fault     report.Fault
	suspect   report.Suspect
	process   report.Process
	origin    report.Origin
	signature report.Signature
	hardware  report.Hardware
}

func (c *cursor) reset(line []byte) { c.line, c.at, c.depth, c.err = line, 0, 0, nil }

// end says that the line has ended, or the first error.
func (c *cursor) end() error {
	if c.err == nil {
		if c.peek(); c.at < len(c.line) {
			c.fail(errors.New("there is something behind it"))
		}
	}
	return c.err
}

// isValid says whether a line is JSON.
func (c *cursor) isValid(line []byte) bool {
	c.reset(line)
	c.value()
	return c.end() == nil
}

func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// invalid fails with what is wrong with the line.
func (c *cursor) invalid() {
	if c.err == nil {
		_, err := jsontext.NewDecoder(bytes.NewReader(c.line), asWritten).ReadValue()
		switch err {
		case nil:
			err = fmt.Errorf("no JSON at byte %d", c.at)
		case io.EOF:
			err = errors.New("there is nothing in it")
		}
		c.fail(err)
	}
}

// peek returns the first byte that is no space, 0 at the end.
func (c *cursor) peek() byte {
	if c.at = skipSpace(c.line, c.at); c.at < len(c.line) {
		return c.line[c.at]
	}
	return 0
}

// value reads a value whole.
func (c *cursor) value() jsontext.Value {
	if c.err != nil {
		return nil
	}
	c.peek()
	end := skipValue(c.line, c.at, c.depth)
	if end < 0 {
		c.invalid()
		return nil
	}
	v := c.line[c.at:end]
	c.at = end
	return v
}

// text reads a text. It is a part of the line, or made of one.
func (c *cursor) text() []byte {
	end, plain := skipText(c.line, c.at)
	if end < 0 {
		c.invalid()
		return nil
	}
	quoted := c.line[c.at:end]
	c.at = end
	if plain {
		return quoted[1 : len(quoted)-1]
	}
	text, _ := jsontext.AppendUnquote(nil, quoted) // what is no UTF-8 is replaced
	return text
}

// null reads a null, if there is one: it says as much as a field that is left out.
func (c *cursor) null() bool {
	if c.err != nil {
		return true
	}
	if c.peek() == 'n' {
		c.value()
		return true
	}
	return false
}

// each calls read for each item of an object or array, until it returns false.
func (c *cursor) each(read func() bool) {
	end := c.line[c.at] + 2 // } follows {, as ] follows [, two behind it
	c.at++
	c.depth++
	if c.peek() != end {
		for {
			if !read() || c.err != nil {
				return
			}
			b := c.peek()
			if b == end {
				break
			}
			if b != ',' {
				c.invalid()
				return
			}
			c.at++
			c.peek()
		}
	}
	c.at++
	c.depth--
}

// members calls visit with the name of each member of an object, until it returns false. It skips the values that visit does not read.
func (c *cursor) members(visit func(name []byte) bool) {
	if c.null() {
		return
	}
	if c.peek() != '{' {
		c.fail(fmt.Errorf("no object but %.20q", c.value()))
		return
	}
	c.each(func() bool {
		name := c.text()
		if c.peek() != ':' {
			c.invalid()
			return false
		}
		c.at++
		c.peek()
		start := c.at
		if !visit(name) {
			return false
		}
		if c.at == start {
			c.value()
		}
		return true
	})
}

// readPart reads an object that can be missing. There is room for it.
func readPart[T any](c *cursor, to **T, room *T, visit func(*T, []byte)) {
	if c.null() {
		return
	}
	*to = room
	c.members(func(name []byte) bool {
		visit(*to, name)
		return true
	})
}

// readList reads an array of objects.
func readList[T any](c *cursor, to, room *[]T, visit func(*T, []byte)) {
	readItems(c, to, room, func(one *T) {
		c.members(func(name []byte) bool {
			visit(one, name)
			return true
		})
	})
}

// readItems reads an array, each item by read. It takes the room that there is for it.
func readItems[T any](c *cursor, to, room *[]T, read func(*T)) {
	if c.null() {
		return
	}
	if c.peek() != '[' {
		c.fail(fmt.Errorf("no array but %.20q", c.value()))
		return
	}
	if *room == nil {
		*room = make([]T, 0, 4)
	}
	*to = (*room)[:0]
	c.each(func() bool {
		var none T
		*to = append(*to, none)
		read(&(*to)[len(*to)-1])
		return true
	})
	*room = *to
}

func readText[T ~string](c *cursor, to *T) {
	if c.null() {
		return
	}
	if c.peek() != '"' {
		c.fail(fmt.Errorf("no text but %.20q", c.value()))
		return
	}
	*to = T(c.text())
}

// readWhole reads a whole number of 32 bits.
func readWhole[T int | uint32](c *cursor, to **T) {
	if c.null() {
		return
	}
	v := c.value()
	n, err := strconv.ParseInt(string(v), 10, 64)
	if one := T(n); c.err == nil && err == nil && int64(one) == n {
		*to = &one
		return
	}
	c.fail(fmt.Errorf("no such number: %.20q", v))
}

func (c *cursor) number(to **float64) {
	if c.null() {
		return
	}
	v := c.value()
	n, err := strconv.ParseFloat(string(v), 64)
	if c.err != nil || v.Kind() != '0' || err != nil {
		c.fail(fmt.Errorf("no number: %.20q", v))
		return
	}
	*to = &n
}

func (c *cursor) flag(to **bool) {
	if c.null() {
		return
	}
	switch v := c.value(); v.Kind() {
	case 't', 'f':
		yes := v.Kind() == 't'
		*to = &yes
	default:
		c.fail(fmt.Errorf("neither true nor false: %.20q", v))
	}
}

func (c *cursor) time(to **time.Time) {
	if c.null() {
		return
	}
	t := new(time.Time)
	if v := c.value(); c.err == nil {
		c.fail(t.UnmarshalJSON(v))
	}
	if c.err == nil {
		*to = t
	}
}
