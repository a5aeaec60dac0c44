package awsapi

import (
	"context"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/medlar-flow/medlar/connector"
)

// DirectVariable is the environment variable that says, for all connections of a
// process, whether plain calls are made without the SDK's middleware: on, which
// is so without it, or off.
const DirectVariable = "MEDLAR_AWS_DIRECT"

// detour says why all calls of a client go through the SDK; empty where they
// need not. plain is true where net/http is to send their requests, too.
func (b *builder) detour(cfg *aws.Config) (why string, plain bool, err error) {
	switch text := os.Getenv(DirectVariable); text {
	case "", "on":
	case "off":
		return DirectVariable + " is off", true, nil
	default:
		return "", false, connectionError("%s is on or off, not %q", DirectVariable, text)
	}
	switch {
	case b.sdkOnly:
		return "the program says so", true, nil
	case cfg.RetryMode == aws.RetryModeAdaptive:
		return "the retry mode is adaptive", false, nil
	}
	return "", false, nil
}

// tell says in the run's log, once for each operation of a client, that its
// calls go through the SDK, and why.
func (c *client) tell(ctx *calling, operation, why string) {
	type told struct{ operation, why string }
	if _, known := c.told.LoadOrStore(told{operation, why}, true); !known {
		ThroughSDK(ctx, operation, why)
	}
}

// ThroughSDK says in the log of the context's call that the calls of an
// operation go through the SDK, and why.
func ThroughSDK(ctx context.Context, operation, why string) {
	if c := callOf(ctx); c != nil && c.log != nil {
		c.log(connector.LogDebug, "calls go through the SDK", map[string]any{"aws_operation": operation, "why": why})
	}
}

// SDKOnly says why all calls of the context's connection go through the SDK;
// empty where they need not.
func SDKOnly(ctx context.Context) string {
	if c := callOf(ctx); c != nil {
		return c.sdkOnly
	}
	return ""
}

// detour says why a call of an operation goes through the SDK; empty where it
// need not.
func (o *operation) detour(conn *Connection, h callOptions) string {
	switch {
	case conn.sdkOnly != "":
		return conn.sdkOnly
	case conn.http == nil:
		return "the client was made elsewhere"
	case o.traits().streams:
		return "its answer is a stream"
	case h.token != "":
		return "it takes a token for idempotency"
	}
	return ""
}
