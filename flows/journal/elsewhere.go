package journal

import (
	"context"
	"fmt"
	"slices"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/generation"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/past"
)

// PlanElsewhere is PlanRestart for a run that another runtime of this module
// carried, and that goes on there: by the same rules, of the same records. It
// calls and writes nothing. Start of the plan is not for it; the other runtime
// begins what it returns beside the plan.
func PlanElsewhere(
	ctx context.Context, was *past.Run, registry *connector.Registry, how Restart, options ...flows.RunOption,
) (*RestartPlan, *past.Next, error) {
	p := &planning{journal: &Journal{fold: foldSize}, how: how, options: options, elsewhere: was}
	if was.Local {
		p.options = append(slices.Clip(p.options), runtime.StandIn())
	}
	if err := p.readElsewhere(registry); err != nil {
		return nil, nil, err
	}
	if err := p.readAll(ctx); err != nil {
		return nil, nil, err
	}
	if err := p.chooseIn(ctx); err != nil {
		return nil, nil, err
	}
	if err := p.divide(ctx); err != nil {
		return nil, nil, err
	}
	plan, gen, err := p.decide()
	if err != nil {
		return nil, nil, err
	}
	next, err := p.goesOn(plan, gen)
	return plan, next, err
}

// readElsewhere takes over what is known of the run.
func (p *planning) readElsewhere(registry *connector.Registry) (err error) {
	was := p.elsewhere
	gen, _ := was.Generation.(*generation.Generation)
	p.row = &StoredRun{Run: Run{ID: was.ID, State: Failed}}
	p.start = &start{
		name: was.Name, began: was.Began, at: was.Began, file: was.File, origin: was.Origin, inputs: was.Inputs, env: was.Env, connections: was.Connections,
		local: was.Local, timeout: was.Timeout, gen: gen, meaning: meaning, files: was.Files, branched: true,
	}
	if p.start.digest, err = digestOf(p.start.files); err != nil {
		return fmt.Errorf("reading the program: %w", err)
	}
	if p.flow, err = flows.LoadForResume(wire.Files(p.start.files), p.start.file, registry); err != nil {
		return fmt.Errorf("the program of run %s is not accepted: %w", was.ID, err)
	}
	p.start.flow = p.flow.Name()
	for i := range was.Records {
		rec, err := readPast(&was.Records[i])
		if err != nil {
			return p.refuse(rec.path, "", "begin a new run", "%v", err)
		}
		p.add(rec)
	}
	if gen != nil {
		var of []int64
		for _, rec := range was.Records {
			of = append(of, rec.Generation)
		}
		for _, s := range was.Settled {
			of = append(of, s.Generation)
		}
		gen.Place(of)
	}
	for _, s := range was.Settled {
		if err := p.settle(s); err != nil {
			return err
		}
	}
	end := &record{kind: kindEnd}
	end.body, err = wire.Encode(map[string]any{"error": wire.Failure(was.Failure)})
	p.add(end)
	return err //nolint:wrapcheck // what was read can be written
}

func (p *planning) add(rec *record) {
	rec.seq = int64(len(p.records) + 1)
	p.records = append(p.records, rec)
}

// readPast returns a record of another runtime as one of ours.
func readPast(was *past.Record) (*record, error) {
	rec := &record{
		scope: was.Scope, path: was.Path, kind: kind(was.Kind), at: was.At, until: was.Until, count: was.Count, index: was.Index, cause: runtime.Cause(was.Cause),
	}
	v := was.Value
	switch rec.kind {
	case kindResult, kindFailure, kindGiven:
	case kindAwait:
		name, _ := v.([]any)
		if len(name) != 2 {
			return rec, fmt.Errorf("its wait for a signal cannot be read")
		}
		rec.operation, _ = name[0].(string)
		v = name[1]
	case kindTime, kindSleep, kindRanOut, kindDeadline, kindStop:
		return rec, nil
	case kindJoin:
		if v == nil {
			return rec, nil
		}
	default:
		return rec, fmt.Errorf("what carried a part of it was lost, so nobody knows what it did")
	}
	var err error
	if rec.body, err = wire.Encode(v); err != nil {
		return rec, fmt.Errorf("it cannot be read: %w", err)
	}
	return rec, nil
}

// settle adds what an iteration came to, as the one record of it. Its path is that
// of the loop that comes to it.
func (p *planning) settle(s past.Settled) error {
	left := map[string]any{}
	if s.Value != nil {
		left["values"] = []any{s.Value}
	}
	if s.Failure != nil {
		left["failures"] = []any{[]any{s.Index, wire.Failure(s.Failure)}}
	}
	text, err := wire.Encode(left)
	if err != nil {
		return fmt.Errorf("reading what an iteration came to: %w", err)
	}
	p.add(&record{kind: kindFold, operation: s.Fork, index: s.Index, count: s.Index + 1, at: s.At, body: text, settled: true})
	return nil
}

// readSettled reads what iterations came to of which nothing more is known.
func (f *fork) readSettled() error {
	r := f.outer
	list := r.run.history.settled[f.was]
	for _, rec := range list {
		rec.path = f.path
		if rec.index >= f.parts.n || r.foldLost(rec, func() []byte { return f.parts.loop.Reads(rec.index, rec.count) }) {
			continue
		}
		rec.taken = true
		if err := r.unfold(f.parts.loop, rec); err != nil {
			return err
		}
		f.parts.folded = append(f.parts.folded, span{rec.index, rec.index})
		f.known, f.latest = max(f.known, rec.count), max(f.latest, rec.at)
	}
	f.parts.folded = merged(f.parts.folded)
	return nil
}

// goesOn is what the run goes on as on its own runtime.
func (p *planning) goesOn(plan *RestartPlan, gen *generation.Generation) (*past.Next, error) {
	records, err := p.copies(plan.RunID)
	if err != nil {
		return nil, err
	}
	next := &past.Next{
		ID: plan.RunID, Name: p.start.name, Began: p.start.began, Execution: p.again.exec, Flow: p.next.flow, Origin: p.next.origin, Generation: gen,
	}
	waits := map[string]past.Signal{}
	got := map[runtime.SignalID]bool{}
	for _, rec := range records {
		v, err := p.journal.body(plan.RunID, rec)
		if err != nil && rec.body != nil {
			return nil, fmt.Errorf("reading a record: %w", err)
		}
		if rec.kind == kindFold {
			s := settledOf(rec, v)
			s.Generation = p.generationOf(rec)
			next.Settled = append(next.Settled, s)
			continue
		}
		out := past.Record{
			Scope: rec.scope, Path: rec.path, Kind: byte(rec.kind), At: rec.at, Until: rec.until, Count: rec.count, Index: rec.index, Cause: string(rec.cause), Value: v,
			Generation: p.generationOf(rec),
		}
		place := placeOf(rec.scope, rec.path)
		switch rec.kind {
		case kindAwait:
			key, _ := v.(string)
			out.Value = []any{rec.operation, key}
			waits[place] = past.Signal{Name: rec.operation, Key: key, Asked: true}
		case kindGiven:
			s := waits[place]
			if id := (runtime.SignalID{Name: s.Name, Key: s.Key}); !got[id] {
				got[id], s.Value = true, v
				next.Signals = append(next.Signals, s)
			}
		default:
		}
		next.Records = append(next.Records, out)
	}
	for _, s := range p.elsewhere.Signals {
		s.Name = p.moves.SignalNow(s.Name)
		if !s.Asked && p.takes(runtime.SignalID{Name: s.Name, Key: s.Key}, s.Value) {
			next.Signals = append(next.Signals, s)
		}
	}
	return next, nil
}

// generationOf returns the generation that made a record that is kept.
func (p *planning) generationOf(rec *record) int64 {
	g := p.start.gen
	switch {
	case g == nil:
		return 0
	case rec.seq == 0: // somebody has said what the step gave
		return g.Number
	}
	return g.Of(rec.seq)
}

func settledOf(rec *record, v any) past.Settled {
	s := past.Settled{Fork: rec.operation, Index: rec.index, At: rec.at}
	left, _ := v.(map[string]any)
	if values, _ := left["values"].([]any); len(values) == 1 {
		s.Value = values[0]
	}
	if failures, _ := left["failures"].([]any); len(failures) == 1 {
		if pair, _ := failures[0].([]any); len(pair) == 2 {
			s.Failure = wire.FailureOf(pair[1])
		}
	}
	return s
}
