package symstore

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// PublicServer is Microsoft's server of public symbols and images of Windows.
const PublicServer = "https://msdl.microsoft.com/download/symbols"

// Path is a symbol path. It does not change and is safe for concurrent use.
type Path struct {
	elements []element
	listings sync.Map // of listing, by folder
}

// element is a place or a chain of them, the nearest first.
type element struct {
	text   string
	plain  bool     // one folder, which can hold files outside the layout of a store
	cache  bool     // one store, for the chains that follow
	stores []string // folders; "" where the default store has no place
	server *server  // nil where there is none
}

// DefaultStore returns the folder of the store that is used where a symbol path names none: dmplens/symbols in the user's folder of caches. It need
// not exist.
func DefaultStore() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("there is no default store of symbols: %w", err)
	}
	return filepath.Join(dir, "dmplens", "symbols"), nil
}

// PathError says which element of a symbol path is none.
type PathError struct {
	Element string // as it stands in the path, [Redacted]
	Problem string
}

func (e *PathError) Error() string {
	return fmt.Sprintf("symbol path: the element %q %s", e.Element, e.Problem)
}

// ParsePath reads a symbol path. Its grammar is that of _NT_SYMBOL_PATH, see the package. An empty one has no elements, and is no error. Errors
// are of type *PathError.
func ParsePath(s string) (*Path, error) {
	p := &Path{}
	var caches []string // of cache*, for the chains that follow
	for text := range strings.SplitSeq(s, ";") {
		tokens := strings.Split(text, "*")
		for i := range tokens {
			tokens[i] = strings.TrimFunc(tokens[i], func(r rune) bool { return unicode.IsSpace(r) || r == '"' }) // no name of Windows has quotation marks
		}
		e := element{text: strings.Join(tokens, "*")}
		if e.text == "" {
			continue
		}
		kind, problem := e.parse(tokens)
		if problem != "" {
			return nil, &PathError{Redacted(e.text), problem}
		}
		switch kind {
		case cache:
			e.cache = true
			caches = append(caches, e.stores...)
		case chain:
			if e.stores = slices.Concat(caches, e.stores); len(e.stores) == 0 {
				e.places([]string{""})
			}
		}
		p.elements = append(p.elements, p.sharing(e))
	}
	return p, nil
}

// sharing lets an element have the server of an earlier one, if it is the same: what is learnt of a server holds for both.
func (p *Path) sharing(e element) element {
	for _, other := range p.elements {
		if e.server != nil && other.server != nil && e.server.base.String() == other.server.base.String() {
			e.server = other.server
		}
	}
	return e
}

// Kinds of elements.
const (
	plain = iota // a folder
	chain
	cache
)

// parse reads an element from what is between its asterisks. problem is "" if it is one.
func (e *element) parse(tokens []string) (kind int, problem string) {
	if strings.ContainsFunc(e.text, unicode.IsControl) {
		return 0, "has a control character"
	}
	keyword, places := strings.ToLower(tokens[0]), tokens[1:]
	switch {
	case len(tokens) == 1 && isURL(tokens[0]):
		return chain, e.places(tokens)
	case len(tokens) == 1 && (keyword == "srv" || keyword == "symsrv" || keyword == "cache"):
		return 0, "lacks the asterisk after its keyword; a folder of that name is ./" + tokens[0]
	case len(tokens) == 1:
		e.plain = true
		return plain, e.places(tokens)
	case keyword == "cache" && len(places) > 1:
		return 0, "names more than one folder"
	case keyword == "cache" && isURL(places[0]):
		return 0, "names a server, which cannot be filled"
	case keyword == "cache":
		return cache, e.places(places)
	case keyword == "symsrv" && !strings.EqualFold(places[0], "symsrv.dll"):
		return 0, "names another symbol server than symsrv.dll"
	case keyword == "symsrv":
		places = places[1:]
	case keyword != "srv":
		return 0, "does not begin with srv*, symsrv* or cache*, but has an asterisk"
	}
	switch {
	case len(places) == 0:
		return 0, "names no store"
	case len(places) == 1 && places[0] == "":
		places = []string{"", PublicServer}
	}
	return chain, e.places(places)
}

// places reads the stores of an element, and the server at their end.
func (e *element) places(tokens []string) (problem string) {
	for i, token := range tokens {
		scheme, ok := scheme(token)
		switch {
		case !ok:
			dir, problem := folder(token)
			if problem != "" {
				return problem
			}
			e.stores = append(e.stores, dir)
			continue
		case scheme != "" && scheme != "http" && scheme != "https":
			return "names a server of the kind " + scheme + ", not http or https"
		case !isURL(token):
			return "has an address that cannot be read"
		case i < len(tokens)-1:
			return "has a server ahead of another store; a server can only be the last one"
		}
		u, err := url.Parse(token)
		if err != nil || u.Hostname() == "" || u.Fragment != "" {
			return "has an address that cannot be read"
		}
		e.server = &server{base: u}
	}
	return ""
}

// isURL says whether a token is the address of a server.
func isURL(s string) bool {
	scheme, _, ok := strings.Cut(s, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// scheme returns the kind of an address, in lower case. ok is false where a token is none, and not meant to be one either.
func scheme(token string) (scheme string, ok bool) {
	before, start, _, ok := cutAddress(token)
	if ok && before == "" {
		scheme, _, _ = strings.Cut(strings.ToLower(start), ":")
		return scheme, true
	}
	scheme, _, ok = strings.Cut(strings.ToLower(token), ":")
	return scheme, ok && slices.Contains([]string{"http", "https", "file", "ftp"}, scheme)
}

// folder returns the folder that a token means. The empty one is the default store; "" is returned where that has no place. Here no shell puts in what ~
// and variables stand for.
func folder(token string) (dir, problem string) {
	switch rest, ok := strings.CutPrefix(token, "~"); {
	case token == "":
		dir, _ = DefaultStore() // it is missing like any folder that does not exist
		return dir, ""
	case ok && (rest == "" || os.IsPathSeparator(rest[0])):
		home, err := os.UserHomeDir()
		if err != nil {
			return "", "begins with ~, and there is no folder of the user: " + err.Error()
		}
		return filepath.Join(home, rest), ""
	case ok:
		return "", "has a folder that begins with ~ and is none of the user's own; one of that name is ./" + token
	}
	if v := variable(token); v != "" {
		return "", "has a folder that begins with the variable " + v + ", which no shell has replaced; one of that name is ./" + token
	}
	return token, ""
}

// variable returns the variable of a shell that a token begins with, as %TEMP%, $HOME or ${HOME}; "" if there is none.
func variable(token string) string {
	text, kind := token, byte(0)
	if token != "" {
		kind, text = token[0], token[1:]
	}
	braced := strings.HasPrefix(text, "{")
	name := strings.TrimLeft(strings.TrimPrefix(text, "{"), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_()")
	end := len(token) - len(name)
	switch {
	case end < 2 || braced && end < 3:
	case kind == '%' && strings.HasPrefix(name, "%"), kind == '$' && braced && strings.HasPrefix(name, "}"):
		return token[:end+1]
	case kind == '$' && !braced && (token[1] < '0' || token[1] > '9'):
		return token[:end]
	}
	return ""
}

// foreign says whether a folder is one of Windows and this system is another. A path from the root of this system may have \ in a name.
func foreign(dir string) bool {
	return runtime.GOOS != "windows" && (hasDrive(dir) || strings.Contains(dir, `\`) && !strings.HasPrefix(dir, "/"))
}

// String returns the path as it was given, without spaces and elements that do not count.
func (p *Path) String() string {
	var texts []string
	for _, e := range p.elements {
		texts = append(texts, e.text)
	}
	return strings.Join(texts, ";")
}

// Servers returns the addresses of the servers that Fetch asks, each once and in their order, without passwords.
func (p *Path) Servers() []string {
	var list []string
	for _, e := range p.elements {
		if e.server != nil && !slices.Contains(list, e.server.String()) {
			list = append(list, e.server.String())
		}
	}
	return list
}

// Filled returns the folders that Fetch puts files into, each once and in their order: of each chain with a server the first one that can be on this
// system. They need not exist.
func (p *Path) Filled() []string {
	var list []string
	for _, e := range p.elements {
		if first := e.first(); e.server != nil && first >= 0 && !slices.Contains(list, e.stores[first]) {
			list = append(list, e.stores[first])
		}
	}
	return list
}

// PassedOver returns the folders of the path that Open finds nothing in, each once: absent ones, which do not exist and which Fetch does not make, and
// foreign ones, which are of Windows where this is another system.
func (p *Path) PassedOver() (absent, foreigners []string) {
	made := p.Filled()
	for _, e := range p.elements {
		for _, dir := range e.stores {
			switch {
			case dir == "":
			case foreign(dir):
				foreigners = append(foreigners, dir)
			case !e.cache && !slices.Contains(made, dir) && !isFolder(dir):
				absent = append(absent, dir)
			}
		}
	}
	slices.Sort(absent)
	slices.Sort(foreigners)
	return slices.Compact(absent), slices.Compact(foreigners)
}

func isFolder(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

// Stores returns the folders that Open looks in, each once and in their order.
func (p *Path) Stores() []string {
	var list []string
	for _, e := range p.elements {
		for _, dir := range e.stores {
			if dir != "" && !foreign(dir) && !slices.Contains(list, dir) {
				list = append(list, dir)
			}
		}
	}
	return list
}
