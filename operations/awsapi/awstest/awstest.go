// Package awstest helps to test connectors of AWS services: [Serve] starts a
// stand-in that records requests and gives the answers it is told, and
// [Server.Call] runs an operation against it as a step would. It speaks no
// service's protocol.
package awstest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

// The keys that [Server.Connect] uses. They must never show up in an error.
const (
	AccessKey = "AKIDFORTESTSONLY"
	SecretKey = "a-secret-key-for-tests"
)

// Request is what the server was asked.
type Request struct {
	Method string      // as it came
	Path   string      // escaped
	Query  string      // as it came, without the question mark
	Header http.Header // as it came
	Body   string      // as it came
}

// Form returns the parameters of a Query request.
func (r Request) Form() url.Values {
	form, _ := url.ParseQuery(r.Body)
	return form
}

// Answer is what the server gives. The zero Status is 200.
type Answer struct {
	Status int               // 200 where it is 0
	Header map[string]string // in addition to what net/http sends
	Body   string            // as it is sent
}

// Server is a stand-in for AWS on loopback.
type Server struct {
	URL string // to send requests to, without a slash at its end

	mu       sync.Mutex
	requests []Request
}

// Serve starts a server that lives as long as the test. answer may be nil: the
// answer is then always an empty 200.
func Serve(t testing.TB, answer func(Request) Answer) *Server {
	t.Helper()
	s := &Server{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		request := Request{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header, Body: string(body)}
		s.mu.Lock()
		s.requests = append(s.requests, request)
		s.mu.Unlock()
		if answer != nil {
			write(w, answer(request))
		}
	}))
	s.URL = server.URL
	t.Cleanup(server.Close)
	return s
}

func write(w http.ResponseWriter, a Answer) {
	for name, value := range a.Header {
		w.Header().Set(name, value)
	}
	if a.Status != 0 {
		w.WriteHeader(a.Status)
	}
	_, _ = io.WriteString(w, a.Body)
}

// Requests returns what the server was asked so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Last returns the latest request.
func (s *Server) Last(t testing.TB) Request {
	t.Helper()
	all := s.Requests()
	if len(all) == 0 {
		t.Fatal("there was no request")
	}
	return all[len(all)-1]
}

// Connect opens a connection of c to the server, with static keys.
func (s *Server) Connect(t testing.TB, c *connector.Connector) connector.Connection {
	t.Helper()
	return Open(t, c, map[string]any{
		"region": "eu-west-1", "endpoint": s.URL, "accessKeyId": AccessKey, "secretAccessKey": SecretKey,
	})
}

// Open opens a connection of c that lives as long as the test.
func Open(t testing.TB, c *connector.Connector, params map[string]any) connector.Connection {
	t.Helper()
	converted, err := c.Connection.Convert(params)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Open(context.Background(), connector.OpenRequest{Params: converted, RunID: "run-1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Call converts the parameters, as a step does, and makes one attempt.
func Call(t testing.TB, c *connector.Connector, conn connector.Connection, operation string, params map[string]any) (any, error) {
	t.Helper()
	op := Find(t, c, operation)
	converted, err := op.Params().Convert(params)
	if err != nil {
		return nil, err
	}
	return op.Run(context.Background(), &connector.Call{Params: converted, Connection: conn, SingleAttempt: true})
}

// Find returns the operation of c that has the name, without the connector's.
func Find(t testing.TB, c *connector.Connector, operation string) *connector.Operation {
	t.Helper()
	for _, op := range c.Operations {
		if strings.TrimPrefix(op.Name, c.Name+".") == operation {
			return op
		}
	}
	t.Fatalf("%s has no operation %s", c.Name, operation)
	return nil
}
