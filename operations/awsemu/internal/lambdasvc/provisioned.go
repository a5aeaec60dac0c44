package lambdasvc

import (
	"net/http"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// provisionedConfig is the provisioned concurrency of a version or an alias.
type provisionedConfig struct {
	Requested    int
	LastModified string
	Failure      string `json:",omitempty"` // the type of the error of a function that does not start

	settles time.Time // until then processes are being started
	pending bool      // they are, however long it takes
}

// provisionedShape is what Lambda tells of it.
type provisionedShape struct {
	FunctionArn  string `json:",omitempty"` // in lists
	Requested    int    `json:"RequestedProvisionedConcurrentExecutions"`
	Available    int    `json:"AvailableProvisionedConcurrentExecutions"`
	Allocated    int    `json:"AllocatedProvisionedConcurrentExecutions"`
	Status       string
	StatusReason string `json:",omitempty"`
	LastModified string
}

// provisionedShape is a configuration as it is now.
func (r *realm) provisionedShape(p provisionedConfig) provisionedShape {
	out := provisionedShape{Requested: p.Requested, Status: "READY", LastModified: p.LastModified}
	switch {
	case p.Failure != "":
		out.Status, out.StatusReason = "FAILED", "FUNCTION_ERROR_INIT_FAILURE: "+p.Failure
	case p.pending || r.clock().Before(p.settles):
		out.Status = "IN_PROGRESS"
	default:
		out.Available, out.Allocated = p.Requested, p.Requested
	}
	return out
}

// provisionedOf is the provisioned concurrency that a version has, by itself
// or by aliases.
func (f *function) provisionedOf(version string) int {
	n := f.provisioned[version].Requested
	for qualifier, p := range f.provisioned {
		if a := f.aliases[qualifier]; a != nil && a.uses(version) {
			n += p.Requested
		}
	}
	return n
}

// provisionedTotal is that of all versions and aliases.
func (f *function) provisionedTotal() int {
	n := 0
	for _, p := range f.provisioned {
		n += p.Requested
	}
	return n
}

// setAside is how much of the account's concurrency is this function's alone.
func (f *function) setAside() int {
	if f.reserved != nil {
		return *f.reserved
	}
	return f.provisionedTotal()
}

// provisionable finds a function and the version that its qualifier stands for,
// which has to be a published one.
func (r *realm) provisionable(ref functionRef) (*function, *version, error) {
	if ref.qualifier == "" {
		return nil, nil, missingMember("qualifier")
	}
	f, v, err := r.resolve(ref)
	if err != nil {
		return nil, nil, err
	}
	if v.config.Version == latest {
		return nil, nil, service.Invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
	}
	return f, v, nil
}

// checkProvisioned tells why a function cannot have n provisioned.
func (r *realm) checkProvisioned(f *function, v *version, qualifier string, n int) error {
	for other := range f.provisioned {
		a := f.aliases[other]
		switch {
		case other == qualifier:
		case a != nil && f.aliases[qualifier] == nil && a.uses(v.config.Version):
			return service.Conflict("Version is pointed by a Provisioned Concurrency alias")
		case a == nil && f.aliases[qualifier] != nil && f.aliases[qualifier].uses(other):
			return service.Conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
		}
	}
	others := f.provisionedTotal() - f.provisioned[qualifier].Requested
	if f.reserved != nil {
		if others+n > *f.reserved {
			return service.Invalid("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")
		}
		return nil
	}
	switch free := r.unreserved() + f.provisioned[qualifier].Requested; {
	case n > free:
		return service.Invalid("Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [%d].", free)
	case free-n < unreservedLeast:
		return service.Invalid("Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [%d].", unreservedLeast)
	}
	return nil
}

func (l *API) putProvisioned(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	in, err := decode[struct{ ProvisionedConcurrentExecutions *int }](c)
	if err != nil {
		return nil, err
	}
	switch n := in.ProvisionedConcurrentExecutions; {
	case n == nil:
		return nil, missingMember("provisionedConcurrentExecutions")
	case *n < 1:
		return nil, service.Invalid("1 validation error detected: Value '%d' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1", *n)
	}
	var warm []invocation
	n := *in.ProvisionedConcurrentExecutions
	out, err := within(l.store, ref.place, func(r *realm) (provisionedShape, error) {
		f, v, err := r.provisionable(ref)
		if err == nil {
			err = r.checkProvisioned(f, v, ref.qualifier, n)
		}
		if err != nil {
			return provisionedShape{}, err
		}
		p := provisionedConfig{Requested: n, LastModified: r.timestamp(), settles: r.settled(), pending: true}
		f.provisioned[ref.qualifier] = p
		for _, v := range f.published {
			if a := f.aliases[ref.qualifier]; v.config.Version == ref.qualifier || a != nil && a.uses(v.config.Version) {
				warm = append(warm, r.invocation(f, v, ref))
			}
		}
		return r.provisionedShape(p), nil
	})
	if err != nil {
		return nil, err
	}
	l.tasks.Start(func() { l.warm(ref, warm, n, out.LastModified) })
	return out, nil
}

// warm starts processes for provisioned concurrency and keeps what came of it.
func (l *API) warm(ref functionRef, versions []invocation, n int, since string) {
	ctx, cancel := l.tasks.Background()
	defer cancel()
	failure := ""
	for _, one := range versions {
		kind, err := l.runner.warm(ctx, one, n)
		if err != nil {
			kind = service.AsAPIError(err).Code
		}
		if kind != "" {
			failure = kind
		}
	}
	_, _ = within(l.store, ref.place, func(r *realm) (struct{}, error) {
		f, err := r.function(ref)
		if err != nil {
			return struct{}{}, err
		}
		if p, ok := f.provisioned[ref.qualifier]; ok && p.LastModified == since {
			p.pending, p.Failure = false, failure
			f.provisioned[ref.qualifier] = p
		}
		return struct{}{}, nil
	})
}

// provisionedConfig finds a configuration, and the function that has it.
func (r *realm) provisionedConfig(ref functionRef) (*function, provisionedConfig, error) {
	if ref.qualifier == "" {
		return nil, provisionedConfig{}, missingMember("qualifier")
	}
	f, _, err := r.resolve(ref)
	if err != nil {
		return nil, provisionedConfig{}, err
	}
	p, ok := f.provisioned[ref.qualifier]
	if !ok {
		return f, p, service.Failure("ProvisionedConcurrencyConfigNotFoundException", http.StatusNotFound, "No Provisioned Concurrency Config found for this function")
	}
	return f, p, nil
}

func (l *API) getProvisioned(c *service.Call) (any, error) {
	return onFunction(l.store, c, func(r *realm, ref functionRef) (provisionedShape, error) {
		_, p, err := r.provisionedConfig(ref)
		return r.provisionedShape(p), err
	})
}

// deleteProvisioned takes it away; one that is not there is as good as deleted.
func (l *API) deleteProvisioned(c *service.Call) (any, error) {
	return onFunction(l.store, c, func(r *realm, ref functionRef) (struct{}, error) {
		f, _, err := r.provisionedConfig(ref)
		if f == nil {
			return struct{}{}, err
		}
		delete(f.provisioned, ref.qualifier)
		return struct{}{}, nil
	})
}

func (l *API) listProvisioned(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	p, err := paged(l.store, ref.place, c, func(p provisionedShape) string { return p.FunctionArn }, func(r *realm) ([]provisionedShape, error) {
		f, err := r.function(ref)
		if err != nil {
			return nil, err
		}
		list := []provisionedShape{}
		for _, qualifier := range sortedKeys(f.provisioned) {
			one := r.provisionedShape(f.provisioned[qualifier])
			one.FunctionArn = f.ref.arn(qualifier)
			list = append(list, one)
		}
		return list, nil
	})
	return struct {
		ProvisionedConcurrencyConfigs []provisionedShape
		NextMarker                    string `json:",omitempty"`
	}{p.items, p.next}, err
}

// provisionedRoutes are the operations on provisioned concurrency.
func (l *API) provisionedRoutes() []route {
	const path = "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"
	return []route{
		{"PUT", path, service.NewOperation("PutProvisionedConcurrencyConfig", http.StatusAccepted, l.putProvisioned), bodyLimit},
		{"GET", path, service.NewOperation("GetProvisionedConcurrencyConfig", http.StatusOK, l.getProvisioned), bodyLimit},
		{"DELETE", path, service.NewOperation("DeleteProvisionedConcurrencyConfig", http.StatusNoContent, l.deleteProvisioned), bodyLimit},
		{"GET", path + "?List=ALL", service.NewOperation("ListProvisionedConcurrencyConfigs", http.StatusOK, l.listProvisioned), bodyLimit},
	}
}
