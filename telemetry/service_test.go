package telemetry_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/telemetry"
)

// service is what the flows of these tests call.
type service struct {
	mu    sync.Mutex
	calls []string
	trace []connector.Trace // that each call belongs to
	// meets is called by svc.do with its name.
	meets func(ctx context.Context, name string) error
}

type doIn struct {
	Name string `param:"name,required" doc:"What is done."`
}

func (s *service) do(ctx context.Context, _ *connector.Call, in doIn) (struct{}, error) {
	s.mu.Lock()
	s.calls = append(s.calls, in.Name)
	s.trace = append(s.trace, connector.TraceOf(ctx))
	meets := s.meets
	s.mu.Unlock()
	if meets != nil {
		return struct{}{}, meets(ctx, in.Name)
	}
	return struct{}{}, nil
}

func (s *service) registry(t testing.TB) *connector.Registry {
	t.Helper()
	reg, err := s.newRegistry()
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

func (s *service) newRegistry() (*connector.Registry, error) {
	return connector.NewRegistry(&connector.Connector{
		Name: "svc", Summary: "A service.",
		Operations: []*connector.Operation{connector.OpWith("svc.do", "Do.", s.do, connector.WithErrors(
			connector.ErrorCode{Code: "Busy", Class: connector.ClassThrottled}, connector.ErrorCode{Code: "Broken", Class: connector.ClassConflict}))},
	})
}

func (s *service) flow(t testing.TB, files ...string) *flows.Flow {
	t.Helper()
	fsys := fstest.MapFS{"flow.yaml": {Data: []byte(files[0])}}
	for _, text := range files[1:] {
		name, _, _ := strings.Cut(strings.TrimPrefix(text, "flow: "), "\n")
		fsys[name+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	flow, err := flows.Load(fsys, "flow.yaml", s.registry(t))
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

// failing fails calls, by name, so often.
func failing(times map[string]int, code string, class connector.Class) func(context.Context, string) error {
	var mu sync.Mutex
	return func(_ context.Context, name string) error {
		mu.Lock()
		defer mu.Unlock()
		if times[name] == 0 {
			return nil
		}
		times[name]--
		return &connector.Error{Code: code, Class: class, Message: "no " + name, RequestID: "req-1", Status: 429, Outcome: connector.OutcomeFailed}
	}
}

// sending returns what sends to a collector, and what sends all that is left.
func sending(t testing.TB, c *collector, change func(*telemetry.Config)) (sent *telemetry.Telemetry, flush func()) {
	t.Helper()
	config, problems := telemetry.FromEnv(env{"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL}.lookup)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if change != nil {
		change(&config)
	}
	sent = telemetry.New(config)
	flush = func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		sent.Shutdown(ctx)
	}
	t.Cleanup(flush)
	return sent, flush
}

// env is an environment.
type env map[string]string

func (e env) lookup(name string) (string, bool) {
	v, ok := e[name]
	return v, ok
}

// partOfNothing is a run that does not begin.
var partOfNothing = report.Part{RunID: "none", Flow: "none"}

var noCaller connector.Trace
