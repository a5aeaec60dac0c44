package schema

import (
	"encoding/json"
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
