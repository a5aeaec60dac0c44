package console_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve/console"
)

// A run that has ended is read once for many looks; what changes of it later is seen at
// once, and what one reader is shown is not another's.
func TestEndedRunsAreKept(t *testing.T) {
	s := newStaff(t, "vera:view", "rob:run")
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow}, s.opened)
	w.set("charge", true)
	w.run("charge.yaml", "r", nil)
	w.set("charge", false)
	clients := w.clients("vera", "rob")
	w.client = clients["rob"]
	first := w.get("/runs/r")
	has(t, first, "it broke", ">Restart<")
	if kept := console.ShownRuns(w.console); kept != 1 {
		t.Fatalf("%d runs are kept", kept)
	}
	if again := w.get("/runs/r"); again.body != first.body {
		t.Errorf("it is shown otherwise the second time:\n%s", again.body)
	}
	has(t, w.get("/runs/r/steps"), "1 to 3 of 3")
	w.client = clients["vera"]
	if a := w.get("/runs/r"); strings.Contains(a.body, ">Restart<") || !strings.Contains(a.body, "it broke") {
		t.Errorf("vera is shown what rob may do:\n%s", a.body)
	}
	w.client = clients["rob"]
	if a := w.post("/runs/r/restart", "from=/reserve"); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	w.until("/runs/r.2", stands("done"))
	has(t, w.get("/runs/r"), "Restarted as", "/runs/r.2")
	for n := range 12 {
		id := "more-" + string(rune('a'+n))
		w.run("charge.yaml", id, nil)
		has(t, w.get("/runs/"+id), stands("done"))
	}
	if kept := console.ShownRuns(w.console); kept != 8 {
		t.Errorf("%d runs are kept", kept)
	}
}

// What the overview counts, it counts again.
func TestOverviewCountsAgain(t *testing.T) {
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow})
	w.login()
	has(t, w.get("/"), "No run began.")
	w.run("charge.yaml", "r", nil)
	w.until("/", "/runs?flow=charge")
}

// What has not ended has no times; what waits is told as it stands now.
func TestOverviewOfWhatGoesOn(t *testing.T) {
	w := newWorld(t, map[string]string{"t.yaml": "flow: t\nsteps: [{wait: {signal: go, timeout: 1h}}]\n"})
	w.login()
	h, err := w.journal.Start(t.Context(), w.load("t.yaml"), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Interrupt()
	w.until("/runs/r", stands("waiting"))
	has(t, w.until("/", "<td>–</td><td>–</td>"), "of t, for ")
}

// A wait that is over took its time, and no more; one that goes on says until when.
func TestWaitsEnd(t *testing.T) {
	w := newWorld(t, map[string]string{"t.yaml": "flow: t\nsteps: [{wait: 1ms}, {parallel: {a: [{wait: 2h}], b: [{wait: {signal: go, timeout: 1h}}]}}]\n"})
	w.login()
	h, err := w.journal.Start(t.Context(), w.load("t.yaml"), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	w.until("/runs/r", "Answer go")
	a := w.get("/runs/r")
	has(t, a, ">waiting</span> until 20")
	lacks(t, a, ">done</span> until")
	first := w.get("/runs/r/step?n=0")
	has(t, first, "<dt>Ended</dt><dd>20")
	lacks(t, first, "<dt>Took</dt><dd>–", "<dt>Took</dt><dd>-", "<dt>Until</dt>")
	for n := 1; n < 3; n++ {
		has(t, w.get("/runs/r/step?n="+strconv.Itoa(n)), "<dt>Until</dt><dd>20", "<dt>Ended</dt><dd>–</dd>")
	}
	h.Cancel()
	_, _ = h.Wait(t.Context())
	a = w.get("/runs/r")
	has(t, a, stands("canceled"))
	lacks(t, a, "until 20")
}

// What a plan says of waits that are over: they do not begin anew, but for those behind
// the step from which the run begins.
func TestPlansNameWaits(t *testing.T) {
	w := newWorld(t, map[string]string{"t.yaml": "flow: t\nsteps:\n  - {id: first, call: test.do, with: {name: first}}\n  - {id: rest, forEach: [1, 2], do: [{wait: 1ms}]}\n  - {id: last, call: test.do, with: {name: last}}\n"})
	w.login()
	w.set("last", true)
	w.run("t.yaml", "r", nil)
	has(t, w.get("/runs/r/restart"), "<dt>Runs again</dt><dd><code>/last</code> </dd>")
	has(t, w.get("/runs/r/restart?from=/first"), "<dt>Runs again</dt><dd><code>/first</code> <code>/rest/1</code> <code>/last</code> </dd>")
}
