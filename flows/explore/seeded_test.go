package explore_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/explore"
)

type (
	chargeIn struct {
		Amount int64  `param:"amount"`
		Item   string `param:"item"`
	}
	chargeOut struct {
		ID   string `param:"id"`
		Done bool   `param:"done"`
	}
)

// never is the body of every operation: an exploration calls none.
func never(context.Context, chargeIn) (chargeOut, error) { panic("a real operation was called") }

// pay has operations that change something and send no key.
func pay() *connector.Connector {
	c := &connector.Connector{Name: "pay", Summary: "Operations that must not be called."}
	for _, name := range []string{"charge", "refund", "reserve", "release", "ship", "lock", "unlock"} {
		op := connector.Op("pay."+name, "Do it.", never)
		does := map[string]connector.Deed{"lock": connector.Makes, "unlock": connector.Removes, "refund": connector.Needs}[name]
		if does != "" {
			op.Touches = func(map[string]any) []connector.Touch {
				return []connector.Touch{{Thing: "lock", Does: does, Code: "LockState"}}
			}
		}
		c.Operations = append(c.Operations, op)
	}
	c.Operations = append(c.Operations, connector.Op("pay.look", "Look.", never, connector.WithEffect(connector.EffectReadOnly)))
	return c
}

// seeded are flows that are wrong, each in a way that its green test does not
// see, with the rule by which an exploration does.
var seeded = []struct {
	name, flow, test string
	options          explore.Options
	rule, schedule   string
	id               string // in answers; x-1 without it
	mended           string // the flow as it should be; empty where it is not looked at
}{
	{
		name: "the undos of two steps are swapped", rule: "always", schedule: "/reserve",
		flow: `[{id: reserve, call: pay.reserve, undo: {call: pay.refund}}, {id: charge, call: pay.charge, undo: {call: pay.release}}, {call: pay.ship}]`,
		test: `always: ["${calls('pay.refund').attempts <= calls('pay.charge').attempts}"]`,
	},
	{
		name: "a charge is made again after a resume", rule: "always", schedule: "killed during the call, done",
		flow: `[{id: charge, call: pay.charge}]`,
		test: `always: ["${calls('pay.charge').changed <= 1}"]`,
	},
	{
		name: "a branch charges while another one fails", rule: "always", schedule: "/1/stock/1: Throttled, after /1/money/",
		flow: `[{parallel: {stock: [{call: pay.look}], money: [{id: charge, call: pay.charge}, {call: pay.ship}]}}]`,
		test: `always: ["${run.outcome != 'failed' or calls('pay.ship').succeeded == 0}"]`,
	},
	{
		name: "a catch takes what it should not", rule: "always", schedule: "/1/try/1",
		flow: `[{try: [{call: pay.charge}], catch: [{do: [{call: log.info, with: {message: it was paid already}}]}]}, {call: pay.ship}]`,
		test: `always: ["${calls('pay.ship').attempts == 0 or calls('pay.charge').changed > 0}"]`,
	},
	{
		name: "a call has no time limit", rule: "no-limit", schedule: "no answer", options: explore.Options{Strict: true},
		flow: `[{id: look, call: pay.look}]`,
	},
	{
		name: "an item is lost", rule: "always", schedule: "/ship",
		flow: `[{id: all, forEach: [a, b, c], as: item, onError: collect, do: [{id: ship, call: pay.ship, with: {item: "${item}"}}]}]`,
		test: `always: ["${run.outcome != 'done' or calls('pay.ship').succeeded == 3}"]`,
	},
	{
		name: "a charge that may have worked is repeated", rule: "always", schedule: "unknown, done",
		flow: `[{id: charge, call: pay.charge, idempotent: true, retry: 3}]`,
		test: `always: ["${run.outcome != 'done' or calls('pay.charge').changed <= 1}"]`,
	},
	{
		name: "a step has no undo", rule: "left-behind", schedule: "/ship", options: explore.Options{Strict: true},
		flow: `[{id: charge, call: pay.charge, timeout: 5s}, {id: ship, call: pay.ship, timeout: 5s}]`,
	},
	{
		name: "an undo needs an answer that can get lost", rule: "always", schedule: "/charge: ",
		flow: `[{id: charge, call: pay.charge, undo: {call: pay.refund, with: {item: "${result.id}"}}}, {call: pay.ship}]`,
		test: `always: ["${run.outcome == 'done' or calls('pay.charge').changed == 0}"]`,
	},
	{
		name: "an undo is not tried again", rule: "always", schedule: "/charge/undo/1", options: explore.Options{Depth: 2},
		flow: `[{id: charge, call: pay.charge, undo: {call: pay.refund}}, {id: ship, call: pay.ship}]`,
		test: `always: ["${run.outcome == 'done' or calls('pay.charge').changed == 0 or calls('pay.refund').attempts > 1 or calls('pay.ship').attempts == 0}"]`,
	},
	{
		name: "a lock is given back at the end alone", rule: "always", schedule: "/charge",
		flow: `[{call: pay.lock}, {id: charge, call: pay.charge}, {call: pay.unlock}]`,
		test: `always: ["${calls('pay.lock').succeeded <= calls('pay.unlock').attempts}"]`,
	},
	{
		name: "a try charges again", rule: "always", schedule: "/ship",
		flow: `[{try: [{call: pay.charge}, {id: ship, call: pay.ship}], retry: 3}]`,
		test: `always: ["${calls('pay.charge').succeeded <= 1}"]`,
	},
	{
		name: "the undos in one list are in the wrong order", rule: "always", schedule: "/ship",
		flow:   `[{id: lock, call: pay.lock}, {id: charge, call: pay.charge, undo: [{call: pay.unlock}, {call: pay.refund}]}, {id: ship, call: pay.ship}, {call: pay.unlock}]`,
		mended: `[{id: lock, call: pay.lock}, {id: charge, call: pay.charge, undo: [{call: pay.refund}, {call: pay.unlock}]}, {id: ship, call: pay.ship}, {call: pay.unlock}]`,
		test:   `always: ["${run.outcome != 'failed' or calls('pay.ship').attempts == 0 or calls('pay.ship').succeeded > 0 or calls('pay.charge').changed == 0}"]`,
	},
	{
		name: "two branches race for one lock", rule: "order", schedule: "another order",
		flow: `[{parallel: {a: [{id: lock, call: pay.lock}], b: [{id: look, call: pay.look}, {id: charge, call: pay.charge}, {id: refund, call: pay.refund}]}}]`,
	},
	{
		name: "a branch needs what another one removes", rule: "order", schedule: "another order",
		flow: `[{parallel: {a: [{id: refund, call: pay.refund}], b: [{id: unlock, call: pay.unlock}]}}]`,
	},
	{
		name: "a branch removes what another one needs", rule: "order", schedule: "another order",
		flow: `[{parallel: {a: [{id: unlock, call: pay.unlock}], b: [{id: refund, call: pay.refund}]}}]`,
	},
	{
		name: "an undo takes back something else", rule: "undo-missed", schedule: "/lock: ", options: explore.Options{Strict: true},
		flow: `[{id: lock, call: pay.lock, undo: {call: pay.release}}, {id: ship, call: pay.ship, undo: {call: pay.refund}}]`,
	},
	{
		name: "a token stands in an error", rule: "secret", schedule: "/2/try/charge",
		flow: `[{id: login, call: pay.look}, {try: [{id: charge, call: pay.charge, with: {item: "${steps.login.id}"}}],
			catch: [{do: [{fail: {code: NotPaid, message: "with ${steps.login.id}: ${error.code}"}}]}]}]`,
		mended: `[{id: login, call: pay.look, sensitive: true}, {try: [{id: charge, call: pay.charge, with: {item: "${steps.login.id}"}}],
			catch: [{do: [{fail: {code: NotPaid, message: "with ${steps.login.id}: ${error.code}"}}]}]}]`,
		test: `hides: [token-0123456789]`, id: "token-0123456789",
	},
	{
		name: "a token stands in a log line", rule: "secret", schedule: "/2/try/charge",
		flow: `[{id: login, call: pay.look}, {try: [{id: charge, call: pay.charge}], catch: [{do: [{call: log.warn, with: {message: not paid, fields: {with: "${steps.login.id}"}}}]}]}]`,
		mended: `[{id: login, call: pay.look, sensitive: true}, {try: [{id: charge, call: pay.charge}],
			catch: [{do: [{call: log.warn, with: {message: not paid, fields: {with: "${steps.login.id}"}}}]}]}]`,
		test: `hides: [token-0123456789]`, id: "token-0123456789",
	},
	{
		name: "a loop goes on for ever", rule: "hang", schedule: "look: ",
		flow: `[{repeat: [{set: {done: false}}, {try: [{id: look, call: pay.look}, {set: {done: "${steps.look.done ?? false}"}}], catch: [{do: [{call: log.info, with: {message: again}}]}]}], until: "${ctx.done}", every: 1s}]`,
	},
	{
		name: "a step waits for ever", rule: "waits", schedule: "signal 1", options: explore.Options{Strict: true},
		flow: `[{id: go, wait: {signal: go}}]`,
		test: `signals: [{signal: go, after: 1m}]`,
	},
}

// TestSeededFlows: what is wrong in a flow, and its green test does not see, is
// found.
func TestSeededFlows(t *testing.T) {
	reg := registry(t, pay())
	for _, s := range seeded {
		t.Run(s.name, func(t *testing.T) {
			tests := "tests:\n  - name: green\n    answers:\n"
			for _, op := range pay().Operations {
				tests += "      - {call: " + op.Name + ", result: {id: " + cmp.Or(s.id, "x-1") + ", done: true}}\n"
			}
			files := func(flow string) fstest.MapFS {
				return fstest.MapFS{
					"f.yaml": {Data: []byte("flow: f\nsteps: " + flow + "\n")}, "f.test.yaml": {Data: []byte(tests + "    " + s.test + "\n")},
				}
			}
			if s.mended != "" {
				for _, f := range explore.Suite(t.Context(), load(t, files(s.mended), "f.test.yaml", reg), s.options).Tests[0].Findings {
					t.Errorf("the mended flow: %s", f)
				}
			}
			fsys := files(s.flow)
			report := explore.Suite(t.Context(), load(t, fsys, "f.test.yaml", reg), s.options).Tests[0]
			if report.Skipped != "" {
				t.Fatal(report.Skipped)
			}
			var all strings.Builder
			found := slices.ContainsFunc(report.Findings, func(f *explore.Finding) bool {
				all.WriteString(f.String())
				return f.Rule == s.rule && strings.Contains(strings.Join(f.Schedule, "\n"), s.schedule)
			})
			if !found {
				t.Errorf("of %d schedules, this was found:\n%s", report.Ran, &all)
			}
			pasted(t, fsys, reg, report)
		})
	}
}

// pasted holds that each test that is printed can be pasted, and is red then.
func pasted(t *testing.T, fsys fstest.MapFS, reg *connector.Registry, report *explore.TestReport) {
	t.Helper()
	for _, f := range report.Findings {
		if f.Test == "" {
			continue
		}
		with := fstest.MapFS{
			"f.yaml":      fsys["f.yaml"],
			"f.test.yaml": {Data: append(slices.Clone(fsys["f.test.yaml"].Data), f.Test...)},
		}
		outcomes := load(t, with, "f.test.yaml", reg).Run(t.Context()).Outcomes
		if last := outcomes[len(outcomes)-1]; last.OK() {
			t.Errorf("the pasted test is green:\n%s", f.Test)
		}
	}
}
