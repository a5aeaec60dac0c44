package interp

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/value"
)

func TestRedact(t *testing.T) {
	tests := map[string]struct {
		secrets    []string
		text, want string
	}{
		"none":                 {nil, "nothing to hide", "nothing to hide"},
		"in the middle":        {[]string{"password1"}, "a password1 b", "a *** b"},
		"at both ends":         {[]string{"password1"}, "password1 and password1", "*** and ***"},
		"beside itself":        {[]string{"password1"}, "password1password1", "******"},
		"one within another":   {[]string{"password1", "password1-long"}, "password1-long, password1", "***, ***"},
		"the other way round":  {[]string{"password1-long", "password1"}, "password1-long, password1", "***, ***"},
		"one inside another":   {[]string{"inner-secret", "x-inner-secret-x"}, "x-inner-secret-x", "***"},
		"shorter than a word":  {[]string{"short"}, "short", "short"},
		"of the least length":  {[]string{"12345678"}, "<12345678>", "<***>"},
		"text that is shorter": {[]string{"12345678"}, "1234567", "1234567"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var r redactor
			for _, secret := range test.secrets {
				r.add(secret)
			}
			if got := r.text(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// What is recorded is searched as it is stored: also the bytes of payloads.
func TestHolds(t *testing.T) {
	var r redactor
	r.add("pass/word-1")
	payload := func(text string) any { return value.NewPayload([]byte(text)) }
	for name, v := range map[string]any{
		"text": "a pass/word-1", "bytes": []byte("pass/word-1"), "a key": map[string]any{"pass/word-1": nil}, "an element": []any{int64(1), "pass/word-1"},
		"a payload": payload(`{"a": ["pass/word-1"]}`), "a payload in a map": map[string]any{"p": payload(`"pass/word-1"`)},
		"escaped": payload(`"\u0070ass/word-1"`), "an escape of JSON": payload(`"pass\/word-1"`), "a payload of text": payload("a pass/word-1"),
		"base64 in a payload": payload(`"` + base64.StdEncoding.EncodeToString([]byte("pass/word-1")) + `"`), "a key in a payload": payload(`{"pass\u002fword-1": 1}`),
	} {
		if !r.holds(v) {
			t.Errorf("%s: the secret is not found", name)
		}
	}
	for name, v := range map[string]any{
		"null": nil, "a number": 1.5, "other text": "pass/word-2", "a payload": payload(`["pass", "/word-1", "\n"]`), "a short payload": payload("1"),
	} {
		if r.holds(v) {
			t.Errorf("%s: a secret is found", name)
		}
	}
}

// BenchmarkRedact: a new secret for each text, as a loop over many makes them.
func BenchmarkRedact(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var r redactor
			for i := range n {
				r.add(fmt.Sprintf("secret-number-%d", i))
			}
			text := strings.Repeat("some text of a log line, ", 8) + "secret-number-7"
			b.SetBytes(int64(len(text)))
			for i := 0; b.Loop(); i++ {
				r.text(text)
			}
		})
	}
}
