package main

import (
	"bytes"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
)

// machineMemory returns how many bytes of memory this process can have: those of the machine, or what the control groups allow that it is in.
func machineMemory() int64 {
	var s syscall.Sysinfo_t
	if syscall.Sysinfo(&s) != nil {
		return 0
	}
	total := int64(uint64(s.Totalram) * uint64(s.Unit))
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return total
	}
	return cgroupMemory("/sys/fs/cgroup", string(groups), total)
}

// cgroupMemory returns the lowest limit of the control groups that /proc/self/cgroup names, below a mount point, or a larger number if
// there is none lower. A line is a number, the controllers, and the path of the group; version 2 has one line without controllers. In a
// container the path can be that of the host: then the limit is at the root.
func cgroupMemory(mount, groups string, most int64) int64 {
	for line := range strings.Lines(groups) {
		_, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		controllers, group, _ := strings.Cut(rest, ":")
		root, file := mount, "memory.max"
		switch {
		case controllers == "":
		case strings.Contains(","+controllers+",", ",memory,"):
			root, file = path.Join(mount, "memory"), "memory.limit_in_bytes"
		default:
			continue
		}
		for dir := path.Clean("/" + group); ; dir = path.Dir(dir) { // a group has no more than those around it
			if b, err := os.ReadFile(path.Join(root, dir, file)); err == nil {
				if n, err := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64); err == nil && n > 0 {
					most = min(most, n)
				}
			}
			if dir == "/" {
				break
			}
		}
	}
	return most
}
