package flows_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
)

// deaf is a connector whose operations do not heed their context: each ends
// when it is let.
type deaf struct {
	release chan struct{}
	ended   chan struct{} // one for each call
	calls   atomic.Int64  // that began
	closed  atomic.Int64  // connections
	opening bool          // does not heed it either
}

func (d *deaf) connector() *connector.Connector {
	hang := func(_ context.Context, call *connector.Call, _ struct{}) (any, error) {
		d.calls.Add(1)
		<-d.release
		call.Log(connector.LogInfo, "too late", nil)
		d.ended <- struct{}{}
		return "late", nil
	}
	return &connector.Connector{
		Name: "deaf", Connection: schema.MustNew(),
		Open: func(context.Context, connector.OpenRequest) (connector.Connection, error) {
			if d.opening {
				d.calls.Add(1)
				<-d.release
				d.ended <- struct{}{}
			}
			return deafConn{d}, nil
		},
		Operations: []*connector.Operation{
			connector.OpWith("deaf.change", "Change something.", hang),
			connector.OpWith("deaf.read", "Read something.", hang, connector.WithEffect(connector.EffectReadOnly)),
		},
	}
}

type deafConn struct{ d *deaf }

func (c deafConn) Close() error { c.d.closed.Add(1); return nil }

// A step ends at its limit whatever the operation does, and what the operation
// answers later is dropped.
func TestOperationsThatDoNotEnd(t *testing.T) {
	const undone = "undo: {call: test.change, with: {name: undone}}"
	tests := []struct {
		name, header, step string
		opening            bool
		code               string
		outcome            connector.Outcome
		calls              string
	}{
		{"a step", "", "{call: deaf.change, timeout: 20ms, " + undone + "}", false, "Timeout", connector.OutcomeUnknown, "change:undone"},
		{"a step that reads", "", "{call: deaf.read, timeout: 20ms}", false, "Timeout", connector.OutcomeFailed, ""},
		{"a retry that may", "", "{call: deaf.change, timeout: 20ms, idempotent: true, retry: {attempts: 2, delay: 1ms, on: [timeout]}, " + undone + "}", false, "Timeout", connector.OutcomeUnknown, "change:undone"},
		{"a retry that may not", "", "{call: deaf.change, timeout: 20ms, retry: {attempts: 2, delay: 1ms, on: [timeout]}, " + undone + "}", false, "Timeout", connector.OutcomeUnknown, "change:undone"},
		{"within", "", "{call: deaf.change, retry: {attempts: 2, within: 20ms}, " + undone + "}", false, "Timeout", connector.OutcomeUnknown, "change:undone"},
		{"a block", "", "{try: [{call: deaf.change, " + undone + "}], timeout: 20ms, catch: [{if: '${false}', do: []}]}", false, "Timeout", connector.OutcomeUnknown, "change:undone"},
		{"a flow", "timeout: 20ms\n", "{call: deaf.change, " + undone + "}", false, "Timeout", connector.OutcomeUnknown, "change:undone"},
		{"two branches", "timeout: 20ms\n", "{parallel: {a: [{call: deaf.change}], b: [{call: deaf.read}]}}", false, "Timeout", "", ""},
		{"an undo", "timeout: 20ms\ncleanupTimeout: 20ms\n", "{try: [{call: test.change, undo: {call: deaf.change}}, {wait: 1m}], catch: [{if: '${false}', do: []}]}", false, "Timeout", "", "change:"},
		{"opening the connection", "", "{call: deaf.change, timeout: 20ms, " + undone + "}", true, "Timeout", connector.OutcomeFailed, ""},
	}
	for _, tt := range tests {
		text := "flow: f\n" + tt.header + "steps: [" + tt.step + "]\n"
		subtest(t, tt.name, func(t *testing.T) {
			d := &deaf{release: make(chan struct{}), ended: make(chan struct{}, 10), opening: tt.opening}
			r := &recorder{}
			failure := d.leftBehind(t, r, text, false)
			if failure.Code != tt.code || tt.outcome != "" && failure.Outcome != tt.outcome {
				t.Errorf("%s, outcome %s, want %s, %s", failure.Code, failure.Outcome, tt.code, tt.outcome)
			}
			if r.noted() != tt.calls {
				t.Errorf("calls: %s, want %s", r.noted(), tt.calls)
			}
		})
	}
	t.Run("on a journal", func(t *testing.T) {
		d := &deaf{release: make(chan struct{}), ended: make(chan struct{}, 10)}
		failure := d.leftBehind(t, &recorder{}, "flow: f\nsteps: [{call: deaf.change, timeout: 1s}]\n", true)
		if failure.Code != "Timeout" || failure.Outcome != connector.OutcomeUnknown {
			t.Errorf("%s, outcome %s", failure.Code, failure.Outcome)
		}
	})
}

// leftBehind runs a flow that leaves an operation behind, and then lets that
// end.
func (d *deaf) leftBehind(t *testing.T, r *recorder, text string, onJournal bool) *report.RunError {
	t.Helper()
	var events atomic.Int64
	var late atomic.Bool
	err := d.run(t, r, text, onJournal, func(e report.Event) {
		events.Add(1)
		if e.Type == report.StepLogged && e.Message == "too late" {
			late.Store(true)
		}
	})
	failure := report.AsRunError(err)
	if failure == nil {
		t.Fatal("the run succeeded")
	}
	if d.calls.Load() == 0 {
		t.Skip("the machine is too busy: the time was over before the operation was called")
	}
	if n := d.closed.Load(); n != 0 {
		t.Error("a connection was closed under an operation")
	}
	told := events.Load()
	close(d.release)
	for range d.calls.Load() {
		<-d.ended
	}
	soon(t, "the connection is closed", func() bool { return d.closed.Load() == 1 })
	if events.Load() != told || late.Load() {
		t.Error("an operation was heard that was left behind")
	}
	return failure
}

// A run without any time limit that is canceled does not wait for an operation that
// does not heed it either; where it changes something, it is owed.
func TestCanceledOperationsThatDoNotEnd(t *testing.T) {
	tests := map[string]struct {
		step    string
		outcome connector.Outcome
		calls   string
	}{
		"a change": {"{call: deaf.change, undo: {call: test.change, with: {name: undone}}}", connector.OutcomeUnknown, "change:undone"},
		"a read":   {"{call: deaf.read}", connector.OutcomeFailed, ""},
		"in a try": {"{try: [{call: deaf.read}], finally: [{call: test.change, with: {name: finally}}]}", connector.OutcomeFailed, "change:finally"},
		"an undo":  {"{try: [{call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undone}}}, {call: deaf.change}]}", connector.OutcomeUnknown, "change:a change:undone"},
	}
	for name, tt := range tests {
		subtest(t, name, func(t *testing.T) {
			d := &deaf{release: make(chan struct{}), ended: make(chan struct{}, 10)}
			r := &recorder{}
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				soon(t, "the operation is called", func() bool { return d.calls.Load() > 0 })
				cancel()
			}()
			err := d.runIn(ctx, t, r, "flow: f\nsteps: ["+tt.step+"]\n", false, nil)
			failure := report.AsRunError(err)
			if failure == nil || failure.Class != connector.ClassCanceled || (failure.Outcome == connector.OutcomeUnknown) != (tt.outcome == connector.OutcomeUnknown) {
				t.Errorf("%+v, want a canceled run with the outcome %s", failure, tt.outcome)
			}
			if r.noted() != tt.calls {
				t.Errorf("calls: %s, want %s", r.noted(), tt.calls)
			}
			close(d.release)
			<-d.ended
		})
	}
}

// An undo that hangs leaves time to those behind it.
func TestAnUndoThatHangsLeavesTime(t *testing.T) {
	d := &deaf{release: make(chan struct{}), ended: make(chan struct{}, 10)}
	r := &recorder{}
	failure := d.leftBehind(t, r, `flow: f
timeout: 20ms
cleanupTimeout: 4s
steps:
  - {id: a, call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}
  - {id: b, call: test.change, with: {name: b}, undo: {call: deaf.change}}
  - {id: c, call: test.change, with: {name: c}, undo: {call: test.change, with: {name: undo-c}}}
  - {wait: 10m}
`, false)
	if want := "change:a change:b change:c change:undo-c change:undo-a"; r.noted() != want {
		t.Errorf("calls: %s, want %s", r.noted(), want)
	}
	if strings.Join(failure.Undone, " ") != "/c /a" || strings.Join(failure.NotUndone, " ") != "/b" {
		t.Errorf("undone %v, not undone %v", failure.Undone, failure.NotUndone)
	}
}

// run runs a flow that is to end by itself.
func (d *deaf) run(t *testing.T, r *recorder, text string, onJournal bool, listen report.Listener) error {
	t.Helper()
	return d.runIn(t.Context(), t, r, text, onJournal, listen)
}

// runIn is run with a context.
func (d *deaf) runIn(ctx context.Context, t *testing.T, r *recorder, text string, onJournal bool, listen report.Listener) error {
	t.Helper()
	registry, err := connector.NewRegistry(append(r.registry(t).Connectors(), d.connector())...)
	if err != nil {
		t.Fatal(err)
	}
	flow, err := loadWith(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry)
	if err != nil {
		t.Fatal(err)
	}
	carry := flow.Run
	if onJournal {
		j := openJournal(t, filepath.Join(t.TempDir(), "test.db"))
		t.Cleanup(func() { _ = j.Close() })
		carry = func(ctx context.Context, inputs map[string]any, options ...flows.RunOption) (*flows.Result, error) {
			return j.Run(ctx, flow, inputs, options...)
		}
	}
	ended := make(chan error, 1)
	go func() {
		if listen == nil {
			listen = func(report.Event) {}
		}
		_, err := carry(ctx, nil, flows.WithListener(listen))
		ended <- err
	}()
	select {
	case err := <-ended:
		return err
	case <-time.After(time.Minute):
		close(d.release)
		t.Fatal("the run does not end")
		return nil
	}
}

// soon waits until something is true.
func soon(t *testing.T, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("it is not so that " + what)
		}
	}
}

// An operation that ends within a moment after its time is told apart from one
// that does not.
func TestOperationsThatEndLate(t *testing.T) {
	r := &recorder{}
	said := false
	_, err := run(t, r, "flow: f\nsteps: [{call: test.toil, with: {for: 1m, name: x}, timeout: 20ms}]", nil,
		flows.WithListener(func(e report.Event) { said = said || strings.Contains(e.Message, "does not end") }))
	if report.AsRunError(err) == nil || r.noted() != "stopped:x" || said {
		t.Errorf("%v, calls %s", err, r.noted())
	}
}
