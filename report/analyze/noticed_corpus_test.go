package analyze

import (
	"path/filepath"
	"strings"
	"testing"
)

// corpusNoticed are the lines of real dumps, read beside their streams. A dump that is not here has none.
var corpusNoticed = map[string][]string{
	"CriticalRocket__DriverProblems__111317-27812-01.dmp": {"all memory is one module (Micron "},
	"CriticalRocket__DriverProblems__111417-58375-01.dmp": {"all memory is one module (Micron "}, // a bit of a register is wrong
	"DAIMUVG__Minidumps__102622-12000-01.dmp":             {"memory modules of 2 kinds are mixed: Samsung M471A1G44AB0-CWE, Hynix HMAA1GS6CJR6N-XN", "no clean shutdown for 3 boots"},
	"DAIMUVG__Minidumps__102622-17265-01.dmp":             {"memory modules of 2 kinds are mixed: Samsung M471A1G44AB0-CWE, Hynix HMAA1GS6CJR6N-XN"},
	"Jackchen002__dmp.rar__093024-6125-01.dmp":            {"memory runs at 3200 MT/s, above its rating of 2667 (usually an XMP profile)"},
	"NoamHuang__dell__040124-5218-01.dmp":                 {"microcode 0x11d is older than 0x12b", "all memory is one module (Micron in DIMM2)"},
	"NoamHuang__dell__040124-5515-01.dmp":                 {"the page of compressed memory that failed its check (4096 bytes)", "microcode 0x11d is older than 0x12b", "all memory is one module (Micron in DIMM2)"},
	"r-Techsupport__training_bsods__116_0.dmp":            {"display time-out: reason 9 (TdrEngineTimeoutPromotedToAdapterReset), engine (node) 13, noted 3.2 s before the stop"},
	"r-Techsupport__training_bsods__13a.dmp":              {"no clean shutdown for 3 boots"},
	"r-Techsupport__training_bsods__3b_0.dmp":             {"Windows itself names win32kfull.sys as the driver at the stop: that is where it was noticed, which is no proof"},
	"r-Techsupport__training_bsods__9f.dmp": {"disk: a write took 20.2 s, a flush took 20.0 s; the last such request ended 32 s before the stop",
		"powered down (D3): network controller 10ec:c821 (04:00.0), network controller 10ec:8168 (05:00.0)", "no clean shutdown for 10 boots"},
	"rizinorg__rizin-testbins__triage_arm64.dmp": {"the power button was pressed 7.1 s before the stop"},
}

func TestCorpusNoticed(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpus(t), "dumps", "*.dmp"))
	for _, name := range files {
		base := filepath.Base(name)
		r := reportOn(t, name)
		want := corpusNoticed[base]
		if len(r.Noticed) != len(want) {
			t.Errorf("%s: %+v", base, r.Noticed)
			continue
		}
		for i, n := range r.Noticed {
			if !strings.Contains(n.Text, want[i]) {
				t.Errorf("%s: %q, want %q", base, n.Text, want[i])
			}
		}
	}
}

// TestCorpusIdentities compares who machines are with whose dumps they are: an owner's dumps are of one machine each, but for those of a trainer, whose
// boards are in their names here.
func TestCorpusIdentities(t *testing.T) {
	machineOf := map[string]string{
		"CriticalRocket": "CriticalRocket", "DAIMUVG": "DAIMUVG", "Jackchen002": "Jackchen002", "NoamHuang": "NoamHuang", "ojusha": "ojusha",
		"116_0": "P5G41T-M", "7e_1": "P5G41T-M", "ef": "P5G41T-M", "13a": "B550M-C", "3b_0": "B550M-C", "1e": "B560M", "d1": "B560M", "f7": "B560M", "9f": "Z490-P",
		"triage_arm64": "arm64", "triage_x64": "x64",
	}
	files, _ := filepath.Glob(filepath.Join(corpus(t), "dumps", "*.dmp"))
	model, machine, owners := map[string]string{}, map[string]string{}, map[string]string{}
	for _, name := range files {
		parts := strings.Split(strings.TrimSuffix(filepath.Base(name), ".dmp"), "__")
		owner := machineOf[parts[0]]
		if owner == "" {
			owner = machineOf[parts[len(parts)-1]]
		}
		h := reportOn(t, name).Hardware
		if owner == "" || h == nil {
			continue
		}
		if was, ok := model[owner]; ok && was != h.ModelID || h.ModelID == "" {
			t.Errorf("%s: model %s, and %s", filepath.Base(name), h.ModelID, was)
		}
		if was, ok := machine[owner]; ok && was != h.MachineID {
			t.Errorf("%s: machine %s, and %s", filepath.Base(name), h.MachineID, was)
		}
		if other, ok := owners[h.ModelID]; ok && other != owner {
			t.Errorf("%s and %s have one model id", owner, other)
		}
		model[owner], machine[owner], owners[h.ModelID] = h.ModelID, h.MachineID, owner
	}
	if len(model) < 11 {
		t.Errorf("%d machines", len(model))
	}
}
