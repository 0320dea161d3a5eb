package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Confidences has every constant of its type, and the README the same list with what each demands.
func TestConfidences(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "words.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var constants []Confidence
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if typ, named := (*ast.Ident)(nil), false; ok {
			if typ, named = spec.Type.(*ast.Ident); named && typ.Name == "Confidence" {
				word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				constants = append(constants, Confidence(word))
			}
		}
		return true
	})
	if !slices.Equal(constants, Confidences) {
		t.Errorf("the constants are %q, the list is %q", constants, Confidences)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(readme), "\n| confidence | what it demands |\n|---|---|\n")
	if !found {
		t.Fatal("the README has no table of confidences")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	want := ""
	for _, c := range Confidences {
		if c.Demands() == "" {
			t.Errorf("%s demands nothing", c)
		}
		want += "| " + string(c) + " | " + c.Demands() + " |\n"
	}
	if table+"\n" != want {
		t.Errorf("the README has\n%s\nwant\n%s", table, want)
	}
}
