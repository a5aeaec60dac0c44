package process

import (
	"os"
	"sync"
	"syscall"
)

// LogLimit is how much of the end of an invocation's log is kept, in bytes.
const LogLimit = 64 << 10

// drainLimit bounds how long one look into the pipe takes where a process
// writes without end.
const drainLimit = 1 << 20

// output keeps the end of what a process writes.
type output struct {
	pipe *os.File
	conn syscall.RawConn
	done chan struct{} // closed when nothing more is read

	mu   sync.Mutex
	buf  []byte
	tail []byte
}

// collect reads a pipe until it ends or close is called.
func collect(pipe *os.File) (*output, error) {
	conn, err := pipe.SyscallConn()
	if err != nil {
		return nil, err
	}
	o := &output{pipe: pipe, conn: conn, done: make(chan struct{}), buf: make([]byte, 16<<10)}
	go func() {
		defer close(o.done)
		_ = conn.Read(o.readAll) // ends with the pipe
	}()
	return o, nil
}

// readAll takes what is there; it gives true at the end of the pipe.
func (o *output) readAll(fd uintptr) (ended bool) {
	for {
		more, open := o.read(fd)
		if !more {
			return !open
		}
	}
}

// read takes a part of what is there. more says that there may be more, open
// that the pipe has not ended.
func (o *output) read(fd uintptr) (more, open bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for taken := 0; taken < drainLimit; {
		n, ok := readNow(fd, o.buf)
		if n == 0 {
			return false, ok
		}
		taken += n
		o.tail = append(o.tail, o.buf[:n]...)
		if extra := len(o.tail) - LogLimit; extra > 0 {
			o.tail = append(o.tail[:0], o.tail[extra:]...)
		}
	}
	return true, true
}

// take returns what was written since the last take, also what is still in the
// pipe.
func (o *output) take() []byte {
	_ = o.conn.Control(func(fd uintptr) { o.read(fd) }) // a closed pipe has nothing more
	o.mu.Lock()
	defer o.mu.Unlock()
	taken := o.tail
	o.tail = nil
	return taken
}

// close stops reading, though somebody may still hold the other end.
func (o *output) close() {
	_ = o.pipe.Close()
	<-o.done
}
