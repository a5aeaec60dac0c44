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

// Events are one where they give the flow the same, however it was written, and never
// where what they give differs.
func TestSameInputs(t *testing.T) {
	registry, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	const text = "flow: one\ninputs: {a: {type: any}}\nsteps:\n  - set: {b: 1}\n"
	flow, err := flows.Load(fstest.MapFS{"one.yaml": {Data: []byte(text)}}, "one.yaml", registry)
	if err != nil {
		t.Fatal(err)
	}
	digest := func(raw string, a any) []byte { return WithInputs(Hash(raw), flow, map[string]any{"a": a}) }
	object := func(members ...any) any {
		m := map[string]any{}
		for i := 0; i < len(members); i += 2 {
			m[members[i].(string)] = members[i+1]
		}
		return m
	}
	for _, tt := range []struct {
		name string
		a, b any
		same bool
	}{
		{"an integer as a number", int64(1), 1.0, true},
		{"the order of members", object("x", int64(1), "y", nil), object("y", nil, "x", int64(1)), true},
		{"integers that are one number", int64(1<<53 + 1), int64(1 << 53), false},
		{"a member that is null", object("x", nil), object(), false},
		{"a number as text", int64(1), "1", false},
		{"bytes as text", []byte{1}, "AQ==", false},
		{"texts that are no UTF-8", "\xff", "\xfe", false},
		{"such texts in a list", []any{"\xff"}, []any{"\ufffd"}, false},
		{"such names", object("\xff", int64(1)), object("\xfe", int64(1)), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Same(digest("a", tt.a), digest("b", tt.b)); got != tt.same {
				t.Errorf("they are the same: %t", got)
			}
			if !Same(digest("a", tt.a), digest("a", tt.a)) || !Same(digest("a", tt.a), Hash("a")) || !Same(Hash("a"), digest("a", tt.a)) || Same(Hash("a"), digest("b", tt.a)) {
				t.Error("the same bytes are not the same event, or others are")
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
