package faults

import (
	"strings"

	"github.com/medlar-flow/medlar/connector"
)

// model is what there is in the world, as far as operations say what they make,
// remove and need.
type model struct {
	there map[string]bool // what is known to be there, or not to be
	// begin is what there was before anything was called; open are the things of
	// which a test says what cannot be: nothing is known of them.
	begin map[string]bool
	open  map[string]bool
	// raced are those of which a branch beside says it: the test shows one of the
	// orders that these can have.
	raced map[string]bool
	by    map[string]*Call // which call changed a thing
}

// touches returns what a call makes, removes and needs. Things of different
// connections are different ones.
func touches(c *Call) []connector.Touch {
	a := &c.attempt
	if a.Operation.Touches == nil {
		return nil
	}
	list := a.Operation.Touches(a.Params)
	if a.Connection == nil || len(list) == 0 {
		return list
	}
	apart := make([]connector.Touch, len(list))
	for i, t := range list {
		t.Thing = a.Connection.Key + "\x00" + t.Thing
		apart[i] = t
	}
	return apart
}

// Touch reports whether two calls touch the same thing, and one of them makes or
// removes it.
func Touch(a, b *Call) bool {
	for _, x := range touches(a) {
		for _, y := range touches(b) {
			if (x.Does != connector.Needs || y.Does != connector.Needs) && (below(x.Thing, y.Thing) || below(y.Thing, x.Thing)) {
				return true
			}
		}
	}
	return false
}

func below(thing, outer string) bool {
	return thing == outer || strings.HasPrefix(thing, outer+"/")
}

// learned returns the model that the run of a test shows: what was made was not
// there before, what was removed or needed was.
func (w *World) learned() model {
	m := model{there: map[string]bool{}, begin: map[string]bool{}, open: map[string]bool{}, raced: map[string]bool{}, by: map[string]*Call{}}
	for _, c := range w.calls {
		for _, t := range touches(c) {
			if by := m.by[t.Thing]; by != nil && w.Beside(by.Step, c.Step) {
				m.raced[t.Thing] = true
				continue
			}
			m.learn(t, c)
		}
		if c.Changed {
			m.apply(touches(c))
			for _, t := range touches(c) {
				m.by[t.Thing] = c
			}
		}
	}
	m.there, m.by = nil, nil
	return m
}

// Remember takes over what there is at the beginning from a run of the same test
// without faults.
func (w *World) Remember(base *World) { w.model = base.learned().fresh() }

// learn takes over what the answer to a call says.
func (m *model) learn(t connector.Touch, c *Call) {
	if t.Code == "" || !c.answered || c.Auto {
		return // it is answered alike whether the thing is there or not
	}
	was := t.Does != connector.Makes
	switch {
	case c.Failed == nil:
	case c.Failed.Code == t.Code:
		was = !was
	default:
		return
	}
	known, told := m.there[t.Thing]
	switch {
	case !told:
		m.begin[t.Thing], m.there[t.Thing] = was, was
	case known != was:
		m.open[t.Thing] = true
	}
}

// apply takes over what a call has changed.
func (m *model) apply(list []connector.Touch) {
	for _, t := range list {
		switch t.Does {
		case connector.Makes:
			m.there[t.Thing] = true
		case connector.Removes:
			for thing := range m.begin {
				if below(thing, t.Thing) {
					m.there[thing] = false
				}
			}
			for thing := range m.there {
				if below(thing, t.Thing) {
					m.there[thing] = false
				}
			}
			m.there[t.Thing] = false
		default:
		}
	}
}

// fresh returns the model at the beginning of another run of the same test.
func (m model) fresh() model {
	m.there = make(map[string]bool, len(m.begin))
	for thing, there := range m.begin {
		m.there[thing] = there
	}
	return m
}

// refusal returns the failure of a call that asks for what cannot be: to make
// what is there, to remove or to use what is not; nil for none. sure is true
// where the model knows everything that the call touches. What branches race for
// counts where their order does.
func (m *model) refusal(list []connector.Touch, ordered bool) (refused *connector.Touch, sure bool) {
	sure = len(list) > 0
	for i, t := range list {
		there, told := m.there[t.Thing]
		if !told || m.open[t.Thing] || m.raced[t.Thing] && !ordered {
			sure = false
			continue
		}
		if t.Code != "" && there == (t.Does == connector.Makes) {
			return &list[i], true
		}
	}
	return nil, sure
}

// consistent returns the answer that goes with what there is: own, unless it
// says that something is done that cannot be, or the other way about.
func (w *World) consistent(c *Call, own *Reply) *Reply {
	list := touches(c)
	if len(list) == 0 || w.model.there == nil || w.knowsKey(c) {
		return own
	}
	refused, sure := w.model.refusal(list, w.turns != nil || w.plan.Order != 0)
	switch {
	case refused != nil && own.Err == nil:
		return &Reply{After: own.After, Err: &connector.Error{
			Code: refused.Code, Class: classOf(c.attempt.Operation, refused.Code), Message: "as there is", Outcome: connector.OutcomeFailed,
		}}
	case refused == nil && sure && own.Err != nil && says(list, own.Err.Code):
		c.Auto = true
		return w.made(c.attempt.Operation.Result())
	}
	return own
}

// says reports whether a code is one of those that say what there is.
func says(list []connector.Touch, code string) bool {
	for _, t := range list {
		if t.Code == code {
			return true
		}
	}
	return false
}

func classOf(op *connector.Operation, code string) connector.Class {
	for _, known := range op.Errors {
		if known.Code == code {
			return known.Class
		}
	}
	return connector.ClassInvalid
}
