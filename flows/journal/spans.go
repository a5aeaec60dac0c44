package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// span is a range of numbers of records, both ends included.
type span struct{ from, to int64 }

// merged sorts spans and joins those that touch.
func merged(list []span) []span {
	slices.SortFunc(list, func(a, b span) int { return int(a.from - b.from) })
	out := list[:0]
	for _, s := range list {
		if n := len(out); n > 0 && s.from <= out[n-1].to+1 {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

func appendSpans(dst []byte, list []span) []byte {
	dst = binary.AppendVarint(dst, int64(len(list)))
	last := int64(0)
	for _, s := range list {
		dst = binary.AppendVarint(binary.AppendVarint(dst, s.from-last), s.to-s.from)
		last = s.to
	}
	return dst
}

var errSpans = errors.New("it names records that cannot be")

func readSpans(r *wire.Reader, before int64) []span {
	n := r.Varint()
	if n < 0 || n > int64(len(r.Rest())) {
		r.Fail(errSpans)
		return nil
	}
	list := make([]span, 0, n)
	last := int64(0)
	for range n {
		from := last + r.Varint()
		to := from + r.Varint()
		if r.Err() == nil && (from <= last || to < from || to >= before) {
			r.Fail(errSpans)
		}
		list = append(list, span{from, to})
		last = to
	}
	return list
}

// holds reports whether a number is in spans, which are merged.
func holds(list []span, n int64) bool {
	_, found := slices.BinarySearchFunc(list, n, func(s span, n int64) int {
		switch {
		case s.to < n:
			return -1
		case s.from > n:
			return 1
		}
		return 0
	})
	return found
}

// lacking returns the numbers of a list that are not in another one; both are merged.
func lacking(list, gone []span) []span {
	var out []span
	for _, s := range list {
		for len(gone) > 0 && gone[0].to < s.from {
			gone = gone[1:]
		}
		for _, g := range gone {
			if g.from > s.to {
				break
			}
			if g.from > s.from {
				out = append(out, span{s.from, g.from - 1})
			}
			s.from = g.to + 1
		}
		if s.from <= s.to {
			out = append(out, s)
		}
	}
	return out
}

// with adds a number behind those of a list.
func with(list []span, n int64) []span {
	if last := len(list) - 1; last >= 0 && list[last].to+1 == n {
		list[last].to = n
		return list
	}
	return append(list, span{n, n})
}

// checkGaps compares the numbers that are missing among the records of a run
// with those that its folds have taken out: a record that is gone for any other
// reason refuses the run.
func checkGaps(records []*record) error {
	var there, folded []span
	for _, rec := range records {
		there, folded = with(there, rec.seq), append(folded, rec.spans...)
	}
	return checkFolded(there, merged(folded))
}

// checkFolded is checkGaps for the numbers of the records and those that are folded.
func checkFolded(there, folded []span) error {
	var gaps []span
	last := int64(0)
	for _, s := range there {
		if s.from > last+1 {
			gaps = append(gaps, span{last + 1, s.from - 1})
		}
		last = s.to
	}
	for i, gap := range gaps {
		if i >= len(folded) || folded[i] != gap {
			return fmt.Errorf("records are missing between %d and %d", gap.from, gap.to)
		}
	}
	if len(folded) > len(gaps) {
		return fmt.Errorf("record %d is there, and should not be", folded[len(gaps)].from)
	}
	return nil
}

// trace collects the numbers of the records that some iterations wrote, to take
// them out together. Those of inner loops belong to the outer one's too.
type trace struct {
	outer *trace

	mu   sync.Mutex
	list []span
}

// compactAt is from how many spans on a trace looks for ones that touch.
const compactAt = 1024

func (t *trace) add(s span) {
	for ; t != nil; t = t.outer {
		t.mu.Lock()
		if n := len(t.list); n > 0 && t.list[n-1].to+1 == s.from {
			t.list[n-1].to = s.to
		} else {
			t.list = append(t.list, s)
		}
		if n := len(t.list); n >= compactAt && n&(n-1) == 0 {
			t.list = merged(t.list)
		}
		t.mu.Unlock()
	}
}

// reaches reports whether a record of that number or one before it is among them: what
// an earlier generation made is not put together with what this one made, since their
// keys are others.
func (t *trace) reaches(number int64) bool {
	if number == 0 {
		return false
	}
	spans := t.spans()
	return len(spans) > 0 && spans[0].from <= number
}

func (t *trace) spans() []span {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = merged(t.list)
	return t.list
}
