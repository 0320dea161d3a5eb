package analyze

import (
	"errors"
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/nt"
	"github.com/dmplens/dmplens/dmpfile/pe"
	"github.com/dmplens/dmplens/dmpfile/symstore"
	"github.com/dmplens/dmplens/report"
)

// Symbols collects which images and PDBs dumps need, each once, and which of them are at hand. Its zero value looks nowhere. Set its fields
// before the first dump is added.
type Symbols struct {
	Path    *symstore.Path // whose local places are looked at; nil is none
	OnStack bool           // only those of modules on the stacks that the dumps were captured on

	dumps  []*report.Report
	images []*symbolFile // in the order in which they were met
	files  map[symstore.ID]*symbolFile
}

// symbolFile is a file that dumps need.
type symbolFile struct {
	report.SymbolFile
	id    symstore.ID
	pdb   *symbolFile // of an image; nil where it is not known, or there is none
	dumps int         // how many dumps there were when it was counted last
}

// Add adds what a dump needs: the image of each loaded module, those of the current thread's user mode among them, and its PDB where the image is at
// hand or what names the PDB is in the dump's memory. Of unloaded modules no more is known than the name. The report says what the dump is, and why it adds nothing where there is no list of modules.
func (s *Symbols) Add(d *Dump) *report.Report {
	rep := d.list(func(f *facts, rep *report.Report) {
		switch {
		case f.modules.Len() == 0:
			rep.Error = f.noModules()
			return
		case s.OnStack && len(f.stack()) == 0:
			rep.Error = &report.Error{Message: noRegisters, Next: "Leave out --stack to see what all modules need."}
			return
		}
		on, byName := f.modulesOnStack(), f.modulesByName()
		named := func() map[string]*nt.Module { return byName }
		for _, m := range f.modules.All() {
			if on[m] || !s.OnStack {
				s.add(f, m, fileOf(m, named), on[m], known(ofWindows(m.Name, m.Path), m.Name != ""))
			}
		}
		user := f.userModules() // that list of Windows' own is of kernel modules
		for _, m := range user.All() {
			if on[m] || !s.OnStack {
				s.add(f, m, fileOf(m, named), on[m], nil)
			}
		}
	})
	for x := range s.all() {
		if x.State == report.SymbolNotAskable && x.FirstDump == "" {
			x.FirstDump = rep.File.Path
		}
	}
	s.dumps = append(s.dumps, rep)
	return rep
}

// modulesOnStack are the modules that a walk of the captured stack meets, also by words that may be left from earlier calls: images settle that.
func (f *facts) modulesOnStack() map[*nt.Module]bool {
	on := make(map[*nt.Module]bool)
	for _, x := range f.stack() {
		at := x.IP
		if x.Returned() {
			at-- // a call can be the last instruction of a module
		}
		if m := f.moduleOf(at); m != nil {
			on[m] = true
		}
	}
	return on
}

// modulesByName are the modules by their names in lower case; of several with one name the first.
func (f *facts) modulesByName() map[string]*nt.Module {
	named := make(map[string]*nt.Module)
	for _, m := range f.modules.All() {
		if f.Triage == nil {
			f.kernel.Identify(m) // for its path, its time stamp, and its name where the list lacks that
		}
		if name := strings.ToLower(m.Name); named[name] == nil {
			named[name] = m
		}
	}
	return named
}

// add adds what a module of a dump needs, which was loaded from the named file. known says whether it is Windows' own, nil where that cannot be told.
func (s *Symbols) add(f *facts, m *nt.Module, file string, onStack bool, known *bool) {
	stamp, size := m.TimeStamp, m.Size
	var pdb *pe.PDB
	if im, err := pe.NewMapped(f.memory, m.Base, m.Size); err == nil {
		stamp, size = im.TimeDateStamp, im.SizeOfImage // what a server goes by; the list repeats it
		pdb, _ = im.PDB()
	}
	image := s.image(file, stamp, size)
	if image.pdb == nil && pdb != nil {
		image.pdb = s.pdb(pdb)
	}
	for _, x := range []*symbolFile{image, image.pdb} {
		if x == nil {
			continue
		}
		if n := len(s.dumps) + 1; x.dumps != n {
			x.dumps = n
			x.Dumps++
		}
		x.OnStack = x.OnStack || onStack
		if name := report.ValidUTF8(m.Name); name != "" && !slices.Contains(x.Modules, name) {
			x.Modules = append(x.Modules, name)
		}
		if x.Known == nil {
			x.Known = known
		}
	}
}

// fileOf is the name of the file that a module was loaded from. What writes dumps and the hibernation file is loaded with dump_ or hiber_ before
// its name: a second copy of a driver, or a driver for that alone. That of storport.sys is the file dumpstorport.sys, under either name: real dumps have
// dump_storport.sys and dump_dumpstorport.sys with one time stamp and size, which are not those of storport.sys.
func fileOf(m *nt.Module, named func() map[string]*nt.Module) string {
	for _, prefix := range copiedFor {
		if len(m.Name) <= len(prefix) || !strings.EqualFold(m.Name[:len(prefix)], prefix) {
			continue
		}
		name := m.Name[len(prefix):]
		if other := named()[strings.ToLower(name)]; other != nil && (other.TimeStamp != m.TimeStamp || other.Size != m.Size) {
			return "dump" + name
		}
		return name
	}
	return m.Name
}

// image returns an image that is needed. One that is at hand tells its PDB.
func (s *Symbols) image(name string, stamp, size uint32) *symbolFile {
	x, met := s.file(symstore.ImageID(name, stamp, size), report.SymbolImage)
	if met {
		return x
	}
	s.images = append(s.images, x)
	x.ImageSize = size
	switch {
	case name == "":
		x.State, x.ID, x.Reason = report.SymbolNotAskable, "", "the dump does not have its name"
	case stamp == 0:
		x.State, x.ID, x.Reason = report.SymbolNotAskable, "", "the dump does not have its time stamp"
	default:
		x.Timestamp = report.Hex(stamp)
		s.find(x, func(f *symstore.File) {
			if p, err := f.Image.PDB(); err == nil {
				x.pdb = s.pdb(p)
			}
		})
	}
	return x
}

// pdb returns a PDB that is needed.
func (s *Symbols) pdb(p *pe.PDB) *symbolFile {
	x, met := s.file(symstore.PDBID(*p), report.SymbolPDB)
	if met {
		return x
	}
	x.Age = p.Age
	if p.GUID != (dmpfile.GUID{}) {
		x.GUID = p.GUID.String()
	}
	s.find(x, func(*symstore.File) {})
	return x
}

// file returns the file of an identity, and whether it was met before.
func (s *Symbols) file(id symstore.ID, kind report.SymbolKind) (x *symbolFile, met bool) {
	if x, met = s.files[id]; met {
		return x, true
	}
	x = &symbolFile{id: id, SymbolFile: report.SymbolFile{Kind: kind, Name: report.ValidUTF8(id.Name())}}
	if key, ok := id.Key(); ok {
		x.ID = path.Base(path.Dir(key))
	}
	if s.files == nil {
		s.files = make(map[symstore.ID]*symbolFile)
	}
	s.files[id] = x
	return x, false
}

// find looks for a file in the local places, and calls found where it is.
func (s *Symbols) find(x *symbolFile, found func(*symstore.File)) {
	x.State = report.SymbolMissing
	switch {
	case x.ID == "":
		x.State, x.Reason = report.SymbolNotAskable, "no symbol store can hold a file of that name"
		return
	case s.Path == nil:
		return
	}
	f, err := s.Path.Open(x.id)
	if err != nil {
		x.Reason = whyNot(err)
		return
	}
	defer f.Close()
	x.State, x.File = report.SymbolHave, report.ValidUTF8(f.Name)
	found(f)
}

// whyNot says why what is at a place was not taken, "" where nothing is there.
func whyNot(err error) string {
	var none *symstore.NotFoundError
	if !errors.As(err, &none) {
		return err.Error()
	}
	var list []string
	for _, r := range none.Refused {
		list = append(list, r.Error())
	}
	return strings.Join(list, "; ")
}

// Missing returns what is missing and can be asked for: images in the order in which they were met, then PDBs.
func (s *Symbols) Missing() []symstore.ID {
	var images, pdbs []symstore.ID
	for x := range s.all() {
		switch {
		case x.State != report.SymbolMissing:
		case x.Kind == report.SymbolImage:
			images = append(images, x.id)
		default:
			pdbs = append(pdbs, x.id)
		}
	}
	return append(images, pdbs...)
}

// all are the files, each image followed by its PDB.
func (s *Symbols) all() iter.Seq[*symbolFile] {
	return func(yield func(*symbolFile) bool) {
		passed := make(map[*symbolFile]bool) // PDBs that several images name
		for _, x := range s.images {
			if !yield(x) {
				return
			}
			if p := x.pdb; p != nil && !passed[p] {
				passed[p] = true
				if !yield(p) {
					return
				}
			}
		}
	}
}

// PassedOver says in which folders of a path there is nothing to find, and why.
func PassedOver(path *symstore.Path) []string {
	var list []string
	absent, foreign := path.PassedOver()
	for _, dir := range absent {
		list = append(list, "there is no folder "+report.ValidUTF8(dir))
	}
	for _, dir := range foreign {
		list = append(list, report.ValidUTF8(dir)+" is a folder of Windows: passed over here")
	}
	return list
}

// password is what an address of a server has for itself.
var password = regexp.MustCompile(`://([^/*;:@]*):[^/*;@]*@`)

// List says what the dumps that were added need.
func (s *Symbols) List(toolVersion string) *report.SymbolList {
	l := &report.SymbolList{
		SchemaVersion: report.SymbolsSchemaVersion, ToolVersion: toolVersion, OnStack: s.OnStack,
		Dumps: slices.Clone(s.dumps), Files: []report.SymbolFile{},
	}
	if s.Path != nil {
		l.SymbolPath = report.ValidUTF8(password.ReplaceAllString(s.Path.String(), "://$1:xxxxx@"))
		l.PassedOver = PassedOver(s.Path)
		for _, dir := range s.Path.Filled() {
			l.FetchedInto = append(l.FetchedInto, report.ValidUTF8(dir))
		}
	}
	for x := range s.all() {
		l.Files = append(l.Files, x.SymbolFile)
		counts := &l.Images
		if x.Kind == report.SymbolPDB {
			counts = &l.PDBs
		}
		counts.Needed++
		switch x.State {
		case report.SymbolHave:
			counts.Have++
		case report.SymbolNotAskable:
			counts.NotAskable++
		default:
			counts.Missing++
			if x.OnStack {
				counts.MissingOnStack++
			}
		}
		if x.Kind == report.SymbolImage && x.State == report.SymbolMissing && x.pdb == nil {
			l.PDBs.Unknown++
		}
	}
	return l
}
