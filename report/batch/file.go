package batch

import "time"

// fileInfo is what a scan asks of an open file.
type fileInfo struct {
	size     int64
	modified time.Time
	regular  bool
}
