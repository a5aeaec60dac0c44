package bind

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"sync"
)

// Bounds of patterns that are made while a flow runs. Those that stand in a flow
// are compiled when it is loaded.
const (
	// maxPattern is how many bytes one may have, and maxStates how many states
	// the machine that it becomes: each takes memory, and time for each character
	// of a text that is searched.
	maxPattern = 8 << 10
	maxStates  = 10_000
	// keptStates is how many states the patterns have together that are kept
	// compiled, and keptPatterns how many they are.
	keptStates   = 10 * maxStates
	keptPatterns = 256
	// freeStates is how many states cost nothing beside the length of the text.
	freeStates = 100
)

var (
	errPattern     = errors.New("the pattern does not compile")
	errLongPattern = fmt.Errorf("the pattern has more than %d bytes", maxPattern)
	errVastPattern = fmt.Errorf("the pattern has more than %d states: repeat less, or in several patterns", maxStates)
)

// pattern is a compiled one.
type pattern struct {
	*regexp.Regexp
	states int
}

// patterns keeps what was compiled last.
type patterns struct {
	mu     sync.Mutex
	kept   map[string]*pattern
	states int // of all that are kept
}

// compile compiles a pattern, or finds it among those that are kept.
func (p *patterns) compile(text string) (*pattern, error) {
	if len(text) > maxPattern {
		return nil, errLongPattern
	}
	p.mu.Lock()
	found := p.kept[text]
	p.mu.Unlock()
	if found != nil {
		return found, nil
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, errPattern
	}
	made := &pattern{states: statesOf(tree)}
	if made.states > maxStates {
		return nil, errVastPattern
	}
	if made.Regexp, err = regexp.Compile(text); err != nil {
		return nil, errPattern
	}
	p.keep(text, made)
	return made, nil
}

// keep keeps a pattern, and drops the others where they are too many.
func (p *patterns) keep(text string, made *pattern) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil || len(p.kept) >= keptPatterns || p.states+made.states > keptStates {
		p.kept, p.states = map[string]*pattern{}, 0
	}
	if p.kept[text] == nil {
		p.kept[text] = made
		p.states += made.states
	}
}

// statesOf returns about how many states an expression becomes, and not much
// more than maxStates.
func statesOf(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		if n += statesOf(sub); n > maxStates {
			return n
		}
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return n
}

// pattern returns the pattern of an argument: a literal one is compiled already.
// Searching text with it counts as work.
func (f *frame) pattern(v any, text string) (*regexp.Regexp, error) {
	if re, ok := v.(*regexp.Regexp); ok {
		return re, nil
	}
	source, err := textOf(v)
	if err != nil {
		return nil, err
	}
	p, err := f.patterns.compile(source)
	if err != nil {
		return nil, err
	}
	if f.work -= len(text) / 16 * (p.states / freeStates); f.work < 0 {
		return nil, errTooLong
	}
	return p.Regexp, nil
}
