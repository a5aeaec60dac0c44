package awsapi

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/internal/http1"
)

// Connection is one use of a client of the SDK. Any number of steps may use it
// at once; connections that were opened alike share the client.
type Connection struct {
	*client
	pool   *pool // nil for one that is in none
	key    poolKey
	entry  *pooled
	closed sync.Once
}

// Close ends the use. A client that nobody uses is kept for a short time, see
// [Linger], and then closes its idle connections.
func (c *Connection) Close() error {
	if c.pool != nil {
		c.closed.Do(func() { c.pool.Release(c.key, c.entry) })
	}
	return nil
}

// client is a client of the SDK.
type client struct {
	service *service
	sdk     reflect.Value // *Client
	// again makes another client with the same credentials and transport.
	again     func() reflect.Value
	transport *http1.Transport
	// http and renew are what sdk was made with; nil where it was made otherwise.
	http  *http.Client
	renew *renewer
	calls sync.Map // of *calls, by *operation
	// sdkOnly says why all calls go through the SDK; empty where they need not.
	sdkOnly string
	told    sync.Map // of true, by operation and why its calls go through the SDK
	// endsInTime is true where each request ends with its context: the transport is
	// our own alone.
	endsInTime bool
	// signing is all that there is beside transport in the client of a Signer.
	signing *signing
}

func (c *client) close() { c.transport.CloseIdleConnections() }

// Client returns the SDK's client behind a connection, for operations made by
// hand: Client[*lambda.Client](call.Connection).
func Client[C any](conn connector.Connection) (C, error) {
	if c, ok := conn.(*Connection); ok {
		if sdk, ok := c.sdk.Interface().(C); ok {
			return sdk, nil
		}
	}
	var none C
	return none, connectionError("needs a connection of the SDK's type %T", none)
}

func connectionError(format string, args ...any) *connector.Error {
	return &connector.Error{Code: codeConnection, Class: connector.ClassInvalid, Message: fmt.Sprintf(format, args...)}
}

// open returns a connection. It needs no network: credentials are fetched when
// the first call needs them.
func (b *builder) open(ctx context.Context, req connector.OpenRequest) (connector.Connection, error) {
	p := connectionParams(req.Params)
	key, err := b.pool.keyOf(p, req)
	if err != nil {
		return nil, err
	}
	entry, err := b.pool.Acquire(key, func() (*client, error) {
		if err := p.check(); err != nil {
			return nil, err
		}
		// Others may be waiting for the same client.
		return b.newClient(context.WithoutCancel(ctx), p, req)
	})
	if err != nil {
		return nil, err
	}
	return &Connection{client: entry.Value, pool: b.pool, key: key, entry: entry}, nil
}

// shared returns a connection whose client is there already.
func (b *builder) shared(req connector.OpenRequest) (connector.Connection, bool) {
	key, err := b.pool.keyOf(req.Params, req)
	if err != nil {
		return nil, false // opening says what is wrong
	}
	entry := b.pool.Find(key)
	if entry == nil {
		return nil, false
	}
	return &Connection{client: entry.Value, pool: b.pool, key: key, entry: entry}, true
}
