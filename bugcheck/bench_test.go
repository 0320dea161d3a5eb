package bugcheck

import "testing"

// BenchmarkLookupFirst measures the first Lookup of a program.
func BenchmarkLookupFirst(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		t, err := newTable(codesFiles())
		if err != nil {
			b.Fatal(err)
		}
		if _, ok := t.lookup(0x9F); !ok {
			b.Fatal("0x9f is missing")
		}
	}
}

// BenchmarkReadAll measures the first call of Codes.
func BenchmarkReadAll(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseFiles(codesFiles()...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	loaded()
	for b.Loop() {
		if _, ok := Lookup(0x161); !ok {
			b.Fatal("0x161 is missing")
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	s := System{"amd64", 26100}
	params := [4]uint64{3, 0xffffc00112345678, 0xfffff80012345678, 0xffffc00112345000}
	for b.Loop() {
		DecodeOn(s, 0x9F, params)
	}
}

func BenchmarkNearest(b *testing.B) {
	for b.Loop() {
		Nearest("DRIVER_POWER_STATE_FALURE", 3)
	}
}
