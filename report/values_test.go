package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"
)

// Every constant of the words is a value that can be asked for.
func TestValues(t *testing.T) {
	names := map[string]string{
		"Format": "dump.format", "Confidence": "origin.confidence", "Kind": "origin.kind", "Source": "origin.source", "Writer": "origin.writer",
		"FindingID": "findings.id", "Severity": "findings.severity", "Verdict": "verdict",
	}
	n := 0
	for _, file := range []string{"words.go", "findings.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok {
				return true
			}
			typ, ok := spec.Type.(*ast.Ident)
			if !ok || names[typ.Name] == "" || len(spec.Values) != 1 {
				return true
			}
			word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			if n++; !slices.Contains(Values(names[typ.Name]), word) {
				t.Errorf("%s is no value of %s", word, names[typ.Name])
			}
			return true
		})
	}
	if n < 60 {
		t.Errorf("only %d constants were found", n)
	}
}
