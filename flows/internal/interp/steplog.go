package interp

import (
	"maps"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// stepLog is the way of an operation to the run's log.
type stepLog struct {
	run    *execution
	rt     runtime.Runtime
	step   *Step
	name   string // path of the step
	undo   bool
	hides  *veil // what hides the secrets that the step was given; nil where it was given none
	params map[string]any
}

// keptLog is one that serves call after call.
type keptLog struct {
	stepLog
	write connector.LogFunc // its method, made once
}

// logger returns the way of the operation to the run's log. hides is what hides the
// secrets that the step was given; nil where it was given none.
func (c *CallStep) logger(s *state, st *Step, path stepPath, hides *veil, params map[string]any) connector.LogFunc {
	if !s.run.listening {
		return nil
	}
	l := stepLog{run: s.run, rt: s.rt, step: st, name: s.pathText(path), undo: s.undo, hides: hides, params: params}
	// s may be in use for something else by the time of a line. An attempt that is made
	// again with a secret's new value has failed before, of which no promise says anything.
	if !c.planned().sheds || s.run.renewals != nil {
		return func(level connector.LogLevel, message string, fields map[string]any) { l.line(level, message, fields) }
	}
	if s.log == nil {
		s.log = newKeptLog()
	}
	s.log.stepLog = l
	return s.log.write
}

func newKeptLog() *keptLog {
	k := &keptLog{}
	k.write = func(level connector.LogLevel, message string, fields map[string]any) { k.line(level, message, fields) }
	return k
}

// line writes a line. That it has a copy of l makes one piece of l and what calls this.
func (l stepLog) line(level connector.LogLevel, message string, fields map[string]any) {
	if !l.step.makesMaps() || !isAmong(fields, l.params) {
		fields = maps.Clone(fields) // a listener may do with it what it likes, and so do we
	}
	var shown map[string]any
	if l.hides != nil {
		message = l.hides.text(message)
		shown, _ = l.hides.value(fields).(map[string]any)
	} else {
		message = l.run.secrets.text(message)
		shown, _ = l.run.secrets.value(fields).(map[string]any)
	}
	l.run.emit(l.rt, &report.Event{
		Type: report.StepLogged, Step: l.name, Verb: l.step.Verb, Operation: l.step.operation(), Undo: l.undo, Items: -1,
		Level: level, Message: value.Cut(message), Fields: value.CutAll(shown), // a map that nobody else has
	})
}

// isAmong reports whether a map is one of the values of another.
func isAmong(m, values map[string]any) bool {
	for _, v := range values {
		if other, ok := v.(map[string]any); ok && value.Same(m, other) {
			return true
		}
	}
	return m == nil
}
