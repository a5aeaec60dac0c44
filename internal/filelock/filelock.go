// Package filelock locks files for as long as a process lives: the system lets
// go of a lock when the process ends, however that happens. Call [Try]; closing
// the file lets go, too.
package filelock

// Mode says how a lock is held.
type Mode int

// The modes: many open files may have a shared lock, one an exclusive one.
const (
	Shared Mode = iota
	Exclusive
)
