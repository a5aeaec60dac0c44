package load

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of times in /proc: USER_HZ is 100 on every Linux that Go
// runs on.
const tick = 10 * time.Millisecond

// ownCPU returns the user and system time of this process.
func ownCPU() (time.Duration, bool) {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0, false
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano()), true
}

// processCPU returns the user and system time of another process.
func processCPU(pid int) (time.Duration, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	// The name before the last parenthesis may hold anything.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	return ticks(fields, 11, 12)
}

// machineCPU returns the time that all processors were not idle, also what a
// hypervisor gave to somebody else.
func machineCPU() (time.Duration, bool) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, false
	}
	line, _, _ := strings.Cut(string(text), "\n")
	// cpu user nice system idle iowait irq softirq steal
	return ticks(strings.Fields(line), 1, 2, 3, 6, 7, 8)
}

func ticks(fields []string, at ...int) (time.Duration, bool) {
	var sum int64
	for _, i := range at {
		if i >= len(fields) {
			return 0, false
		}
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, false
		}
		sum += n
	}
	return time.Duration(sum) * tick, true
}

// Resident returns the memory of this process in bytes.
func Resident() (float64, bool) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseFloat(fields[1], 64)
	return pages * float64(os.Getpagesize()), err == nil
}

// ResidentOf returns the memory of a process in bytes, and how much of it are no
// pages of files.
func ResidentOf(pid int) (all, anonymous float64, ok bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0, 0, false
	}
	fields := strings.Fields(string(text))
	if len(fields) < 3 {
		return 0, 0, false
	}
	pages, err1 := strconv.ParseFloat(fields[1], 64)
	shared, err2 := strconv.ParseFloat(fields[2], 64)
	size := float64(os.Getpagesize())
	return pages * size, (pages - shared) * size, err1 == nil && err2 == nil
}

// PeakOf returns the most memory that a process has had which runs, in bytes.
func PeakOf(pid int) (float64, bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if size, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(size), " kB"), 64)
			return kb * 1024, err == nil
		}
	}
	return 0, false
}

// Peak returns the most memory that a process had which has ended, in bytes. It is
// at least what the process had that started it.
func Peak(state *os.ProcessState) (float64, bool) {
	use, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, false
	}
	return float64(use.Maxrss) * 1024, true
}

// ProcessorName returns what the processor calls itself.
func ProcessorName() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return ""
}
