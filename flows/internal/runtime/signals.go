package runtime

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// SignalID names a value that a run can be given once.
type SignalID struct {
	Name string // with the steps that call flows in front: "/review/approval"
	Key  string // empty for none
}

// SignalWait is a wait for a signal.
type SignalWait struct {
	SignalID
	// Until is when the wait runs out; zero for never.
	Until time.Time
}

// Over reports whether the wait has run out by a time.
func (w SignalWait) Over(now time.Time) bool { return !w.Until.IsZero() && !now.Before(w.Until) }

// Error returns the refusal of a signal.
func (id SignalID) Error(reason report.SignalReason, detail string) *report.SignalError {
	return &report.SignalError{Name: id.Name, Key: id.Key, Reason: reason, Detail: detail}
}

// MaxEarlySignals bounds the signals that a run keeps before something waits for
// them.
const MaxEarlySignals = 10_000

// SignalBox keeps the signals of a run in memory, and decides which of them the
// run takes. The zero SignalBox is empty. Its methods may be called at the same
// time.
type SignalBox struct {
	mu    sync.Mutex
	ended string // how the run ended; empty while it goes
	all   map[SignalID]*signalState
	early int // given, and nothing has waited for them
}

// signalState is what is known of one signal.
type signalState struct {
	value  any
	given  bool
	asked  bool // something waits for it, or has waited
	ranOut bool // the last wait ran out
	waits  map[*SignalTicket]struct{}
}

// SignalTicket is a place in the line of those who wait for a signal.
type SignalTicket struct {
	box  *SignalBox
	id   SignalID
	came func()
}

func (b *SignalBox) state(id SignalID) *signalState {
	s := b.all[id]
	if s == nil {
		if b.all == nil {
			b.all = map[SignalID]*signalState{}
		}
		s = &signalState{}
		b.all[id] = s
	}
	return s
}

// Give gives the run a value, as the wait gets it. The same value again changes
// nothing and is no error.
func (b *SignalBox) Give(id SignalID, v any) *report.SignalError {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.all[id]
	switch {
	case s != nil && s.given && SameSignal(s.value, v):
		return nil
	case b.ended != "":
		return id.Error(report.SignalEnded, b.ended)
	case s != nil && s.given:
		return id.Error(report.SignalConflict, "")
	case s != nil && s.ranOut:
		return id.Error(report.SignalRanOut, "")
	case (s == nil || !s.asked) && b.early >= MaxEarlySignals:
		return id.Error(report.SignalTooMany, strconv.Itoa(MaxEarlySignals))
	}
	s = b.state(id)
	s.value, s.given = v, true
	if !s.asked {
		b.early++
	}
	for t := range s.waits {
		t.came()
	}
	s.waits = nil
	return nil
}

// Wait begins a wait: given is true where the value is there already. Else came
// is called, once and with the box locked, when it comes, and the ticket is to
// be left at the end of the wait. A signal that ran out is open again.
func (b *SignalBox) Wait(id SignalID, came func()) (v any, given bool, ticket *SignalTicket) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.state(id)
	if s.given && !s.asked {
		b.early--
	}
	s.asked, s.ranOut = true, false
	if s.given {
		return s.value, true, nil
	}
	ticket = &SignalTicket{box: b, id: id, came: came}
	if s.waits == nil {
		s.waits = map[*SignalTicket]struct{}{}
	}
	s.waits[ticket] = struct{}{}
	return nil, false, ticket
}

// Leave ends a wait. A value that has come by now counts, also where the wait
// ran out at the same instant; one that ran out, and is the last one, closes the
// signal.
func (t *SignalTicket) Leave(ranOut bool) (v any, given bool) {
	t.box.mu.Lock()
	defer t.box.mu.Unlock()
	s := t.box.state(t.id)
	delete(s.waits, t)
	if s.given {
		return s.value, true
	}
	s.ranOut = ranOut && len(s.waits) == 0
	return nil, false
}

// Closed says why the run takes no value under a name any more: SignalConflict
// where it has one. It is empty where it takes one.
func (b *SignalBox) Closed(id SignalID) report.SignalReason {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch s := b.all[id]; {
	case s != nil && s.given:
		return report.SignalConflict
	case b.ended != "":
		return report.SignalEnded
	case s != nil && s.ranOut:
		return report.SignalRanOut
	}
	return ""
}

// End notes how the run ended: it takes no signals any more.
func (b *SignalBox) End(state string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = state
}

// Value returns what the box keeps, for another workflow to go on with.
func (b *SignalBox) Value() []any {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := slices.SortedFunc(maps.Keys(b.all), func(a, c SignalID) int {
		return cmp.Or(cmp.Compare(a.Name, c.Name), cmp.Compare(a.Key, c.Key))
	})
	var list []any
	for _, id := range ids {
		s := b.all[id]
		list = append(list, []any{id.Name, id.Key, s.given, s.asked, s.ranOut, s.value})
	}
	return list
}

// Restore takes what Value gave.
func (b *SignalBox) Restore(list []any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, item := range list {
		f, _ := item.([]any)
		if len(f) != 6 {
			continue
		}
		var id SignalID
		id.Name, _ = f[0].(string)
		id.Key, _ = f[1].(string)
		s := b.state(id)
		s.given, _ = f[2].(bool)
		s.asked, _ = f[3].(bool)
		s.ranOut, _ = f[4].(bool)
		s.value = f[5]
		if s.given && !s.asked {
			b.early++
		}
	}
}

// SameSignal reports whether two values of a signal are the same.
func SameSignal(a, b any) bool {
	textA, errA := value.EncodeJSON(a)
	textB, errB := value.EncodeJSON(b)
	return errA == nil && errB == nil && bytes.Equal(textA, textB)
}
