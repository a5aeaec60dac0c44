package main

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/devserver"
)

// A run that failed begins anew from a step by what its history says: what it did
// before is kept, and nothing of it is called.
func testRestart(t *testing.T, server *devserver.Server) {
	b := newBench(t, server, "api=a-declared-secret")
	b.worker()
	path := b.flow(`flow: restarted
inputs: {bad: {type: boolean, default: true}}
secrets: {api: {}}
steps:
  - {id: one, call: probe.step, with: {name: one, value: "Bearer ${secrets.api}"}}
  - {id: ok, wait: {signal: approval, timeout: 1m, accepts: {by: {type: string}}}}
  - {id: all, forEach: "${1..5}", concurrency: 2, do: [{id: x, call: probe.read, with: {name: item, value: "${item}"}}], collect: "${steps.x}"}
  - {id: two, call: probe.step, with: {name: two, fail: "${ctx.bad}", value: "${steps.one == 'Bearer ' + secrets.api}"}}
  - {id: three, call: probe.step, with: {name: three}}
output: "${[steps.two, sum(steps.all), steps.ok.by, run.id]}"
`)
	where := []string{"--temporal", server.Address}
	b.must(path, "--id", "again", "--detach")
	command := func(code int, says string, args ...string) string {
		t.Helper()
		c := b.start(append(append([]string{"runs"}, args...), where...)...)
		if got := c.code(t); got != code || !strings.Contains(c.err.String(), says) {
			t.Errorf("%v: exit code %d, want %d and %q:\n%s", args, got, code, says, c.err.String())
		}
		return strings.Join(strings.Fields(c.out.String()), "")
	}
	command(2, "run again is running", "restart", "again")
	command(0, "", "signal", "again", "approval", "-i", "by=Ada")
	if c := b.start(append([]string{"attach", "again"}, where...)...); c.code(t) != 1 {
		t.Fatalf("it did not fail: %s", c.err.String())
	}
	command(2, "the run did not come to it", "restart", "again", "--from", "/three")
	command(2, "give it to the workers", "restart", "again", "--functions", "f.yaml", "--local")
	command(2, "did not begin in a sandbox", "restart", "again", "--local")
	command(2, "the server knows no run nobody", "restart", "nobody")
	command(2, "leave one out", "restart", "again", "--journal", "runs.db")
	command(1, "begins anew from /two, as run again.2", "restart", "again")
	out := command(0, "begins anew from /two, as run again.3", "restart", "again.2", "-i", "bad=false")
	if out != `[true,15,"Ada","again"]` {
		t.Errorf("the output is %s", out)
	}
	command(2, "only the newest can be restarted", "restart", "again")
	command(2, "run again.3 is done", "restart", "again.3")
	counts := map[string]int{}
	for _, name := range b.calls() {
		counts[name]++
	}
	if counts["one"] != 1 || counts["item"] != 5 || counts["two"] != 3 || counts["three"] != 1 {
		t.Errorf("calls: %v", counts)
	}
	mustNotHold(t, server.Folder, "a-declared-secret")
}
