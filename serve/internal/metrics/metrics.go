// Package metrics counts and measures, and writes the sums in the text format of
// Prometheus (version 0.0.4).
//
// Begin with a [Set], and give it families by [Set.Counter], [Set.Histogram] and
// [Set.Gauge]. It has no registry of its own, starts nothing, and bounds the series of
// a family: what comes beyond [MaxSeries] counts as "other".
package metrics

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	// MaxSeries is the most series that a family has.
	MaxSeries = 2000
	// MaxLabels is the most labels that a family has.
	MaxLabels = 4
	// Other is the value of each label of what is beyond MaxSeries.
	Other = "other"
)

// Set is the families of a process, in the order in which they were made.
type Set struct{ families []family }

// family is what one name stands for.
type family interface {
	write(w *writer)
	about() *head
}

// head is what families have in common.
type head struct {
	name, help, kind string
	labels           []string
}

func (h *head) about() *head { return h }

// Each calls is with the name, the kind and the labels of each family, in their order.
func (s *Set) Each(is func(name, kind string, labels []string)) {
	for _, f := range s.families {
		h := f.about()
		is(h.name, h.kind, h.labels)
	}
}

// key is the values of the labels.
type key [MaxLabels]string

// Counter adds up.
type Counter struct {
	head
	series table[atomic.Uint64] // the bits of a float64
}

// Counter makes a family of sums that only grow; by the convention of Prometheus its
// name ends in _total.
func (s *Set) Counter(name, help string, labels ...string) *Counter {
	c := &Counter{head: head{name, help, "counter", labels}}
	s.families = append(s.families, c)
	return c
}

// Level makes a family of values that go up and down.
func (s *Set) Level(name, help string, labels ...string) *Counter {
	c := &Counter{head: head{name, help, "gauge", labels}}
	s.families = append(s.families, c)
	return c
}

// Add adds to the sum of some values of the labels.
func (c *Counter) Add(by float64, values ...string) {
	sum := c.series.at(values)
	for {
		before := sum.Load()
		if sum.CompareAndSwap(before, math.Float64bits(math.Float64frombits(before)+by)) {
			return
		}
	}
}

// Histogram counts observations by their size.
type Histogram struct {
	head
	bounds []float64
	series table[buckets]
}

// buckets are the observations of one series: counts[i] those up to bounds[i], and
// beyond the bound before.
type buckets struct {
	mu     sync.Mutex
	counts []uint64
	sum    float64
}

// Histogram makes a family of distributions, with the upper bounds of its buckets in
// ascending order.
func (s *Set) Histogram(name, help string, bounds []float64, labels ...string) *Histogram {
	h := &Histogram{head: head{name, help, "histogram", labels}, bounds: bounds}
	s.families = append(s.families, h)
	return h
}

// Observe counts an observation.
func (h *Histogram) Observe(v float64, values ...string) {
	b := h.series.at(values)
	i, _ := slices.BinarySearch(h.bounds, v)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.counts == nil {
		b.counts = make([]uint64, len(h.bounds)+1)
	}
	b.counts[i]++
	b.sum += v
}

// gauge is read when somebody asks.
type gauge struct {
	head
	read func(is func(v float64, values ...string))
}

// Gauge makes a family of values that are read when somebody asks: read calls is for
// each series.
func (s *Set) Gauge(name, help string, read func(is func(v float64, values ...string)), labels ...string) {
	s.families = append(s.families, &gauge{head{name, help, "gauge", labels}, read})
}

// CounterOf makes a family of sums that somebody else adds up, read as those of Gauge.
func (s *Set) CounterOf(name, help string, read func(is func(v float64, values ...string)), labels ...string) {
	s.families = append(s.families, &gauge{head{name, help, "counter", labels}, read})
}

// table finds series by their labels.
type table[S any] struct {
	mu  sync.RWMutex
	all map[key]*S
}

// at returns a series, which it makes where there is none yet.
func (t *table[S]) at(values []string) *S {
	var k key
	copy(k[:], values)
	t.mu.RLock()
	s := t.all[k]
	t.mu.RUnlock()
	if s != nil {
		return s
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[key]*S{}
	}
	if s = t.all[k]; s == nil && len(t.all) >= MaxSeries-1 {
		for i := range values {
			k[i] = Other
		}
		s = t.all[k]
	}
	if s == nil {
		s = new(S)
		t.all[k] = s
	}
	return s
}

// sorted returns the labels of all series in order.
func (t *table[S]) sorted() []key {
	t.mu.RLock()
	defer t.mu.RUnlock()
	keys := make([]key, 0, len(t.all))
	for k := range t.all {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int { return slices.Compare(a[:], b[:]) })
	return keys
}
