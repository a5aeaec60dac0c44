package lambdasvc

import (
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// eventConfig is FunctionEventInvokeConfig: how an invocation whose caller
// does not wait is tried again.
type eventConfig struct {
	FunctionArn              string
	LastModified             float64 // seconds since 1970
	MaximumRetryAttempts     *int    `json:",omitempty"`
	MaximumEventAgeInSeconds *int    `json:",omitempty"`
	DestinationConfig        object
}

// eventInput is the body of PutFunctionEventInvokeConfig and of
// UpdateFunctionEventInvokeConfig.
type eventInput struct {
	MaximumRetryAttempts     *int
	MaximumEventAgeInSeconds *int
	DestinationConfig        object
}

func (in eventInput) check() error {
	if n := in.MaximumRetryAttempts; n != nil && (*n < 0 || *n > 2) {
		return service.Invalid("1 validation error detected: Value '%d' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value between 0 and 2", *n)
	}
	if n := in.MaximumEventAgeInSeconds; n != nil && (*n < 60 || *n > 21600) {
		return service.Invalid("1 validation error detected: Value '%d' at 'maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value between 60 and 21600", *n)
	}
	return checkMembers(in.DestinationConfig, "destinationConfig", []memberRule{
		{"OnSuccess.Destination", destinationARN, destinationPattern, nil},
		{"OnFailure.Destination", destinationARN, destinationPattern, nil},
	})
}

func (l *API) putEventConfig(c *service.Call) (any, error) { return l.changeEventConfig(c, false) }

func (l *API) updateEventConfig(c *service.Call) (any, error) { return l.changeEventConfig(c, true) }

// changeEventConfig keeps what the request gives, over what there is or in its
// stead.
func (l *API) changeEventConfig(c *service.Call, over bool) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	in, err := decode[eventInput](c)
	if err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (eventConfig, error) {
		f, config, err := r.eventConfig(ref)
		if f == nil || over && err != nil {
			return eventConfig{}, err
		}
		if !over {
			config = eventConfig{FunctionArn: ref.arn(orLatest(ref.qualifier)), DestinationConfig: object{"OnSuccess": object{}, "OnFailure": object{}}}
		}
		if in.MaximumRetryAttempts != nil {
			config.MaximumRetryAttempts = in.MaximumRetryAttempts
		}
		if in.MaximumEventAgeInSeconds != nil {
			config.MaximumEventAgeInSeconds = in.MaximumEventAgeInSeconds
		}
		overrideObject(&config.DestinationConfig, in.DestinationConfig)
		config.LastModified = float64(r.clock().UnixMilli()) / 1000
		f.events[orLatest(ref.qualifier)] = config
		return config, nil
	})
}

func (l *API) getEventConfig(c *service.Call) (any, error) {
	return onFunction(l.store, c, func(r *realm, ref functionRef) (eventConfig, error) {
		_, config, err := r.eventConfig(ref)
		return config, err
	})
}

func (l *API) deleteEventConfig(c *service.Call) (any, error) {
	return onFunction(l.store, c, func(r *realm, ref functionRef) (struct{}, error) {
		f, _, err := r.eventConfig(ref)
		if err == nil {
			delete(f.events, orLatest(ref.qualifier))
		}
		return struct{}{}, err
	})
}

func (l *API) listEventConfigs(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	p, err := paged(l.store, ref.place, c, func(e eventConfig) string { return e.FunctionArn }, func(r *realm) ([]eventConfig, error) {
		f, err := r.function(ref)
		list := []eventConfig{}
		if err == nil {
			for _, qualifier := range sortedKeys(f.events) {
				list = append(list, f.events[qualifier])
			}
		}
		return list, err
	})
	return struct {
		FunctionEventInvokeConfigs []eventConfig
		NextMarker                 string `json:",omitempty"`
	}{p.items, p.next}, err
}

// eventConfig finds the function, which is nil where there is none, and what
// it has for that qualifier.
func (r *realm) eventConfig(ref functionRef) (*function, eventConfig, error) {
	f, _, err := r.resolve(ref)
	if err != nil {
		return nil, eventConfig{}, err
	}
	config, ok := f.events[orLatest(ref.qualifier)]
	if !ok {
		return f, config, service.NotFound("The function %s doesn't have an EventInvokeConfig", ref.arn(orLatest(ref.qualifier)))
	}
	return f, config, nil
}

func orLatest(qualifier string) string {
	if qualifier == "" {
		return latest
	}
	return qualifier
}
