package dumpstack_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dmplens/dmplens/dmpfile/dumpstack"
)

// said is what a real log says, in one line.
func said(l *dumpstack.Log) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", l.Time.Format(time.DateTime), l.Ending)
	if l.Code != nil {
		fmt.Fprintf(&b, " code=%X", *l.Code)
		for _, p := range l.Parameters {
			fmt.Fprintf(&b, ",%X", *p)
		}
	}
	if l.Total != nil {
		fmt.Fprintf(&b, " type=%d %d/%d", l.Type, *l.Total, *l.Secondary)
	}
	if l.TooSmall != nil {
		fmt.Fprintf(&b, " small=%d:%d<%d", l.TooSmall.Type, l.TooSmall.Have, l.TooSmall.Need)
	}
	if headers, memory, ok := l.Split(); ok {
		fmt.Fprintf(&b, " split=%X+%X", headers, memory)
	}
	if l.Percent != nil {
		fmt.Fprintf(&b, " %d%%", *l.Percent)
	}
	whole := 0
	for _, c := range l.Callbacks {
		if c.Entered && c.Left && c.Wrote {
			whole++
		}
	}
	fmt.Fprintf(&b, " callbacks=%d/%d %v progress=%X", whole, len(l.Callbacks), l.Elapsed, l.Progress)
	if l.In+l.Part != "" {
		fmt.Fprintf(&b, " in=%q part=%q", l.In, l.Part)
	}
	if l.Edited || l.Unknown != 0 {
		fmt.Fprintf(&b, " edited=%v unknown=%d", l.Edited, l.Unknown)
	}
	if l.Completed {
		b.WriteString(" completed")
	}
	return b.String()
}

// TestCorpus reads real logs. What each says was read by hand.
func TestCorpus(t *testing.T) {
	folder := os.Getenv("DMPLENS_CORPUS")
	if folder == "" {
		t.Skip("NO REAL LOGS: set DMPLENS_CORPUS to the folder that has them, or what this test proves is not proven")
	}
	for name, want := range map[string]string{
		"01-DumpStack.log":     "2024-12-09 06:50:15 closed code=19C,50,FFFFE78FB38D7080,0,0 type=4 5705894/5491878 callbacks=22/22 4.099s progress=[42 52 44 45 46 53] completed",
		"02-DumpStack.log":     "2023-02-13 08:46:36 closed code=3B,C0000005,FFFFF80376A3F6E1,FFFFEF01619F4D10,0 type=6 2011827513/11357497 split=F8000+772D4000 100% callbacks=41/41 58.374s progress=[42 52 43 45 46 53] completed",
		"03-DumpStack.log":     "2024-07-13 11:10:23 closed code=154,FFFFC5020CC27000,FFFFFB8439578F60,2,0 type=4 184421829/184280517 callbacks=53/53 7.215s progress=[42 52 44 45 46 53] completed",
		"04-DumpStack.log":     "2022-10-13 04:41:23 closed code=50,FFFFFFFFFFFFFE00,0,FFFFF807C3D4C28A,2 type=6 2372371901/3851709 split=94000+8D238000 100% callbacks=42/42 22.971s progress=[42 52 43 45 46 53] completed",
		"05-DumpStack.log":     "2025-04-17 14:41:54 closed code=120,C,0,0,0 type=6 2016124431/1859087 split=1AD000+77F47000 100% callbacks=23/23 32.851s progress=[42 52 43 45 46 53] completed",
		"06-DumpStack.log":     "2022-06-12 00:40:31 unclosed type=6 930734385/1753393 split=4E000+375A4000 100% callbacks=30/31 0s progress=[] in=\"nvlddmkm.sys\" part=\"invoking secondary dump callbacks\"",
		"07-DumpStack.log":     "2025-04-26 12:30:12 closed code=133,1,1E00,FFFFF804A6BC33A0,0 type=6 1016794590/826846 split=80000+3C867000 100% callbacks=25/25 6.93s progress=[42 52 43 45 46 53] completed",
		"08-DumpStack.log.tmp": "random",
		"09-DumpStack.log":     "not its head",
		"10-DumpStack.log":     "2022-10-15 13:51:03 closed type=4 1805148/1666396 small=6:2550136832<2848539231 callbacks=39/39 12.812s progress=[42 51 444 445 446] completed",
		"11-DumpStack.log":     "2024-11-29 03:36:32 unclosed code=A,FFFFBB8FA9B05550,2,1,FFFFF80342C6E5DF callbacks=0/0 3.587s progress=[42] in=\"\" part=\"get secondary dump callbacks size\"",
		"12-DumpStack.log":     "2025-12-01 11:42:53 unsure code=A,FFFFD90C003000E8,2,0,FFFFF8006F8E387D type=4 2766614/2628886 callbacks=37/37 4.237s progress=[42 52 44 45 46 53] edited=true unknown=3 completed",
	} {
		file, err := os.Open(filepath.Join(folder, "dumpstack", name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			t.Fatal(err)
		}
		l, err := dumpstack.Read(file, info.Size())
		if other, ok := errors.AsType[*dumpstack.NotLogError](err); ok {
			if !strings.Contains(other.What, want) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || said(l) != want {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, said(l), want)
		}
	}
}
