package http1

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// directWriter writes to a socket as much as the system takes at once. The zero one
// writes nothing.
type directWriter struct {
	socket syscall.RawConn
	try    func(fd uintptr) bool // made once
	parts  [][]byte
	wrote  int
}

func (w *directWriter) watch(socket syscall.RawConn) {
	w.socket = socket
	w.try = func(fd uintptr) bool {
		for {
			n, err := unix.Writev(int(fd), w.parts)
			if errors.Is(err, unix.EINTR) {
				continue
			}
			w.wrote = max(n, 0)
			return true
		}
	}
}

// write returns how much of the parts, of which there are few, the system took: 0 also
// where it is wrong with the connection, which whoever writes the rest will learn.
func (w *directWriter) write(parts [][]byte) int {
	if w.socket == nil {
		return 0
	}
	w.parts, w.wrote = parts, 0
	_ = w.socket.Write(w.try)
	w.parts = nil
	return w.wrote
}
