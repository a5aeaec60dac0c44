package main

import (
	"os/exec"
	"syscall"
)

// alone has a program see a folder as its root and be nobody.
func alone(cmd *exec.Cmd, folder string) {
	cmd.Dir, cmd.Env = "/", []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: folder, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}
