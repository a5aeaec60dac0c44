package faults

import (
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// own returns what the test answers to a call, or what is made of the
// operation's schema where it answers nothing. An injected failure stands
// before the answers: they count on behind it.
func (w *World) own(c *Call, d Driver) *Reply {
	injected := w.injected[c.Step]
	if pin := w.pins[place{c.Step, c.Nth - injected}]; pin != nil {
		return pin
	}
	if own := d.Own(c.Number - min(injected, c.Number-1)); own != nil {
		return own
	}
	if own := d.Own(c.Number); own != nil {
		return own
	}
	c.Auto = true
	return w.made(c.attempt.Operation.Result())
}

// peeked is how many answers behind one that fails are looked at for one that
// does not.
const peeked = 4

// good returns what the service answers where it does what it is asked.
func (w *World) good(c *Call, own *Reply, d Driver) *Reply {
	for i := 1; own.Err != nil && i <= peeked; i++ {
		next := w.pins[place{c.Step, c.Nth - w.injected[c.Step] + 1 + i}]
		if next == nil {
			next = d.Own(c.Number + i)
		}
		if next != nil && next.Err == nil {
			return next
		}
	}
	if own.Err == nil {
		return own
	}
	c.Auto = true
	return w.made(c.attempt.Operation.Result())
}

// made returns an answer of a schema.
func (w *World) made(f *schema.Field) *Reply {
	return &Reply{Result: example(f, w.plan.Other, 0)}
}

// deepest bounds how far a made answer is filled in: schemas may hold
// themselves.
const deepest = 5

// example returns a value of a field. other asks for another one than usual.
func example(f *schema.Field, other bool, depth int) any {
	switch {
	case f == nil || depth > deepest:
		return nil
	case len(f.Enum) > 0 && other:
		return f.Enum[len(f.Enum)-1]
	case len(f.Enum) > 0:
		return f.Enum[0]
	}
	switch f.Type {
	case schema.String:
		if other {
			return "other"
		}
		return "auto"
	case schema.Integer:
		return pick(other, int64(0), int64(1))
	case schema.Number:
		return pick(other, 0.0, 1.0)
	case schema.Boolean:
		return !other
	case schema.Timestamp:
		return pick(other, "2030-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
	case schema.Duration:
		return pick(other, "1h0m0s", "1s")
	case schema.List:
		if other {
			return []any{}
		}
		return []any{example(f.Elem, other, depth+1)}
	case schema.Object:
		out := map[string]any{}
		if f.Members != nil {
			for _, m := range f.Members.Fields() {
				out[m.Name] = example(m, other, depth+1)
			}
		}
		return out
	default:
		return nil
	}
}

func pick[T any](other bool, second, first T) T {
	if other {
		return second
	}
	return first
}

// sends reports whether a call sends its idempotency key to the service: by
// itself, or because the step puts it into its parameters.
func sends(c *Call) bool {
	a := &c.attempt
	if a.IdempotencyKey == "" {
		return false
	}
	return a.Operation.SendsKey != nil && a.Operation.SendsKey(a.Params) || holds(a.Params, a.IdempotencyKey)
}

// holds reports whether a text stands somewhere in a value.
func holds(v any, text string) bool {
	switch x := v.(type) {
	case string:
		return strings.Contains(x, text)
	case map[string]any:
		for _, member := range x {
			if holds(member, text) {
				return true
			}
		}
	case []any:
		for _, item := range x {
			if holds(item, text) {
				return true
			}
		}
	}
	return false
}

// change notes what a call changes that is answered with reply, and answers one
// as before whose key the service knows.
func (w *World) change(c *Call, reply *Reply) {
	if !c.Mutating {
		return
	}
	a := &c.attempt
	id := c.keyed()
	succeeds := reply.Err == nil || reply.Changed
	if sends(c) && !w.plan.Forgets {
		if before := w.answers[id]; before != nil {
			after := reply.After
			*reply = *before
			reply.After = after
			return
		}
		if succeeds {
			kept := *reply
			w.answers[id] = &kept
		}
	}
	if !succeeds {
		return
	}
	if a.Effect() == connector.EffectIdempotent {
		if w.applied[id] {
			return
		}
		w.applied[id] = true
	}
	c.Changed = true
	w.ledger.changed(c)
	if w.model.there != nil {
		w.model.apply(touches(c))
	}
}

// keyed names a call by its operation and its idempotency key.
func (c *Call) keyed() string { return c.attempt.Operation.Name + "\x00" + c.attempt.IdempotencyKey }

// knowsKey reports whether the service answers a call as it did before.
func (w *World) knowsKey(c *Call) bool {
	return sends(c) && !w.plan.Forgets && w.answers[c.keyed()] != nil
}

// sameKey holds the key of a step against that of its call before.
func (w *World) sameKey(c *Call) {
	key := c.attempt.IdempotencyKey
	if before, known := w.told[c.Step]; known && before != key && !w.ledger.tookBack(c.Step) {
		w.keyBroken = append(w.keyBroken, c.Step)
	}
	w.told[c.Step] = key
}

// elapsed is how long a call took.
func (c *Call) elapsed() time.Duration { return c.Ended.Sub(c.At) }
