package bind

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/expr-lang/expr/parser"
)

// Ahead compiles many texts with the help of a second goroutine, which parses texts
// before their turn comes, since what expr's parser makes of a text depends on nothing
// else.
type Ahead struct {
	engine *Engine
	read   [][]piece    // of each text, before its turn; nil of one that is a path
	ready  atomic.Int64 // how many of read can be used
	turn   atomic.Int64 // the text whose turn it is; those before need no help any more
	room   room
	helper sync.WaitGroup
}

// ReadAhead begins to parse texts in their order. Call Finish at the end.
func (e *Engine) ReadAhead(texts []string) *Ahead {
	a := &Ahead{engine: e, read: make([][]piece, len(texts))}
	a.helper.Go(func() {
		for i, text := range texts {
			if int64(i) > a.turn.Load() {
				a.read[i] = e.parsePieces(text)
			}
			a.ready.Store(int64(i + 1))
		}
	})
	return a
}

// Read is what expr's parser makes of texts.
type Read struct{ texts [][]piece }

// Read parses texts. Several goroutines may call it.
func (e *Engine) Read(texts []string) Read {
	out := make([][]piece, len(texts))
	for i, text := range texts {
		out[i] = e.parsePieces(text)
	}
	return Read{out}
}

// AheadOf is ReadAhead for texts of which not all are known: Add adds others, so
// that there are about so many. The second goroutine calls read. Call Finish at the end.
func (e *Engine) AheadOf(texts []string, about int, read func()) *Ahead {
	a := &Ahead{engine: e}
	a.helper.Go(read)
	a.Add(e.Read(texts))
	a.read = slices.Grow(a.read, max(0, about-len(texts)))
	return a
}

// Add adds texts to an Ahead that AheadOf has made, and returns the number of the first
// one. Only the goroutine that compiles may call it.
func (a *Ahead) Add(more Read) (first int) {
	first = len(a.read)
	a.read = append(a.read, more.texts...)
	a.ready.Store(int64(len(a.read)))
	return first
}

// Compile is Engine.Compile for text number i. Only one goroutine may call Compile.
func (a *Ahead) Compile(i int, text string, scope Scope) (*Program, []Problem) {
	a.turn.Store(int64(i))
	var read []piece
	if int64(i) < a.ready.Load() {
		read, a.read[i] = a.read[i], nil // compiling changes a tree
	}
	return a.engine.compile(text, scope, read, &a.room)
}

// Finish waits for the second goroutine.
func (a *Ahead) Finish() { a.helper.Wait() }

// parsePieces parses the expressions of a text that are more than a path. What
// is wrong with the others is found when they are compiled.
func (e *Engine) parsePieces(text string) []piece {
	var buf [8]segment
	if src, base, ok := onlyExpression(text); ok {
		if _, isPath := scanPath(buf[:0], src, base); isPath {
			return nil
		}
	}
	pieces, unclosed, deep := split(text)
	if unclosed >= 0 || deep >= 0 || len(text) > maxText {
		return nil
	}
	for i := range pieces {
		p := &pieces[i]
		src := text[p.off:p.end]
		if !p.expr || len(src) > maxExpression {
			continue
		}
		if _, isPath := scanPath(buf[:0], src, p.off); !isPath {
			p.tree = e.tryParse(src)
		}
	}
	return pieces
}

// tryParse returns nil for what expr's parser does not take.
func (e *Engine) tryParse(src string) (tree *parser.Tree) {
	defer func() {
		if recover() != nil {
			tree = nil
		}
	}()
	tree, err := e.parseSource(src)
	if err != nil {
		return nil
	}
	return tree
}
