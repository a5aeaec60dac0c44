package process

import (
	"os/exec"
	"syscall"
)

// isolate makes the process the head of a group, which a signal from the
// terminal does not reach, and has it killed when this process dies.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
