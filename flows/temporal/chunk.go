package temporal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// chunked runs a part of the loop in chunks of a size, each in a workflow of
// its own. All together they have the loop's limit.
func (l *loop) chunked(s span, size int64, limit int) error {
	outer := l.outer
	chunks := (s.len() + size - 1) / size
	lanes := min(int64(max(1, limit)), chunks)
	next := s.from
	workers := workflow.NewWaitGroup(outer.co)
	l.bound = min(l.bound, s.to)
	for lane := range lanes {
		share := limit / int(lanes)
		if lane < int64(limit)%lanes {
			share++
		}
		workers.Add(1)
		workflow.Go(outer.co, func(co workflow.Context) {
			defer workers.Done()
			for next < l.bound && !l.stops(next) {
				part := span{next, min(next+size, s.to)}
				next = part.to
				l.next = max(l.next, part.to)
				l.chunk(co, part, max(1, share))
			}
		})
	}
	workers.Wait(outer.co)
	return l.ended()
}

// stops reports whether no chunk may start any more. What is known is read back.
func (l *loop) stops(next int64) bool {
	if l.failed || next < l.known || l.outer.scope.beyond() {
		return l.failed && next >= l.known
	}
	cause := l.outer.soft.stopped()
	if cause == runtime.NotStopped {
		return false
	}
	l.stopped(-1, cause, runtime.StoppedError(cause))
	return true
}

// chunk runs a part of the loop, or reads it back.
func (l *loop) chunk(co workflow.Context, s span, limit int) {
	run := l.outer.run
	if l.partly(s) {
		l.goOn(co, s, limit)
		return
	}
	if s.from >= l.known {
		run.pause(co)
		if l.stops(s.from) {
			return
		}
		first := l.carry(co, s, limit)
		if first >= 0 {
			l.readBack(co, span{first, first + 1})
			l.readBack(co, span{s.from, first})
			l.readBack(co, span{first + 1, s.to})
			return
		}
	}
	l.readBack(co, span{s.from, min(s.to, l.bound)})
}

// partly reports whether a part of the loop is one of which a restart has kept some
// iterations, and others are to run.
func (l *loop) partly(s span) bool {
	return l.outer.run.start.gen != nil && s.from < l.known && l.join == nil && !l.outer.scope.beyond()
}

// goOn runs a part of the loop in this workflow, and reads back what is known of it.
func (l *loop) goOn(co workflow.Context, s span, limit int) {
	next := s.from
	workers := workflow.NewWaitGroup(co)
	for range min(int64(limit), s.len()) {
		workers.Add(1)
		workflow.Go(co, func(co workflow.Context) {
			defer workers.Done()
			for next < min(s.to, l.bound) && !l.stops(next) {
				i := next
				next++
				rt := l.runtime(co, i)
				l.end(rt, i, l.iterate(rt, i))
			}
		})
	}
	workers.Wait(co)
}

// readBack runs iterations of which everything is known. Those of which
// nothing is known were not begun.
func (l *loop) readBack(co workflow.Context, s span) {
	run := l.outer.run
	for i := s.from; i < s.to; i++ {
		_, done := run.log.forks[l.id][i]
		if !done && run.below[branchID(l.id, i)] == 0 && i != l.first {
			continue
		}
		rt := l.runtime(co, i)
		rt.scope.certain = true
		err := l.iterate(rt, i)
		if len(rt.scope.queue) > 0 {
			rt.scope.diverged(l.path)
		}
		l.end(rt, i, err)
	}
}

// carry runs a part of the loop in a workflow of its own and waits for it. Where
// the loop stops, the workflow is told, and ends in its own time. It gives the
// iteration that failed first, or -1.
func (l *loop) carry(co workflow.Context, s span, limit int) int64 {
	run := l.outer.run
	found, err := l.inWorkflow(co, s, limit)
	if err != nil {
		found = &findings{records: newRecords(), first: s.from}
		found.scopes[branchID(l.id, s.from)] = []*record{{kind: kindLost, at: l.outer.scope.stamp(), value: wire.Failure(lost(s, err))}}
	}
	run.take(found.records, l.outer.scope, l.id)
	if found.first >= 0 && run.below[branchID(l.id, found.first)] == 0 {
		// It failed before anything was noted of it.
		l.first = found.first
	}
	return found.first
}

func (l *loop) inWorkflow(co workflow.Context, s span, limit int) (*findings, error) {
	run := l.outer.run
	state, err := run.encode(&carried{records: run.log.towards(l.id), events: run.events, target: l.id, part: s, limit: limit})
	if err != nil {
		return nil, err
	}
	ctx := workflow.WithChildOptions(run.free, workflow.ChildWorkflowOptions{
		WorkflowID: run.childID(l.id, s), WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary: fmt.Sprintf("items %d to %d", s.from, s.to-1),
	})
	run.busy++
	future := workflow.ExecuteChildWorkflow(ctx, itemsWorkflow, run.start.text, state)
	tell := func(hard bool, stop *stopper) func() {
		return stop.whenStopped(run, func(co workflow.Context) {
			future.SignalChildWorkflow(co, stopSignal, stopText(hard, stop.stopped()))
		})
	}
	endSoft, endHard := tell(false, l.soft), tell(true, l.outer.hard)
	var text []byte
	err = future.Get(co, &text)
	endSoft()
	endHard()
	run.busy--
	if err != nil {
		unreadable(err)
		return nil, err //nolint:wrapcheck // the failure of the chunk says it
	}
	return run.readFindings(text)
}

// findings is what a chunk came to.
type findings struct {
	*records
	first int64 // the iteration that failed first, or -1
}

// childID names the workflow of a chunk. It holds no values.
func (r *run) childID(fork string, s span) string {
	sum := sha256.Sum256([]byte(fork))
	return fmt.Sprintf("%s.%s.%d-%d", r.id, hex.EncodeToString(sum[:6]), s.from, s.to-1)
}

// stopSignal tells the workflow of a chunk to stop.
const stopSignal = "medlar.stop"

func stopText(hard bool, cause runtime.Cause) []byte {
	text, _ := wire.Encode([]any{hard, string(cause)}) // values that can be encoded
	return text
}

var errNotFindings = errors.New("what a chunk of a loop gave cannot be read")

func (r *run) readFindings(text []byte) (*findings, error) {
	v, err := r.unpack(text)
	if err != nil {
		return nil, err
	}
	m, _ := v.(map[string]any)
	f := &findings{}
	var ok bool
	if f.first, ok = m["first"].(int64); !ok {
		return nil, errNotFindings
	}
	f.records, err = readRecords(m["records"])
	return f, err
}

// take adds what a chunk found out to what the run knows, to be read back.
func (r *run) take(found *records, outer *scope, fork string) {
	for id, list := range found.scopes {
		r.known.scopes[id] = list
		for s := outer; s != nil; s = s.parent {
			s.below += len(list)
		}
	}
	for id, n := range countBelow(found) {
		if strings.HasPrefix(id, fork+".") {
			r.below[id] = n
		}
	}
	for id, list := range found.forks {
		for i, s := range list {
			r.log.settle(id, i, s)
		}
	}
	r.countBranches(found)
}

// listen stops what this workflow does when it is told to.
func (r *carrier) listen() {
	signals := workflow.GetSignalChannel(r.run.free, stopSignal)
	workflow.Go(r.co, func(co workflow.Context) {
		for {
			var text []byte
			signals.Receive(co, &text)
			r.run.told = append(r.run.told, any(text))
			r.hear(text)
		}
	})
	for _, text := range r.run.told {
		text, _ := text.([]byte)
		r.hear(text)
	}
}

func (r *carrier) hear(text []byte) {
	v, err := wire.Decode(text)
	list, ok := v.([]any)
	if err != nil || !ok || len(list) != 2 {
		return
	}
	hard, _ := list[0].(bool)
	cause, _ := list[1].(string)
	r.soft.stop(runtime.Cause(cause))
	if hard {
		r.hard.stop(runtime.Cause(cause))
	}
}
