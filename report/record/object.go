package record

import (
	"bytes"
	"math"
	"strconv"
	"time"
)

// object appends the members of JSON objects, the very bytes that encoding/json makes of them. The first error stays in err; what
// has been appended is of no use then.
type object struct {
	b   []byte
	err error
}

// open begins an object or a list: of the given name, or the next element of a list where the name is empty.
func (o *object) open(name string, bracket byte) {
	if name != "" {
		o.name(name)
	} else {
		o.comma()
	}
	o.b = append(o.b, bracket)
}

func (o *object) close(bracket byte) { o.b = append(o.b, bracket) }

// comma appends a comma unless an object or a list has only begun.
func (o *object) comma() {
	if last := o.b[len(o.b)-1]; last != '{' && last != '[' {
		o.b = append(o.b, ',')
	}
}

func (o *object) name(name string) {
	o.comma()
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

// must appends a string, even an empty one.
func (o *object) must(name, value string) {
	o.name(name)
	o.b = appendString(o.b, value)
}

// str appends a string unless it is empty.
func (o *object) str(name, value string) {
	if value != "" {
		o.must(name, value)
	}
}

// strs appends a list of strings, even an empty one.
func (o *object) strs(name string, list []string) {
	o.open(name, '[')
	for _, s := range list {
		o.comma()
		o.b = appendString(o.b, s)
	}
	o.close(']')
}

func (o *object) bool(name string, value *bool) {
	if value != nil {
		o.name(name)
		o.b = strconv.AppendBool(o.b, *value)
	}
}

// integer is a function because methods have no type parameters.
func integer[T int | int64 | uint32 | uint64](o *object, name string, value *T) {
	switch {
	case value == nil:
	case *value < 0:
		o.name(name)
		o.b = strconv.AppendInt(o.b, int64(*value), 10)
	default:
		o.name(name)
		o.b = strconv.AppendUint(o.b, uint64(*value), 10)
	}
}

func (o *object) float(name string, value *float64) {
	if value == nil {
		return
	}
	o.name(name)
	if size := math.Abs(*value); size == 0 || 1e-6 <= size && size < 1e21 {
		o.b = strconv.AppendFloat(o.b, *value, 'f', -1, 64)
	} else {
		o.value(*value) // written with an exponent, or no number
	}
}

func (o *object) time(name string, value *time.Time) {
	if value == nil {
		return
	}
	o.name(name)
	if b, err := value.AppendText(append(o.b, '"')); err == nil {
		o.b = append(b, '"')
	} else {
		o.value(value) // for the error
	}
}

// other appends a member through encoding/json: for what rows seldom have.
func (o *object) other(name string, value any) {
	o.name(name)
	o.value(value)
}

func (o *object) value(value any) {
	line, err := marshal(value, "")
	if o.err == nil {
		o.err = err
	}
	o.b = append(o.b, bytes.TrimSuffix(line, []byte("\n"))...)
}
