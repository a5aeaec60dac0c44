package connector

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Source offers connectors that are made when they are first asked for: more
// than a program wants to make at its start. It is safe for concurrent use.
type Source interface {
	// Prefix is what may stand before a connector's name and its dot, to mean
	// the source's whatever else has that name: "aws" in aws.events.putEvents.
	Prefix() string
	// Connector returns the connector of a name in any spelling, the same one each
	// time; nil where there is none.
	Connector(name string) *Connector
	// Names lists the connectors by name, sorted.
	Names() []string
	// Offers lists the connectors and their operations, without making any.
	Offers() []Offer
}

// Offer is what a list shows of a connector that need not be made for it.
type Offer struct {
	// Name is the connector's canonical name.
	Name string
	// Aliases are other accepted spellings of Name.
	Aliases []string
	// Summary is one sentence.
	Summary string
	// Operations are sorted by name; those made by hand may be missing.
	Operations []OfferedOperation
}

// OfferedOperation is what a list shows of an operation.
type OfferedOperation struct {
	// Name is what stands behind the connector's dot.
	Name string
	// Effect says whether it changes anything.
	Effect Effect
}

// WithSource returns a registry that also finds the connectors of a source. A
// connector of the registry itself goes before one of the source with the same
// name, unless the source's prefix is given. It takes the place of a source that
// was given before; nil for none.
func (r *Registry) WithSource(s Source) *Registry {
	with := r.grown()
	with.lazy = nil
	if s != nil {
		with.lazy = &lazy{source: s, byName: map[string]*offer{}}
	}
	return with
}

// Source returns the source of connectors; nil for none.
func (r *Registry) Source() Source {
	if r == nil || r.lazy == nil {
		return nil
	}
	return r.lazy.source
}

// Opened returns the connectors of the source that were asked for so far, sorted
// by name.
func (r *Registry) Opened() []*Connector {
	if r == nil || r.lazy == nil {
		return nil
	}
	r.lazy.mu.Lock()
	defer r.lazy.mu.Unlock()
	seen := map[*Connector]bool{}
	for _, o := range r.lazy.byName {
		if o != nil {
			seen[o.Connector] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), func(a, b *Connector) int { return strings.Compare(a.Name, b.Name) })
}

// Shadows reports whether a connector of the registry's own has a name that the
// source has for another.
func (r *Registry) Shadows(name string) bool {
	own := r.orNone().byName[name]
	if own == nil || r.lazy == nil || own.family == r.lazy.source.Prefix() {
		return false
	}
	return r.lazy.find(name) != nil
}

// lazy are the connectors of a source that were asked for.
type lazy struct {
	source Source

	mu     sync.Mutex
	byName map[string]*offer // also of names that there are none of
}

// mostNames bounds how many names are remembered that there is no connector of.
const mostNames = 10_000

func (l *lazy) find(name string) *offer {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if o, ok := l.byName[name]; ok {
		return o
	}
	var o *offer
	if c := l.source.Connector(name); c != nil {
		if known := l.byName[c.Name]; known != nil {
			o = known
		} else if made, err := newOffer(c); err == nil {
			o = made
		}
	}
	if o != nil || len(l.byName) < mostNames {
		l.byName[name] = o
	}
	if o != nil {
		l.byName[o.Name] = o
	}
	return o
}

// owner finds a connector with what stands behind its dot in a name; nil where
// there is none.
func (r *Registry) owner(name string) (o *offer, rest string) {
	prefix, rest, _ := strings.Cut(name, ".")
	if r.lazy != nil && prefix == r.lazy.source.Prefix() {
		if service, short, ok := strings.Cut(rest, "."); ok {
			return r.meant(service), short
		}
	}
	return r.offer(prefix), rest
}

// meant finds the connector that a name means behind the source's prefix: one of
// the registry's own that belongs to the same family, or else the source's.
func (r *Registry) meant(name string) *offer {
	if own := r.byName[name]; own != nil && own.family == r.lazy.source.Prefix() {
		return own.made()
	}
	return r.lazy.find(name)
}

// offer finds a connector by its name.
func (r *Registry) offer(name string) *offer {
	if o := r.byName[name]; o != nil {
		return o.made()
	}
	return r.lazy.find(name)
}
