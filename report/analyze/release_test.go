package analyze

import (
	"testing"

	"github.com/dmplens/dmplens/dmpfile/dmptest"
)

// TestRelease names the release of Windows by build and product, and not where the build is LiveKD's, nor code 0, which names nothing.
func TestRelease(t *testing.T) {
	for name, c := range map[string]struct {
		h    dmptest.Header
		want string
	}{
		"client":         {dmptest.Header{Build: 19045, ProductType: new(uint32(1))}, "Windows 10 22H2"},
		"server":         {dmptest.Header{Build: 26100, ProductType: new(uint32(3))}, "Windows Server 2025"},
		"unknown":        {dmptest.Header{Build: 26100}, ""},
		"LiveKD's build": {dmptest.Header{Build: 9200, ProductType: new(uint32(1)), Comment: "LiveKD live system view"}, ""},
	} {
		c.h.Code, c.h.Runs = new(uint32(0)), []dmptest.Run{{Base: 1, Count: 1}}
		r := analyzed(t, "x.dmp", dmptest.Full{Header: c.h}.Image().Data())
		if r.Dump.Release != c.want {
			t.Errorf("%s: %q, want %q", name, r.Dump.Release, c.want)
		}
		if r.Bugcheck.Name != "" {
			t.Errorf("%s: code 0 is named %s", name, r.Bugcheck.Name)
		}
	}
}
