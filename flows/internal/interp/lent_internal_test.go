package interp

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/value"
)

// A run gives back as much as it may keep for that, and nothing where it was told so.
func TestRunsGiveAnswersBack(t *testing.T) {
	var lender value.Lender
	answer := func() *value.Payload {
		text := "[" + strings.Repeat(" ", 40_000) + "]"
		m := lender.Lend(int64(len(text)))
		b := m.Bytes(int64(len(text)))
		copy(b, text)
		p := value.NewPayload(b).(*value.Payload)
		p.Lend(m)
		return p
	}
	given := func(answers []*value.Payload) (n int) {
		for _, p := range answers {
			if !p.IsLent() {
				n++
			}
		}
		return n
	}
	for name, tt := range map[string]struct {
		count   int
		stopped bool
		want    int
	}{
		"none": {0, false, 0}, "one": {1, false, 1}, "all": {mostLent, false, mostLent}, "too many": {mostLent + 2, false, mostLent},
		"one of a run that was stopped": {1, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var l lent
			var answers []*value.Payload
			for range tt.count {
				answers = append(answers, answer())
				l.add(answers[len(answers)-1])
			}
			if tt.stopped {
				l.stop()
			}
			l.giveBack(false)
			if n := given(answers); n != tt.want {
				t.Errorf("%d of %d are given back, want %d", n, tt.count, tt.want)
			}
			l.giveBack(true)
			if n := given(answers); n != tt.want {
				t.Errorf("later %d", n)
			}
		})
	}
}
