package bugcheck

import "testing"

func TestSystems(t *testing.T) {
	var (
		nothing  = System{}
		old      = System{"amd64", 9600}
		first    = System{"amd64", 10240}
		arm      = System{"arm64", 20000}
		itanium  = System{"ia64", 3790}
		noBuild  = System{Machine: "amd64"}
		noAMD64  = System{Build: 10240}
		oldNoCPU = System{Build: 9600}
	)
	tests := []struct {
		condition string
		system    System
		want      answer
	}{
		{"amd64 x86", nothing, maybe},
		{"amd64 x86", old, yes},
		{"amd64 x86", noBuild, yes},
		{"amd64 x86", arm, no},
		{"amd64 x86", itanium, no},
		{"amd64 x86", noAMD64, maybe},
		{"build 10240-", nothing, maybe},
		{"build 10240-", noBuild, maybe},
		{"build 10240-", first, yes},
		{"build 10240-", old, no},
		{"build 10240-", itanium, no},
		{"build -10240", first, yes},
		{"build -10240", arm, no},
		{"build -10240", nothing, maybe},
		{"build 9601-19999", first, yes},
		{"build 9601-19999", old, no},
		{"build 9601-19999", arm, no},
		{"x86 amd64 build 10240-", first, yes},
		{"x86 amd64 build 10240-", old, no},
		{"x86 amd64 build 10240-", arm, no},
		{"x86 amd64 build 10240-", noBuild, maybe},
		{"x86 amd64 build 10240-", noAMD64, maybe},
		{"x86 amd64 build 10240-", oldNoCPU, no},
		{"x86 amd64 build 10240-", nothing, maybe},
	}
	for _, tt := range tests {
		on, err := parseSystems(tt.condition)
		if err != nil {
			t.Fatal(err)
		}
		if got := on.include(tt.system); got != tt.want {
			t.Errorf("%s includes %+v: got %d, want %d", on, tt.system, got, tt.want)
		}
		if got := on.String(); got != tt.condition {
			t.Errorf("%q is printed as %q", tt.condition, got)
		}
	}
}
