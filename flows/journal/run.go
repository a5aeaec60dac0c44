package journal

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/generation"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
)

// run is a run that is under way.
type run struct {
	journal *Journal
	id      string
	flow    string
	exec    runtime.Execution
	history *history
	cancel  context.CancelCauseFunc
	warn    sync.Once

	// seq is the number of the latest record. The writer alone uses it once the
	// run goes.
	seq       int64
	lost      atomic.Bool // a record could not be written
	begun     bool        // the run is in the journal, or on its way there
	recording *recording  // of a beginning that nobody waits for; nil for others
	started   time.Time   // when it began
	taken     bool        // the run was in the journal, and is this process's now
	meaning   int64       // what the program means: see meaning

	plan     plan
	reading  *reading               // of a pass that calls nothing; else nil
	gen      *generation.Generation // of a run that is a restart; else nil
	apart    apart                  // of one that was restarted in an item of a loop
	branched bool                   // as that of its start
	given    []flows.RunOption      // of the caller
	with     []Change               // what is to change when the run begins
	onBegin  func()                 // called when the run has begun; may be nil
	again    bool                   // it was put down before

	answer  *flows.Answer // once it has ended
	signals arrivals
	life    *life
	idle    idle
	parked  *parked      // set at its end, where it was put down
	size    atomic.Int64 // records, about
	read    int64        // those of them that were read back

	mu    sync.Mutex
	why   error // why the run was halted
	hooks map[int]func()
	hook  int
}

// plan is what a run is to run.
type plan struct {
	flow    *flows.Flow
	inputs  map[string]any
	options []flows.RunOption
	// begin makes sure that the run is in the journal, and returns the time when
	// it began.
	begin func(runtime.Execution) (int64, error)
}

// Run runs a flow as Flow.Run does, and writes down what happens. It is Start
// and Wait. A run whose name is in the journal already is refused. The error is
// an *InterruptedError where the run stopped without ending.
//
// When ctx ends, the run is canceled and undoes what it did.
func (j *Journal) Run(ctx context.Context, flow *flows.Flow, inputs map[string]any, options ...flows.RunOption) (*flows.Result, error) {
	return j.fresh(flow, inputs, options).toEnd(ctx)
}

// fresh makes a run that is to begin.
func (j *Journal) fresh(flow *flows.Flow, inputs map[string]any, options []flows.RunOption) *run {
	r := &run{journal: j, flow: flow.Name(), history: newHistory(nil), meaning: meaning, cancel: func(error) {}, given: options}
	r.plan = plan{flow: flow, inputs: inputs, options: options, begin: func(e runtime.Execution) (int64, error) {
		s, err := newStart(e, r.flow, r.journal.keys)
		if err != nil {
			return 0, err
		}
		r.with = append(r.with, r.traced(connector.Trace{})...)
		return s.at, r.begin(s)
	}}
	return r
}

// carry runs the flow on the journal.
func (r *run) carry(ctx context.Context) (*flows.Result, error) {
	outer := ctx
	if r.again {
		// Secrets are read first, which the end of ctx must not keep from that.
		ctx = context.WithoutCancel(ctx)
	}
	ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)
	defer func() { r.journal.leave(r) }()
	r.branches(1, 0)
	defer r.stay()
	unhook := func() bool { return false }
	defer func() { unhook() }()
	result, err := r.plan.flow.Run(ctx, r.plan.inputs, append(slices.Clip(r.plan.options), runtime.On(func(e runtime.Execution) (runtime.Runtime, error) {
		r.exec, r.id = e, cmp.Or(r.id, e.ID())
		if err := r.journal.enter(r); err != nil {
			return nil, err
		}
		at, err := r.plan.begin(e)
		if err != nil {
			return nil, err
		}
		r.begun, r.started = true, timeOf(at)
		if r.again {
			r.tell(false) // whoever looks saw that it waits
			unhook = context.AfterFunc(outer, func() { r.cancel(runtime.StopCause(runtime.CauseOf(outer))) })
		}
		r.life.begin(r)
		if r.onBegin != nil {
			r.onBegin()
		}
		s := r.history.scope("", nil)
		s.now.Store(at)
		return &carrier{run: r, scope: s, local: e.Local()}, nil
	}))...)
	if !r.begun {
		r.journal.giveUp(r)
		return result, err // nothing ran
	}
	err = r.gen.StillOwed(err)
	if result != nil {
		result.RunID = r.id
	}
	if err := r.end(result, err); err != nil {
		return nil, err
	}
	return result, err //nolint:wrapcheck // it is the run's
}

// begin writes the start of a run and waits until it is on disk.
func (r *run) begin(s *start) error {
	program, own, err := s.blobs(r.id, r.journal.keys, r.exec)
	if err != nil {
		return err
	}
	if err := r.journal.keepsSignals(r.plan.flow); err != nil {
		return err
	}
	known := r.known()
	if known {
		if _, err := r.journal.find(context.Background(), r.id); err == nil {
			return &ExistsError{RunID: r.id}
		}
		if err := r.journal.whole(r.id, -1); err != nil {
			return err
		}
	}
	begin := BeginRun{
		StoredRun: StoredRun{Run: Run{ID: r.id, Flow: s.flow, State: Running, Started: timeOf(s.at), Owner: r.journal.owner(), Labels: r.exec.Labels()}, Digest: s.digest[:], Start: own},
		Program:   program,
		made:      !r.exec.Named(),
	}
	if !known && r.recording == nil {
		r.recording = &recording{}
	}
	return r.journal.writer.add(&job{run: r, size: len(own), recording: r.recording, list: append([]Change{begin}, r.with...)}, known)
}

// known reports whether somebody can know the name of the run before it is on
// disk, or is told when it is. The beginning of another one goes to disk with
// what its first change or its end waits for, unless writing has just failed: then nothing
// is to run of which nothing might be kept.
func (r *run) known() bool {
	return len(r.with) > 0 || r.journal.trouble.why.Load() != nil || r.recording == nil && (r.onBegin != nil || r.exec.Named())
}

// unbegun says why the beginning of a run did not get to the disk, once
// something that was written after it was waited for.
func (r *run) unbegun() error {
	if r.recording == nil {
		return nil
	}
	return r.recording.err
}

// lose stops a run that could not be written down.
func (r *run) lose(why error) {
	r.lost.Store(true)
	r.halt(why)
}

// next numbers a record that is written now.
func (r *run) next(of *trace, data []byte) AddRecord {
	r.seq++
	of.add(span{r.seq, r.seq})
	return AddRecord{RunID: r.id, Number: r.seq, Data: withSum(r.id, r.seq, data)}
}

// write adds a record, and what is to change with it. wait waits until it is on
// disk.
func (r *run) write(rec *record, wait bool, more ...Change) error {
	if r.readToEnd() {
		return errReadEnd
	}
	data := rec.encode()
	r.size.Add(1)
	err := r.journal.writer.add(&job{run: r, size: len(data), data: data, trace: rec.trace, list: more}, wait)
	if err == nil && r.lost.Load() {
		err = r.halted()
	}
	if err != nil {
		r.halt(err)
	}
	return err
}

// end writes how the run ended, unless it was interrupted.
func (r *run) end(result *flows.Result, failed error) error {
	if why := r.halted(); why != nil {
		if errors.Is(why, errPutDown) {
			r.flush()
			return &InterruptedError{RunID: r.id, Err: ErrInterrupted} // unless it is parked
		}
		r.journal.giveUp(r) // with all that it wrote: whoever resumes it reads that
		return cmp.Or(r.unbegun(), interrupted(r.id, why))
	}
	rec, end, err := r.ending(result, failed)
	if err == nil {
		list := append([]Change{end}, r.noticed(end, report.AsRunError(failed))...)
		err = r.journal.writer.add(&job{run: r, data: rec.encode(), list: list}, true)
	}
	if err == nil && r.lost.Load() {
		err = r.halted()
	}
	var unwritten *WriteError
	if errors.As(err, &unwritten) {
		r.answer = nil // who asks again has that of the end that is written down
		r.journal.giveUp(r)
	}
	if err != nil {
		return cmp.Or[error](r.unbegun(), &InterruptedError{RunID: r.id, Err: err})
	}
	return nil
}

// flush waits until what the run wrote is on disk: it is read back from there.
func (r *run) flush() {
	_ = r.journal.writer.add(&job{run: r}, true) // why the run stopped is known
}

// interrupted says why a run did not end. What a resume would not mend stands
// for itself.
func interrupted(id string, why error) error {
	var (
		diverged *DivergedError
		damaged  *DamagedError
		locked   *LockedError
	)
	if errors.As(why, &diverged) || errors.As(why, &damaged) || errors.As(why, &locked) {
		return why
	}
	return &InterruptedError{RunID: id, Err: why}
}

// ending is the record of how a run ended: as people may see it.
func (r *run) ending(result *flows.Result, failed error) (*record, EndRun, error) {
	rec := &record{kind: kindEnd, at: time.Now().UnixNano()}
	end := EndRun{RunID: r.id, State: State(runtime.EndState(failed)), Ended: timeOf(rec.at)}
	answer, err := r.answered(result, failed, rec.at)
	if err != nil {
		return nil, end, err
	}
	key, gave := "output", any(nil)
	if failed != nil {
		failure := report.AsRunError(failed)
		end.Failure = failureOf(failure)
		key, gave = "error", wire.Failure(failure)
	} else {
		gave = wire.Stored(result.Shown)
	}
	rec.whole, rec.body, err = endBody(answer, key, gave, string(end.State))
	return rec, end, err
}

// endBody encodes what the record of an end holds, with room for what stands around it.
func endBody(answer []byte, key string, gave any, state string) (whole, body []byte, err error) {
	const keys = 64 // bytes that the keys and the state take at most
	n := 2
	if answer != nil {
		n++
	}
	f := wire.StartFields(make([]byte, headSize, headSize+len(answer)+wire.Room(gave)+keys+sumSize), n)
	if answer != nil {
		f.Bytes("answer", answer)
	}
	f.Value(key, gave)
	f.Text("state", state)
	if whole, err = f.Done(); err != nil {
		return nil, nil, err
	}
	return whole, whole[headSize:], nil
}

// body returns what a record holds.
func (r *run) body(rec *record) (any, error) {
	v, err := r.journal.body(r.id, rec)
	if r.reading != nil && err == nil {
		r.reading.learned.record(rec, v)
	}
	return v, err
}

func (r *run) about(scope, path string) string { return aboutRecord(r.id, scope, path) }

func aboutRecord(run, scope, path string) string {
	return "record " + run + "\x00" + scope + "\x00" + path
}

func (j *Journal) body(id string, rec *record) (any, error) {
	text := rec.body
	if rec.sealed {
		stored := rec.stored()
		path := stored.path
		if rec.kind == kindFold {
			path = foldPath(stored)
		}
		plain, err := j.keys.open(text, aboutRecord(id, stored.scope, path))
		if err != nil {
			return nil, err
		}
		text = plain
	}
	return wire.Decode(text)
}

// halt stops the run where it is: nothing starts any more, and it does not end.
func (r *run) halt(why error) {
	r.mu.Lock()
	if r.why != nil {
		r.mu.Unlock()
		return
	}
	r.why = why
	hooks := r.hooks
	r.hooks = nil
	r.mu.Unlock()
	r.cancel(runtime.StopCause(runtime.ByShutdown))
	for _, hook := range hooks {
		hook()
	}
}

// stopped says why a branch is to stop. One that a branch beside it stopped
// because the run was halted is halted too: what is written down of it would be
// taken for the failure of that branch.
func (r *run) stopped(local runtime.Local) runtime.Cause {
	cause := local.Stopped()
	if cause != runtime.NotStopped && r.halted() != nil {
		return runtime.ByShutdown
	}
	return cause
}

func (r *run) halted() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.why
}

// onHalt calls f when the run is halted, until unhook is called.
func (r *run) onHalt(f func()) (unhook func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.why != nil {
		f()
		return func() {}
	}
	if r.hooks == nil {
		r.hooks = map[int]func(){}
	}
	r.hook++
	n := r.hook
	r.hooks[n] = f
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.hooks, n)
	}
}
