package console

import (
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/graph"
)

// The states of steps in the order of what they weigh: of several times that a step ran
// the graph shows the one that weighs most. nowhere is no state.
var weights = [...]string{nowhere: "", 1: "done", 2: "undone", 3: "waiting", 4: "interrupted", 5: "running", failedStep: "failed"}

const (
	nowhere    = 0
	failedStep = 6
)

// standing is where the steps of an outline stand. It goes along with a run, and so
// looks only at the steps that are others than before.
//
// A step that failed and then went well has gone well; a block is under way as long as a
// step in it is.
type standing struct {
	ended  bool           // the run has
	broken bool           // the run is interrupted
	steps  []stood        // as the run has them
	latest map[string]int // of the attempts of a step the last one counts: its place in steps
	open   []int          // the places of those whose state changes by itself
	counts map[string]*[len(weights)]int
	told   map[string]string // by the failure of the run
	moved  bool              // a step of the outline stands elsewhere than it did
}

// stood is an attempt of a step, as it is counted.
type stood struct {
	path, outline string
	weight        int
	before        int // the place of the attempt before it; -1 for none
}

// update takes in the steps of a run, of which those before from are what they were. It
// reports whether any step of the outline may stand elsewhere than before.
func (st *standing) update(d *journal.Details, from int, now time.Time) (moved bool) {
	if ended(d.State) != st.ended || st.latest == nil {
		*st, from = standing{ended: ended(d.State), latest: map[string]int{}, counts: map[string]*[len(weights)]int{}}, 0
	}
	if broken := d.State == journal.Interrupted; broken != st.broken {
		st.broken, st.moved = broken, true
	}
	from = min(from, len(st.steps))
	for i := len(st.steps) - 1; i >= from; i-- {
		st.drop(i)
	}
	st.open = slices.DeleteFunc(st.open, func(i int) bool {
		if i >= from {
			return true
		}
		st.change(i, weightOf(d, &d.Steps[i], now))
		return settled(d.Steps[i:i+1], now)
	})
	for i := from; i < len(d.Steps); i++ {
		st.add(d, i, now)
	}
	st.tell(d)
	moved, st.moved = st.moved || d.Err != nil, false
	return moved
}

func weightOf(d *journal.Details, s *journal.Step, now time.Time) int {
	return slices.Index(weights[:], stateOf(d, s, now))
}

func (st *standing) add(d *journal.Details, i int, now time.Time) {
	path, _, _ := strings.Cut(d.Steps[i].Path, "#")
	one := stood{path: path, outline: graph.StepOf(path), weight: weightOf(d, &d.Steps[i], now), before: -1}
	if before, ok := st.latest[path]; ok {
		one.before = before
		st.count(before, -1)
	}
	st.latest[path] = i
	st.steps = append(st.steps, one)
	st.count(i, 1)
	if !settled(d.Steps[i:i+1], now) {
		st.open = append(st.open, i)
	}
}

// drop takes back the last step.
func (st *standing) drop(i int) {
	one := st.steps[i]
	st.count(i, -1)
	st.steps = st.steps[:i]
	if one.before < 0 {
		delete(st.latest, one.path)
		return
	}
	st.latest[one.path] = one.before
	st.count(one.before, 1)
}

func (st *standing) change(i, weight int) {
	counts := st.latest[st.steps[i].path] == i && weight != st.steps[i].weight
	if counts {
		st.count(i, -1)
	}
	if st.steps[i].weight = weight; counts {
		st.count(i, 1)
	}
}

// count adds a step to what stands at its place and in what holds it, or takes it out.
func (st *standing) count(i, by int) {
	path, weight := st.steps[i].outline, st.steps[i].weight
	for {
		of := st.counts[path]
		if of == nil {
			of = &[len(weights)]int{}
			st.counts[path] = of
		}
		before := heaviest(of)
		of[weight] += by
		st.moved = st.moved || heaviest(of) != before
		if weight == failedStep {
			weight = nowhere // who took the error is around it
		}
		i := strings.LastIndexByte(path, '/')
		if i <= 0 {
			return
		}
		path = path[:i]
	}
}

// tell notes what the failure of a run says.
func (st *standing) tell(d *journal.Details) {
	st.told = nil
	if d.Err == nil {
		return
	}
	st.told = map[string]string{}
	for _, path := range d.Err.Undone {
		st.told[graph.StepOf(path)] = "undone"
	}
	if d.Err.Step != "" {
		path, _, _ := strings.Cut(graph.StepOf(d.Err.Step), "#")
		for i := len(path); i > 0; i = strings.LastIndexByte(path[:i], '/') {
			st.told[path[:i]] = "failed"
		}
	}
}

// at returns where a step of the outline stands.
func (st *standing) at(path string) string {
	told := st.told[path]
	if told == weights[failedStep] {
		return told
	}
	if of := st.counts[path]; of != nil {
		if weight := heaviest(of); weight > slices.Index(weights[:], told) {
			return weights[weight]
		}
	}
	return told
}

// heaviest returns the largest weight that steps have.
func heaviest(of *[len(weights)]int) int {
	for weight := len(weights) - 1; weight > nowhere; weight-- {
		if of[weight] > 0 {
			return weight
		}
	}
	return nowhere
}
