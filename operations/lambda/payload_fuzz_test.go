package lambda

import (
	"testing"

	"github.com/medlar-flow/medlar/schema"
)

// Whatever a function answers becomes a value that has a JSON form.
func FuzzDecodePayload(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `"x"`, `123456789012345678901234567890`, "plain", "\xff", "", `{"$bytes":"aGk="}`, `1e999`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		if _, err := schema.EncodeJSON(decodePayload(payload)); err != nil {
			t.Errorf("%q: %v", payload, err)
		}
	})
}
