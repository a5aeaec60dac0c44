package temporal

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
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
	data, failures := o.Keys.Converters()
	options := client.Options{
		HostPort: o.Address, Namespace: o.Namespace, Logger: log.NewStructuredLogger(slog.New(quietLogs{Handler: o.Logger.Handler()})),
		DataConverter: data, FailureConverter: failures,
		// Messages are small, and to compress them is a fifth of the work.
		ConnectionOptions: client.ConnectionOptions{TLS: o.TLS, GrpcCompression: &client.GrpcCompressionNone{}},
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

// Unwrap returns the reason.
func (e *UnreachableError) Unwrap() error { return e.Err }

// DetachedError says that this process let go of a run, by Handle.Interrupt: it
// goes on.
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
