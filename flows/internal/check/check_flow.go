package check

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// subFlow checks a call of another flow file.
func (w *stepCheck) subFlow() {
	do := &interp.SubFlowStep{}
	w.st.Do = do
	result := fields.Anything
	if sub := w.calledFlow(); sub != nil {
		do.Program = sub
		w.signalsInLoop(sub)
		w.flowInputs(do, sub)
		w.flowConnections(do, sub)
		result = sub.GivenType
		if do.Taint = interp.Taint(do.Inputs, &schema.Field{Type: schema.Object, Members: sub.Inputs}); made(do.Taint, sub.Inputs) {
			result = &schema.Field{Nullable: true, Secret: true}
		}
	} else if with := w.n.Get("with"); with != nil {
		w.value(with, nil, w.sc, "with")
	}
	if result == nil {
		result = fields.Anything
	}
	field := func() *schema.Field { return result }
	w.undo(field, "flow")
	w.finish(field, w.body.Text, false)
	if info := w.steps[w.st.Id]; info != nil && do.Program != nil && result.Type == schema.Any && len(do.Program.GivenTypes) > 1 {
		info.called = do.Program
	}
}

// made reports whether an input that the flow does not call secret is made of
// one. What the flow makes of it is not followed, so all of it is secret.
func made(taint *schema.Field, inputs *schema.Schema) bool {
	if taint == nil {
		return false
	}
	return slices.ContainsFunc(taint.Members.Fields(), func(f *schema.Field) bool {
		input := inputs.Field(f.Name)
		return input != nil && !input.HasSecret()
	})
}

// calledFlow loads the file that the step names.
func (w *stepCheck) calledFlow() *interp.Program {
	name := w.text(w.body, "flow")
	if name == "" {
		return nil
	}
	full := path.Join(path.Dir(w.src.Name), name)
	if path.IsAbs(name) || !fs.ValidPath(full) || strings.Contains(name, `\`) {
		w.fail(w.body, "bad-path", "give a path relative to this file, with /, below the root folder", "the path %q leads out of the root folder", name)
		return nil
	}
	if cycle := w.loader.cycle(full); cycle != nil {
		w.fail(w.body, "flow-cycle", "a flow cannot call itself, also not by way of others", "flows call each other in a circle: %s", strings.Join(cycle, " → "))
		return nil
	}
	if _, seen := w.loader.programs[full]; !seen {
		if _, problem := readFile(w.loader.fsys, full); problem != nil {
			w.loader.programs[full], w.loader.unread[full] = nil, problem
		}
	}
	if problem := w.loader.unread[full]; problem != nil {
		w.fail(w.body, problem.Rule, problem.Help, "%s: %s", full, problem.Message)
	}
	sub := w.loader.load(full)
	if sub != nil && sub.SecretsTakeInputs != "" {
		w.fail(w.body, "secret-takes-inputs", "give that connection without ctx, such as by env, or give the flow the secret as an input",
			"%s can only be run by itself: its secret %s is read before any step, with a connection that depends on its inputs", full, sub.SecretsTakeInputs)
	}
	return sub
}

func (w *stepCheck) flowInputs(do *interp.SubFlowStep, sub *interp.Program) {
	with, at := w.n.Get("with"), w.body
	switch {
	case with == nil || with.IsNull():
		with = &node{Kind: mapNode, Line: at.Line, Col: at.Col}
	case with.Kind != mapNode:
		w.fail(with, "wrong-type", "write the flow's inputs as ‹with: {name: value}›", "with must be a map, found %s", describe(with))
		return
	default:
		at = w.n.Key("with")
	}
	w.shapes = true
	do.Inputs = w.object(with, sub.Inputs, w.sc, "with", at)
	w.shapes = false
}

// flowConnections gives the inner flow connections of this one.
func (w *stepCheck) flowConnections(do *interp.SubFlowStep, sub *interp.Program) {
	n := w.n.Get("connections")
	if n == nil {
		return
	}
	if n.Kind != mapNode {
		w.fail(n, "wrong-type", "write ‹connections: {inner name: name here}›", "connections must be a map, found %s", describe(n))
		return
	}
	do.Connections = map[string]*interp.ConnectionUse{}
	for i, key := range n.Keys() {
		if !sub.TakesConnection(key.Text, w.registry) {
			w.fail(key, "unknown-connection", "name a connection of that flow, or a connector", "%s has no connection %q", sub.File, key.Text)
			continue
		}
		name := w.text(n.Items()[i], "connections."+key.Text)
		decl := w.connections[name]
		if decl == nil {
			if name != "" {
				known := value.SortedKeys(w.connections)
				w.fail(n.Items()[i], "unknown-connection", diag.Suggest(name, known, "connections are"), "there is no connection %q", name)
			}
			continue
		}
		do.Connections[key.Text] = &interp.ConnectionUse{Plan: w.usePlan(decl, w.sc)}
	}
}
