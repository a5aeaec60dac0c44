package flowtest

import (
	"fmt"
	"maps"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// Coverage says which steps of a flow ran in tests.
type Coverage struct {
	steps   []report.StepInfo
	reached map[string]bool // by static path
	shown   func(name string) string
}

func newCoverage(steps []report.StepInfo, shown func(name string) string) *Coverage {
	return &Coverage{steps: steps, reached: map[string]bool{}, shown: shown}
}

func (c *Coverage) reach(paths map[string]bool) { maps.Copy(c.reached, paths) }

// Add takes over what other tests of the same flow reached.
func (c *Coverage) Add(other *Coverage) { c.reach(other.reached) }

// Steps returns the number of steps, and how many of them ran.
func (c *Coverage) Steps() (all, reached int) {
	for _, st := range c.steps {
		if c.reached[st.Path] {
			reached++
		}
	}
	return len(c.steps), reached
}

// Missing returns a warning for each branch that no test took, and for each step
// that none reached in a branch that one took.
func (c *Coverage) Missing() flows.Diagnostics {
	taken := map[string]bool{"": true}
	for _, st := range c.steps {
		if c.reached[st.Path] {
			taken[st.Block] = true
		}
	}
	var list flows.Diagnostics
	told := map[string]bool{}
	for _, st := range c.steps {
		if c.reached[st.Path] || told[st.Block] || within(st.Block, told) {
			continue
		}
		what := fmt.Sprintf("no test reaches the step %s (%s)", st.Path, nameOf(&st))
		told[st.Path] = true
		if !taken[st.Block] {
			what = fmt.Sprintf("no test takes the branch %s, which begins with %s", st.Block, nameOf(&st))
			told[st.Block] = true
		}
		list = append(list, flows.Diagnostic{
			Span:     diag.Span{File: c.shown(st.File), Line: st.Line, Col: st.Col, Width: 1},
			Severity: diag.Warning, Rule: "not-covered", Message: what,
		})
	}
	return list.Sort()
}

// within is true for a block inside one that was told of.
func within(block string, told map[string]bool) bool {
	for i := len(block); i > 0; i = strings.LastIndexByte(block[:i], '/') {
		if told[block[:i]] {
			return true
		}
	}
	return false
}

func nameOf(st *report.StepInfo) string {
	if st.Operation != "" {
		return st.Operation
	}
	return st.Verb
}
