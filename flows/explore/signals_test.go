package explore_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/flows/explore"
)

// signalled are flows that are wrong where a signal comes otherwise than in their
// green test, or while they wait.
var signalled = []struct {
	name, flow, test string
	options          explore.Options
	rule, schedule   string
}{
	{
		name: "missing", rule: "waits", schedule: "signal 1: the signal never comes", options: explore.Options{Strict: true},
		flow: `[{id: go, wait: {signal: go, timeout: 9h}}, {id: end, wait: {signal: end}}]`,
		test: `signals: [{signal: end, after: 1m}, {signal: go, after: 1m}]`,
	},
	{
		name: "early: goods leave before they are paid", rule: "always", schedule: "signal 1: the signal comes early",
		flow: `[{parallel: {money: [{wait: 1h}, {call: pay.charge}], goods: [{wait: {signal: packed}}, {call: pay.ship},
			{if: "${now() - run.startedAt < '1h'}", then: [{call: pay.look}]}]}}]`,
		test: `signals: [{signal: packed, after: 2h}]
    always: ["${calls('pay.look').attempts == 0}"]`,
	},
	{
		name: "late: nobody said yes, and it ships", rule: "always", schedule: "signal 1: ", // never, or late
		flow: `[{try: [{id: yes, wait: {signal: yes, timeout: 48h}}, {call: pay.charge}], catch: [{on: [SignalTimeout], do: [{call: log.info, with: {message: late}}]}]}, {call: pay.ship}]`,
		test: `signals: [{signal: yes, after: 1h}]
    always: ["${calls('pay.ship').attempts <= calls('pay.charge').attempts}"]`,
	},
	{
		name: "twice the same: nothing happens", rule: "",
		flow: `[{id: yes, wait: {signal: yes, accepts: {n: {type: integer, required: true}}}}, {call: pay.charge}, {id: again, wait: {signal: done, timeout: 1h}}]`,
		test: `signals: [{signal: yes, after: 1h, with: {n: 1}}, {signal: done, after: 1h}]
    always: ["${calls('pay.charge').succeeded <= 1}"]`,
	},
	{
		name: "canceled while it waits", rule: "always", schedule: "/yes: canceled during the wait",
		flow: `[{call: pay.lock}, {id: yes, wait: {signal: yes}}, {call: pay.unlock}]`,
		test: `signals: [{signal: yes, after: 1h}]
    always: ["${run.outcome != 'canceled' or calls('pay.lock').succeeded == calls('pay.unlock').attempts}"]`,
	},
	{
		name: "the run's time is over while it waits", rule: "always", schedule: "/pause: the run's time is over",
		flow: `[{call: pay.lock}, {id: pause, wait: 10m}, {call: pay.unlock}]`,
		test: `always: ["${run.outcome != 'failed' or calls('pay.lock').succeeded == 0 or calls('pay.unlock').attempts > 0 or calls('pay.look').attempts > 0}"]`,
	},
	{
		name: "killed while it waits, and nothing happens", rule: "",
		flow: `[{id: one, call: pay.charge, retry: 3}, {id: yes, wait: {signal: yes, timeout: 48h}}, {repeat: [{id: look, call: pay.look}], until: "${steps.look.done}", every: 1m}]`,
		test: `signals: [{signal: yes, after: 1h}]`,
	},
}

// TestSignalsAndWaits: signals that come early, late, not or twice, and what
// befalls a run while it waits.
func TestSignalsAndWaits(t *testing.T) {
	reg := registry(t, pay())
	for _, s := range signalled {
		t.Run(s.name, func(t *testing.T) {
			tests := "answers:\n"
			for _, op := range pay().Operations {
				tests += "  - {call: " + op.Name + ", result: {id: x-1, done: true}}\n"
			}
			tests += "tests:\n  - name: green\n    " + s.test + "\n"
			fsys := fstest.MapFS{"f.yaml": {Data: []byte("flow: f\nsteps: " + s.flow + "\n")}, "f.test.yaml": {Data: []byte(tests)}}
			suite := load(t, fsys, "f.test.yaml", reg)
			report := explore.Suite(t.Context(), suite, s.options).Tests[0]
			if report.Skipped != "" {
				t.Fatalf("%s: %s", report.Skipped, suite.Tests()[0].Run(t.Context()))
			}
			var all strings.Builder
			found := s.rule == "" && len(report.Findings) == 0 || slices.ContainsFunc(report.Findings, func(f *explore.Finding) bool {
				return f.Rule == s.rule && strings.Contains(strings.Join(f.Schedule, "\n"), s.schedule)
			})
			for _, f := range report.Findings {
				all.WriteString(f.String())
			}
			for _, row := range report.Rows {
				all.WriteString(row.Step + ": " + row.Did + ": " + strings.Join(row.Faults, "; ") + "\n")
			}
			if !found {
				t.Errorf("of %d schedules, this was found:\n%s", report.Ran, &all)
			}
			pasted(t, fsys, reg, report)
		})
	}
}

// TestSignalFaults: which faults a signal has, and what a flow does with them.
func TestSignalFaults(t *testing.T) {
	suite := load(t, fstest.MapFS{
		"f.yaml": {Data: []byte(`flow: f
steps:
  - {id: yes, wait: {signal: yes, timeout: 48h, accepts: {kind: {type: string, enum: [a, b]}, n: {type: integer, maximum: 1}}}}
  - {id: bare, wait: {signal: bare, timeout: 1h}}
output: "${steps.yes.kind}"
`)},
		"f.test.yaml": {Data: []byte(`tests:
  - name: green
    signals: [{signal: yes, after: 1h, with: {kind: a}}, {signal: bare}]
    expect: {output: a}
`)},
	}, "f.test.yaml", registry(t))
	report := explore.Suite(t.Context(), suite, explore.Options{}).Tests[0]
	got := map[string]string{}
	for _, row := range report.Rows {
		for _, fault := range row.Faults {
			got[row.Step+": "+fault] = row.Did
		}
	}
	want := map[string]string{
		"signal yes: the signal never comes":                   "failed (SignalTimeout)",
		"signal yes: the signal comes early":                   "done",
		"signal yes: the signal comes late":                    "failed (SignalTimeout)",
		"signal yes: the signal comes twice":                   "done",
		"signal yes: the signal comes again with other values": "done",
		// One that is there from the beginning cannot be earlier, and one without
		// values has no others.
		"signal bare: the signal never comes": "failed (SignalTimeout)",
		"signal bare: the signal comes late":  "failed (SignalTimeout)",
		"signal bare: the signal comes twice": "done",
	}
	for what, did := range want {
		if got[what] != did {
			t.Errorf("%s: %q, want %q", what, got[what], did)
		}
	}
	for what := range got {
		if _, known := want[what]; !known && strings.HasPrefix(what, "signal ") {
			t.Errorf("%s is tried: %s", what, got[what])
		}
	}
	for _, what := range []string{"canceled during the wait", "the run's time is over", "killed during the wait"} {
		if got["/yes: "+what] == "" {
			t.Errorf("%s is not tried", what)
		}
	}
}
