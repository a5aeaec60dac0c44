// Package filelock locks files for as long as a process lives: the system lets
// go of a lock when the process ends, however that happens. Call [Try]; closing
// the file lets go, too.
package filelock
