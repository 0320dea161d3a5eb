package pdb

type frames struct{}

func (f *File) openFrames(c *container, h *header) error { return nil }
