package bind

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/expr-lang/expr/parser"
)

// Ahead compiles many texts with the help of a second goroutine. That one
// parses texts before their turn comes, since what expr's parser makes of a
// text depends on nothing else, and makes the code of those that are checked.
type Ahead struct {
	engine *Engine
	read   []parsed
	ready  atomic.Int64 // how many of read can be used
	turn   atomic.Int64 // the text whose turn it is; those before need no help any more
	jobs   chan []job
	given  []job // that wait for others to be sent with
	room   room
	helper sync.WaitGroup

	mu     sync.Mutex
	failed []string
}

// parsed is what was found of a text before its turn: its pieces, and the trees
// of its expressions by where they begin. It is empty of one that is a path.
type parsed struct {
	pieces []piece
	trees  []parsedAt
}

type parsedAt struct {
	base int
	tree *parser.Tree
}

// job is a checked expression whose code is to be made.
type job struct {
	code *code
	tree *parser.Tree
}

// togetherJobs is how many expressions are sent at a time: for each alone the second
// goroutine would be woken.
const togetherJobs = 32

// ReadAhead begins to parse texts in their order. Call Finish at the end.
func (e *Engine) ReadAhead(texts []string) *Ahead {
	a := &Ahead{engine: e, read: make([]parsed, len(texts)), jobs: make(chan []job, len(texts)/togetherJobs+1)}
	a.helper.Go(func() {
		for i, text := range texts {
			if int64(i) > a.turn.Load() {
				a.read[i] = e.parsePieces(text)
			}
			a.ready.Store(int64(i + 1))
		}
		a.work()
	})
	return a
}

// Read is what expr's parser makes of texts.
type Read struct{ texts []parsed }

// Read parses texts. Several goroutines may call it.
func (e *Engine) Read(texts []string) Read {
	out := make([]parsed, len(texts))
	for i, text := range texts {
		out[i] = e.parsePieces(text)
	}
	return Read{out}
}

// roomForJobs is how many lists of jobs wait for the second goroutine of AheadOf, where
// it is not known how many there will be.
const roomForJobs = 512

// AheadOf is ReadAhead for texts of which not all are known: Add adds others, so
// that there are about so many. The second goroutine calls read before it makes code. Call Finish at the end.
func (e *Engine) AheadOf(texts []string, about int, read func()) *Ahead {
	a := &Ahead{engine: e, jobs: make(chan []job, roomForJobs)}
	a.helper.Go(func() {
		read()
		a.work()
	})
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

// Compile is Engine.Compile for text number i. The program cannot be evaluated
// before Finish. Only one goroutine may call Compile.
func (a *Ahead) Compile(i int, text string, scope Scope) (*Program, []Problem) {
	a.turn.Store(int64(i))
	var read parsed
	if int64(i) < a.ready.Load() {
		read, a.read[i] = a.read[i], parsed{} // compiling changes a tree
	}
	return a.engine.compile(text, scope, read, a)
}

// Finish completes the programs and ends the second goroutine. It gives the
// expressions that expr cannot compile; there should be none.
func (a *Ahead) Finish() (failed []string) {
	close(a.jobs)
	a.emit(a.given)
	a.work()
	a.helper.Wait()
	return a.failed
}

func (a *Ahead) work() {
	for list := range a.jobs {
		a.emit(list)
	}
}

func (a *Ahead) emit(list []job) {
	for _, j := range list {
		if !a.engine.complete(j) {
			a.mu.Lock()
			a.failed = append(a.failed, j.code.source.src)
			a.mu.Unlock()
		}
	}
}

// later has the code of a checked expression made.
func (a *Ahead) later(j job) {
	a.given = append(a.given, j)
	if len(a.given) < togetherJobs {
		return
	}
	select {
	case a.jobs <- a.given:
		a.given = make([]job, 0, togetherJobs)
	default: // a text has more expressions than one, so the jobs can be too many
		a.emit(a.given)
		a.given = a.given[:0]
	}
}

// complete makes the code of an expression. It is false where expr's compiler
// does not take what its checker took, or panics.
func (e *Engine) complete(j job) (ok bool) {
	defer func() { ok = recover() == nil }()
	e.emitting.Lock()
	defer e.emitting.Unlock()
	e.generate(j.code, j.tree, e.emit)
	return true
}

// parsePieces parses the expressions of a text that are more than a path. What
// is wrong with the others is found when they are compiled.
func (e *Engine) parsePieces(text string) (out parsed) {
	var buf [8]segment
	if src, base, ok := onlyExpression(text); ok {
		if _, isPath := scanPath(buf[:0], src, base); isPath {
			return parsed{}
		}
	}
	pieces, unclosed, deep := split(text)
	if unclosed >= 0 || deep >= 0 || len(text) > maxText {
		return parsed{}
	}
	out.pieces = pieces
	for _, p := range pieces {
		src := text[p.off:p.end]
		if !p.expr || len(src) > maxExpression {
			continue
		}
		if _, isPath := scanPath(buf[:0], src, p.off); isPath {
			continue
		}
		if tree := e.tryParse(src); tree != nil {
			out.trees = append(out.trees, parsedAt{p.off, tree})
		}
	}
	return out
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

func (p parsed) at(base int) *parser.Tree {
	for _, t := range p.trees {
		if t.base == base {
			return t.tree
		}
	}
	return nil
}
