package bind

import (
	"errors"
	"strconv"

	"github.com/expr-lang/expr/ast"

	"github.com/medlar-flow/medlar/schema"
)

// Linker is what Vars may also implement: what signalUrl() reads. key is empty for
// a signal without one.
type Linker interface {
	SignalURL(name, key string) (string, error)
}

// SignalScope is what a Scope may also implement, where signalUrl() can be called.
type SignalScope interface {
	// SignalURL is told of a call: the name of the signal, whether it has a key,
	// and the place of the name in the text. It returns what is wrong with it, as
	// Resolve does.
	SignalURL(name string, keyed bool, offset, length int) *Problem
}

// secretText is text that shows itself nowhere.
var secretText = &schema.Field{Type: schema.String, Secret: true}

func signalFunctions() []*function {
	return []*function{{
		name: "signalUrl", gives: secretText, inspect: literalSignal, framed: true, call: signalURL,
		types: signatures((func(string) string)(nil), (func(string, string) string)(nil), (func(string, int) string)(nil)),
	}}
}

// literalSignal reports a name that nobody can know before the flow runs, and has
// the scope look at the others.
func literalSignal(r *rewriter, n *ast.CallNode, _ []fact) {
	if len(n.Arguments) == 0 {
		return
	}
	name, ok := n.Arguments[0].(*ast.StringNode)
	if !ok {
		r.problemAt(n.Arguments[0].Location(), RuleType, "the name of a signal must be a literal text", "write signalUrl('approval'); what tells rounds apart is its key, signalUrl('approval', item.id)")
		return
	}
	off, length := r.span(name.Location())
	p := &Problem{Rule: RuleUnknownFunction, Message: "signalUrl can be called in the steps of a flow alone", Help: "call it in the step that sends the address"}
	if sc, ok := r.scope.(SignalScope); ok {
		p = sc.SignalURL(name.Value, len(n.Arguments) > 1, off, length)
	}
	if p != nil {
		r.report(off, length, p.Rule, p.Message, p.Help)
	}
}

var errNoKey = errors.New("the key is empty")

func signalURL(fr *frame, args []any) (any, error) {
	l, ok := fr.vars.(Linker)
	if !ok {
		return nil, errWorld
	}
	name, err := textOf(args[0])
	if err != nil {
		return nil, err
	}
	key := ""
	if len(args) > 1 {
		if n, ok := asInteger(args[1]); ok {
			key = strconv.FormatInt(n, 10)
		} else if key, err = textOf(args[1]); err != nil {
			return nil, err
		}
		if key == "" {
			return nil, errNoKey
		}
	}
	return l.SignalURL(name, key) //nolint:wrapcheck // it has a code of its own
}
