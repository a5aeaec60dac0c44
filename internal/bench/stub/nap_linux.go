package stub

import "syscall"

// nap waits as short as the system can, about 50 µs. Go's own timers would
// wait a millisecond where nothing else is to be done.
func nap() { _ = syscall.Nanosleep(&syscall.Timespec{Nsec: 1}, nil) }
