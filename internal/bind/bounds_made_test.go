package bind

import (
	"strings"
	"testing"
)

// What a text or a pattern that is made while a flow runs may need is bounded,
// and an error says which bound it was.
func TestBoundsOfWhatIsMade(t *testing.T) {
	half := strings.Repeat("x", maxProduced/2)
	var twice any = []any{half[:1<<20]}
	for range 20 {
		twice = []any{twice, twice}
	}
	tests := []struct {
		name, text string
		any        any // ctx.any
		want       string
	}{
		{"text", "${ctx.any}${ctx.any}x", half, "the text has more than 64 MiB"},
		{"text of that length", "${ctx.any}${ctx.any}", half, ""},
		{"text of one that holds itself", "so: ${ctx.any}", twice, "as JSON"},
		{"JSON of one that holds itself", "${json(ctx.any)}", twice, "needs too much memory"},
		{"a sum of texts", "${string(ctx.any) + string(ctx.any) + 'x'}", half, "needs too much memory"},
		{"a long pattern", "${'a' matches string(ctx.any)}", strings.Repeat("a", maxPattern+1), "more than 8192 bytes"},
		{"a vast pattern", "${'a' matches string(ctx.any)}", strings.Repeat(`([a-z]{1000})`, 20), "more than 10000 states"},
		{"a vast pattern to find", "${regexFind('a', string(ctx.any))}", strings.Repeat(`x{1,1000}`, 11), "more than 10000 states"},
		{"a vast pattern to find all", "${regexFindAll('a', string(ctx.any))}", strings.Repeat(`x{1,1000}`, 11), "more than 10000 states"},
		{"a vast pattern to replace", "${regexReplace('a', string(ctx.any), '')}", strings.Repeat(`x{1,1000}`, 11), "more than 10000 states"},
		{"no pattern", "${'a' matches string(ctx.any)}", "(", "does not compile"},
		{"a usual pattern", "${'a' matches string(ctx.any)}", "^[a-z]{1,100}$", ""},
		{"a large pattern for a long text", "${regexFind(padLeft('', 60000000), string(ctx.any))}", "x{500}y{500}z{500}[a-z]{900}", "takes too many steps"},
	}
	e, s := NewEngine(), newScope()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, problems := e.Compile(tt.text, s)
			if p == nil {
				t.Fatal(problems)
			}
			v := newVars()
			v[0].(map[string]any)["any"] = tt.any
			_, err := p.Eval(v)
			if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the error is %v, want %q", err, tt.want)
			}
		})
	}
}

// Patterns that are made in a loop are compiled once each, and not all kept.
func TestPatternsAreKept(t *testing.T) {
	var p patterns
	first, err := p.compile("^a+$")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := p.compile("^a+$"); err != nil || again != first {
		t.Errorf("a pattern is compiled twice: %v", err)
	}
	for i := range 10_000 {
		if _, err := p.compile(strings.Repeat("a", i%100) + "{9}" + strings.Repeat("b", i/100)); err != nil && !strings.Contains(err.Error(), "compile") {
			t.Fatal(err)
		}
	}
	if len(p.kept) > keptPatterns || p.states > keptStates {
		t.Errorf("%d patterns are kept, with %d states", len(p.kept), p.states)
	}
}
