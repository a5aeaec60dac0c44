//go:build before

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations"
)

// This file stands in the place of those that an earlier revision of the module
// cannot be built with: see buildEarlier. What they measure is an error.

// newRegistry knows the operations that every revision had.
func newRegistry() (*connector.Registry, error) {
	registry, err := connector.NewRegistry(append(operations.All(), local())...)
	if err != nil {
		return nil, fmt.Errorf("making the registry: %w", err)
	}
	return registry, nil
}

func servedTarget(context.Context, *order) (*target, error) {
	return nil, errors.New("an earlier revision without servers")
}

// tracing sends nothing, which makes what was measured worthless.
type tracing struct{ asked bool }

func newTracing(o *order) *tracing { return &tracing{asked: o.Traced} }

func (*tracing) options() []flows.RunOption { return nil }

func (t *tracing) end() error {
	if t.asked {
		return errors.New("an earlier revision without telemetry")
	}
	return nil
}

func makeOpenRuns(context.Context, string, int64, string) error {
	return errors.New("an earlier revision without a journal")
}
