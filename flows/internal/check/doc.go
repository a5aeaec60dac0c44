// Package check reads flow files, says everything that is wrong with them, and
// makes of those without a mistake the programs that package interp runs.
package check
