package flows

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"pgregory.net/rapid"
)

// What an operation says is written as zerolog itself writes a map.
func TestLogFieldsWritesWhatFieldsDoes(t *testing.T) {
	text := rapid.StringMatching(`[a-c"\\\n<é\x00]{0,3}`)
	values := rapid.OneOf(
		rapid.Just[any](nil), text.AsAny(), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.Int().AsAny(), rapid.Float64().AsAny(),
		rapid.SliceOf(rapid.Byte()).AsAny(), rapid.SliceOf(text).AsAny(), rapid.SliceOf(text.AsAny()).AsAny(),
		rapid.MapOf(text, rapid.Int64().AsAny()).AsAny(), rapid.Just[any](errors.New("no")),
	)
	line := func(write func(*zerolog.Event)) string {
		var seen bytes.Buffer
		log := zerolog.New(&seen)
		event := log.Info()
		write(event)
		event.Msg("m")
		return seen.String()
	}
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.MapOfN(text, values, 0, 12).Draw(t, "fields")
		want := line(func(e *zerolog.Event) { e.Fields(fields) })
		if diff := cmp.Diff(want, line(func(e *zerolog.Event) { logFields(e, fields) })); diff != "" {
			t.Errorf("the line (-want +got):\n%s", diff)
		}
	})
}

func TestLogFieldsOfNoLine(t *testing.T) {
	if logFields(nil, map[string]any{"a": 1, "b": "c"}) != nil {
		t.Error("a line came out of none")
	}
}
