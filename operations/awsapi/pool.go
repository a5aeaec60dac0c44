package awsapi

import (
	"sync"
	"time"
)

// defaultLinger is how long a client that nobody uses is kept: runs that follow
// each other then share its credentials and its connections.
const defaultLinger = 10 * time.Second

// pool opens each distinct client of a connector once, however many runs use
// it.
type pool struct {
	linger      time.Duration
	environment environment

	mu      sync.Mutex
	clients map[poolKey]*pooled
}

// pooled is a client with the number of connections that share it.
type pooled struct {
	once   sync.Once
	client *client
	err    error

	users int         // guarded by the pool
	end   *time.Timer // releases it; guarded by the pool
}

// acquire returns the client of a key, which open makes where there is none.
func (p *pool) acquire(key poolKey, open func() (*client, error)) (*pooled, error) {
	entry := p.enter(key)
	entry.once.Do(func() { entry.client, entry.err = open() })
	if entry.err != nil {
		p.drop(key, entry) // so that the next one tries again
		return nil, entry.err
	}
	return entry, nil
}

func (p *pool) enter(key poolKey) *pooled {
	p.mu.Lock()
	defer p.mu.Unlock()
	entry := p.clients[key]
	if entry == nil {
		entry = &pooled{}
		if p.clients == nil {
			p.clients = map[poolKey]*pooled{}
		}
		p.clients[key] = entry
	}
	entry.users++
	if entry.end != nil {
		entry.end.Stop()
	}
	return entry
}

func (p *pool) drop(key poolKey, entry *pooled) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clients[key] == entry {
		delete(p.clients, key)
	}
}

// release ends one use of a client. The last one lets it go after a while.
func (p *pool) release(key poolKey, entry *pooled) {
	p.mu.Lock()
	defer p.mu.Unlock()
	entry.users--
	switch {
	case entry.users > 0:
	case p.linger <= 0:
		p.end(key, entry)
	case entry.end != nil:
		entry.end.Reset(p.linger)
	default:
		entry.end = time.AfterFunc(p.linger, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			if entry.users == 0 {
				p.end(key, entry)
			}
		})
	}
}

// end forgets a client. The pool is locked.
func (p *pool) end(key poolKey, entry *pooled) {
	if p.clients[key] == entry {
		delete(p.clients, key)
	}
	entry.client.close()
}
