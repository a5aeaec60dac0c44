package otelsdk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/telemetry/otelsdk"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	os.Exit(m.Run())
}

// registry has svc.do, which makes a span of its own, and fails where it is told to.
func registry(t testing.TB, tracer trace.Tracer, meets func(ctx context.Context, name string) error) *connector.Registry {
	t.Helper()
	type doIn struct {
		Name string `param:"name,required" doc:"What."`
	}
	reg, err := connector.NewRegistry(&connector.Connector{Name: "svc", Summary: "A service.", Operations: []*connector.Operation{
		connector.OpWith("svc.do", "Do.", func(ctx context.Context, _ *connector.Call, in doIn) (struct{}, error) {
			_, span := tracer.Start(ctx, "own "+in.Name)
			defer span.End()
			if got, want := connector.TraceOf(ctx).Parent, "00-"+trace.SpanContextFromContext(ctx).TraceID().String(); got[:len(want)] != want {
				t.Errorf("what is handed on, %s, is not where the call stands", got)
			}
			return struct{}{}, meets(ctx, in.Name)
		}, connector.WithErrors(connector.ErrorCode{Code: "Busy", Class: connector.ClassThrottled})),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

func load(t testing.TB, reg *connector.Registry, text string) *flows.Flow {
	t.Helper()
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

// spans are those that ended, by their names; the latest of each.
func spans(e *tracetest.InMemoryExporter) map[string]tracetest.SpanStub {
	all := map[string]tracetest.SpanStub{}
	for _, s := range e.GetSpans() {
		all[s.Name] = s
	}
	return all
}

// The spans of a run are the provider's: in the trace of the caller, each below another,
// with those below them that an operation makes itself.
func TestSpans(t *testing.T) {
	sent := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(sent))
	failed := false
	reg := registry(t, provider.Tracer("own"), func(context.Context, string) error {
		if !failed {
			failed = true
			return &connector.Error{Code: "Busy", Class: connector.ClassThrottled, Message: "not now"}
		}
		return nil
	})
	flow := load(t, reg, "flow: t\nsteps:\n  - {id: x, call: svc.do, with: {name: x}, idempotent: true, retry: {attempts: 2, delay: 1ms, on: [Busy]}}\n  - {fail: {code: Late, message: too late}}\n")
	caller := report.Caller{Kind: "http", Trace: connector.Trace{Parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", State: "a=b"}}
	_, err := flow.Run(t.Context(), nil, flows.WithRunID("r"), flows.WithCaller(caller), flows.WithObserver(otelsdk.Observer(provider)))
	if err == nil {
		t.Fatal("the run is done")
	}
	all := spans(sent)
	root, step, attempt, own := all["run t"], all["/x"], all["svc.do"], all["own x"]
	switch {
	case root.Parent.SpanID().String() != "b7ad6b7169203331" || !root.Parent.IsRemote() || root.SpanContext.TraceState().String() != "a=b":
		t.Error("the run is not below its caller:", root.Parent)
	case root.SpanKind != trace.SpanKindServer || attempt.SpanKind != trace.SpanKindClient || step.SpanKind != trace.SpanKindInternal:
		t.Error("the kinds are", root.SpanKind, attempt.SpanKind, step.SpanKind)
	case step.Parent.SpanID() != root.SpanContext.SpanID(), attempt.Parent.SpanID() != step.SpanContext.SpanID(), own.Parent.SpanID() != attempt.SpanContext.SpanID():
		t.Error("the tree is another one")
	case own.SpanContext.TraceID().String() != "0af7651916cd43dd8448eb211c80319c":
		t.Error("the trace is another one")
	case root.Status.Code != codes.Error || root.Status.Description != "too late" || step.Status.Code != codes.Unset:
		t.Error("the statuses are", root.Status, step.Status)
	case len(step.Events) != 1 || step.Events[0].Name != "retry" || len(step.Events[0].Attributes) != 3:
		t.Error("the events are", step.Events)
	case attempt.EndTime.Before(attempt.StartTime) || root.InstrumentationScope.Name != "github.com/medlar-flow/medlar/telemetry":
		t.Error("the attempt is", attempt)
	}
	got := map[string]string{}
	for _, a := range slices.Concat(attempt.Attributes, root.Attributes) {
		got[string(a.Key)] = a.Value.Emit()
	}
	for name, want := range map[string]string{
		"medlar.run.id": "r", "medlar.step": "/x", "medlar.attempt": "2", "medlar.operation": "svc.do", "medlar.outcome": "failed", "error.type": "Late",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

// A trace that its caller does not record makes no spans, and is handed on.
func TestNotRecorded(t *testing.T) {
	sent := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(sent))
	flow := load(t, registry(t, provider.Tracer("own"), func(context.Context, string) error { return nil }), "flow: t\nsteps: [{call: svc.do, with: {name: x}}]\n")
	caller := report.Caller{Kind: "http", Trace: connector.Trace{Parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}}
	if _, err := flow.Run(t.Context(), nil, flows.WithCaller(caller), flows.WithObserver(otelsdk.Observer(provider))); err != nil {
		t.Fatal(err)
	}
	if n := len(sent.GetSpans()); n > 0 {
		t.Errorf("%d spans", n)
	}
}

// A run that goes on is linked to the part before.
func TestResumed(t *testing.T) {
	sent := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(sent))
	under := make(chan struct{})
	first := true
	reg := registry(t, provider.Tracer("own"), func(ctx context.Context, _ string) error {
		if first {
			first = false
			close(under)
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	})
	flow := load(t, reg, "flow: t\nsteps: [{id: x, call: svc.do, with: {name: x}, idempotent: true}]\n")
	j, err := journal.Open(filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	h, err := j.Start(t.Context(), flow, nil, flows.WithRunID("r"), flows.WithObserver(otelsdk.Observer(provider)))
	if err != nil {
		t.Fatal(err)
	}
	<-under
	h.Interrupt()
	var interrupted *journal.InterruptedError
	if _, err := h.Wait(t.Context()); !errors.As(err, &interrupted) {
		t.Fatal(err)
	}
	before := spans(sent)["run t"]
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := j.Resume(ctx, "r", reg, flows.WithObserver(otelsdk.Observer(provider))); err != nil {
		t.Fatal(err)
	}
	after := spans(sent)["run t"]
	if len(after.Links) != 1 || after.Links[0].SpanContext.SpanID() != before.SpanContext.SpanID() || after.SpanContext.TraceID() == before.SpanContext.TraceID() {
		t.Error("it is linked to", after.Links)
	}
}
