package flows_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows"
)

// A name keeps the type of its first value, however it gets its values.
func TestSetKeepsTypes(t *testing.T) {
	const inputs = "inputs: {i: {type: integer, default: 1}, s: {type: string, default: x}, b: {type: boolean, default: true}, " +
		"d: {type: duration, default: 90s}, at: {type: timestamp, default: '2026-01-31T08:00:00Z'}, l: {type: list, items: {type: integer}, default: [1]}, " +
		"q: {type: integer}, any: {default: x}}\n"
	tests := []struct {
		name, steps string
		want        string // what the check says; empty where it accepts
	}{
		{"integer, then text", "[{set: {n: 1}}, {set: {n: abc}}]", "n is an integer and cannot become text"},
		{"integer, then quoted digits", "[{set: {n: 1}}, {set: {n: '2'}}]", "n is an integer and cannot become text"},
		{"integer, then a template", "[{set: {n: 1}}, {set: {n: '${ctx.i} items'}}]", "n is an integer and cannot become text"},
		{"integer, then an input", "[{set: {n: 1}}, {set: {n: '${ctx.s}'}}]", "n is an integer and cannot become text"},
		{"integer, then a boolean", "[{set: {n: 1}}, {set: {n: true}}]", "n is an integer and cannot become a boolean"},
		{"integer, then a number", "[{set: {n: 1}}, {set: {n: 1.5}}]", "n is an integer and cannot become a number"},
		{"number, then an integer", "[{set: {n: 1.5}}, {set: {n: 2}}, {set: {n: 2.5}}]", ""},
		{"text, then an integer", "[{set: {n: x}}, {set: {n: 3}}]", "n is text and cannot become an integer"},
		{"text, then a boolean", "[{set: {n: x}}, {set: {n: '${ctx.b}'}}]", "n is text and cannot become a boolean"},
		{"text, then text of it", "[{set: {n: x}}, {set: {n: '${string(ctx.i)}'}}]", ""},
		{"boolean, then text", "[{set: {n: true}}, {set: {n: 'false'}}]", "n is a boolean and cannot become text"},
		{"input", "[{set: {i: x}}]", "i is an integer and cannot become text"},
		{"input of any type", "[{set: {any: 1}}, {set: {any: x}}]", ""},
		{"null first", "[{set: {n: null}}, {set: {n: 1}}, {set: {n: x}}]", "n is an integer and cannot become text"},
		{"null between", "[{set: {n: 1}}, {set: {n: null}}, {set: {n: x}}]", "n is an integer and cannot become text"},
		{"null only", "[{set: {n: null}}, {set: {n: null}}]", ""},
		{"timestamp, then a literal", "[{set: {n: '${ctx.at}'}}, {set: {n: '2026-01-31T09:00:00+01:00'}}]", ""},
		{"timestamp, then what is none", "[{set: {n: '${ctx.at}'}}, {set: {n: soon}}]", "n is a timestamp and cannot become text"},
		{"timestamp, then text", "[{set: {n: '${ctx.at}'}}, {set: {n: '${ctx.s}'}}]", "n is a timestamp and cannot become text"},
		{"duration, then a literal", "[{set: {n: '${ctx.d}'}}, {set: {n: 7d}}]", ""},
		{"duration, then a timestamp", "[{set: {n: '${ctx.d}'}}, {set: {n: '${ctx.at}'}}]", "n is a duration and cannot become a timestamp"},
		{"text, then a timestamp", "[{set: {n: ''}}, {set: {n: '${now()}'}}]", "n is text and cannot become a timestamp"},
		{"list, then text", "[{set: {n: [1]}}, {set: {n: x}}]", "n is a list of integers and cannot become text"},
		{"list, then a list of others", "[{set: {n: [1]}}, {set: {n: [2, x]}}]", "n[1] is an integer and cannot become text"},
		{"empty list, then any", "[{set: {n: []}}, {set: {n: '${ctx.l}'}}, {set: {n: [x]}}]", ""},
		{"list, then a list that is known to be of others", "[{set: {n: [x]}}, {set: {n: '${ctx.l}'}}]", "n[] is text and cannot become an integer"},
		{"empty map, then an object", "[{set: {n: {}}}, {set: {n: {a: 1}}}, {set: {n: {a: x}}}]", ""},
		{"object, then other members", "[{set: {n: {a: 1}}}, {set: {n: {b: 1}}}]", ""},
		{"object, then a member of another type", "[{set: {n: {a: {b: 1}}}}, {set: {n: {a: {b: '${ctx.s}'}}}}]", "n.a.b is an integer and cannot become text"},
		{"object, then a map", "[{set: {n: {a: 1}}}, {set: {n: '${merge(ctx.n, {b: 2})}'}}]", ""},
		{"what nobody knows", "[{id: e, call: test.echo, with: {value: x}}, {set: {n: 1}}, {set: {n: '${steps.e}'}}]", ""},
		{"loop", "[{set: {n: 1}}, {forEach: [a], do: [{set: {n: '${item}'}}]}]", "n is an integer and cannot become text"},
		{"loop, inside", "[{forEach: [a], do: [{set: {n: '${item}'}}]}, {forEach: [1], do: [{set: {n: '${item}'}}]}]", ""},
		{"loop, collected", "[{set: {n: [x]}}, {id: c, forEach: [1], collect: '${item}'}, {set: {n: '${steps.c}'}}]", "n[] is text and cannot become an integer"},
		{"loop, its index", "[{set: {n: x}}, {forEach: [1], as: one, indexAs: k, do: [{set: {n: '${k}'}}]}]", "n is text and cannot become an integer"},
		{"branches", "[{if: '${ctx.b}', then: [{set: {n: 1}}], else: [{set: {n: x}}]}]", "n is an integer and cannot become text"},
		{"branch, then behind it", "[{if: '${ctx.b}', then: [{set: {n: 1}}]}, {set: {n: x}}]", "n is an integer and cannot become text"},
		{"cases", "[{switch: '${ctx.i}', cases: [{is: 1, do: [{set: {n: 1}}]}, {is: 2, do: [{set: {n: true}}]}]}]", "n is an integer and cannot become a boolean"},
		{"null in a branch", "[{if: '${ctx.b}', then: [{set: {n: null}}], else: [{set: {n: 1}}]}, {set: {n: x}}]", "n is an integer and cannot become text"},
		{"guard", "[{if: '${ctx.b}', set: {n: 1}}, {set: {n: x}}]", "n is an integer and cannot become text"},
		{"parallel", "[{set: {n: 1}}, {parallel: {a: [{set: {n: x}}]}}]", "n is an integer and cannot become text"},
		{"try", "[{try: [{set: {n: 1}}], catch: [{do: [{set: {n: x}}]}]}]", "n is an integer and cannot become text"},
		{"handlers", "[{try: [], catch: [{on: notFound, do: [{set: {n: 1}}]}, {do: [{set: {n: '${error.code}'}}]}]}]", "n is an integer and cannot become text"},
		{"finally", "[{try: [{set: {n: 1}}], finally: [{set: {n: x}}]}]", "n is an integer and cannot become text"},
		{"repeat", "[{set: {n: 1}}, {repeat: [{set: {n: x}}], until: '${true}'}]", "n is an integer and cannot become text"},
		{"repeat, its rounds", "[{set: {n: x}}, {id: r, repeat: [], until: '${true}'}, {set: {n: '${steps.r}'}}]", "n is text and cannot become an integer"},
		{"sub-flow", "[{set: {n: x}}, {id: f, flow: sub.yaml}, {set: {n: '${steps.f.count}'}}]", "n is text and cannot become an integer"},
		{"undo", "[{set: {n: 1}}, {call: test.echo, undo: {set: {n: x}}}]", "n is an integer and cannot become text"},
		{"set together", "[{set: {a: 1, c: x}}, {set: {a: '${ctx.c}', c: y}}]", "a is an integer and cannot become text"},
	}
	reg := (&recorder{}).registry(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := fstest.MapFS{
				"f.yaml":   {Data: []byte("flow: f\n" + inputs + "steps: " + tt.steps + "\n")},
				"sub.yaml": {Data: []byte("flow: s\noutput: {count: 1}\n")},
			}
			flow, err := flows.Load(files, "f.yaml", reg)
			if got := firstError(err); got != tt.want {
				t.Fatalf("the check says %q, want %q", got, tt.want)
			}
			if tt.want == "" {
				if _, err := flow.Run(t.Context(), nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// firstError returns the message of the first mistake, without what follows.
func firstError(err error) string {
	var found *flows.CheckError
	if !errors.As(err, &found) {
		return ""
	}
	for _, d := range found.Diagnostics {
		if d.Severity == diag.Error {
			return d.Message
		}
	}
	return ""
}

// What a name can be where several ways lead is what all of them leave.
func TestNamesBehindBlocks(t *testing.T) {
	tests := []struct {
		name, steps string
		want        string // the first thing that the check says, with its rule; empty for nothing
	}{
		{"both branches", "[{if: '${ctx.b}', then: [{set: {n: 1}}], else: [{set: {n: 2}}]}, {set: {m: '${ctx.n + 1}'}}]", ""},
		{"one branch", "[{if: '${ctx.b}', then: [{set: {n: 1}}]}, {set: {m: '${ctx.n + 1}'}}]", "set.m: ctx.n can be null here [possibly-null]"},
		{"one branch, asked again", "[{if: '${ctx.b}', then: [{set: {n: 1}}]}, {if: '${ctx.b}', then: [{set: {m: '${ctx.n + 1}'}}]}]", ""},
		{"a branch that ends", "[{if: '${ctx.b}', then: [{set: {n: 1}}], else: [{fail: {code: No, message: no}}]}, {set: {m: '${ctx.n + 1}'}}]", ""},
		{"a guard", "[{if: '${ctx.b}', set: {n: 1}}, {set: {m: 'n is ${ctx.n}'}}]", "set.m: ctx.n can be null here [possibly-null]"},
		{"a guard, asked for null", "[{if: '${ctx.b}', set: {n: 1}}, {if: '${ctx.n != null}', set: {m: 'n is ${ctx.n}'}}]", ""},
		{"a guard, asked in the expression", "[{if: '${ctx.b}', set: {n: 1}}, {set: {m: '${ctx.n != null and ctx.n > 1}', k: '${ctx.n == null ? 0 : ctx.n + 1}'}}]", ""},
		{"a guard, with another value", "[{if: '${ctx.b}', set: {n: 1}}, {set: {m: '${(ctx.n ?? 0) + 1}'}}]", ""},
		{"else of a question", "[{if: '${ctx.q == null}', then: [], else: [{set: {m: '${ctx.q + 1}'}}]}]", ""},
		{"an input", "[{set: {m: '${ctx.q + 1}'}}]", "set.m: ctx.q can be null here [possibly-null]"},
		{"an input in a function", "[{set: {m: '${abs(ctx.q)}'}}]", "set.m: ctx.q can be null here [possibly-null]"},
		{"an input in text", "[{set: {m: 'q=${ctx.q}'}}]", "set.m: ctx.q can be null here [possibly-null]"},
		{"an input that was given a value", "[{if: '${ctx.q == null}', set: {q: 1}}, {set: {m: '${ctx.q + 1}'}}]", ""},
		{"through another name", "[{set: {n: '${ctx.q}'}}, {set: {m: '${ctx.n + 1}'}}]", "set.m: ctx.n can be null here [possibly-null]"},
		{"set to null", "[{set: {n: 1}}, {set: {n: null}}, {set: {m: '${ctx.n + 1}'}}]", "set.m: ctx.n can be null here [possibly-null]"},
		{"a condition", "[{set: {n: true}}, {set: {n: null}}, {if: '${ctx.n}', set: {m: 1}}]", "if: ctx.n can be null here [possibly-null]"},
		{"a handler", "[{try: [{call: test.fail}, {set: {n: 1}}], catch: [{do: [{set: {m: '${ctx.n + 1}'}}]}]}]", "set.m: ctx.n can be null here [possibly-null]"},
		{"a handler further out", "[{try: [{try: [{call: test.fail}], catch: [{do: [{set: {n: 1}}, {fail: '${error}'}]}]}], catch: [{do: [{set: {m: '${ctx.n}'}}]}]}, {set: {k: '${ctx.n ?? 0}'}}]", ""},
		{"a handler further out, without care", "[{try: [{if: '${ctx.b}', then: [{set: {n: 1}}, {fail: {code: No, message: no}}]}], catch: [{do: [{set: {m: '${ctx.n + 1}'}}]}]}]", "set.m: ctx.n can be null here [possibly-null]"},
		{"behind a handler that ends", "[{try: [{set: {n: 1}}], catch: [{do: [{fail: '${error}'}]}]}, {set: {m: '${ctx.n + 1}'}}]", ""},
		{"finally", "[{try: [{call: test.fail}, {set: {n: 1}}], finally: [{set: {m: '${ctx.n + 1}'}}]}]", "set.m: ctx.n can be null here [possibly-null]"},
		{
			"a step in finally", "[{try: [{id: e, call: test.echo, with: {value: 1}}], finally: [{set: {m: '${steps.e + 1}'}}]}]",
			`set.m: step "e" may have been skipped, and its result is null then [possibly-null]`,
		},
		{"the second round", "[{set: {n: 1}}, {repeat: [{set: {m: '${ctx.n + 1}'}}, {set: {n: null}}], until: '${true}'}]", "set.m: ctx.n can be null here [possibly-null]"},
		{"the second round, a member", "[{set: {n: {a: 1}}}, {repeat: [{set: {m: '${ctx.n.a}'}}, {set: {n: {b: 1}}}], until: '${true}'}]", ""},
		{"an object's last members", "[{set: {n: {a: 1}}}, {set: {n: {b: 1}}}, {set: {m: '${ctx.n.a}'}}]", `unknown field "a" in ctx.n [unknown-field]`},
		{"ctx as it was", "[{set: {n: 1}}, {set: {c: '${ctx}'}}, {set: {later: 1}}, {set: {m: '${ctx.c.later}'}}]", `unknown field "later" in ctx.c [unknown-field]`},
		{"branches that gather", "[{parallel: {a: [{set: {n: 1}}]}, onError: collect}, {set: {m: '${ctx.n + 1}'}}]", "set.m: ctx.n can be null here [possibly-null]"},
	}
	reg := (&recorder{}).registry(t)
	const head = "flow: f\ninputs: {b: {type: boolean, default: true}, q: {type: integer}}\nsteps: "
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(head + tt.steps + "\n")}}, "f.yaml", reg)
			var found *flows.CheckError
			if !errors.As(err, &found) {
				found = flow.Warnings()
			}
			var said []string
			if found != nil {
				for _, d := range found.Diagnostics {
					said = append(said, d.Message+" ["+d.Rule+"]")
				}
			}
			if got := strings.Join(said, "; "); got != tt.want {
				t.Errorf("the check says %q, want %q", got, tt.want)
			}
		})
	}
}
