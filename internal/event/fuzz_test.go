package event

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/value"
)

// Whatever comes as a body, a query, a path or a key is read or refused.
func FuzzRequest(f *testing.F) {
	f.Add("application/json", []byte(`{"a": [{"b": 1, "b": 2}]}`), "a=1&b=%E4", "/a/%2e%2e", `"key"`)
	f.Add("application/x-www-form-urlencoded", []byte("a=1&a=2"), "a;b", "//", "")
	f.Add("text/plain; charset=latin1", []byte{0xff}, "", "/\x00", "\x7f")
	f.Fuzz(func(t *testing.T, contentType string, raw []byte, query, path, key string) {
		if v, p := Body(contentType, raw); p == nil {
			if text, isText := v.(string); isText && contentType == "" && !json.Valid(raw) {
				t.Errorf("%q is taken for JSON, as %q", raw, text)
			}
		} else if p.Status < 400 || p.Status > 499 {
			t.Errorf("status %d", p.Status)
		}
		if v, err := value.DecodeJSON(raw); (err == nil && utf8.Valid(raw)) != (notJSON(raw) == nil) && !hasPairs(raw) {
			t.Errorf("%q is read as %v, %v; what is wrong: %+v", raw, v, err, notJSON(raw))
		}
		if v, err := value.DecodeJSON(raw); err == nil && utf8.Valid(raw) {
			_, twice := value.NamedTwice(raw, v)
			if _, p := decodeJSON(raw); p == nil == twice && !hasPairs(raw) {
				t.Errorf("%q is read as %v, a name is given twice: %t; what is wrong: %+v", raw, v, twice, p)
			}
		}
		if in, p := Query(query); p == nil && in == nil {
			t.Error("a query without parameters is nil")
		}
		PlainPath(path)
		if one, p := keyOf(http.Header{"Idempotency-Key": {key}}); p == nil {
			if again, p := keyOf(http.Header{"Idempotency-Key": {`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(one) + `"`}}); p != nil || again != one {
				t.Errorf("key %q in quotes is %q", one, again)
			}
		}
	})
}
