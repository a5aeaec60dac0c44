//go:build !unix

package http1

import "syscall"

// looksAtIdle is true where idle connections can be looked at.
const looksAtIdle = false

type quiet struct{}

func (*quiet) watch(syscall.RawConn) {}

func (*quiet) is() bool { return false }
