package awsemu

import (
	"encoding/binary"
	"hash/fnv"
	"net/http"
	"strings"
	"sync"
	"time"
)

// fault is something that goes wrong on purpose.
type fault struct {
	kind      string
	operation string  // SERVICE.OPERATION in lower case, SERVICE, or "" for any
	function  string  // "" for any
	share     float64 // of the requests that it concerns
	times     int     // at most; 0 for any number
	after     int     // so many requests that it concerns pass first
	code      string
	status    int
	message   string
	delay     time.Duration
}

// faultKinds are the kinds of faults, in the order in which they are told.
func faultKinds() []string {
	return []string{"throttle", "error", "latency", "drop", "half", "expire", "deny"}
}

// faults decides which requests go wrong. With the same seed and the same
// requests in the same order the decisions are the same.
type faults struct {
	list []fault
	seed uint64

	mu   sync.Mutex
	seen []int // requests that each one has concerned
	used []int // requests that each one has spoilt
}

func newFaults(list []fault, seed uint64) *faults {
	return &faults{list: list, seed: seed, seen: make([]int, len(list)), used: make([]int, len(list))}
}

// strike gives what happens to a request: how long it waits, and the fault
// that it meets then, nil for none.
func (f *faults) strike(c *call, svc service, op operation) (delay time.Duration, hit *fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.list {
		one := &f.list[i]
		if !one.concerns(c, svc, op) || !f.falls(i) {
			continue
		}
		delay += one.delay
		if one.kind != "latency" {
			return delay, one
		}
	}
	return delay, nil
}

func (f fault) concerns(c *call, svc service, op operation) bool {
	name := svc.name() + "." + strings.ToLower(op.name)
	if f.operation != "" && f.operation != name && f.operation != svc.name() {
		return false
	}
	return f.function == "" || f.function == bareName(c.subject)
}

// bareName is the name of a function in whatever way it was written.
func bareName(subject string) string {
	if m := functionName.FindStringSubmatch(subject); m != nil {
		return m[3]
	}
	return subject
}

// falls counts a request that fault i concerns and decides on it.
func (f *faults) falls(i int) bool {
	n := f.seen[i]
	f.seen[i]++
	one := f.list[i]
	if n < one.after || one.times > 0 && f.used[i] >= one.times {
		return false
	}
	if one.share < 1 && chance(f.seed, i, n) >= one.share {
		return false
	}
	f.used[i]++
	return true
}

// chance is a number from 0 to 1 that is always the same for the same seed,
// fault and request.
func chance(seed uint64, i, n int) float64 {
	h := fnv.New64a()
	_ = binary.Write(h, binary.LittleEndian, [3]uint64{seed, uint64(i), uint64(n)})
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}

// refusal is the answer of a fault that is one, else nil.
func (f *fault) refusal(c *call, svc service, op operation, secret *sealer) *apiError {
	var err *apiError
	lambda := svc.name() == "lambda"
	switch f.kind {
	case "throttle":
		err = failure("ThrottlingException", http.StatusBadRequest, "Rate exceeded")
		if lambda {
			err = throttled("CallerRateLimitExceeded")
		}
	case "error":
		err = failure("InternalFailure", http.StatusInternalServerError, "The request processing has failed because of an unknown error, exception or failure.")
		if lambda {
			err.code, err.message = "ServiceException", "The service encountered an internal error."
		}
	case "expire":
		err = svc.denial(faultExpired, textExpired)
	case "deny":
		err = deny(c, svc, op, secret)
	default:
		return nil
	}
	if f.code != "" {
		err.code, err.bare, err.members = f.code, false, nil
	}
	if f.status != 0 {
		err.status = f.status
	}
	if f.message != "" {
		err.message = f.message
	}
	return err
}
