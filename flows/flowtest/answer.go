package flowtest

import (
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// Call is an attempt of an operation that a flow made in a test.
type Call struct {
	// Step is the path of the step, "/smoke[17]/answer".
	Step string
	// Attempt counts from 1.
	Attempt   int
	Operation string // the name of the operation: "lambda.invoke"
	// Params are the parameters under their canonical names, secrets as they are.
	Params map[string]any
	// At is when it was made, on the test's clock.
	At time.Time

	shown func() map[string]any // for people; nil where nothing is secret
}

// visible returns the parameters as people may see them.
func (c *Call) visible() map[string]any {
	if c.shown == nil {
		return c.Params
	}
	return c.shown()
}

// pattern says which calls are meant.
type pattern struct {
	op   *connector.Operation // nil for any
	step *stepRef             // nil for any
	with map[string]any       // parameters that the call must have
}

func (p *pattern) fits(c *Call) bool {
	return p.isAbout(c) && contains(p.with, c.Params)
}

// isAbout reports whether the call fits but for its parameters.
func (p *pattern) isAbout(c *Call) bool {
	return (p.op == nil || p.op.Name == c.Operation) && (p.step == nil || p.step.fits(c.Step))
}

// text says which calls are meant, in a line.
func (p *pattern) text(hide hider) string {
	text := "any call"
	if p.op != nil {
		text = p.op.Name
	}
	if p.step != nil {
		text += " at " + p.step.text
	}
	if len(p.with) > 0 {
		text += " with " + hide.inline(p.with)
	}
	return text
}

// answer is a canned answer of a test file. It does not change in a run.
type answer struct {
	pattern

	at       *node
	times    int // how many calls it answers; 0 for any number
	always   *reply
	attempts map[int]*reply // by attempt; others are not answered
}

func (a *answer) reply(attempt int) *reply {
	if a.attempts != nil {
		return a.attempts[attempt]
	}
	return a.always
}

// answers are those of a run, with how often each was used.
type answers struct {
	list  []*answer
	used  map[*answer]int
	given map[*reply]bool // which replies were given
}

// find returns the reply of the first answer that fits a call, which is used
// then; nil for none.
func (s *answers) find(c *Call) *reply {
	a, reply := s.fitting(c)
	if a != nil {
		s.used[a]++
		s.given[reply] = true
	}
	return reply
}

// has reports whether an answer fits a call, without using it.
func (s *answers) has(c *Call) bool {
	a, _ := s.fitting(c)
	return a != nil
}

func (s *answers) fitting(c *Call) (*answer, *reply) {
	for _, a := range s.list {
		if !a.fits(c) || a.times > 0 && s.used[a] >= a.times {
			continue
		}
		if reply := a.reply(c.Attempt); reply != nil {
			return a, reply
		}
	}
	return nil, nil
}
