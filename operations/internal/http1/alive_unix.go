//go:build unix

package http1

import "syscall"

// looksAtIdle is true where idle connections can be looked at.
const looksAtIdle = true

// idleProbe looks at a connection that serves no request.
type idleProbe struct {
	socket syscall.RawConn
	look   func(fd uintptr) bool // made once
	byte   [1]byte
	found  bool
}

func (q *idleProbe) watch(socket syscall.RawConn) {
	q.socket = socket
	q.look = func(fd uintptr) bool {
		_, err := syscall.Read(int(fd), q.byte[:])
		q.found = err == syscall.EAGAIN
		return true
	}
}

// alive is true for a connection that is open and has nothing to read. Whatever
// comes while no request is under way, most of all its end, makes it useless.
func (q *idleProbe) alive() bool {
	q.found = false
	return q.socket.Read(q.look) == nil && q.found
}
