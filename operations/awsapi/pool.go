package awsapi

import (
	"time"

	"github.com/medlar-flow/medlar/operations/internal/shared"
)

// defaultLinger is how long a client that nobody uses is kept: runs that follow
// each other then share its credentials and its connections.
const defaultLinger = 10 * time.Second

// pool opens each distinct client of a connector once, however many runs use
// it.
type pool struct {
	shared.Pool[poolKey, *client]

	environment environment
}

// pooled is a client with the number of connections that share it.
type pooled = shared.Entry[*client]

// newPool makes a pool that keeps a client for a while.
func newPool(linger time.Duration) *pool {
	return &pool{Pool: shared.Pool[poolKey, *client]{Linger: linger, End: (*client).close}}
}
