package flows_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/medlar-flow/medlar/flows"
)

// What an expression draws hangs on the step that ran last, and in the
// condition of a repeat that is one of its body: runs that were recorded have
// drawn it so.
func TestRandomOfUntil(t *testing.T) {
	var b [16]byte
	for i := range 2 {
		sum := sha256.Sum256(fmt.Appendf(nil, "r-1\x00/1[0]/inner\x00%d", i))
		copy(b[8*i:], sum[:8])
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	want := fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	_, err := run(t, &recorder{}, `flow: t
inputs: {want: {type: string}}
steps:
  - repeat: [{id: inner, call: plain.nothing}]
    until: "${uuid() == ctx.want}"
    maxAttempts: 1
`, map[string]any{"want": want}, flows.WithRunID("r-1"))
	if err != nil {
		t.Error(err)
	}
}
