package event

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/flows"
)

// Asked is what an event of a source asks for.
type Asked struct {
	Identity string // by which the event is known: its own, or that of the trigger's id
	ByID     bool   // it is that of the trigger's id
	Inputs   map[string]any
}

// Given returns what an event of a source asks for; nil where the trigger's if turns
// it away. value is what expressions see, identity the event's own, and now is when
// it was given. The error is an *InputError where the inputs do not fit.
func Given(flow *flows.Flow, t *flows.Trigger, value map[string]any, identity string, now time.Time) (*Asked, error) {
	e := flows.TriggerEvent{Value: value, Now: now}
	if wanted, err := t.Wants(e); err != nil || !wanted {
		return nil, err //nolint:wrapcheck // it names the place
	}
	a := &Asked{Identity: identity, Inputs: map[string]any{}}
	own, err := t.Identity(e)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the place
	}
	if own != "" {
		a.Identity, a.ByID = own, true
	}
	switch {
	case !t.ByName:
		a.Inputs, err = t.Inputs(e)
	case t.Event.Inputs != "":
		a.Inputs, err = byMembers(flow, t.Event.Inputs, value[t.Event.Inputs])
	}
	if err == nil {
		err = flow.CheckInputs(a.Inputs)
	}
	return a, err //nolint:wrapcheck // it names the place, or says all
}

// byMembers takes the inputs of a flow from the members of a value.
func byMembers(flow *flows.Flow, what string, v any) (map[string]any, error) {
	members, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the %s is no object, whose members would be the inputs: say by with what they are", what)
	}
	inputs := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		f := flow.Inputs().Field(name)
		if f == nil {
			return nil, fmt.Errorf("the %s has %s, and the flow has no such input", what, name)
		}
		if _, twice := inputs[f.Name]; twice {
			return nil, errors.New("the " + what + " gives the input " + f.Name + " twice")
		}
		inputs[f.Name] = members[name]
	}
	return inputs, nil
}
