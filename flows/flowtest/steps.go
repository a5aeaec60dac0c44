package flowtest

import (
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// steps finds the steps of a flow by the paths that a run gives them.
type steps struct {
	all    []report.StepInfo
	byPath map[string]*report.StepInfo
	byID   map[string]*report.StepInfo
	known  map[string]bool // every path and every beginning of one
	// called are the steps of the flows that steps call.
	called []report.StepInfo
	// whole is true where called has them all.
	whole bool
}

func newSteps(all []report.StepInfo) *steps {
	s := &steps{
		all: all, byPath: map[string]*report.StepInfo{}, byID: map[string]*report.StepInfo{}, known: map[string]bool{"": true},
	}
	for i := range all {
		st := &all[i]
		s.byPath[st.Path] = st
		if st.ID != "" {
			s.byID[st.ID] = st
		}
		s.know(st.Path)
		s.know(st.Block)
	}
	return s
}

// callees adds the steps of the flows that are called, unless there are too many to list.
func (s *steps) callees(list []report.StepInfo, whole bool) {
	s.called, s.whole = list, whole
	for i := range list {
		st := &list[i]
		s.byPath[st.Path] = st
		s.know(st.Path)
		s.know(st.Block)
	}
}

func (s *steps) know(path string) {
	for i, c := range path {
		if c == '/' {
			s.known[path[:i]] = true
		}
	}
	s.known[path] = true
}

// Static returns the path of a run without attempts and without the indices of
// iterations: "/smoke/answer" of "/smoke[17]/answer#2". What looks like an
// index but is a part of the flow, as in "/2/catch[0]/1", stays.
func (s *steps) Static(path string) string {
	if s.known[path] {
		return path
	}
	var out strings.Builder
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		part = runtime.StepOf(part)
		if bare, _, indexed := strings.Cut(part, "["); indexed && !s.known[out.String()+"/"+part] {
			part = bare
		}
		out.WriteString("/" + part)
	}
	return out.String()
}

// HasUndo reports whether the step of a static path has an undo; it is false for those
// of flows that steps call, whose undos belong to the undo of such a step.
func (s *steps) HasUndo(static string) bool { return s.known[static+"/undo"] && !s.isCalled(static) }

// Finally returns the path of the first step of the finally of a try; empty for
// none, and for those of flows that steps call.
func (s *steps) Finally(path string) string {
	static := s.Static(path)
	first := ""
	for i := range s.all {
		if s.all[i].Block == static+"/finally" {
			first = s.all[i].Path
			break
		}
	}
	if first == "" {
		return ""
	}
	frame := s.frame(static)
	return strings.TrimSuffix(path, strings.TrimPrefix(static, frame)) + strings.TrimPrefix(first, frame)
}

// frame returns the path of the loop, or the undo, around a step; empty for none.
func (s *steps) frame(static string) string {
	frame := ""
	for i := range s.all {
		st := &s.all[i]
		for _, outer := range []string{st.Path, st.Path + "/undo"} {
			loop := st.Verb == "forEach" || st.Verb == "repeat" || outer != st.Path
			if loop && len(outer) > len(frame) && strings.HasPrefix(static, outer+"/") {
				frame = outer
			}
		}
	}
	return frame
}

// names returns everything that a test file can call a step by.
func (s *steps) names() []string {
	var ids, paths []string
	for _, st := range s.all {
		if st.ID != "" {
			ids = append(ids, st.ID)
		}
		paths = append(paths, st.Path)
	}
	for _, st := range s.called {
		paths = append(paths, st.Path)
	}
	return append(ids, paths...)
}

// stepRef is a step as a test file names it.
type stepRef struct {
	steps *steps
	text  string // as it is written
	path  string // static, or of one iteration where exact is true
	exact bool
	info  *report.StepInfo // nil for an undo
}

// fits reports whether a path of a run is that of the step.
func (r *stepRef) fits(path string) bool {
	if r.exact {
		return path == r.path
	}
	static := r.steps.Static(path)
	return static == r.path || strings.HasSuffix(r.path, "/undo") && strings.HasPrefix(static, r.path+"/")
}

// find returns the step that text names, or nil.
func (s *steps) find(text string) *stepRef {
	ref := &stepRef{steps: s, text: text}
	path := text
	if !strings.HasPrefix(text, "/") {
		id, below, inside := strings.Cut(text, "/")
		st := s.byID[id]
		if st == nil {
			return nil
		}
		path = st.Path
		if inside {
			path = s.below(st, below)
		}
	}
	static := s.Static(path)
	ref.path, ref.exact = path, static != path
	ref.info = s.byPath[static]
	if ref.info == nil && !s.known[static] && (s.whole || !s.isCalled(static)) {
		return nil
	}
	return ref
}

// below returns the path of what text names below a step: its undo, or a step of the flow
// that it calls, by its id or its path there.
func (s *steps) below(st *report.StepInfo, text string) string {
	name, rest, more := strings.Cut(text, "/")
	if name != "undo" && st.Verb == "flow" {
		for i := range s.called {
			inner := &s.called[i]
			switch {
			case inner.ID != name || s.caller(inner.Path) != st.Path:
			case more:
				return s.below(inner, rest)
			default:
				return inner.Path
			}
		}
	}
	return st.Path + "/" + text
}

// isCalled is true for a path inside a flow that a step calls.
func (s *steps) isCalled(static string) bool { return s.caller(static) != "" }

// caller returns the path of the step that calls the flow which a path is inside of;
// empty for none.
func (s *steps) caller(static string) string {
	for i := strings.LastIndexByte(static, '/'); i > 0; i = strings.LastIndexByte(static[:i], '/') {
		st := s.byPath[static[:i]]
		if st != nil && st.Verb == "flow" && !strings.HasPrefix(static[i:]+"/", "/undo/") {
			return static[:i]
		}
	}
	return ""
}
