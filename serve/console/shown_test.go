package console_test

import (
	"net/http"
	"strings"
	"testing"

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
