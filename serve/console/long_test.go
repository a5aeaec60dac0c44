package console_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve/console"
)

// longFlow has a program that takes longer to check than a page may take.
func longFlow(last string) string {
	return "flow: long\nsteps:\n" + strings.Repeat("  - {call: test.do, with: {name: x}} # "+strings.Repeat("-", 200)+"\n", 300) +
		"  - {id: last, call: test.do, with: {name: last}}\n" + last
}

// The page of a run with a long program is sent before that is checked, and the page of
// one of its steps before the run was gone through; what they lack comes behind, and to
// whoever has no script by a link.
func TestLongRunsShowAtOnce(t *testing.T) {
	w := newWorld(t, map[string]string{"long.yaml": longFlow("")})
	w.login()
	w.set("last", true)
	w.run("long.yaml", "r", nil)
	const graph, excerpt, params = `class="graph"`, "long.yaml:303:", "<h2>Parameters</h2>"
	page := w.get("/runs/r")
	has(t, page, "it broke", `hx-get="/runs/r/rest"`, `href="?whole=1"`, `href="/runs/r/restart"`)
	lacks(t, page, graph, excerpt)
	rest := w.get("/runs/r/rest")
	has(t, rest, "it broke", graph, excerpt, `hx-target="#actions"`, ">Run again<", `href="/runs/r/restart"`)
	lacks(t, rest, "hx-get", "<html")
	// It is known now, also for other runs of the same files.
	w.run("long.yaml", "other", nil)
	for _, path := range []string{"/runs/r", "/runs/other", "/runs/other?whole=1"} {
		a := w.get(path)
		has(t, a, graph, excerpt)
		lacks(t, a, "hx-get")
	}
	step := w.get("/runs/r/step?n=300")
	has(t, step, "it broke", `hx-get="/runs/r/params?n=300"`, `href="?n=300&amp;whole=1"`)
	lacks(t, step, params)
	has(t, w.get("/runs/r/params?n=300"), params, "last")
	whole := w.get("/runs/r/step?n=300&whole=1")
	has(t, whole, params)
	lacks(t, whole, "hx-get")
	restart := w.get("/runs/r/restart")
	has(t, restart, "The run is long")
	lacks(t, restart, "Restart now")
	has(t, w.get("/runs/r/restart?from="), "Restart now")
	for _, path := range []string{"/runs/none/rest", "/runs/none/params?n=0", "/runs/r/params?n=301"} {
		if a := w.get(path); a.status < 400 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	if a := w.post("/runs/r/restart"); a.status != 200 || !strings.HasPrefix(a.url, "/runs/r.2?") {
		t.Errorf("a restart without a step leads to %d %s", a.status, a.url)
	}
	// Whole, where nobody knows the program: also without a script.
	w.write("long.yaml", longFlow("output: x\n"))
	w.run("long.yaml", "new", nil)
	lacks(t, w.get("/runs/new"), graph)
	has(t, w.get("/runs/new?whole=1"), graph)
}

// lacks fails where a page holds texts.
func lacks(t testing.TB, a answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			t.Errorf("%s (%d) holds %q", a.url, a.status, text)
		}
	}
}

// What iterations left that are one record is shown: what the loop collects, and what
// failed in it.
func TestFoldsShowWhatTheyLeft(t *testing.T) {
	w := newWorld(t, map[string]string{"t.yaml": `flow: t
steps:
  - id: l
    forEach: "${1..600}"
    as: i
    concurrency: 4
    do: [{id: one, call: test.do, with: {name: "n${i}"}}]
    collect: "${steps.one.name}"
`})
	w.login()
	w.run("t.yaml", "r", nil)
	has(t, w.get("/runs/r"), "iterations ended; they are one record")
	first := w.get("/runs/r/step?n=0")
	has(t, first, "What they left", "&#34;n1&#34;", "have ended and are one record")
	lacks(t, first, "Parameters", "not known")
}

// What iterations left is not shown where the type says that it is secret, however short.
func TestFoldsHideSecrets(t *testing.T) {
	j := keyed(t)
	w := newWorld(t, map[string]string{"t.yaml": `flow: t
inputs: {keys: {type: list, items: {type: secret}}}
steps:
  - id: l
    forEach: "${ctx.keys}"
    as: k
    concurrency: 4
    do: [{id: one, call: test.leak, with: {name: x, secret: "${k}"}}]
    collect: "${steps.one.secret}"
  - {id: end, call: test.eat, with: {name: "${len(steps.l)}"}}
`}, func(c *console.Config) { c.Journal = j })
	w.login()
	list := make([]any, 600)
	for i := range list {
		list[i] = "kw73x"
	}
	h, err := j.Start(t.Context(), w.load("t.yaml"), map[string]any{"keys": list}, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	d, err := j.Show(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	folded := false
	for n := range d.Steps {
		lacks(t, w.get("/runs/r/step?n="+strconv.Itoa(n)), "kw73x")
		folded = folded || d.Steps[n].Iterations > 0
	}
	if !folded {
		t.Error("no iterations are one record")
	}
}
