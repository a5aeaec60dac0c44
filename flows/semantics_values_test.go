package flows_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Values keep what they are on every way through a flow.
func TestValueRules(t *testing.T) {
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	const any1 = "inputs: {v: {type: any}}\nsteps: [{id: e, call: test.echo, with: {value: \"${ctx.v}\"}}]\n"
	tests := []struct {
		name  string
		flow  string
		input any
		want  string
	}{
		{"an integer beyond 64 bits from an input", any1 + "output: [\"${steps.e}\", \"<${ctx.v}>\"]", huge, `[123456789012345678901234567890,"<123456789012345678901234567890>"]`},
		{"one from the file", "steps: [{id: e, call: test.echo, with: {value: {n: 123456789012345678901234567890}}}]\noutput: \"${steps.e.n}\"", nil, "123456789012345678901234567890"},
		{"one from JSON", "steps: [{set: {v: \"${fromJSON('[123456789012345678901]')}\"}}]\noutput: \"${ctx.v[0]}\"", nil, "123456789012345678901"},
		{"computing with one", "steps: [{set: {v: \"${123 + fromJSON('123456789012345678901')}\"}}]", nil, "ExpressionFailed /1"},
		{"the largest integer", any1 + "output: \"${ctx.v}\"", int64(math.MaxInt64), "9223372036854775807"},
		{"overflow", any1 + "output: \"${ctx.v + 1}\"", int64(math.MaxInt64), "ExpressionFailed "},
		{"the smallest by minus one", any1 + "output: \"${ctx.v * -1}\"", int64(math.MinInt64), "ExpressionFailed "},
		{"division by zero", any1 + "output: \"${1 / ctx.v}\"", int64(0), "ExpressionFailed "},
		{"rest by zero", any1 + "output: \"${1 % ctx.v}\"", int64(0), "ExpressionFailed "},
		{"numbers in text", "steps: [{set: {a: 1.0, b: 1e21, c: 0.1, d: 100}}]\noutput: \"${ctx.a} ${ctx.b} ${ctx.c} ${ctx.d} ${true} ${[1, {b: 1, a: 2}]}\"", nil, `"1 1e+21 0.1 100 true [1,{\"a\":2,\"b\":1}]"`},
		{"bytes in text", any1 + "output: \"x ${ctx.v}\"", []byte{1}, "ExpressionFailed "},
		{"bytes through a step", any1 + "output: \"${steps.e}\"", []byte{1, 2}, `{"$bytes":"AQI="}`},
		{"null in text", any1 + "output: \"x ${ctx.v}\"", nil, "ExpressionFailed "},
		{"null with another value in text", any1 + "output: \"x ${ctx.v ?? ''}\"", nil, `"x "`},
		{"members of null", any1 + "output: \"${ctx.v.a.b[3]['c']}\"", nil, "null"},
		{"null and nil", any1 + "output: \"${[null == nil, ctx.v == null, ctx.v?.a]}\"", nil, "[true,true,null]"},
		{"scalars where text is wanted", "steps: [{id: e, call: test.change, with: {name: 012345678901}}, {id: f, call: test.change, with: {name: 1.10}}]", nil, "null"},
		{"a range that runs backwards", "steps: [{id: l, forEach: \"${3..1}\", do: [], collect: \"${item}\"}]\noutput: \"${steps.l}\"", nil, "[]"},
		{"a range over the ends of integers", "steps: [{id: l, forEach: \"${9223372036854775806..9223372036854775807}\", do: [], collect: \"${item}\"}]\noutput: \"${steps.l}\"", nil, "[9223372036854775806,9223372036854775807]"},
		{"all integers", "steps: [{forEach: \"${-9223372036854775807..9223372036854775807}\", do: []}]", nil, "TooManyItems /1"},
		{"a long range as a value", "steps: [{set: {l: \"${1..100000000}\"}}]", nil, "ExpressionFailed /1"},
		{"a range to null", "inputs: {v: {type: any}}\nsteps: [{forEach: \"${1..ctx.v}\", do: []}]", nil, "ExpressionFailed /1"},
		{"no list", any1 + "  # below\noutput: \"${len(ctx.v)}\"", 5, "ExpressionFailed "},
		{"a loop over null", "inputs: {v: {type: list}}\nsteps: [{id: l, forEach: \"${ctx.v}\", do: [], collect: \"${item}\"}]\noutput: \"${steps.l}\"", nil, "[]"},
		{"a loop over a map", "inputs: {v: {type: map}}\nsteps: [{id: l, forEach: \"${ctx.v}\", indexAs: i, do: [], collect: \"${item.key + string(item.value) + string(i)}\"}]\noutput: \"${steps.l}\"", map[string]any{"b": 1, "a": 2}, `["a20","b11"]`},
		{"keys of a map", any1 + "output: {\"k${ctx.v}\": 1, plain: \"${ctx.v}\"}", 7, `{"k7":1,"plain":7}`},
		{"equal keys of a map", any1 + "output: {\"${ctx.v}\": 1, \"a\": 2}", "a", "ExpressionFailed "},
		{"a key that is null", any1 + "output: {\"${ctx.v}\": 1}", nil, "ExpressionFailed "},
		{"the escape", "steps: [{set: {a: \"$${x} and $$ and $\"}}]\noutput: {\"$${k}\": \"${ctx.a}\", plain: '$${y}'}", nil, `{"${k}":"${x} and $$ and $","plain":"${y}"}`},
		{"white space around", any1 + "output: \"  ${ctx.v} \"", 5, "5"},
		{"text of quotes and brackets", "steps: [{set: {a: \"${'}' + \\\"{\\\" + string([{x: '}'}][0].x)}\"}}]\noutput: \"${ctx.a}\"", nil, `"}{}"`},
		{"set evaluates all before it assigns", "steps: [{set: {a: 1, b: 2}}, {set: {a: \"${ctx.b}\", b: \"${ctx.a}\"}}]\noutput: [\"${ctx.a}\", \"${ctx.b}\"]", nil, "[2,1]"},
		{"set in an iteration stays inside", "steps: [{set: {a: 1}}, {forEach: [1, 2], do: [{set: {a: \"${ctx.a + 1}\"}}]}]\noutput: \"${ctx.a}\"", nil, "1"},
		{"a timestamp from an input", "inputs: {v: {type: timestamp}}\nsteps: [{set: {a: 1}}]\noutput: \"${ctx.v}\"", "2026-01-02T03:04:05+02:00", `"2026-01-02T01:04:05Z"`},
		{"a duration from an input", "inputs: {v: {type: duration}}\nsteps: [{set: {a: 1}}]\noutput: \"${ctx.v}\"", "90s", `"1m30s"`},
		{"slices are of characters", "steps: [{set: {a: 'äöü'}}]\noutput: \"${ctx.a[1:2] + string(len(ctx.a))}\"", nil, `"ö3"`},
		{"pairs come sorted", "steps: [{set: {m: {b: 1, a: 2}}}]\noutput: \"${[keys(ctx.m), values(ctx.m), toPairs(ctx.m)]}\"", nil, `[["a","b"],[2,1],[["a",2],["b",1]]]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var inputs map[string]any
			if tt.input != nil {
				inputs = map[string]any{"v": tt.input}
			}
			result, err := carry(t.Context(), t, probed(t, &recorder{}, map[string]string{"flow.yaml": "flow: f\n" + tt.flow}), inputs)
			if diff := cmp.Diff(tt.want, outcome(t, result, err)); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}
