package bind

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFunctions(t *testing.T) {
	type list = []any
	type dict = map[string]any
	tests := []struct {
		expr string
		want any
	}{
		{"string(ctx.n)", "5"},
		{"string(3.0)", "3"},
		{"string(huge)", "1180591620717411303424"},
		{"string(ctx.labels)", `{"a":"1","b":"2"}`},
		{"type(ctx.n) + type(1.5) + type(null) + type([]) + type({}) + type('') + type(true) + type(ctx.raw)", "integernumbernulllistmapstringbooleanbytes"},
		{"upper('ß') + lower('Ä')", "ßä"},
		{"trim('  a ') + trim('xax', 'x') + trimPrefix('ab', 'a') + trimSuffix('ab', 'b') + trimPrefix(' a')", "aabaa"},
		{"split('a,b', ',')", list{"a", "b"}},
		{"split('a,b,c', ',', 2)", list{"a", "b,c"}},
		{"splitAfter('a,b', ',')", list{"a,", "b"}},
		{"replace('aaa', 'a', 'b')", "bbb"},
		{"replace('aaa', 'a', 'b', 1)", "baa"},
		{"repeat('ab', 2)", "abab"},
		{"join(['a', 1, true], '-')", "a-1-true"},
		{"join(['a', 'b'])", "ab"},
		{"indexOf('üab', 'b')", int64(2)},
		{"lastIndexOf('üaüa', 'a')", int64(3)},
		{"indexOf('a', 'z')", int64(-1)},
		{"hasPrefix('ab', 'a') and hasSuffix('ab', 'b')", true},
		{"regexReplace('a1b22', '[0-9]+', '<$0>')", "a<1>b<22>"},
		{"regexReplace('a1', '[' + '0-9]', '')", "a"},

		{"abs(-3) + abs(ctx.n)", int64(8)},
		{"abs(-1.5)", 1.5},
		{"ceil(1.2) + floor(1.8) + round(1.5)", 5.0},
		{"int('12') + int(1.9) + int(ctx.n)", int64(18)},
		{"float('1.5') + float(1)", 2.5},
		{"max(1, 2.5, [3])", int64(3)},
		{"min(ctx.numbers)", int64(1)},
		{"max([])", nil},
		{"mean(1, 2)", 1.5},
		{"median([3, 1, 2])", 2.0},
		{"bitand(6, 3) + bitor(6, 3) + bitxor(6, 3) + bitnand(6, 3)", int64(2 + 7 + 5 + 4)},
		{"bitshl(1, 4) + bitshr(-8, 1) + bitushr(8, 1) + bitnot(0)", int64(16 - 4 + 4 - 1)},

		{"first(ctx.numbers)", int64(3)},
		{"last(ctx.numbers)", int64(2)},
		{"first([])", nil},
		{"get(ctx.numbers, 9)", nil},
		{"get(ctx.labels, 'a')", "1"},
		{"take(ctx.numbers, 2)", list{int64(3), int64(1)}},
		{"take(ctx.numbers, 9)", list{int64(3), int64(1), int64(2)}},
		{"reverse(ctx.numbers)", list{int64(2), int64(1), int64(3)}},
		{"uniq([1, 1.0, 'a', 'a', [1], [1]])", list{int64(1), "a", list{int64(1)}}},
		{"sort(ctx.numbers)", list{int64(1), int64(2), int64(3)}},
		{"sort(['b', 'a'], 'desc')", list{"b", "a"}},
		{"concat([1], ctx.numbers)", list{int64(1), int64(3), int64(1), int64(2)}},
		{"flatten([1, [2, [3]]])", list{int64(1), int64(2), int64(3)}},
		{"keys(ctx.labels)", list{"a", "b"}},
		{"values(ctx.labels)", list{"1", "2"}},
		{"toPairs(ctx.labels)", list{list{"a", "1"}, list{"b", "2"}}},
		{"fromPairs([['a', 1]])", dict{"a": int64(1)}},
		{"merge(ctx.labels, {a: 'x'}, {c: null})", dict{"a": "x", "b": "2", "c": nil}},

		{"toJSON({b: 1.0, a: [null]})", `{"a":[null],"b":1}`},
		{"json(huge)", "1180591620717411303424"},
		{"fromJSON('{\"n\": 12345678901234567890, \"x\": 1}')", dict{"n": bigOf("12345678901234567890"), "x": int64(1)}},
		{"base64('ü') + base64(ctx.raw) + toBase64('a')", "w7w=AQI=YQ=="},
		{"unbase64('w7w=') + fromBase64('YQ==')", "üa"},
		{"urlencode('a b&c/ü')", "a%20b%26c%2F%C3%BC"},
		{"sha256('')", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"hmac('key', 'The quick brown fox jumps over the lazy dog')", "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"},

		{"now()", "2026-07-01T12:00:00.5Z"},
		{"uuid()", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
		{"parseTime('2026-07-01T14:00:00+02:00')", "2026-07-01T12:00:00Z"},
		{"formatTime(ctx.at, '2006-01-02')", "2026-07-01"},
		{"addDuration(ctx.at, '1h30m')", "2026-07-01T13:30:00Z"},
	}
	e, s, v := NewEngine(), newScope(), newVars()
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			p, problems := e.Compile("${"+tt.expr+"}", s)
			if p == nil {
				t.Fatal(problems)
			}
			got, err := p.Eval(v)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, bigIntegers); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestFunctionErrors(t *testing.T) {
	secret := "s3cret-token" // of secrets.token
	tests := []struct{ expr, want string }{
		{"int(secrets.token)", "int: the text is not an integer of 64 bits"},
		{"float(secrets.token)", "float: the text is not a number"},
		{"int(1e30)", "int: the number does not fit into 64 bits"},
		{"float(huge)", "float: integers beyond 64 bits can be passed on but not computed with"},
		{"fromJSON(secrets.token)", "fromJSON: the text is not JSON"},
		{"unbase64(secrets.token)", "unbase64: the text is not base64"},
		{"unbase64('/w==')", "unbase64: what is encoded is not text"},
		{"parseTime(secrets.token)", "parseTime: the text is not a time such as 2006-01-02T15:04:05Z"},
		{"addDuration(ctx.at, secrets.token)", "addDuration: the text is not a duration such as 1m30s or 90d"},
		{"regexReplace('a', '[' + secrets.token, '')", "regexReplace: the pattern does not compile"},
		{"string(ctx.nothing)", "string: the argument is null, which text cannot hold: add ?? ''"},
		{"join([ctx.nothing])", "join: an element is null, which text cannot hold: add ?? ''"},
		{"keys(ctx.any.zero)", "keys: expected a map, found an integer"},
		{"reverse(ctx.any.text)", "reverse: expected a list, found a string"},
		{"fromPairs(fromJSON('[1]'))", "fromPairs: an element is not a pair"},
		{"take(ctx.numbers, -1)", "take: a negative number of elements"},
		{"repeat('a', -1)", "repeat: a negative count"},
		{"bitshl(1, -1)", "bitshl: a shift by a negative count"},
		{"abs(-9223372036854775807 - 1)", "abs: integer overflow"},
		{"max(ctx.any.text, 1)", "max: expected a number, found a string"},
		{"sort(fromJSON('[1, \"a\"]'))", "sort: cannot order a string and an integer"},
		{"sort([1], 'up')", `sort: the order must be "asc" or "desc"`},
		{"groupBy(ctx.numbers, fromJSON('[1]'))", "a group's key must be a string, an integer or a boolean, not a list"},
		{"toJSON(secrets.token < 1)", "cannot compare a string with an integer"},
	}
	older := NewEngine(WithUnlikeTypes())
	e, s, v := NewEngine(), newScope(), newVars()
	s.bindings[Ref{"secrets", "token"}] = Binding{Slot: s.bindings[Ref{"secrets", "token"}].Slot, Secret: true}
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			p, problems := e.Compile("${"+tt.expr+"}", s)
			if p == nil { // a literal that the check refuses, and old runs did not
				p, problems = older.Compile("${"+tt.expr+"}", s)
			}
			if p == nil {
				t.Fatal(problems)
			}
			_, err := p.Eval(v)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Error("the message has a secret")
			}
		})
	}
}

func TestWithFunction(t *testing.T) {
	e := NewEngine(
		WithFunction("initials", func(words ...string) string {
			out := ""
			for _, w := range words {
				out += w[:1]
			}
			return out
		}),
		WithFunction("half", func(n int32) (float64, error) {
			if n == 0 {
				return 0, errors.New("nothing to halve")
			}
			return float64(n) / 2, nil
		}),
		WithFunction("total", func(list []int, by map[string]uint8) int { return list[0] + int(by["a"]) }),
		WithFunction("later", func(_ string, d time.Duration) time.Duration { return d * 2 }),
		WithFunction("bad", func() any { panic("no") }),
	)
	tests := []struct {
		expr string
		want any
		err  string
	}{
		{expr: "initials('ab', 'cd')", want: "ac"},
		{expr: "half(ctx.n)", want: 2.5},
		{expr: "half(0)", err: "half: nothing to halve"},
		{expr: "half(9223372036854775807)", err: "half: argument 1: an integer does not fit a Go int32"},
		{expr: "total(ctx.numbers, {a: 4})", want: int64(7)},
		{expr: "later('x', '1m')", want: "2m0s"},
		{expr: "bad()", err: "the expression cannot be evaluated"},
		{expr: "half('a')", err: "half takes an integer here, not a string"},
		{expr: "half(1, 2)", err: "too many arguments to call half"},
	}
	for _, tt := range tests {
		p, problems := e.Compile("${"+tt.expr+"}", newScope())
		if p == nil {
			if problems[0].Message != tt.err {
				t.Errorf("%s: %v", tt.expr, problems)
			}
			continue
		}
		got, err := p.Eval(newVars())
		if err != nil && err.Error() != tt.err || err == nil && tt.err != "" {
			t.Errorf("%s: got error %v, want %q", tt.expr, err, tt.err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.expr, diff)
		}
	}
}

func TestWithFunctionPanics(t *testing.T) {
	for name, fn := range map[string]any{
		"upper": func() int { return 1 }, "all": func() int { return 1 }, "a b": func() int { return 1 },
		"x": 5, "y": func() {}, "z": func() (int, int) { return 1, 2 },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("WithFunction(%q, %T) does not panic", name, fn)
				}
			}()
			NewEngine(WithFunction(name, fn))
		}()
	}
}

func TestCompileValue(t *testing.T) {
	p, err := CompileValue(`{"got": ${event.n + 1}, "who": "${event.who ?? 'nobody'}"}`, "event", "context")
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Eval(map[string]any{"event": map[string]any{"n": int64(1)}})
	if got != `{"got": 2, "who": "nobody"}` || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = CompileValue("${evnt.n} ${steps.a}", "event")
	want := `at byte 2: unknown name "evnt" (did you mean "event"? in scope: event); at byte 18: unknown name "a" in steps`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	p, err = CompileValue("${now()}")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = p.Eval(nil); err == nil {
		t.Error("now() without a clock has no error")
	}
}
