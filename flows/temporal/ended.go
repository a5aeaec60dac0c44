package temporal

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/generation"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/past"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// RecordsQuery is the name of the query by which the workflow of a run that has
// ended tells what happened in it: a worker reads that from the history, with what
// chunks of loops gave. The answer is for Ended.
const RecordsQuery = "medlar.records"

// tellRecords lets the workflow of a flow answer that.
func (r *run) tellRecords(ctx workflow.Context) error {
	if workflow.GetInfo(ctx).WorkflowType.Name != flowWorkflow {
		return nil
	}
	return workflow.SetQueryHandler(ctx, RecordsQuery, func() ([]byte, error) { //nolint:wrapcheck // a mistake here
		if !r.over || r.exec == nil {
			return nil, errors.New("the run has not ended, or did not begin")
		}
		return r.encode(r.state())
	})
}

// Ended is a run that ended failed or canceled, as the server and its workers
// know it.
type Ended struct {
	start   *start
	records []byte
	failure *report.RunError
}

// NotEndedError says that a run did not end failed or canceled.
type NotEndedError struct {
	RunID string // of the run
	State string // "running", "done", "terminated" or "timed out"
}

// Error says how it stands.
func (e *NotEndedError) Error() string {
	if e.State == "running" {
		return fmt.Sprintf("run %s is running", e.RunID)
	}
	return fmt.Sprintf("run %s is %s: there is nothing to restart", e.RunID, e.State)
}

// Ended asks for all that is known of a run that ended failed or canceled. A worker
// reads it from the history, so one has to be there. The error is a *NotEndedError,
// an *UnknownRunError, also for a run that is past the server's retention, or an
// *UnreachableError.
func (c *Client) Ended(ctx context.Context, id string) (*Ended, error) {
	s, err := c.readStart(ctx, id)
	if err != nil {
		return nil, err
	}
	found, err := c.sdk.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return nil, c.notDone(id, "asking for", err)
	}
	switch status := found.GetWorkflowExecutionInfo().GetStatus(); status {
	case enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED:
	default:
		state := endStates[status]
		if state == "" {
			state = "running"
		}
		return nil, &NotEndedError{RunID: id, State: state}
	}
	_, failed := c.Attach(id, s.flow).Wait(ctx)
	var failure *report.RunError
	if !errors.As(failed, &failure) {
		return nil, fmt.Errorf("run %s cannot be restarted: %w", id, failed)
	}
	var records []byte
	if err := c.query(ctx, id, &records, RecordsQuery); err != nil {
		return nil, c.notDone(id, "reading the records of", err)
	}
	return &Ended{start: s, records: records, failure: failure}, nil
}

// notDone says why the server did not do what was asked for of a run: it may not know
// it, or may have forgotten it in between.
func (c *Client) notDone(id, doing string, err error) error {
	switch {
	case isUnknown(err):
		return &UnknownRunError{RunID: id}
	case isUnreachable(err):
		return &UnreachableError{Address: c.options.Address, RunID: id, Err: err}
	}
	return fmt.Errorf("%s run %s: %w", doing, id, err)
}

// ReadEnded returns what Client.Ended does, for a program with a client of the SDK,
// or a test: of the first argument of the workflow, of the answer to RecordsQuery
// and of the error that ReadResult gave.
func ReadEnded(began, records []byte, failed error) (*Ended, error) {
	s, err := readStart(began)
	if err != nil {
		return nil, err
	}
	return &Ended{start: s, records: records, failure: report.AsRunError(failed)}, nil
}

// Local reports whether a sandbox replaced the services of the run.
func (x *Ended) Local() bool { return x.start.local }

// Origin says where the files of the run's flow were, for people.
func (x *Ended) Origin() string { return x.start.origin }

// Load returns the flow that the run began with.
func (x *Ended) Load(registry *connector.Registry) (*flows.Flow, error) {
	flow, err := flows.LoadForResume(wire.Files(x.start.files), x.start.file, registry)
	if err != nil {
		return nil, fmt.Errorf("the program of run %s is not accepted: %w", x.start.id, err)
	}
	return flow, nil
}

// Past reads what happened in the run. The secrets of the flow are read for that,
// since records refer to them; options say where they are.
func (x *Ended) Past(ctx context.Context, registry *connector.Registry, options ...flows.RunOption) (*past.Run, error) {
	flow, err := x.Load(registry)
	if err != nil {
		return nil, err
	}
	s := x.start
	if s.meaning < meaning {
		return nil, fmt.Errorf("run %s began with an earlier version of this program, and is not restarted", s.id)
	}
	var known []runtime.Secret
	options = append(options[:len(options):len(options)], flows.WithRunID(s.name), runtime.WithConnections(s.connections), runtime.WithPinnedEnv(s.env), runtime.Remotely(func(e runtime.Execution) error {
		known = e.Secrets()
		return nil
	}))
	if _, err := flow.Run(ctx, s.inputs, options...); err != nil {
		return nil, err //nolint:wrapcheck // it is the flow's
	}
	v, err := unpacked(x.records, finder(known))
	if err != nil {
		return nil, fmt.Errorf("reading the records of run %s: %w", s.id, err)
	}
	m, _ := v.(map[string]any)
	records, err := readRecords(m["records"])
	if err != nil {
		return nil, fmt.Errorf("reading the records of run %s: %w", s.id, err)
	}
	was := &past.Run{
		ID: s.id, Name: s.name, Began: s.at, Files: s.files, File: s.file, Origin: s.origin, Inputs: s.inputs, Env: s.env, Connections: s.connections,
		Local: s.local, Timeout: s.timeout, Failure: x.failure,
	}
	if s.gen != nil {
		was.Generation = s.gen
	}
	records.past(was)
	signals, _ := m["signals"].([]any)
	was.Signals = pastSignals(signals)
	return was, nil
}

// past adds the records to what is known of a run.
func (l *records) past(was *past.Run) {
	for _, scope := range value.SortedKeys(l.scopes) {
		for _, r := range l.scopes[scope] {
			rec := past.Record{
				Scope: scope, Path: r.path, Kind: r.kind[0], At: r.at, Until: r.until, Count: r.count, Index: r.index, Cause: string(r.cause), Value: r.value,
			}
			if r.isAttempt() {
				rec.Generation, rec.Index = r.index, 0
			}
			was.Records = append(was.Records, rec)
		}
	}
	for _, fork := range value.SortedKeys(l.forks) {
		for i, s := range l.forks[fork] {
			was.Settled = append(was.Settled, past.Settled{Fork: fork, Index: i, At: s.at, Value: s.value, Failure: s.gathered, Generation: s.generation})
		}
	}
}

// isAttempt is true of what came of an attempt: its index is the generation of the
// run that made it.
func (r *record) isAttempt() bool { return r.kind == kindResult || r.kind == kindFailure }

func pastSignals(list []any) (signals []past.Signal) {
	var box runtime.SignalBox
	box.Restore(list)
	for _, item := range box.Value() {
		f, _ := item.([]any)
		s := past.Signal{Value: f[5]}
		s.Name, _ = f[0].(string)
		s.Key, _ = f[1].(string)
		s.Asked, _ = f[3].(bool)
		if given, _ := f[2].(bool); given {
			signals = append(signals, s)
		}
	}
	return signals
}

// unpacked reads what run.pack wrote.
func unpacked(text []byte, resolve func(runtime.SecretRef) (string, error)) (any, error) {
	plain, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(text)), maxState))
	if err != nil {
		return nil, fmt.Errorf("reading what the run is continued from: %w", err)
	}
	return open(plain, resolve)
}

// PrepareNext makes what a run that was restarted goes on as. Its error is
// ErrNeedsKey where a secret would reach the server.
func PrepareNext(next *past.Next, how PrepareOptions) (*Prepared, error) {
	e, ok := next.Execution.(runtime.Execution)
	if !ok {
		return nil, errStart
	}
	s := newStart(e, next.Flow, how.Sandbox)
	s.id, s.name, s.at, s.attributes = next.ID, next.Name, next.Began, how.Attributes
	s.gen, _ = next.Generation.(*generation.Generation)
	if next.Origin != "" {
		s.origin = next.Origin
	}
	text, err := s.write(e, how.Encrypted)
	if err != nil {
		return nil, err
	}
	records := newRecords()
	for _, r := range next.Records {
		rec := &record{kind: kind(r.Kind), path: r.Path, at: r.At, until: r.Until, count: r.Count, index: r.Index, cause: runtime.Cause(r.Cause), value: r.Value}
		if rec.isAttempt() {
			rec.index = r.Generation
		}
		records.scopes[r.Scope] = append(records.scopes[r.Scope], rec)
	}
	for _, one := range next.Settled {
		records.settle(one.Fork, one.Index, settled{value: one.Value, gathered: one.Failure, at: one.At, generation: one.Generation})
	}
	state := carriedValue(&carried{records: records})
	var signals []any
	for _, given := range next.Signals {
		signals = append(signals, []any{given.Name, given.Key, true, given.Asked, false, given.Value})
	}
	if len(signals) > 0 {
		state["signals"] = signals
	}
	packed, err := packed(newVault(e.Secrets(), how.Encrypted), e.HoldsSecret, state)
	if err != nil {
		return nil, err
	}
	return &Prepared{ID: s.id, Flow: next.Flow, Workflow: flowWorkflow, Args: []any{text, packed}, start: s}, nil
}

// StartNext starts what PrepareNext made. A run of that name is not waited for:
// Attached of the handle says that it is there.
func (c *Client) StartNext(ctx context.Context, p *Prepared) (*Handle, error) {
	for _, arg := range p.Args {
		if text, ok := arg.([]byte); ok && c.options.Store == nil && len(text) > maxPayload {
			return nil, &tooLargeError{"what the run goes on with", len(text), maxPayload}
		}
	}
	return c.start(ctx, p)
}

// Encrypted reports whether what the client sends is encrypted.
func (c *Client) Encrypted() bool { return !c.options.Keys.none() }
