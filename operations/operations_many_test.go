package operations_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations"
)

// TestManyRunsAtOnce: however many runs call on one connection at once, they share the
// connections that it may have, and 10,000 of them take less than 300 MB.
func TestManyRunsAtOnce(t *testing.T) {
	runs := 1500
	if testenv.Thorough() {
		runs = 10_000
	}
	const most = 1000
	var open, peak atomic.Int64
	free := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-free:
		case <-r.Context().Done():
		}
		_, _ = w.Write([]byte(`{"ok":true}`))
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			peak.Store(max(peak.Load(), open.Add(1)))
		case http.StateClosed:
			open.Add(-1)
		}
	}
	server.Start()
	defer server.Close()
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte("flow: f\nsteps: [{id: a, call: lambda.invoke, with: {functionName: f}}]\noutput: \"${steps.a.Payload.ok}\"")}}, "f.yaml", registry)
	if err != nil {
		t.Fatal(err)
	}
	connection := flows.WithConnectionDefaults("aws", map[string]any{"region": "eu-west-1", "endpoint": server.URL, "accessKeyId": "a", "secretAccessKey": "b"})
	var begun atomic.Int64
	count := flows.WithListener(func(e report.Event) {
		if e.Type == report.StepStarted {
			begun.Add(1)
		}
	})
	var running sync.WaitGroup
	for range runs {
		running.Go(func() {
			if result, err := flow.Run(t.Context(), nil, connection, count); err != nil || result.Output != true {
				t.Errorf("a run ended with %v, %v", result, err)
			}
		})
	}
	for deadline := time.Now().Add(2 * time.Minute); open.Load() < most || begun.Load() < int64(runs); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("%d connections are open, want %d; %d runs have begun their call, want %d", open.Load(), most, begun.Load(), runs)
			break
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	close(free)
	running.Wait()
	if n := peak.Load(); n > most {
		t.Errorf("%d connections at once, want %d at most", n, most)
	}
	used := m.HeapInuse + m.StackInuse
	t.Logf("%d runs at once took %d MB, with the service", runs, used/1e6)
	if used > 300e6 {
		t.Errorf("%d runs at once took %d MB, with the service", runs, used/1e6)
	}
}
