package temporal

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// Options say which server a Client is for and what passes on the way.
type Options struct {
	// Address is host and port; the default is 127.0.0.1:7233.
	Address string
	// Namespace is the default one where it is empty.
	Namespace string
	// TaskQueue joins runs and workers; the default is "medlar".
	TaskQueue string
	// TLS, where not nil, encrypts the connection; APIKey goes with it.
	TLS    *tls.Config
	APIKey string // of the server; empty for none
	// Keys encrypt everything that the server gets. Without them no secret
	// travels but by reference.
	Keys Keys
	// Store keeps what is too large for the server; nil for none.
	Store Store
	// Logger takes what the SDK has to say; nil for nobody.
	Logger *slog.Logger
}

// The defaults of Options.
const (
	DefaultAddress   = "127.0.0.1:7233"
	DefaultNamespace = "default"
	DefaultTaskQueue = "medlar"
)

// Client starts runs, waits for them and works on them. Its methods may be
// called at the same time.
type Client struct {
	sdk     client.Client
	options Options
}

// Connect connects to a server. Close the client at the end. The error is an
// *UnreachableError where there is no answer.
func Connect(ctx context.Context, o Options) (*Client, error) {
	o.Address = cmp.Or(o.Address, DefaultAddress)
	o.Namespace = cmp.Or(o.Namespace, DefaultNamespace)
	o.TaskQueue = cmp.Or(o.TaskQueue, DefaultTaskQueue)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	data := lateConverter{o.Keys.dataConverter()}
	options := client.Options{
		HostPort: o.Address, Namespace: o.Namespace, Logger: log.NewStructuredLogger(slog.New(quiet{o.Logger.Handler()})),
		DataConverter: data,
		FailureConverter: temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
			DataConverter: data, EncodeCommonAttributes: !o.Keys.none(),
		}),
		ConnectionOptions: client.ConnectionOptions{TLS: o.TLS},
	}
	if o.APIKey != "" {
		options.Credentials = client.NewAPIKeyStaticCredentials(o.APIKey)
	}
	if o.Store != nil {
		options.ExternalStorage = converter.ExternalStorage{Drivers: []converter.StorageDriver{driver{o.Store}}, PayloadSizeThreshold: storeFrom}
	}
	sdk, err := client.DialContext(ctx, options)
	if err != nil {
		return nil, &UnreachableError{Address: o.Address, Err: err}
	}
	return &Client{sdk: sdk, options: o}, nil
}

// Close ends the connection.
func (c *Client) Close() { c.sdk.Close() }

// UnreachableError says that a server does not answer.
type UnreachableError struct {
	Address string // of the server
	// RunID is the run that is under way; empty for none.
	RunID string
	Err   error // why it cannot be reached
}

// Error says which server, and what becomes of the run.
func (e *UnreachableError) Error() string {
	if e.RunID == "" {
		return fmt.Sprintf("the Temporal server at %s cannot be reached: %v", e.Address, e.Err)
	}
	return fmt.Sprintf("the Temporal server at %s does not answer any more; run %s goes on when it does: %v", e.Address, e.RunID, e.Err)
}

// Unwrap gives the reason.
func (e *UnreachableError) Unwrap() error { return e.Err }

// DetachedError says that nobody waits for a run any more, which goes on.
type DetachedError struct{ RunID string }

// Error names the run.
func (e *DetachedError) Error() string { return fmt.Sprintf("run %s goes on", e.RunID) }

// UnknownRunError says that the server knows no such run.
type UnknownRunError struct{ RunID string }

// Error names the run.
func (e *UnknownRunError) Error() string { return fmt.Sprintf("the server knows no run %s", e.RunID) }

// StartOptions say how a run is started.
type StartOptions struct {
	// Sandbox is true for a run that is for workers with a sandbox.
	Sandbox bool
	// Attributes sets the search attributes MedlarFlow and MedlarState. Where the
	// server does not know them the run starts without.
	Attributes bool
}

// Run is a run on the server.
type Run struct {
	ID string // of the run and its workflow
	// Attached is true where the run was there already.
	Attached bool
	// Unregistered is true where the server does not know the search attributes.
	Unregistered bool

	client *Client
	flow   string
	sdk    client.WorkflowRun
}

// Start starts a run of a flow, or gives the one that has its name: also one
// that has ended. The name is that of flows.WithRunID, by default a new one.
// The errors are those of Prepare, and *UnreachableError.
func (c *Client) Start(
	ctx context.Context, flow *flows.Flow, inputs map[string]any, how StartOptions, options ...flows.RunOption,
) (*Run, error) {
	encrypted := !c.options.Keys.none()
	p, err := Prepare(ctx, flow, inputs, PrepareOptions{Encrypted: encrypted, Sandbox: how.Sandbox, Attributes: how.Attributes}, options...)
	if err != nil {
		return nil, err
	}
	if text, ok := p.Args[0].([]byte); ok && c.options.Store == nil && len(text) > maxPayload {
		return nil, &tooLargeError{"what the run begins with", len(text), maxPayload}
	}
	run, err := c.start(ctx, p, how.Attributes)
	if how.Attributes && unregistered(err) {
		how.Attributes = false
		if run, err = c.Start(ctx, flow, inputs, how, append(options, flows.WithRunID(p.ID))...); run != nil {
			run.Unregistered = true
		}
	}
	return run, err
}

func (c *Client) start(ctx context.Context, p *Prepared, attributes bool) (*Run, error) {
	options := client.StartWorkflowOptions{
		ID: p.ID, TaskQueue: c.options.TaskQueue, StaticSummary: p.Flow, Memo: map[string]any{"flow": p.Flow},
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, WorkflowExecutionErrorWhenAlreadyStarted: true,
	}
	if attributes {
		options.TypedSearchAttributes = temporal.NewSearchAttributes(flowAttribute.ValueSet(p.Flow), stateAttribute.ValueSet(stateRunning))
	}
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
	return &Run{ID: p.ID, client: c, flow: p.Flow, sdk: run}, nil
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

// Attach gives a run by its name. flow is the name of the flow, for messages.
func (c *Client) Attach(id, flow string) *Run {
	return &Run{ID: id, client: c, flow: flow, sdk: c.sdk.GetWorkflow(context.Background(), id, "")}
}

// Run starts a run and waits for it.
func (c *Client) Run(
	ctx context.Context, flow *flows.Flow, inputs map[string]any, how StartOptions, options ...flows.RunOption,
) (*flows.Result, error) {
	run, err := c.Start(ctx, flow, inputs, how, options...)
	if err != nil {
		return nil, err
	}
	return run.Wait(ctx)
}

// Cancel asks the run to stop: it undoes what it did.
func (r *Run) Cancel(ctx context.Context) error {
	err := r.client.sdk.CancelWorkflow(ctx, r.ID, "")
	switch {
	case err == nil:
		return nil
	case isUnreachable(err):
		return &UnreachableError{Address: r.client.options.Address, RunID: r.ID, Err: err}
	case isUnknown(err):
		return &UnknownRunError{RunID: r.ID}
	default:
		return fmt.Errorf("canceling run %s: %w", r.ID, err)
	}
}

func isUnknown(err error) bool {
	var unknown *serviceerror.NotFound
	return errors.As(err, &unknown)
}

// cancelPatience is how long a request to cancel may take.
const cancelPatience = 10 * time.Second

// Wait waits until the run has ended, and gives what Flow.Run gives. When ctx
// ends, the run is canceled and Wait goes on waiting for what it undoes; with
// the cause of flows.InterruptCause it is left alone, and the error
// is a *DetachedError. Other errors are *UnreachableError, *UnknownRunError and
// *EndedError.
func (r *Run) Wait(ctx context.Context) (*flows.Result, error) {
	waiting, leave := context.WithCancel(context.WithoutCancel(ctx))
	defer leave()
	lost := make(chan error, 1)
	unhook := context.AfterFunc(ctx, func() {
		if errors.Is(context.Cause(ctx), runtime.StopCause(runtime.ByShutdown)) {
			lost <- &DetachedError{RunID: r.ID}
			leave()
			return
		}
		asking, done := context.WithTimeout(waiting, cancelPatience)
		defer done()
		var ended *UnknownRunError // between its end and the news of it
		if err := r.Cancel(asking); err != nil && !errors.As(err, &ended) {
			lost <- err
			leave()
		}
	})
	defer unhook()
	var text []byte
	err := r.sdk.Get(waiting, &text)
	var ended *temporal.WorkflowExecutionError
	switch {
	case err == nil, errors.As(err, &ended):
		return ReadResult(r.ID, r.flow, text, err)
	case waiting.Err() != nil:
		return nil, <-lost
	case isUnknown(err):
		return nil, &UnknownRunError{RunID: r.ID}
	case !isUnreachable(err):
		return nil, fmt.Errorf("reading the result of run %s: %w", r.ID, err)
	default:
		return nil, &UnreachableError{Address: r.client.options.Address, RunID: r.ID, Err: err}
	}
}
