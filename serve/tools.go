package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/serve/auth"
)

// Tool is what agents can call.
type Tool struct {
	Tool *flows.Tool // its name and what it says of itself
	Flow *flows.Flow // that a call runs
}

// ToolCall is a call of a tool.
type ToolCall struct {
	Name string
	// Arguments are the inputs of the flow.
	Arguments map[string]any
	// Header says who calls; nil where the process that serves is the caller's own.
	Header http.Header
	// Key is what the call is known by: one that comes again with it begins no second
	// run, and has its answer. Empty for none.
	Key string
	// Trace is where the call stands in a trace; where it is none that is what Header
	// says.
	Trace connector.Trace
	// Listen is told what happens in the run that the call begins; nil for nobody.
	Listen report.Listener
}

// ToolResult is what came of a call.
type ToolResult struct {
	// Run names the run; empty where none began.
	Run string
	// Output is that of the run, as people may see it.
	Output any
	// Problem is why there is no output; nil where there is.
	Problem *report.Problem
}

// ErrNoTool says that there is no tool of a name, or none that the caller may call.
var ErrNoTool = errors.New("there is no such tool")

// Tools lists what a caller may call, by name. header says who that is; nil for all
// tools.
func (s *Server) Tools(header http.Header) []Tool {
	var list []Tool
	for _, r := range s.now.Load().tools {
		if _, err := r.agent(header); err == nil {
			list = append(list, Tool{Tool: r.trigger.Tool, Flow: r.served.Flow})
		}
	}
	slices.SortFunc(list, func(a, b Tool) int { return strings.Compare(a.Tool.Name, b.Tool.Name) })
	return list
}

// ToolCaller returns what tells a caller of tools from others, for digests and not for
// logs; or why it may call no tool at all: an *auth.Refusal, or ErrNoTool where none is
// served.
func (s *Server) ToolCaller(header http.Header) (id string, err error) {
	refused, may := ErrNoTool, false
	tools := s.now.Load().tools
	var parts []string
	for _, name := range value.SortedKeys(tools) {
		who, err := tools[name].agent(header)
		if err != nil {
			refused = err
			continue
		}
		may = true
		parts = append(parts, name, string(who.ID))
	}
	if !may {
		return "", refused
	}
	return string(event.Hash(parts...)), nil
}

// agent finds out who calls a tool.
func (r *route) agent(header http.Header) (auth.Caller, error) {
	if r.auth == nil || header == nil {
		return auth.Caller{}, nil
	}
	req := &http.Request{Method: http.MethodPost, Header: header, Body: http.NoBody}
	return r.auth.Verify(req, func() ([]byte, error) { return nil, errBody }) //nolint:wrapcheck // it says all
}

// CallTool calls a tool, and waits for the end of the run. When ctx ends before, the
// run is canceled, unless another call with its key waits for it, too: it undoes what it
// did, and the result says so. The error is
// ErrNoTool.
func (s *Server) CallTool(ctx context.Context, call ToolCall) (*ToolResult, error) {
	t := s.table()
	if t == nil {
		return problem(shuttingDown()), nil
	}
	defer t.drop()
	r := t.tools[call.Name]
	if r == nil {
		return nil, ErrNoTool
	}
	who, err := r.agent(call.Header)
	if err != nil {
		return nil, ErrNoTool
	}
	begun := s.config.Now()
	result := s.callTool(ctx, r, who, call)
	s.toolCalled(r, who, begun, result)
	return result, nil
}

// callTool is CallTool of a tool that the caller may call.
func (s *Server) callTool(ctx context.Context, r *route, who auth.Caller, call ToolCall) *ToolResult {
	if wait, p := r.tooMany(who, "", s.config.Now()); p != nil {
		p.Class = connector.ClassThrottled
		p.Help = fmt.Sprintf("call again in %d s", int64(math.Ceil(wait.Seconds())))
		return problem(p)
	}
	raw, err := value.EncodeJSON(call.Arguments)
	if err != nil {
		return problem(&report.Problem{Status: http.StatusBadRequest, Code: "NotJSON", Detail: "the arguments are no JSON"})
	}
	in := &event.Request{Method: http.MethodPost, Header: http.Header{}, Raw: raw, Body: call.Arguments, Caller: who, At: s.config.Now()}
	if call.Arguments == nil {
		in.Raw, in.Body = nil, nil
	}
	if call.Key != "" {
		in.Header.Set("Idempotency-Key", call.Key)
	}
	start, no := r.maker.Start(in)
	if no != nil {
		r.tell(no)
		return problem(&no.Problem)
	}
	more := s.callerAt(r, call.Trace, call.Header)
	if call.Listen != nil {
		more = append(more, flows.WithListener(call.Listen))
	}
	g, p := s.beginAwaited(ctx, r, start, more)
	if p != nil {
		s.leave(g)
		if p.Code == codeOverCapacity {
			p.Class = connector.ClassThrottled
		}
		return problem(p)
	}
	select {
	case <-g.done:
		s.runs.left(g)
	case <-ctx.Done():
		if !s.leave(g) { // the run is another caller's, too, who called with the same key
			return problem(&report.Problem{
				Code: "CallCanceled", Class: connector.ClassCanceled, Run: g.id, Detail: "the call was canceled; the run goes on for another call with its key",
				Help: "call again with the same key for its result",
			})
		}
		<-g.done
	}
	return s.toolResult(g)
}

// beginAwaited is begin for an agent.
func (s *Server) beginAwaited(ctx context.Context, r *route, start *event.Start, more []flows.RunOption) (*running, *report.Problem) {
	name := nameOf(start)
	for {
		g, mine := s.runs.await(name, start.Digest, r)
		p := s.beginOr(ctx, g, mine, start, more)
		if mine || !leftToOthers(ctx, p) {
			return g, p
		}
		s.leave(g)
	}
}

// leave has an agent wait no more for a run, which the last one cancels, and reports
// whether that was it.
func (s *Server) leave(g *running) (last bool) {
	if !s.runs.left(g) {
		return false
	}
	// Who begins a run leaves it when it has begun: it has, or was refused.
	if h := s.runs.handleOf(g); h != nil && g.problem == nil {
		h.Cancel()
	}
	return true
}

func problem(p *report.Problem) *ToolResult { return &ToolResult{Run: p.Run, Problem: p} }

// toolResult is what came of a run.
func (s *Server) toolResult(g *running) *ToolResult {
	result := &ToolResult{Run: g.id}
	switch {
	case g.answer == nil && s.runs.unwritten(g) != nil:
		result.Problem = g.route.journalFailed("")
	case g.answer == nil && s.unwritten(g.err, 0, 0):
		result.Problem = g.route.journalFailed(g.id)
		result.Problem.Help = "call again later with the same key"
	case g.answer == nil && s.records != nil:
		result.Problem = &report.Problem{Code: "GoesOn", Run: g.id, Detail: "the server ends, and the run goes on at its next start", Help: "call again with the same key"}
	case g.answer == nil:
		result.Problem = &report.Problem{Code: "Stopped", Run: g.id, Detail: "the run was stopped", Class: connector.ClassCanceled}
	case g.answer.Headers["Content-Type"] == report.ProblemType:
		result.Problem = &report.Problem{}
		if err := json.Unmarshal(g.answer.Body, result.Problem); err != nil {
			result.Problem.Code = "NoAnswer"
		}
	case len(g.answer.Body) > 0:
		v, err := value.DecodeJSON(g.answer.Body)
		if err != nil {
			result.Problem = &report.Problem{Code: "NoAnswer", Run: g.id}
		}
		result.Output = v
	}
	return result
}

// toolCalled logs and counts a call.
func (s *Server) toolCalled(r *route, who auth.Caller, begun time.Time, result *ToolResult) {
	x := Access{
		Time: begun, Method: "TOOL", Path: r.trigger.Tool.Name, Route: r.pattern(), Flow: r.served.Flow.Name(), Status: http.StatusOK,
		Duration: s.config.Now().Sub(begun), Caller: who.Name, Run: result.Run,
	}
	if p := result.Problem; p != nil {
		x.Code, x.Status = p.Code, p.Status
	}
	s.measures.request(&x)
	s.config.Access(x)
}

// addTool adds a tool.
func (t *table) addTool(ctx context.Context, r *route) error {
	name := r.trigger.Tool.Name
	if other := t.tools[name]; other != nil {
		return fmt.Errorf("the tool %s is that of %s, too: give one of them another name", name, other.trigger.Place)
	}
	config := r.server.config
	if !config.OnlyTools {
		if err := r.authenticated(ctx, config); err != nil {
			return err
		}
	}
	r.maker = event.NewRoute(r.served.Flow, r.trigger)
	r.limited(r.server.now.Load())
	t.tools[name] = r
	t.byName[r.key()] = r
	return nil
}
