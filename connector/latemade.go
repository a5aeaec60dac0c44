package connector

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Late is a connector that a registry makes when a flow first names it, or when
// all connectors are listed: a program whose flow calls one pays for one.
type Late struct {
	// Name and Family are the connector's, and so are Aliases.
	Name, Family string
	Aliases      []string
	// Make returns the connector. It is called once at most in each registry.
	Make func() *Connector
}

// WithLate returns a registry that also has connectors that are made late, behind
// its own. It is an error if two have the same name or spelling. One that is not
// what was said of it, or whose operations do not fit together, is a mistake in
// the program, and panics when it is made.
func (r *Registry) WithLate(late ...Late) (*Registry, error) {
	with := r.grown()
	with.connectors, with.byName = slices.Clip(with.connectors), maps.Clone(with.byName)
	for _, l := range late {
		o := &offer{name: l.Name, family: l.Family}
		o.make = sync.OnceValue(func() *offer { return l.offer() })
		if err := with.enter(o, l.Name, l.Aliases); err != nil {
			return nil, err
		}
	}
	for _, l := range late {
		if l.Make == nil {
			return nil, fmt.Errorf("connector %q, which is made late, has no Make", l.Name)
		}
	}
	return with, nil
}

// offer makes the connector.
func (l Late) offer() *offer {
	c := l.Make()
	if c == nil {
		panic(fmt.Sprintf("connector: Make of %s, which is made late, returned nil", l.Name))
	}
	if c.Name != l.Name || c.Family != l.Family || !slices.Equal(c.Aliases, l.Aliases) {
		panic(fmt.Sprintf("connector: %s, of family %q and also called %q, was to be %s, of family %q and also called %q",
			c.Name, c.Family, c.Aliases, l.Name, l.Family, l.Aliases))
	}
	o, err := newOffer(c)
	if err != nil {
		panic("connector: " + err.Error())
	}
	return o
}

// made returns the offer with its connector.
func (o *offer) made() *offer {
	if o == nil || o.make == nil {
		return o
	}
	return o.make()
}
