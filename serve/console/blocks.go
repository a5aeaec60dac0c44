package console

import (
	"strings"

	"github.com/medlar-flow/medlar/flows/report"
)

// in returns what says where the steps of an outline stand, blocks as a whole: one that
// was come to is under way until something behind it is come to, or the run has ended.
// What runs in it may be without a record for as long as it takes.
func (st *standing) in(outline []report.StepInfo) func(path string) string {
	if st.ended {
		return st.at
	}
	over := st.over(outline)
	open := "running"
	if st.broken {
		open = "interrupted"
	}
	return func(path string) string {
		state := st.at(path)
		if passed, block := over[path]; block && !passed && st.come(path) && (state == "done" || state == "") {
			return open
		}
		return state
	}
}

// come reports whether a step was come to, or one in it.
func (st *standing) come(path string) bool {
	if of := st.counts[path]; of != nil {
		for _, n := range of {
			if n > 0 {
				return true
			}
		}
	}
	return false
}

// over tells of each block of an outline whether something behind it was come to.
func (st *standing) over(outline []report.StepInfo) map[string]bool {
	come := map[string]bool{}   // lists of which a step was come to
	caught := map[string]bool{} // steps with a list that runs behind their own
	ended := map[string]bool{}  // steps whose finally runs
	later := make([]bool, len(outline))
	for i := len(outline) - 1; i >= 0; i-- {
		step := &outline[i]
		later[i] = come[step.Block]
		if !st.come(step.Path) {
			continue
		}
		come[step.Block] = true
		switch holder, name := listOf(step.Block); {
		case name == "finally":
			ended[holder] = true
		case strings.HasPrefix(name, "catch["):
			caught[holder] = true
		}
	}
	passed := map[string]bool{} // of all steps that come before
	over := map[string]bool{}
	for i := range outline {
		step := &outline[i]
		holder, name := listOf(step.Block)
		behind := later[i] || passed[step.Block] || passed[holder]
		switch {
		case name == "try":
			behind = behind || caught[holder] || ended[holder]
		case strings.HasPrefix(name, "catch["):
			behind = behind || ended[holder]
		}
		passed[step.Path] = behind
		switch step.Verb {
		case "call", "wait", "set", "fail", "return":
		default:
			over[step.Path] = behind
		}
	}
	return over
}

// listOf splits the path of a list of steps into the step that holds it and its name
// there, such as "try". The list of a loop has the path of the loop.
func listOf(block string) (holder, name string) {
	i := strings.LastIndexByte(block, '/')
	if i < 0 {
		return "", block
	}
	return block[:i], block[i+1:]
}
