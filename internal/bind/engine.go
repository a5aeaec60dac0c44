package bind

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/checker/nature"
	"github.com/expr-lang/expr/conf"
)

// Engine compiles texts. It is safe for concurrent use; one is enough for a
// program.
type Engine struct {
	functions map[string]*function
	names     []string // of the functions that a flow may call, sorted
	unlike    bool     // what can be of several types is left to the run
	codeless  bool     // nothing is to be evaluated
	parse     *conf.Config
	machines  sync.Pool
	rewriters sync.Pool
	works     sync.Pool // of *compilation

	patterns patterns     // that expressions have made
	looked   atomic.Int64 // names that were looked through for helps

	mu      sync.Mutex // guards what follows: expr's checker caches types in its configuration
	check   *conf.Config
	checker checker.Checker
	env     map[string]nature.Nature

	emitting sync.Mutex // guards emit: expr's compiler caches types in it, too
	emit     *conf.Config
}

// Option changes an Engine while it is made.
type Option func(*Engine)

// WithFunction adds a pure function under name. fn is a Go function of any
// number of arguments that gives a value, or a value and an error; its
// signature gives the static types. It panics if fn is none, or if name is
// taken or no name.
func WithFunction(name string, fn any) Option {
	return func(e *Engine) { e.add(embedded(name, fn)) }
}

// WithUnlikeTypes takes expressions of which only a part of what a value can be
// does not fit, such as sort of a list that can hold lists. Whether it does fit
// shows when they are evaluated.
func WithUnlikeTypes() Option { return func(e *Engine) { e.unlike = true } }

// WithoutCode makes no code for expressions: their mistakes are found, and they
// cannot be evaluated.
func WithoutCode() Option { return func(e *Engine) { e.codeless = true } }

// manyFunctions is about how many functions there are, hidden ones included.
const manyFunctions = 128

// NewEngine makes an Engine.
func NewEngine(opts ...Option) *Engine {
	e := &Engine{functions: make(map[string]*function, manyFunctions), env: make(map[string]nature.Nature)}
	e.machines.New = func() any { return &machine{env: make(map[string]any)} }
	for _, group := range [][]*function{operators(), numberFunctions(), textFunctions(), listFunctions(), codeFunctions(), timeFunctions(), signalFunctions()} {
		for _, f := range group {
			e.add(f)
		}
	}
	for _, opt := range opts {
		opt(e)
	}
	e.configure()
	return e
}

// Compile reads the text of a scalar: plain text, one ${...}, or both mixed.
// The Program is nil where a Problem is more than a warning.
func (e *Engine) Compile(text string, scope Scope) (*Program, []Problem) {
	return e.compile(text, scope, nil, nil)
}

func (e *Engine) compile(text string, scope Scope, read []piece, room *room) (*Program, []Problem) {
	if strings.IndexByte(text, '$') < 0 {
		return plainText(text, text), nil
	}
	c, ok := e.works.Get().(*compilation)
	if !ok {
		c = &compilation{}
	}
	c.engine, c.scope, c.text, c.read, c.room = e, scope, text, read, room
	p := c.compile()
	if c.failed() {
		p = nil
		c.elsewhere()
	}
	problems := c.problems
	*c = compilation{} // which keeps nothing of the text
	e.works.Put(c)
	return p, problems
}
