package explore_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/flows/explore"
)

// what the world remembers: the line of the table that tells it, by step and
// fault.
var remembered = []struct {
	name, steps, answers string
	step, fault, did     string
}{
	{
		name:  "an alias that was made though nobody knows cannot be made again",
		steps: `[{id: alias, call: lambda.createAlias, with: {functionName: f, name: live, functionVersion: "1"}, idempotent: true, retry: {attempts: 2, on: [unavailable]}}]`,
		step:  "/alias", fault: "ServiceException (unavailable), unknown, done", did: "failed (ResourceConflictException); retried; left behind /alias",
	},
	{
		name:  "one that was not made can be",
		steps: `[{id: alias, call: lambda.createAlias, with: {functionName: f, name: live, functionVersion: "1"}, idempotent: true, retry: {attempts: 2, on: [unavailable]}}]`,
		step:  "/alias", fault: "ServiceException (unavailable), unknown, not done", did: "done; retried",
	},
	{
		name: "what was not made cannot be removed",
		steps: `[{id: grant, call: lambda.addPermission, with: {functionName: f, statementId: s, action: "lambda:InvokeFunction", principal: s3.amazonaws.com},
			undo: {call: lambda.removePermission, with: {functionName: f, statementId: s}}}]`,
		step: "/grant", fault: "ServiceException (unavailable), unknown, not done", did: "failed (ServiceException); not undone /grant",
	},
	{
		name: "what was made can",
		steps: `[{id: grant, call: lambda.addPermission, with: {functionName: f, statementId: s, action: "lambda:InvokeFunction", principal: s3.amazonaws.com},
			undo: {call: lambda.removePermission, with: {functionName: f, statementId: s}}}]`,
		step: "/grant", fault: "ServiceException (unavailable), unknown, done", did: "failed (ServiceException); undone /grant",
	},
	{
		name: "what the process was at when it died is there",
		steps: `[{id: grant, call: lambda.addPermission, with: {functionName: f, statementId: s, action: "lambda:InvokeFunction", principal: s3.amazonaws.com},
			undo: {call: lambda.removePermission, with: {functionName: f, statementId: s}}}]`,
		step: "/grant", fault: "killed during the call, done", did: "failed (ResourceConflictException); undone /grant",
	},
	{
		name: "with a function its aliases go",
		steps: `[{id: alias, call: lambda.createAlias, with: {functionName: f, name: live, functionVersion: "1"}}, {try: [{id: look, call: lambda.getAccountSettings}],
			catch: [{do: [{call: lambda.deleteFunction, with: {functionName: f}}, {id: again, call: lambda.getAlias, with: {functionName: f, name: live}}]}]}]`,
		step: "/2/try/look", fault: "ServiceException (unavailable)", did: "failed (ResourceNotFoundException); left behind /alias, /2/catch[0]/1",
	},
	{
		name: "functions of two connections are two",
		steps: `[{id: alias, call: lambda.createAlias, with: {functionName: f, name: live, functionVersion: "1"}},
			{id: other, call: lambda.createAlias, connection: {region: us-east-1}, with: {functionName: f, name: live, functionVersion: "1"}}]`,
		step: "/other", fault: "killed after the call", did: "done",
	},
	{
		name:    "of what a test says otherwise nothing is known",
		steps:   `[{id: one, call: lambda.createAlias, with: {functionName: f, name: live, functionVersion: "1"}}, {id: two, call: lambda.createAlias, with: {functionName: f, name: live, functionVersion: "1"}}]`,
		step:    "/one",
		fault:   "killed during the call, done",
		did:     "done; left behind /one",
		answers: "\n      - {step: two, result: {Name: live}}",
	},
	{
		name: "what is refused in the test works where it has not happened",
		steps: `[{try: [{id: one, call: lambda.createAlias, with: {functionName: f, name: live, functionVersion: "1"}}], catch: [{do: [{call: log.info, with: {message: no}}]}]},
			{try: [{id: two, call: lambda.createAlias, with: {functionName: f, name: live, functionVersion: "1"}}], catch: [{on: [ResourceConflictException], do: [{call: log.info, with: {message: no}}]}]}]`,
		answers: "\n      - {step: two, error: {code: ResourceConflictException}}",
		step:    "/1/try/one", fault: "ServiceException (unavailable), unknown, not done", did: "done; caught",
	},
}

func TestWorldRemembers(t *testing.T) {
	reg := registry(t)
	for _, r := range remembered {
		t.Run(r.name, func(t *testing.T) {
			tests := "tests:\n  - name: green\n    answers:" + r.answers + `
      - {call: lambda.createAlias, result: {Name: live}}
      - {call: lambda.getAlias, result: {Name: live}}
      - {call: lambda.addPermission, result: {}}
      - {call: lambda.removePermission, result: {}}
      - {call: lambda.deleteFunction, result: {}}
      - {call: lambda.getAccountSettings, result: {}}
`
			flow := "flow: f\nconnections: {lambda: {region: eu-west-1}}\nsteps: " + r.steps + "\n"
			fsys := fstest.MapFS{"f.yaml": {Data: []byte(flow)}, "f.test.yaml": {Data: []byte(tests)}}
			report := explore.Suite(t.Context(), load(t, fsys, "f.test.yaml", reg), explore.Options{}).Tests[0]
			var all strings.Builder
			for _, row := range report.Rows {
				for _, fault := range row.Faults {
					if row.Step == r.step && fault == r.fault && row.Did == r.did {
						return
					}
				}
				all.WriteString(row.Step + ": " + row.Did + ": " + strings.Join(row.Faults, "; ") + "\n")
			}
			t.Errorf("%s there is not in the table:\n%s", report.Skipped, &all)
		})
	}
}

// TestForgetfulServices: where services keep no keys, what was under way at a kill
// is changed once more, with the same key, and the table says so.
func TestForgetfulServices(t *testing.T) {
	reg := registry(t)
	for _, c := range []struct {
		test, did string
	}{
		{"", "done"},
		{"\n    dedupes: false", "done; left behind /pay"},
	} {
		fsys := fstest.MapFS{
			"f.yaml":      {Data: []byte("flow: f\nsteps: [{id: pay, call: http.request, with: {method: POST, url: \"https://a.example/p\"}}]\n")},
			"f.test.yaml": {Data: []byte("tests:\n  - name: green\n    answers: [{step: pay, result: {status: 201}}]" + c.test + "\n")},
		}
		report := explore.Suite(t.Context(), load(t, fsys, "f.test.yaml", reg), explore.Options{Strict: true}).Tests[0]
		got := ""
		for _, row := range report.Rows {
			for _, fault := range row.Faults {
				if fault == "killed during the call, done" {
					got = row.Did
				}
			}
		}
		if got != c.did {
			t.Errorf("%q: %q, want %q", c.test, got, c.did)
		}
		for _, f := range report.Findings {
			if f.Rule == "key" || f.Rule == "changed-twice" {
				t.Errorf("%q: %s", c.test, f)
			}
		}
	}
}
