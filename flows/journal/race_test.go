//go:build race

package journal_test

// raced is true under the race detector, which makes SQLite twenty times slower.
const raced = true
