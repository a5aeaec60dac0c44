package flowtest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/faults"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
)

// signal is a signal that a test gives the run.
type signal struct {
	at      *node
	id      runtime.SignalID
	after   time.Duration // from the start of the run
	values  map[string]any
	refused string // why it is to be refused; empty where it is to be taken
}

// awaited is a wait for a signal.
type awaited struct {
	path string
	id   runtime.SignalID
}

// Signal waits for a signal on the test's clock.
func (r *carrier) Signal(path string, wait runtime.SignalWait) (any, bool, error) {
	r.poll()
	s := r.soft
	if s.cause != runtime.NotStopped {
		return nil, false, runtime.StoppedError(s.cause)
	}
	waiting := &waiter{task: r.task}
	v, given, ticket := r.signals.Wait(wait.SignalID, func() { r.wake(s, waiting) })
	if given {
		return v, true, nil
	}
	r.waits(path)
	if s.cause != runtime.NotStopped {
		ticket.Leave(false)
		return nil, false, runtime.StoppedError(s.cause)
	}
	if !wait.Until.IsZero() {
		waiting.timer = r.at(wait.Until, func() { r.wake(s, waiting) })
	}
	s.waiters = append(s.waiters, waiting)
	r.awaits[waiting] = awaited{path, wait.SignalID}
	r.block(r.task)
	delete(r.awaits, waiting)
	v, given = ticket.Leave(!waiting.stopped)
	if waiting.stopped {
		return nil, false, runtime.StoppedError(s.cause)
	}
	return v, given, nil
}

// nothingComes ends a test in which all that is left to happen are signals, and
// none is given.
func (w *world) nothingComes() {
	if len(w.awaits) == 0 {
		return
	}
	first := slices.MinFunc(slices.Collect(maps.Values(w.awaits)), func(a, b awaited) int { return cmp.Compare(a.path, b.path) })
	w.missing(first)
	w.stop(w.root, runtime.ByUser)
}

// schedule gives the run its signals when their time comes.
func (r *testRun) schedule(w *world) {
	w.missing = func(a awaited) {
		r.waits = a.path
		key := ""
		if a.id.Key != "" {
			key = fmt.Sprintf(", key: %q", a.id.Key)
		}
		r.missing = fmt.Sprintf("the step %s waits for the signal %s, and nothing gives it; add it under signals:\n  - {signal: %s%s, after: 1h, with: {}}",
			a.path, a.id.Name, a.id.Name, key)
	}
	r.late = map[*signal]bool{}
	for i, s := range r.test.signals {
		if r.befallen(w, s, i+1) {
			continue
		}
		if s.after == 0 {
			r.give(w, s)
			continue
		}
		r.late[s] = true
		w.at(w.now.Add(s.after), func() {
			delete(r.late, s)
			r.give(w, s)
		})
	}
}

// befallen gives a signal as a fault says; it is false where none befalls it.
func (r *testRun) befallen(w *world, s *signal, number int) bool {
	if r.faults == nil {
		return false
	}
	f := r.faults.Fire(number)
	if f == nil {
		return false
	}
	after := s.after
	switch f.Kind {
	case faults.SignalAbsent:
		return true
	case faults.SignalEarly:
		r.give(w, s)
		return true
	case faults.SignalLate:
		after = faults.Never
	default:
	}
	second := *s
	if f.Kind == faults.SignalOther {
		second.values, _ = r.test.others(s)
	}
	w.at(w.now.Add(after), func() {
		r.give(w, s)
		if f.Kind == faults.SignalTwice || f.Kind == faults.SignalOther {
			r.give(w, &second)
		}
	})
	return true
}

// otherValues returns values of the same types, which the signal takes as well.
func otherValues(values map[string]any, accepts *schema.Schema) map[string]any {
	other := maps.Clone(values)
	for name, v := range other {
		var f *schema.Field
		if accepts != nil {
			f = accepts.Field(name)
		}
		other[name] = otherValue(v, f)
	}
	return other
}

func otherValue(v any, f *schema.Field) any {
	if f != nil && len(f.Enum) > 0 {
		if i := slices.IndexFunc(f.Enum, func(choice any) bool { return choice != v }); i >= 0 {
			return f.Enum[i]
		}
		return v
	}
	switch x := v.(type) {
	case string:
		return x + "x"
	case bool:
		return !x
	case int64:
		return x + 1
	case float64:
		return x + 1
	case []any:
		return append(x[:len(x):len(x)], x...)
	case map[string]any:
		var members *schema.Schema
		if f != nil {
			members = f.Members
		}
		return otherValues(x, members)
	default:
		return v
	}
}

// others returns the values of a second signal that says something else; ok is
// false where there is nothing else to say.
func (t *Test) others(s *signal) (values map[string]any, ok bool) {
	var accepts *schema.Schema
	for _, known := range t.suite.flow.Signals() {
		if known.Name == s.id.Name {
			accepts = known.Accepts
		}
	}
	other := otherValues(s.values, accepts)
	values, _, err := t.suite.flow.CheckSignal(s.id.Name, s.id.Key, other)
	return other, err == nil && !runtime.SameSignal(values, s.values)
}

// give gives a signal, and notes where that does not go as the test says.
func (r *testRun) give(w *world, s *signal) {
	var refused *report.SignalError
	values, _, err := r.test.suite.flow.CheckSignal(s.id.Name, s.id.Key, s.values)
	if !errors.As(err, &refused) {
		refused = w.signals.Give(s.id, values)
	}
	place := fmt.Sprintf("the signal %s in line %d ", s.id.Name, s.at.Line)
	switch {
	case refused == nil && s.refused == "", refused != nil && string(refused.Reason) == s.refused:
	case refused == nil:
		r.signalled = append(r.signalled, place+"was taken, it is expected to be refused: "+s.refused)
	case s.refused == "":
		r.signalled = append(r.signalled, place+strings.TrimPrefix(refused.Error(), "signal "+s.id.Name+" ")+"\n  say refused: "+string(refused.Reason)+" where that is expected")
	default:
		r.signalled = append(r.signalled, fmt.Sprintf("%swas refused: %s, expected is refused: %s", place, refused.Reason, s.refused))
	}
}

// tooLate gives the signals whose time comes after the end of the run.
func (r *testRun) tooLate(w *world, failure error) {
	w.signals.End(runtime.EndState(failure))
	for _, s := range r.test.signals {
		if r.late[s] {
			r.give(w, s)
		}
	}
}

var refusals = []string{
	string(report.SignalUnknown), string(report.SignalInvalid), string(report.SignalConflict), string(report.SignalEnded),
	string(report.SignalRanOut), string(report.SignalTooMany),
}

// signals reads the signals of a test.
func (r *reader) signals(n *node) []*signal {
	var list []*signal
	for _, item := range r.list(n, "signals") {
		if s := r.signal(item); s != nil {
			list = append(list, s)
		}
	}
	return list
}

func (r *reader) signal(n *node) *signal {
	if !r.isMap(n, "a signal", "signal", "key", "after", "with", "refused") {
		return nil
	}
	s := &signal{at: n, after: r.duration(n.Get("after"), "after")}
	name, ok := r.words(n.Get("signal"), "signal")
	if !ok {
		r.fail(n, "missing-key", "name it as the flow does: {signal: approval}", "a signal needs a name")
		return nil
	}
	s.id.Name = name
	s.id.Key, _ = r.words(n.Get("key"), "key")
	if at := n.Get("refused"); at != nil {
		r.oneOf(at, "refused", refusals...)
		s.refused = at.Text
	}
	if r.flow == nil {
		return nil
	}
	r.signalValues(n, s)
	return s
}

// signalValues reads what the signal is given with. What the flow would refuse
// is a mistake of the test, unless it says that it is to be refused.
func (r *reader) signalValues(n *node, s *signal) {
	var accepts *schema.Schema
	for _, known := range r.flow.Signals() {
		if known.Name == s.id.Name {
			accepts = known.Accepts
		}
	}
	with := n.Get("with")
	if !with.IsNull() {
		field := &schema.Field{Type: schema.Object, Members: accepts}
		k := kind{schema.RuleUnknown, "the signal " + s.id.Name + " has no value", "it takes"}
		if s.refused == string(report.SignalInvalid) || accepts == nil {
			field = nil
		}
		s.values, _ = r.value(with, field, k).(map[string]any)
	}
	_, _, err := r.flow.CheckSignal(s.id.Name, s.id.Key, s.values)
	var refused *report.SignalError
	switch {
	case !errors.As(err, &refused) || s.refused != "":
	case refused.Reason == report.SignalInvalid && with != nil:
		r.place(with, refused.Errors)
	case refused.Reason == report.SignalInvalid:
		r.place(n, refused.Errors)
	default:
		r.fail(n.Get("signal"), "unknown-signal", "", "%s", refused.Detail)
	}
}
