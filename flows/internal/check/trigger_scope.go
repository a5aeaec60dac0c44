package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// triggerScope is what an expression of a trigger sees: names, in the order in
// which they are offered.
type triggerScope struct {
	names []string
	parts []string // of the path
	// headers are the names of those that a request has.
	headers *schema.Keys
	// event is the type of what a source of events gives, whose name is the first of
	// names; nil for other triggers.
	event *schema.Field
}

func (ts *triggerScope) roots() []string { return ts.names }

var (
	textMap  = &schema.Field{Type: schema.Map, Elem: &schema.Field{Type: schema.String}}
	tickType = &schema.Field{Type: schema.Object, Members: schema.MustNew(
		&schema.Field{Name: "time", Type: schema.Timestamp},
		&schema.Field{Name: "trigger", Type: schema.String},
	)}
)

// requestType is the type of request, for a path and headers with these names.
func requestType(parts []string, headers *schema.Keys) *schema.Field {
	path := make([]*schema.Field, len(parts))
	for i, name := range parts {
		path[i] = &schema.Field{Name: name, Type: schema.String}
	}
	members, err := schema.New(path...)
	if err != nil { // two names that are spelt alike, which is told elsewhere
		members = schema.MustNew()
	}
	named := func(name string, f *schema.Field) *schema.Field {
		out := *f
		out.Name = name
		return &out
	}
	return &schema.Field{Type: schema.Object, Members: schema.MustNew(
		&schema.Field{Name: "method", Type: schema.String},
		&schema.Field{Name: "path", Type: schema.Object, Members: members},
		named("query", textMap),
		&schema.Field{Name: "headers", Type: schema.Map, Elem: textMap.Elem, Keys: headers},
		&schema.Field{Name: "body", Nullable: true},
		&schema.Field{Name: "caller", Type: schema.String, Nullable: true},
		&schema.Field{Name: "time", Type: schema.Timestamp},
	)}
}

// find says what a reference in a trigger is.
func (ts *triggerScope) find(sc *scope, ref bind.Ref) (bind.Binding, *bind.Problem) {
	if !slices.Contains(ts.names, ref.Root) {
		return bind.Binding{}, ts.unknown(sc, ref)
	}
	if ts.event != nil && ref.Root == ts.names[0] {
		return bind.Binding{Slot: interp.EventSlot, Type: ts.event}, nil
	}
	switch ref.Root {
	case "env":
		return bind.Binding{Slot: sc.check.envSlot(ref.Name), Type: &schema.Field{Type: schema.String, Nullable: true}}, nil
	case "request":
		return bind.Binding{Slot: interp.RequestSlot, Type: requestType(ts.parts, ts.headers)}, nil
	case "tick":
		return bind.Binding{Slot: interp.TickSlot, Type: tickType}, nil
	case "output":
		return bind.Binding{Slot: interp.OutputSlot, Type: sc.check.program.OutputType}, nil
	case "error":
		return bind.Binding{Slot: interp.FailureSlot, Type: interp.ErrorField}, nil
	case "run":
		return bind.Binding{Slot: interp.RunSlot, Type: runField}, nil
	case "secrets":
		return sc.resolveSecret(ref.Name)
	default:
		return bind.Binding{Slot: interp.CtxSlot, Type: ctxField, Members: sc.ctx}, nil
	}
}

// unknown says why a name is not known where it stands.
func (ts *triggerScope) unknown(sc *scope, ref bind.Ref) *bind.Problem {
	p := &bind.Problem{Rule: bind.RuleUnknownName, Message: fmt.Sprintf("unknown name %q", ref.Root)}
	has := func(name string) bool { return slices.Contains(ts.names, name) }
	switch {
	case ts.event != nil && slices.Contains([]string{"ctx", "request", "tick"}, ref.Root):
		p.Help = "the inputs are made of the event: write " + ts.names[0] + ", which has " + strings.Join(ts.event.Members.Names(), ", ")
	case ref.Root == "ctx" && has("request"):
		p.Help = "the inputs are made here: write request.body, request.path, request.query or request.headers"
	case ref.Root == "ctx" && has("tick"):
		p.Help = "the inputs are made here: write tick.time"
	case ref.Root == "request" && has("tick"):
		p.Help = "a schedule has no request: write tick.time"
	case ref.Root == "tick" && has("request"):
		p.Help = "a route has no tick: write request.time"
	case ref.Root == "request" && has("output"):
		p.Help = "what is answered is made of ctx, run and output, which are kept with the run; give the flow an input"
	case ref.Root == "steps":
		p.Help = "let the flow's output hold it: output.NAME"
		if !has("output") {
			p.Help = "no step has run before the event"
		}
	case ref.Root == "error" && has("output"):
		p.Help = "an answer to failures has ‹on:›: ‹{on: NotFound, status: 404}›"
	case ref.Root == "output" && has("error"):
		p.Help = "a run that failed has no output"
	case ref.Root == "secrets":
		p.Help = "a trigger takes secrets in auth alone; a step may use them"
	case ref.Root == "env":
		p.Help = "a trigger knows nothing of the machine; a step may use env." + ref.Name
	case sc.ctx.schema().Field(ref.Root) != nil && has("ctx"):
		p.Help = "write ctx." + ref.Root
	case slices.Contains([]string{"body", "headers", "query", "path", "method"}, ref.Root) && has("request"):
		p.Help = "write request." + ref.Root
	default:
		p.Help = diag.Suggest(ref.Root, ts.names, "an expression begins with one of")
		if len(ts.names) == 1 {
			p.Help = "write " + strings.Join(ts.names, "")
		}
	}
	return p
}
