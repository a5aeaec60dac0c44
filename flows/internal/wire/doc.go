// Package wire is how runtimes that store runs write things down: values and
// failures so that they read back as what they were, keys that encrypt them,
// and the files that a run began with.
package wire
