package bugcheck

import "testing"

// BenchmarkLookupFirst measures the first Lookup of a code.
func BenchmarkLookupFirst(b *testing.B) {
	b.ReportAllocs()
	e, ok := index.find(0x9F)
	if !ok {
		b.Fatal("0x9f is missing")
	}
	for b.Loop() {
		if err := parseCode(e.block, index.known, &Code{Use: Crash}); err != nil {
			b.Fatal(err)
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
