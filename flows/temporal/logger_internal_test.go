package temporal

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
)

// attrsCounted counts how often a handler is given attributes.
type attrsCounted struct {
	slog.Handler
	times *int
}

func (c attrsCounted) WithAttrs(attrs []slog.Attr) slog.Handler {
	*c.times++
	return attrsCounted{c.Handler.WithAttrs(attrs), c.times}
}

// TestQuietLogs: lines have the attributes of their loggers, and what can hold values
// of a run is left out. Attributes of a logger that writes nothing cost nothing.
func TestQuietLogs(t *testing.T) {
	var out bytes.Buffer
	times := 0
	logger := slog.New(quietLogs{Handler: attrsCounted{slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}), &times}})
	worker := logger.With("queue", "q")
	task := worker.With("run", "r")
	worker.With("run", "another").Info("not written")
	if task.Debug("not written"); times != 0 || out.Len() > 0 {
		t.Errorf("attributes were given %d times, and %q is written", times, out.String())
	}
	task.LogAttrs(context.Background(), slog.LevelWarn, "one", slog.String("Result", "secret"), slog.Int("n", 1))
	task.WithGroup("g").With("in", "g").Warn("two", "PanicStack", "secret", "n", 2)
	worker.Error("three")
	const want = `level=WARN msg=one queue=q run=r n=1
level=WARN msg=two queue=q run=r g.in=g g.n=2
level=ERROR msg=three queue=q
`
	var got bytes.Buffer
	for line := range bytes.Lines(out.Bytes()) {
		_, rest, _ := bytes.Cut(line, []byte(" ")) // what follows the time
		got.Write(rest)
	}
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}
