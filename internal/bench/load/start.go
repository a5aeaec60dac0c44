package load

import "time"

// Start is what the start of a program took, from its beginning until it has ended.
type Start struct {
	Wall   time.Duration `json:"wall"`
	CPU    time.Duration `json:"cpu"`
	Peak   float64       `json:"peak"` // bytes of memory at most, 0 where the system does not say
	Stdout string        `json:"stdout"`
	Stderr string        `json:"stderr"`
	Error  string        `json:"error,omitempty"`
}
