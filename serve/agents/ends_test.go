package agents_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve"
	"github.com/medlar-flow/medlar/serve/agents"
)

// A server ends although agents have sessions, whose streams stay open for as long as
// they like: these end, and are not cut off when nobody waits for them any longer.
func TestServersEndBesideSessions(t *testing.T) {
	reg := (&shop{}).registry(t)
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(lookFlow)}}, "flow.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	server, err := serve.New(t.Context(), serve.Config{Registry: reg, Flows: []serve.Served{{Flow: flow}}})
	if err != nil {
		t.Fatal(err)
	}
	a := agents.New(server, agents.Options{Name: "test", Version: "1"})
	defer a.Close()
	server.Mount(mounted, a.Handler(1<<20))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, serve.Listener{Listener: l, Handler: server}) }()
	own := &http.Transport{}
	defer own.CloseIdleConnections()
	ask := func(method, session, message string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+l.Addr().String()+mounted, strings.NewReader(message))
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Mcp-Session-Id": session} {
			if v != "" {
				req.Header.Set(name, v)
			}
		}
		res, err := own.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	begun := ask(http.MethodPost, "", beginSession)
	_, _ = io.Copy(io.Discard, begun.Body)
	_ = begun.Body.Close()
	stream := ask(http.MethodGet, begun.Header.Get("Mcp-Session-Id"), "")
	defer stream.Body.Close()
	if stream.StatusCode != http.StatusOK {
		t.Fatalf("no stream: %d", stream.StatusCode)
	}
	stop()
	if _, err := io.Copy(io.Discard, stream.Body); err != nil {
		t.Errorf("the stream is cut off: %v", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
