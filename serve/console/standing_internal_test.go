package console

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// Where steps stand is the same whether somebody went along with the run or looks now:
// with attempts, loops and waits that run out, and with steps that are taken away.
func TestStandingGoesAlong(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // it is for a test
	start := time.Unix(1_700_000_000, 0)
	paths := []string{"/a", "/a#2", "/a#3", "/l[0]/b", "/l[1]/b", "/l[1]/b#2", "/l[2]/c/then/d", "/t/try/e", "/t/catch[0]/f", "/w"}
	step := func() journal.Step {
		s := journal.Step{Path: paths[r.IntN(len(paths))], Operation: "x", Started: start}
		switch r.IntN(5) {
		case 0:
			s.Ended = start
		case 1:
			s.Ended, s.Err = start, &report.RunError{}
		case 2:
			s.Until = start.Add(time.Duration(r.IntN(300)) * time.Second)
		case 3:
			s.Signal = "go"
		}
		return s
	}
	for range 200 {
		d, st, now := &journal.Details{}, &standing{}, start
		d.State = journal.Running
		for look := range 20 {
			from := len(d.Steps)
			if from > 0 && r.IntN(3) == 0 {
				from = r.IntN(from)
				d.Steps[from] = step()
				d.Steps = d.Steps[:from+1+r.IntN(len(d.Steps)-from)]
			}
			for range r.IntN(6) {
				d.Steps = append(d.Steps, step())
			}
			if look == 18 {
				d.State, d.Err = journal.Failed, &report.RunError{Step: "/l[1]/b#2", Undone: []string{"/a", "/l[2]/c/then/d"}}
			}
			now = now.Add(30 * time.Second)
			was := drawnStates(st, paths)
			moved := st.update(d, from, now)
			whole := &standing{}
			whole.update(d, 0, now)
			want, got := drawnStates(whole, paths), drawnStates(st, paths)
			if want != got {
				t.Fatalf("look %d from %d\nwhole %s\nalong %s\n%+v", look, from, want, got, d.Steps)
			}
			if !moved && look > 0 && was != got {
				t.Fatalf("look %d: nothing is said to have moved\nwas %s\nnow %s", look, was, got)
			}
		}
	}
}

func drawnStates(st *standing, paths []string) (text string) {
	for _, path := range append([]string{"/l", "/l/b", "/l/c", "/l/c/then", "/l/c/then/d", "/t", "/t/try"}, paths...) {
		text += fmt.Sprintf("%s=%s ", path, st.at(path))
	}
	return text
}
