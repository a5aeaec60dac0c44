// Package foreign knows how other languages write what an expression of a flow
// writes otherwise: typeof x, Object.keys(m), [...list, 4], '%s' % name. [Find]
// returns what to write for a part of an expression that the check refused, made of
// what stands there, so that it can be put in its place.
//
// It forbids nothing: it is asked only about expressions that are wrong.
package foreign
