//go:build unix && !linux

package process

import (
	"os/exec"
	"syscall"
)

// isolate makes the process the head of a group, which a signal from the
// terminal does not reach.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
