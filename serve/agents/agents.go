// Package agents lets agents call the tools of a served flow, by the Model Context
// Protocol (MCP): on standard input, or over HTTP.
//
// Begin with [New], then call [Agents.Serve] with two streams, or mount
// [Agents.Handler]. The package runs nothing: [serve.Server.CallTool] does.
package agents

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/medlar-flow/medlar/serve"
)

// Reader is a tool of the program itself that reads and changes nothing.
type Reader struct {
	Name, Description string
	// Input is the JSON Schema of the arguments, an object.
	Input map[string]any
	// Read answers; a text, or a value that becomes JSON. Its error is told to the
	// agent.
	Read func(ctx context.Context, arguments json.RawMessage) (any, error)
}

// Options say what agents are told.
type Options struct {
	Name, Version string   // of the program
	Instructions  string   // for the model; may be empty
	Readers       []Reader // beside the tools of the flows, for every caller
}

// Agents are the tools of a server. It is safe for concurrent use.
type Agents struct {
	server   *serve.Server
	options  Options
	numbers  numbers // of requests over HTTP
	sessions sessions

	life context.Context //nolint:containedctx // it ends with Close
	end  context.CancelFunc

	mu      sync.Mutex
	version string // of the flows that made is of
	made    *mcp.Server
	before  []*mcp.Server // of flows that are served no more, with agents that began before
}

// New returns the tools of a server.
func New(server *serve.Server, options Options) *Agents {
	life, end := context.WithCancel(context.Background())
	return &Agents{server: server, options: options, numbers: newNumbers(), sessions: sessions{most: mostSessions}, life: life, end: end}
}

// current returns the tools as the flows are now.
func (a *Agents) current() *mcp.Server {
	version := a.server.Version()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.made == nil || a.version != version {
		if a.made != nil {
			a.before = append(a.before, a.made)
		}
		a.before = slices.DeleteFunc(a.before, isLeft)
		a.made, a.version = a.make(), version
	}
	return a.made
}

// isLeft reports whether no agent speaks with a server.
func isLeft(s *mcp.Server) bool {
	for range s.Sessions() {
		return false
	}
	return true
}

// ErrClosed is the error of Serve after Close.
var ErrClosed = errors.New("the server has ended: no agent can speak with it")

// Close ends the sessions of agents, once the server has ended, and refuses those that
// come later: Serve gives ErrClosed, over HTTP the answer is 503.
func (a *Agents) Close() {
	a.end()
	a.endSessions()
}

// isClosed reports whether Close was called. Who begins a session looks again once it
// stands: Close may have ended those that there were before.
func (a *Agents) isClosed() bool { return a.life.Err() != nil }

func (a *Agents) endSessions() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range append(slices.Clip(a.before), a.made) {
		if s == nil {
			continue
		}
		for session := range s.Sessions() {
			_ = session.Close() // the agent may have gone
		}
	}
}

func (a *Agents) make() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: a.options.Name, Version: a.options.Version}, &mcp.ServerOptions{
		Instructions: a.options.Instructions, PageSize: pageSize,
		Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}},
	})
	for _, tool := range a.server.Tools(nil) {
		s.AddTool(described(tool), a.call(tool))
	}
	for _, r := range a.options.Readers {
		s.AddTool(r.described(), r.call)
	}
	s.AddReceivingMiddleware(a.listed, coded)
	return s
}

// pageSize is how many tools a page of their list has: all that most servers have.
const pageSize = 1000

// listed leaves the tools out that a caller may not call.
func (a *Agents) listed(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		result, err := next(ctx, method, req)
		list, ok := result.(*mcp.ListToolsResult)
		header := headerOf(req)
		if !ok || header == nil {
			return result, err
		}
		may := map[string]bool{}
		for _, tool := range a.server.Tools(header) {
			may[tool.Tool.Name] = true
		}
		for _, r := range a.options.Readers {
			may[r.Name] = true
		}
		shown := *list // the list itself may be everybody's
		shown.Tools = nil
		for _, tool := range list.Tools {
			if may[tool.Name] {
				shown.Tools = append(shown.Tools, tool)
			}
		}
		if shown.Tools == nil {
			shown.Tools = []*mcp.Tool{}
		}
		return &shown, err
	}
}

// coded gives an error that says no code that of an internal error: 0 is none.
func coded(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		result, err := next(ctx, method, req)
		var known *jsonrpc.Error
		if err == nil || errors.As(err, &known) && known.Code != 0 {
			return result, err
		}
		return result, &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: err.Error()}
	}
}

// headerOf returns the headers of a request that came over HTTP; nil for another one.
func headerOf(req mcp.Request) http.Header {
	if extra := req.GetExtra(); extra != nil {
		return extra.Header
	}
	return nil
}

// Serve speaks with one agent until it closes in, or ctx ends. Whoever speaks may call
// every tool. Close ends it, too; after that the error is ErrClosed.
func (a *Agents) Serve(ctx context.Context, in io.ReadCloser, out io.WriteCloser) error {
	if a.isClosed() {
		return ErrClosed
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	defer context.AfterFunc(a.life, end)()
	l := newLines(in, out)
	err := a.current().Run(ctx, &mcp.IOTransport{Reader: l, Writer: l})
	if errors.Is(err, io.EOF) || ctx.Err() != nil {
		return nil
	}
	return err //nolint:wrapcheck // it says all
}
