package journal

import (
	"context"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
)

// telling is what the records of a run tell people, as far as they were read. Records
// are added in their order.
type telling struct {
	journal *Journal
	run     string
	kept    int64 // the number of the last record that an earlier generation made
	trim    func(*Step)

	steps  []Step
	made   []madeOf
	open   map[placed]int // of what has begun, in steps
	places map[int64]int  // in steps, by the numbers of records; nil where nobody asks
	from   int            // the first step that is another than somebody has seen

	ended  bool
	state  State // of a run that has ended, as its output and its failure
	output any
	err    *report.RunError
}

// placed is where a step stands in a run.
type placed struct{ scope, path string }

// madeOf are the numbers of the records that told of a step.
type madeOf struct {
	place       placed
	first, last int64
}

func newTelling(j *Journal, run string, kept int64, trim func(*Step)) *telling {
	if trim == nil {
		trim = func(*Step) {}
	}
	return &telling{journal: j, run: run, kept: kept, trim: trim, open: map[placed]int{}}
}

// add adds what a record says.
func (t *telling) add(ctx context.Context, rec *record) {
	j, at := t.journal, placed{rec.scope, rec.path}
	i, begun := t.open[at]
	step := Step{Path: rec.path, Operation: rec.operation, Started: timeOf(rec.started), Ended: timeOf(rec.at), Kept: rec.seq <= t.kept}
	switch rec.kind {
	case kindBegin:
		step.Started, step.Ended = timeOf(rec.at), time.Time{}
		t.open[at] = len(t.steps)
		t.append(rec, at, step)
		return
	case kindSleep:
		step.Started, step.Ended, step.Until = timeOf(rec.at), time.Time{}, timeOf(rec.until)
	case kindAwait:
		step.Started, step.Ended, step.Until = timeOf(rec.at), time.Time{}, timeOf(rec.until)
		step.Operation, step.Signal = "", rec.operation
		step.Key, _ = j.shown(t.run, rec).(string)
		t.open[at] = len(t.steps)
		t.append(rec, at, step)
		return
	case kindGiven, kindRanOut:
		if !begun {
			return
		}
		step = t.steps[i]
		j.showSignal(ctx, t.run, &step, rec)
	case kindResult:
		step.Result = j.shown(t.run, rec)
	case kindWithheld:
		step.Withheld = true
	case kindFailure:
		step.Err = wire.FailureOf(j.shown(t.run, rec))
	case kindFold:
		step.Path, step.Operation, step.Iterations = foldPath(rec), "", rec.count-rec.index
	case kindEnd:
		t.end(rec)
		return
	default:
		return
	}
	if !begun {
		t.append(rec, at, step)
		return
	}
	delete(t.open, at)
	t.trim(&step)
	t.steps[i], t.made[i].last, t.from = step, rec.seq, min(t.from, i)
	t.note(rec, i)
}

func (t *telling) append(rec *record, at placed, step Step) {
	t.trim(&step)
	t.from = min(t.from, len(t.steps))
	t.note(rec, len(t.steps))
	t.steps = append(t.steps, step)
	t.made = append(t.made, madeOf{at, rec.seq, rec.seq})
}

// note keeps which step a record tells of, but for waits for signals.
func (t *telling) note(rec *record, i int) {
	if t.places != nil && rec.kind != kindAwait && rec.kind != kindGiven && rec.kind != kindRanOut {
		t.places[rec.seq] = i
	}
}

func (t *telling) end(rec *record) {
	m, _ := t.journal.shown(t.run, rec).(map[string]any)
	t.ended, t.state, t.output = true, State(wire.TextAt(m, "state")), m["output"]
	if v, ok := m["error"]; ok {
		t.err = wire.FailureOf(v)
	}
}

// drop takes out the steps of records that are no more. It gives false where others
// tell of such a step as well.
func (t *telling) drop(gone []span) (whole bool) {
	first := slices.IndexFunc(t.made, func(m madeOf) bool { return holds(gone, m.first) || holds(gone, m.last) })
	if first < 0 {
		return true
	}
	kept := first
	for i := first; i < len(t.steps); i++ {
		m := t.made[i]
		began, ended := holds(gone, m.first), holds(gone, m.last)
		switch place, open := t.open[m.place]; {
		case began != ended:
			return false
		case open && place == i && began:
			delete(t.open, m.place)
		case open && place == i:
			t.open[m.place] = kept
		}
		if !began {
			t.steps[kept], t.made[kept] = t.steps[i], m
			kept++
		}
	}
	clear(t.steps[kept:])
	t.steps, t.made, t.from = t.steps[:kept], t.made[:kept], min(t.from, first)
	return true
}

// showSignal notes how a wait for a signal ended.
func (j *Journal) showSignal(ctx context.Context, id string, step *Step, rec *record) {
	step.Ended, step.Until = timeOf(rec.at), time.Time{}
	if rec.kind == kindRanOut {
		step.Err = &report.RunError{Failure: report.Failure{Code: "SignalTimeout", Class: connector.ClassTimeout, Message: "the signal did not come in time"}}
		return
	}
	if j.signals == nil {
		return
	}
	kept, err := j.signals.Signal(ctx, SignalID{id, step.Signal, step.Key})
	if err != nil || kept == nil {
		return
	}
	step.Result = schema.Masked
	if body, err := checkSum(kept.about(), 0, kept.Data); err == nil && len(body) > 0 && body[0] == inClear {
		if values, err := opened(body, j.keys, kept.about()); err == nil {
			step.Result = values
		}
	}
}
