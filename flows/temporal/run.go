package temporal

import (
	"bytes"
	"compress/flate"
	"context"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// run is a run, or a part of one, in workflow code.
type run struct {
	engine *engine
	start  *start
	id     string
	exec   runtime.Execution
	free   workflow.Context // does not end when somebody cancels the workflow
	root   *stopper
	given  []byte // what the run is continued from, until it is read

	// known is what is left to be read back, log what has happened.
	known, log    *records
	below, inside map[string]int // records of scopes, and of forks
	knownBranches map[string]int64
	added         int // records of this workflow's own
	// events is how many events of each scope were reported, reported how many
	// before this workflow.
	events, reported map[string]int64

	// target is the loop that this workflow is for, of which it runs a part with
	// a limit; empty for a whole run. found is what came of it.
	target string
	part   span
	limit  int
	found  *findings
	told   []any // the stop signals that came

	flow    *flows.Flow             // of a workflow that takes signals; else nil
	signals runtime.SignalBox       // what it was given
	raw     workflow.ReceiveChannel // brings signals that nobody has checked; nil where it takes none

	canceled bool // before it was continued
	busy     int  // activities and workflows under way
	draining bool // nothing starts any more, for the run is to be continued
	stays    bool // it cannot be continued
	over     bool // it has ended

	place connector.Trace // in a trace; the zero value where nobody watches
}

// carried is what a workflow gets from the one that it continues, or that it
// does a part for.
type carried struct {
	*records
	target   string
	part     span
	limit    int
	told     []any
	canceled bool
	events   map[string]int64
	signals  []any // as SignalBox.Value gives them
}

func (e *engine) newRun(ctx workflow.Context, s *start, state []byte) *run {
	free, _ := workflow.NewDisconnectedContext(ctx)
	return &run{
		engine: e, place: e.placeOf(s), start: s, id: s.id, free: free, given: state, known: newRecords(), log: newRecords(),
		knownBranches: map[string]int64{}, below: map[string]int{},
		events: map[string]int64{}, reported: map[string]int64{},
	}
}

// read takes what the run is continued from.
func (r *run) read() error {
	if len(r.given) == 0 {
		return nil
	}
	v, err := r.unpack(r.given)
	if err != nil {
		return err
	}
	r.given = nil
	m, _ := v.(map[string]any)
	if r.known, err = readRecords(m["records"]); err != nil {
		return err
	}
	r.log.forks = r.known.forks
	r.below = countBelow(r.known)
	r.inside = countInside(r.below)
	r.countBranches(r.known)
	r.target = wire.TextAt(m, "target")
	r.part = span{wire.IntegerAt(m, "from"), wire.IntegerAt(m, "to")}
	r.limit = int(wire.IntegerAt(m, "limit"))
	r.told, _ = m["told"].([]any)
	r.canceled, _ = m["canceled"].(bool)
	signals, _ := m["signals"].([]any)
	r.signals.Restore(signals)
	events, _ := m["events"].(map[string]any)
	for id, n := range events {
		r.reported[id], _ = n.(int64)
	}
	return nil
}

// countBranches notes how many branches of each fork the records know of.
func (r *run) countBranches(l *records) {
	note := func(fork string, i int64) { r.knownBranches[fork] = max(r.knownBranches[fork], i+1) }
	for id := range l.scopes {
		for at := id; at != ""; {
			slash := strings.LastIndexByte(at, '/')
			fork, branch, _ := strings.Cut(at[slash:], ".")
			at = at[:slash]
			if i, err := strconv.ParseInt(branch, 10, 64); err == nil {
				note(at+fork, i)
			}
		}
	}
	for id, list := range l.forks {
		for i := range list {
			note(id, i)
		}
	}
}

func (r *run) clock() time.Time { return workflow.Now(r.free) }

// carry runs the flow, or the part of it that this workflow is for.
func (r *run) carry(co workflow.Context, flow *flows.Flow) (*flows.Result, error) {
	options := append(r.engine.runOptions(r.start), flows.WithRunID(r.start.name))
	if r.start.gen != nil {
		options = append(options, runtime.WithRestarted())
	}
	return flow.Run(context.Background(), r.start.inputs, append(options, runtime.On(func(e runtime.Execution) (runtime.Runtime, error) { //nolint:wrapcheck // it is the flow's
		r.exec = e
		if err := r.read(); err != nil {
			panic(err) // another version of the worker may be able to read it
		}
		r.root = newStopper(co)
		if r.canceled {
			r.root.stop(runtime.ByUser)
		}
		s := r.scope("", nil, 0)
		s.now = r.start.at
		return &carrier{run: r, scope: s, local: e.Local(), co: co, soft: r.root, hard: r.root.inner()}, nil
	}))...)
}

// pause holds a branch up, for good, where the run is to be continued by
// another workflow before it does anything more.
func (r *run) pause(co workflow.Context) {
	if !r.draining && !r.stays && r.shouldContinue() {
		r.draining = true
	}
	if r.draining {
		_ = workflow.Await(r.inert(co), func() bool { return !r.draining })
	}
}

// inert returns a coroutine's context that nothing ends.
func (r *run) inert(co workflow.Context) workflow.Context {
	free, _ := workflow.NewDisconnectedContext(co)
	return free
}

// park holds a coroutine up until the workflow ends.
func (r *run) park(co workflow.Context) {
	workflow.NewBufferedChannel(co, 0).Receive(co, nil)
}

// historyLimit is how many events a workflow may make before it is continued
// by another one. The server takes 51,200.
const historyLimit = 10_000

func (r *run) shouldContinue() bool {
	info := workflow.GetInfo(r.free)
	limit := r.engine.recordLimit
	return r.added > 0 && (info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() > historyLimit || limit > 0 && r.added >= limit)
}

// state is what the workflow that continues this one gets.
func (r *run) state() *carried {
	for id, rest := range r.known.scopes {
		if len(rest) > 0 {
			r.log.scopes[id] = append(r.log.scopes[id], rest...)
		}
	}
	return &carried{
		records: r.log, target: r.target, part: r.part, limit: r.limit, told: r.told,
		canceled: r.root.stopped() == runtime.ByUser, events: r.events, signals: r.signals.Value(),
	}
}

func counts(events map[string]int64) map[string]any {
	out := make(map[string]any, len(events))
	for id, n := range events {
		out[id] = n
	}
	return out
}

// drop forgets a scope of which nothing more needs to be known.
func (r *run) drop(scope string) {
	r.log.drop(scope)
	delete(r.events, scope)
	for id := range r.events {
		if strings.HasPrefix(id, scope+"/") {
			delete(r.events, id)
		}
	}
}

// encode writes what another workflow gets.
func (r *run) encode(c *carried) ([]byte, error) {
	return r.pack(carriedValue(c))
}

func carriedValue(c *carried) map[string]any {
	state := map[string]any{
		"records": c.value(), "target": c.target, "from": c.part.from, "to": c.part.to, "limit": int64(c.limit),
		"told": c.told, "canceled": c.canceled, "events": counts(c.events),
	}
	if len(c.signals) > 0 {
		state["signals"] = c.signals
	}
	return state
}

func (r *run) vault() *vault { return newVault(r.exec.Secrets(), r.engine.keyed) }

// pack writes records in little space, with secrets by reference.
func (r *run) pack(v any) ([]byte, error) {
	text, err := packed(r.vault(), r.exec.HoldsSecret, v)
	if err != nil {
		return nil, err
	}
	return text, r.engine.fits("what the run is continued from", len(text))
}

func packed(vault *vault, holds func(any) bool, v any) ([]byte, error) {
	text, err := vault.seal(v, nil, holds)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return nil, err //nolint:wrapcheck // the level is one
	}
	_, _ = w.Write(text) // a buffer takes all
	_ = w.Close()
	return b.Bytes(), nil
}

// maxState bounds what is unpacked.
const maxState = 1 << 30

func (r *run) unpack(text []byte) (any, error) {
	return unpacked(text, finder(r.exec.Secrets()))
}

// open reads a value with the secrets that it refers to.
func (r *run) open(text []byte) (any, error) { return open(text, finder(r.exec.Secrets())) }
