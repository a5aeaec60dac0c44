// Package late holds what a package knows until somebody needs it. A variable
// that is a map, or what a function gives, is made at the start of every program
// that has the package, whether it uses it or not: each costs time, memory, and a
// look into another part of the program's file.
package late

import "sync"

// Value is made when it is first asked for. A variable of a package is of this
// type: nothing is made of it at the start. It must not be copied.
//
//	var units = late.Value[map[string]int]{Make: func() map[string]int {
//		return map[string]int{"s": 1, "m": 60}
//	}}
//	...
//	seconds := units.Get()[unit]
type Value[T any] struct {
	// Make returns the value; it is called once at most.
	Make func() T

	once sync.Once
	made T
}

// Get returns the value, the same each time. Who gets a map does not change it.
func (v *Value[T]) Get() T {
	v.once.Do(func() { v.made = v.Make() })
	return v.made
}
