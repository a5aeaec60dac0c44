package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/devserver"
)

// TestOnServer runs what needs a server, but does not harm it, on one.
func TestOnServer(t *testing.T) {
	server := devserver.Start(t)
	tests := []struct {
		name string
		test func(*testing.T, *devserver.Server)
	}{
		{"examples", testExamples},
		{"items", testItems},
		{"two workers", testTwoWorkers},
		{"cancel", testCancel},
		{"cancel by the server", testCancelByServer},
		{"lost worker", testLostWorker},
		{"enough", testEnough},
		{"attach", testAttach},
		{"signals", testSignals},
		{"restart", testRestart},
		{"served", testServed},
		{"served and killed", testServedKilled},
		{"served refused", testServedRefused},
		{"lines of a worker", testWorkerLines},
		{"spans and metrics of workers", testWorkerSpans},
		{"served tools", testServedTools},
		{"secrets", testSecrets},
		{"secrets without a key", testSecretsWithoutKey},
		{"wrong key", testWrongKey},
		{"large values", testLargeValues},
		{"drain", testDrain},
		{"TLS and an API key", testTLS},
		{"schedules are kept", testSchedulesAreKept}, // what ticks may be carried by the workers of tests behind it
		{"schedules", testSchedules},
		{"ticks", testTicks},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, server) })
	}
}

var timestamps = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z|"used": [0-9.e-]+`)

// Every example gives on a server what it gives in process.
func testExamples(t *testing.T, server *devserver.Server) {
	b := newBench(t, server, keyed())
	examples, err := filepath.Abs("../../flows/examples")
	if err != nil {
		t.Fatal(err)
	}
	b.worker("--local", "--functions", filepath.Join(examples, "functions.yaml"))
	paths, err := filepath.Glob(filepath.Join(examples, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, path := range paths {
		if strings.HasSuffix(path, "functions.yaml") || strings.HasSuffix(path, ".test.yaml") {
			continue
		}
		n++
		here := b.start("run", path, "--local")
		code := here.code(t)
		there := b.run(path, "--local")
		if got := there.code(t); got != code {
			t.Errorf("%s: exit code %d, in process %d:\n%s", filepath.Base(path), got, code, there.err.String())
		}
		mask := func(text string) string { return timestamps.ReplaceAllString(text, "…") }
		if diff := cmp.Diff(mask(here.out.String()), mask(there.out.String())); diff != "" {
			t.Errorf("%s (-in process +on Temporal):\n%s", filepath.Base(path), diff)
		}
		if want := failureLine(here); want != failureLine(there) {
			t.Errorf("%s fails with %q, in process with %q", filepath.Base(path), failureLine(there), want)
		}
	}
	if n < 5 {
		t.Errorf("only %d examples", n)
	}
}

func failureLine(c *child) string {
	for line := range strings.Lines(c.err.String()) {
		if strings.HasPrefix(line, "error: ") {
			return line
		}
	}
	return ""
}

// A thousand items finish, in chunks that are workflows of their own.
func testItems(t *testing.T, server *devserver.Server) {
	b := newBench(t, server)
	b.worker()
	path := b.flow(`flow: items
steps:
  - id: all
    forEach: "${1..1000}"
    concurrency: 50
    do: [{id: one, call: probe.read, with: {name: "i${item}", value: "${item * 2}"}}]
    collect: "${steps.one}"
output: "${[len(steps.all), steps.all[0], steps.all[999]]}"
`)
	out := b.must(path, "--id", "items")
	if got := strings.Join(strings.Fields(out), ""); got != "[1000,2,2000]" {
		t.Errorf("the result is %s", got)
	}
	calls := b.calls()
	slices.Sort(calls)
	if n := len(slices.Compact(calls)); n != 1000 {
		t.Errorf("%d items were called", n)
	}
	list, err := server.CLI("workflow", "list", "--query", `WorkflowType = "medlar.items"`, "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(list, `"medlar.items"`); n < 4 {
		t.Errorf("%d workflows carried items:\n%s", n, list)
	}
}

// Two workers share the steps of one run.
func testTwoWorkers(t *testing.T, server *devserver.Server) {
	b := newBench(t, server)
	b.worker("--at-once", "2")
	b.worker("--at-once", "2")
	path := b.flow(`flow: shared
steps:
  - forEach: "${1..16}"
    concurrency: 8
    do: [{call: probe.step, with: {name: "s${item}", for: 300ms}}]
output: 1
`)
	b.must(path)
	text, err := os.ReadFile(filepath.Join(b.folder, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	pids := map[string]int{}
	for line := range strings.Lines(string(text)) {
		pids[strings.Fields(line)[1]]++
	}
	if len(pids) != 2 {
		t.Errorf("calls by process: %v", pids)
	}
}

const cancelable = `flow: cancelable
steps:
  - {call: probe.step, with: {name: made}, undo: {call: probe.step, with: {name: undone}}}
  - try: [{call: probe.read, with: {name: long, for: 60s}}]
    catch: [{do: [{call: probe.step, with: {name: caught}}]}]
    finally: [{call: probe.step, with: {name: finally}}]
`

// Ctrl-C cancels the run: finally and the undos run, no handler does.
func testCancel(t *testing.T, server *devserver.Server) {
	b := newBench(t, server)
	b.worker()
	c := b.run(b.flow(cancelable))
	b.await("long")
	interrupt(t, c)
	if code := c.code(t); code != 130 {
		t.Errorf("exit code %d:\n%s", code, c.err.String())
	}
	if got := strings.Join(b.calls(), " "); got != "made long finally undone" {
		t.Errorf("calls: %s", got)
	}
}

// So does the server's own command.
func testCancelByServer(t *testing.T, server *devserver.Server) {
	b := newBench(t, server)
	b.worker()
	c := b.run(b.flow(cancelable), "--id", "by-server", "--search-attributes")
	b.await("long")
	if out, err := server.CLI("workflow", "cancel", "--workflow-id", "by-server"); err != nil {
		t.Fatal(err, out)
	}
	if code := c.code(t); code != 1 {
		t.Errorf("exit code %d:\n%s", code, c.err.String())
	}
	if !strings.Contains(c.err.String(), "the run was canceled") {
		t.Errorf("the error is\n%s", c.err.String())
	}
	if got := strings.Join(b.calls(), " "); got != "made long finally undone" {
		t.Errorf("calls: %s", got)
	}
	out, err := server.CLI("workflow", "describe", "--workflow-id", "by-server", "-o", "json")
	if err != nil || !strings.Contains(out, "WORKFLOW_EXECUTION_STATUS_CANCELED") {
		t.Errorf("the server says (%v)\n%s", err, out)
	}
	for end := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		out, err := server.CLI("workflow", "list", "--query", `MedlarFlow = "cancelable" AND MedlarState = "canceled"`, "-o", "json")
		if err == nil && strings.Contains(out, `"by-server"`) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the run is not found by its attributes (%v)\n%s", err, out)
		}
	}
}

// A worker is killed at work: another one starts what was in flight again, and
// nothing that was recorded; a step with atMostOnce is not started again.
func testLostWorker(t *testing.T, server *devserver.Server) {
	b := newBench(t, server).parallel()
	first := b.worker()
	path := b.flow(`flow: lost
steps:
  - {call: probe.step, with: {name: a}}
  - parallel:
      again: [{call: probe.step, with: {name: again, for: 2s}}]
      once:
        - try: [{call: probe.step, atMostOnce: true, with: {name: once, for: 2s}}]
          catch: [{on: OutcomeUnknown, do: [{call: probe.step, with: {name: unknown}}]}]
  - {call: probe.step, with: {name: last}}
output: "${'done'}"
`)
	c := b.run(path)
	b.await("again")
	b.await("once")
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	b.worker()
	if code := c.code(t); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, c.err.String())
	}
	calls := b.calls()
	slices.Sort(calls)
	if got := strings.Join(calls, " "); got != "a again again last once unknown" {
		t.Errorf("calls: %s", got)
	}
}

// A run that nobody waits for is found again by its name, also when it has
// ended, and does not start twice.
func testAttach(t *testing.T, server *devserver.Server) {
	b := newBench(t, server)
	b.worker()
	path := b.flow("flow: attach\nsteps: [{id: s, call: probe.step, with: {name: s, for: 1s, value: 7}}]\noutput: \"${steps.s}\"\n")
	if got := b.must(path, "--id", "attach", "--detach"); !strings.Contains(got, `"run": "attach"`) {
		t.Errorf("--detach prints %s", got)
	}
	for _, args := range [][]string{{"run", path, "--id", "attach"}, {"attach", "attach"}, {"run", path, "--id", "attach"}} {
		c := b.start(args...)
		if code := c.code(t); code != 0 || strings.TrimSpace(c.out.String()) != "7" {
			t.Errorf("%v: exit code %d, %s\n%s", args, code, c.out.String(), c.err.String())
		}
	}
	if got := strings.Join(b.calls(), " "); got != "s" {
		t.Errorf("calls: %s", got)
	}
	if c := b.start("attach", "nobody"); c.code(t) != 2 || !strings.Contains(c.err.String(), "knows no run nobody") {
		t.Errorf("attach to nothing: %d\n%s", c.code(t), c.err.String())
	}
}

// Values that the server does not take go into a store; without one the step
// fails, once, and says so.
func testLargeValues(t *testing.T, server *devserver.Server) {
	b := newBench(t, server, keyed())
	folder := t.TempDir()
	text := `flow: large
steps:
  - id: l
    call: probe.step
    with: {name: l, value: "${repeat('0123456789abcdef', 300000)}"}
  - {id: again, call: probe.step, with: {name: n, value: "${steps.l}"}}
output: "${len(steps.again)}"
`
	path := b.flow(text)
	without := b.worker()
	c := b.run(path)
	if code := c.code(t); code != 1 || !strings.Contains(c.err.String(), "TooLarge") {
		t.Errorf("without a store: exit code %d\n%s", code, c.err.String())
	}
	_ = without.Process.Kill()
	<-without.done
	b.worker("--store", folder)
	if got := strings.TrimSpace(b.must(path, "--store", folder)); got != "4800000" {
		t.Errorf("the result is %s", got)
	}
}

// A worker that is to end lets what is under way come to its end.
func testDrain(t *testing.T, server *devserver.Server) {
	b := newBench(t, server)
	w := b.worker()
	c := b.run(b.flow("flow: drain\nsteps: [{call: probe.step, with: {name: slow, for: 2s}}, {call: probe.step, with: {name: next}}]\noutput: 1\n"))
	b.await("slow")
	interrupt(t, w)
	if code := w.code(t); code != 0 {
		t.Errorf("the worker's exit code is %d:\n%s", code, w.err.String())
	}
	b.worker()
	if code := c.code(t); code != 0 {
		t.Errorf("exit code %d:\n%s", code, c.err.String())
	}
	if got := strings.Join(b.calls(), " "); got != "slow next" {
		t.Errorf("calls: %s", got)
	}
}

// TestServerKilled kills the server while a run is under way. Whoever waits is
// told, and finds the run again when the server is back.
func TestServerKilled(t *testing.T) {
	server := devserver.Start(t)
	b := newBench(t, server)
	b.worker()
	path := b.flow(`flow: killed
steps:
  - forEach: "${1..6}"
    do: [{call: probe.step, with: {name: "s${item}", for: 500ms}}]
output: "${'done'}"
`)
	c := b.run(path, "--id", "killed")
	b.await("s2")
	server.Kill()
	time.Sleep(2 * time.Second)
	server.Again()
	code := c.code(t)
	if code != 0 && !strings.Contains(c.err.String(), "run killed goes on") {
		t.Errorf("exit code %d:\n%s", code, c.err.String())
	}
	again := b.start("attach", "killed")
	if code := again.code(t); code != 0 || !strings.Contains(again.out.String(), "done") {
		t.Errorf("attach: exit code %d\n%s", code, again.err.String())
	}
	counts := map[string]int{}
	for _, name := range b.calls() {
		counts[name]++
	}
	for i := 1; i <= 6; i++ {
		if n := counts["s"+strconv.Itoa(i)]; n < 1 || n > 2 {
			t.Errorf("s%d was called %d times", i, n)
		}
	}
	if n := len(b.calls()); n > 7 {
		t.Errorf("more than one step in flight was started again: %v", b.calls())
	}
	server.Kill()
	gone := b.run(path)
	if code := gone.code(t); code != 1 || !strings.Contains(gone.err.String(), "cannot be reached") {
		t.Errorf("without a server: exit code %d\n%s", code, gone.err.String())
	}
}

// The scripts of the command pass where Temporal is linked in, too.
func TestCommandIsRunner(t *testing.T) {
	cmd := exec.Command(os.Args[0], "ops", "lambda.invoke", "--json")
	cmd.Env = append(os.Environ(), commandVariable+"=1")
	out, err := cmd.Output()
	if err != nil || !json.Valid(out) {
		t.Errorf("%v\n%s", err, out)
	}
	cmd = exec.Command(os.Args[0], "run", "flow.yaml", "--temporal", "127.0.0.1:1", "--journal", "x.db")
	cmd.Env = append(os.Environ(), commandVariable+"=1")
	if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "runs elsewhere") {
		t.Errorf("exit code %d\n%s", cmd.ProcessState.ExitCode(), out)
	}
}
