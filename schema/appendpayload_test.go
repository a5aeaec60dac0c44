package schema

import (
	"testing"

	"pgregory.net/rapid"
)

func TestAppendPayloadProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawValue(t, 3)
		if rapid.Bool().Draw(t, "payload") {
			v = map[string]any{"v": v, "p": payload(rapid.SampledFrom([]string{"[1.0]", "plain", "\xff"}).Draw(t, "raw"))}
		}
		want, wantErr := EncodePayload(v)
		got, err := AppendPayload([]byte("x"), v)
		if (err == nil) != (wantErr == nil) || err == nil && string(got) != "x"+string(want) {
			t.Fatalf("appends %q, %v, want %q, %v", got, err, want, wantErr)
		}
	})
}
