package http

import (
	"context"
	"errors"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/internal/value"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	goleak.VerifyTestMain(m)
}

type params = map[string]any

// seen is what a server was sent.
type seen struct {
	mu   sync.Mutex
	list []*nethttp.Request
	text []string // bodies
}

func (s *seen) note(r *nethttp.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list, s.text = append(s.list, r), append(s.text, string(body))
}

func (s *seen) last(t *testing.T) (*nethttp.Request, string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) == 0 {
		t.Fatal("the server was sent nothing")
	}
	return s.list[len(s.list)-1], s.text[len(s.text)-1]
}

// serve starts a server that notes what it is sent.
func serve(t *testing.T, answer nethttp.HandlerFunc) (*httptest.Server, *seen) {
	t.Helper()
	s := &seen{}
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		s.note(r)
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server, s
}

// opened opens a connection, closed at the end of the test.
func opened(t *testing.T, in params, sandbox *connector.Sandbox) (connector.Connection, error) {
	t.Helper()
	c := Connector()
	converted, err := c.Connection.Convert(in)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Open(t.Context(), connector.OpenRequest{Params: converted, Sandbox: sandbox})
	if err == nil {
		t.Cleanup(func() { _ = conn.Close() })
	}
	return conn, err
}

// call makes a request on a connection of its own, unless one is given.
func call(ctx context.Context, t *testing.T, conn connector.Connection, in params) (params, error) {
	t.Helper()
	if conn == nil {
		var err error
		if conn, err = opened(t, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	op := Connector().Operations[0]
	converted, err := op.Params().Convert(in)
	if err != nil {
		t.Fatal(err)
	}
	v, err := op.Run(ctx, &connector.Call{Params: converted, Connection: conn, IdempotencyKey: "key-1"})
	if err != nil {
		return nil, err
	}
	return value.Plain(v).(params), nil
}

// failed returns the error of a request that must fail, and refuses one that
// shows what it should not.
func failed(t *testing.T, conn connector.Connection, in params) *connector.Error {
	t.Helper()
	got, err := call(t.Context(), t, conn, in)
	var failure *connector.Error
	if !errors.As(err, &failure) {
		t.Fatalf("the request gave %v and %v, want a failure", got, err)
	}
	for _, secret := range []string{"hush", "?"} {
		if strings.Contains(failure.Message, secret) || failure.Err != nil && strings.Contains(failure.Err.Error(), "hush") {
			t.Errorf("the error shows %q: %v (%v)", secret, failure, failure.Err)
		}
	}
	return failure
}
