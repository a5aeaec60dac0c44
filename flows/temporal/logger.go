package temporal

import (
	"context"
	"log/slog"
	"slices"
)

// quiet leaves out of the SDK's log what can hold values of a run.
type quiet struct{ slog.Handler }

// hidden are the attributes that are left out: results, and panics of
// operations with what they were about.
var hidden = []string{"Result", "PanicError", "PanicStack", "StackTrace"}

// Handle writes a line.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if !slices.Contains(hidden, a.Key) {
			clean.AddAttrs(a)
		}
		return true
	})
	return q.Handler.Handle(ctx, clean) //nolint:wrapcheck // the logger's own
}

// WithAttrs is that of slog.Handler.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup is that of slog.Handler.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
