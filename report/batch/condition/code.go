package condition

import (
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm/runtime"

	"github.com/dmplens/dmplens/report"
)

// comparisons are the operators that compare two values.
var comparisons = []string{"==", "!=", "<", ">", "<=", ">=", "in"}

// code says whether a part of an expression is a code of the record, and whether it is that of a bug check, which the record has without
// the bit that some headers set.
func code(n ast.Node) (is, bugcheck bool) {
	var of, name ast.Node
	switch n := n.(type) {
	case *ast.ChainNode:
		return code(n.Node)
	case *ast.MemberNode:
		of, name = n.Node, n.Property
	case *ast.CallNode: // what tolerant makes of a member
		if callee, ok := n.Callee.(*ast.IdentifierNode); !ok || callee.Value != "$member" {
			return false, false
		}
		of, name = n.Arguments[0], n.Arguments[1]
	default:
		return false, false
	}
	field, ok := name.(*ast.StringNode)
	if !ok || field.Value != "code" && field.Value != "raw_code" {
		return false, false
	}
	record, ok := of.(*ast.IdentifierNode)
	return true, ok && record.Value == "bugcheck" && field.Value == "code"
}

// literals are the values as they are written on one side of a comparison: one, or a list.
func literals(n ast.Node) []ast.Node {
	if list, ok := n.(*ast.ArrayNode); ok {
		return list.Nodes
	}
	return []ast.Node{n}
}

// values returns what a part of an expression is called, and the words that it can be, nil where there is no list of those.
func values(n ast.Node) (name string, words []string) {
	switch n := n.(type) {
	case *ast.ChainNode:
		return values(n.Node)
	case *ast.IdentifierNode:
		name = n.Value
	case *ast.MemberNode:
		field, ok := n.Property.(*ast.StringNode)
		if !ok {
			return "", nil
		}
		if of, ok := n.Node.(*ast.IdentifierNode); ok {
			name = of.Value + "." + field.Value
		} else { // no other lists have such names
			name = "findings." + field.Value
		}
	}
	return name, report.Values(name)
}

// words refuses comparisons with what is never a value.
func (v *rules) words(n *ast.BinaryNode) {
	if n.Operator != "==" && n.Operator != "!=" && n.Operator != "in" {
		return
	}
	for _, sides := range [][2]ast.Node{{n.Left, n.Right}, {n.Right, n.Left}} {
		name, words := values(sides[0])
		if words == nil {
			continue
		}
		for _, literal := range literals(sides[1]) {
			word, ok := literal.(*ast.StringNode)
			switch {
			case !ok || slices.Contains(words, word.Value):
			case report.Nearest(word.Value, words) != "":
				v.refuse(word, "no %s is %q: did you mean %s?", name, word.Value, report.Nearest(word.Value, words))
			case len(words) > 20:
				v.refuse(word, "no %s is %q", name, word.Value)
			default:
				v.refuse(word, "no %s is %q: there are %s", name, word.Value, strings.Join(words, ", "))
			}
		}
	}
}

// codes refuses comparisons of codes with what is no code.
func (v *rules) codes(n *ast.BinaryNode) {
	if !slices.Contains(comparisons, n.Operator) {
		return
	}
	for _, sides := range [][2]ast.Node{{n.Left, n.Right}, {n.Right, n.Left}} {
		if is, _ := code(sides[0]); !is {
			continue
		}
		for _, literal := range literals(sides[1]) {
			switch literal := literal.(type) {
			case *ast.StringNode:
				if _, ok := hexadecimal(literal.Value, false); !ok {
					v.refuse(literal, `%q is no code: codes are hexadecimal, as in "0x1a"`, literal.Value)
				}
			case *ast.IntegerNode, *ast.FloatNode:
				v.refuse(literal, `codes are texts of hexadecimal digits: write "0x1a"`)
			}
		}
	}
}

// hexadecimal reads a number as the record has it, in letters of any case, with leading zeros or without. 0x may be required.
func hexadecimal(s string, marked bool) (uint64, bool) {
	digits, is := strings.CutPrefix(strings.ToLower(s), "0x")
	if marked && !is {
		return 0, false
	}
	v, err := strconv.ParseUint(digits, 16, 64)
	return v, err == nil
}

// numbers returns what two values are as numbers, if both are strings of hexadecimal digits with 0x.
func numbers(a, b any) (x, y any) {
	s, ok1 := a.(string)
	t, ok2 := b.(string)
	if !ok1 || !ok2 {
		return a, b
	}
	v, ok1 := hexadecimal(s, true)
	w, ok2 := hexadecimal(t, true)
	if !ok1 || !ok2 {
		return a, b
	}
	return v, w
}

func equal(a, b any) bool { return runtime.Equal(numbers(a, b)) }

// bugcheckEqual compares the code of a bug check with one as an event or a debugger says it: 0x1000007e is 0x7e.
func bugcheckEqual(a, b any) bool {
	if equal(a, b) {
		return true
	}
	plain := func(v any) any {
		if s, ok := v.(string); ok {
			if n, ok := hexadecimal(s, true); ok && n>>28 == 1 && n&0x0fffffff < 0x10000 {
				return "0x" + strconv.FormatUint(n&0x0fffffff, 16)
			}
		}
		return v
	}
	return equal(plain(a), plain(b))
}

// oneOf is the operator in, whose lists are searched for what is equal.
func oneOf(v, list any, equal func(a, b any) bool) bool {
	if list, ok := list.([]any); ok {
		return slices.ContainsFunc(list, func(member any) bool { return equal(v, member) })
	}
	return runtime.In(v, list)
}
