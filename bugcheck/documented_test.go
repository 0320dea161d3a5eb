package bugcheck

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// TestCorpusDocumentedValues asks for a meaning of every value of a parameter
// that Microsoft's reference lists, as the file of facts beside the corpus has
// them.
func TestCorpusDocumentedValues(t *testing.T) {
	dir := os.Getenv("DMPLENS_CORPUS")
	if dir == "" {
		t.Skip("DMPLENS_CORPUS is not set: the documented values are NOT tested")
	}
	data, err := os.ReadFile(filepath.Join(filepath.Dir(dir), "reference", "bugchecks.json"))
	if err != nil {
		t.Skip(err)
	}
	type value struct {
		Numbers []uint64 `json:"value_num"`
	}
	var codes []struct {
		Code       string
		Parameters []struct {
			Index  int
			Values []value
		}
		Tables []struct {
			Selector string
			Rows     []value
		} `json:"sub_tables"`
	}
	if err := json.Unmarshal(data, &codes); err != nil {
		t.Fatal(err)
	}
	count := 0
	check := func(code uint32, n int, values []value) {
		for _, v := range values {
			for _, number := range v.Numbers {
				count++
				if !hasMeaning(code, n, number) {
					t.Errorf("parameter %d of %#x: %#x has no meaning", n, code, number)
				}
			}
		}
	}
	for _, c := range codes {
		code, err := strconv.ParseUint(c.Code, 0, 32)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range c.Parameters {
			check(uint32(code), p.Index, p.Values)
		}
		for _, table := range c.Tables {
			if table.Selector == "parameter 1" {
				check(uint32(code), 1, table.Rows)
			}
		}
	}
	if count < 1000 {
		t.Errorf("%d values, want at least 1000", count)
	}
}

// hasMeaning reports whether a value means something on some system.
func hasMeaning(code uint32, n int, value uint64) bool {
	var params [4]uint64
	params[n-1] = value
	for _, s := range []System{{"amd64", 26100}, {"x86", 7601}, {"arm64", 26100}} {
		if m := DecodeOn(s, code, params).Parameters[n-1].Meaning; m != "" && m != undocumentedValue {
			return true
		}
	}
	return false
}
