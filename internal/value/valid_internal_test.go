package value

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var validSeeds = []string{
	`{"a":1}`, ` [1, 2.5, -0, 1e9, 1E-3, {"b": []}] `, `"x\u00e9\n\"\\ y"`, `{}`, `[]`, `[[],{}]`, `null`, `true`, `false`,
	``, ` `, `{`, `[`, `[1,]`, `{"a":}`, `{"a" 1}`, `{a:1}`, `01`, `1.`, `.5`, `-`, `1e`, `1e+`, `nul`, `truely`, `"abc`, `"a\q"`, `"\u12g4"`,
	"\"a\tb\"", "\"\xff\"", `[1 2]`, `1 2`, `{"a":1}}`, `]`, `{"a":1,"b":[1,{"c":null}]}`, `{"a":1,}`, `[}`, `{]`, `"12345678"`, `"1234567`,
	`"1234567\`, `[1}`, `{"k":"v"`, "\"\x1f\"", "\"12345678\x01\"", "\u00a0 1",
}

func TestValidJSON(t *testing.T) {
	for _, text := range append(validSeeds,
		strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000), strings.Repeat("[", 10_001)+strings.Repeat("]", 10_001),
		strings.Repeat(`{"a":`, 300)+"1"+strings.Repeat("}", 300),
	) {
		sameVerdict(t, text)
	}
}

// Each byte stands at each place of a word of eight, in texts, numbers, white
// space and escapes, with and without a word behind it.
func TestValidJSONAtEachPlace(t *testing.T) {
	const behind = "        "
	for place := range 18 {
		for c := range 256 {
			for _, form := range [][2]string{
				{`"` + strings.Repeat("x", place), `"`},
				{`"` + strings.Repeat("é", place), `"`},
				{`["` + strings.Repeat(`\n`, place), `n"]`},
				{`[` + strings.Repeat("1", place), `]`},
				{`[1.` + strings.Repeat("0", place), `1]`},
				{`[2e` + strings.Repeat("9", place), `]`},
				{`{` + strings.Repeat(" ", place), `"a":1}`},
				{`{"a"` + strings.Repeat(" ", place), `:1}`},
				{`[` + strings.Repeat("\n\t\r ", place), `1]`},
				{`"\u00` + strings.Repeat("x", place), `0"`},
				{`[` + strings.Repeat(" ", place), "tru"},
				{strings.Repeat("[", place), strings.Repeat("]", place)},
			} {
				text := form[0] + string([]byte{byte(c)}) + form[1]
				for _, text := range []string{text, text + behind, text[:len(text)-1], form[0], form[0] + form[1]} {
					sameVerdict(t, text)
				}
			}
		}
	}
}

// Brackets nest up to, and beyond, what one word of bits holds.
func TestValidJSONNesting(t *testing.T) {
	for depth := range 200 {
		for _, form := range [][2]string{{"[", "]"}, {`{"a":`, "}"}, {`[{"a":`, "}]"}, {`{"a":[`, "]}"}, {"[1,[", "],2]"}, {"[{},[],", "]"}} {
			open, closed := strings.Repeat(form[0], depth), strings.Repeat(form[1], depth)
			sameVerdict(t, open+"1"+closed)
			sameVerdict(t, open+closed)
			sameVerdict(t, open+"1"+closed+form[1][:1])
			sameVerdict(t, open+"1"+strings.TrimSuffix(closed, "]"))
			sameVerdict(t, open+"1,"+closed)
			sameVerdict(t, open+"1"+strings.Replace(closed, "]", "}", 1))
			sameVerdict(t, open+"1"+strings.Replace(closed, "}", "]", 1))
		}
	}
}

// JSON of all kinds, and the same with a part that is changed, cut or doubled.
func TestValidJSONProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(anyJSON(3).Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "indented") {
			var b bytes.Buffer
			if err := json.Indent(&b, text, "", rapid.SampledFrom([]string{" ", "\t", "         "}).Draw(t, "indent")); err != nil {
				t.Fatal(err)
			}
			text = b.Bytes()
		}
		if !validJSON(text) {
			t.Errorf("%q is not valid", text)
		}
		at := rapid.IntRange(0, len(text)).Draw(t, "at")
		end := rapid.IntRange(at, len(text)).Draw(t, "end")
		put := rapid.SliceOfN(rapid.SampledFrom([]byte("\"\\{}[]:,0159.-+eEtrufalsn \n\x00\x1f\xff\xc3\xa9")), 0, 3).Draw(t, "put")
		for _, changed := range [][]byte{slices.Concat(text[:at], put, text[at:]), slices.Concat(text[:at], put, text[end:]), slices.Concat(text[:end], text[at:])} {
			sameVerdict(t, string(changed))
		}
	})
}

// anyJSON returns values that encoding/json writes.
func anyJSON(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(rapid.String().AsAny(), rapid.Int64().AsAny(), rapid.Float64().AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil))
	if depth == 0 {
		return leaf
	}
	inner := rapid.Deferred(func() *rapid.Generator[any] { return anyJSON(depth - 1) })
	return rapid.OneOf(leaf, rapid.SliceOfN(inner, 0, 6).AsAny(), rapid.MapOfN(rapid.String(), inner, 0, 6).AsAny())
}

// sameVerdict holds validJSON to encoding/json.
func sameVerdict(t interface {
	Helper()
	Errorf(format string, args ...any)
}, text string,
) {
	t.Helper()
	if got, want := validJSON([]byte(text)), json.Valid([]byte(text)); got != want {
		t.Errorf("%.200q: %v, encoding/json says %v", text, got, want)
	}
}

func TestIsJSONDocument(t *testing.T) {
	for text, want := range map[string]bool{
		`{}`: true, ` [1] `: true, "\n{\"a\":1}": true, ``: false, ` `: false, `1`: false, `"{}"`: false, `{`: false, `{} 1`: false, `{hello}`: false, `null`: false,
	} {
		if got := IsJSONDocument([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
		if p, ok := NewPayload([]byte(text)).(*Payload); ok && p.IsJSONDocument() != want {
			t.Errorf("%q, a payload: %v", text, !want)
		}
	}
}

func FuzzValidJSON(f *testing.F) {
	for _, seed := range validSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		sameVerdict(t, string(text))
	})
}

// BenchmarkValidJSON: documents that payloads are, ours beside encoding/json.
func BenchmarkValidJSON(b *testing.B) {
	for _, doc := range []struct{ name, text string }{
		{"records", list(`{"id":"o-000123","customer":"c-0123","total":%d.50,"paid":true,"tags":["new","web"],"address":{"city":"Turin","zip":"10123"}}`)},
		{"texts", list(`{"article":"lamp","count":12,"note":"a longer text with é in it, and \"quotes\" %d","price":12.50}`)},
		{"one text", `{"text":"` + strings.Repeat("x", 64<<10) + `"}`},
		{"numbers", list(`[%d,-1,0.25,1e9,123456789012,3.141592653589793]`)},
		{"indented", list("{\n      \"id\": \"o-%d\",\n      \"tags\": [\n        \"new\"\n      ]\n    }")},
		{"small", `{"orderId":"o-1700","accepted":true,"total":249.5,"lines":[{"article":"lamp","count":1},{"article":"bulb","count":4}]}`},
	} {
		for _, by := range []struct {
			name  string
			valid func([]byte) bool
		}{{"ours", validJSON}, {"encoding-json", json.Valid}} {
			b.Run(doc.name+"/"+by.name, func(b *testing.B) {
				text := []byte(doc.text)
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					if !by.valid(text) {
						b.Fatal("not valid")
					}
				}
			})
		}
	}
}

// list returns a list of 64 KiB, with numbers of different length in its items.
func list(item string) string {
	var text strings.Builder
	for i := 0; text.Len() < 64<<10; i++ {
		text.WriteString(map[bool]string{true: "[", false: ","}[i == 0])
		fmt.Fprintf(&text, item, i*i*i)
	}
	return text.String() + "]"
}

// Both ways to decode give the same value, and the same error.
func FuzzDecode(f *testing.F) {
	for _, seed := range validSeeds {
		f.Add([]byte(seed))
	}
	for _, seed := range []string{
		`{"$bytes":"aGk="}`, `{"$bytes":"?"}`, `{"$bytes":"aGk=","a":1}`, `{"a":1,"a":2}`, `123456789012345678901234567890`, `1e999`,
		`{"a":[{"$bytes":"aGk="},1e999]}`, `"\ud800"`, `"\ud83d\ude00"`, "{\"\xff\":1}", `-0`, `1.0`, `9223372036854775807`, `{"":{"":[]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := decodeJSON(text, 0)
		want, wantErr := decodeOther(text, 0)
		if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v; encoding/json: %v, %v", text, got, err, want, wantErr)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	text := []byte(`{"orderId":"o-1700","status":"done","total":249.5,"lines":[{"article":"lamp","count":1},{"article":"bulb","count":4}]}`)
	for name, decode := range map[string]func([]byte, int) (any, error){"ours": decodeJSON, "encoding-json": decodeOther} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := decode(text, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
