package main

import (
	"fmt"
	"os"
	"syscall"
)

// syncData waits for the data of a file, as a journal does.
func syncData(f *os.File) error {
	if err := syscall.Fdatasync(int(f.Fd())); err != nil { //nolint:gosec // a descriptor is small
		return fmt.Errorf("waiting for the disk: %w", err)
	}
	return nil
}
