//go:build unix

package process

import (
	"errors"
	"os"
	"syscall"
)

// killGroup ends a process and what it has started in its group.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// terminate asks a process to end.
func terminate(p *os.Process) { _ = p.Signal(syscall.SIGTERM) }

// readNow reads what a pipe holds and gives 0 where that is nothing yet; ok is
// false at the end of the pipe.
func readNow(fd uintptr, buf []byte) (n int, ok bool) {
	for {
		n, err := syscall.Read(int(fd), buf)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return 0, true
		}
		return max(n, 0), err == nil && n > 0
	}
}
