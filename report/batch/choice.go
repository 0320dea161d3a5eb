package batch

import (
	"hash/fnv"
	"path"
	"path/filepath"
	"strings"
)

// choice says by their names which files are looked at.
type choice struct {
	include, exclude []string // patterns; without any to include, dumps and archives are
	all              bool
	shard, shards    int
}

var archiveNames = []string{"*.zip", "*.gz", "*.zst", "*.7z", "*.cab", "*.rar", "*.tar", "*.xz", "*.bz2", "*.lz4"}

// excludes says whether a file or a folder is left out.
func (c *choice) excludes(name string) bool { return matches(c.exclude, name) }

// wants says whether a file is looked at that is not left out. Archives are, because dumps can be inside.
func (c *choice) wants(name string) bool {
	if c.all || len(c.include) > 0 {
		return c.all || matches(c.include, name)
	}
	return isDumpName(name) || matches(archiveNames, name)
}

// isDumpName says whether a name ends in .dmp, which nearly all do that are looked at: a scan asks it of each file.
func isDumpName(name string) bool {
	const end = ".dmp"
	return len(name) >= len(end) && strings.EqualFold(name[len(name)-len(end):], end)
}

// wantsMember says whether a file in an archive is looked at, by its name there.
func (c *choice) wantsMember(name string) bool {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	return (c.all || isDumpName(name) || matches(archiveNames, name) || matches(c.include, name)) && !c.excludes(name)
}

// matches says whether a name is one of the patterns, in which case does not count: Windows' does not.
func matches(patterns []string, name string) bool {
	if len(patterns) == 0 {
		return false
	}
	name = strings.ToLower(name)
	for _, p := range patterns {
		if ok, _ := path.Match(strings.ToLower(p), name); ok {
			return true
		}
	}
	return false
}

// inShard says whether a path belongs to the shard. It depends on the path alone, so shards need to know nothing of one another.
func (c *choice) inShard(name string) bool {
	if c.shards <= 1 {
		return true
	}
	h := fnv.New64a()
	h.Write([]byte(filepath.ToSlash(name)))
	return h.Sum64()%uint64(c.shards) == uint64(c.shard)
}
