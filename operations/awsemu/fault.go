package awsemu

import (
	"encoding/binary"
	"hash/fnv"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/fixture"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/lambdasvc"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// faults decides which requests go wrong. With the same seed and the same
// requests in the same order the decisions are the same.
type faults struct {
	list []fixture.Fault
	seed uint64

	mu   sync.Mutex
	seen []int // requests that each one has concerned
	used []int // requests that each one has spoilt
}

func newFaults(list []fixture.Fault, seed uint64) *faults {
	return &faults{list: list, seed: seed, seen: make([]int, len(list)), used: make([]int, len(list))}
}

// strike returns what happens to a request: how long it waits, and the fault
// that it meets then, nil for none.
func (f *faults) strike(c *service.Call, svc service.Service, op service.Operation) (delay time.Duration, hit *fixture.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.list {
		one := &f.list[i]
		if !concerns(one, c, svc, op) || !f.falls(i) {
			continue
		}
		delay += one.Delay
		if one.Kind != "latency" {
			return delay, one
		}
	}
	return delay, nil
}

func concerns(f *fixture.Fault, c *service.Call, svc service.Service, op service.Operation) bool {
	name := svc.Name() + "." + strings.ToLower(op.Name)
	if f.Operation != "" && f.Operation != name && f.Operation != svc.Name() {
		return false
	}
	return f.Function == "" || f.Function == lambdasvc.BareName(c.Subject)
}

// falls counts a request that fault i concerns and decides on it.
func (f *faults) falls(i int) bool {
	n := f.seen[i]
	f.seen[i]++
	one := f.list[i]
	if n < one.After || one.Times > 0 && f.used[i] >= one.Times {
		return false
	}
	if one.Share < 1 && chance(f.seed, i, n) >= one.Share {
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
func refusal(f *fixture.Fault, c *service.Call, svc service.Service, op service.Operation, secret *access.Sealer) *service.APIError {
	var err *service.APIError
	lambda := svc.Name() == "lambda"
	switch f.Kind {
	case "throttle":
		err = service.Failure("ThrottlingException", http.StatusBadRequest, "Rate exceeded")
		if lambda {
			err = service.Throttled("CallerRateLimitExceeded")
		}
	case "error":
		err = service.Failure("InternalFailure", http.StatusInternalServerError, "The request processing has failed because of an unknown error, exception or failure.")
		if lambda {
			err.Code, err.Message = "ServiceException", "The service encountered an internal error."
		}
	case "expire":
		err = svc.Denial(access.FaultExpired, access.TextExpired)
	case "deny":
		err = deny(c, svc, op, secret)
	default:
		return nil
	}
	if f.Code != "" {
		err.Code, err.Bare, err.Members = f.Code, false, nil
	}
	if f.Status != 0 {
		err.Status = f.Status
	}
	if f.Message != "" {
		err.Message = f.Message
	}
	return err
}
