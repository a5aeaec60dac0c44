package cli

import (
	"io"
	"time"

	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/cli/internal/tree"
	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// reporter shows a run on standard error: as a tree on a terminal, otherwise
// as log lines.
type reporter struct {
	app      *app
	registry *connector.Registry
	flags    *runFlags
	file     *flowFile
	far      bool       // the run is carried elsewhere
	tree     *tree.Live // nil where lines are logged
	log      zerolog.Logger
	sent     watching
	run      string // the run's id, as its events tell it
}

func (r *reporter) start() {
	if !r.drawsTree() {
		r.log = newLogger(r.app.Stderr, r.flags.logFormat.value, r.flags.logLevel.value, r.app.color(), r.sent)
		return
	}
	r.tree = tree.Start(tree.Options{
		Out: r.app.Stderr, Now: r.app.Now, Color: r.app.color(),
		Size: func() (int, int) {
			width, height, ok := r.app.Terminal()
			if !ok {
				return 80, 24
			}
			return width, height
		},
	})
}

func (r *reporter) drawsTree() bool {
	if r.flags.lines || r.far {
		return false
	}
	_, _, terminal := r.app.Terminal()
	kind, _ := r.app.Env("TERM")
	return terminal && kind != "dumb"
}

func (r *reporter) listener() report.Listener {
	if r.tree != nil {
		return r.drawn()
	}
	write, few := flows.LogEvents(r.log), r.fewLines()
	return func(e report.Event) {
		r.run = e.RunID // the run calls one listener at a time, and has ended when this is read
		if few && e.Type == report.StepFinished {
			return
		}
		write(e)
	}
}

// fewLines is true where nobody asked for a log, and the run is one on the emulator, which
// changes nothing: the steps that went well are left out then.
func (r *reporter) fewLines() bool {
	return r.flags.local && !r.flags.lines && !r.far && r.sent.Lines() == nil
}

// drawn shows events in the tree. Their lines, which nobody sees, are sent where any
// are.
func (r *reporter) drawn() report.Listener {
	lines := r.sent.Lines()
	if lines == nil {
		return r.tree.Event
	}
	write := flows.LogEvents(zerolog.New(lines).Level(zerolog.InfoLevel))
	return func(e report.Event) {
		r.tree.Event(e)
		write(e)
	}
}

func (r *reporter) stop() {
	if r.tree != nil {
		r.tree.Close()
	}
}

// failure prints why the run failed: as a log line where JSON was asked for, so
// that every line stays JSON, otherwise for people.
func (r *reporter) failure(e *report.RunError) {
	op, _ := r.registry.Operation(e.Operation)
	help := advice(e, op, r.flags.local)
	if r.flags.jsonOnly {
		logFailure(r.log.With().Str("run", r.run).Logger(), e, help)
		return
	}
	_, _ = io.WriteString(r.app.Stderr, describeFailure(e, help))
}

// color is true on a terminal where NO_COLOR does not forbid it.
func (a *app) color() bool {
	if no, _ := a.Env("NO_COLOR"); no != "" {
		return false
	}
	_, _, terminal := a.Terminal()
	return terminal
}

// newLogger returns a logger of one line an event, which is sent, too, where something
// is.
func newLogger(w io.Writer, format, level string, color bool, sent watching) zerolog.Logger {
	parsed, err := zerolog.ParseLevel(level)
	if err != nil {
		parsed = zerolog.Disabled // "off" is the one word that zerolog spells otherwise
	}
	if format == "console" {
		w = zerolog.ConsoleWriter{Out: w, NoColor: !color, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(sent.and(w)).Level(parsed).With().Timestamp().Logger()
}
