package lambdasvc

import (
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// unreservedLeast is how much of an account's concurrency cannot be set aside.
const unreservedLeast = 100

// concurrencyShape is the body of PutFunctionConcurrency, in and out, and a
// member of GetFunction.
type concurrencyShape struct {
	ReservedConcurrentExecutions *int `json:",omitempty"`
}

func (l *API) putConcurrency(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	in, err := decode[concurrencyShape](c)
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (concurrencyShape, error) {
		return in, r.reserve(ref, in.ReservedConcurrentExecutions)
	})
}

func (l *API) getConcurrency(c *service.Call) (any, error) {
	return onFunction(l.store, c, func(r *realm, ref functionRef) (concurrencyShape, error) {
		f, err := r.unqualified(ref)
		if err != nil {
			return concurrencyShape{}, err
		}
		return concurrencyShape{f.reserved}, nil
	})
}

func (l *API) deleteConcurrency(c *service.Call) (any, error) {
	return onFunction(l.store, c, func(r *realm, ref functionRef) (struct{}, error) {
		f, err := r.unqualified(ref)
		if err == nil {
			f.reserved = nil
		}
		return struct{}{}, err
	})
}

// unqualified finds a function that must be named without a qualifier.
func (r *realm) unqualified(ref functionRef) (*function, error) {
	if ref.qualifier != "" {
		return nil, service.Invalid("This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.")
	}
	return r.function(ref)
}

// reserve sets concurrency aside for a function.
func (r *realm) reserve(ref functionRef, wanted *int) error {
	f, err := r.unqualified(ref)
	switch {
	case err != nil:
		return err
	case wanted == nil:
		return missingMember("reservedConcurrentExecutions")
	case *wanted < 0:
		return service.Invalid("1 validation error detected: Value '%d' at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 0", *wanted)
	}
	if total := f.provisionedTotal(); *wanted < total {
		return service.Invalid("ReservedConcurrentExecutions  %d should not be lower than function's total provisioned concurrency [%d].", *wanted, total)
	}
	left := r.unreserved() + f.setAside() - *wanted
	if *wanted > 0 && left < unreservedLeast {
		return service.Invalid("Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [%d].", unreservedLeast)
	}
	f.reserved = wanted
	return nil
}

// unreserved is the concurrency that no function has set aside.
func (r *realm) unreserved() int {
	left := r.concurrency
	for _, f := range r.functions {
		if f.reserved != nil {
			left -= *f.reserved
			continue
		}
		left -= f.provisionedTotal()
	}
	return left
}

// share is what an invocation is counted in.
type share int

const (
	ofAccount     share = iota // what no function has set aside
	ofFunction                 // reserved concurrency
	ofProvisioned              // provisioned concurrency of a function without reserved
)

// begin counts an invocation of a version in, where the function and the
// account have a place left for it; end counts it out.
func (r *realm) begin(f *function, version string) (share, error) {
	if f.reserved != nil {
		if f.running >= *f.reserved {
			return 0, service.Throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
		}
		f.running++
		return ofFunction, nil
	}
	if f.busy[version] < f.provisionedOf(version) {
		f.running++
		f.busy[version]++
		return ofProvisioned, nil
	}
	if r.running >= r.unreserved() {
		return 0, service.Throttled("ConcurrentInvocationLimitExceeded")
	}
	f.running++
	r.running++
	return ofAccount, nil
}

// end undoes begin, which has given counted.
func (r *realm) end(f *function, version string, counted share) {
	f.running--
	switch counted {
	case ofAccount:
		r.running--
	case ofProvisioned:
		f.busy[version]--
	}
}
