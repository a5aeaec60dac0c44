package check

import (
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
)

// labels checks labels: {name: value}, by which runs are found. They are made
// of inputs alone, so that they are known before anything runs.
func (c *checker) labels(n *node) {
	if n == nil || n.IsNull() {
		return
	}
	if n.Kind != mapNode {
		c.fail(n, "wrong-type", `write ‹labels: {customer: "${ctx.customer}"}›`, "labels must be a map of names, found %s", describe(n))
		return
	}
	if len(n.Keys()) > fields.MaxLabels {
		c.fail(n, "out-of-range", "keep those by which runs are looked for", "a flow has at most %d labels, found %d", fields.MaxLabels, len(n.Keys()))
	}
	sc := &scope{check: c, frame: c.root, ctx: c.newCtxScope(c.program.Inputs), labels: true}
	for i, key := range n.Keys() {
		name, ok := c.plainName(key, "a label")
		if !ok {
			continue
		}
		v := c.value(n.Items()[i], fields.LabelField, sc, "labels."+name)
		if c.secretBinding(v) {
			c.fail(n.Items()[i], "secret-label", "labels are stored and listed as they are: take an input that is no secret", "label %s holds a secret", name)
		}
		c.worldlyLabel(n.Items()[i])
		c.program.Labels = append(c.program.Labels, interp.Label{Name: name, Value: v})
	}
}

// worldlyLabel reports a label that differs each time it is made.
func (c *checker) worldlyLabel(n *node) {
	if n.Kind != scalarNode || !bind.HasExpr(n.Text) {
		return
	}
	for _, name := range []string{"now()", "uuid()"} {
		if strings.Contains(n.Text, name) {
			c.fail(n, "label-source", "give the flow an input for it, or write it into a result", "labels are made of inputs, and cannot use %s", name)
			return
		}
	}
}

// notInLabels refuses what is not known before a run begins.
func notInLabels(ref bind.Ref) *bind.Problem {
	return &bind.Problem{
		Rule: "label-source", Message: "labels are made of inputs, and cannot use " + ref.String(),
		Help: "write ctx. and the name of an input",
	}
}
