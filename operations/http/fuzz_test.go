package http

import (
	"testing"

	"github.com/medlar-flow/medlar/internal/value"
)

// FuzzDecode: whatever a server sends is a value of flows or an error.
func FuzzDecode(f *testing.F) {
	f.Add("application/json", []byte(`{"a": [1, 1.5, 123456789012345678901234567890, null]}`))
	f.Add("text/plain; charset=iso-8859-1", []byte("gr\xfc\xdfe"))
	f.Add("application/problem+json", []byte("{"))
	f.Add("multipart/form-data; boundary=x", []byte("--x--"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		v, err := decode(contentType, body)
		if err != nil {
			return
		}
		if _, err := value.Normalize(v); err != nil {
			t.Errorf("%q gives what no flow can hold: %v", contentType, err)
		}
	})
}
