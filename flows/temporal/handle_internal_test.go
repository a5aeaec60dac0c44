package temporal

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/fstest"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// server stands for the SDK's client and one run behind it.
type server struct {
	client.Client
	ended chan struct{} // closed when the run has ended

	mu        sync.Mutex
	started   int
	eager     bool // the first task was asked for with the start
	canceled  int
	cancelErr error
}

func (s *server) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started++
	s.eager = o.EnableEagerStart
	if s.started > 1 {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("taken", "", o.ID)
	}
	return &serverRun{server: s}, nil
}

func (s *server) GetWorkflow(context.Context, string, string) client.WorkflowRun {
	return &serverRun{server: s}
}

func (s *server) CancelWorkflow(context.Context, string, string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.canceled++
	if s.cancelErr == nil && s.canceled == 1 {
		close(s.ended)
	}
	return s.cancelErr
}

type serverRun struct {
	client.WorkflowRun
	server *server
}

func (*serverRun) GetRunID() string { return "first" }

func (r *serverRun) Get(ctx context.Context, to any) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-r.server.ended:
	}
	text, err := newVault(nil, false).seal(map[string]any{"output": "out", "shown": "out"}, nil, func(any) bool { return false })
	*to.(*[]byte) = text
	return err
}

func testClient(t *testing.T) (*server, *Client, *flows.Flow) {
	t.Helper()
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte("flow: f\ninputs: {n: {type: integer}}\nsteps: [{wait: 10m}]")}}, "f.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{ended: make(chan struct{})}
	return s, &Client{sdk: s, options: Options{Address: "a server"}}, flow
}

// What a handle does, and what its Wait then says.
func TestHandle(t *testing.T) {
	unreachable := serviceerror.NewUnavailable("away")
	for name, test := range map[string]struct {
		do        func(h *Handle)
		cancelErr error
		canceled  int
		check     func(err error) bool
	}{
		"canceled":                   {(*Handle).Cancel, nil, 1, func(err error) bool { return err == nil }},
		"canceled twice":             {func(h *Handle) { h.Cancel(); h.Cancel() }, nil, 2, func(err error) bool { return err == nil }},
		"interrupted":                {(*Handle).Interrupt, nil, 0, isA[*DetachedError]},
		"interrupted twice":          {func(h *Handle) { h.Interrupt(); h.Interrupt() }, nil, 0, isA[*DetachedError]},
		"cannot be canceled":         {(*Handle).Cancel, unreachable, 1, isA[*UnreachableError]},
		"canceled after its end":     {func(h *Handle) { close(h.client.sdk.(*server).ended); h.Cancel() }, serviceerror.NewNotFound("gone"), 1, func(err error) bool { return err == nil }},
		"interrupted, then canceled": {func(h *Handle) { h.Interrupt(); h.Cancel() }, unreachable, 1, isA[*DetachedError]},
	} {
		t.Run(name, func(t *testing.T) {
			s, c, flow := testClient(t)
			s.cancelErr = test.cancelErr
			h, err := c.Start(t.Context(), flow, nil, StartOptions{}, flows.WithRunID("r"))
			if err != nil || h.ID() != "r" || h.Attached || h.first != "first" {
				t.Fatalf("got %+v, %v", h, err)
			}
			if !s.eager {
				t.Error("a worker of this client waits for the first task")
			}
			var waiting sync.WaitGroup
			for range 5 {
				waiting.Go(func() {
					if _, err := h.Wait(t.Context()); !test.check(err) {
						t.Errorf("it ended with %v", err)
					}
				})
			}
			test.do(h)
			waiting.Wait()
			if s.canceled != test.canceled {
				t.Errorf("%d requests to cancel, want %d", s.canceled, test.canceled)
			}
		})
	}
}

func isA[E error](err error) bool {
	var target E
	return errors.As(err, &target)
}

// The end of a context ends the waiting alone, also that of Start; Run cancels.
func TestContexts(t *testing.T) {
	s, c, flow := testClient(t)
	ctx, cancel := context.WithCancel(t.Context())
	h, err := c.Start(ctx, flow, nil, StartOptions{}, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	var left *report.WaitError
	if _, err := h.Wait(ctx); !errors.As(err, &left) || left.RunID != "r" || !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	again, err := c.Start(t.Context(), flow, nil, StartOptions{}, flows.WithRunID("r"))
	if err != nil || !again.Attached {
		t.Errorf("started again: %+v, %v", again, err)
	}
	if s.canceled != 0 {
		t.Error("the run was canceled")
	}
	s, c, _ = testClient(t)
	if result, err := c.Run(ctx, flow, nil, StartOptions{}); err != nil || result.Output != "out" || s.canceled != 1 {
		t.Errorf("Run gives %v and %v, %d requests to cancel", result, err, s.canceled)
	}
}

// Wrong inputs never reach the server.
func TestStartChecksInputs(t *testing.T) {
	s, c, flow := testClient(t)
	if h, err := c.Start(t.Context(), flow, map[string]any{"n": "x"}, StartOptions{}); h != nil || !isA[*flows.InputError](err) || s.started != 0 {
		t.Errorf("got %v, %v, %d requests", h, err, s.started)
	}
}
