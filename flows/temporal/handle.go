package temporal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// Handle is a run on the server, begun by [Client.Start] or found by
// [Client.Attach]. Workers carry it, whatever becomes of this process. Its
// methods may be called at the same time and any number of times, until the
// client is closed.
type Handle struct {
	// Attached is true where Start found that the run was there already.
	Attached bool
	// Unregistered is true where the server does not know the search attributes.
	Unregistered bool

	client *Client
	id     string
	flow   string
	first  string // the server's name of the workflow's first run; empty where it is not known
	// left ends when nobody is to wait any more, with the error of Wait as its
	// cause.
	left  context.Context //nolint:containedctx // it is a signal, and carries nothing
	leave context.CancelCauseFunc
}

func (c *Client) handle(id, flow, first string) *Handle {
	h := &Handle{client: c, id: id, flow: flow, first: first}
	h.left, h.leave = context.WithCancelCause(context.Background())
	return h
}

// Start starts a run of a flow, or returns the one that has its name: also one
// that has ended. The name is that of flows.WithRunID, by default a new one.
// The errors are those of Prepare, such as an *flows.InputError, and
// *UnreachableError.
//
// ctx bounds the request to the server. Unlike in process and on a journal its
// end does not cancel the run afterwards, which does not belong to this process.
func (c *Client) Start(
	ctx context.Context, flow *flows.Flow, inputs map[string]any, how StartOptions, options ...flows.RunOption,
) (*Handle, error) {
	encrypted := !c.options.Keys.none()
	p, err := Prepare(ctx, flow, inputs, PrepareOptions{Encrypted: encrypted, Sandbox: how.Sandbox, Attributes: how.Attributes}, options...)
	if err != nil {
		return nil, err
	}
	if text, ok := p.Args[0].([]byte); ok && c.options.Store == nil && len(text) > maxPayload {
		return nil, &tooLargeError{"what the run begins with" + mostOf("input", p.start.inputs), len(text), maxPayload}
	}
	h, err := c.start(ctx, p)
	if how.Attributes && unregistered(err) {
		how.Attributes = false
		if h, err = c.Start(ctx, flow, inputs, how, append(options, flows.WithRunID(p.ID))...); h != nil {
			h.Unregistered = true
		}
	}
	return h, err
}

func (c *Client) start(ctx context.Context, p *Prepared) (*Handle, error) {
	options := p.Options(c.options.TaskQueue)
	options.EnableEagerStart = true // where this client works on the queue too
	run, err := c.sdk.ExecuteWorkflow(ctx, options, p.Workflow, p.Args...)
	switch {
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
		attached := c.Attach(p.ID, p.Flow)
		attached.Attached = true
		return attached, nil
	case isUnreachable(err):
		return nil, &UnreachableError{Address: c.options.Address, Err: err}
	case err != nil:
		return nil, fmt.Errorf("starting the run: %w", err)
	}
	return c.handle(p.ID, p.Flow, run.GetRunID()), nil
}

func unregistered(err error) bool {
	var invalid *serviceerror.InvalidArgument
	return errors.As(err, &invalid)
}

func isUnreachable(err error) bool {
	var (
		unavailable *serviceerror.Unavailable
		late        *serviceerror.DeadlineExceeded
	)
	return errors.As(err, &unavailable) || errors.As(err, &late) || errors.Is(err, context.DeadlineExceeded)
}

func isUnknown(err error) bool {
	var unknown *serviceerror.NotFound
	return errors.As(err, &unknown)
}

// Attach returns a run by its name. Nothing is asked of the server before Wait
// or Cancel. flow is the name of the flow, for messages; may be empty.
func (c *Client) Attach(id, flow string) *Handle { return c.handle(id, flow, "") }

// Run starts a run and waits for it. When ctx ends, the run is canceled and Run
// goes on waiting for what it undoes.
func (c *Client) Run(
	ctx context.Context, flow *flows.Flow, inputs map[string]any, how StartOptions, options ...flows.RunOption,
) (*flows.Result, error) {
	h, err := c.Start(ctx, flow, inputs, how, options...)
	if err != nil {
		return nil, err
	}
	waiting, done := context.WithCancel(context.WithoutCancel(ctx))
	defer done()
	defer context.AfterFunc(ctx, func() { h.cancel(waiting) })()
	return h.Wait(waiting)
}

// Cancel asks a run to stop, as Handle.Cancel does, and returns what came of
// the request: an *UnknownRunError, an *UnreachableError, or nil.
func (c *Client) Cancel(ctx context.Context, id string) error {
	if err := c.sdk.CancelWorkflow(ctx, id, ""); err != nil {
		return c.notDone(id, "canceling", err)
	}
	return nil
}

// ID returns the name of the run, which is that of its workflow too.
func (h *Handle) ID() string { return h.id }

// cancelPatience is how long a request to cancel may take.
const cancelPatience = 10 * time.Second

// Cancel asks the run to stop: finally steps and undos run, for at most the
// flow's cleanupTimeout. It returns when the server has the request, after 10
// seconds at most; where the server does not take it, Wait says so. A run that
// has ended stays as it is.
func (h *Handle) Cancel() { h.cancel(context.Background()) }

func (h *Handle) cancel(ctx context.Context) {
	ctx, done := context.WithTimeout(ctx, cancelPatience)
	defer done()
	var ended *UnknownRunError // between its end and the news of it
	if err := h.client.Cancel(ctx, h.id); err != nil && !errors.As(err, &ended) {
		h.leave(err)
	}
}

// Interrupt lets go of the run, as the end of this process does: it goes on
// with its workers, which undo nothing for that, and every Wait of this handle
// ends with a *DetachedError. Attach waits for it again.
func (h *Handle) Interrupt() { h.leave(&DetachedError{RunID: h.id}) }

// Wait waits until the run has ended, and returns what Flow.Run returns. When
// ctx ends first the run goes on, and the error is a *report.WaitError. Other
// errors are *DetachedError, *UnreachableError, *UnknownRunError and
// *EndedError.
func (h *Handle) Wait(ctx context.Context) (*flows.Result, error) {
	waiting, done := context.WithCancel(ctx)
	defer done()
	defer context.AfterFunc(h.left, done)()
	var text []byte
	// A WorkflowRun of the SDK is for one goroutine, so each Wait has its own.
	err := h.client.sdk.GetWorkflow(waiting, h.id, h.first).Get(waiting, &text)
	var ended *temporal.WorkflowExecutionError
	switch {
	case err == nil, errors.As(err, &ended):
		return ReadResult(h.id, h.flow, text, err)
	case h.left.Err() != nil:
		return nil, context.Cause(h.left)
	case ctx.Err() != nil:
		return nil, &report.WaitError{RunID: h.id, Err: context.Cause(ctx)}
	default:
		return nil, h.client.notDone(h.id, "reading the result of", err)
	}
}
