package main

import (
	"fmt"
	"math"
	"runtime/debug"
	"strconv"
	"strings"
)

// The memory that a scan may take, in bytes.
const (
	leastMemory   = 64 << 20
	defaultMemory = 2 << 30 // at most, where nobody says more
)

// scanMemory returns how much memory a scan may take: what --memory says, or a quarter of what there is.
func scanMemory(flag string) (int64, error) {
	if flag == "" {
		return defaultLimit(), nil
	}
	n, err := readSize(flag)
	if err != nil {
		return 0, err
	}
	if n < leastMemory {
		return 0, fmt.Errorf("64M is the least, and %s is less", flag)
	}
	return n, nil
}

// defaultLimit is how much memory is taken where nobody says how much.
func defaultLimit() int64 {
	machine := machineMemory()
	if machine == 0 { // not known
		return defaultMemory / 4
	}
	return max(min(machine/4, defaultMemory), leastMemory)
}

// readSize reads a number of bytes, with K, M, G or T behind it for powers of 1024.
func readSize(s string) (int64, error) {
	digits, unit := s, int64(1)
	for i, u := range "KMGT" {
		upper := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(s), "B"), "I")
		if strings.HasSuffix(upper, string(u)) {
			digits, unit = upper[:len(upper)-1], 1<<(10*(i+1))
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/unit || strings.HasPrefix(digits, "+") {
		return 0, fmt.Errorf("a size is a number of bytes, or one like 512M or 2G, not %q", s)
	}
	return n * unit, nil
}

// limitMemory keeps garbage within the memory that a scan may take.
func limitMemory(n int64) (restore func()) {
	before := debug.SetMemoryLimit(n)
	return func() { debug.SetMemoryLimit(before) }
}
