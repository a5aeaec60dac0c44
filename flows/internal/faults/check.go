package faults

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
)

// Violation is something that must not be and is.
type Violation struct {
	Rule string // "lost-undo"
	Step string // where; empty for the run as a whole
	Text string // says what, for people
	// Of tells violations of one rule apart that have other grounds.
	Of string
	// Strict is true of one that is only told where nobody asks for more.
	Strict bool
}

// Violations returns what must hold whatever happens, and does not. strict asks
// also for what is only told else. secrets are texts that nobody may read.
func (e *End) Violations(strict bool, secrets []string) []Violation {
	w := e.World
	var list []Violation
	add := func(rule, step, format string, args ...any) {
		list = append(list, Violation{Rule: rule, Step: step, Text: fmt.Sprintf(format, args...)})
	}
	switch {
	case e.Panic != "":
		add("panic", "", "the run panics: %s", e.Panic)
		return list
	case e.Timeout:
		add("hang", "", "the run does not end")
		return list
	case w.endless:
		add("hang", "", "the run has made %d calls and does not end", len(w.calls))
		return list
	case e.Waits != "" && strict:
		list = append(list, Violation{Rule: "waits", Step: e.Waits, Text: "the step waits for ever", Strict: true})
	case e.Waits != "":
		return nil
	}
	list = append(list, w.undos(e)...)
	list = append(list, w.once()...)
	for _, step := range w.keyBroken {
		add("key", step, "another idempotency key than before is used for the same call")
	}
	for _, path := range w.unclean(e) {
		add("finally", path, "the steps of finally did not run")
	}
	list = append(list, w.shows(e, secrets)...)
	if strict {
		list = append(list, strictly(e)...)
	}
	return list
}

// missed returns the steps that were taken back, and what they made is there all
// the same, as far as operations say what they make and remove.
func (e *End) missed() []string {
	w := e.World
	var steps []string
	for _, c := range w.ledger.changes {
		if c.call.inUndo() || !w.ledger.undoneAfter(c) || slices.Contains(steps, c.call.Step) {
			continue
		}
		for _, t := range touches(c.call) {
			if t.Does == connector.Makes && w.model.there[t.Thing] && !w.model.open[t.Thing] && !w.model.raced[t.Thing] {
				steps = append(steps, c.call.Step)
				break
			}
		}
	}
	return steps
}

// strictly returns what is only told where nobody asks for more.
func strictly(e *End) []Violation {
	var list []Violation
	add := func(rule, step, text string) {
		list = append(list, Violation{Rule: rule, Step: step, Text: text, Strict: true})
	}
	for _, step := range e.LeftBehind() {
		if e.Err == nil {
			break // it was made again after a kill
		}
		add("left-behind", step, "what the step changed stays behind, and the run is "+e.Outcome())
	}
	for _, step := range e.Twice() {
		add("changed-twice", step, "the step changed something twice")
	}
	for _, step := range e.missed() {
		add("undo-missed", step, "the step is undone, and what it made is still there")
	}
	for _, step := range e.Unbounded() {
		add("no-limit", step, "the step waits for its answer without a time limit")
	}
	return list
}

// undos looks whether each change that can be taken back was, once and in order,
// or is listed.
func (w *World) undos(e *End) []Violation {
	if e.Err == nil {
		return nil
	}
	var list []Violation
	told := map[string]bool{}
	for _, c := range w.ledger.left() {
		step := c.call.Step
		if told[step] || w.unseen(c.call) || w.ledger.listed(step) || !w.steps.HasUndo(w.steps.Static(step)) {
			continue
		}
		told[step] = true
		list = append(list, Violation{Rule: "lost-undo", Step: step, Text: "what the step changed is neither undone nor listed as not undone"})
	}
	for i, m := range w.ledger.undone {
		for _, before := range w.ledger.undone[:i] {
			if before.step == m.step && !w.beganBetween(m.step, before.seq, m.seq) {
				list = append(list, Violation{Rule: "undone-twice", Step: m.step, Text: "the step is undone twice"})
			}
		}
	}
	return append(list, w.order()...)
}

// beganBetween reports whether a call of a step changed something between.
func (w *World) beganBetween(step string, from, to int) bool {
	return slices.ContainsFunc(w.ledger.changes, func(c changed) bool {
		return within(c.call.Step, step) && c.seq > from && c.seq < to
	}) || !slices.ContainsFunc(w.ledger.changes, func(c changed) bool { return within(c.call.Step, step) })
}

// order holds the order of undos in one block against that of what they take
// back.
func (w *World) order() []Violation {
	first := map[string]int{}
	for i, c := range w.calls {
		if _, known := first[c.Step]; !known {
			first[c.Step] = i
		}
	}
	undone := w.ledger.undone
	for i := 1; i < len(undone); i++ {
		a, b := undone[i-1].step, undone[i].step
		if a[:strings.LastIndexByte(a, '/')+1] != b[:strings.LastIndexByte(b, '/')+1] {
			continue
		}
		at, knownA := first[a]
		bt, knownB := first[b]
		if knownA && knownB && at < bt {
			return []Violation{{Rule: "undo-order", Step: a, Text: "the step is undone before " + b + ", which came after it"}}
		}
	}
	return nil
}

// once looks whether a step with atMostOnce was started twice after it may have
// changed something.
func (w *World) once() []Violation {
	may := map[string]int{}
	var list []Violation
	for _, c := range w.calls {
		if !c.attempt.AtMostOnce {
			continue
		}
		id := c.Step + "\x00" + c.attempt.IdempotencyKey
		if may[id] == 1 {
			list = append(list, Violation{Rule: "at-most-once", Step: c.Step, Text: "the call is made again although it may have happened"})
		}
		if !c.answered || c.Failed == nil || c.Failed.Outcome == connector.OutcomeUnknown {
			may[id]++
		}
	}
	return list
}

// unclean returns the try steps whose finally did not run.
func (w *World) unclean(e *End) []string {
	if e.World.dead {
		return nil
	}
	var list []string
	for _, path := range w.ledger.tries {
		if first := w.steps.Finally(path); first != "" && !w.ledger.begun[first] {
			list = append(list, path)
		}
	}
	return list
}

// shows looks for secrets in what people read.
func (w *World) shows(e *End, secrets []string) []Violation {
	if len(secrets) == 0 {
		return nil
	}
	var texts []string
	for _, failure := range append(w.ledger.texts, e.Err) {
		if failure == nil {
			continue
		}
		text, err := json.Marshal(failure.Value())
		if err != nil {
			text = []byte(failure.Error())
		}
		texts = append(texts, string(text))
	}
	texts = append(texts, w.ledger.said...)
	texts = append(texts, w.logged()...)
	if text, err := json.Marshal(e.Shown); err == nil {
		texts = append(texts, string(text))
	}
	for _, secret := range secrets {
		if len(secret) >= 8 && slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, secret) }) {
			return []Violation{{Rule: "secret", Step: "", Text: "a secret shows in what people read"}}
		}
	}
	return nil
}

// logged returns what calls have written to the log.
func (w *World) logged() []string {
	var texts []string
	for _, c := range w.calls {
		a := &c.attempt
		if a.Owner == nil || a.Owner.Name != "log" {
			continue
		}
		params := a.Params
		if a.Shown != nil {
			params = a.Shown()
		}
		if text, err := json.Marshal(params); err == nil {
			texts = append(texts, string(text))
		}
	}
	return texts
}

// Resumed holds a run that was killed between two calls, and resumed, against
// the same run without that. inOrder is false where its branches may go on in
// another order than there, in which other calls can be made.
func (e *End) Resumed(whole *End, inOrder bool) []Violation {
	switch {
	case e.Hangs() || whole.Hangs():
		return nil
	case e.Outcome() != whole.Outcome():
		return []Violation{{Rule: "resume", Step: "", Text: fmt.Sprintf("the resumed run is %s, without the kill it is %s", e.Outcome(), whole.Outcome())}}
	case !reflect.DeepEqual(e.Output, whole.Output):
		return []Violation{{Rule: "resume", Step: "", Text: "the resumed run gives another output than without the kill"}}
	case inOrder && !reflect.DeepEqual(e.Numbers(), whole.Numbers()):
		return []Violation{{Rule: "resume", Step: "", Text: "the resumed run makes other calls than without the kill"}}
	}
	return nil
}

// Reordered holds a run whose branches went on in another order against the
// same run without that. One that fails may have begun more or less by then.
func (e *End) Reordered(whole *End) []Violation {
	switch {
	case e.Hangs() || whole.Hangs():
		return nil
	case e.Outcome() != whole.Outcome():
		return []Violation{{Rule: "order", Text: fmt.Sprintf("in another order of its branches the run is %s, it was %s", e.Outcome(), whole.Outcome())}}
	case !reflect.DeepEqual(e.Output, whole.Output):
		return []Violation{{Rule: "order", Text: "in another order of its branches the run gives another output"}}
	}
	return nil
}

// Interrupted reports whether a call was under way when the process died: it was
// made again, or may not be.
func (w *World) Interrupted() bool { return w.interrupted }

// String says where and what.
func (v Violation) String() string {
	if v.Step == "" {
		return v.Rule + ": " + v.Text
	}
	return v.Rule + " at " + v.Step + ": " + v.Text
}
