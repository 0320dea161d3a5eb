package report

// AboveRating says whether a module of memory runs faster than it is made for, by more than 2 %: 2667 MT/s is the 2666 of another firmware.
func (m MemoryModule) AboveRating() bool {
	return m.Rated > 0 && uint64(m.Configured)*100 > uint64(m.Rated)*102
}
