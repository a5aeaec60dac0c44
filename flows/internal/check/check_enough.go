package check

import (
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// enough checks how many branches or items have to succeed, of n, where that is known;
// else n is -1. It is nil where all have to.
func (w *stepCheck) enough(n int64, kind string) interp.Value {
	at := w.n.Get("enough")
	if at == nil {
		return nil
	}
	v := w.howMany(at, kind)
	if fixed, ok := v.(interp.Constant); ok && n >= 0 {
		if need, ok := fixed.V.(int64); ok && need > n {
			w.fail(at, "out-of-range", enoughHelp(n, kind), "enough is %d, and the number of %s is %d", need, kind, n)
		}
	}
	if key := w.n.Key("onError"); key != nil && !w.saidAt(key) {
		help := "leave it out: ‹enough:› goes on where one fails, too, and the step's result has the errors"
		if w.st.Id != "" {
			help += ": steps." + w.st.Id + ".errors"
		}
		w.fail(key, "unknown-key", help, "onError and enough do not go together")
	}
	if v == nil {
		return interp.Constant{} // it is there, whatever is wrong with it
	}
	return v
}

// howMany checks the number.
func (w *stepCheck) howMany(at *node, kind string) interp.Value {
	help := ""
	if at.Kind == scalarNode && !bind.HasExpr(at.Text) {
		help = habits.HowMany(at.Text, kind)
	}
	switch {
	case help != "":
		w.fail(at, "wrong-type", help, "enough takes how many of the %s have to succeed, found %s", kind, describe(at))
		return nil
	case at.IsNull():
		w.fail(w.n.Key("enough"), "missing-parameter", "write ‹enough: 1›, or leave it out: then all have to succeed", "enough needs how many of the %s have to succeed", kind)
		return nil
	}
	return w.value(at, fields.EnoughField, w.sc, "enough")
}

func enoughHelp(n int64, kind string) string {
	if n == 0 {
		return "leave it out, or give it " + kind
	}
	return "write ‹enough: " + strconv.FormatInt(n, 10) + "› at most; without it all of them have to succeed"
}

// isOne reports whether one branch is enough, whatever the run is given.
func isOne(enough interp.Value) bool {
	fixed, ok := enough.(interp.Constant)
	return ok && fixed.V == int64(1)
}

// lengthOf returns how many items a loop has that stand in the flow; -1 where that is
// not known.
func (w *stepCheck) lengthOf(do *interp.ForEachStep) int64 {
	switch x := do.Items.(type) {
	case interp.ListValue:
		return int64(len(x))
	case interp.Constant:
		switch v := x.V.(type) {
		case []any:
			return int64(len(v))
		case map[string]any:
			return int64(len(v))
		}
	}
	text := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(w.body.Text), "${"), "}")
	from, to, ok := strings.Cut(text, "..")
	if do.Ranged == nil || !ok {
		return -1
	}
	first, err := strconv.ParseInt(strings.TrimSpace(from), 10, 64)
	last, bad := strconv.ParseInt(strings.TrimSpace(to), 10, 64)
	if err != nil || bad != nil {
		return -1
	}
	return max(0, last-first+1)
}

// enoughItems is the result of a loop of which some items are enough.
func enoughItems(field func() *schema.Field) func() *schema.Field {
	items := *field()
	items.Name = "items"
	failure := *interp.ErrorField
	failure.Name = "error"
	result := fields.ObjectOf([]*schema.Field{&items, {
		Name: "won", Type: schema.List, Elem: &schema.Field{Type: schema.Integer},
	}, {
		Name: "errors", Type: schema.List,
		Elem: fields.ObjectOf([]*schema.Field{{Name: "index", Type: schema.Integer}, &failure}),
	}})
	return func() *schema.Field { return result }
}
