// Package kinds has names of every kind.
package kinds

import (
	"context"
	"io"
)

// Kind is a number.
type Kind int

// Kinds.
const (
	A Kind = 1
	B
	c
)

const Bare = 2

// V is a variable.
var V Thing

// Do does it.
func Do(ctx context.Context, names ...string) (int, error) { return 0, nil }

func Quiet() {}

func hidden() {}

// Thing is a thing.
type Thing struct {
	// Name is its name.
	Name  string
	Other string
	Side  map[string]any // aside
	*Kind
	small int
}

// Close closes it.
func (t *Thing) Close() error { return nil }

func (t Thing) Size() int { return 0 }

func (t Thing) hide() {}

type small struct{ Field int }

// Same is the same.
type Same = Thing

// List is generic.
type List[T any, K comparable] []T

// Able can.
type Able interface {
	io.Closer
	// Can tells.
	Can(what string) bool
	Must()
	less()
}
