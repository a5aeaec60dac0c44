package connector

import (
	"context"
	"time"

	"github.com/medlar-flow/medlar/internal/limit"
)

// Pass waits until another call may begin of those that one name stands for: of
// count in each per, evenly, but that burst of them may begin at once. Calls pass
// in the order in which they come. Runtimes call it for connections that have a
// limit. The error is that of ctx, where that ends first.
func (r *Registry) Pass(ctx context.Context, name string, count int, per time.Duration, burst int) error {
	if r == nil || r.gates == nil {
		return nil // it has no connector to call
	}
	return r.gates.Of(name, limit.Rate{Count: count, Per: per}, burst).Wait(ctx) //nolint:wrapcheck // it is the context's
}
