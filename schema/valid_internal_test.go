package schema

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

var validSeeds = []string{
	`{"a":1}`, ` [1, 2.5, -0, 1e9, 1E-3, {"b": []}] `, `"x\u00e9\n\"\\ y"`, `{}`, `[]`, `[[],{}]`, `null`, `true`, `false`,
	``, ` `, `{`, `[`, `[1,]`, `{"a":}`, `{"a" 1}`, `{a:1}`, `01`, `1.`, `.5`, `-`, `1e`, `1e+`, `nul`, `truely`, `"abc`, `"a\q"`, `"\u12g4"`,
	"\"a\tb\"", "\"\xff\"", `[1 2]`, `1 2`, `{"a":1}}`, `]`, `{"a":1,"b":[1,{"c":null}]}`, `{"a":1,}`, `[}`, `{]`, `"12345678"`, `"1234567`,
	`"1234567\`, `[1}`, `{"k":"v"`, "\"\x1f\"", "\"12345678\x01\"", "\u00a0 1",
}

func TestValidJSON(t *testing.T) {
	for _, text := range append(validSeeds,
		strings.Repeat("[", maxNesting)+strings.Repeat("]", maxNesting), strings.Repeat("[", maxNesting+1)+strings.Repeat("]", maxNesting+1),
		strings.Repeat(`{"a":`, 300)+"1"+strings.Repeat("}", 300),
	) {
		if got, want := validJSON([]byte(text)), json.Valid([]byte(text)); got != want {
			t.Errorf("%.60q: %v, encoding/json says %v", text, got, want)
		}
	}
}

func TestIsJSONDocument(t *testing.T) {
	for text, want := range map[string]bool{
		`{}`: true, ` [1] `: true, "\n{\"a\":1}": true, ``: false, ` `: false, `1`: false, `"{}"`: false, `{`: false, `{} 1`: false, `{hello}`: false, `null`: false,
	} {
		if got := IsJSONDocument([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzValidJSON(f *testing.F) {
	for _, seed := range validSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := validJSON(text), json.Valid(text); got != want {
			t.Errorf("%q: %v, encoding/json says %v", text, got, want)
		}
	})
}

func BenchmarkValidJSON(b *testing.B) {
	text := []byte("[" + strings.Repeat(`{"article":"lamp","count":12,"note":"a longer text with é in it","price":12.50},`, 800) + "0]")
	for name, valid := range map[string]func([]byte) bool{"ours": validJSON, "encoding-json": json.Valid} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if !valid(text) {
					b.Fatal("not valid")
				}
			}
		})
	}
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
