package check

import (
	"fmt"
	"slices"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/schema"
)

// waitKeys are those of a wait for a time, signalKeys those of one for a signal.
var (
	waitKeys   = []string{"until", "signal"}
	signalKeys = []string{"signal", "key", "timeout", "accepts", "roles"}
)

const howToWait = "write ‹wait: 10s›, ‹wait: {until: \"2026-01-31T08:00:00Z\"}›, or ‹wait: {signal: name}›"

func (w *stepCheck) wait() {
	written := w.body // with its misspelt keys
	if w.body.Kind == mapNode {
		w.body = mendedKeys(w.body, append(signalKeys, "until"), func(key string) habits.Use { return habits.Use{Help: waitHelp(w.body.Key(key), w.body.Get(key))} })
		if slices.ContainsFunc(signalKeys, func(key string) bool { return w.body.Key(key) != nil }) {
			w.signal(written)
			return
		}
	}
	do := &interp.WaitStep{}
	w.st.Do = do
	switch {
	case w.body.Kind == mapNode:
		help := ""
		for _, key := range written.Keys() {
			if key.Text != "until" {
				help = waitHelp(key, written.Get(key.Text))
				w.foreignKey(key, nil, habits.Use{Help: help}, "wait", waitKeys)
			}
		}
		if until := w.body.Get("until"); until != nil && !until.IsNull() {
			do.Until = w.value(until, needed(fields.TimestampField), w.sc, "wait.until")
		} else if help == "" {
			w.fail(w.verb, "missing-key", howToWait, "wait does not say until when")
		}
	case w.body.IsNull():
		w.fail(w.verb, "missing-key", howToWait, "wait does not say how long")
	default:
		do.Duration = w.value(w.body, needed(fields.DurationField), w.sc, "wait")
	}
	w.finish(nil, "", false)
}

// needed returns a field that null is no value of.
func needed(f *schema.Field) *schema.Field {
	out := *f
	out.Required = true
	return &out
}

// signal checks a wait for a signal; written is the wait with its misspelt keys.
func (w *stepCheck) signal(written *node) {
	do := &interp.SignalStep{Accepts: schema.MustNew()}
	w.st.Do = do
	for _, key := range written.Keys() {
		switch {
		case key.Text == "until":
			w.fail(key, "unknown-key", "say how long, from now on: ‹timeout: 48h›", "until belongs to a wait for a time, this one is for a signal")
		case !contains(signalKeys, key.Text):
			w.unknownKey(key, "a wait for a signal", signalKeys)
		}
	}
	if n := w.body.Get("key"); n != nil {
		w.signalKey(do, n)
	}
	if n := w.body.Get("timeout"); n != nil {
		do.Timeout = w.value(n, fields.DurationField, w.sc, "wait.timeout")
	}
	if n := w.body.Get("accepts"); n != nil {
		do.Accepts = w.accepts(n)
	}
	do.Field = &schema.Field{Type: schema.Object, Members: do.Accepts}
	w.signalName(do, w.roles(w.body.Get("roles")))
	w.finish(func() *schema.Field { return do.Field }, "", false)
}

// signalName checks the name, and that all waits for one signal are for the same.
func (w *stepCheck) signalName(do *interp.SignalStep, roles []string) {
	n := w.body.Get("signal")
	if n == nil {
		w.fail(w.verb, "missing-key", "write ‹wait: {signal: name}›", "the wait does not say for which signal")
		return
	}
	if !w.noExpression(n, "wait.signal") {
		return
	}
	name, ok := w.plainName(n, "a signal")
	if !ok {
		return
	}
	do.Name = name
	if w.loops > 0 && do.Key == nil && w.body.Key("key") == nil {
		w.fail(n, "signal-without-key", `add what tells the rounds apart: ‹key: "${item.id}"›`,
			"the wait stands in a loop, and all its rounds would get the signal %s that is given once", name)
	}
	first := w.signals[name]
	if first == nil {
		w.signals[name] = w.body
		w.program.Waits = append(w.program.Waits, &interp.Signal{Name: name, Keyed: w.body.Key("key") != nil, Accepts: do.Accepts, Roles: roles, At: w.src.At(n)})
		return
	}
	where := fmt.Sprintf("the first wait for it is in line %d; a signal is given once, and all waits for it get the same", first.Line)
	switch {
	case (first.Key("key") == nil) != (w.body.Key("key") == nil):
		w.fail(n, "signal-twice", where, "one wait for the signal %s has a key, the other has none", name)
	case !sameNodes(first.Get("accepts"), w.body.Get("accepts")):
		w.fail(n, "signal-twice", where, "two waits for the signal %s accept different values", name)
	case !sameRoles(w.program.Waits, name, roles):
		w.fail(n, "signal-twice", where, "two waits for the signal %s are for people with different roles", name)
	}
}

// sameRoles reports whether the first wait for a signal names the same roles.
func sameRoles(waits []*interp.Signal, name string, roles []string) bool {
	i := slices.IndexFunc(waits, func(s *interp.Signal) bool { return s.Name == name })
	return i < 0 || slices.Equal(slices.Sorted(slices.Values(waits[i].Roles)), slices.Sorted(slices.Values(roles)))
}

// roles reads who may answer; nil for whoever may run flows.
func (w *stepCheck) roles(n *node) []string {
	if n == nil {
		return nil
	}
	if n.IsNull() {
		w.fail(n, "wrong-type", "write ‹roles: [finance]›, or leave it out", "wait.roles must be a list of roles, found empty")
		return nil
	}
	if !w.noExpression(n, "wait.roles") {
		return nil
	}
	for _, item := range n.Items() {
		if !w.noExpression(item, "wait.roles") {
			return nil
		}
	}
	v, ok := w.literal(n, fields.RolesField, "wait.roles")
	if !ok {
		return nil
	}
	var roles []string
	for i, item := range v.([]any) {
		role := item.(string)
		if slices.Contains(roles, role) {
			at := n
			if n.Kind == listNode {
				at = n.Items()[i]
			}
			w.fail(at, "bad-input", "name it once", "wait.roles has %s twice", role)
		}
		roles = append(roles, role)
	}
	return roles
}

func (w *stepCheck) signalKey(do *interp.SignalStep, n *node) {
	if n.IsNull() {
		w.fail(n, "wrong-type", `write ‹key: "${item.id}"›, or leave it out`, "wait.key must be text, found empty")
		return
	}
	do.Key = w.value(n, fields.SignalKeyField, w.sc, "wait.key")
	if w.secretBinding(do.Key) {
		w.fail(n, "secret-key", "take something that may be shown", "the key of a signal cannot be a secret")
	}
}

// accepts reads what a signal is given with, declared as inputs are.
func (w *stepCheck) accepts(n *node) *schema.Schema {
	none := schema.MustNew()
	if n.IsNull() {
		return none
	}
	if n.Kind != mapNode {
		w.fail(n, "wrong-type", "write ‹name: {type: boolean}›", "accepts must be a map of names, found %s", describe(n))
		return none
	}
	var list []*schema.Field
	for i, key := range n.Keys() {
		if w.noExpression(key, "the name of a value") {
			f := w.field(n.Items()[i], key.Text, "accepts."+key.Text)
			f.Absent = f.Nullable
			list = append(list, f)
		}
	}
	s, err := schema.New(list...)
	if err != nil {
		w.fail(n, "bad-input", "give each its own names", "accepts: %v", err)
		return none
	}
	return s
}

// signalsInLoop refuses a call in a loop of a flow that waits for a signal without
// a key: all rounds would get the same.
func (w *stepCheck) signalsInLoop(sub *interp.Program) {
	if w.loops == 0 {
		return
	}
	if s := sub.Unkeyed(); s != nil {
		w.fail(w.body, "signal-without-key", fmt.Sprintf(`give the flow an input, and the wait in %s a key: "${ctx.id}"`, s.At.String()),
			"the flow is called in a loop, and all its rounds would get the signal %s that is given once", s.Name)
	}
}

// sameNodes reports whether two parts of a file say the same, in whatever order.
func sameNodes(a, b *node) bool {
	switch {
	case a == nil || b == nil:
		return a.IsNull() && b.IsNull() || a == b
	case a.Kind != b.Kind || len(a.Items()) != len(b.Items()):
		return false
	case a.Kind == mapNode:
		for i, key := range a.Keys() {
			if !sameNodes(a.Items()[i], b.Get(key.Text)) {
				return false
			}
		}
		return true
	case a.Kind == listNode:
		return slices.EqualFunc(a.Items(), b.Items(), sameNodes)
	default:
		return a.Text == b.Text && a.IsNull() == b.IsNull()
	}
}
