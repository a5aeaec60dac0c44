package event

import (
	"net/http"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/value"
)

// A body that is not JSON is told what is wrong, where, and what to send; nothing that
// stands in it is repeated.
func TestNotJSON(t *testing.T) {
	const s3cret = "s3cret"
	for _, tt := range []struct{ name, body, detail, pointer, help string }{
		{"white space", " \n", "it is empty", "", "no body at all"},
		{"a byte order mark", "\xef\xbb\xbf{}", "it begins with a byte order mark", "", "without"},
		{"UTF-16", "\xff\xfe{\x00}\x00", "it is UTF-16", "", "UTF-8"},
		{"compressed", "\x1f\x8b\x08\x00", "it is compressed", "", "as it is"},
		{"half", `{"n": `, "line 1, column 7: it ends where a value belongs", "", "all of it"},
		{"no bracket", "{\"n\": 1,\n \"m\": [1", "line 2, column 9: it ends before the ]", "", "all of it"},
		{"no quote", "{\"n\": \"s3cret}", "line 1, column 7: the quote that ends this text is missing", "", "all of it"},
		{"other quotes", `{'n': 1}`, "line 1, column 2: the name of a member stands in other quotes", "", `"…"`},
		{"a text in other quotes", `{"ü": 's3cret'}`, "line 1, column 7: a text stands in other quotes", "", `"…"`},
		{"no quotes", `{n: 1}`, "line 1, column 2: the name of a member does not stand in quotes", "", `"…"`},
		{"a word", `{"n": s3cret}`, "line 1, column 7: no value stands here", "", "null, true"},
		{"a comment", "{\"n\": // s3cret\n1}", "line 1, column 7: no value stands here", "", "comments"},
		{"a comma behind", `{"n": [1, 2, ]}`, "line 1, column 12: a comma stands behind the last value", "", "take it out"},
		{"no comma", "{\"n\": 1\n\"m\": 2}", "line 2, column 1: a comma or a } is missing", "", "between"},
		{"no colon", `{"n" 1}`, "line 1, column 6: the : between", "", "value}"},
		{"no value", `{"n": ,}`, "line 1, column 7: a value is missing", "", "null, true"},
		{"text behind", `{"n": 1} s3cret`, "line 1, column 10: text stands behind the value", "", "one value"},
		{"a zero in front", `[007]`, "line 1, column 2: a number is not written as JSON has it", "", "0.5"},
		{"a plus", `[+7]`, "line 1, column 2: a number is not written as JSON has it", "", "0.5"},
		{"a line break", "[\"s3cret\n\"]", "line 1, column 9: a line break", "", `\n`},
		{"an escape", `["\x41"]`, `line 1, column 3: a \ stands`, "", `\\`},
		{"an escape of three", `["\u041"]`, `line 1, column 3: \u is followed`, "", "four digits"},
		{"no UTF-8", "{\"a/b\": [1, \"s3cret\xff\"]}", "line 1, column 20: a text is no UTF-8", "#/a~1b/1", "UTF-8"},
		{"half of a pair", `{"a": ["\ud83d\ude00", "\ud800"]}`, `line 1, column 25: a \u from d800 to dfff stands without`, "#/a/1", `\ud83d\ude00`},
		{"the other half", `["\udc00\ud800"]`, `a \u from d800 to dfff stands without`, "#/0", `\ud83d\ude00`},
		{"half in a name", `{"a": {"\uD800": 1}}`, `a \u from d800 to dfff stands without`, "#/a", `\ud83d\ude00`},
		{"too large", `{"n": [1, -1e400]}`, "line 1, column 11: a number is too large for 64 bits", "#/n/1", "text"},
		{"too many digits", `{"n": ` + strings.Repeat("7", value.MaxDigits+1) + `}`, "a number has more than 10000 digits", "#/n", "as text"},
		{"too deep", strings.Repeat("[", 200) + strings.Repeat("]", 200), "line 1, column 102: it nests more than 100 levels deep", "", "flatter"},
		{"too deep and open", strings.Repeat(`{"a":`, 100_000), "it nests more than 100 levels deep", "", "flatter"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, p := Body("application/json", []byte(tt.body))
			if p == nil || p.Code != "NotJSON" || p.Status != http.StatusBadRequest {
				t.Fatalf("it is read as %v, %+v", v, p)
			}
			if !strings.Contains(p.Detail, tt.detail) || !strings.Contains(p.Help, tt.help) {
				t.Errorf("it says %q, help %q", p.Detail, p.Help)
			}
			switch {
			case len(p.Errors) == 0 && tt.pointer != "", len(p.Errors) > 0 && p.Errors[0].Pointer != tt.pointer:
				t.Errorf("errors are %+v, want %q", p.Errors, tt.pointer)
			case len(p.Errors) > 0 && p.Errors[0].Help == "":
				t.Error("it has no help")
			}
			if text := string(p.Answer().Body); strings.Contains(text, s3cret) || len(text) > 1000 {
				t.Errorf("it repeats the body: %s", text)
			}
		})
	}
	for _, body := range []string{`{"a": "\ud83d\ude00 \\ud800"}`, `["\\\ud83d\ude00"]`, ` [1e5, -0.5, "\u00fc"] `} {
		if _, p := Body("", []byte(body)); p != nil {
			t.Errorf("%s is refused: %+v", body, p)
		}
	}
}

// A key in quotes is a text of structured fields.
func TestKeyOf(t *testing.T) {
	for text, want := range map[string]string{
		`k`: "k", `"k"`: "k", ` "k" `: "k", `"q\"x"`: `q"x`, `"q\\x"`: `q\x`, `q\x`: `q\x`, `"a, b"`: "a, b", `""`: "", `"`: "", `a b`: "", `"a" "b"`: "", `"a", "b"`: "", `"a\"`: "", "\"a\tb\"": "", `"ü"`: "",
	} {
		if got, p := keyOf(http.Header{"Idempotency-Key": {text}}); got != want || (p == nil) != (want != "") {
			t.Errorf("%s is %q, %v, want %q", text, got, p, want)
		}
	}
}
