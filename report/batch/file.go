package batch

import "time"

// fileInfo is what a scan asks of an open file.
type fileInfo struct {
	size     int64
	modified time.Time
	regular  bool
}

// openRegular opens a file for reading, which the caller closes. One that is no regular file is an error.
func openRegular(name string) (*rawFile, fileInfo, error) {
	f, err := openFile(name)
	if err != nil {
		return nil, fileInfo{}, err
	}
	info, err := f.stat()
	if err == nil && !info.regular {
		err = errNotRegular
	}
	if err != nil {
		f.Close()
	}
	return f, info, err
}
