package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/devserver"
)

// A run is given its signals by the command, which types their values by the
// program in the history. What no run of the flow takes is refused also where
// there is no worker, and where what the run began with is in a store.
func testSignals(t *testing.T, server *devserver.Server) {
	b := newBench(t, server)
	store := filepath.Join(b.folder, "store")
	if err := os.Mkdir(store, 0o700); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(b.folder, "large")
	if err := os.WriteFile(large, []byte(strings.Repeat("x", 200<<10)), 0o600); err != nil {
		t.Fatal(err)
	}
	path := b.flow(`flow: approval
inputs: {note: {type: string}}
steps:
  - {id: ok, wait: {signal: approval, accepts: {approved: {type: boolean, required: true}, by: {type: string}, pin: {type: secret}}}}
  - {id: item, wait: {signal: item, key: o-17, accepts: {n: {type: integer}}}}
  - {id: last, wait: {signal: last}}
output: "${steps.ok.by} said ${steps.ok.approved} to o-17: ${steps.item.n + 1}"
`)
	where := []string{"--temporal", server.Address, "--store", store}
	b.must(path, "-i", "note=@"+large, "--id", "signaled", "--detach", "--store", store)
	signal := func(code int, says string, args ...string) {
		t.Helper()
		c := b.start(append(append([]string{"runs", "signal"}, args...), where...)...)
		if got := c.code(t); got != code || !strings.Contains(c.err.String(), says) {
			t.Errorf("%v: exit code %d, want %d and %q:\n%s", args, got, code, says, c.err.String())
		}
	}
	signal(2, `did you mean "approval"`, "signaled", "aproval", "-i", "approved=true")
	signal(2, `approved: expected a boolean`, "signaled", "approval", "-i", "approved=perhaps")
	signal(2, `it is given with a key`, "signaled", "item")
	signal(2, `the server knows no run nobody`, "nobody", "approval")
	signal(2, `leave one out`, "signaled", "approval", "--journal", "runs.db")
	b.worker("--store", store)
	signal(2, `MEDLAR_TEMPORAL_KEY`, "signaled", "approval", "-i", "approved=true", "-i", "pin=a-secret-pin")
	signal(0, "", "signaled", "item", "--key", "o-17", "-i", "n=41") // early
	signal(0, "", "signaled", "approval", "-i", "approved=true", "-i", "by=Ada")
	signal(0, "", "signaled", "approval", "-i", "by=Ada", "-i", "approved=true") // again
	signal(1, "with other values", "signaled", "approval", "-i", "approved=false")
	signal(0, "", "signaled", "last")
	c := b.start(append([]string{"attach", "signaled"}, where...)...)
	if code := c.code(t); code != 0 || c.out.String() != "\"Ada said true to o-17: 42\"\n" {
		t.Errorf("exit code %d, output %s\n%s", code, c.out.String(), c.err.String())
	}
	signal(1, "the run is done", "signaled", "last")
	mustNotHold(t, server.Folder, "a-secret-pin")
}
