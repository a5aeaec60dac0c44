//go:build !unix

package http1

import "syscall"

// looksAtIdle is true where idle connections can be looked at.
const looksAtIdle = false

// idleProbe looks at nothing.
type idleProbe struct{}

func (*idleProbe) watch(syscall.RawConn) {}

func (*idleProbe) alive() bool { return false }
