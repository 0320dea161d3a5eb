package dmpfile

import (
	"syscall"
	"time"
)

func modified(s *syscall.Stat_t) time.Time { return time.Unix(s.Mtim.Unix()) }

const noAccessTime = syscall.O_NOATIME
