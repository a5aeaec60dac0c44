package bind

import (
	"errors"
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
		{"JSON of one that holds itself", "${json(ctx.any)}", twice, "makes more than 64 MiB"},
		{"a sum of texts", "${string(ctx.any) + string(ctx.any) + 'x'}", half, "makes more than 64 MiB"},
		{"a long pattern", "${'a' matches string(ctx.any)}", strings.Repeat("a", maxPattern+1), "more than 8192 bytes"},
		{"a vast pattern", "${'a' matches string(ctx.any)}", strings.Repeat(`([a-z]{1000})`, 20), "more than 10000 states"},
		{"a vast pattern to find", "${regexFind('a', string(ctx.any))}", strings.Repeat(`x{1,1000}`, 11), "more than 10000 states"},
		{"a vast pattern to find all", "${regexFindAll('a', string(ctx.any))}", strings.Repeat(`x{1,1000}`, 11), "more than 10000 states"},
		{"a vast pattern to replace", "${regexReplace('a', string(ctx.any), '')}", strings.Repeat(`x{1,1000}`, 11), "more than 10000 states"},
		{"no pattern", "${'a' matches string(ctx.any)}", "(", "does not compile"},
		{"a usual pattern", "${'a' matches string(ctx.any)}", "^[a-z]{1,100}$", ""},
		{"a large pattern for a long text", "${regexFind(padLeft('', 60000000), string(ctx.any))}", "x{500}y{500}z{500}[a-z]{900}", "looks at more than 10 million elements"},
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

// What messages say of bounds, as tests write it.
var (
	tooMuch = strings.TrimPrefix(errTooMuch.Error(), "the ")
	tooMany = strings.TrimPrefix(errTooMany.Error(), "the ")
	tooLong = strings.TrimPrefix(errTooLong.Error(), "the ")
)

// stopping are variables of a branch that is to stop when it is asked for the nth
// time.
type stopping struct {
	Vars
	after, asked int
}

func (s *stopping) Stopping() bool {
	s.asked++
	return s.asked >= s.after
}

// An expression that takes long asks whether to stop, after the same work each
// time it is evaluated; a short one does not.
func TestEvaluationsStop(t *testing.T) {
	tests := []struct {
		text         string
		after, asked int
		stops        bool
	}{
		{"${let l = 1..3000; all(l, all(l, # > 0))}", 3, 3, true},
		{"${let l = 1..3000; all(l, max(l) > 0)}", 1, 1, true},
		{"so: ${let l = 1..3000; all(l, all(l, # > 0))}", 5, 5, true},
		{"${let l = 1..3000; all(l, all(l, # > 0))}", 1000, 136, false},
		{"${let l = 1..100; all(l, all(l, # > 0))}", 1, 0, false},
		{"${ctx.name}", 1, 0, false},
	}
	e, s := NewEngine(), newScope()
	for _, tt := range tests {
		p, problems := e.Compile(tt.text, s)
		if p == nil {
			t.Fatal(problems)
		}
		for range 2 {
			vars := &stopping{Vars: newVars(), after: tt.after}
			_, err := p.Eval(vars)
			var fault *EvalError
			stopped := errors.As(err, &fault) && fault.Stopped
			if stopped != tt.stops || vars.asked != tt.asked || !tt.stops && err != nil {
				t.Errorf("%s: asked %d times, want %d, stopped is %t: %v", tt.text, vars.asked, tt.asked, stopped, err)
			}
		}
	}
}
