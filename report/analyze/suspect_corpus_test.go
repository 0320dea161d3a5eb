package analyze

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report"
)

// TestCorpusSuspects has the suspect of each real dump that has one, read beside what the dump says; the others have none.
func TestCorpusSuspects(t *testing.T) {
	want := map[string]string{
		"111317-29609": "atikmdag.sys likely", "111317-44625": "atikmdag.sys likely", "111417-41062": "atikmdag.sys likely", // 0xA0000001, which it called for
		"111417-58375": "RTKVHD64.sys likely",                                            // reads 0x4000010b by rcx
		"111417-76578": "atikmdag.sys possible", "111417-86203": "atikmdag.sys possible", // stuck, by scan
		"116_0": "nvlddmkm.sys possible",
		"7e_1":  "nvlddmkm.sys likely", // POPCNT on a processor that lacks it
		"9f":    "iaStorAC.sys possible",
	}
	files, _ := filepath.Glob(filepath.Join(corpus(t), "dumps", "*.dmp"))
	for _, name := range files {
		r := reportOn(t, name)
		key := strings.TrimSuffix(filepath.Base(name), ".dmp")
		key = strings.TrimSuffix(key[strings.LastIndex(key, "__")+2:], "-01")
		got := ""
		if s := r.Suspect; s != nil && s.Module != "" {
			got = s.Module + " " + string(s.Confidence)
			listed := false
			for _, m := range r.Modules {
				listed = listed || m.Name == s.Module
			}
			if !listed || ofWindows(s.Module, "") {
				t.Errorf("%s: %s is not listed, or one of Windows' own", key, s.Module)
			}
		}
		if got != want[key] {
			t.Errorf("%s: %q, want %q", key, got, want[key])
		}
		agree(t, key, r)
		brief, err := (&Analyzer{Brief: true}).Report(File(name))
		if err != nil {
			t.Fatal(err)
		}
		if a, b := r.Suspect, brief.Suspect; (a == nil) != (b == nil) || a != nil && *a != *b {
			t.Errorf("%s: %+v on the page, %+v in a row", key, a, b)
		}
	}
	if len(files) == 0 {
		t.Error("there are no dumps")
	}
}

// TestSampleSuspects: what the samples say of the fault agrees.
func TestSampleSuspects(t *testing.T) {
	files, _ := filepath.Glob("../../testdata/*.dmp")
	for _, name := range files {
		if _, err := os.Stat(name); err != nil {
			t.Fatal(err)
		}
		agree(t, name, reportOn(t, name))
	}
	if len(files) == 0 {
		t.Error("there are no samples")
	}
}

// agree checks that a suspect is the module at fault of the signature, where that is not one of Windows' own, and the one that is to be looked at
// first.
func agree(t *testing.T, name string, r *report.Report) {
	t.Helper()
	if r.Suspect == nil || r.Suspect.Module == "" || r.Signature == nil || r.Signature.Module == "" || r.Signature.Module == "nt" || ofWindows(r.Signature.Module, "") {
		return
	}
	if moduleKey(r.Suspect.Module) != r.Signature.Module {
		t.Errorf("%s: the suspect is %s, the signature has %s", name, r.Suspect.Module, r.Signature.Module)
	}
	if look := r.Bugcheck.FirstLook; strings.Contains(look, ".sys") && !strings.Contains(look, r.Suspect.Module) {
		t.Errorf("%s: the suspect is %s, but %q", name, r.Suspect.Module, look)
	}
}
