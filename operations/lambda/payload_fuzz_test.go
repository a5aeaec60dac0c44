package lambda

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/value"
)

// Whatever a function answers, another one can be sent it: as it came where
// it is JSON.
func FuzzEncodePayload(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `"x"`, `1.0`, "plain", "\xff", ` {"b":1, "a":2} `, `{"$bytes":"aGk="}`, `1e999`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		p := value.NewPayload(answer)
		if p == nil {
			return
		}
		sent, err := payloadBytes(p)
		if err != nil {
			t.Fatalf("%q: %v", answer, err)
		}
		if !bytes.Equal(sent, answer) && (json.Valid(answer) || !utf8.Valid(answer)) || utf8.Valid(answer) && !json.Valid(sent) {
			t.Errorf("%q is sent as %q", answer, sent)
		}
		if inside, err := payloadBytes(map[string]any{"a": p}); err != nil || !json.Valid(inside) {
			t.Errorf("%q in a map is sent as %q, %v", answer, inside, err)
		}
	})
}
