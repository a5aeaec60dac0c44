package faults

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	os.Exit(m.Run())
}

// bare knows a flow whose steps have undos, and whose try /t has a finally.
type bare struct{}

func (bare) Static(path string) string { return path }
func (bare) HasUndo(string) bool       { return true }
func (bare) Finally(path string) string {
	return map[string]string{"/t": "/t/finally/1"}[path]
}

// silent is a run that answers nothing itself and is stopped by nobody.
type silent struct{ stopped runtime.Cause }

func (s *silent) Stop(cause runtime.Cause) { s.stopped = cause }
func (*silent) Own(int) *Reply             { return &Reply{Result: map[string]any{}} }

// played is a run that an interpreter could make that does something wrong.
type played struct {
	t   *testing.T
	w   *World
	d   silent
	now time.Time
}

func (p *played) call(step, key string, once bool) {
	p.t.Helper()
	op := &connector.Operation{Name: "pay.charge", Effect: connector.EffectMutating}
	a := runtime.Attempt{Path: step, Number: 1, Operation: op, IdempotencyKey: key, AtMostOnce: once}
	reply, ok := p.w.Attempt(p.now, a, &p.d)
	if ok && p.w.Strike(p.now, reply.Call, &p.d) {
		p.w.Ended(p.now, step, reply.Result, reply.Err, &p.d)
	}
}

func (p *played) event(kind report.EventType, step, verb string) {
	p.w.Event(report.Event{Type: kind, Step: step, Verb: verb})
}

// wrongs are what an interpreter must not do, with the rule that finds it.
var wrongs = []struct {
	name, rule string
	plan       []Fault
	run        func(p *played)
	failed     bool
}{
	{"another key after a kill", "key", []Fault{{Step: "/a", Attempt: 1, Kind: Killed, Done: true}}, func(p *played) {
		p.call("/a", "k-1", false)
		p.w.Resume()
		p.call("/a", "k-2", false)
	}, false},
	{"another key for what is known", "key", []Fault{{Step: "/b", Attempt: 1, Kind: Killed}}, func(p *played) {
		p.call("/a", "k-1", false)
		p.call("/b", "k-2", false)
		p.w.Resume()
		p.call("/a", "k-3", false)
	}, false},
	{"another key for the next attempt", "key", nil, func(p *played) {
		p.call("/a", "k-1", false)
		p.call("/a", "k-2", false)
	}, false},
	{"made again though it may have happened", "at-most-once", []Fault{{Step: "/a", Attempt: 1, Kind: Fails, Code: "Down", Class: connector.ClassUnavailable, Unknown: true}}, func(p *played) {
		p.call("/a", "k", true)
		p.call("/a", "k", true)
	}, false},
	{"an undo that is forgotten", "lost-undo", nil, func(p *played) { p.call("/a", "k", false) }, true},
	{"an undo twice", "undone-twice", nil, func(p *played) {
		p.call("/a", "k", false)
		p.event(report.UndoFinished, "/a", "")
		p.event(report.UndoFinished, "/a", "")
	}, true},
	{"undos in the order of the steps", "undo-order", nil, func(p *played) {
		p.call("/a", "k", false)
		p.call("/b", "l", false)
		p.event(report.UndoFinished, "/a", "")
		p.event(report.UndoFinished, "/b", "")
	}, true},
	{"a finally that does not run", "finally", nil, func(p *played) { p.event(report.StepStarted, "/t", "try") }, false},
	{"a secret in a log line", "secret", nil, func(p *played) {
		p.w.Event(report.Event{Type: report.StepLogged, Step: "/a", Message: "with token-0123456789"})
	}, false},
	{"nothing", "", nil, func(p *played) {
		p.call("/a", "k", false)
		p.call("/b", "l", true)
		p.event(report.UndoFinished, "/b", "")
		p.event(report.UndoFinished, "/a", "")
	}, true},
}

// TestViolations: each of the things that must not be is seen.
func TestViolations(t *testing.T) {
	for _, c := range wrongs {
		t.Run(c.name, func(t *testing.T) {
			p := &played{t: t, w: New(Plan{Faults: c.plan}, bare{}, nil), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
			c.run(p)
			end := &End{World: p.w, Start: p.now}
			if c.failed {
				end.Err = report.AsRunError(&connector.Error{Code: "End"})
			}
			var rules []string
			for _, v := range end.Violations(false, []string{"token-0123456789"}) {
				rules = append(rules, v.Rule)
			}
			if got := strings.Join(rules, " "); got != c.rule {
				t.Errorf("%q, want %q", got, c.rule)
			}
		})
	}
}

// TestExitCode: a code that does not tell how a run ended is seen.
func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		failed, listed bool
		code           int
		wrong          bool
	}{
		{false, false, 0, false},
		{false, false, 1, true},
		{true, false, 0, true},
		{true, false, 1, false},
		{true, false, 130, false},
		{true, false, 3, true},
		{true, true, 3, false},
		{true, true, 1, true},
		{true, true, 0, true},
	} {
		p := &played{t: t, w: New(Plan{}, bare{}, nil), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		p.call("/a", "k", false)
		end := &End{World: p.w, Start: p.now}
		if c.failed {
			end.Err = report.AsRunError(&connector.Error{Code: "End"})
		}
		if c.listed {
			p.w.Event(report.Event{Type: report.FlowFailed, Err: &report.RunError{NotUndone: []string{"/a"}}})
		}
		if got := end.ExitCode(c.code); len(got) > 0 != c.wrong {
			t.Errorf("failed %t, listed %t, code %d: %v", c.failed, c.listed, c.code, got)
		}
	}
}
