package check

import (
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

func (w *stepCheck) call() {
	name := w.text(w.body, "call")
	op, ok := w.registry.Operation(name)
	if !ok {
		w.unclear = true
		if name != "" {
			w.unknownOperation(name)
		}
		w.unknownCall()
		return
	}
	call := &interp.CallStep{Op: op, Owner: w.registry.Owner(op)}
	w.st.Do = call
	w.offered(name, op)
	if v, ok := w.option(w.n, "idempotent", fields.BooleanField, "step"); ok {
		call.Idempotent = v.(bool)
	}
	w.atMostOnce(call)
	if v, ok := w.option(w.n, "sensitive", fields.BooleanField, "step"); ok {
		call.Sensitive = v.(bool)
	}
	params := op.Params()
	secret := w.loader.secrecyOf(op)
	call.HasSecrets, call.Gives = call.Sensitive || secret.params, call.Sensitive || secret.result
	call.Connection = w.connection(call.Owner)
	w.parameters(call, params)
	result := w.resultOf(op)
	w.undo(result, op.Name)
	w.finish(result, op.Name, call.Sensitive)
}

// atMostOnce reads the key of that name, which has a meaning only where a
// second call could do something twice.
func (w *stepCheck) atMostOnce(call *interp.CallStep) {
	v, ok := w.option(w.n, "atMostOnce", fields.BooleanField, "step")
	if !ok || v != true {
		return
	}
	switch key := w.n.Key("atMostOnce"); {
	case call.Idempotent:
		w.fail(key, "two-promises", "leave one of them out", "idempotent says that the call may be made twice, atMostOnce that it may not")
	case call.Op.Effect == connector.EffectReadOnly:
		w.warn(key, "no-effect", "leave it out", "%s changes nothing: it may be called again", call.Op.Name)
	default:
		call.AtMostOnce = true
		if retry := w.n.Key("retry"); retry != nil && call.Op.CallEffect == nil {
			w.warn(retry, "no-effect", "leave it out: what was surely not done, the call itself sends again; a retry of a block around it may repeat that, too",
				"no retry repeats a call with atMostOnce")
		}
	}
}

// unknownCall goes on with a step whose operation is not known, so that its
// expressions are checked, and so that references to it are no mistakes.
func (w *stepCheck) unknownCall() {
	if with := w.n.Get("with"); with != nil {
		w.value(with, nil, w.callScope(), "with")
	}
	free := func() *schema.Field { return fields.Anything }
	w.undo(free, "")
	w.finish(free, "", false)
}

// callScope is what the parameters of the call can see.
func (w *stepCheck) callScope() *scope {
	sc := *w.sc
	sc.call = true
	return &sc
}

func (w *stepCheck) unknownOperation(name string) {
	prefix, _, dotted := strings.Cut(name, ".")
	owner, known := w.registry.Connector(prefix)
	switch help := w.foreignCall(name); {
	case help != "":
		w.fail(w.body, "unknown-operation", help, "there is no operation %q", name)
	case !dotted:
		w.fail(w.body, "unknown-operation", "an operation is written connector.operation, such as lambda.invoke", "there is no operation %q", name)
	case !known:
		w.fail(w.body, "unknown-operation", w.suggestConnector(prefix), "there is no connector %q", prefix)
	default:
		var names []string
		for _, op := range owner.Operations {
			names = append(names, op.Name)
		}
		help := diag.DidYouMean(owner.Name+strings.TrimPrefix(name, prefix), names)
		w.fail(w.body, "unknown-operation", strings.TrimSpace(help+" runner ops "+owner.Name+" lists them"), "there is no operation %q", name)
	}
}

// offered checks whether an operation can be called, and whether its name means
// what the writer may think.
func (w *stepCheck) offered(name string, op *connector.Operation) {
	if op.Refused != "" {
		w.fail(w.body, "refused-operation", "", "%s cannot be called: %s", op.Name, op.Refused)
	}
	if prefix, _, _ := strings.Cut(name, "."); w.registry.Shadows(prefix) {
		source := w.registry.Source().Prefix()
		w.warn(w.body, "shadowed-service", "write "+source+"."+name+" where "+source+"'s is meant",
			"%s is a connector of this program, and a service of %s, too", prefix, source)
	}
}

// suggestConnector returns the nearest name, also one of the registry's source.
func (w *stepCheck) suggestConnector(prefix string) string {
	var names []string
	for _, c := range w.registry.Connectors() {
		names = append(names, c.Name)
	}
	if source := w.registry.Source(); source != nil {
		if help := diag.DidYouMean(prefix, append(source.Names(), names...)); help != "" {
			return help
		}
	}
	return diag.Suggest(prefix, names, "connectors are")
}

// logConnector is the connector whose parameters everybody sees who reads the
// run's log.
const logConnector = "log"

func (w *stepCheck) parameters(call *interp.CallStep, params *schema.Schema) {
	with, at := w.n.Get("with"), w.body
	switch {
	case with == nil || with.IsNull():
		with = &node{Kind: mapNode, Line: at.Line, Col: at.Col}
	case with.Kind != mapNode:
		w.fail(with, "wrong-type", withHelp(with, params), "with must be a map, found %s", describe(with))
		return
	default:
		at = w.n.Key("with")
	}
	before := len(w.diags)
	call.Params = w.parametersOf(with, params, w.callScope(), "with", at, call.Op.Hints)
	call.Taint = interp.Taint(call.Params, call.ParamsField())
	w.together(call, with)
	if call.Owner.Name == logConnector {
		w.warnSecrets(with, call.Params, "with", "leave it out: it is shown as ***")
	}
	fixed, ok := call.Params.(interp.Constant)
	if !ok || len(w.diags) > before {
		return
	}
	converted, err := params.Convert(fixed.V.(map[string]any))
	if err != nil && (len(w.beside) > 0 || w.broken) {
		return // a parameter is there, and in the wrong place or not to be read
	}
	if err != nil {
		w.fieldErrors(with, err, "with")
		return
	}
	call.Params, call.Converted = interp.Constant{V: converted}, true
}

// together has the operation look at its parameters together.
func (w *stepCheck) together(call *interp.CallStep, with *node) {
	if call.Op.Check == nil || w.forgives() {
		return
	}
	given := connector.Given{Params: w.knownOf(call.Params, with, w.sc, call.Op.Params())}
	if use := call.Connection; use != nil && use.Plan != nil {
		given.Connection = w.knownOf(use.Plan.Params, nil, nil, call.Owner.Connection)
	}
	for _, m := range call.Op.Check(given) {
		at := w.body
		if with != nil {
			switch key, value := with.Find(spelt(m.Param, with, call.Op.Params())); {
			case key != nil:
				at = key
			case value != with: // an element of a list
				at = value
			}
		}
		if m.Maybe {
			w.warn(at, m.Rule, m.Help, "%s", m.Message)
			continue
		}
		w.fail(at, m.Rule, m.Help, "%s", m.Message)
	}
}

// connectionTogether has the connector look at the parameters of a connection
// together.
func (c *checker) connectionTogether(plan *interp.ConnectionPlan, owner *connector.Connector, body, at *node) {
	if owner.CheckConnection == nil || c.loader.lenient {
		return
	}
	known := c.knownOf(plan.Params, body, nil, owner.Connection)
	c.readKnown(known, plan.Params, owner.Connection)
	for _, m := range owner.CheckConnection(connector.Given{Params: known}) {
		place, value := body.Find(m.Param)
		switch {
		case value != body && value.Kind == scalarNode:
			place = value
		case place == nil:
			place = at
		}
		if m.Maybe {
			c.warn(place, m.Rule, m.Help, "%s", m.Message)
		} else {
			c.fail(place, m.Rule, m.Help, "%s", m.Message)
		}
	}
}

// mostKnown bounds a file that a check looks into, in bytes.
const mostKnown = 1 << 20

// readKnown puts the content of files into the parameters of a connection that
// are read from them, as far as it is there: a certificate that is none is found
// before anything runs.
func (c *checker) readKnown(known map[string]any, v interp.Value, params *schema.Schema) {
	m, ok := v.(*interp.MapValue)
	if !ok {
		return
	}
	for i, name := range m.Keys {
		file, ok := m.Items[i].(*interp.FileValue)
		f := params.Field(name)
		if !ok || f == nil || file.Unread {
			continue
		}
		if content, err := readfile.FS(c.loader.fsys, file.Path, mostKnown); err == nil {
			known[f.Name] = content
		}
	}
}

// connection finds the connection of a call; nil where it needs none.
func (w *stepCheck) connection(owner *connector.Connector) *interp.ConnectionUse {
	n := w.n.Get("connection")
	if owner.Connection == nil {
		if n != nil {
			w.fail(n, "no-connection", "leave it out", "connector %s takes no connection", owner.Name)
		}
		return nil
	}
	switch {
	case n == nil:
		return w.defaultConnection(owner)
	case n.Kind == mapNode:
		plan := &interp.ConnectionPlan{Name: "", At: w.src.At(n), Inline: true}
		n = w.gated(plan, owner, n)
		plan.Params = w.connectionParameters(owner, n, w.sc, "connection", n)
		w.connectionTogether(plan, owner, n, n)
		return &interp.ConnectionUse{Plan: plan}
	}
	name := w.text(n, "connection")
	decl := w.connections[name]
	w.unclear = w.unclear || decl == nil
	if decl == nil {
		if name != "" {
			known := value.SortedKeys(w.connections)
			w.fail(n, "unknown-connection", diag.Suggest(name, known, "connections are"), "there is no connection %q", name)
		}
		return &interp.ConnectionUse{}
	}
	if decl.owner != nil && decl.owner != owner && (owner.Family == "" || decl.owner.Family != owner.Family) {
		w.unclear = true
		w.fail(n, "wrong-connection", w.connectionHelp(owner), "connection %s is for %s, this step calls %s", name, decl.owner.Name, owner.Name)
	}
	return &interp.ConnectionUse{Plan: w.usePlan(decl, w.sc)}
}

// defaultConnection is the one named like the connector, or like its family.
func (w *stepCheck) defaultConnection(owner *connector.Connector) *interp.ConnectionUse {
	if len(w.connections) == 0 {
		return &interp.ConnectionUse{}
	}
	for _, name := range append([]string{owner.Name}, append(owner.Aliases, owner.Family)...) {
		if decl := w.connections[name]; decl != nil {
			return &interp.ConnectionUse{Plan: w.usePlan(decl, w.sc)}
		}
	}
	return &interp.ConnectionUse{}
}
