// Package plainjson reads and writes JSON as functions do: whole numbers stay
// whole, and <, > and & stay as they are.
package plainjson
