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
	Element string // as it stands in the path
	Problem string
}

func (e *PathError) Error() string {
	return fmt.Sprintf("symbol path: the element %q %s", e.Element, e.Problem)
}

// ParsePath reads a symbol path. Its grammar is that of _NT_SYMBOL_PATH, see the package. An empty one has no elements, and is no error. Errors
// are of type *PathError.
func ParsePath(s string) (*Path, error) {
	p := &Path{}
	var cache []string // stores of cache* that apply to what follows
	servers := map[string]*server{}
	for text := range strings.SplitSeq(s, ";") {
		tokens := strings.Split(text, "*")
		for i := range tokens {
			tokens[i] = strings.TrimSpace(tokens[i])
		}
		e := element{text: strings.Join(tokens, "*")}
		if e.text == "" {
			continue
		}
		fail := func(format string, args ...any) (*Path, error) {
			return nil, &PathError{e.text, fmt.Sprintf(format, args...)}
		}
		if strings.IndexFunc(e.text, func(r rune) bool { return r < 0x20 || r == 0x7F }) >= 0 {
			return fail("has a control character")
		}
		keyword, places := strings.ToLower(tokens[0]), tokens[1:]
		switch {
		case len(tokens) == 1 && !isURL(tokens[0]):
			e.plain, places = true, tokens
			if keyword == "srv" || keyword == "symsrv" || keyword == "cache" {
				return fail("lacks the asterisk after its keyword; a folder of that name is ./%s", tokens[0])
			}
		case len(tokens) == 1:
			places = tokens
		case keyword == "cache":
			if len(places) > 1 {
				return fail("names more than one folder")
			}
			if isURL(places[0]) {
				return fail("names a server, which cannot be filled")
			}
		case keyword == "symsrv":
			if !strings.EqualFold(places[0], "symsrv.dll") {
				return fail("names another symbol server than symsrv.dll")
			}
			places = places[1:]
			if len(places) == 0 {
				return fail("names no store")
			}
		case keyword != "srv":
			return fail("does not begin with srv*, symsrv* or cache*, but has an asterisk")
		}
		if len(places) == 1 && places[0] == "" && keyword != "cache" {
			places = []string{"", PublicServer}
		}
		for i, place := range places {
			if !isURL(place) {
				if i := strings.Index(place, "://"); i > 0 {
					return fail("names a server of the kind %s, not http or https", place[:i])
				}
				e.stores = append(e.stores, folder(place))
				continue
			}
			if i < len(places)-1 {
				return fail("has a server ahead of another store; a server can only be the last one")
			}
			u, err := url.Parse(place)
			if err != nil || u.Hostname() == "" || u.Fragment != "" {
				return fail("has an address that cannot be read")
			}
			if servers[place] == nil {
				servers[place] = &server{base: u}
			}
			e.server = servers[place]
		}
		if keyword == "cache" && len(tokens) > 1 {
			cache = append(cache, e.stores...)
		} else if !e.plain {
			e.stores = slices.Concat(cache, e.stores)
			if len(e.stores) == 0 {
				e.stores = []string{folder("")}
			}
		}
		p.elements = append(p.elements, e)
	}
	return p, nil
}

// isURL says whether a token is the address of a server.
func isURL(s string) bool {
	scheme, _, ok := strings.Cut(s, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// folder returns the folder that a token means. The empty one is the default store; "" is returned where that has no place.
func folder(token string) string {
	if token == "" {
		token, _ = DefaultStore() // it is missing like any folder that does not exist
	}
	return token
}

// foreign says whether a folder is one of Windows and this system is another.
func foreign(dir string) bool {
	if runtime.GOOS == "windows" {
		return false
	}
	return strings.HasPrefix(dir, `\\`) || hasDrive(dir)
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
