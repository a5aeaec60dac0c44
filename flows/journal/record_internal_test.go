package journal

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/internal/value"
)

// A body that was encoded where it is to stand gives the same record as one
// that is copied there, also where its scope is longer than it seemed.
func TestSetBody(t *testing.T) {
	values := []any{nil, "x", map[string]any{"Payload": value.NewPayload([]byte(`{"a":1}`)), "n": int64(1)}, []byte(strings.Repeat("x", 300))}
	for _, scope := range []string{"", "/0.17", strings.Repeat("/0.17", 100)} {
		for _, v := range values {
			rec := record{kind: kindResult, path: "/step", operation: "lambda.invoke", started: 1 << 60, at: -1 << 63, until: 1<<63 - 1, count: -1, index: 1}
			if err := rec.setBody(scope[:len(scope)/2], v); err != nil {
				t.Fatal(err)
			}
			rec.scope = scope
			plain := rec
			plain.whole = nil
			want := plain.encode()
			for range 2 {
				if diff := cmp.Diff(want, rec.encode()); diff != "" {
					t.Fatalf("%v (-want +got):\n%s", v, diff)
				}
			}
			again, err := decodeRecord("r", 1, withSum("r", 1, rec.encode()))
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := wire.Encode(v); string(again.body) != string(text) || again.scope != scope {
				t.Errorf("%v is read back with the body %q in %q", v, again.body, again.scope)
			}
		}
	}
	if err := (&record{}).setBody("", make(chan int)); err == nil {
		t.Error("a channel is a body")
	}
}

// A large result is copied once on its way into the journal.
func TestLargeBodyIsCopiedOnce(t *testing.T) {
	result := map[string]any{"Payload": value.NewPayload([]byte(`"` + strings.Repeat("x", 64<<10) + `"`)), "StatusCode": int64(200), "LogResult": nil}
	allocs := testing.AllocsPerRun(10, func() {
		rec := record{kind: kindResult, path: "/step", operation: "lambda.invoke", started: 1 << 60, at: 1 << 60}
		if err := rec.setBody("/0.1", result); err != nil {
			t.Error(err)
		}
		rec.scope = "/0.1"
		if data := rec.encode(); cap(data)-len(data) < sumSize {
			t.Error("there is no room for the checksum")
		}
	})
	if allocs > 1 {
		t.Errorf("%v allocations", allocs)
	}
}
