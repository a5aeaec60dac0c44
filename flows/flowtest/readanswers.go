package flowtest

import (
	"slices"
	"strconv"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/schema"
)

func (r *reader) answers(n *node, what string) []*answer {
	var list []*answer
	for _, item := range r.list(n, what) {
		if a := r.answer(item); a != nil {
			list = append(list, a)
		}
	}
	return list
}

func (r *reader) answer(n *node) *answer {
	if !r.isMap(n, "an answer", "call", "step", "with", "times", "result", "error", "after", "changed", "attempts") {
		return nil
	}
	a := &answer{at: n, times: r.count(n.Get("times"), "times", 1)}
	a.pattern = r.pattern(n, "an answer")
	if attempts := n.Get("attempts"); attempts != nil {
		for _, other := range []string{"result", "error", "after", "changed"} {
			if key := n.Key(other); key != nil {
				r.fail(key, "two-answers", "put it under an attempt", "an answer with attempts has no %s of its own", other)
			}
		}
		a.attempts = r.attempts(attempts, a.op)
		return a
	}
	a.always = r.reply(n, a.op)
	return a
}

// pattern reads call, step and with.
func (r *reader) pattern(n *node, what string) pattern {
	var p pattern
	callAt, stepAt := n.Get("call"), n.Get("step")
	if callAt == nil && stepAt == nil {
		r.fail(n, "missing-key", "name the operation, as in call: lambda.invoke, or the step", "%s needs call or step", what)
		return p
	}
	p.op = r.operation(callAt)
	p.step = r.step(stepAt)
	if p.step != nil {
		r.stepCalls(stepAt, &p)
	}
	with := n.Get("with")
	switch {
	case with == nil:
	case p.op != nil:
		name := p.op.Name
		p.with = r.part(with, p.op.Params(), kind{schema.RuleUnknown, name + " has no parameter", "it takes"})
	default:
		p.with = r.anyMap(with, "with")
	}
	return p
}

func (r *reader) operation(n *node) *connector.Operation {
	name, ok := r.words(n, "call")
	if !ok {
		return nil
	}
	return r.called(n, name)
}

// called returns the operation of a name; nil where there is none.
func (r *reader) called(n *node, name string) *connector.Operation {
	op, ok := r.registry.Operation(name)
	if !ok {
		var names []string
		for _, op := range r.registry.Operations() {
			names = append(names, op.Name)
		}
		r.fail(n, "unknown-operation", diag.DidYouMean(name, names), "there is no operation %q", name)
		return nil
	}
	return op
}

// step reads the name of a step; nil where there is none.
func (r *reader) step(n *node) *stepRef {
	text, ok := r.words(n, "step")
	if !ok || r.flow == nil {
		return nil
	}
	ref := r.steps.find(text)
	if ref == nil {
		r.fail(n, "unknown-step", diag.Suggest(text, r.steps.names(), "steps are"), "%s has no step %q", r.flow.Name(), text)
	}
	return ref
}

// stepCalls holds a pattern's step against its operation.
func (r *reader) stepCalls(n *node, p *pattern) {
	st := p.step.info
	switch {
	case st == nil && p.op == nil:
		p.op = r.undoCall(p.step)
	case st == nil:
	case st.Operation == "":
		r.fail(n, "wrong-step", "name the step with the call", "the step %s calls no operation, its verb is %s", p.step.text, st.Verb)
	case p.op == nil:
		p.op, _ = r.registry.Operation(st.Operation)
	case p.op.Name != st.Operation:
		r.fail(n, "wrong-step", "leave one of call and step out", "the step %s calls %s, not %s", p.step.text, st.Operation, p.op.Name)
	}
}

// undoCall returns what an undo calls, where it is one operation.
func (r *reader) undoCall(ref *stepRef) *connector.Operation {
	name := ""
	for _, st := range slices.Concat(r.steps.all, r.steps.called) {
		if st.Operation == "" || !ref.fits(st.Path) {
			continue
		}
		if name != "" && name != st.Operation {
			return nil
		}
		name = st.Operation
	}
	op, _ := r.registry.Operation(name)
	return op
}

func (r *reader) attempts(n *node, op *connector.Operation) map[int]*reply {
	out := map[int]*reply{}
	if n.Kind != mapNode {
		r.fail(n, "wrong-type", "write 1: {error: ...}, 2: {result: ...}", "attempts must be a map, found %s", describe(n))
		return out
	}
	for i, key := range n.Keys() {
		number, err := strconv.Atoi(key.Text)
		if err != nil || number < 1 {
			r.fail(key, "unknown-key", "attempts count from 1", "%q is no number of an attempt", key.Text)
			continue
		}
		if item := n.Items()[i]; r.isMap(item, "an attempt", "result", "error", "after", "changed") {
			out[number] = r.reply(item, op)
		}
	}
	return out
}

// reply reads result or error, and after.
func (r *reader) reply(n *node, op *connector.Operation) *reply {
	out := &reply{after: r.duration(n.Get("after"), "after")}
	out.changed = r.flag(n.Get("changed"), "changed")
	result, failure := n.Get("result"), n.Get("error")
	switch {
	case result != nil && failure != nil:
		r.fail(n.Key("error"), "two-answers", "leave one out", "a call gives a result or an error")
	case result != nil:
		out.result = r.result(result, op)
	case failure != nil:
		out.err = r.failure(failure, op)
	default:
		r.fail(n, "missing-key", "a call that gives nothing has result: {}", "an answer needs result, error or attempts")
	}
	return out
}

func (r *reader) result(n *node, op *connector.Operation) any {
	if op == nil {
		return r.value(n, nil, kind{})
	}
	k := kind{"unknown-field", op.Name + " gives no", "it gives"}
	return complete(r.converted(n, op.Result(), k), op.Result())
}

// failure reads an error that an operation gives.
func (r *reader) failure(n *node, op *connector.Operation) *connector.Error {
	if !r.isMap(n, "an error", "code", "class", "message", "retryAfter", "status", "requestId", "outcome", "details", "cause") {
		return nil
	}
	e := &connector.Error{RetryAfter: r.duration(n.Get("retryAfter"), "retryAfter"), Status: r.count(n.Get("status"), "status", 100)}
	e.Code, _ = r.words(n.Get("code"), "code")
	e.Message, _ = r.words(n.Get("message"), "message")
	e.RequestID, _ = r.words(n.Get("requestId"), "requestId")
	if n.Get("code") == nil {
		r.fail(n, "missing-key", "name it as the service does", "an error needs a code")
	}
	if text, ok := r.words(n.Get("outcome"), "outcome"); ok {
		e.Outcome = connector.Outcome(text)
		r.oneOf(n.Get("outcome"), "outcome", string(connector.OutcomeFailed), string(connector.OutcomeUnknown))
	}
	if details := n.Get("details"); details != nil {
		e.Details = r.anyMap(details, "details")
	}
	if cause := n.Get("cause"); cause != nil {
		e.Cause = r.value(cause, nil, kind{})
	}
	if e.Code != "" {
		e.Class = r.class(n, e.Code, op)
	}
	return e
}

// anyMap reads a map of any values; nil for null.
func (r *reader) anyMap(n *node, what string) map[string]any {
	if !n.IsNull() && n.Kind != mapNode {
		r.fail(n, schema.RuleType, "write name: value", "%s must be a map, found %s", what, describe(n))
		return nil
	}
	values, _ := r.value(n, nil, kind{}).(map[string]any)
	return values
}

func (r *reader) oneOf(n *node, what string, words ...string) {
	if !slices.Contains(words, n.Text) {
		r.fail(n, schema.RuleEnum, diag.Suggest(n.Text, words, "choose"), "there is no %s %q", what, n.Text)
	}
}

// ofAnyCall has the codes that no operation declares and every call can fail with:
// those of runtimes and of mistakes in an operation.
var ofAnyCall = late.Value[map[string]connector.Class]{Make: func() map[string]connector.Class {
	return map[string]connector.Class{
		"AttemptLost":     connector.ClassInternal,
		"CircuitOpen":     connector.ClassUnavailable,
		"DamagedAnswer":   connector.ClassUnavailable,
		"Internal":        connector.ClassInternal,
		"InvalidResult":   connector.ClassInternal,
		"NotSent":         connector.ClassInvalid,
		"OutcomeUnknown":  connector.ClassInternal,
		"Panic":           connector.ClassInternal,
		"ResultNotStored": connector.ClassInvalid,
		"TooLarge":        connector.ClassInvalid,
		"WorkerLost":      connector.ClassUnavailable,
	}
}}

// class returns the class of an error: what the file says, else what the
// operation declares for the code.
func (r *reader) class(n *node, code string, op *connector.Operation) connector.Class {
	declared := ofAnyCall.Get()[code]
	var codes []string
	if op != nil {
		for _, e := range op.Errors {
			codes = append(codes, e.Code)
			if e.Code == code {
				declared = e.Class
			}
		}
	}
	given, ok := r.words(n.Get("class"), "class")
	switch {
	case ok:
		var words []string
		for _, c := range connector.Classes() {
			words = append(words, string(c))
		}
		r.oneOf(n.Get("class"), "class", words...)
	case declared == "" && n.Get("class") == nil:
		r.fail(n.Get("code"), "missing-key", diag.Suggest(code, codes, "the known ones are"),
			"the class of the error %q is not known: add class", code)
	}
	if ok && declared == "" && len(codes) > 0 && (diag.DidYouMean(code, codes) != "" || !befallsAny(connector.Class(given))) {
		r.warn(n.Get("code"), "unknown-error", diag.Suggest(code, codes, "it gives"), "%s is not known to give the error %q", op.Name, code)
	}
	if ok {
		return connector.Class(given)
	}
	return declared
}

// befallsAny is true for what can befall any call, whatever the service
// documents for it.
func befallsAny(c connector.Class) bool {
	switch c {
	case connector.ClassThrottled, connector.ClassUnavailable, connector.ClassTimeout, connector.ClassDenied, connector.ClassExpired, connector.ClassCanceled:
		return true
	default:
		return false
	}
}
