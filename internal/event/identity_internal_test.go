package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/value"
)

// Digests are kept with runs: whatever was a request's stays it.
func TestDigestIsThatOfItsParts(t *testing.T) {
	registry, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	const text = "flow: one\ntriggers:\n  - {http: POST /one, auth: none}\nsteps:\n  - set: {a: 1}\n"
	flow, err := flows.Load(fstest.MapFS{"one.yaml": {Data: []byte(text)}}, "one.yaml", registry)
	if err != nil {
		t.Fatal(err)
	}
	r := NewRoute(flow, flow.Triggers()[0])
	for _, tt := range []struct {
		name, key string
		req       Request
	}{
		{"nothing", "", Request{}},
		{"empty", "", Request{Path: map[string]any{}, Query: map[string]any{}, Raw: []byte{}}},
		{"body", "", Request{Path: map[string]any{}, Query: map[string]any{}, Raw: []byte(`{"a":1}`)}},
		{"key", "k-1", Request{Raw: []byte("x")}},
		{"query", "k", Request{Path: map[string]any{"id": "ü/<"}, Query: map[string]any{"b": "2", "a": []any{"1", "1"}}, Raw: bytes.Repeat([]byte("0"), 5000)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			query, _ := value.EncodeJSON(tt.req.Query)
			path, _ := value.EncodeJSON(tt.req.Path)
			h := sha256.New()
			for _, part := range []string{"event", "one\x00" + r.Trigger.Name, tt.key, string(path), string(query), string(tt.req.Raw)} {
				_ = binary.Write(h, binary.BigEndian, uint64(len(part)))
				h.Write([]byte(part))
			}
			if got := r.digest(&tt.req, tt.key); !bytes.Equal(got, h.Sum(nil)) {
				t.Errorf("the digest is %x, not %x", got, h.Sum(nil))
			}
		})
	}
}

func TestPointerOf(t *testing.T) {
	for _, tt := range []struct{ path, want string }{
		{"", "#"}, {"a", "#/a"}, {"a b", "#/a%20b"}, {"~", "#/~0"}, {"/", "#/~1"}, {"~1", "#/~01"}, {"a~/b", "#/a~0~1b"}, {"a|x|y", "#/a/x/y"},
	} {
		var path []string
		if tt.path != "" {
			path = strings.Split(tt.path, "|")
		}
		if got := PointerOf(path); got != tt.want {
			t.Errorf("%q gives %q, not %q", tt.path, got, tt.want)
		}
	}
}
