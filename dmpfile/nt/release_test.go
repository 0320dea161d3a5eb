package nt

import (
	"testing"
	"time"
)

func TestRelease(t *testing.T) {
	before, after := time.Date(2025, 3, 14, 0, 0, 0, 0, time.UTC), time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		build   uint32
		product string
		at      *time.Time
		want    string
	}{
		{26100, "workstation", &before, "Windows 11 24H2"},
		{26100, "workstation", &after, "Windows 11 24H2 or 25H2"},
		{26100, "workstation", nil, "Windows 11 24H2 or 25H2"},
		{26100, "server", nil, "Windows Server 2025"},
		{26100, "domain-controller", &after, "Windows Server 2025"},
		{26100, "", &before, ""}, // either
		{20348, "", nil, "Windows Server 2022"},
		{20348, "workstation", nil, ""},
		{19041, "workstation", &after, "Windows 10 2004 to 22H2"},
		{19045, "workstation", nil, "Windows 10 22H2"},
		{9600, "server", nil, "Windows Server 2012 R2"},
		{9600, "workstation", nil, "Windows 8.1"},
		{22000, "", nil, "Windows 11 21H2"},
		{12345, "workstation", nil, ""},
		{0, "", nil, ""},
	} {
		if got := Release(tt.build, tt.product, tt.at); got != tt.want {
			t.Errorf("build %d, %s: %q, want %q", tt.build, tt.product, got, tt.want)
		}
	}
}
