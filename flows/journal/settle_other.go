//go:build !linux

package journal

import "os"

// syncData waits for a file.
func syncData(f *os.File) error { return f.Sync() } //nolint:wrapcheck // the caller does
