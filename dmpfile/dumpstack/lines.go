package dumpstack

import (
	"strconv"
	"strings"
	"time"

	"github.com/dmplens/dmplens/dmpfile"
)

const (
	initialized = "Dump stack initialized at UTC: "
	maxQuoted   = 200 // of an unknown line, in bytes
)

// understand reads the lines. Each stop begins with the same line: where a log has several the last one is read, as values of two would be of none.
func (l *Log) understand() {
	lines := l.Lines
	for i, line := range l.Lines {
		if i == 0 || strings.HasPrefix(line, initialized) {
			l.Stops++
			lines = l.Lines[i:]
		}
	}
	current := -1      // the callback that was called last and has not been left
	writing := ""      // the callback whose data is being written
	var parts []string // started and not finished, the innermost last
	for i, line := range lines {
		l.LastLine = line
		if name, ok := between(line, "Calling ", " secondary callback."); ok {
			l.Callbacks = append(l.Callbacks, Callback{Name: name, Entered: true})
			current, writing = len(l.Callbacks)-1, ""
		} else if name, ok := between(line, "Return from ", " secondary callback."); ok {
			l.callback(current, name).Left = true
			current = -1
		} else if name, ok := between(line, "Writing ", " secondary callback data."); ok {
			writing = name
		} else if name, ok := between(line, "Writing ", " secondary callback data done."); ok {
			l.callback(len(l.Callbacks)-1, name).Wrote = true
			writing = ""
		} else if name, ok := between(line, "Starting ", " multi-part secondary callback."); ok {
			l.Callbacks = append(l.Callbacks, Callback{Name: name, MultiPart: true, Entered: true})
			current = len(l.Callbacks) - 1
		} else if name, ok := between(line, "Finish ", " multi-part secondary callback."); ok {
			c := l.callback(current, name)
			c.MultiPart, c.Left, c.Wrote = true, true, true
			current = -1
		} else if line == "Calling secondary multi-part dump callbacks." {
			parts = append(parts, "calling secondary multi-part dump callbacks")
		} else if part, ok := strings.CutPrefix(line, "Starting "); ok {
			part, _, _ = strings.Cut(part, ";")
			parts = append(parts, strings.TrimSuffix(part, "."))
		} else if strings.HasPrefix(line, "Finish ") || strings.HasPrefix(line, "Finished ") {
			parts = parts[:max(0, len(parts)-1)]
			current, writing = -1, ""
			l.pages(line)
		} else if !l.fact(line, i) {
			if l.Unknown++; l.Unknown == 1 {
				l.UnknownLine = strings.ToValidUTF8(line[:min(len(line), maxQuoted)], "\uFFFD")
			}
		}
	}

	if l.Completed && l.Ending == Unclosed {
		l.Ending = Unsure // Windows closes a log that says so: the end may be that of an older log
	}
	if l.Completed || l.Ending != Closed && l.Ending != Unclosed {
		return
	}
	l.Writing = writing
	if current >= 0 {
		l.In = l.Callbacks[current].Name
	}
	if len(parts) > 0 {
		l.Part = parts[len(parts)-1]
	}
}

// callback returns the callback i where it has this name, or else a new one that nothing says was called.
func (l *Log) callback(i int, name string) *Callback {
	if i < 0 || l.Callbacks[i].Name != name {
		l.Callbacks = append(l.Callbacks, Callback{Name: name})
		i = len(l.Callbacks) - 1
	}
	return &l.Callbacks[i]
}

// pages reads the end of the memory of a bitmap dump: "Finish write of bitmap dump data. Total pages:N Pages written:N", newer builds with " MB/s:N".
func (l *Log) pages(line string) {
	rest, ok := strings.CutPrefix(line, "Finish write of bitmap dump data. Total pages:")
	total, written, ok2 := strings.Cut(rest, " Pages written:")
	if !ok || !ok2 {
		return
	}
	written, _, _ = strings.Cut(written, " ")
	l.Pages, l.Written = number(total, 10), number(written, 10)
}

// fact reads a line that stands for itself, and says whether it is known.
func (l *Log) fact(line string, i int) bool {
	switch name, rest, _ := strings.Cut(line, " "); name {
	case "#BugCheckCode":
		if v := number(strings.TrimPrefix(rest, "0x"), 16); v != nil && *v>>32 == 0 {
			code := uint32(*v)
			l.Code = &code
			return true
		}
		return false
	case "#BugCheckP1", "#BugCheckP2", "#BugCheckP3", "#BugCheckP4":
		l.Parameters[name[len(name)-1]-'1'] = number(strings.TrimPrefix(rest, "0x"), 16)
		return true
	case "Progress":
		if v := number(strings.TrimPrefix(rest, "0x"), 16); v != nil && *v>>32 == 0 {
			l.Progress = append(l.Progress, uint32(*v))
			return true
		}
		return false
	case "WriteBitmapDump:": // pages and speed of a step, where the registry asks for more
		return true
	}
	if line == "Dump completed successfully." {
		l.Completed = true
		return true
	}
	if rest, ok := strings.CutPrefix(line, initialized); ok {
		utc, _, _ := strings.Cut(rest, ",")
		l.Time = clock(utc)
		return !l.Time.IsZero() && i == 0
	}
	if strings.HasPrefix(line, "Dump ended at UTC: ") {
		return true
	}
	if v, ok := between(line, "Elapsed BugCheck duration ", "ms"); ok {
		n := number(v, 10)
		if n == nil || *n>>32 != 0 {
			return false
		}
		l.Elapsed = time.Duration(*n) * time.Millisecond
		return true
	}
	if v, ok := between(strings.TrimSpace(line), "Dumping physical memory to disk:", "%"); ok {
		n := number(strings.TrimSpace(v), 10)
		if n == nil || *n > 100 {
			return false
		}
		percent := int(*n)
		l.Percent = &percent
		return true
	}
	if v, ok := strings.CutPrefix(line, "Dump Guid: "); ok {
		g, err := dmpfile.ParseGUID(v)
		l.GUID = g
		return err == nil
	}
	if v, ok := between(line, "Dump file is too small - switching to minidump. Dump file size = ", "."); ok {
		have, need, _ := strings.Cut(v, ", required size = ")
		h, n := number(have, 10), number(need, 10)
		if h == nil || n == nil {
			return false
		}
		l.TooSmall = &TooSmall{Type: l.Type, Have: *h, Need: *n}
		return true
	}
	return l.sizes(line)
}

// sizes reads "Dump Type: N, Total Dump Size: N, Secondary Dump Size: N.", newer builds with a fourth: "MaxTransferSize: N". After a
// switch to a small memory dump a second such line follows.
func (l *Log) sizes(line string) bool {
	rest, ok := strings.CutPrefix(line, "Dump Type: ")
	parts := strings.Split(strings.TrimSuffix(rest, "."), ", ")
	if !ok || len(parts) < 3 {
		return false
	}
	kind := number(parts[0], 10)
	total, ok1 := strings.CutPrefix(parts[1], "Total Dump Size: ")
	secondary, ok2 := strings.CutPrefix(parts[2], "Secondary Dump Size: ")
	if kind == nil || *kind > 0xFF || !ok1 || !ok2 {
		return false
	}
	l.Type, l.Total, l.Secondary = int(*kind), number(total, 10), number(secondary, 10)
	l.Switched = l.TooSmall != nil
	return l.Total != nil && l.Secondary != nil
}

// between returns what stands between a prefix and a suffix of a line.
func between(line, prefix, suffix string) (string, bool) {
	s, ok := strings.CutPrefix(line, prefix)
	s, ok2 := strings.CutSuffix(s, suffix)
	return s, ok && ok2
}

// number reads a number without a sign, nil where it is none.
func number(s string, base int) *uint64 {
	v, err := strconv.ParseUint(s, base, 64)
	if err != nil {
		return nil
	}
	return &v
}

// clock reads a time of day as the log writes it; the zero time where it is none.
func clock(s string) time.Time {
	t, err := time.Parse("2006/01/02 15:04:05", s)
	if err != nil {
		return time.Time{}
	}
	return t
}
