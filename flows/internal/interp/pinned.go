package interp

import "sync"

// pinned is what a runtime keeps of the files of a program, once it was asked for.
type pinned struct {
	mu   sync.Mutex
	made bool
	v    any
}

// pinnedBy returns what pin makes of the program's files. Files that parameters
// name may change between runs; where there is none it is made once, so that pin
// is the same function for all runs.
func (p *Program) pinnedBy(pin func(files map[string][]byte) (any, error)) (any, error) {
	for _, sub := range p.allPrograms() {
		if len(sub.Named) > 0 {
			return pin(p.Files())
		}
	}
	p.pinned.mu.Lock()
	defer p.pinned.mu.Unlock()
	if p.pinned.made {
		return p.pinned.v, nil
	}
	v, err := pin(p.Files())
	p.pinned.v, p.pinned.made = v, err == nil
	return v, err
}
