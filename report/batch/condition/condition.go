// Package condition asks reports whether an expression over the names of the JSON record is true of them. It knows package report and the
// language of expr, and no file: whether a condition is one of --where or --fail-on is its caller's business. A name of the record is known
// here as soon as report.Report has it; a function that conditions may use is added to the list of functions, an operator to operators.
package condition

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	exprfile "github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"github.com/dmplens/dmplens/report"
)

// Bounds of an expression. The work for a report is bounded by them and by the report: loops are over lists of the report or of the
// expression, and one loop may have one level of others inside.
const (
	maxExpression = 2000
	maxNodes      = 1000
	maxMemory     = 1 << 20
)

// Condition is a compiled expression. It may be used by several goroutines.
type Condition struct {
	program       *vm.Program
	parts, fields map[string]bool // names that it uses: parts of the record, and fields of those
}

// Compile compiles an expression over the names of the JSON record, such as
//
//	bugcheck.code == "0x161" and any(findings, .id == "truncated")
//
// in the language of github.com/expr-lang/expr.
//
// Times are strings as in the record, so that dump.captured_at >= "2025-01-01" works. Strings of hexadecimal digits are compared as numbers:
// codes may lack 0x, and bugcheck.code == "0x1000007e" is true of 0x7e too. Beside the names of the record there is module, the module of
// the signature. A comparison with a value that the report does not have is false, with != too; x == nil asks for that. A wrong name or
// type, a code that is no number, and a word that is never a value, is an error here. What fails with the values of a report, such as a division of integers by zero,
// makes the whole expression false.
//
// Rows of a scan do not have every name: see ForScan.
func Compile(expression string) (*Condition, error) {
	if len(expression) > maxExpression {
		return nil, fmt.Errorf("the expression has %d bytes: at most %d are allowed", len(expression), maxExpression)
	}
	// It is compiled twice: first as it stands, which finds the mistakes, then so that missing values do no harm.
	rules := &rules{parts: map[string]bool{}, fields: map[string]bool{}, depth: map[ast.Node]int{}}
	_, err := expr.Compile(expression, append(language(), expr.Env(recordTypes()), expr.AsBool(), expr.Patch(rules))...)
	if rules.err != nil {
		return nil, rules.err
	}
	if err != nil {
		return nil, oneLine(err)
	}
	program, err := expr.Compile(expression, append(language(), expr.Env(map[string]any{}), expr.AllowUndefinedVariables(), expr.Patch(tolerant{}))...)
	if err != nil {
		return nil, oneLine(err)
	}
	return &Condition{program, rules.parts, rules.fields}, nil
}

// Match says whether the condition is true of a report, as far as the report goes: rows of a batch.Scan have no modules unless its Whole
// is set, so that any(modules, ...) is true of none of them. ForScan says whether that is needed.
func (c *Condition) Match(r *report.Report) bool {
	machine := vm.VM{MemoryBudget: maxMemory}
	result, err := machine.Run(c.program, environment(r, c.parts))
	return err == nil && result == true
}

// long are the names of what rows of a scan have only where they are asked for.
var long = []string{"modules", "unloaded_modules", "streams", "contents", "live_content", "memory_runs", "registers", "noticed", "memory", "memory_slots", "events"}

// never are the names of what no row of a scan has.
var never = []string{"processes", "processors", "memory", "private", "private_looked_at"}

// Lists are the names that the condition uses of what rows of a scan have only where Scan.Whole was set.
func (c *Condition) Lists() []string {
	return slices.DeleteFunc(slices.Clone(long), func(name string) bool { return !c.parts[name] && !c.fields[name] })
}

// ForScan says whether the rows of a scan have to be whole for the condition: see batch.Scan.Whole. A name that no row of a scan has is an
// error, because such a condition would never be true.
func (c *Condition) ForScan() (whole bool, err error) {
	for _, name := range never {
		if c.parts[name] {
			return false, fmt.Errorf("rows of a scan have no %s", name)
		}
	}
	return len(c.Lists()) > 0, nil
}

// functions are those of the language that cost no more than what they are given, and that a condition may need.
var functions = []string{"abs", "all", "any", "count", "filter", "find", "first", "float", "int", "last", "len", "lower", "none", "one", "trim", "upper"}

var language = sync.OnceValue(func() []expr.Option {
	options := []expr.Option{expr.MaxNodes(maxNodes), expr.DisableAllBuiltins()}
	for _, name := range functions {
		options = append(options, expr.EnableBuiltin(name))
	}
	return slices.Clip(append(options, tolerantFunctions()...))
})

// oneLine drops the picture of the expression that an error of the language ends with.
func oneLine(err error) error {
	var e *exprfile.Error
	if errors.As(err, &e) {
		hint := ""
		if strings.Contains(e.Message, `Operator("=")`) {
			hint = ": to compare is =="
		}
		return fmt.Errorf("%s, at character %d%s", e.Message, e.Column+1, hint)
	}
	return err
}

// rules looks for names that the record does not have and for what is not allowed, and notes which parts of the record are used, and
// which fields of them.
type rules struct {
	parts, fields map[string]bool
	depth         map[ast.Node]int // of the conditions on members of lists
	err           error
}

func (v *rules) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if strings.HasPrefix(n.Value, "$") {
			v.refuse(n, "no name %s", n.Value)
		} else if _, ok := recordTypes()[n.Value]; !ok && !slices.Contains(functions, n.Value) {
			if inside := pathsTo(n.Value); len(inside) > 0 {
				v.refuse(n, "no name %s: did you mean %s?", n.Value, strings.Join(inside, " or "))
			}
			v.unknown(n, n.Value, append(slices.Collect(maps.Keys(recordTypes())), functions...))
		}
		v.parts[n.Value] = true
	case *ast.MemberNode:
		name, ok := n.Property.(*ast.StringNode)
		if ok {
			v.fields[name.Value] = true
		}
		if of := n.Node.Nature(); ok && of.TypeData != nil && of.Strict {
			if _, ok := of.Fields[name.Value]; !ok {
				v.unknown(n, name.Value, slices.Collect(maps.Keys(of.Fields)))
			}
		}
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		v.err = nil // that the variable has no known name is not the point
		v.refuse(n, "variables are not supported")
	case *ast.SliceNode:
		v.refuse(n, "parts of lists and texts are not supported")
	case *ast.BinaryNode:
		if n.Operator == ".." {
			v.refuse(n, "ranges are not supported")
		}
		v.codes(n)
		v.words(n)
	case *ast.BuiltinNode: // the language knows some that cannot be disabled
		if !slices.Contains(functions, n.Name) {
			v.refuse(n, "no function %s: there are %s", n.Name, strings.Join(functions, ", "))
		}
	case *ast.PredicateNode:
		inside := deepest{of: v.depth}
		ast.Walk(&n.Node, &inside)
		if v.depth[n] = 1 + inside.depth; v.depth[n] > 2 {
			v.refuse(n, "conditions are nested too deep")
		}
	}
}

// unknown refuses a name, and says which one may have been meant.
func (v *rules) unknown(n ast.Node, name string, known []string) {
	if near := report.Nearest(name, known); near != "" {
		v.refuse(n, "no name %s: did you mean %s?", name, near)
		return
	}
	slices.Sort(known)
	v.refuse(n, "no name %s: there are %s", name, strings.Join(known, ", "))
}

// pathsTo returns where a name stands in objects of the record: bugcheck.code for code.
func pathsTo(name string) []string {
	var list []string
	for part, t := range recordTypes() {
		if fields, ok := t.(types.Map); ok && fields[name] != nil {
			list = append(list, part+"."+name)
		}
	}
	slices.Sort(list)
	return list
}

// refuse keeps the first error.
func (v *rules) refuse(n ast.Node, format string, args ...any) {
	if v.err == nil {
		v.err = fmt.Errorf(format+", at character %d", append(args, n.Location().From+1)...)
	}
}

// deepest finds how deep conditions on members of lists are nested in a part of an expression.
type deepest struct {
	of    map[ast.Node]int
	depth int
}

func (v *deepest) Visit(node *ast.Node) { v.depth = max(v.depth, v.of[*node]) }
