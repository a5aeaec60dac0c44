package temporal

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// kind says what a record holds.
type kind string

const (
	kindResult   kind = "r" // an attempt gave a result
	kindFailure  kind = "f" // an attempt failed
	kindTime     kind = "t" // somebody asked for the time of a branch that had no record; at is when it started
	kindSleep    kind = "s" // a wait begins; until says when it ends
	kindAwait    kind = "a" // a wait for a signal begins; value is its name and key; until says when it runs out, 0 for never
	kindGiven    kind = "g" // the wait got the signal; value is what it was given with
	kindRanOut   kind = "u" // the wait ran out
	kindDeadline kind = "d" // a time limit begins; until says when it ends
	kindStop     kind = "p" // the branch was found to be stopped, when it asked for the count-th time
	kindLost     kind = "l" // the workflow of a chunk ended without a result, as a failure of its first iteration
	kindJoin     kind = "j" // a fork stops: branch index failed, or -1, and count had been started
)

// record is one thing that happened in a scope.
type record struct {
	kind  kind
	path  string
	at    int64 // nanoseconds since 1970
	until int64
	count int64
	index int64
	cause runtime.Cause
	value any // a result, or a failure as wire.Failure gives it
}

// settled is what an iteration came to that nothing more needs to be known of.
type settled struct {
	value    any
	gathered *report.RunError
	at       int64
	// generation is the one that made all of it.
	generation int64
}

// records is all that has happened in a run, as far as it must be known to go
// on: what each scope did in its order, and what finished iterations came to.
type records struct {
	scopes map[string][]*record
	forks  map[string]map[int64]settled
}

func newRecords() *records {
	return &records{scopes: map[string][]*record{}, forks: map[string]map[int64]settled{}}
}

func (l *records) settle(fork string, i int64, s settled) {
	if l.forks[fork] == nil {
		l.forks[fork] = map[int64]settled{}
	}
	l.forks[fork][i] = s
}

// older reports whether a scope, or one inside of it, holds what an earlier generation
// made.
func (l *records) older(scope string, generation int64) bool {
	for id, list := range l.scopes {
		inside := id == scope || strings.HasPrefix(id, scope+"/")
		if inside && slices.ContainsFunc(list, func(r *record) bool { return r.isAttempt() && r.index < generation }) {
			return true
		}
	}
	return false
}

// drop forgets a scope and those inside of it.
func (l *records) drop(scope string) {
	delete(l.scopes, scope)
	for id := range l.scopes {
		if strings.HasPrefix(id, scope+"/") {
			delete(l.scopes, id)
		}
	}
	for id := range l.forks {
		if strings.HasPrefix(id, scope+"/") {
			delete(l.forks, id)
		}
	}
}

// towards returns what must be known to run a fork: all but the branches beside
// those in which it stands.
func (l *records) towards(fork string) *records {
	out := newRecords()
	for id, list := range l.scopes {
		if leadsTo(id, fork) {
			out.scopes[id] = list
		}
	}
	for id, list := range l.forks {
		if id != fork && leadsTo(id, fork) {
			out.forks[id] = list
		}
	}
	return out
}

// leadsTo is false for what is inside of a branch beside the way to a fork, and
// inside of the fork itself.
func leadsTo(id, fork string) bool {
	parts, way := strings.Split(id, "/"), strings.Split(fork, "/")
	for i, part := range parts {
		if i >= len(way) {
			return false
		}
		if part == way[i] {
			continue
		}
		there, _, _ := strings.Cut(part, ".")
		here, _, _ := strings.Cut(way[i], ".")
		return there != here
	}
	return true
}

// below returns what is inside of a fork.
func (l *records) below(fork string) *records {
	out := newRecords()
	for id, list := range l.scopes {
		if strings.HasPrefix(id, fork+".") {
			out.scopes[id] = list
		}
	}
	for id, list := range l.forks {
		if id == fork || strings.HasPrefix(id, fork+".") {
			out.forks[id] = list
		}
	}
	return out
}

// value returns the records as a value.
func (l *records) value() map[string]any {
	scopes := make(map[string]any, len(l.scopes))
	for id, list := range l.scopes {
		out := make([]any, len(list))
		for i, r := range list {
			out[i] = []any{string(r.kind), r.path, r.at, r.until, r.count, r.index, string(r.cause), r.value}
		}
		scopes[id] = out
	}
	forks := make(map[string]any, len(l.forks))
	for id, list := range l.forks {
		forks[id] = settledValue(list)
	}
	return map[string]any{"scopes": scopes, "forks": forks}
}

// settledValue writes iterations as runs of neighbors: index, number, latest
// time, values if there are any, failures by index, and the generation but for the
// first.
func settledValue(list map[int64]settled) []any {
	indices := make([]int64, 0, len(list))
	for i := range list {
		indices = append(indices, i)
	}
	slices.Sort(indices)
	var out []any
	for len(indices) > 0 {
		n := 1
		for n < len(indices) && indices[n] == indices[0]+int64(n) && list[indices[n]].generation == list[indices[0]].generation {
			n++
		}
		out = append(out, settledRun(list, indices[0], n))
		indices = indices[n:]
	}
	return out
}

func settledRun(list map[int64]settled, from int64, n int) any {
	var at int64
	var values []any
	failures := map[string]any{}
	for i := from; i < from+int64(n); i++ {
		s := list[i]
		at = max(at, s.at)
		if s.value != nil && values == nil {
			values = make([]any, n)
		}
		if values != nil {
			values[i-from] = s.value
		}
		if s.gathered != nil {
			failures[strconv.FormatInt(i, 10)] = wire.Failure(s.gathered)
		}
	}
	out := []any{from, int64(n), at, nil, failures}
	if values != nil {
		out[3] = values
	}
	if g := list[from].generation; g > 0 {
		out = append(out, g)
	}
	return out
}

var errRecords = errors.New("the records of the run cannot be read")

// readRecords reads what value gave.
func readRecords(v any) (*records, error) {
	m, _ := v.(map[string]any)
	l := newRecords()
	scopes, _ := m["scopes"].(map[string]any)
	for id, v := range scopes {
		list, _ := v.([]any)
		out := make([]*record, len(list))
		for i, item := range list {
			r, err := readRecord(item)
			if err != nil {
				return nil, fmt.Errorf("scope %s: %w", id, err)
			}
			out[i] = r
		}
		l.scopes[id] = out
	}
	forks, _ := m["forks"].(map[string]any)
	for id, v := range forks {
		list, _ := v.([]any)
		for _, item := range list {
			if err := l.readSettled(id, item); err != nil {
				return nil, fmt.Errorf("fork %s: %w", id, err)
			}
		}
	}
	return l, nil
}

func readRecord(v any) (*record, error) {
	f, ok := v.([]any)
	if !ok || len(f) != 8 {
		return nil, errRecords
	}
	r := &record{value: f[7]}
	var texts [3]string
	for i, at := range []int{0, 1, 6} {
		text, ok := f[at].(string)
		if !ok {
			return nil, errRecords
		}
		texts[i] = text
	}
	r.kind, r.path, r.cause = kind(texts[0]), texts[1], runtime.Cause(texts[2])
	for i, n := range []*int64{&r.at, &r.until, &r.count, &r.index} {
		if *n, ok = f[2+i].(int64); !ok {
			return nil, errRecords
		}
	}
	return r, nil
}

// maxIterations bounds what is believed of a number that was read.
const maxIterations = 1 << 28

func (l *records) readSettled(fork string, v any) error {
	f, ok := v.([]any)
	if !ok || len(f) != 5 && len(f) != 6 {
		return errRecords
	}
	var generation int64
	if len(f) == 6 {
		if generation, ok = f[5].(int64); !ok {
			return errRecords
		}
	}
	from, ok1 := f[0].(int64)
	n, ok2 := f[1].(int64)
	at, ok3 := f[2].(int64)
	values, _ := f[3].([]any)
	failures, ok4 := f[4].(map[string]any)
	if !ok1 || !ok2 || !ok3 || !ok4 || n < 0 || n > maxIterations || values != nil && int64(len(values)) != n {
		return errRecords
	}
	for i := range n {
		s := settled{at: at, generation: generation}
		if values != nil {
			s.value = values[i]
		}
		l.settle(fork, from+i, s)
	}
	for _, key := range value.SortedKeys(failures) {
		i, err := strconv.ParseInt(key, 10, 64)
		if err != nil {
			return errRecords
		}
		l.settle(fork, i, settled{at: at, gathered: wire.FailureOf(failures[key]), generation: generation})
	}
	return nil
}
