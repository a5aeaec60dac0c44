// Package resident gives memory back that a process needed only once.
package resident

import (
	"bufio"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
)

// dontNeed is MADV_DONTNEED: the pages of the range leave the process, and come back
// from the file when they are touched again.
const dontNeed = 4

// Shrink gives the memory back that the start of the process needed: what the collector
// finds unused, and what Unmap gives back. It is for processes that stay.
func Shrink() {
	debug.FreeOSMemory()
	Unmap()
}

// Unmap gives back the pages of the program itself, of which most are of what was done
// once (initialisers, what reads files of flows, first calls). Those that are needed are
// mapped again as they are touched. Where the system says nothing of itself, the pages
// stay.
func Unmap() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	mappings := unwritten(f, program)
	_ = f.Close() // before the pages go, or it would bring some back
	for _, m := range mappings {
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.from, m.to-m.from, dontNeed) // where it cannot be, the pages stay
	}
}

// mapping is a range of addresses.
type mapping struct{ from, to uintptr }

// unwritten lists the mappings of a file that cannot be written and never were, as the
// system tells them in the form of smaps (proc_pid_smaps(5)): of these nothing is lost.
func unwritten(smaps io.Reader, file string) (all []mapping) {
	var of *mapping
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		line := lines.Text()
		if m, ok := header(line, file); ok {
			of = m
			continue
		}
		if kept, ok := strings.CutPrefix(line, "Anonymous:"); ok && of != nil {
			if strings.Fields(kept)[0] == "0" {
				all = append(all, *of)
			}
			of = nil
		}
	}
	return all
}

// header reads the line that begins what is said of a mapping; nil for one that is of
// another file, or can be written.
func header(line, file string) (m *mapping, ok bool) {
	// 00400000-0154b000 r-xp 00000000 fe:00 1234   /usr/bin/runner
	fields := strings.SplitN(line, " ", 6)
	from, to, ok := strings.Cut(fields[0], "-")
	if !ok || len(fields) < 6 {
		return nil, false
	}
	begin, err := strconv.ParseUint(from, 16, 64)
	if err != nil {
		return nil, false
	}
	end, err := strconv.ParseUint(to, 16, 64)
	if err != nil {
		return nil, false
	}
	if strings.TrimLeft(fields[5], " ") != file || strings.Contains(fields[1], "w") {
		return nil, true
	}
	return &mapping{uintptr(begin), uintptr(end)}, true
}
