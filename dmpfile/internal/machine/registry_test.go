package machine_test

import (
	"maps"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
	"github.com/dmplens/dmplens/dmpfile/internal/bin"
	"github.com/dmplens/dmplens/dmpfile/internal/machine"
)

func TestRegistryValues(t *testing.T) {
	whole := dmptest.RegistryBlob(
		dmptest.RegistryText("Identifier", "AMD64"), dmptest.RegistryDWORD("~MHz", 3700), dmptest.RegistryText("ProcessorNameString", "C1 ä"),
	).Data
	first := map[string]string{"Identifier": "AMD64", "~MHz": "\u0e74"}
	all := maps.Clone(first)
	all["ProcessorNameString"] = "C1 ä"
	last := len(whole) - (4 + 40 + 4 + 4 + 10) // where the last value begins: name, type, data
	for _, c := range []struct {
		name string
		data []byte
		want map[string]string
		n    int
	}{
		{"whole", whole, all, len(whole)},
		{"bytes behind", append(append([]byte{}, whole...), 0xFF, 0xFF, 0xFF, 0xFF), all, len(whole)},
		{"empty", nil, map[string]string{}, 0},
		{"cut before a value", whole[:last], first, last},
		{"cut inside a name", whole[:last+4+39], first, last},
		{"cut inside a type", whole[:last+4+40+3], first, last},
		{"cut inside a length", whole[:last+4+40+4+3], first, last},
		{"cut inside data", whole[:len(whole)-1], first, last},
	} {
		got, at := map[string]string{}, 0
		for {
			v, n, ok := machine.NextRegistryValue(c.data[at:])
			if !ok {
				break
			}
			got[bin.UTF16Z(v.Name)] = bin.UTF16Z(v.Data)
			at += n
		}
		if !maps.Equal(got, c.want) || at != c.n {
			t.Errorf("%s: %q, %d bytes; want %q, %d", c.name, got, at, c.want, c.n)
		}
	}
}

func FuzzRegistryValues(f *testing.F) {
	whole := dmptest.CPURegistry("Contoso C1", "Contoso", "AMD64 Family 25", 3700).Data
	for cut := 0; cut <= len(whole); cut += 7 {
		f.Add(whole[:cut])
	}
	for off := 0; off+4 <= len(whole); off += 8 {
		m := dmptest.Load(whole)
		m.PutU32(off, 1<<32-1)
		f.Add(m.Data())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for at := 0; ; {
			v, n, ok := machine.NextRegistryValue(data[at:])
			if !ok {
				return
			}
			if n != 12+len(v.Name)+len(v.Data) {
				t.Fatalf("a value at %#x has %d bytes: %+v", at, n, v)
			}
			at += n
		}
	})
}
