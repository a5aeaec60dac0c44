package otlp

import (
	"math/rand/v2"
	"sync/atomic"

	"github.com/medlar-flow/medlar/telemetry/internal/watch"
)

// Templates keeps what the spans of steps have in common from run to run, as protobuf,
// so that it is written once. There is little of it: steps of flows. The zero value is
// ready, and may be used at the same time.
type Templates struct {
	slots [templates]atomic.Pointer[template]
}

const (
	templates = 1 << 10
	// mostTemplate is the most bytes of one.
	mostTemplate = 1 << 10
	// staying is how often on average a template is not there before another one gives
	// way to it, so that two that have the same slot do not take it from each other all
	// the time.
	staying = 64
)

// template is a shape as it is written.
type template struct {
	of      watch.Shape
	written []byte
}

// shape appends a shape.
func (t *Templates) shape(dst []byte, h *watch.Shape) []byte {
	if t == nil {
		return protoShape(dst, h)
	}
	slot := &t.slots[h.Hash()%templates]
	was := slot.Load()
	if was != nil && was.of == *h {
		return append(dst, was.written...)
	}
	begin := len(dst)
	dst = protoShape(dst, h)
	if (was == nil || rand.N(staying) == 0) && len(dst)-begin <= mostTemplate && h.IsFixed() {
		slot.Store(&template{of: *h, written: append([]byte(nil), dst[begin:]...)})
	}
	return dst
}
