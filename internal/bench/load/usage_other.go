//go:build !linux

package load

import (
	"os"
	"time"
)

// Only Linux says what a process uses in the same way everywhere; elsewhere
// those columns stay empty.

func ownCPU() (time.Duration, bool)        { return 0, false }
func processCPU(int) (time.Duration, bool) { return 0, false }
func machineCPU() (time.Duration, bool)    { return 0, false }

// Resident returns the memory of this process in bytes.
func Resident() (float64, bool) { return 0, false }

// ResidentOf returns the memory of a process in bytes, and how much of it are no
// pages of files.
func ResidentOf(int) (all, anonymous float64, ok bool) { return 0, 0, false }

// PeakOf returns the most memory that a process has had which runs, in bytes.
func PeakOf(int) (float64, bool) { return 0, false }

// Peak returns the most memory that a process had which has ended, in bytes. It is
// at least what the process had that started it.
func Peak(*os.ProcessState) (float64, bool) { return 0, false }

// ProcessorName returns what the processor calls itself.
func ProcessorName() string { return "" }
