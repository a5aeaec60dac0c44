package sources_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsemu"
	"github.com/medlar-flow/medlar/operations/awsemu/awsemutest"
	"github.com/medlar-flow/medlar/operations/awsmodel"
	"github.com/medlar-flow/medlar/operations/sources"
	"github.com/medlar-flow/medlar/serve"
)

// registry has all connectors and sources, and shop.take, which notes what it is
// called with.
func registry(t *testing.T, s *shop) *connector.Registry {
	t.Helper()
	own := &connector.Connector{Name: "shop", Operations: []*connector.Operation{
		connector.OpWith("shop.take", "Take an order.", s.take, connector.WithEffect(connector.EffectIdempotent)),
	}}
	reg, err := connector.NewRegistry(append(operations.All(), own)...)
	if err == nil {
		reg, err = reg.WithSource(awsmodel.Source()).WithEventSources(sources.All()...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// shop notes orders.
type shop struct {
	mu    sync.Mutex
	taken []string
	bad   string        // an order that is refused
	gate  chan struct{} // closed before orders go on; nil for none
}

type takeIn struct {
	Order string `param:"order,required" doc:"Which."`
}

func (s *shop) take(ctx context.Context, _ *connector.Call, in takeIn) (struct{}, error) {
	s.mu.Lock()
	s.taken = append(s.taken, in.Order)
	bad := in.Order == s.bad
	s.mu.Unlock()
	if s.gate != nil {
		select {
		case <-s.gate:
		case <-ctx.Done():
		}
	}
	if bad {
		return struct{}{}, &connector.Error{Code: "SoldOut", Class: connector.ClassInvalid}
	}
	return struct{}{}, nil
}

func (s *shop) orders() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.taken...)
}

// emulator starts one with queues, on a clock that is faster than that of the system.
func emulator(t *testing.T, queues string, faster time.Duration) *awsemutest.Emulator {
	t.Helper()
	begun := time.Now()
	return awsemutest.Start(t, awsemu.Options{
		Fixture: awsemutest.Fixture(t, "queues:\n"+queues),
		Clock:   func() time.Time { return begun.Add(time.Since(begun) * faster) },
	})
}

func sandbox(e *awsemutest.Emulator) flows.RunOption {
	return flows.WithSandbox(connector.Sandbox{
		Endpoint: e.URL(), Services: e.Services(),
		Annotations: connector.Annotations{awsapi.SandboxKeys{Region: "us-east-1", AccessKeyID: awsemu.AccessKeyID, SecretAccessKey: awsemu.SecretAccessKey}},
	})
}

// served serves a flow until the end of the test.
func served(t *testing.T, s *shop, text string, options ...flows.RunOption) *notices {
	t.Helper()
	reg := registry(t, s)
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	n, begun := &notices{}, time.Now()
	soon := func() time.Time { return begun.Add(time.Since(begun) * 60) } // what is taken again after a while is so soon
	server, err := serve.New(t.Context(), serve.Config{Flows: []serve.Served{{Flow: flow}}, Registry: reg, Journal: j, Options: options, Notice: n.note, Now: soon})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = server.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// notices are what operators are told.
type notices struct {
	mu   sync.Mutex
	list []serve.Notice
}

func (n *notices) note(one serve.Notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, one)
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come to: %s", what)
		}
	}
}
