package bind

import (
	"encoding/json"
	"testing"

	"github.com/medlar-flow/medlar/schema"
)

// A computed name of a header finds it in any case; a literal one in the wrong case is
// told by the check.
func TestNamesOfHeaders(t *testing.T) {
	tests := []struct{ expr, value string }{
		{"ctx.headers[ctx.name]", `"42"`},
		{"ctx.headers[ctx.name] ?? 'none'", `"42"`},
		{"ctx.headers['X-' + 'Request-Id']", `"42"`},
		{"ctx.headers[ctx.any]", `"42"`},
		{"ctx.headers['x-request-id']", `"42"`},
		{"ctx.headers['x-other']", `null`},
		{"ctx.name in ctx.headers", `true`},
		{"ctx.name not in ctx.headers", `false`},
		{"get(ctx.headers, ctx.name)", `"42"`},
		{"map(ctx.names, ctx.headers[#])", `["42",null]`},
		{"filter(ctx.names, # in ctx.headers)", `["X-Request-ID"]`},
		{"(ctx.on ? ctx.headers : ctx.headers)[ctx.name]", `"42"`},
		{"ctx.plain[ctx.name]", `null`},
		{"ctx.name in ctx.plain", `false`},
	}
	s := &testScope{bindings: map[Ref]Binding{}, problems: map[Ref]Problem{}}
	text := typed("", schema.String)
	s.add(Ref{"ctx", ""}, Binding{Type: object(
		&schema.Field{Name: "headers", Type: schema.Map, Elem: text, Keys: schema.LowerKeys},
		&schema.Field{Name: "plain", Type: schema.Map, Elem: text},
		typed("name", schema.String), typed("any", schema.Any), listField("names", text), typed("on", schema.Boolean),
	)})
	headers := map[string]any{"x-request-id": "42"}
	vars := testVars{map[string]any{
		"headers": headers, "plain": headers, "name": "X-Request-ID", "any": "X-Request-Id",
		"names": []any{"X-Request-ID", "Nope"}, "on": true,
	}}
	e := NewEngine()
	for _, tt := range tests {
		p, problems := e.Compile("${"+tt.expr+"}", s)
		if p == nil {
			t.Errorf("%s: %v", tt.expr, problems)
			continue
		}
		v, err := p.Eval(vars)
		if got, _ := json.Marshal(v); err != nil || string(got) != tt.value { //nolint:errcheck,errchkjson // values of flows can be written
			t.Errorf("%s: got %s, %v, want %s", tt.expr, got, err, tt.value)
		}
	}
	for _, expr := range []string{"ctx.headers['X-Request-ID']", "'X-Request-ID' in ctx.headers", "get(ctx.headers, 'X-Request-ID')"} {
		if p, _ := e.Compile("${"+expr+"}", s); p != nil {
			t.Errorf("%s is taken", expr)
		}
	}
}
