package journal

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// Ticks says how far the schedule of a trigger has come: which of its ticks have
// begun a run, or are not to begin one any more.
type Ticks struct {
	Flow    string // the name of the flow
	Trigger string // the name of the trigger
	// Times says in a word when the schedule ticks. Another text is another
	// schedule, which has not ticked yet.
	Times string
	// Seen is the latest time that was decided on: no tick up to it is looked at
	// again, but for those in Due.
	Seen time.Time
	// Due are the ticks whose runs are still to begin, the oldest first.
	Due []time.Time
	// Runs are the names of the latest runs that ticks have begun, the oldest
	// first.
	Runs []string

	version int64 // what the store has; 0 for nothing
}

// TickStore is a Store that keeps how far schedules have come. Its Commit takes
// MoveTicks and ForgetTicks beside the other changes, and is refused whole, with
// a *MovedError, where MoveTicks finds another version than it expects.
type TickStore interface {
	Store
	// Ticks returns what is kept of a schedule; nil where nothing is.
	Ticks(ctx context.Context, flow, trigger string) (*StoredTicks, error)
	// TickNames returns the triggers of a flow of which something is kept.
	TickNames(ctx context.Context, flow string) ([]string, error)
}

// StoredTicks is what a TickStore keeps of a schedule.
type StoredTicks struct {
	Flow, Trigger string // of which flow and trigger
	Version       int64  // changes with Data; never 0
	Data          []byte // how far it has come
}

// MoveTicks keeps how far a schedule has come, in place of what is kept of it.
type MoveTicks struct {
	StoredTicks
	Was int64 // the version that is there; 0 for none
}

// ForgetTicks forgets how far a schedule has come. It does nothing where nothing
// is kept.
type ForgetTicks struct{ Flow, Trigger string }

func (MoveTicks) change()   {}
func (ForgetTicks) change() {}

// MovedError says that a schedule has come farther meanwhile: another process
// serves it, too.
type MovedError struct{ Flow, Trigger string }

// Error names the trigger.
func (e *MovedError) Error() string {
	return fmt.Sprintf("the schedule of trigger %s of flow %s was moved by another process", e.Trigger, e.Flow)
}

var errNoTicks = fmt.Errorf("the store of the journal keeps no ticks of schedules: %w", errors.ErrUnsupported)

func (j *Journal) tickStore() (TickStore, error) {
	if s, ok := j.store.(TickStore); ok {
		return s, nil
	}
	return nil, errNoTicks
}

// KeepsTicks reports whether the journal can keep how far schedules have come:
// that of [Open] can, and one on a [TickStore].
func (j *Journal) KeepsTicks() bool {
	_, err := j.tickStore()
	return err == nil
}

// Ticks returns how far the schedule of a trigger has come; one without Times
// where nothing is kept of it. Where what is kept is damaged it returns both that
// and a *DamagedTicksError.
func (j *Journal) Ticks(ctx context.Context, flow, trigger string) (*Ticks, error) {
	s, err := j.tickStore()
	if err != nil {
		return nil, err
	}
	kept, err := s.Ticks(ctx, flow, trigger)
	if err != nil {
		return nil, fmt.Errorf("reading the ticks of trigger %s of flow %s: %w", trigger, flow, err)
	}
	t := &Ticks{Flow: flow, Trigger: trigger}
	if kept == nil {
		return t, nil
	}
	t.version = kept.Version
	if err := t.read(kept.Data); err != nil {
		return &Ticks{Flow: flow, Trigger: trigger, version: kept.Version}, &DamagedTicksError{Flow: flow, Trigger: trigger, Err: err}
	}
	return t, nil
}

// DamagedTicksError says that what is kept of a schedule is not what was written.
type DamagedTicksError struct {
	Flow, Trigger string // of which flow and trigger
	Err           error  // what is wrong with what was read
}

// Error names the trigger.
func (e *DamagedTicksError) Error() string {
	return fmt.Sprintf("the ticks of trigger %s of flow %s are damaged: %v", e.Trigger, e.Flow, e.Err)
}

// Unwrap returns what is wrong.
func (e *DamagedTicksError) Unwrap() error { return e.Err }

// MoveTicks keeps how far a schedule has come. from is what Ticks, or the last
// move, returned; to says the same flow and trigger. The error is a *MovedError
// where another process was faster: nothing has changed then.
func (j *Journal) MoveTicks(ctx context.Context, from, to *Ticks) (*Ticks, error) {
	if _, err := j.tickStore(); err != nil {
		return nil, err
	}
	move, moved, err := from.move(to)
	if err != nil {
		return nil, err
	}
	if err := j.commit(ctx, []Change{move}); err != nil {
		return nil, fmt.Errorf("keeping the ticks of trigger %s of flow %s: %w", to.Trigger, to.Flow, err)
	}
	return moved, nil
}

// StartTick begins a run as Start does, and keeps in the same transaction how far
// the schedule has come that began it, as MoveTicks does: both happen, or
// neither. The error is a *MovedError where another process was faster, and an
// *ExistsError where there is a run of the name.
func (j *Journal) StartTick(ctx context.Context, from, to *Ticks, flow *flows.Flow, inputs map[string]any, options ...flows.RunOption) (*Handle, *Ticks, error) {
	if _, err := j.tickStore(); err != nil {
		return nil, nil, err
	}
	move, moved, err := from.move(to)
	if err != nil {
		return nil, nil, err
	}
	r := j.fresh(flow, inputs, options)
	r.with = []Change{move}
	h, err := startRun(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	return h, moved, nil
}

// ForgetTicks forgets the schedules of a flow but for those of some triggers.
func (j *Journal) ForgetTicks(ctx context.Context, flow string, but []string) error {
	s, err := j.tickStore()
	if err != nil {
		return err
	}
	names, err := s.TickNames(ctx, flow)
	if err != nil {
		return fmt.Errorf("reading the ticks of flow %s: %w", flow, err)
	}
	var changes []Change
	for _, name := range names {
		if !slices.Contains(but, name) {
			changes = append(changes, ForgetTicks{Flow: flow, Trigger: name})
		}
	}
	if len(changes) == 0 {
		return nil
	}
	if err := s.Commit(ctx, changes); err != nil {
		return fmt.Errorf("forgetting ticks of flow %s: %w", flow, err)
	}
	return nil
}

// move returns the change from one to another, and what is kept then.
func (t *Ticks) move(to *Ticks) (MoveTicks, *Ticks, error) {
	moved := *to
	moved.version = rand.Int64N(1<<62) + 1
	data, err := moved.encode()
	if err != nil {
		return MoveTicks{}, nil, err
	}
	kept := StoredTicks{Flow: to.Flow, Trigger: to.Trigger, Version: moved.version, Data: data}
	return MoveTicks{StoredTicks: kept, Was: t.version}, &moved, nil
}

func (t *Ticks) place() string { return "ticks " + t.Flow + "\x00" + t.Trigger }

func (t *Ticks) encode() ([]byte, error) {
	due, runs := make([]any, len(t.Due)), make([]any, len(t.Runs))
	for i, at := range t.Due {
		due[i] = at.UnixNano()
	}
	for i, name := range t.Runs {
		runs[i] = name
	}
	data, err := wire.Encode(map[string]any{"times": t.Times, "seen": t.Seen.UnixNano(), "due": due, "runs": runs})
	if err != nil {
		return nil, fmt.Errorf("encoding the ticks of trigger %s: %w", t.Trigger, err)
	}
	return withSum(t.place(), 0, data), nil
}

func (t *Ticks) read(data []byte) error {
	text, err := checkSum(t.place(), 0, data)
	if err != nil {
		return err
	}
	v, err := wire.Decode(text)
	if err != nil {
		return err //nolint:wrapcheck // the caller says of what
	}
	m, _ := v.(map[string]any)
	t.Times, t.Seen = wire.TextAt(m, "times"), time.Unix(0, wire.IntegerAt(m, "seen")).UTC()
	due, _ := m["due"].([]any)
	for _, at := range due {
		ns, _ := at.(int64)
		t.Due = append(t.Due, time.Unix(0, ns).UTC())
	}
	runs, _ := m["runs"].([]any)
	for _, name := range runs {
		text, _ := name.(string)
		t.Runs = append(t.Runs, text)
	}
	return nil
}
