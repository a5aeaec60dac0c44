package editor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
)

// callKeys are the keys of a call whatever its operation. What calls adds to
// them is not offered before the operation is known.
func (e *editorSchema) callKeys() JsonObject {
	flag := func(doc string) JsonObject { return documented(e.value(fields.BooleanField, "", fixedSlot), doc) }
	return JsonObject{
		"call":       e.operationNames(),
		"with":       true,
		"connection": true,
		"retry":      e.retry(),
		"timeout":    e.timeout("The longest that one attempt may take."),
		"undo":       e.undo(),
		"idempotent": flag("Say true where a second call does no harm: it is tried again even where nobody knows whether the first worked."),
		"atMostOnce": flag("Say true where it must never be started a second time: where nobody knows whether it worked, the step fails with OutcomeUnknown."),
		"sensitive":  flag("Say true to treat all parameters and the whole result as secrets."),
	}
}

// operationNames offers every operation under its name, and accepts its other
// spellings.
func (e *editorSchema) operationNames() JsonObject {
	var names, docs []any
	for _, op := range e.operations() {
		names, docs = append(names, op.Name), append(docs, op.Summary)
	}
	if len(names) == 0 {
		return JsonObject{"anyOf": []any{false}}
	}
	offered := JsonObject{
		"enum": names, "enumDescriptions": docs,
		"errorMessage": "There is no such operation. `runner ops` lists them.",
	}
	spelt := JsonObject{"type": "string", "pattern": e.spellings()}
	return JsonObject{"anyOf": []any{offered, JsonObject{"if": spelt, "else": false}}}
}

// spellings is a pattern for every name of every operation.
func (e *editorSchema) spellings() string {
	var patterns []string
	for _, c := range e.connectors() {
		var names []string
		for _, op := range c.Operations {
			names = append(names, operationSpellings(op)...)
		}
		if len(names) > 0 {
			patterns = append(patterns, callPattern(c, names))
		}
	}
	if source := e.registry.Source(); source != nil {
		patterns = append(patterns, sourcePattern(source, e.registry.Opened()))
	}
	return strings.Join(patterns, "|")
}

// sourcePattern is a pattern for every operation of a source's connectors that
// the schema does not know one by one.
func sourcePattern(source connector.Source, opened []*connector.Connector) string {
	var names []string
	for _, o := range source.Offers() {
		if !slices.ContainsFunc(opened, func(c *connector.Connector) bool { return c.Name == o.Name }) {
			names = append(append(names, o.Name), o.Aliases...)
		}
	}
	return `^(?:` + source.Prefix() + `\.[A-Za-z][A-Za-z0-9_]*|` + strings.Join(names, "|") + `)\.[A-Za-z][A-Za-z0-9_]*$`
}

// connectors are those of the registry, and those of its source that were asked
// for.
func (e *editorSchema) connectors() []*connector.Connector {
	return append(e.registry.Connectors(), e.registry.Opened()...)
}

func (e *editorSchema) operations() []*connector.Operation {
	ops := e.registry.Operations()
	for _, c := range e.registry.Opened() {
		ops = append(ops, c.Operations...)
	}
	return ops
}

func operationSpellings(op *connector.Operation) []string {
	_, short, _ := strings.Cut(op.Name, ".")
	return append([]string{short}, op.Aliases...)
}

// callPattern is a pattern for operations of a connector; their names have
// letters, digits and _ alone.
func callPattern(c *connector.Connector, names []string) string {
	return ownerPattern(c) + `(?:` + strings.Join(names, "|") + `)$`
}

func ownerPattern(c *connector.Connector) string {
	return `^(?:` + strings.Join(append([]string{c.Name}, c.Aliases...), "|") + `)\.`
}

// whereCalls applies js to the steps whose call matches a pattern.
func whereCalls(pattern string, js JsonObject) JsonObject {
	return JsonObject{
		"if": JsonObject{
			"type": "object", "required": []any{"call"},
			"properties": JsonObject{"call": JsonObject{"type": "string", "pattern": pattern}},
		},
		"then": js,
	}
}

// calls says for each connector what a call of its operations takes.
func (e *editorSchema) calls() []any {
	list := []any{JsonObject{}} // allOf is never empty
	for _, c := range e.connectors() {
		list = append(list, whereCalls(ownerPattern(c), e.connectorCalls(c)))
	}
	return list
}

// connectorCalls is a definition for each connector, so that a call is compared
// with the names of its own connector alone.
func (e *editorSchema) connectorCalls(c *connector.Connector) JsonObject {
	return e.define("calls."+c.Name, func() JsonObject {
		list := []any{JsonObject{"properties": JsonObject{"connection": e.connectionUse(c)}}}
		for _, op := range c.Operations {
			list = append(list, whereCalls(callPattern(c, operationSpellings(op)), e.operation(op)))
		}
		return JsonObject{"allOf": list}
	})
}

// operation is what a call of one operation takes.
func (e *editorSchema) operation(op *connector.Operation) JsonObject {
	return e.define("operation."+op.Name, func() JsonObject {
		call := JsonObject{"description": op.Summary, "markdownDescription": operationDoc(op)}
		with := e.object(op.Params(), "with."+op.Name)
		js := JsonObject{}
		if needsParameters(op) {
			// Inside allOf, so that no editor offers the operation itself as a key.
			js["allOf"] = []any{JsonObject{"required": []any{"with"}}}
		} else {
			with = optional(with)
		}
		js["properties"] = JsonObject{"call": call, "with": documented(with, "The parameters of "+op.Name+".")}
		return js
	})
}

func needsParameters(op *connector.Operation) bool {
	for _, f := range op.Params().Fields() {
		if isDemanded(f) {
			return true
		}
	}
	return false
}

// operationDoc is what an editor shows of an operation, in Markdown.
func operationDoc(op *connector.Operation) string {
	parts := []string{fmt.Sprintf("%s (%s)", op.Summary, op.Effect)}
	if text := strings.TrimSpace(op.Description); text != "" {
		parts = append(parts, text)
	}
	for _, n := range op.Notes() {
		if label, text := n.Note(); text != "" {
			parts = append(parts, label+": `"+text+"`")
		}
	}
	if op.URL != "" {
		parts = append(parts, "[Reference]("+op.URL+")")
	}
	return strings.Join(parts, "\n\n")
}
