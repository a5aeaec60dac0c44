// Package shared keeps what the connections of several runs have in common.
package shared

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Pool makes one value for all who ask for the same key at the same time, and keeps it
// for a while behind the last of them: runs that follow each other share it, too. The
// zero Pool keeps nothing longer than it is used.
type Pool[K comparable, V any] struct {
	Linger time.Duration // how long a value is kept that nobody uses
	End    func(V)       // ends a value that is not kept any more; nil for nothing to do

	mu   sync.Mutex
	kept map[K]*Entry[V]
}

// Entry is a value with the number of those who use it.
type Entry[V any] struct {
	Value V

	once  sync.Once
	made  atomic.Bool // there is a value
	err   error
	users int         // guarded by the pool
	over  bool        // it was ended; guarded by the pool
	end   *time.Timer // releases it; guarded by the pool
}

// errNotOpened is the error of those who waited for a value whose opening panicked.
var errNotOpened = errors.New("what another run opened for this one, too, panicked")

// Acquire returns the value of a key, which open makes where there is none. Release
// ends its use. Where open panics, that goes on to whoever called it.
func (p *Pool[K, V]) Acquire(key K, open func() (V, error)) (*Entry[V], error) {
	entry := p.enter(key)
	entry.once.Do(func() {
		entry.err = errNotOpened
		defer func() {
			if !entry.made.Load() {
				p.drop(key, entry) // so that the next one tries again
			}
		}()
		entry.Value, entry.err = open()
		entry.made.Store(entry.err == nil)
	})
	if entry.err != nil {
		return nil, entry.err
	}
	return entry, nil
}

// Find is Acquire for a value that is there already; nil where none is, or one that is
// being made.
func (p *Pool[K, V]) Find(key K) *Entry[V] {
	p.mu.Lock()
	defer p.mu.Unlock()
	entry := p.kept[key]
	if entry == nil || !entry.made.Load() {
		return nil
	}
	return entry.used()
}

func (p *Pool[K, V]) enter(key K) *Entry[V] {
	p.mu.Lock()
	defer p.mu.Unlock()
	entry := p.kept[key]
	if entry == nil {
		entry = &Entry[V]{}
		if p.kept == nil {
			p.kept = map[K]*Entry[V]{}
		}
		p.kept[key] = entry
	}
	return entry.used()
}

// used counts one who uses the value. The pool is locked.
func (e *Entry[V]) used() *Entry[V] {
	if e.users++; e.users == 1 && e.end != nil {
		e.end.Stop()
	}
	return e
}

func (p *Pool[K, V]) drop(key K, entry *Entry[V]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept[key] == entry {
		delete(p.kept, key)
	}
}

// Release ends one use of a value. The last one lets it go after a while.
func (p *Pool[K, V]) Release(key K, entry *Entry[V]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	entry.users--
	switch {
	case entry.users > 0:
	case p.Linger <= 0:
		p.ended(key, entry)
	case entry.end != nil:
		entry.end.Reset(p.Linger)
	default:
		entry.end = time.AfterFunc(p.Linger, func() { p.lapsed(key, entry) })
	}
}

// lapsed ends a value that nobody has used for a while. It may be called once more for
// the same while: by a timer that had run out when somebody stopped it, and by the same
// one after its next time.
func (p *Pool[K, V]) lapsed(key K, entry *Entry[V]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if entry.users == 0 {
		p.ended(key, entry)
	}
}

// Len returns how many values are kept.
func (p *Pool[K, V]) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.kept)
}

// ended forgets a value, and ends it once. The pool is locked.
func (p *Pool[K, V]) ended(key K, entry *Entry[V]) {
	if entry.over {
		return
	}
	entry.over = true
	if p.kept[key] == entry {
		delete(p.kept, key)
	}
	if p.End != nil {
		p.End(entry.Value)
	}
}
