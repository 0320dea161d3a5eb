package symstore

import (
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile/pe"
)

// ID identifies an image or a PDB, as a dump names it. IDs can be compared.
type ID struct {
	name                       string
	timeDateStamp, sizeOfImage uint32 // of an image
	isPDB                      bool
	pdb                        pe.PDB // its Path is the name
}

// ImageID identifies an image by what its header says. name is its file name, with or without a folder.
func ImageID(name string, timeDateStamp, sizeOfImage uint32) ID {
	return ID{name: baseName(name), timeDateStamp: timeDateStamp, sizeOfImage: sizeOfImage}
}

// PDBID identifies a PDB by what the image that it belongs to says: PDBID(*p), where p is what [pe.Image.PDB] returned.
func PDBID(p pe.PDB) ID {
	p.Path = p.Name()
	return ID{name: p.Path, isPDB: true, pdb: p}
}

// Name returns the file name, without a folder. It is of the dump, so any bytes can be in it.
func (id ID) Name() string { return id.name }

// IsPDB says whether a PDB is identified, not an image.
func (id ID) IsPDB() bool { return id.isPDB }

// Key returns the path in a store or on a server, with slashes: name/key/name. It is what [pe.ImageSymbolPath] or [pe.PDB.SymbolPath] returns, and
// stricter in names: ok is false where the name is none that a file of a store
// can have: it would lead out of the store, be a device of Windows, or be taken for a file of the store itself.
func (id ID) Key() (path string, ok bool) {
	if id.isPDB {
		path, ok = id.pdb.SymbolPath()
	} else {
		path, ok = pe.ImageSymbolPath(id.name, id.timeDateStamp, id.sizeOfImage)
	}
	if !ok || !storable(id.name) {
		return "", false
	}
	return path, true
}

// String returns the path in a store, or the name alone where there is none.
func (id ID) String() string {
	if path, ok := id.Key(); ok {
		return path
	}
	return id.name
}

// parts returns the two names that Key puts together.
func (id ID) parts() (name, key string, ok bool) {
	path, ok := id.Key()
	if !ok {
		return "", "", false
	}
	key, _, _ = strings.Cut(path[len(id.name)+1:], "/")
	return id.name, key, true
}

func baseName(path string) string { return path[strings.LastIndexAny(path, `\/`)+1:] }

// maxName is more than the name of any image or PDB has, and less than what file systems allow.
const maxName = 200

// storable says whether a file can have a name in a store, on every system. Windows drops dots and spaces at the end, and takes the names of
// its devices for devices, in every folder and with every extension.
func storable(name string) bool {
	if len(name) > maxName || strings.TrimRight(name, ". ") != name || strings.TrimLeft(name, " ") != name {
		return false
	}
	if strings.HasPrefix(name, "..") { // as the folder of its first two letters it would lead out of the store
		return false
	}
	lower := strings.ToLower(name)
	switch lower {
	case "index2.txt", "pingme.txt", "file.ptr", "refs.ptr", "000admin":
		return false
	}
	return !isDeviceName(lower)
}

// isDevice says whether a path of Windows leads to a device: by a name of one anywhere in it, or from the root of all devices.
func isDevice(path string) bool {
	path = strings.ReplaceAll(path, "/", `\`)
	for _, root := range []string{`\\.\`, `\\?\`, `\??\`} {
		if rest, ok := strings.CutPrefix(path, root); ok { // a drive or a share can be named from there too
			return root == `\\.\` || !hasDrive(rest) && !strings.EqualFold(rest[:min(4, len(rest))], `UNC\`)
		}
	}
	return slices.ContainsFunc(strings.Split(path, `\`), isDeviceName)
}

// hasDrive says whether a path begins with the letter of a drive.
func hasDrive(path string) bool {
	return len(path) >= 2 && path[1] == ':' && 'a' <= path[0]|0x20 && path[0]|0x20 <= 'z'
}

// isDeviceName says whether Windows takes a name, or what is ahead of its extension, for a device.
func isDeviceName(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch stem = strings.TrimRight(stem, " "); stem {
	case "con", "prn", "aux", "nul", "conin$", "conout$":
		return true
	}
	for _, device := range []string{"com", "lpt"} {
		if n, ok := strings.CutPrefix(stem, device); ok && len([]rune(n)) == 1 && strings.ContainsAny(n, "0123456789¹²³") {
			return true
		}
	}
	return false
}

// compressed returns the name of the cabinet that has a file.
func compressed(name string) string { return name[:len(name)-1] + "_" }
