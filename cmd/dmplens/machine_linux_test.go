package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCgroupMemory has control groups of both versions.
func TestCgroupMemory(t *testing.T) {
	mount := t.TempDir()
	for name, text := range map[string]string{
		"a/b/memory.max": "max\n", "a/memory.max": "536870912\n", "memory.max": "max\n", "a/b/c/memory.max": "1073741824\n",
		"memory/memory.limit_in_bytes": "9223372036854771712\n", "memory/docker/1/memory.limit_in_bytes": "268435456\n",
	} {
		name = filepath.Join(mount, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const most = 8 << 30
	for groups, want := range map[string]int64{
		"": most, "0::/\n": most, "0::/a/b\n": 512 << 20, "0::/a/b/c": 512 << 20, "0::/gone/too\n": most, "0::/../..\n": most,
		"5:cpu,memory:/docker/1\n0::/\n": 256 << 20, "5:memory:/elsewhere\n": most, "3:cpu:/a\n": most, "nonsense": most,
	} {
		if got := cgroupMemory(mount, groups, most); got != want {
			t.Errorf("%q: %d, want %d", groups, got, want)
		}
	}
	if n := machineMemory(); n < 1<<20 {
		t.Errorf("%d bytes of memory", n)
	}
}
