// Package parity holds the runtimes to one result. It has tests only.
package parity
