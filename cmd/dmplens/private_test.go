package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/report/analyze"
)

// eventStreams copies the dumps of the corpus that have event buffers into a folder, under names that say nothing: the names of the corpus are
// made of those of people. It returns the copies, and their event buffers.
func eventStreams(t *testing.T, corpus, folder string) (dumps []string, streams [][]byte) {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(corpus, "dumps", "*.dmp"))
	for _, name := range names {
		d, err := new(analyze.Analyzer).Open(analyze.File(name))
		if err != nil {
			t.Fatal(err)
		}
		stream, err := d.Stream("2b88b710-1c93-4f7c-b06c-655ecc50decc")
		if err != nil {
			d.Close()
			continue
		}
		raw, err := io.ReadAll(stream)
		d.Close()
		if err != nil {
			t.Fatal(err)
		}
		streams = append(streams, raw)
		dumps = append(dumps, copied(t, name, filepath.Join(folder, fmt.Sprintf("%02d.dmp", len(dumps)+1))))
	}
	return dumps, streams
}

func copied(t *testing.T, from, to string) string {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// corpusFolder is the folder of real dumps.
func corpusFolder(t *testing.T) string {
	folder := os.Getenv("DMPLENS_CORPUS")
	if folder == "" {
		t.Skip("NO REAL DUMPS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	return folder
}

// printed runs dmplens, and returns all that it writes.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if run(args, nil, &stdout, &stderr) == exitUnusable {
		t.Errorf("%v: %s", args, &stderr)
	}
	return stdout.String() + stderr.String()
}

// lookedAt are texts of the corpus that have the name of a user for another reason, as the maker of a machine in the version of a driver.
var lookedAt = strings.NewReplacer("201229a-362957C-Asus", "")

// unasked demands that what was printed shows none of the values.
func unasked(t *testing.T, found personal, args ...string) {
	t.Helper()
	for value, kind := range valuesIn(found, lookedAt.Replace(printed(t, args...))) {
		t.Errorf("%v shows unasked a %s of %d letters", args, kind, len(value)) // the value itself stays out of what tests write
	}
}

// valuesIn are the values that a text shows, in any reading of it.
func valuesIn(found personal, text string) personal {
	out := personal{}
	for _, reading := range unescaped(text) {
		for value, kind := range found {
			if out[value] == "" && shows(reading, value, kind) {
				out[value] = kind
			}
		}
	}
	return out
}

// kinds are the kinds of values.
func kinds(p personal) []string {
	list := slices.Collect(maps.Values(p))
	slices.Sort(list)
	return slices.Compact(list)
}

// aDumpShows are the calls of each verb about one dump; the name of the dump stands behind. Each verb is here or in showsNoDump.
var aDumpShows = map[string][]string{
	"info":      {"", "--verbose", "--json", "--jsonl", "--markdown", "--verbose --markdown", "--verbose --width 1000", "--html", "--depth header --verbose", "--depth header --json"},
	"check":     {"", "--json", "--markdown", "--width 1000", "--deep --json", "--deep --jsonl", "--private", "--private --json", "--private --deep --jsonl", "--private --deep --markdown", "--private --width 1000"},
	"modules":   {"", "--json", "--width 1000", "--third-party"},
	"processes": {"", "--json"},
	"registers": {"", "--json"},
	"stack":     {"", "--json"},
	"symbols":   {"", "--json", "--manifest", "--stack"},
	"streams":   {"", "--json", "--decode", "--decode --json", "--decode --width 1000"},
	"events":    {"", "--json", "--csv", "--all", "--all --json", "--all --csv", "--all --width 1000", "--all --provider WLAN-AutoConfig", "--all --since 2000-01-01"},
	"scan":      {"--format table --width 1000", "--format csv", "--format jsonl", "--format markdown", "--depth deep --format jsonl"},
}

// showsNoDump are the verbs without a dump, and why those with one are no part of this test.
var showsNoDump = map[string]string{
	"memory": "shows raw memory, and says so", "explain": "", "hash": "", "version": "", "help": "",
	"completion": "", "man": "",
	"report": "shows rows of scan, below", "diff": "shows rows of scan, below",
}

// TestCorpusEventsArePrivate reads the raw bytes of the event buffers of real dumps for what is personal, and looks for that in all that dmplens
// prints of these dumps.
func TestCorpusEventsArePrivate(t *testing.T) {
	for _, v := range verbs {
		if _, without := showsNoDump[v.name]; len(aDumpShows[v.name]) == 0 && !without {
			t.Errorf("nobody looks at what %s shows", v.name)
		}
	}
	folder := t.TempDir()
	dumps, streams := eventStreams(t, corpusFolder(t), folder)
	if len(dumps) != 17 {
		t.Errorf("%d dumps have event buffers, want 17", len(dumps))
	}
	all, asked := personal{}, personal{}
	for i, dump := range dumps {
		found := personal{}
		found.looks(streams[i])
		found.events(streams[i])
		maps.Copy(all, found)
		for verb, calls := range aDumpShows {
			for _, flags := range calls {
				unasked(t, found, append(append([]string{verb}, strings.Fields(flags)...), dump)...)
			}
		}
		for _, flags := range []string{"--show-private --all --width 1000", "--show-private --all --json", "--show-private --all --csv"} {
			one := valuesIn(found, printed(t, append(append([]string{"events"}, strings.Fields(flags)...), dump)...))
			for _, kind := range []string{aSID, aNetwork, anAddress} {
				if slices.Contains(kinds(found), kind) && !slices.Contains(kinds(one), kind) {
					t.Errorf("dump %d: events %s shows no %s", i+1, flags, kind)
				}
			}
			maps.Copy(asked, one)
		}
	}
	// What this reading is good for: it finds each kind, and what it finds is what is shown when asked for.
	for _, kind := range []string{aSID, aFolder, aUser, aNetwork, anAddress, aComputer, aHost, aSerial, aCommand, aDevice} {
		if !slices.Contains(kinds(all), kind) {
			t.Errorf("no %s was found: the reading is wrong", kind)
		}
	}
	if got := kinds(asked); !slices.Contains(got, aSID) || !slices.Contains(got, aNetwork) || !slices.Contains(got, anAddress) || !slices.Contains(got, aSerial) {
		t.Errorf("--show-private shows %q alone", got)
	}
	t.Logf("%d values found, %d shown with --show-private: %q", len(all), len(asked), kinds(asked))

	private := 0
	for _, flags := range []string{"info --json", "info --width 1000", "check --json"} {
		got := valuesIn(all, printed(t, append(append(strings.Fields(flags), "--show-private"), dumps...)...))
		private += len(got)
		t.Logf("%s: %v", flags, len(got))
	}
	if private == 0 {
		t.Error("info --show-private shows nothing")
	}

	// All of them together: rows of scans, also those with the long lists that a condition asks for, and what is made of rows.
	rows := filepath.Join(folder, "rows.jsonl")
	unasked(t, all, "scan", "--format", "jsonl", "--output", rows, "--where", `any(events, .id > 0) or any(modules, .name != "") or true`, folder)
	unasked(t, all, "scan", "--group-by", "signature", folder)
	if b, err := os.ReadFile(rows); err != nil || len(valuesIn(all, string(b))) > 0 {
		t.Errorf("rows show what is personal, or there are none: %v", err)
	}
	for _, format := range []string{"table", "csv", "jsonl", "markdown"} {
		unasked(t, all, "report", "--format", format, rows)
		unasked(t, all, "diff", "--format", format, "--group-by", "code", rows, rows)
	}
}

// TestCorpusStreamsArePrivate reads the raw bytes of all streams of real dumps for what is personal, and looks for that in what dmplens prints of
// streams, and in its list of what is private.
func TestCorpusStreamsArePrivate(t *testing.T) {
	names, _ := filepath.Glob(filepath.Join(corpusFolder(t), "dumps", "*.dmp"))
	folder := t.TempDir()
	all, keys := personal{}, 0
	for i, name := range names {
		d, err := new(analyze.Analyzer).Open(analyze.File(name))
		if err != nil {
			t.Fatal(err)
		}
		found := personal{}
		for _, s := range d.Streams().Streams {
			stream, err := d.Stream(strconv.Itoa(s.Index))
			if err != nil {
				t.Fatal(err)
			}
			raw, err := io.ReadAll(stream)
			if err != nil {
				t.Fatal(err)
			}
			found.looks(raw)
			found.stream(s.GUID, raw)
		}
		d.Close()
		maps.Copy(all, found)
		dump := copied(t, name, filepath.Join(folder, fmt.Sprintf("%02d.dmp", i)))
		for _, verb := range []string{"streams", "check"} {
			for _, flags := range aDumpShows[verb] {
				unasked(t, found, append(append([]string{verb}, strings.Fields(flags)...), dump)...)
			}
		}
		list := privateIn(t, dump, "--show-private")
		shown := ""
		for _, x := range list.Private {
			shown += strings.Join(x.Values, "\n") + "\n"
		}
		for value, kind := range found {
			if kind == aCommand || kind == aDevice || kind == aUser || kind == aHost {
				continue // those that no field names, and what Windows makes of the place of a device
			}
			if !shows(oneLine(shown), value, kind) {
				t.Errorf("dump %d: check --private does not find a %s of %d letters", i, kind, len(value))
			}
			if kind == aKey {
				keys++
			}
		}
	}
	for _, kind := range []string{aKey, aSID, aFolder, aNetwork, anAddress, aSerial, aDevice} {
		if !slices.Contains(kinds(all), kind) {
			t.Errorf("no %s was found: the reading is wrong", kind)
		}
	}
	t.Logf("%d values found in the streams of %d dumps, %d product keys", len(all), len(names), keys)
}

// TestCorpusLogsArePrivate does the same with the logs that lie beside dumps.
func TestCorpusLogsArePrivate(t *testing.T) {
	corpus, folder, dumpFolder := corpusFolder(t), t.TempDir(), t.TempDir()
	dumps, _ := eventStreams(t, corpus, dumpFolder)
	all, asked := personal{}, personal{}
	for i, pattern := range []string{"evtx/*.evtx", "etl/*.etl", "dumpstack/*.log"} {
		names, _ := filepath.Glob(filepath.Join(corpus, pattern))
		if len(names) == 0 {
			t.Errorf("no logs %s", pattern)
		}
		for n, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			found := personal{}
			found.looks(b)
			found.computers(b)
			found.events(b)
			maps.Copy(all, found)
			log := copied(t, name, filepath.Join(folder, fmt.Sprintf("%d%02d%s", i, n, filepath.Ext(name))))
			for _, flags := range aDumpShows["events"] {
				unasked(t, found, append(append([]string{"events"}, strings.Fields(flags)...), log)...)
			}
			maps.Copy(asked, valuesIn(found, printed(t, "events", "--all", "--show-private", "--json", log)))
			if i == 0 {
				for _, dump := range dumps {
					for _, flags := range []string{"--verbose --width 1000", "--json"} {
						unasked(t, found, append(append([]string{"info", "--events", log}, strings.Fields(flags)...), dump)...)
					}
				}
			}
		}
	}
	for _, kind := range []string{aSID, aFolder, aUser, aComputer, aDevice} {
		if !slices.Contains(kinds(all), kind) {
			t.Errorf("no %s was found: the reading is wrong", kind)
		}
		if !slices.Contains(kinds(asked), kind) {
			t.Errorf("no %s is shown with --show-private", kind)
		}
	}
	for _, format := range []string{"csv", "jsonl"} {
		unasked(t, all, "scan", "--events", folder, "--format", format, dumpFolder)
	}
	unasked(t, all, append([]string{"events", "--all", folder}, dumps...)...)
}
