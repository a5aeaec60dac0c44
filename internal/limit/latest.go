package limit

import (
	"cmp"
	"container/list"
	"sync"
)

// mostNamed bounds the keys that are remembered, where nothing else is said.
const mostNamed = 10_000

// latest has something for each of many keys, of which it remembers the latest ones.
// The zero value is ready, and safe for concurrent use.
type latest[K comparable, V any] struct {
	most int // keys that are remembered; 0 for mostNamed

	mu    sync.Mutex
	known map[K]*list.Element
	order list.List // of *kept[K, V]; what was asked for last is in front
}

type kept[K comparable, V any] struct {
	key   K
	value V
}

// of returns what a key has, the same each time; what is new is made.
func (l *latest[K, V]) of(key K, fresh func() V) V {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.known[key]; e != nil {
		l.order.MoveToFront(e)
		return e.Value.(*kept[K, V]).value
	}
	if l.known == nil {
		l.known = map[K]*list.Element{}
	}
	for l.order.Len() >= cmp.Or(l.most, mostNamed) {
		delete(l.known, l.order.Remove(l.order.Back()).(*kept[K, V]).key)
	}
	k := &kept[K, V]{key, fresh()}
	l.known[key] = l.order.PushFront(k)
	return k.value
}
