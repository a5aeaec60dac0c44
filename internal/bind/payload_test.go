package bind

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/value"
)

// lazyVars returns newVars with a payload in each place of any type.
func lazyVars(raw []byte) testVars {
	v, p := newVars(), value.NewPayload(raw)
	ctx := v[0].(map[string]any)
	ctx["any"], ctx["open"] = p, map[string]any{"known": "k", "extra": p}
	v[3] = map[string]any{"Payload": p}
	v[7] = map[string]any{"a": []any{p, "x"}, "raw": p}
	return v
}

// Bare paths pass payloads on, and look into those on their way.
func TestPathsPassPayloadsOn(t *testing.T) {
	v := lazyVars([]byte(`{"a": [1, {"b": 2}]}`))
	p := v[7].(map[string]any)["raw"]
	for text, want := range map[string]any{
		"${item.raw}": p, " ${item.raw} ": p, "${item}": v[7], "${item.a[0]}": p, "${steps.invoke.Payload}": p, "${steps.invoke}": v[3],
		"${item.raw.a[1].b}": int64(2), "${item.raw.a[0] + 1}": int64(2), "${(item.raw)}": map[string]any{"a": []any{int64(1), map[string]any{"b": int64(2)}}},
		"${item.raw.a}!": `[1,{"b":2}]!`, "${item.raw}!": `{"a":[1,{"b":2}]}!`,
		"${len(item.a)}": int64(2), "${len(item.a[ctx.n - 5])}": int64(1), "${item.a[ctx.n - 5].a[0]}": int64(1),
	} {
		got, err := mustCompile(t, text).Eval(v)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		same := cmp.Comparer(func(a, b *value.Payload) bool { return a == b })
		if diff := cmp.Diff(want, got, same); diff != "" {
			t.Errorf("%s (-want +got)\n%s", text, diff)
		}
	}
}

// An expression decodes what it uses whole, and changes nothing.
func TestExpressionsDecodeWhatTheyUse(t *testing.T) {
	v := lazyVars([]byte(`{"ok":true}`))
	used := v[7].(map[string]any)["raw"]
	got, err := mustCompile(t, "${[item, steps.invoke]}").Eval(v)
	if err != nil {
		t.Fatal(err)
	}
	ok := map[string]any{"ok": true}
	want := []any{map[string]any{"a": []any{ok, "x"}, "raw": ok}, map[string]any{"Payload": ok}}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if v[7].(map[string]any)["raw"] != used {
		t.Error("the variables have changed")
	}
}

// A path into a payload fails as one into the value does.
func TestPathsIntoPayloadsFail(t *testing.T) {
	raw := []byte(`{"a": [1, {"b": 2}], "n": null, "text": "t"}`)
	eager := testVars(value.Plain([]any(lazyVars(raw))).([]any))
	for _, text := range []string{
		"${item.raw.a[2]}", "${item.raw.a[-3]}", "${item.raw.a.b}", "${item.raw.text.b}", "${item.raw[0]}", "${item.raw.a[0].c}",
		"${item.raw.a[2] + 1}", "${item.raw.text.b ?? 1}", "${item.raw.n.x[3]}", "${item.raw.n.x[3] == null}", "${item.raw[ctx.n]}",
	} {
		got, err := mustCompile(t, text).Eval(lazyVars(raw))
		want, wantErr := mustCompile(t, text).Eval(eager)
		if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Errorf("%s: %v, want %v", text, err, wantErr)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", text, diff)
		}
	}
}

// What an expression takes out of a payload leaves the rest of it undecoded.
func TestPathsDecodeWhatTheyTake(t *testing.T) {
	raw := []byte(`{"rest": [` + strings.Repeat(`{"a": 1},`, 1000) + `0], "a": {"b": "x"}}`)
	for _, text := range []string{"${item.raw.a.b}", "${item.raw.a.b == 'x'}", "${item.raw['a']['b'] != ctx.name}", "<${item.raw.a.b}>"} {
		p := mustCompile(t, text)
		if n := testing.AllocsPerRun(10, func() {
			if _, err := p.Eval(lazyVars(raw)); err != nil {
				t.Error(err)
			}
		}); n > 100 {
			t.Errorf("%s makes %v allocations", text, n)
		}
	}
}

// FuzzPayloads: whatever an expression does and whatever a payload holds, it
// does the same with the payload and with what that holds.
func FuzzPayloads(f *testing.F) {
	for _, payload := range []string{`{"ok": true, "list": [1, 2.0], "text": "t"}`, `{"ok": 1, "ok": true, "list": [1e999]}`, `{"\u006fk": true, "$bytes": ""}`, `[3, 1, {"a": null}]`, "text", `"x"`, "7", "null", "true", "\xff", `[[1], [2]]`, ""} {
		for _, text := range []string{
			"${steps.invoke.Payload.list[-1]}", "${item.raw.ok == true && item.raw.list[0] == 1}", "${item.raw}${item.raw.ok}", "${len(item.raw) + item.raw[1].a}",
			"${steps.invoke.Payload}", "${steps.invoke}", "<${item.a}>", "${item.a[0]}", "${item.a[ctx.n - 5]}", "${json(item)}", "${len(ctx.any)}",
			"${ctx.any.list[ctx.n - 4] ?? ctx.open}", "${map(item.a, # == true)}", "${filter(item.a, len(#) > 1)}", "${ctx.any + 1}", "${ctx.any in item.a}",
			"${item.a == [ctx.any, 'x']}", "${sortBy(item.a, #)}", "${steps.invoke.Payload contains 'e'}", "${let p = item.raw; p.list}", "${ctx}", "${type(item.a[0])}",
			"${ctx.open.extra ? 1 : 2}", "${ctx['any']}", "${ctx[ctx.any]}", "${uniq(item.a)}", "${first(item.a)}", "${last(item.a)}", "${item.a[0:1]}", "${ctx.numbers[ctx.any]}",
			"${1..ctx.any}", "${get(item.a, 0)}", "${not ctx.any}", "${base64(ctx.any)}", "${merge(item, ctx.any)}", "${reduce(item.a, #acc == #)}", "${find(item.a, # != 'x')}",
		} {
			f.Add(text, []byte(payload))
		}
	}
	e, s := NewEngine(), newScope()
	f.Fuzz(func(t *testing.T, text string, payload []byte) {
		p, _ := e.Compile(text, s)
		if p == nil {
			return
		}
		lazy := lazyVars(payload)
		eager := testVars(value.Plain([]any(lazyVars(payload))).([]any)) // which leaves those of lazy undecoded
		got, err := p.Eval(lazy)
		want, wantErr := p.Eval(eager)
		if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Fatalf("%s of %q: %v, want %v", text, payload, err, wantErr)
		}
		if p.expr.path == nil {
			checkValue(t, got)
		}
		if got = value.Plain(got); !equal(got, want) || typeName(got) != typeName(want) {
			t.Errorf("%s of %q gives %v, want %v", text, payload, got, want)
		}
	})
}
