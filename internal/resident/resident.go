// Package resident gives memory back that only the start of a process needed.
package resident

import (
	"context"
	"time"
)

// startTime is how long a process that stays has for its start.
const startTime = 2 * time.Second

// Settle waits until the start of the process is over, for two seconds, and then gives
// back what that needed; it does nothing where ctx ends before.
func Settle(ctx context.Context) {
	timer := time.NewTimer(startTime)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
		Shrink()
	}
}
