package value

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// lookAt takes a path in a payload as flows do, by Look where that knows.
func lookAt(p *Payload, path ...any) (v any, ok bool) {
	l, ok := p.Look()
	for _, at := range path {
		if !ok {
			return nil, false
		}
		switch at := at.(type) {
		case string:
			l, ok = l.Member(at)
		case int:
			l, ok = l.Element(int64(at))
		}
	}
	if !ok {
		return nil, false
	}
	return l.Value()
}

// follow takes a path in a value. It is not ok where there is no way.
func follow(v any, path ...any) (any, bool) {
	for _, at := range path {
		switch at := at.(type) {
		case string:
			m, isMap := v.(map[string]any)
			if !isMap && v != nil {
				return nil, false
			}
			v = m[at]
		case int:
			list, isList := v.([]any)
			if v == nil {
				continue
			}
			if at < 0 {
				at += len(list)
			}
			if !isList || at < 0 || at >= len(list) {
				return nil, false
			}
			v = list[at]
		}
	}
	return v, true
}

func TestLook(t *testing.T) {
	for _, c := range []struct {
		text string
		path []any
		want any
		ok   bool
	}{
		{` {"a": 1, "b": {"c": [10, 2.0, "x"]}} `, []any{"a"}, int64(1), true},
		{` {"a": 1, "b": {"c": [10, 2.0, "x"]}} `, []any{"b", "c", 1}, 2.0, true},
		{` {"a": 1, "b": {"c": [10, 2.0, "x"]}} `, []any{"b", "c", -1}, "x", true},
		{` {"a": 1, "b": {"c": [10, 2.0, "x"]}} `, []any{"b", "c", -4}, nil, false},
		{` {"a": 1, "b": {"c": [10, 2.0, "x"]}} `, []any{"b", "c", 3}, nil, false},
		{` {"a": 1, "b": {"c": [10, 2.0, "x"]}} `, []any{"b"}, map[string]any{"c": []any{int64(10), 2.0, "x"}}, true},
		{` {"a": 1, "b": {"c": [10, 2.0, "x"]}} `, []any{"none", "below", 3}, nil, true},
		{`{"a": null}`, []any{"a", "b", 0}, nil, true},
		{`{"a": 1, "a": 2}`, []any{"a"}, int64(2), true},
		{`{"a": {"b": 1}, "a": {}}`, []any{"a", "b"}, nil, true},
		{`{"a": "\u00e9\n"}`, []any{"a"}, "é\n", true},
		{"{\"a\": \"\xff\"}", []any{"a"}, "\ufffd", true},
		{`{"a": {"$bytes": "aGk="}}`, []any{"a"}, []byte("hi"), true},
		{`{"a": [1, true, false, null, "]", {"}": "{"}, 7]}`, []any{"a", 6}, int64(7), true},
		{`[[1], [2, 3]]`, []any{1, 1}, int64(3), true},
		{`{}`, []any{"a"}, nil, true},
		{`{"a": 12345678901234567890123, "b": true}`, []any{"b"}, true, true},
		// Only the whole value tells, or there is no way.
		{`{"a": 1, "b": 1e3}`, []any{"a"}, nil, false},
		{`{"a": 1, "b": ` + strings.Repeat("9", 400) + `.5}`, []any{"a"}, nil, false},
		{`{"a": 1, "\u0061": 2}`, []any{"a"}, nil, false},
		{`{"é": 1}`, []any{"é"}, nil, false},
		{`{"a": 1, "b": ` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`, []any{"a"}, nil, false},
		{`{"$bytes": "aGk="}`, []any{"a"}, nil, false},
		{`{"a": 1}`, []any{0}, nil, false},
		{`{"a": 1}`, []any{"a", "b"}, nil, false},
		{`[1]`, []any{"a"}, nil, false},
		{`plain`, []any{"a"}, nil, false},
		{`"text"`, []any{"a"}, nil, false},
	} {
		p := payload(c.text)
		got, ok := lookAt(p, c.path...)
		if diff := cmp.Diff(c.want, got); diff != "" || ok != c.ok {
			t.Errorf("%s, %v: %v (-want +got):\n%s", c.text, c.path, ok, diff)
		}
		agrees(t, []byte(c.text), c.path...)
	}
}

// agrees holds Look to the value of the whole payload.
func agrees(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, raw []byte, path ...any,
) {
	t.Helper()
	p, ok := NewPayload(raw).(*Payload)
	if !ok {
		return
	}
	got, known := lookAt(p, path...)
	want, ok := follow(p.Value(), path...)
	if diff := cmp.Diff(want, got, bigIntegers); known && (!ok || diff != "") {
		t.Fatalf("%q, %v (-want +got):\n%s", raw, path, diff)
	}
}

// What was decoded is not looked for again, and what is looked into often is
// decoded.
func TestLookGivesUp(t *testing.T) {
	p := payload(`{"a": 1}`)
	for i := range maxLooks {
		if _, ok := p.Look(); !ok {
			t.Errorf("look %d is refused", i)
		}
	}
	if _, ok := p.Look(); ok {
		t.Error("it can be looked into forever")
	}
	p = payload(`{"a": 1}`)
	p.Value()
	if _, ok := p.Look(); ok {
		t.Error("a value that is decoded is looked for")
	}
}

func TestLookProperty(t *testing.T) {
	names := rapid.SampledFrom([]string{"a", "b", "c", "$bytes", "é", "", `\u0061`})
	space := rapid.SampledFrom([]string{"", " ", "\n\t  "})
	var value func(depth int) *rapid.Generator[string]
	value = func(depth int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			between := func(s string) string { return space.Draw(t, "before") + s + space.Draw(t, "behind") }
			most := 5
			if depth == 0 {
				most = 3
			}
			switch n := rapid.IntRange(0, 3).Draw(t, "members"); rapid.IntRange(0, most).Draw(t, "kind") {
			case 0:
				return rapid.SampledFrom([]string{"1", "-2.50", "0", "12345678901234567890", "true", "false", "null"}).Draw(t, "scalar")
			case 1:
				return rapid.SampledFrom([]string{`""`, `"a"`, `"\""`, `"}]\\"`, `"é\n"`, "\"\xff\"", `"aGk="`, `"a long text, with , and : in it"`}).Draw(t, "text")
			case 2:
				return rapid.SampledFrom([]string{"1", "1", "1", "1e2", "1E999", strings.Repeat("1", 301) + ".5"}).Draw(t, "number")
			case 3, 4:
				var members []string
				for range n {
					members = append(members, between(`"`+names.Draw(t, "name")+`"`)+":"+between(value(max(0, depth-1)).Draw(t, "member")))
				}
				return "{" + space.Draw(t, "inside") + strings.Join(members, ",") + "}"
			default:
				var elements []string
				for range n {
					elements = append(elements, between(value(max(0, depth-1)).Draw(t, "element")))
				}
				return "[" + space.Draw(t, "inside") + strings.Join(elements, ",") + "]"
			}
		})
	}
	hop := rapid.SampledFrom([]any{"a", "a", "b", "b", "$bytes", "é", "", 0, 1, -1, 5})
	rapid.Check(t, func(t *rapid.T) {
		text := space.Draw(t, "before") + value(4).Draw(t, "value") + space.Draw(t, "behind")
		agrees(t, []byte(text), rapid.SliceOfN(hop, 0, 4).Draw(t, "path")...)
	})
}

func FuzzLook(f *testing.F) {
	for _, text := range append(validSeeds, `{"a":{"b":[1,2,{"a":3}]}}`, `{"a":1e999}`, `{"\u0061":1}`, `{"a":1,"a":{"b":2}}`, `{"$bytes":"aGk="}`, `[[1],[2,"]"]]`) {
		for _, path := range []string{"a", "a\x00b", "a\x00#1", "#0", "#-1\x00b", "$bytes", "é"} {
			f.Add([]byte(text), path)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, names string) {
		var path []any
		for name := range strings.SplitSeq(names, "\x00") {
			if i, err := ParseNumber(strings.TrimPrefix(name, "#")); err == nil && strings.HasPrefix(name, "#") {
				if i, ok := i.(int64); ok && -1000 < i && i < 1000 {
					path = append(path, int(i))
					continue
				}
			}
			path = append(path, name)
		}
		agrees(t, text, path...)
	})
}

// BenchmarkLook finds the last member of payloads, by a look and by decoding
// all of it; both include the check that it is JSON.
func BenchmarkLook(b *testing.B) {
	record := `{"id": "o-17", "amount": 12.50, "paid": true, "tags": ["a", "b"]}`
	for name, text := range map[string]string{
		"small":  `{"orderId":"o-1700","accepted":true,"total":249.5,"currency":"EUR","last":"x"}`,
		"4 KiB":  `{"all": [` + strings.Repeat(record+",", 4<<10/len(record)) + `0], "last": "x"}`,
		"64 KiB": `{"all": [` + strings.Repeat(record+",", 64<<10/len(record)) + `0], "last": "x"}`,
		"text":   `{"all": "` + strings.Repeat("x", 64<<10) + `", "last": "x"}`,
	} {
		raw := []byte(text)
		for way, take := range map[string]func(*Payload) any{
			"look":  func(p *Payload) any { v, _ := lookAt(p, "last"); return v },
			"whole": func(p *Payload) any { return p.Value().(map[string]any)["last"] },
			"check": func(p *Payload) any { p.IsJSON(); return "x" },
		} {
			b.Run(name+"/"+way, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(raw)))
				for b.Loop() {
					if got := take(NewPayload(raw).(*Payload)); got != "x" {
						b.Fatal(got)
					}
				}
			})
		}
	}
}
