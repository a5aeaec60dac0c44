package cli

import (
	"context"
	"io"
	"time"

	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/telemetry"
)

// flushTime bounds what the end of the command waits for a collector.
const flushTime = 5 * time.Second

// watching sends the spans and the log lines of runs, where the environment says
// so; the zero value sends nothing.
type watching struct{ *telemetry.Telemetry }

// telemetry begins to send what the environment asks for; notice tells of what is
// lost. Call end when the runs have ended.
func (a *app) telemetry(notice func(text string)) watching {
	config, problems := telemetry.FromEnv(a.Env)
	for _, p := range problems {
		a.note("telemetry: " + p)
	}
	config.Notice = func(text string) { notice("telemetry: " + text) }
	return watching{telemetry.New(config)}
}

// options are those of runs that are watched.
func (w watching) options() []flows.RunOption {
	if o := w.Observer(); o != nil {
		return []flows.RunOption{flows.WithObserver(o)}
	}
	return nil
}

// and returns a writer that also sends the lines that are written to w.
func (w watching) and(to io.Writer) io.Writer {
	if lines := w.Lines(); lines != nil {
		return zerolog.MultiLevelWriter(to, lines)
	}
	return to
}

// end sends what is left. A command that was canceled does so, too.
func (w watching) end() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	w.Shutdown(ctx)
}
