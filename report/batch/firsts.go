package batch

import (
	"encoding/binary"
	"path/filepath"
)

// firsts remembers the first file with each key. It takes some 45 bytes for a file in a folder of many.
type firsts struct {
	at      map[key]uint32 // where in names
	names   []byte         // of each file the number of its folder, the length of its name in there, and the name
	folders []string
	numbers map[string]uint32
}

// add remembers a file, or returns the first one with the same key.
func (f *firsts) add(k key, name string) (first string, ok bool) {
	if first, ok = f.get(k); !ok {
		f.set(k, name)
	}
	return first, ok
}

// get returns the first file with a key.
func (f *firsts) get(k key) (first string, ok bool) {
	at, ok := f.at[k]
	if !ok {
		return "", false
	}
	return f.name(at), true
}

// set makes a file the first one with a key.
func (f *firsts) set(k key, name string) {
	if f.at == nil {
		f.at, f.numbers = map[key]uint32{}, map[string]uint32{}
	}
	if uint64(len(f.names)) > 1<<32-1<<20 {
		return
	}
	folder, base := filepath.Split(name)
	n, ok := f.numbers[folder]
	if !ok {
		n = uint32(len(f.folders))
		f.folders = append(f.folders, folder)
		f.numbers[folder] = n
	}
	f.at[k] = uint32(len(f.names))
	f.names = binary.AppendUvarint(f.names, uint64(n))
	f.names = binary.AppendUvarint(f.names, uint64(len(base)))
	f.names = append(f.names, base...)
}

func (f *firsts) name(at uint32) string {
	b := f.names[at:]
	folder, n := binary.Uvarint(b)
	length, m := binary.Uvarint(b[n:])
	b = b[n+m:]
	return f.folders[folder] + string(b[:length])
}
