package temporal

import (
	"context"
	"log/slog"
	"slices"
)

// quietLogs leaves out of the SDK's log what can hold values of a run.
type quietLogs struct {
	slog.Handler
	// with are attributes that the handler gets once there is a line: the SDK makes a
	// logger for each task, and mostly writes nothing to it.
	with []slog.Attr
}

// hidden are the attributes that are left out: results, and panics of
// operations with what they were about.
var hidden = []string{"Result", "PanicError", "PanicStack", "StackTrace"}

// Handle writes a line.
func (q quietLogs) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if !slices.Contains(hidden, a.Key) {
			clean.AddAttrs(a)
		}
		return true
	})
	return q.ready().Handle(ctx, clean) //nolint:wrapcheck // the logger's own
}

// ready returns the handler with all attributes.
func (q quietLogs) ready() slog.Handler {
	if len(q.with) == 0 {
		return q.Handler
	}
	return q.Handler.WithAttrs(q.with)
}

// WithAttrs is that of slog.Handler.
func (q quietLogs) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quietLogs{q.Handler, slices.Concat(q.with, attrs)}
}

// WithGroup is that of slog.Handler.
func (q quietLogs) WithGroup(name string) slog.Handler {
	return quietLogs{Handler: q.ready().WithGroup(name)}
}
