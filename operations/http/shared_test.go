package http

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// A connection with parameters that another run had is there without waiting; one that is
// to sign, or that nobody had, is not.
func TestSharedConnections(t *testing.T) {
	server, seen := serve(t, nil)
	c := Connector()
	request := func(key string, in params, sandbox *connector.Sandbox) connector.OpenRequest {
		converted, err := c.Connection.Convert(in)
		if err != nil {
			t.Fatal(err)
		}
		return connector.OpenRequest{Params: converted, Key: key, Sandbox: sandbox}
	}
	in := params{"baseUrl": server.URL, "bearer": "token"}
	if _, ok := c.Shared(request("a", in, nil)); ok {
		t.Error("a connection that nobody opened is shared")
	}
	first, err := c.Open(t.Context(), request("a", in, nil))
	if err != nil {
		t.Fatal(err)
	}
	_ = first.Close()
	for _, tt := range []struct {
		name string
		req  connector.OpenRequest
		want bool
	}{
		{"the same", request("a", in, nil), true},
		{"another key", request("b", in, nil), false},
		{"no key", request("", in, nil), false},
		{"in a sandbox", request("a", in, &connector.Sandbox{}), false},
	} {
		conn, ok := c.Shared(tt.req)
		if ok != tt.want {
			t.Errorf("%s: shared is %t", tt.name, ok)
		}
		if !ok {
			continue
		}
		if _, err := call(t.Context(), t, conn, params{"url": "/"}); err != nil {
			t.Error(err)
		}
		if r, _ := seen.last(t); r.Header.Get("Authorization") != "Bearer token" {
			t.Errorf("%s: sent as %q", tt.name, r.Header.Get("Authorization"))
		}
		_ = conn.Close()
	}
	none := Connector(Linger(0))
	conn, err := none.Open(t.Context(), request("a", in, nil))
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if _, ok := none.Shared(request("a", in, nil)); ok {
		t.Error("what is not kept is shared")
	}
}

// Wherever a request waits, it ends with its context: it has no goroutine of its own
// that could be left behind.
func TestEndsInTime(t *testing.T) {
	silent, _ := speaker(t, func(conn net.Conn, _ int64) { _, _ = io.Copy(io.Discard, conn) })
	waits := func(begin bool) nethttp.HandlerFunc {
		return func(w nethttp.ResponseWriter, r *nethttp.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // the end of the connection is seen behind it
			if begin {
				w.Header().Set("Content-Length", "100")
				_, _ = io.WriteString(w, "begun")
				w.(nethttp.Flusher).Flush()
			}
			<-r.Context().Done()
		}
	}
	start := func(answer nethttp.HandlerFunc, h2 bool) *httptest.Server {
		s := httptest.NewUnstartedServer(answer)
		s.EnableHTTP2 = h2
		s.Config.ErrorLog = discard()
		if h2 {
			s.StartTLS()
		} else {
			s.Start()
		}
		t.Cleanup(s.Close)
		return s
	}
	for _, tt := range []struct {
		name string
		url  string
		conn params
		busy bool // another request has the only connection
	}{
		{name: "for keys", url: "https" + silent[len("http"):]},
		{name: "for the head", url: silent},
		{name: "for the body", url: start(waits(true), false).URL},
		{name: "for a connection", url: start(waits(false), false).URL, conn: params{"maxConnections": int64(1)}, busy: true},
		{name: "for the head, HTTP/2", url: start(waits(false), true).URL},
		{name: "for the body, HTTP/2", url: start(waits(true), true).URL},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := with(params{}, tt.conn)
			if tt.url[:5] == "https" {
				in["caCertificates"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: start(waits(true), true).Certificate().Raw})
			}
			conn, err := opened(t, in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !endsInTime(conn) {
				t.Error("nobody is sure")
			}
			ctx, cancel := context.WithCancel(t.Context())
			others := make(chan error, 1)
			go func() {
				if tt.busy {
					_, err := call(ctx, t, conn, params{"url": tt.url})
					others <- err
					return
				}
				others <- nil
			}()
			ended := make(chan error, 1)
			go func() {
				_, err := call(ctx, t, conn, params{"url": tt.url, "method": "POST", "body": "text"})
				ended <- err
			}()
			time.Sleep(30 * time.Millisecond) // so that it comes as far as it can
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			<-others
		})
	}
}
