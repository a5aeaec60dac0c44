// Package telemetry sends the spans and the log lines of runs to a collector, by
// OpenTelemetry's protocol over HTTP (OTLP).
//
// Begin with [FromEnv], which reads the usual OTEL_ variables, or with a [Config] of
// your own, and [New]; give [Telemetry.Observer] to the runs, and call
// [Telemetry.Shutdown] at the end:
//
//	config, problems := telemetry.FromEnv(os.LookupEnv)
//	t := telemetry.New(config)
//	defer t.Shutdown(ctx)
//	flow.Run(ctx, inputs, flows.WithObserver(t.Observer()))
//
// A run never waits for a collector, and never fails because of one: what cannot be
// sent waits in a queue of a bounded size, is dropped where that is full, and is told
// of once. There is no global state.
package telemetry

import (
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/telemetry/internal/otlp"
	"github.com/medlar-flow/medlar/telemetry/internal/watch"
)

// Config says what is sent, and where to. The zero value sends nothing.
type Config struct {
	// Traces is where spans are sent; nil for nowhere.
	Traces *Endpoint
	// Logs is where log lines are sent; nil for nowhere.
	Logs *Endpoint
	// Resource are attributes of the process that sends; service.name is "medlar"
	// unless it is said.
	Resource map[string]string
	// Sampler says which traces are recorded; nil for all, but for those whose caller
	// does not record them.
	Sampler Sampler
	// NoPropagation keeps the place of a run in its trace from callers and services:
	// none is taken, and none is sent.
	NoPropagation bool
	// Notice is told, once for spans and once for log lines, that some were lost, and
	// at the end how many; nil for nobody. It may be called by any goroutine.
	Notice func(text string)
	// Now is the clock; nil for the system's.
	Now func() time.Time
}

// Endpoint is where a kind of data is sent. The zero value of each bound is its
// default.
type Endpoint struct {
	// URL is taken as it is: http://127.0.0.1:4318/v1/traces.
	URL string
	// Headers are sent with each request; they may be secret, and are never shown.
	Headers http.Header
	// JSON is true for OTLP in JSON, else it is protobuf.
	JSON bool
	// Gzip compresses requests.
	Gzip bool
	// TLS is how the collector is known; nil for the system's certificates.
	TLS *tls.Config
	// Timeout bounds a request; 10 s by default.
	Timeout time.Duration
	// Delay is how long something waits for others to be sent with; 5 s by default for
	// spans, 1 s for log lines.
	Delay time.Duration
	// Batch is the most that one request has; 512 by default.
	Batch int
	// Queue is the most that waits, or is being sent; what comes beyond is dropped.
	// 2,048 by default.
	Queue int
}

// Telemetry sends what it is told of runs. Its methods may be called at the same time,
// and of nil: that sends nothing.
type Telemetry struct {
	config   Config
	observer *watch.Observer
	remote   *watch.Remote
	spans    *queue // nil where none are sent
	lines    *queue
	ending   sync.Once
}

// New begins to send. Call Shutdown at the end. It returns nil where there is nothing
// to send.
func New(c Config) *Telemetry {
	if c.Traces == nil && c.Logs == nil {
		return nil
	}
	c.Notice = cmpOr(c.Notice, func(string) {})
	c.Now = cmpOr(c.Now, time.Now)
	c.Sampler = cmpOr(c.Sampler, ParentBased(Always))
	t := &Telemetry{config: c}
	by := &otlp.Sender{Resource: resource(c.Resource), Scope: scope, Version: version()}
	if c.Traces != nil {
		t.spans = newQueue(c.Traces, "spans", 5*time.Second, by, otlp.Form.Spans, c.Notice)
		to := &sink{t, &otlp.Templates{}}
		t.observer = &watch.Observer{Sink: to, Now: c.Now, ByRoot: true, Propagate: t.propagate}
		t.remote = &watch.Remote{Sink: to, Root: to.remoteRoot, Now: c.Now, Propagate: t.propagate}
	}
	if c.Logs != nil {
		t.lines = newQueue(c.Logs, "log lines", time.Second, by, otlp.Form.Records, c.Notice)
	}
	return t
}

func cmpOr[F func(string) | func() time.Time | Sampler](f, otherwise F) F {
	if f == nil {
		return otherwise
	}
	return f
}

// Observer watches runs, for flows.WithObserver; nil where no spans are sent.
func (t *Telemetry) Observer() report.Observer {
	if t == nil || t.observer == nil {
		return nil
	}
	return t.observer
}

// Remote watches runs that are carried by several processes, for a worker of Temporal; nil
// where no spans are sent.
func (t *Telemetry) Remote() report.RemoteObserver {
	if t == nil || t.remote == nil {
		return nil
	}
	return t.remote
}

// Lines takes lines of a log in JSON, as zerolog writes them, each by one call of
// Write; nil where none are sent. What a line says of a run has the names that spans
// have, and its trace_id and span_id become those of the record.
func (t *Telemetry) Lines() io.Writer {
	if t == nil || t.lines == nil {
		return nil
	}
	return &lineWriter{Telemetry: t}
}

// Shutdown sends what waits, and ends. It waits until ctx ends at most; what has not
// left by then is lost, and told. Where a collector does not answer it is not asked
// again.
func (t *Telemetry) Shutdown(ctx context.Context) {
	if t == nil {
		return
	}
	t.ending.Do(func() {
		var both sync.WaitGroup
		for _, q := range []*queue{t.spans, t.lines} {
			if q != nil {
				both.Go(func() { q.end(ctx) })
			}
		}
		both.Wait()
	})
}

// scope names what makes the spans.
const scope = "github.com/medlar-flow/medlar/telemetry"

// version is that of the module in the program; empty where it is not known.
func version() string {
	const module = "github.com/medlar-flow/medlar"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path == module && m.Version != "(devel)" {
			return m.Version
		}
	}
	return ""
}

// resource returns the attributes of the process.
func resource(given map[string]string) []watch.Attr {
	all := map[string]string{
		"service.name": "medlar", "telemetry.sdk.name": "medlar", "telemetry.sdk.language": "go",
		"telemetry.sdk.version": cmp.Or(version(), "devel"),
	}
	for name, v := range given {
		all[name] = v
	}
	attrs := make([]watch.Attr, 0, len(all)+1)
	for _, name := range value.SortedKeys(all) {
		attrs = append(attrs, watch.Attr{Key: name, Text: all[name]})
	}
	return slices.Clip(append(attrs, watch.Attr{Key: "process.pid", Number: int64(os.Getpid()), Type: watch.Integer}))
}
