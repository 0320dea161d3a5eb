package report

// SymbolsSchemaVersion is the version of the record SymbolList. The second number grows when fields are added.
const SymbolsSchemaVersion = "1.0.0"

// SymbolList is the JSON record of `dmplens symbols`: which images and PDBs dumps need, each once, and which of them are at hand.
type SymbolList struct {
	SchemaVersion string `json:"schema_version" jsonschema:"version of this record; fields are only ever added"`
	ToolVersion   string `json:"tool_version,omitempty" jsonschema:"version of dmplens"`

	SymbolPath string `json:"symbol_path,omitempty" jsonschema:"where files were looked for; left out where no path was given"`
	// PassedOver and FetchedInto are of that path.
	PassedOver  []string `json:"passed_over,omitempty" jsonschema:"folders of the symbol path in which there is nothing to find, and why, each a sentence"`
	FetchedInto []string `json:"fetched_into,omitempty" jsonschema:"folders that files are put into which --fetch gets from servers"`
	OnStack     bool     `json:"on_stack,omitempty" jsonschema:"whether only the modules on the stacks of the dumps were asked about"`

	NotRead []string     `json:"not_read,omitempty" jsonschema:"paths of files that could not be read, so that nothing is known of them"`
	Dumps   []*Report    `json:"dumps" jsonschema:"what each dump is, or why it has no list of modules: records of dmplens info with only these parts filled"`
	Images  SymbolCounts `json:"images"`
	PDBs    SymbolCounts `json:"pdbs"`
	Files   []SymbolFile `json:"files" jsonschema:"images in the order in which they are first met, each followed by its PDB where that is known"`
	Next    string       `json:"next,omitempty" jsonschema:"a command line that fetches what is missing"`
	Use     string       `json:"use,omitempty" jsonschema:"a command line that shows the stack with what is at hand, where nothing is left to fetch"`
}

// StackFirst is how many of the missing files the stacks need, where that is known to be fewer than all; else 0.
func (l *SymbolList) StackFirst() int {
	n := l.Images.MissingOnStack + l.PDBs.MissingOnStack
	if l.OnStack || n == l.Images.Missing+l.PDBs.Missing {
		return 0
	}
	return n
}

// SymbolCounts counts files of one kind.
type SymbolCounts struct {
	Needed         int `json:"needed"`
	Have           int `json:"have"`
	Missing        int `json:"missing"`
	NotAskable     int `json:"not_askable" jsonschema:"those that no store or server can be asked for"`
	MissingOnStack int `json:"missing_on_stack" jsonschema:"those of the missing that modules on the stack of a dump need"`
	Unknown        int `json:"unknown,omitempty" jsonschema:"of PDBs: images that are not there, and whose PDB is not known before they are; the other counts leave these out"`
}

// SymbolFile is an image or a PDB that dumps need.
type SymbolFile struct {
	Kind SymbolKind `json:"kind" jsonschema:"image, pdb"`
	Name string     `json:"name" jsonschema:"the file's own name, as a symbol server knows it"`
	ID   string     `json:"id,omitempty" jsonschema:"the folder that it has in a symbol store: time stamp and size of an image, GUID and age of a PDB"`

	Timestamp string `json:"timestamp,omitempty" jsonschema:"of an image"`
	ImageSize uint32 `json:"image_size,omitempty" jsonschema:"of an image, as it is mapped"`
	GUID      string `json:"guid,omitempty" jsonschema:"of a PDB"`
	Age       uint32 `json:"age,omitempty" jsonschema:"of a PDB"`

	State  SymbolState `json:"state" jsonschema:"have, missing, not-askable"`
	Reason string      `json:"reason,omitempty" jsonschema:"why it cannot be asked for, or was not taken from where it is"`
	File   string      `json:"file,omitempty" jsonschema:"where it is"`

	FirstDump string   `json:"first_dump,omitempty" jsonschema:"of a file that cannot be asked for: the path of the first dump that names it"`
	Modules   []string `json:"modules,omitempty" jsonschema:"names of the modules that need it"`
	Known     *bool    `json:"known,omitempty" jsonschema:"whether the module is one of Windows' own that dmplens knows; left out for modules of user mode, which it has no list of"`
	OnStack   bool     `json:"on_stack,omitempty" jsonschema:"whether the module is on the stack of a dump"`
	Dumps     int      `json:"dumps" jsonschema:"how many of the dumps need it"`
}

// SymbolKind is what sort of file a debugger needs.
type SymbolKind string

// Kinds of files.
const (
	SymbolImage SymbolKind = "image"
	SymbolPDB   SymbolKind = "pdb"
)

// SymbolState says whether a file is at hand.
type SymbolState string

// States of a file.
const (
	SymbolHave       SymbolState = "have"
	SymbolMissing    SymbolState = "missing"     // in none of the places
	SymbolNotAskable SymbolState = "not-askable" // what it is called in a store is not known, or no store can hold it
)
