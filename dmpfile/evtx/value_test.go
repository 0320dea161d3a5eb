package evtx

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

type valueTest struct {
	name string
	typ  uint8
	hex  string
	want []string
}

// valueTests are the types of values, their bytes, and what Windows renders: an element for each item of an array.
var valueTests = []valueTest{
	{"null", 0x00, "", nil},
	{"string", 0x01, "6100e4003cd83fdf", []string{"aä🌿"}},
	{"string that ends with a zero", 0x01, "610062000000", []string{"ab"}},
	{"empty string", 0x01, "", []string{""}},
	{"ANSI", 0x02, "61e462", []string{"aäb"}},
	{"int8", 0x03, "80", []string{"-128"}},
	{"uint8", 0x04, "80", []string{"128"}},
	{"int16", 0x05, "feff", []string{"-2"}},
	{"uint16", 0x06, "feff", []string{"65534"}},
	{"int32", 0x07, "20feffff", []string{"-480"}},
	{"uint32", 0x08, "20feffff", []string{"4294966816"}},
	{"int64", 0x09, "0000000000000080", []string{"-9223372036854775808"}},
	{"uint64", 0x0A, "ffffffffffffffff", []string{"18446744073709551615"}},
	{"float", 0x0B, "0000c03f", []string{"1.5"}},
	{"double", 0x0C, "00000000000004c0", []string{"-2.5"}},
	{"bool", 0x0D, "01000000", []string{"true"}},
	{"bool false", 0x0D, "00000000", []string{"false"}},
	{"binary", 0x0E, "00ab1f", []string{"00AB1F"}},
	{"GUID", 0x0F, "33221100554477668899aabbccddeeff", []string{"{00112233-4455-6677-8899-AABBCCDDEEFF}"}},
	{"size of 32 bits", 0x10, "efbe0000", []string{"0xbeef"}},
	{"size of 64 bits", 0x10, "efbe000001000000", []string{"0x10000beef"}},
	{"FILETIME of nothing", 0x11, "0000000000000000", []string{"1601-01-01T00:00:00.000000000Z"}},
	{"FILETIME after the year 9999", 0x11, "ffffffffffffff7f", []string{"FFFFFFFFFFFFFF7F"}},
	{"FILETIME", 0x11, "01803ed5deb19d01", []string{"1970-01-01T00:00:00.000000100Z"}},
	{"SYSTEMTIME", 0x12, "e80703000000" + "1f00" + "0b00" + "0c00" + "1a00" + "f401", []string{"2024-03-31T11:12:26.500Z"}},
	{"SID", 0x13, "010200000000000520000000" + "20020000", []string{"S-1-5-32-544"}},
	{"SID of a large authority", 0x13, "01011234000000ab" + "12000000", []string{"S-1-0x1234000000ab-18"}},
	{"SID that is cut off", 0x13, "0102000000000005" + "20000000", []string{"010200000000000520000000"}},
	{"hex 32", 0x14, "34120000", []string{"0x1234"}},
	{"hex 64", 0x15, "0000000000008000", []string{"0x80000000000000"}},
	{"strings", 0x81, "61000000000062000000", []string{"a", "", "b"}},
	{"no strings", 0x81, "", []string{""}},
	{"int8s", 0x83, "01ff", []string{"1", "-1"}},
	{"uint16s", 0x86, "0100ffff", []string{"1", "65535"}},
	{"uint32s", 0x88, "0100000002000000", []string{"1", "2"}},
	{"uint64s", 0x8A, "01000000000000000200000000000000", []string{"1", "2"}},
	{"bools", 0x8D, "0100000000000000", []string{"true", "false"}},
	{"hex 32s", 0x94, "0100000010000000", []string{"0x1", "0x10"}},
	{"GUIDs", 0x8F, strings.Repeat("33221100554477668899aabbccddeeff", 2),
		[]string{"{00112233-4455-6677-8899-AABBCCDDEEFF}", "{00112233-4455-6677-8899-AABBCCDDEEFF}"}},
	{"SIDs", 0x93, "010100000000000512000000" + "010100000000000513000000", []string{"S-1-5-18", "S-1-5-19"}},
	{"FILETIMEs", 0x91, "01803ed5deb19d01" + "02803ed5deb19d01", []string{"1970-01-01T00:00:00.000000100Z", "1970-01-01T00:00:00.000000200Z"}},
}

// logOf is a log with a record for each value.
func logOf(values ...valueTest) []byte {
	var records []dmptest.EVTXRecord
	for _, v := range values {
		b, err := hex.DecodeString(v.hex)
		if err != nil {
			panic(v.name)
		}
		records = append(records, dmptest.EVTXRecord{
			Provider: "Test", ID: 7, Time: time.Date(2024, 3, 31, 11, 0, 0, 0, time.UTC), Channel: "System",
			Data: []dmptest.EVTXData{{Name: v.name, Type: v.typ, Value: b}},
		})
	}
	return dmptest.EVTX{Chunks: [][]dmptest.EVTXRecord{records}}.Image().Data()
}

func openLog(t testing.TB, data []byte) *File {
	t.Helper()
	f, err := NewFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestValues(t *testing.T) {
	i := 0
	for r, err := range openLog(t, logOf(valueTests...)).Records(nil) {
		v := valueTests[i]
		i++
		if err != nil {
			t.Errorf("%s: %v", v.name, err)
			continue
		}
		var got []string
		for _, f := range r.Data {
			if f.Name != v.name {
				t.Errorf("%s: %q", v.name, f.Name)
			}
			got = append(got, f.Value)
		}
		if !slices.Equal(got, v.want) {
			t.Errorf("%s: %q, want %q", v.name, got, v.want)
		}
	}
	if i != len(valueTests) {
		t.Errorf("%d records", i)
	}
}
