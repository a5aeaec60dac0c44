package lambdasvc

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/bundle"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/entropy"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/fixture"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// Limits of an account that AWS reports and this package does not change.
const (
	totalCodeLimit   = 80530636800
	concurrencyLimit = 1000
)

// store is the state of Lambda: a realm for each account and region. It knows
// nothing of HTTP.
type store struct {
	mu      sync.Mutex
	realms  map[service.Place]*realm
	fixture *fixture.File
	file    string // that keeps the state; "" for none
	source
}

// source is where state gets its times and revision ids from.
type source struct {
	entropy  *entropy.Source
	clock    func() time.Time
	codes    *bundle.Store
	buckets  map[string]string // the folder of each
	settling time.Duration
	handlers map[string]Handler
}

// revision returns a new RevisionId.
func (s source) revision() (string, error) { return s.entropy.UUID() }

const timeFormat = "2006-01-02T15:04:05.000-0700"

// timestamp is the present as Lambda writes it, ending in +0000.
func (s source) timestamp() string { return s.clock().UTC().Format(timeFormat) }

// realm is what an account has in a region.
type realm struct {
	place       service.Place
	functions   map[string]*function
	layers      map[string]*layer
	running     int // invocations under way of functions without reserved concurrency
	concurrency int
	declared    []string // what the functions file has put here
	source
}

func newStore(f *fixture.File, s source) *store {
	s.buckets = f.Buckets
	return &store{realms: map[service.Place]*realm{}, fixture: f, source: s}
}

// within runs do on the realm of p while nobody else touches the store. What
// do returns must not be changed afterwards by either side.
func within[T any](s *store, p service.Place, do func(*realm) (T, error)) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.realm(p)
	if err != nil {
		var none T
		return none, err
	}
	return do(r)
}

// realm returns the realm of p. Every account and region begins with what the
// fixture declares, and goes its own way from there.
func (s *store) realm(p service.Place) (*realm, error) {
	if r, ok := s.realms[p]; ok {
		return r, nil
	}
	r := s.newRealm(p)
	if err := r.furnish(s.fixture, nil); err != nil {
		return nil, err
	}
	s.realms[p] = r
	return r, nil
}

func (s *store) newRealm(p service.Place) *realm {
	r := &realm{
		place: p, functions: map[string]*function{}, layers: map[string]*layer{},
		concurrency: s.fixture.Concurrency, source: s.source,
	}
	if r.concurrency == 0 {
		r.concurrency = concurrencyLimit
	}
	return r
}

// settings is the body of GetAccountSettings.
type settings struct {
	AccountLimit struct {
		TotalCodeSize                  int64
		CodeSizeUnzipped               int64
		CodeSizeZipped                 int64
		ConcurrentExecutions           int
		UnreservedConcurrentExecutions int
	}
	AccountUsage struct {
		TotalCodeSize int64
		FunctionCount int
	}
}

func (r *realm) settings() (settings, error) {
	var s settings
	s.AccountLimit.TotalCodeSize = totalCodeLimit
	s.AccountLimit.CodeSizeUnzipped = bundle.UnzippedLimit
	s.AccountLimit.CodeSizeZipped = bundle.ZippedLimit
	s.AccountLimit.ConcurrentExecutions = r.concurrency
	s.AccountLimit.UnreservedConcurrentExecutions = r.unreserved()
	s.AccountUsage.FunctionCount = len(r.functions)
	s.AccountUsage.TotalCodeSize = r.codeSize()
	return s, nil
}

// codeSize is what the code of all functions and layers takes, zipped.
func (r *realm) codeSize() int64 {
	var size int64
	for _, f := range r.functions {
		size += f.codeSize()
	}
	for _, l := range r.layers {
		size += l.codeSize()
	}
	return size
}

// sortedKeys returns the names of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
