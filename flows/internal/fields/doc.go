// Package fields holds the types of what the language itself takes, such as
// durations, counts and the members of retry, for all who read, run or
// describe flows.
package fields
