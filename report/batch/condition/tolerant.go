package condition

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/vm/runtime"
)

// tolerant rewrites an expression so that a missing value makes the comparison false that it stands in, and not the whole expression
// fail: operators and functions become calls of those below, which know nil.
type tolerant struct{}

func (tolerant) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.MemberNode:
		patch(node, "$member", n.Node, n.Property)
	case *ast.StringNode:
		// The record has hexadecimal digits in lower case.
		if _, ok := hexadecimal(n.Value, true); ok {
			n.Value = strings.ToLower(n.Value)
		}
	case *ast.UnaryNode:
		switch n.Operator {
		case "not", "!":
			n.Node = truth(n.Node)
		case "-":
			patch(node, "$negative", n.Node)
		}
	case *ast.BinaryNode:
		tolerantBinary(node, n)
	case *ast.ConditionalNode:
		n.Cond = truth(n.Cond)
	case *ast.PredicateNode:
		n.Node = truth(n.Node)
	case *ast.BuiltinNode:
		if !builtin.Builtins[builtin.Index[n.Name]].Predicate {
			patch(node, "$"+n.Name, n.Arguments...)
		}
	}
}

func tolerantBinary(node *ast.Node, n *ast.BinaryNode) {
	switch n.Operator {
	case "and", "&&", "or", "||":
		n.Left, n.Right = truth(n.Left), truth(n.Right)
		return
	case "==", "!=":
		asked, of := n.Left, n.Right
		if _, ok := asked.(*ast.NilNode); !ok {
			asked, of = of, asked
		}
		if _, ok := asked.(*ast.NilNode); ok {
			patch(node, map[string]string{"==": "$missing", "!=": "$present"}[n.Operator], of)
			return
		}
	}
	function := "$" + n.Operator
	if slices.Contains(comparisons, n.Operator) {
		left, ofBugcheck := code(n.Left)
		right, ofBugcheck2 := code(n.Right)
		if left {
			markCodes(n.Right)
		}
		if right {
			markCodes(n.Left)
		}
		if _, ok := operators["bugcheck "+n.Operator]; ok && (ofBugcheck || ofBugcheck2) {
			function = "$bugcheck " + n.Operator
		}
	}
	if _, ok := operators[n.Operator]; ok {
		patch(node, function, n.Left, n.Right)
	}
}

// markCodes puts 0x before codes that lack it.
func markCodes(n ast.Node) {
	for _, literal := range literals(n) {
		if s, ok := literal.(*ast.StringNode); ok && !strings.HasPrefix(s.Value, "0x") {
			s.Value = "0x" + strings.ToLower(s.Value)
		}
	}
}

func patch(node *ast.Node, function string, arguments ...ast.Node) {
	ast.Patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: function}, Arguments: arguments})
}

func truth(n ast.Node) ast.Node {
	ast.Patch(&n, &ast.CallNode{Callee: &ast.IdentifierNode{Value: "$true"}, Arguments: []ast.Node{n}})
	return n
}

// operators are those that do not know nil by themselves. What they say of a missing value is below.
var operators = map[string]func(a, b any) any{
	"==": func(a, b any) any { return equal(a, b) },
	"!=": func(a, b any) any { return !equal(a, b) },
	"in": func(a, b any) any { return oneOf(a, b, equal) },
	"<":  func(a, b any) any { return runtime.Less(numbers(a, b)) },
	">":  func(a, b any) any { return runtime.More(numbers(a, b)) },
	"<=": func(a, b any) any { return runtime.LessOrEqual(numbers(a, b)) },
	">=": func(a, b any) any { return runtime.MoreOrEqual(numbers(a, b)) },

	"bugcheck ==": func(a, b any) any { return bugcheckEqual(a, b) },
	"bugcheck !=": func(a, b any) any { return !bugcheckEqual(a, b) },
	"bugcheck in": func(a, b any) any { return oneOf(a, b, bugcheckEqual) },

	"+":  runtime.Add,
	"-":  runtime.Subtract,
	"*":  runtime.Multiply,
	"/":  func(a, b any) any { return runtime.Divide(a, b) },
	"%":  func(a, b any) any { return runtime.Modulo(a, b) },
	"**": func(a, b any) any { return runtime.Exponent(a, b) },
	"^":  func(a, b any) any { return runtime.Exponent(a, b) },
}

// tolerantFunctions are what an expression is rewritten to call. They return nil where they are given nil, which is no true condition.
func tolerantFunctions() []expr.Option {
	var list []expr.Option
	add := func(name string, f func(v []any) (any, error)) {
		list = append(list, expr.Function("$"+name, func(v ...any) (any, error) {
			if slices.Contains(v, nil) {
				return nil, nil
			}
			return f(v)
		}))
	}
	for name, f := range operators {
		add(name, func(v []any) (any, error) { return f(v[0], v[1]), nil })
	}
	for _, name := range functions {
		if f := builtin.Builtins[builtin.Index[name]]; f.Fast != nil {
			add(name, func(v []any) (any, error) { return f.Fast(v[0]), nil })
		} else if f.Func != nil {
			add(name, func(v []any) (any, error) { return f.Func(v...) })
		}
	}
	add("negative", func(v []any) (any, error) { return runtime.Negate(v[0]), nil })
	add("member", func(v []any) (any, error) { return part(v[0], v[1]), nil })
	return append(list,
		expr.Function("$true", func(v ...any) (any, error) { return v[0] == true, nil }),
		expr.Function("$missing", func(v ...any) (any, error) { return missing(v[0]), nil }),
		expr.Function("$present", func(v ...any) (any, error) { return !missing(v[0]), nil }),
	)
}

// missing tells what the record would leave out.
func missing(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

// part returns what is called so, or stands there in a list, or nil.
func part(from, name any) any {
	switch from := from.(type) {
	case map[string]any:
		if name, ok := name.(string); ok {
			return from[name]
		}
	case []any:
		if i, ok := name.(int); ok && i < 0 && -i <= len(from) {
			return from[len(from)+i]
		} else if ok && i >= 0 && i < len(from) {
			return from[i]
		}
	}
	return nil
}
