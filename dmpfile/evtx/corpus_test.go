package evtx

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
)

// corpus returns the real event logs, which are no part of the repository.
func corpus(t testing.TB) []string {
	t.Helper()
	dir := os.Getenv("DMPLENS_CORPUS")
	if dir == "" {
		t.Skip("NO REAL LOGS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	names, err := filepath.Glob(filepath.Join(dir, "evtx", "*.evtx"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no event log in %s (%v)", dir, err)
	}
	return names
}

func readAll(t testing.TB, data []byte) []*Record {
	t.Helper()
	var list []*Record
	for r, err := range openLog(t, data).Records(nil) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

// export runs the tool of libevtx, whose reader shares nothing with ours.
func export(t testing.TB, path string) ([]byte, error) {
	t.Helper()
	tool, err := exec.LookPath("evtxexport")
	if err != nil {
		t.Skip("NO EVTXEXPORT: install libevtx-utils, or what this test proves is not proven")
	}
	return exec.Command(tool, "-f", "xml", path).Output()
}

// node is an element of XML.
type node struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Nodes   []node     `xml:",any"`
}

// exported reads what the tool printed.
func exported(t testing.TB, out []byte) []node {
	t.Helper()
	var list []node
	d := xml.NewDecoder(bytes.NewReader(out))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok {
			var n node
			if err := d.DecodeElement(&n, &start); err != nil {
				t.Fatal(err)
			}
			list = append(list, n)
		}
	}
}

// leaves lists the values of an element and those inside, each with what it is of.
func (n node) leaves(path string, list []string) []string {
	label := ""
	for _, a := range n.Attrs {
		switch {
		case a.Name.Local == "xmlns" || a.Name.Space == "xmlns":
		case path == "System":
			if a.Value != "" {
				list = append(list, path+"/"+n.XMLName.Local+"@"+a.Name.Local+"="+a.Value)
			}
		case a.Name.Local == "Name":
			label = a.Value
		}
	}
	switch {
	case len(n.Nodes) > 0:
		for _, child := range n.Nodes {
			list = child.leaves(strings.TrimPrefix(path+"/"+n.XMLName.Local, "/"), list)
		}
	case path == "System" && n.Text != "":
		list = append(list, path+"/"+n.XMLName.Local+"="+n.Text)
	case path == "EventData" && n.XMLName.Local == "Data":
		list = append(list, label+"="+n.Text)
	case strings.Contains(path, "Data"):
		list = append(list, n.XMLName.Local+"="+n.Text)
	}
	return list
}

// lines lists what a record has as leaves does.
func lines(r *Record) []string {
	var list []string
	add := func(name string, v any) {
		if s := fmt.Sprint(v); s != "" {
			list = append(list, "System/"+name+"="+s)
		}
	}
	guid := func(name string, g dmpfile.GUID) {
		if g != (dmpfile.GUID{}) {
			add(name, strings.ToUpper("{"+g.String()+"}"))
		}
	}
	add("Provider@Name", r.Provider)
	guid("Provider@Guid", r.ProviderGUID)
	add("Provider@EventSourceName", r.Source)
	add("EventID@Qualifiers", r.Qualifiers)
	add("EventID", r.ID)
	add("Version", r.Version)
	add("Level", r.Level)
	add("Task", r.Task)
	add("Opcode", r.Opcode)
	add("Keywords", fmt.Sprintf("%#x", r.Keywords))
	add("TimeCreated@SystemTime", r.Time.Format("2006-01-02T15:04:05.000000000Z"))
	add("EventRecordID", r.Number)
	guid("Correlation@ActivityID", r.Activity)
	guid("Correlation@RelatedActivityID", r.Related)
	add("Execution@ProcessID", r.Process)
	add("Execution@ThreadID", r.Thread)
	add("Channel", r.Channel)
	add("Computer", r.Computer)
	add("Security@UserID", r.UserSID)
	for _, f := range r.Data {
		list = append(list, f.Name+"="+strings.ReplaceAll(f.Value, "\r\n", "\n")) // as encoding/xml reads it
	}
	if r.Binary != nil {
		list = append(list, fmt.Sprintf("Binary=%X", r.Binary))
	}
	return list
}

var (
	zeros    = regexp.MustCompile(`=0x0+([0-9a-fA-F])`)
	negative = regexp.MustCompile(`=-(\d+)$`)
)

// same compares a line of ours with one of the tool, which writes all zeros of a hexadecimal number, and many negative numbers
// with a wrong amount: the two's complement without its highest bit.
func same(ours, theirs string) bool {
	if strings.HasPrefix(ours, "System/") && (strings.Contains(ours, "@Guid=") || strings.Contains(ours, "ActivityID=")) {
		theirs = strings.ToUpper(theirs)
		ours = strings.ToUpper(ours)
	}
	if ours == theirs || ours == zeros.ReplaceAllString(theirs, "=0x$1") {
		return true
	}
	m := negative.FindStringSubmatch(ours)
	if m == nil {
		return false
	}
	var v int64
	fmt.Sscan(m[1], &v)
	name, _ := strings.CutSuffix(ours, m[0])
	return slices.ContainsFunc([]int{7, 15, 31}, func(bits int) bool { return theirs == fmt.Sprintf("%s=-%d", name, 1<<bits-v) })
}

// TestEvtxexportCorpus compares every value of every record of real logs with what another reader says.
func TestEvtxexportCorpus(t *testing.T) {
	for _, path := range corpus(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out, err := export(t, path)
		if err != nil {
			t.Fatal(err)
		}
		want := exported(t, out)
		got := readAll(t, data)
		compare(t, filepath.Base(path), got, want)

		// What the tool printed is XML for ReadXML.
		i := 0
		for r, err := range ReadXML(bytes.NewReader(out), nil) {
			if err != nil || i == len(want) {
				t.Fatalf("%s: %v after %d of %d", path, err, i, len(want))
			}
			compare(t, filepath.Base(path)+" as XML", []*Record{r}, want[i:i+1])
			i++
		}
		if i != len(want) || i == 0 {
			t.Errorf("%s: %d events of %d in the XML", path, i, len(want))
		}
	}
}

func compare(t *testing.T, where string, got []*Record, want []node) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d records, want %d", where, len(got), len(want))
	}
	for i, r := range got {
		var theirs []string
		for _, n := range want[i].Nodes {
			theirs = n.leaves("", theirs)
		}
		ours := slices.DeleteFunc(lines(r), func(s string) bool { // a zero can be a value that is not there
			name, zero := strings.CutSuffix(s, "=0")
			return zero && strings.HasPrefix(s, "System/") &&
				!slices.ContainsFunc(theirs, func(s string) bool { return strings.HasPrefix(s, name+"=") })
		})
		if !slices.EqualFunc(ours, theirs, same) {
			t.Fatalf("%s, record %d:\n%q\nwant\n%q", where, r.Number, ours, theirs)
		}
	}
}

// TestEvtxexportValues reads each type of value with another reader. Of those that it cannot read, or renders otherwise than Windows,
// nothing is proven.
func TestEvtxexportValues(t *testing.T) {
	otherwise := []string{
		"string", "float", "double", "size of 32 bits", "size of 64 bits", "strings", "bools", "SIDs", "SID of a large authority", "SID that is cut off",
		"FILETIME after the year 9999",
		// surrogates are wrong, exponents, decimal, an empty item, arrays that it does not know
	}
	for _, v := range valueTests {
		if slices.Contains(otherwise, v.name) {
			continue
		}
		path := filepath.Join(t.TempDir(), "one.evtx")
		if err := os.WriteFile(path, logOf(v), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := export(t, path)
		if err != nil {
			t.Errorf("%s: %v", v.name, err)
			continue
		}
		compare(t, v.name, readAll(t, logOf(v)), exported(t, out))
	}
}

// TestCorpusKnown reads records that are known from elsewhere: a dump of the same machine has 863 and 864 as well, and the others are
// of its crashes.
func TestCorpusKnown(t *testing.T) {
	paths := corpus(t)
	i := slices.IndexFunc(paths, func(s string) bool { return strings.Contains(s, "NoamHuang") })
	data, err := os.ReadFile(paths[i])
	if err != nil {
		t.Fatal(err)
	}
	f := openLog(t, data)
	if f.Dirty || f.Full || f.HeaderDamaged || f.Chunks != 8 || f.BadChunks != 0 || f.Next != 979 {
		t.Errorf("%+v", f)
	}
	list := readAll(t, data)
	if len(list) != 978 {
		t.Errorf("%d records", len(list))
	}
	for _, want := range []struct {
		number   uint64
		time     time.Time
		provider string
		source   string
		id       uint16
		field    string
		value    string
	}{
		{663, time.Date(2024, 3, 31, 12, 13, 13, 931443300, time.UTC), "Microsoft-Windows-WER-SystemErrorReporting", "BugCheck", 1001,
			"param1", "0x00000133 (0x0000000000000001, 0x0000000000001e00, 0xfffff800576fb320, 0x0000000000000000)"},
		{798, time.Date(2024, 3, 31, 23, 22, 55, 370855700, time.UTC), "Microsoft-Windows-WER-SystemErrorReporting", "BugCheck", 1001,
			"param2", `C:\Windows\Minidump\040124-5515-01.dmp`},
		{742, time.Date(2024, 3, 31, 23, 22, 51, 515317000, time.UTC), "Microsoft-Windows-Kernel-Power", "", 41, "BugcheckParameter3", "0xa9e69d15"},
		{863, time.Date(2024, 4, 1, 10, 57, 7, 246528700, time.UTC), "Microsoft-Windows-WindowsUpdateClient", "", 19, "updateRevisionNumber", "200"},
		{864, time.Date(2024, 4, 1, 10, 57, 7, 255084300, time.UTC), "Service Control Manager", "Service Control Manager", 7045, "ServiceName", "MpKsldb35c2ab"},
	} {
		r := list[want.number-1]
		value, ok := r.Field(want.field)
		if r.Number != want.number || !r.Time.Equal(want.time) || r.ID != want.id || r.Provider != want.provider || r.Source != want.source {
			t.Errorf("record %d: %v %d %q %q, want %+v", r.Number, r.Time, r.ID, r.Provider, r.Source, want)
		}
		if !ok || value != want.value {
			t.Errorf("record %d: %s is %q, want %q", r.Number, want.field, value, want.value)
		}
	}
	crashes := 0
	for r, err := range f.Records(func(provider string, id uint16) bool {
		return provider == "Microsoft-Windows-WER-SystemErrorReporting" && id == 1001
	}) {
		if err != nil || r.ID != 1001 {
			t.Errorf("%v, %v", r, err)
		}
		crashes++
	}
	if crashes != 3 {
		t.Errorf("%d crashes", crashes)
	}
}
