package connector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/internal/limit"
	"github.com/medlar-flow/medlar/schema"
)

// Registry finds connectors and operations by name. It does not change once
// made, so any number of flows may share it. They share the limits and the
// circuit breakers of their connections with it, too. A nil *Registry, and the
// zero Registry, are ones without connectors.
type Registry struct {
	connectors []*offer // in their order
	byName     map[string]*offer
	lazy       *lazy // nil for none
	gates      *limit.Gates
	circuits   *limit.Circuits
	events     []*EventSource
}

// offer is a connector with its operations under all their names, of which each
// is what stands behind the dot.
type offer struct {
	*Connector
	operations map[string]*Operation

	name, family string        // of the connector
	make         func() *offer // of one that is made late, which has nothing else yet
}

// NewRegistry makes a registry of connectors. It is an error if two have the
// same name or spelling, if an operation's name is not "connector.name", or if
// one of them is nil, or an operation's Run.
func NewRegistry(connectors ...*Connector) (*Registry, error) {
	r := &Registry{
		connectors: make([]*offer, 0, len(connectors)),
		byName:     make(map[string]*offer, 2*len(connectors)),
		gates:      &limit.Gates{},
		circuits:   &limit.Circuits{},
	}
	for i, c := range connectors {
		if c == nil {
			return nil, fmt.Errorf("connector %d of %d is nil", i+1, len(connectors))
		}
		if err := r.addConnector(c); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Registry) addConnector(c *Connector) error {
	o := &offer{Connector: c, name: c.Name, family: c.Family}
	if err := r.enter(o, c.Name, c.Aliases); err != nil {
		return err
	}
	return o.addAll()
}

// enter enters an offer under its names.
func (r *Registry) enter(o *offer, name string, aliases []string) error {
	names := append([]string{name}, aliases...)
	for _, name := range names {
		if !schema.IsIdentifier(name) {
			return fmt.Errorf("connector name %q: use letters, digits and _, and begin with no digit", name)
		}
		if r.byName[name] != nil {
			return fmt.Errorf("two connectors are named %q", name)
		}
	}
	for _, name := range names {
		r.byName[name] = o
	}
	r.connectors = append(r.connectors, o)
	return nil
}

// grown returns a copy of the registry that can be given more; of none, one without
// connectors.
func (r *Registry) grown() *Registry {
	with := *r.orNone()
	if with.gates == nil {
		with.byName, with.gates, with.circuits = map[string]*offer{}, &limit.Gates{}, &limit.Circuits{}
	}
	return &with
}

// orNone returns the registry; one without connectors for none.
func (r *Registry) orNone() *Registry {
	if r == nil {
		return &Registry{}
	}
	return r
}

func newOffer(c *Connector) (*offer, error) {
	o := &offer{Connector: c, name: c.Name, family: c.Family}
	return o, o.addAll()
}

func (o *offer) addAll() error {
	o.operations = make(map[string]*Operation, 2*len(o.Operations))
	for i, op := range o.Operations {
		if op == nil {
			return fmt.Errorf("operation %d of %d of connector %q is nil", i+1, len(o.Operations), o.Name)
		}
		if err := o.add(op); err != nil {
			return err
		}
	}
	return nil
}

func (o *offer) add(op *Operation) error {
	prefix, short, ok := strings.Cut(op.Name, ".")
	if !ok || prefix != o.Name || !schema.IsIdentifier(short) {
		return fmt.Errorf("operation %q of connector %q: its name must be %q", op.Name, o.Name, o.Name+".name")
	}
	if op.Run == nil {
		return fmt.Errorf("operation %q has no Run", op.Name)
	}
	if err := o.enter(op, short); err != nil {
		return err
	}
	for _, name := range op.Aliases {
		if err := o.enter(op, name); err != nil {
			return err
		}
	}
	return nil
}

// enter enters an operation under one of its names.
func (o *offer) enter(op *Operation, name string) error {
	if !schema.IsIdentifier(name) {
		return fmt.Errorf("operation %q: its other name %q has more than letters, digits and _, or begins with a digit", op.Name, name)
	}
	if o.operations[name] != nil {
		return fmt.Errorf("two operations are named %q", o.Name+"."+name)
	}
	o.operations[name] = op
	return nil
}

// Operation finds an operation by its full name, in any accepted spelling.
func (r *Registry) Operation(name string) (*Operation, bool) {
	if r == nil || !strings.Contains(name, ".") {
		return nil, false
	}
	o, short := r.owner(name)
	if o == nil {
		return nil, false
	}
	op, ok := o.operations[short]
	return op, ok
}

// Connector finds a connector by its name, in any accepted spelling.
func (r *Registry) Connector(name string) (*Connector, bool) {
	r = r.orNone()
	o := r.offer(name)
	if r.lazy != nil {
		if meant, ok := strings.CutPrefix(name, r.lazy.source.Prefix()+"."); ok {
			o = r.meant(meant)
		}
	}
	if o == nil {
		return nil, false
	}
	return o.Connector, true
}

// Owner returns the connector that offers op, or nil.
func (r *Registry) Owner(op *Operation) *Connector {
	if op == nil || r == nil {
		return nil
	}
	prefix, short, _ := strings.Cut(op.Name, ".")
	if o := r.byName[prefix].made(); o != nil && o.operations[short] == op {
		return o.Connector
	}
	if o := r.lazy.find(prefix); o != nil && o.operations[short] == op {
		return o.Connector
	}
	return nil
}

// Connectors returns the connectors in the order given to NewRegistry, without
// those of a source.
func (r *Registry) Connectors() []*Connector {
	r = r.orNone()
	list := make([]*Connector, len(r.connectors))
	for i, o := range r.connectors {
		list[i] = o.made().Connector
	}
	return list
}

// Operations returns every operation, sorted by name, without those of a source.
func (r *Registry) Operations() []*Operation {
	var all []*Operation
	for _, c := range r.Connectors() {
		all = append(all, c.Operations...)
	}
	slices.SortFunc(all, func(a, b *Operation) int { return strings.Compare(a.Name, b.Name) })
	return all
}
