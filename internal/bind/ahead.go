package bind

import (
	"sync"
	"sync/atomic"

	"github.com/expr-lang/expr/parser"
)

// Ahead reads texts while another goroutine still compiles earlier ones: what
// expr's parser makes of a text depends on nothing else.
type Ahead struct {
	engine *Engine
	read   []parsed
	ready  atomic.Int64 // how many of read can be used
	stop   atomic.Bool
	done   sync.WaitGroup
}

// parsed are the trees of a text's expressions, by where they begin.
type parsed []parsedAt

type parsedAt struct {
	base int
	tree *parser.Tree
}

// ReadAhead begins to read texts in their order. Call Close at the end.
func (e *Engine) ReadAhead(texts []string) *Ahead {
	a := &Ahead{engine: e, read: make([]parsed, len(texts))}
	a.done.Go(func() {
		for i, text := range texts {
			if a.stop.Load() {
				return
			}
			a.read[i] = e.parsePieces(text)
			a.ready.Store(int64(i + 1))
		}
	})
	return a
}

// Close ends what ReadAhead began, and waits for it.
func (a *Ahead) Close() {
	if a != nil {
		a.stop.Store(true)
		a.done.Wait()
	}
}

// Compile is Engine.Compile for text number i of those that are read ahead;
// what was not read yet it reads itself. Only one goroutine may call it.
func (a *Ahead) Compile(i int, text string, scope Scope) (*Program, []Problem) {
	var trees parsed
	if int64(i) < a.ready.Load() {
		trees, a.read[i] = a.read[i], nil // compiling changes a tree
	}
	return a.engine.compile(text, scope, trees)
}

// parsePieces parses the expressions of a text that are more than a path. What
// is wrong with the others is found when they are compiled.
func (e *Engine) parsePieces(text string) (trees parsed) {
	pieces, unclosed, deep := split(text)
	if unclosed >= 0 || deep >= 0 || len(text) > maxText {
		return nil
	}
	var buf [8]segment
	for _, p := range pieces {
		src := text[p.off:p.end]
		if !p.expr || len(src) > maxExpression {
			continue
		}
		if _, isPath := scanPath(buf[:0], src, p.off); isPath {
			continue
		}
		if tree := e.tryParse(src); tree != nil {
			trees = append(trees, parsedAt{p.off, tree})
		}
	}
	return trees
}

// tryParse gives nil for what expr's parser does not take.
func (e *Engine) tryParse(src string) (tree *parser.Tree) {
	defer func() {
		if recover() != nil {
			tree = nil
		}
	}()
	tree, err := parser.ParseWithConfig(src, e.parse)
	if err != nil {
		return nil
	}
	return tree
}

func (p parsed) at(base int) *parser.Tree {
	for _, t := range p {
		if t.base == base {
			return t.tree
		}
	}
	return nil
}
