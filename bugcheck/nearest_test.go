package bugcheck

import (
	"slices"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	tests := []struct {
		name string
		n    int
		want string // how the names begin
	}{
		{"DRIVER_POWER_STATE_FALURE", 1, "DRIVER_POWER_STATE_FAILURE"},
		{"driver power state failure", 1, "DRIVER_POWER_STATE_FAILURE"},
		{"driver-power-state", 1, "DRIVER_POWER_STATE_FAILURE"},
		{"IRQL_NOT_LESS_OR_EQUALS", 5, "IRQL_NOT_LESS_OR_EQUAL"},
		{"IRQL_LESS_OR_EQUAL", 5, "IRQL_NOT_LESS_OR_EQUAL DRIVER_IRQL_NOT_LESS_OR_EQUAL"},
		{"SPINLOCK_AVAILABLE", 5, "NO_SPINLOCK_AVAILABLE"},
		{"WHEA_UNCORECTABLE_EROR", 5, "WHEA_UNCORRECTABLE_ERROR"},
		{"LESS_OR_EQUAL", 1, "IRQL_NOT_LESS_OR_EQUAL"},
		{"DRIVER_POWER_STATE_FALURE", 0, ""},
		{"DRIVER_POWER_STATE_FALURE", -1, ""},
		{"NOTHING_LIKE_THAT_AT_ALL", 5, ""},
		{"__", 5, ""},
		{"A", 5, ""},
		{"", 5, ""},
		{strings.Repeat("POWER ", 100), 5, ""},
	}
	for _, tt := range tests {
		got := Nearest(tt.name, tt.n)
		if strings.Join(got, " ") != tt.want {
			t.Errorf("Nearest(%q, %d) = %q, want %q", tt.name, tt.n, got, tt.want)
		}
	}
	got := Nearest("watchdog", 100)
	if len(got) < 10 || len(got) == 100 || slices.ContainsFunc(got, func(s string) bool { return !strings.Contains(s, "WATCHDOG") }) {
		t.Errorf("names with watchdog are %q", got)
	}
	if few := Nearest("watchdog", 3); !slices.Equal(few, got[:3]) {
		t.Errorf("the first 3 are %q, want %q", few, got[:3])
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b  string
		limit int
		want  int
	}{
		{"", "", 0, 0},
		{"", "AB", 4, 2},
		{"AB", "", 4, 2},
		{"ABC", "ABC", 4, 0},
		{"ABC", "ADC", 4, 1},
		{"ABC", "AC", 4, 1},
		{"ABC", "ABDC", 4, 1},
		{"ABCD", "BADC", 4, 3},
		{"KITTEN", "SITTING", 4, 3},
		{"KITTEN", "SITTING", 2, 3},
		{"KITTEN", "SITTING", 1, 2},
		{"A", "ABCDEFGH", 2, 3},
	}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b, tt.limit); got != tt.want {
			t.Errorf("distance(%q, %q, %d) = %d, want %d", tt.a, tt.b, tt.limit, got, tt.want)
		}
	}
}
