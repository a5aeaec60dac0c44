//go:build !before

package main

import (
	"fmt"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/operations/awsmodel"
)

// newRegistry knows all operations, those of services that are known by their
// models too.
func newRegistry() (*connector.Registry, error) {
	registry, err := connector.NewRegistry(append(operations.All(), local())...)
	if err != nil {
		return nil, fmt.Errorf("making the registry: %w", err)
	}
	return registry.WithSource(awsmodel.Source()), nil
}
