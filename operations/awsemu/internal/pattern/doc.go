// Package pattern is regular expressions that are compiled late.
package pattern
