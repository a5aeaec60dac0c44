package interp

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// Signal is a signal that a flow waits for.
type Signal struct {
	Name    string
	Keyed   bool
	Accepts *schema.Schema
	Roles   []string // of people who may answer; nil for whoever may run flows
	At      diag.Span
}

// maxSignalSize bounds what a signal is given with, in bytes of JSON.
const maxSignalSize = 1 << 20

// signalled is what is known of the signals of a program and of those that it
// calls, once somebody asked.
type signalled struct {
	once   sync.Once
	any    bool
	called []calledFlow
	paths  map[*SubFlowStep]string
}

// calledFlow is a call of a flow that waits for signals.
type calledFlow struct {
	path    string // of the step, without the indices of iterations
	program *Program
}

func (p *Program) signalUse() *signalled {
	u := &p.signalled
	u.once.Do(func() {
		u.any = len(p.Waits) > 0
		u.paths = map[*SubFlowStep]string{}
		var o outline
		o.each = func(path string, st *Step) {
			if sub, ok := st.Do.(*SubFlowStep); ok && sub.Program != nil && sub.Program.TakesSignals() {
				u.any = true
				u.called = append(u.called, calledFlow{path, sub.Program})
				u.paths[sub] = path
			}
		}
		o.block(p.Steps, "", "")
	})
	return u
}

// TakesSignals reports whether the flow, or one that it calls, waits for a
// signal.
func (p *Program) TakesSignals() bool { return p.signalUse().any }

// Waits reports whether one of the steps, or one inside them, waits for a signal.
func Waits(steps []*Step) bool {
	for _, st := range steps {
		switch do := st.Do.(type) {
		case *SignalStep:
			return true
		case *SubFlowStep:
			if do.Program != nil && do.Program.TakesSignals() {
				return true
			}
		}
		if st.Undo != nil && Waits(st.Undo.Steps) {
			return true
		}
		for _, inner := range st.blocks() {
			if Waits(inner.steps) {
				return true
			}
		}
	}
	return false
}

// Unkeyed returns a signal without a key that the flow, or one that it calls,
// waits for; nil where there is none.
func (p *Program) Unkeyed() *Signal {
	for _, sub := range p.allPrograms() {
		for _, signal := range sub.Waits {
			if !signal.Keyed {
				return signal
			}
		}
	}
	return nil
}

// signalsOf returns what stands in front of the signals of a flow that is called.
func (x *execution) signalsOf(c *SubFlowStep) string {
	if !c.Program.TakesSignals() {
		return ""
	}
	return x.signals + x.program.signalUse().paths[c]
}

// nameIn returns the whole name of a signal of a flow that stands behind prefix.
func nameIn(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "/" + name
}

// signal finds a signal by its whole name; nil where there is none.
func (p *Program) signal(name string) *Signal {
	if !strings.HasPrefix(name, "/") {
		i := slices.IndexFunc(p.Waits, func(s *Signal) bool { return s.Name == name })
		if i < 0 {
			return nil
		}
		return p.Waits[i]
	}
	for _, c := range p.signalUse().called {
		rest, inside := strings.CutPrefix(name, c.path+"/")
		if !inside {
			continue
		}
		if strings.Contains(rest, "/") {
			rest = "/" + rest
		}
		if found := c.program.signal(rest); found != nil {
			return found
		}
	}
	return nil
}

// MaxListed bounds a list of signals: flows that call each other many times over
// can have more than anybody reads.
const MaxListed = 1000

// Signals lists the signals that a run of the program can be given, 1,000 at
// most: those of the flow itself first.
func (p *Program) Signals() []report.SignalInfo { return p.listSignals(nil, "") }

func (p *Program) listSignals(list []report.SignalInfo, prefix string) []report.SignalInfo {
	for _, s := range p.Waits {
		if len(list) < MaxListed {
			list = append(list, report.SignalInfo{
				Name: nameIn(prefix, s.Name), Keyed: s.Keyed, Accepts: s.Accepts, Roles: s.Roles, File: s.At.File, Line: s.At.Line, Col: s.At.Col,
			})
		}
	}
	for _, c := range p.signalUse().called {
		if len(list) < MaxListed {
			list = c.program.listSignals(list, prefix+c.path)
		}
	}
	return list
}

// unknownSignal says what is wrong with a name.
func (p *Program) unknownSignal(id runtime.SignalID) *report.SignalError {
	var names []string
	for _, s := range p.Signals() {
		names = append(names, s.Name)
	}
	if len(names) == 0 {
		return id.Error(report.SignalUnknown, "flow "+p.Name+" waits for no signal")
	}
	return id.Error(report.SignalUnknown, fmt.Sprintf("flow %s waits for no such signal; %s", p.Name, diag.Suggest(id.Name, names, "signals are")))
}

// CheckSignal holds a signal against what the program waits for, and returns its
// values as a wait gets them.
func (p *Program) CheckSignal(id runtime.SignalID, values map[string]any) (map[string]any, *report.SignalError) {
	s := p.signal(id.Name)
	switch {
	case s == nil:
		return nil, p.unknownSignal(id)
	case s.Keyed && id.Key == "":
		return nil, id.Error(report.SignalUnknown, "it is given with a key")
	case !s.Keyed && id.Key != "":
		return nil, id.Error(report.SignalUnknown, "it takes no key")
	}
	if _, err := fields.SignalKeyField.Convert(id.Key); s.Keyed && err != nil {
		return nil, id.Error(report.SignalUnknown, "the key: "+err.Error())
	}
	out, err := s.Accepts.Convert(values)
	if err != nil {
		return nil, p.invalidSignal(id, s, err)
	}
	completeInputs(s.Accepts, out)
	if text, err := value.EncodeJSON(out); err != nil || len(text) > maxSignalSize {
		refused := id.Error(report.SignalInvalid, "")
		refused.Errors = schema.Errors{{Message: fmt.Sprintf("the values have %d bytes as JSON, a signal takes %d", len(text), maxSignalSize)}}
		if err != nil {
			refused.Errors[0].Message = err.Error()
		}
		return nil, refused
	}
	return out, nil
}

func (p *Program) invalidSignal(id runtime.SignalID, s *Signal, err error) *report.SignalError {
	refused := id.Error(report.SignalInvalid, "")
	refused.Accepts = s.Accepts
	refused.Errors = schema.Errors{{Message: err.Error()}}
	var list schema.Errors
	if errors.As(err, &list) {
		refused.Errors = list
	}
	for i, e := range refused.Errors {
		if e.Rule == schema.RuleUnknown && len(e.Way()) == 1 {
			refused.Errors[i].Message = "the signal has no such value"
			refused.Errors[i].Help = diag.Suggest(e.Path, s.Accepts.Spellings(), "it takes")
		}
	}
	return refused
}

// HoldsSecretSignal reports whether a value of a secret type is among those that
// a signal is given with.
func (p *Program) HoldsSecretSignal(id runtime.SignalID, values map[string]any) bool {
	s := p.signal(id.Name)
	if s == nil {
		return false
	}
	return !reflect.DeepEqual(any(values), mask(values, &schema.Field{Type: schema.Object, Members: s.Accepts}))
}

// run waits for the signal, and gives what came.
func (c *SignalStep) run(s *state, _ *Step, path stepPath) (any, error) {
	wait := runtime.SignalWait{SignalID: runtime.SignalID{Name: nameIn(s.run.signals, c.Name)}}
	if c.Key != nil {
		key, err := c.key(s)
		if err != nil {
			return nil, err
		}
		wait.Key = key
	}
	limit := "" // for people
	if c.Timeout != nil {
		d, err := s.duration(c.Timeout, "wait.timeout")
		if err != nil {
			return nil, err
		}
		wait.Until, limit = s.begin().Add(d), d.String()
	}
	v, given, err := s.rt.Signal(path.String(), wait)
	switch {
	case err != nil:
		return nil, err
	case !given:
		return nil, &connector.Error{
			Code: "SignalTimeout", Class: connector.ClassTimeout, Message: fmt.Sprintf("the signal %s did not come within %s", shownSignal(wait.SignalID), limit),
		}
	}
	s.run.secrets.note(v, c.Field)
	return v, nil
}

// key evaluates the key of the signal.
func (c *SignalStep) key(s *state) (string, error) {
	raw, err := c.Key.eval(s)
	if err != nil {
		return "", err
	}
	key, err := fields.SignalKeyField.Convert(raw)
	text, _ := key.(string)
	invalid := &connector.Error{Code: "InvalidKey", Class: connector.ClassInvalid, Err: err, Message: "wait.key is null"}
	switch {
	case err != nil:
		invalid.Message = "wait.key: " + err.Error()
		return "", invalid
	case text == "":
		return "", invalid
	}
	return text, nil
}

// shownSignal names a signal for people.
func shownSignal(id runtime.SignalID) string {
	if id.Key == "" {
		return id.Name
	}
	return fmt.Sprintf("%s (key %q)", id.Name, id.Key)
}
