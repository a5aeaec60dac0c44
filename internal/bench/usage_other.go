//go:build !linux

package main

import (
	"os"
	"time"
)

// Only Linux says what a process uses in the same way everywhere; elsewhere
// those columns stay empty.

func ownCPU() (time.Duration, bool)         { return 0, false }
func processCPU(int) (time.Duration, bool)  { return 0, false }
func machineCPU() (time.Duration, bool)     { return 0, false }
func resident() (float64, bool)             { return 0, false }
func peak(*os.ProcessState) (float64, bool) { return 0, false }
func processorName() string                 { return "" }
