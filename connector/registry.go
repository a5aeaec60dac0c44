package connector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/schema"
)

// Registry finds connectors and operations by name. It does not change once
// made, so any number of flows may share it.
type Registry struct {
	connectors []*Connector
	byName     map[string]*Connector
	operations map[string]*Operation
	owners     map[*Operation]*Connector
}

// NewRegistry makes a registry of connectors. It is an error if two have the
// same name or spelling, or if an operation's name is not "connector.name".
func NewRegistry(connectors ...*Connector) (*Registry, error) {
	r := &Registry{
		connectors: slices.Clone(connectors),
		byName:     map[string]*Connector{},
		operations: map[string]*Operation{},
		owners:     map[*Operation]*Connector{},
	}
	for _, c := range connectors {
		if err := r.addConnector(c); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Registry) addConnector(c *Connector) error {
	for _, name := range append([]string{c.Name}, c.Aliases...) {
		if !schema.IsIdentifier(name) {
			return fmt.Errorf("connector name %q: use letters, digits and _, and begin with no digit", name)
		}
		if r.byName[name] != nil {
			return fmt.Errorf("two connectors are named %q", name)
		}
		r.byName[name] = c
	}
	for _, op := range c.Operations {
		if err := r.addOperation(c, op); err != nil {
			return err
		}
	}
	return nil
}

func (r *Registry) addOperation(c *Connector, op *Operation) error {
	prefix, short, ok := strings.Cut(op.Name, ".")
	if !ok || prefix != c.Name || !schema.IsIdentifier(short) {
		return fmt.Errorf("operation %q of connector %q: its name must be %q", op.Name, c.Name, c.Name+".name")
	}
	if op.Run == nil {
		return fmt.Errorf("operation %q has no Run", op.Name)
	}
	r.owners[op] = c
	for _, name := range append([]string{short}, op.Aliases...) {
		if !schema.IsIdentifier(name) {
			return fmt.Errorf("operation %q: its other name %q has more than letters, digits and _, or begins with a digit", op.Name, name)
		}
		for _, owner := range append([]string{c.Name}, c.Aliases...) {
			key := owner + "." + name
			if r.operations[key] != nil {
				return fmt.Errorf("two operations are named %q", key)
			}
			r.operations[key] = op
		}
	}
	return nil
}

// Operation finds an operation by its full name, in any accepted spelling.
func (r *Registry) Operation(name string) (*Operation, bool) {
	op, ok := r.operations[name]
	return op, ok
}

// Connector finds a connector by its name, in any accepted spelling.
func (r *Registry) Connector(name string) (*Connector, bool) {
	c, ok := r.byName[name]
	return c, ok
}

// Owner gives the connector that offers op, or nil.
func (r *Registry) Owner(op *Operation) *Connector { return r.owners[op] }

// Connectors gives the connectors in the order given to NewRegistry.
func (r *Registry) Connectors() []*Connector { return slices.Clone(r.connectors) }

// Operations gives every operation, sorted by name.
func (r *Registry) Operations() []*Operation {
	var all []*Operation
	for _, c := range r.connectors {
		all = append(all, c.Operations...)
	}
	slices.SortFunc(all, func(a, b *Operation) int { return strings.Compare(a.Name, b.Name) })
	return all
}
