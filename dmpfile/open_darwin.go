package dmpfile

import (
	"syscall"
	"time"
)

func modified(s *syscall.Stat_t) time.Time { return time.Unix(s.Mtimespec.Unix()) }

const noAccessTime = 0
