package http

import (
	"context"
	"encoding/pem"
	"errors"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// counted is a server that counts the connections to it.
type counted struct {
	*httptest.Server

	mu         sync.Mutex
	made, open int
	most       int // at the same time
}

func countedServer(t *testing.T, answer nethttp.HandlerFunc) *counted {
	t.Helper()
	c := &counted{Server: httptest.NewUnstartedServer(answer)}
	c.Config.ConnState = func(_ net.Conn, state nethttp.ConnState) {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch state {
		case nethttp.StateNew:
			c.made++
			c.open++
			c.most = max(c.most, c.open)
		case nethttp.StateClosed:
			c.open--
		}
	}
	c.Start()
	t.Cleanup(c.Close)
	return c
}

func (c *counted) connections() (made, open, most int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.made, c.open, c.most
}

// asRun makes a request as a run of its own.
func asRun(ctx context.Context, t *testing.T, c *connector.Connector, settings, in params, sandbox *connector.Sandbox) error {
	t.Helper()
	converted, err := c.Connection.Convert(settings)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Open(ctx, connector.OpenRequest{Params: converted, Sandbox: sandbox})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // never fails
	_, err = call(ctx, t, conn, in)
	return err
}

// Runs whose connections have the same certificates and bounds share connections to
// servers, whoever they speak for; others do not.
func TestRunsShareConnections(t *testing.T) {
	server := countedServer(t, func(nethttp.ResponseWriter, *nethttp.Request) {})
	secured := httptest.NewTLSServer(nil)
	defer secured.Close()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secured.Certificate().Raw})
	c := Connector()
	for _, test := range []struct {
		name     string
		settings params
		sandbox  *connector.Sandbox
		made     int // connections until now
	}{
		{"the first", nil, nil, 1},
		{"another run", nil, nil, 1},
		{"another caller", params{"bearer": "token", "headers": params{"X-Team": "a"}}, nil, 1},
		{"another base", params{"baseUrl": server.URL + "/v1"}, nil, 1},
		{"another authority", params{"caCertificates": authority}, nil, 2},
		{"that authority again", params{"caCertificates": authority}, nil, 2},
		{"another bound", params{"maxConnections": 3}, nil, 3},
		{"in a sandbox", nil, &connector.Sandbox{}, 4},
		{"the first again", nil, nil, 4},
	} {
		if err := asRun(t.Context(), t, c, test.settings, params{"url": server.URL}, test.sandbox); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if made, _, _ := server.connections(); made != test.made {
			t.Errorf("%s: %d connections were made, want %d", test.name, made, test.made)
		}
	}
}

// What nobody uses is let go.
func TestConnectionsAreLetGo(t *testing.T) {
	server := countedServer(t, func(nethttp.ResponseWriter, *nethttp.Request) {})
	c := Connector(Linger(0))
	for range 2 {
		if err := asRun(t.Context(), t, c, nil, params{"url": server.URL}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		made, open, _ := server.connections()
		if made != 2 {
			t.Fatalf("%d connections were made, want 2", made)
		}
		if open == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are open", open)
		}
	}
}

// However many requests there are at once, no more connections are made than the bound;
// one that waits too long for one was not sent.
func TestMaxConnections(t *testing.T) {
	free := make(chan struct{})
	server := countedServer(t, func(_ nethttp.ResponseWriter, r *nethttp.Request) {
		select {
		case <-free:
		case <-r.Context().Done():
		}
	})
	c := Connector()
	settings := params{"maxConnections": 3}
	var waiting sync.WaitGroup
	errs := make([]error, 40)
	for i := range errs {
		waiting.Go(func() { errs[i] = asRun(t.Context(), t, c, settings, params{"url": server.URL, "method": "POST"}, nil) })
	}
	for made := 0; made < 3; made, _, _ = server.connections() {
		time.Sleep(time.Millisecond)
	}
	err := asRun(t.Context(), t, c, settings, params{"url": server.URL, "method": "POST", "timeout": "10ms"}, nil)
	var failure *connector.Error
	if !errors.As(err, &failure) || failure.Code != codeTimeout || failure.Outcome != connector.OutcomeFailed || failure.Requests != 0 {
		t.Errorf("a request without a connection gave %#v", err)
	}
	close(free)
	waiting.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		t.Errorf("request %d: %v", i, errs[i])
	}
	if _, _, most := server.connections(); most > 3 {
		t.Errorf("%d connections at once, want 3 at most", most)
	}
}

// BenchmarkRuns makes one request a run, with connections that runs share and with
// connections of their own.
func BenchmarkRuns(b *testing.B) {
	server := httptest.NewTLSServer(nethttp.HandlerFunc(func(nethttp.ResponseWriter, *nethttp.Request) {}))
	defer server.Close()
	settings := params{"caCertificates": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})}
	for name, options := range map[string][]Option{"shared": nil, "own": {Linger(0)}} {
		b.Run(name, func(b *testing.B) {
			c := Connector(options...)
			converted, err := c.Connection.Convert(settings)
			if err != nil {
				b.Fatal(err)
			}
			in, err := c.Operations[0].Params().Convert(params{"url": server.URL})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				conn, err := c.Open(b.Context(), connector.OpenRequest{Params: converted})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := c.Operations[0].Run(b.Context(), &connector.Call{Params: in, Connection: conn}); err != nil {
					b.Fatal(err)
				}
				_ = conn.Close()
			}
		})
	}
}
