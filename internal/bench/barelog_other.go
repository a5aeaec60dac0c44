//go:build !linux

package main

import "os"

// syncData waits for a file.
func syncData(f *os.File) error { return f.Sync() } //nolint:wrapcheck // the measurement fails with it
