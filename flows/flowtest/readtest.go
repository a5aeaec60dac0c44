package flowtest

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/schema"
)

// test reads one test, or gives nil where it has no name.
func (r *reader) test(n *node, s *Suite) *Test {
	if !r.isMap(n, aTest, "name", "inputs", "request", "tick", "env", "secrets", "startedAt", "cancelAfter", "answers", "signals", "expect", "like", "always", "hides", "faults", "order", "dedupes", "strict") {
		return nil
	}
	like, base := r.like(n.Get("like"), s)
	t := &Test{suite: base, at: n, startedAt: defaultStart()}
	name := n.Get("name")
	if name == nil {
		r.fail(n, "missing-key", "say in a few words what the flow does here", "the test has no name")
	}
	t.name, _ = r.words(name, "name")
	t.name = strings.Join(strings.Fields(t.name), " ")
	t.env = maps.Clone(base.env)
	if env := n.Get("env"); env != nil {
		t.env = over(t.env, r.texts(env, "env"))
	}
	r.secrets(n, t)
	t.suite = s
	if at := n.Get("startedAt"); at != nil {
		t.startedAt = r.timestamp(at)
	} else if like != nil {
		t.startedAt = like.startedAt
	}
	r.startedBy(n, t, base, like)
	t.cancelAfter = r.duration(n.Get("cancelAfter"), "cancelAfter")
	if answers := n.Get("answers"); answers != nil {
		t.answers = r.answers(answers, "answers")
	}
	if signals := n.Get("signals"); signals != nil {
		t.signals = r.signals(signals)
	}
	if expect := n.Get("expect"); expect != nil && !expect.IsNull() {
		t.expect = r.expectation(expect)
		r.unasked(expect, t)
	}
	t.always = r.always(n.Get("always"))
	if like == nil {
		t.always = append(t.always, s.always...)
	}
	t.hides = r.hides(n.Get("hides"))
	t.faults, t.faultLines = r.faults(n.Get("faults"))
	t.order = uint64(r.count(n.Get("order"), "order", 1)) //nolint:gosec // it is at least 0
	if at := n.Get("dedupes"); at != nil {
		t.forgets = !r.flag(at, "dedupes")
	}
	if at := n.Get("strict"); at != nil {
		t.strict = r.flag(at, "strict")
	}
	t.own = len(t.answers)
	if like != nil {
		t.takeOver(like)
	}
	if t.name == "" {
		return nil
	}
	return t
}

// minHidden is the shortest secret that excerpts are searched for.
const minHidden = 3

// secrets reads the secrets, also into the variables that the flow reads them
// from.
func (r *reader) secrets(test *node, t *Test) {
	t.secrets = over(maps.Clone(t.suite.secrets), r.knownSecrets(test.Get("secrets")))
	if r.flow == nil {
		return
	}
	variables := r.flow.SecretVariables()
	t.variables = maps.Clone(t.env)
	for _, name := range r.flow.Secrets() {
		secret, given := t.secrets[name]
		for _, variable := range variables[name] {
			_, set := t.env[variable]
			switch {
			case given && t.variables == nil:
				t.variables = map[string]string{variable: secret}
			case given:
				t.variables[variable] = secret
			case !set:
				r.fail(nameOrSelf(test), "missing-secret", "add secrets: {"+name+": any text}",
					"the flow needs the secret %s, and the test gives none", name)
			}
		}
	}
}

// knownSecrets reads secrets by their names in the flow, and hides them in
// excerpts.
func (r *reader) knownSecrets(n *node) map[string]string {
	if n == nil {
		return nil
	}
	secrets := r.texts(n, "secrets")
	for _, secret := range secrets {
		r.source.HideFrom(minHidden, secret)
	}
	if r.flow == nil {
		return secrets
	}
	variables := r.flow.SecretVariables()
	for name := range secrets {
		if variables[name] == nil {
			r.fail(n.Key(name), "unknown-secret", diag.Suggest(name, r.flow.Secrets(), "secrets are"), "%s has no secret %q", r.flow.Name(), name)
		}
	}
	return secrets
}

// over returns base with what of it is given anew.
func over[V any](base, given map[string]V) map[string]V {
	if base == nil {
		return given
	}
	maps.Copy(base, given)
	return base
}

func (r *reader) timestamp(n *node) time.Time {
	v, err := (&schema.Field{Type: schema.Timestamp}).Convert(n.Text)
	r.place(n, err)
	text, _ := v.(string)
	t, _ := time.Parse(time.RFC3339, text)
	return t
}

// inputs reads what the flow is given in a test, as the flow itself would take
// it: what the test gives, over what the file gives to all of them.
func (r *reader) inputs(test *node, s *Suite) map[string]any {
	n := test.Get("inputs")
	own := r.givenInputs(n)
	if r.flow == nil || !n.IsNull() && n.Kind != mapNode {
		return own
	}
	if n.IsNull() {
		at := nameOrSelf(test)
		n = &node{Kind: mapNode, Line: at.Line, Col: at.Col}
	}
	declared := r.flow.Inputs()
	given := map[string]any{}
	for name, v := range s.inputs {
		if f := declared.Field(name); f != nil {
			name = f.Name // another spelling of what the test gives is the same input
		}
		given[name] = v
	}
	for name := range own {
		if f := declared.Field(name); f != nil {
			delete(given, f.Name)
		}
	}
	maps.Copy(given, own)
	_, err := declared.Convert(given)
	r.place(n, err)
	return given
}

// givenInputs reads a map of inputs.
func (r *reader) givenInputs(n *node) map[string]any {
	switch {
	case n.IsNull() || n.Kind == mapNode && r.flow == nil:
		return nil
	case n.Kind != mapNode:
		r.fail(n, "wrong-type", "write name: value", "inputs must be a map, found %s", describe(n))
		return nil
	}
	field := &schema.Field{Type: schema.Object, Members: r.flow.Inputs()}
	k := kind{"unknown-input", r.flow.Name() + " has no input", "inputs are"}
	given, _ := r.value(n, field, k).(map[string]any)
	return given
}

// sharedInputs reads the inputs of all tests of a file. What is wrong with one is
// said there, and not of each test.
func (r *reader) sharedInputs(n *node) map[string]any {
	given := r.givenInputs(n)
	if r.flow == nil {
		return nil
	}
	for name, v := range given {
		f := r.flow.Inputs().Field(name)
		if f == nil {
			continue
		}
		if _, err := f.Convert(v); err != nil {
			_, at := n.Find(name)
			r.place(at, err)
			delete(given, name)
		}
	}
	return given
}

func (r *reader) expectation(n *node) expectation {
	var e expectation
	if !r.isMap(n, "expect", "output", "outputContains", "error", "outcome", "calls", "undone", "notUndone", "duration", "response", "answer") {
		return e
	}
	e.output = r.wanted(n.Get("output"))
	e.part = r.wanted(n.Get("outputContains"))
	if at := n.Get("error"); at != nil {
		e.failure = r.wantedError(at)
		for _, other := range []string{"output", "outputContains"} {
			if key := n.Key(other); key != nil {
				r.fail(key, "two-endings", "leave one of the two out", "a flow that ends with an error gives no output")
			}
		}
	}
	if calls := n.Get("calls"); calls != nil {
		e.calls = &[]wantedCall{}
		for _, item := range r.list(calls, "calls") {
			*e.calls = append(*e.calls, r.wantedCall(item))
		}
	}
	e.undone, e.notUndone = r.stepList(n, "undone"), r.stepList(n, "notUndone")
	r.outcome(n, &e)
	e.response, e.answer = r.response(n, "response"), r.response(n, "answer")
	if at := n.Get("duration"); at != nil {
		d := r.duration(at, "duration")
		e.duration = &d
	}
	return e
}

// stepList reads a list of steps; nil where there is none.
func (r *reader) stepList(n *node, key string) *[]*stepRef {
	at := n.Get(key)
	if at == nil {
		return nil
	}
	refs := []*stepRef{}
	for _, item := range r.list(at, key) {
		if ref := r.step(item); ref != nil {
			refs = append(refs, ref)
		}
	}
	return &refs
}

// outcome reads how the run is to end, and finds what does not go with it.
func (r *reader) outcome(n *node, e *expectation) {
	at := n.Get("outcome")
	word, ok := r.words(at, "outcome")
	if !ok {
		return
	}
	known := []string{runtime.EndDone, runtime.EndFailed, runtime.EndCanceled, endNotBegun}
	if !slices.Contains(known, word) {
		r.fail(at, "unknown-outcome", diag.Suggest(word, known, "outcomes are"), "a run cannot end as %q", word)
		return
	}
	e.outcome = word
	for _, other := range []string{"error", "notUndone"} {
		if key := n.Key(other); key != nil && word == runtime.EndDone {
			r.fail(key, "two-endings", "leave one of the two out", "a flow that is done has no %s", other)
		}
	}
	for _, other := range []string{"output", "outputContains"} {
		if key := n.Key(other); key != nil && word != runtime.EndDone {
			r.fail(key, "two-endings", "leave one of the two out", "a flow that ends as %s gives no output", word)
		}
	}
}

// wanted reads any value; nil where there is none.
func (r *reader) wanted(n *node) *any {
	if n == nil {
		return nil
	}
	v := r.value(n, nil, kind{})
	return &v
}

// errorMembers are those of connector.Error.Value.
var errorMembers = late.Value[*schema.Schema]{Make: func() *schema.Schema {
	return schema.MustNew(
		&schema.Field{Name: "code", Type: schema.String},
		&schema.Field{Name: "class", Type: schema.String},
		&schema.Field{Name: "message", Type: schema.String},
		&schema.Field{Name: "step", Type: schema.String},
		&schema.Field{Name: "operation", Type: schema.String},
		&schema.Field{Name: "status", Type: schema.Integer},
		&schema.Field{Name: "requestId", Type: schema.String},
		&schema.Field{Name: "attempts", Type: schema.Integer},
		&schema.Field{Name: "requests", Type: schema.Integer},
		&schema.Field{Name: "retryAfter", Type: schema.Duration},
		&schema.Field{Name: "outcome", Type: schema.String},
		&schema.Field{Name: "details"},
		&schema.Field{Name: "cause"},
		&schema.Field{Name: "undoErrors"},
		&schema.Field{Name: "suppressed"},
	)
}}

func (r *reader) wantedError(n *node) *wantedError {
	if !r.isMap(n, "error", errorMembers.Get().Names()...) {
		return nil
	}
	field := &schema.Field{Type: schema.Object, Members: errorMembers.Get().Open()}
	members, _ := r.converted(n, field, kind{}).(map[string]any)
	for i, key := range n.Keys() {
		if members != nil && n.Items()[i].IsNull() {
			members[key.Text] = nil // which a value of an object does without, and is wanted here
		}
	}
	return &wantedError{members: members, step: r.step(n.Get("step"))}
}

func (r *reader) wantedCall(n *node) wantedCall {
	c := wantedCall{at: n}
	if !r.isMap(n, "a call", "call", "step", "with", "times") {
		return c
	}
	c.pattern = r.pattern(n, "a call")
	if at := n.Get("times"); at != nil {
		times := r.count(at, "times", 0)
		c.times = &times
	}
	return c
}
