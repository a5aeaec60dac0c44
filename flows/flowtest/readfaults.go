package flowtest

import (
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/faults"
)

// faults reads what goes wrong in a test.
func (r *reader) faults(n *node) (list []faults.Fault, lines []int) {
	for _, item := range r.list(n, "faults") {
		if f, ok := r.fault(item); ok {
			list, lines = append(list, f), append(lines, int(item.Line))
		}
	}
	return list, lines
}

func (r *reader) fault(n *node) (f faults.Fault, ok bool) {
	if !r.isMap(n, "a fault", "step", "signal", "fault", "attempt", "every", "code", "class", "retryAfter", "outcome", "changed", "resent", "all", "after", "waiting") {
		return f, false
	}
	kinds := faults.Kinds()
	if at := n.Get("signal"); at != nil {
		kinds = faults.SignalKinds()
		f.Signal = r.count(at, "signal", 1)
	} else {
		ref := r.step(n.Get("step"))
		if n.Get("step") == nil {
			r.fail(n, "missing-key", "name the step whose call it befalls: step: payment", "a fault needs step or signal")
		}
		if ref == nil {
			return f, false
		}
		f.Step = ref.path
		if f.Waiting = r.flag(n.Get("waiting"), "waiting"); f.Waiting {
			kinds = faults.WaitKinds()
		}
	}
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	kind, named := r.words(n.Get("fault"), "fault")
	if !named {
		r.fail(n, "missing-key", "say what goes wrong: fault: fails", "a fault needs fault")
		return f, false
	}
	r.oneOf(n.Get("fault"), "fault", words...)
	f.Kind = faults.Kind(kind)
	r.faultDetails(n, &f)
	return f, true
}

// faultDetails reads the rest of a fault.
func (r *reader) faultDetails(n *node, f *faults.Fault) {
	f.Attempt = max(1, r.count(n.Get("attempt"), "attempt", 1))
	f.After = r.cut(n.Get("after"))
	if f.Kind == faults.Ordered && f.After == nil {
		r.fail(n, "missing-key", "say after which calls of other branches: after: [a/look]", "an order needs after")
	}
	f.Every, f.Done = r.flag(n.Get("every"), "every"), r.flag(n.Get("changed"), "changed")
	f.All = r.flag(n.Get("all"), "all")
	f.Resent = r.flag(n.Get("resent"), "resent")
	f.RetryAfter = r.duration(n.Get("retryAfter"), "retryAfter")
	if at := n.Get("outcome"); at != nil {
		r.oneOf(at, "outcome", string(connector.OutcomeFailed), string(connector.OutcomeUnknown))
		f.Unknown = at.Text == string(connector.OutcomeUnknown)
	}
	if f.Kind != faults.Fails {
		return
	}
	f.Code, _ = r.words(n.Get("code"), "code")
	if f.Code == "" {
		r.fail(n, "missing-key", "name it as the service does", "a call that fails has a code")
		return
	}
	st := r.steps.byPath[r.steps.Static(f.Step)]
	var op *connector.Operation
	if st != nil {
		op, _ = r.registry.Operation(st.Operation)
	}
	f.Class = r.class(n, f.Code, op)
}

// cut reads which calls of other branches are answered before.
func (r *reader) cut(n *node) *faults.Cut {
	if n == nil {
		return nil
	}
	cut := &faults.Cut{}
	for _, item := range r.list(n, "after") {
		step, number := *item, ""
		if at := strings.LastIndexByte(item.Text, '#'); at >= 0 {
			step.Text, number = item.Text[:at], item.Text[at:]
		}
		if ref := r.step(&step); ref != nil {
			cut.Calls = append(cut.Calls, ref.path+number)
		}
	}
	return cut
}

// leastHidden is the shortest text that is looked for in what people read: others
// stand there by chance.
const leastHidden = 8

// hides reads the texts that nobody may read.
func (r *reader) hides(n *node) []string {
	var list []string
	for _, item := range r.list(n, "hides") {
		text, ok := r.words(item, "a text that nobody may read")
		switch {
		case ok && len(text) < leastHidden:
			r.fail(item, "wrong-length", "give an answer with a longer one", "what nobody may read has at least %d bytes: others stand somewhere by chance", leastHidden)
		case ok:
			list = append(list, text)
		}
	}
	return list
}

// flag returns true or false; false where there is nothing.
func (r *reader) flag(n *node, what string) bool {
	text, ok := r.words(n, what)
	if ok && text != "true" && text != "false" {
		r.fail(n, "wrong-type", "", "%s must be true or false, found %s", what, describe(n))
	}
	return text == "true"
}

// like returns the test that another one is like, and what a test begins with
// that says so; nil and what all begin with for one that does not.
func (r *reader) like(n *node, s *Suite) (*Test, *Suite) {
	name, ok := r.words(n, "like")
	if !ok {
		return nil, s
	}
	for _, other := range s.tests {
		if other.name == name {
			base := *s
			base.inputs, base.env, base.secrets = other.inputs, other.env, other.secrets
			return other, &base
		}
	}
	r.fail(n, "unknown-test", "it is one that stands above in this file", "there is no test %q", name)
	return nil, s
}

// takeOver gives a test what the one has that it is like: what calls are
// answered with, signals and times.
func (t *Test) takeOver(other *Test) {
	t.answers = append(t.answers, other.answers...)
	t.always, t.hides = append(t.always, other.always...), append(t.hides, other.hides...)
	if t.signals == nil {
		t.signals = other.signals
	}
	if t.at.Get("cancelAfter") == nil {
		t.cancelAfter = other.cancelAfter
	}
	t.forgets, t.strict = t.forgets || other.forgets, t.strict || other.strict
}
