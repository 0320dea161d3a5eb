package analyze

import (
	"crypto/md5"
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/report"
)

// SignatureVersion is the version of the rules by which signatures are made. Whoever changes a rule, or which parameter is the sub-code
// of a code, changes it: signatures of different versions must not be compared.
//
// The coarse signature has up to three parts, as in 0x1e:0xc0000005|nt:
//
//   - the code, as an event log says it;
//   - behind a colon the sub-code, which says what kind of problem it is by the code's own definition: the value of parameter 1 where
//     it is an NTSTATUS or one of an enumeration, or that of another parameter that is known to say it. Never an address, a count, a
//     time. Of 0x161 it is who asked for the dump, by parameter 1: task-manager, unlabelled, the label, or
//     other-value; or memory-image, of a full dump, which Windows does not write for it;
//   - behind a bar the module at fault: the one that a parameter points into whose meaning is an address of code; else, of a crash, the
//     one in which the header's exception happened; else, for codes that are not Microsoft's, the one that called for the bug check.
//
// The fine signature adds the offset in the module, and behind bars the build of Windows and the type of machine, as in
// 0xd1|example.sys+0x334c|26100|amd64.
//
// What is not known is left out; signatures without it are equal to others without it. Modules are not known at depth Header, nor
// those behind the end of a list that was followed for Analyzer.Pages only. Names of modules are in lower case, at most 64 characters;
// others than letters, digits, dot, low line, plus and minus of ASCII are replaced by a low line. Images of the kernel are named nt.
const SignatureVersion = "2"

// signature is what puts the same problem into the same group.
type signature struct {
	code   uint32
	sub    string // "" where there is none
	fault  place
	system bugcheck.System
}

// signatureOf makes the signature of a dump whose header has a code.
func signatureOf(f *facts, fault place) signature {
	return signature{code: f.code.value, sub: subCode(f), fault: fault, system: f.system()}
}

// report writes a signature. The fine one begins with the coarse one.
func (s signature) report() *report.Signature {
	b := strconv.AppendUint(append(make([]byte, 0, 128), "0x"...), uint64(s.code), 16)
	if s.sub != "" {
		b = append(append(b, ':'), s.sub...)
	}
	module, offset := s.fault.names()
	key := ""
	if module != "" {
		key = moduleKey(module)
		b = append(append(b, '|'), key...)
	}
	coarse := len(b)
	if module != "" {
		b = append(append(b, '+'), offset...)
	}
	if s.system.Build != 0 {
		b = strconv.AppendUint(append(b, '|'), uint64(s.system.Build), 10)
	}
	if s.system.Machine != "" {
		b = append(append(b, '|'), s.system.Machine...)
	}
	fine := string(b)
	r := &report.Signature{Version: SignatureVersion, Coarse: fine[:coarse], Fine: fine, Module: key}
	if module != "" && s.fault.module.TimeStamp != 0 {
		r.ModuleTimestamp = report.Hex(s.fault.module.TimeStamp)
	}
	if r.Bucket = bucket(s.code, module); r.Bucket != "" {
		r.FailureHash = FailureHash(r.Bucket)
	}
	return r
}

// subCodeOf are the codes whose sub-code is not parameter 1; 0 is none.
var subCodeOf = map[uint32]int{
	0x27:       0, // a line number stands in its low bits
	0x67:       3, // the status of the failed step
	0x73:       2,
	0x74:       4,
	0x75:       2,
	0x7A:       2, // parameter 1 can be an address
	0x93:       4, // how the handle was found
	0x9E:       3, // which watchdog
	0xC1:       4, // the violation
	0xD7:       2, // the operation
	0xED:       2, // the status of the mount
	0xEF:       2, // process or thread
	0x109:      4, // the corrupt region
	0x11F:      2, // the status
	0x14F:      2, // the type of client
	0x153:      3, // the state of the entry
	0x156:      2, // the type of endpoint
	0x157:      3, // the violation
	0x15C:      2, // the type of client
	0x166:      3, // the type of call
	0x168:      2, // the state waited for
	0x16F:      2,
	0x189:      3, // the corruption
	0x1A9:      2, // the direction
	0x1AA:      2, // the type of stack
	0x1AB:      2,
	0x1C9:      3, // which watchdog
	0x1F2:      4, // the access
	0xC000021A: 2, // the status
}

// subCodeParameter returns the number of the parameter that is the sub-code of a code, and its type; 0 where there is none. It
// depends on nothing but the code, so that dumps of one code are told apart by one parameter.
func subCodeParameter(c *bugcheck.Code) (n int, t bugcheck.Type) {
	n, other := subCodeOf[c.Value]
	if !other {
		n = 1
	}
	if n == 0 || c.Parameters[n-1] == nil {
		return 0, ""
	}
	if t = c.Parameters[n-1].Type; t != bugcheck.TypeNTStatus && !t.IsEnumeration() {
		return 0, ""
	}
	return n, t
}

// subCode says what kind of problem it is by the code's own definition.
func subCode(f *facts) string {
	c := &f.code
	if c.value == codeLiveSystemDump {
		return requester(f)
	}
	n, t := subCodeParameter(&c.info)
	if n == 0 || !c.has[n-1] {
		return ""
	}
	v := c.values[n-1]
	if t == bugcheck.TypeNTStatus { // some writers extend its sign, some do not
		if v>>32 == 0 || v == uint64(int32(v)) {
			return report.Hex(uint32(v))
		}
		return ""
	}
	if v >= 1<<28 { // more than any value of an enumeration, so that it is probably an address
		return ""
	}
	return report.Hex(v)
}

// requester says who asked for the dump, for 0x161. A label has at most eight characters, so that none reads as the words that have more.
func requester(f *facts) string {
	p := f.code.Parameters[0]
	switch {
	case !f.code.has[0]:
		return ""
	case p.Value == taskmgr:
		return string(report.SourceTaskManager)
	case f.Format == dmpfile.Full:
		return string(report.KindMemory) // as origin has it
	case p.Value == 0:
		return "unlabelled"
	case p.Text != "":
		return clean(p.Text)
	}
	return "other-value"
}

// kernelImages are the names that images of the kernel have.
var kernelImages = map[string]bool{"ntoskrnl.exe": true, "ntkrnlmp.exe": true, "ntkrnlpa.exe": true, "ntkrpamp.exe": true, "ntkrla57.exe": true}

// moduleKey is the name of a module as signatures have it.
func moduleKey(name string) string {
	key := clean(name)
	if kernelImages[key] {
		return "nt"
	}
	return key
}

// clean keeps of a text what can stand in a part of a signature.
func clean(s string) string {
	const limit = 64
	var b strings.Builder
	for _, r := range s {
		switch {
		case 'A' <= r && r <= 'Z':
			r += 'a' - 'A'
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', strings.ContainsRune("._+-", r):
		default:
			r = '_'
		}
		b.WriteRune(r)
		if b.Len() == limit {
			break
		}
	}
	return b.String()
}

// displayTimeouts are how the buckets begin of the codes whose parameter 2 is a place in the responsible display driver, by definition.
// Older debuggers put X64_ before that of 0x116.
var displayTimeouts = map[uint32]string{0x116: "0x116", 0x117: "LKD_0x117", 0x141: "LKD_0x141"}

// microsofts are modules of the display stack that are Microsoft's, for which a debugger has symbols.
var microsofts = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(nt|hal\.dll|watchdog\.sys|dxgkrnl\.sys|dxgmms[0-9]\.sys|basic(display|render)\.sys|cdd\.dll|win32k.*\.sys)$`)
})

// imageName matches the name of a driver that a bucket can hold as it is.
var imageName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}$`) })

// bucket is the failure bucket that Windows Error Reporting makes without symbols: of display timeouts in a driver that is not
// Microsoft's. Debuggers that know more of a driver add to it.
func bucket(value uint32, module string) string {
	code, ok := displayTimeouts[value]
	if !ok || !imageName().MatchString(module) || microsofts().MatchString(moduleKey(module)) {
		return ""
	}
	return code + "_IMAGE_" + module
}

// FailureHash returns the FAILURE_ID_HASH by which Windows Error Reporting and debuggers know a failure bucket: the MD5 sum of the text
// in lower case, in UTF-16, written as a GUID. A text that does not begin with km: or um: is one of kernel mode, and gets a km:.
// Lower case is that of each character alone.
func FailureHash(bucket string) string {
	s := strings.Map(unicode.ToLower, bucket)
	if !strings.HasPrefix(s, "km:") && !strings.HasPrefix(s, "um:") {
		s = "km:" + s
	}
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return dmpfile.GUID(md5.Sum(b)).String()
}
