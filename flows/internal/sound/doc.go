// Package sound holds the check to its word: it runs generated flows that pass
// it. It has tests only.
package sound
