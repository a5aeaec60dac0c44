package telemetry_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/telemetry"
)

// killedVariable makes the test binary a process that runs interruptedFlow on a journal,
// and hangs in it: "JOURNAL COLLECTOR".
const killedVariable = "MEDLAR_TELEMETRY_TEST_KILLED"

const interruptedFlow = `flow: t
steps:
  - {id: first, call: svc.do, with: {name: first}}
  - id: loop
    forEach: "${['x', 'y']}"
    do:
      - {id: item, call: svc.do, with: {name: "${item}"}, idempotent: true}
  - {id: last, call: svc.do, with: {name: last}}
`

// killedMain is that process; false where this is none.
func killedMain() bool {
	text := os.Getenv(killedVariable)
	if text == "" {
		return false
	}
	if err := killed(text); err != nil {
		fmt.Println("failed:", err)
		os.Exit(3)
	}
	return true
}

func killed(text string) error {
	path, url, _ := strings.Cut(text, " ")
	s := &service{meets: func(ctx context.Context, name string) error {
		if name == "y" {
			fmt.Println("hangs")
			<-ctx.Done()
		}
		return ctx.Err()
	}}
	reg, err := s.newRegistry()
	if err != nil {
		return err
	}
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(interruptedFlow)}}, "flow.yaml", reg)
	if err != nil {
		return err
	}
	config, _ := telemetry.FromEnv(env{"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "5"}.lookup)
	j, err := journal.Open(path)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = j.Run(ctx, flow, nil, flows.WithRunID("r"), flows.WithObserver(telemetry.New(config).Observer()))
	return err
}

// A run whose process was killed goes on in a trace of its own, which is linked to the
// part before, and has spans of what it does alone.
func TestKilledAndResumed(t *testing.T) {
	c := newCollector(t)
	path := filepath.Join(t.TempDir(), "runs.db")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0])
	child.Env = append(os.Environ(), killedVariable+"="+path+" "+c.URL)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if said, _ := bufio.NewReader(out).ReadString('\n'); said != "hangs\n" {
		t.Fatalf("it said %q", said)
	}
	for len(c.taken()) < 4 && ctx.Err() == nil { // two steps, and their attempts
		time.Sleep(5 * time.Millisecond)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	before := c.taken()

	sent, flush := sending(t, c, nil)
	s := &service{}
	goOn(t, path, s, sent)
	flush()
	first := named(t, before, "/first")
	resumed := c.taken()[len(before):]
	linked(t, resumed, first.GetTraceId(), first.GetParentSpanId())
	const want = `run t outcome=done resumed=true
  /last
    svc.do attempt=1 ->
  /loop resumed=true items=2
    /loop/item (/loop[1]/item) resumed=true
      svc.do attempt=1 ->
`
	if diff := cmp.Diff(want, tree(resumed)); diff != "" {
		t.Errorf("the spans differ (-want +got):\n%s", diff)
	}
}

// goOn resumes the run of a journal.
func goOn(t *testing.T, path string, s *service, sent *telemetry.Telemetry) {
	t.Helper()
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if _, err := j.Resume(t.Context(), "r", s.registry(t), flows.WithObserver(sent.Observer())); err != nil {
		t.Fatal(err)
	}
}

// linked checks that a part of a run is in a trace of its own, and linked to another.
func linked(t *testing.T, spans []*traces.Span, trace, span []byte) {
	t.Helper()
	root := named(t, spans, "run t")
	links := root.GetLinks()
	switch {
	case len(root.GetParentSpanId()) > 0 || string(root.GetTraceId()) == string(trace):
		t.Error("the part is in the trace of the one before")
	case len(links) != 1:
		t.Errorf("it has %d links", len(links))
	case string(links[0].GetTraceId()) != string(trace) || string(links[0].GetSpanId()) != string(span):
		t.Errorf("it is linked to %x of %x, want %s of %s", links[0].GetSpanId(), links[0].GetTraceId(), hex.EncodeToString(span), hex.EncodeToString(trace))
	}
}

// A run that is interrupted ends its spans, and those of the part that goes on are
// linked to it.
func TestInterruptedAndResumed(t *testing.T) {
	c := newCollector(t)
	path := filepath.Join(t.TempDir(), "runs.db")
	sent, flush := sending(t, c, nil)
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	hangs := make(chan struct{})
	s := &service{meets: func(ctx context.Context, name string) error {
		if name == "y" {
			close(hangs)
			<-ctx.Done()
		}
		return ctx.Err()
	}}
	h, err := j.Start(t.Context(), s.flow(t, interruptedFlow), nil, flows.WithRunID("r"), flows.WithObserver(sent.Observer()))
	if err != nil {
		t.Fatal(err)
	}
	<-hangs
	h.Interrupt()
	if _, err := h.Wait(t.Context()); err == nil {
		t.Error("the run is done")
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	flush()
	before := c.taken()
	const want = `run t outcome=interrupted
  /first
    svc.do attempt=1 ->
  /loop outcome=interrupted
    /loop/item (/loop[0]/item)
      svc.do attempt=1 ->
    /loop/item (/loop[1]/item) outcome=interrupted
      svc.do attempt=1 type=Interrupted ->
`
	if diff := cmp.Diff(want, tree(before)); diff != "" {
		t.Errorf("the spans differ (-want +got):\n%s", diff)
	}
	again, flush := sending(t, c, nil)
	goOn(t, path, &service{}, again)
	flush()
	root := named(t, before, "run t")
	linked(t, c.taken()[len(before):], root.GetTraceId(), root.GetSpanId())
}
