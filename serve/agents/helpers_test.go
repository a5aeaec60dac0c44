package agents_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve"
	"github.com/medlar-flow/medlar/serve/agents"
)

// versions are those of the protocol that agents may speak.
var versions = []string{"2026-07-28", "2025-11-25", "2025-06-18"}

// shop is the service behind the flows.
type shop struct {
	mu    sync.Mutex
	calls []string
	held  chan struct{} // closed when a call of hold has come
}

func (s *shop) did(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, what)
}

func (s *shop) done() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

type orderIn struct {
	ID string `param:"id,required" doc:"Of the order."`
}

type orderOut struct {
	Price int64 `param:"price" doc:"What it costs."`
}

type repeatOut struct {
	Price int64  `param:"price"`
	Kind  string `param:"kind" enum:"a,b"`
	Text  string `param:"text"`
}

func (s *shop) registry(t testing.TB) *connector.Registry {
	t.Helper()
	reg, err := connector.NewRegistry(&connector.Connector{
		Name: "shop", Summary: "A shop.",
		Operations: []*connector.Operation{
			connector.Op("shop.order", "Order.", func(_ context.Context, in orderIn) (orderOut, error) {
				s.did("order " + in.ID)
				return orderOut{Price: 7}, nil
			}),
			connector.Op("shop.return", "Take back.", func(_ context.Context, in orderIn) (orderOut, error) {
				s.did("return " + in.ID)
				return orderOut{}, nil
			}, connector.WithEffect(connector.EffectIdempotent)),
			connector.Op("shop.look", "Look.", func(_ context.Context, in orderIn) (orderOut, error) {
				if in.ID == "busy" {
					return orderOut{}, &connector.Error{Code: "Busy", Class: connector.ClassThrottled, Message: "says s3cret-upstream"}
				}
				return orderOut{Price: 3}, nil
			}, connector.WithEffect(connector.EffectReadOnly)),
			connector.Op("shop.repeat", "Say it again.", func(_ context.Context, in orderIn) (repeatOut, error) {
				price, err := strconv.ParseInt(in.ID, 10, 64)
				return repeatOut{Price: price, Kind: in.ID, Text: "it is " + in.ID}, err
			}, connector.WithEffect(connector.EffectReadOnly)),
			connector.Op("shop.hold", "Wait to be stopped.", func(ctx context.Context, _ orderIn) (orderOut, error) {
				close(s.held)
				<-ctx.Done()
				return orderOut{}, ctx.Err()
			}, connector.WithEffect(connector.EffectReadOnly)),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

const orderFlow = `flow: order
inputs:
  id: {type: string, required: true, description: The order., pattern: '^[a-z]+$'}
  many: {type: integer, default: 1, minimum: 1}
secrets: {token: {env: TOKEN}}
triggers:
  - tool: {name: place_order, description: Places an order.}
    auth: {bearer: "${secrets.token}"}
steps:
  - {id: ordered, call: shop.order, with: {id: "${ctx.id}"}, undo: {call: shop.return, with: {id: "${ctx.id}"}}}
  - {if: "${ctx.id == 'wrong'}", fail: {code: Wrong, message: "not this one"}}
  - {if: "${ctx.id == 'held'}", call: shop.hold, with: {id: "${ctx.id}"}}
output: {price: "${steps.ordered.price * ctx.many}"}
`

const lookFlow = `flow: look
inputs: {id: {type: string, required: true}}
triggers: [{tool: {name: look_up, description: What an order costs.}}]
steps: [{id: seen, call: shop.look, with: {id: "${ctx.id}"}, retry: 1}]
output: "${steps.seen.price}"
`

// serving serves the flows of the shop to agents, until the end of the test.
func serving(t testing.TB, s *shop, change func(c *serve.Config)) (*serve.Server, *agents.Agents) {
	t.Helper()
	reg := s.registry(t)
	config := serve.Config{Registry: reg, Options: []flows.RunOption{
		flows.WithEnv(func(name string) (string, bool) { return "s3cret-token", name == "TOKEN" }),
	}}
	for _, text := range []string{orderFlow, lookFlow} {
		flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", reg)
		if err != nil {
			t.Fatal(err)
		}
		config.Flows = append(config.Flows, serve.Served{Flow: flow})
	}
	if change != nil {
		change(&config)
	}
	server, err := serve.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = server.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	a := agents.New(server, agents.Options{Name: "test", Version: "1", Readers: []agents.Reader{{
		Name: "read", Description: "Reads.", Input: map[string]any{"type": "object"},
		Read: func(_ context.Context, arguments json.RawMessage) (any, error) {
			return map[string]any{"given": arguments}, nil
		},
	}}})
	server.Mount(mounted, a.Handler(1<<20))
	return server, a
}

// mounted is where agents are answered, as by the command serve.
const mounted = "/-/mcp"

// session is an agent that speaks with the server.
type session struct {
	*mcp.ClientSession

	t    testing.TB
	mu   sync.Mutex
	said []string // the messages of its progress
	// header adds a header to its requests over HTTP.
	header func(name, text string)
}

// overHTTP connects an agent by a version of the protocol to the whole server; token
// may be empty.
func overHTTP(t testing.TB, server *serve.Server, a *agents.Agents, version, token string) *session {
	t.Helper()
	web := httptest.NewServer(server)
	t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		web.CloseClientConnections()
		web.Close()
		a.Close()
	})
	with := &withHeader{}
	if token != "" {
		with.set("Authorization", "Bearer "+token)
	}
	s := connected(t, &mcp.StreamableClientTransport{Endpoint: web.URL + mounted, HTTPClient: &http.Client{Transport: with}, MaxRetries: -1}, version)
	s.header = with.set
	return s
}

// withHeader adds headers to requests.
type withHeader struct {
	mu  sync.Mutex
	all map[string]string
}

func (h *withHeader) set(name, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all == nil {
		h.all = map[string]string{}
	}
	h.all[name] = text
}

// RoundTrip sends a request.
func (h *withHeader) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	h.mu.Lock()
	for name, text := range h.all {
		req.Header.Set(name, text)
	}
	h.mu.Unlock()
	return http.DefaultTransport.RoundTrip(req)
}

// overPipe connects an agent by streams, as on standard input.
func overPipe(t testing.TB, a *agents.Agents, version string) (s *session, hangUp func()) {
	t.Helper()
	fromAgent, toServer := io.Pipe()
	fromServer, toAgent := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(context.WithoutCancel(t.Context()), fromAgent, toAgent) }()
	s = connected(t, &mcp.IOTransport{Reader: fromServer, Writer: toServer}, version)
	return s, func() {
		_ = toServer.Close() // as the end of the agent's process
		if err := <-ended; err != nil {
			t.Errorf("the server ended: %v", err)
		}
	}
}

func connected(t testing.TB, transport mcp.Transport, version string) *session {
	t.Helper()
	s := &session{t: t}
	client := mcp.NewClient(&mcp.Implementation{Name: "agent", Version: "1"}, &mcp.ClientOptions{
		ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.said = append(s.said, req.Params.Message)
		},
	})
	var err error
	if s.ClientSession, err = client.Connect(t.Context(), transport, &mcp.ClientSessionOptions{ProtocolVersion: version}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// call calls a tool and returns its result; structured is that as JSON, or what _meta
// says of a failure, which has no structured content: clients would hold that against the
// tool's output schema, and tell of nothing else where it does not fit.
func (s *session) call(ctx context.Context, name string, arguments map[string]any, token any) (*mcp.CallToolResult, string, error) {
	params := &mcp.CallToolParams{Name: name, Arguments: arguments}
	if token != nil {
		params.SetProgressToken(token)
	}
	r, err := s.CallTool(ctx, params)
	if err != nil {
		return nil, "", err
	}
	said := r.StructuredContent
	if r.IsError {
		if said != nil {
			return nil, "", fmt.Errorf("a failure has the structured content %v", said)
		}
		said = r.Meta["medlar/failure"]
	}
	text, _ := json.Marshal(said)
	return r, string(text), nil
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come to: %s", what)
		}
	}
}
