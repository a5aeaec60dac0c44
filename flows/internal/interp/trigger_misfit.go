package interp

import (
	"strings"

	"github.com/medlar-flow/medlar/internal/regex"
)

// Misfit is a part of a trigger that cannot be made of an event.
type Misfit struct {
	Part, Input string
	Reads       [][]string
}

// Misfits lists what of the trigger cannot be made of an event.
func (t *Trigger) Misfits(e Event) []Misfit {
	var list []Misfit
	if _, err := t.Wants(e); err != nil {
		list = append(list, Misfit{Part: "if", Reads: eventReads(t.If)})
	}
	if _, err := t.Identity(e); err != nil {
		list = append(list, Misfit{Part: "id", Reads: eventReads(t.ID)})
	}
	inputs, ok := t.With.(*MapValue)
	if !ok {
		if _, err := t.Inputs(e); err != nil {
			list = append(list, Misfit{Part: "with", Reads: eventReads(t.With)})
		}
		return list
	}
	for i, item := range inputs.Items {
		if _, err := evalWith(item, e.vars()); err != nil {
			list = append(list, Misfit{Part: "with", Input: inputs.Keys[i], Reads: eventReads(item)})
		}
	}
	return list
}

var (
	memberRead = regex.Late{Text: `\brequest(?:\??\.[A-Za-z_][A-Za-z0-9_]*|(?:\?\.)?\[(?:'[^']*'|"[^"]*")\])+`}
	oneMember  = regex.Late{Text: `\.([A-Za-z_][A-Za-z0-9_]*)|\['([^']*)'\]|\["([^"]*)"\]`}
)

// eventReads returns the members of a request that the expressions of a value name.
func eventReads(v Value) (list [][]string) {
	switch x := v.(type) {
	case *Binding:
		for _, text := range memberRead.Get().FindAllString(x.Program.Text(), -1) {
			path := []string{"request"}
			for _, m := range oneMember.Get().FindAllStringSubmatch(strings.TrimPrefix(text, "request"), -1) {
				path = append(path, m[1]+m[2]+m[3])
			}
			list = append(list, path)
		}
	case ListValue:
		for _, item := range x {
			list = append(list, eventReads(item)...)
		}
	case *MapValue:
		for _, item := range x.Items {
			list = append(list, eventReads(item)...)
		}
	case *DynamicMap:
		for i, item := range x.Items {
			list = append(append(list, eventReads(x.Keys[i])...), eventReads(item)...)
		}
	}
	return list
}
