package browser

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
)

// TestMeasure prints how fast pages are with very much to show, and what watching
// costs. It takes minutes, and is run by hand: MEDLAR_LONG=1.
func TestMeasure(t *testing.T) {
	if os.Getenv("MEDLAR_LONG") == "" {
		t.Skip("set MEDLAR_LONG=1 to measure")
	}
	files := map[string]string{
		"charge.yaml": chargeFlow, "types.yaml": typesFlow, "orders.yaml": ordersFlow,
		"bad.yaml":      "flow: steps\nsteps:\n" + strings.Repeat("  - {call: test.do, with: {name: x}}\n", 10_000),
		"approval.yaml": "flow: items\nsteps:\n  - {forEach: \"${1..100000}\", as: i, concurrency: 16, do: [{id: one, call: test.do, with: {name: x}}]}\n",
	}
	path := filepath.Join(t.TempDir(), "many.db")
	w := newWorld(t, nil)
	w.quiet = true
	for name, text := range files {
		w.write(name, text)
	}
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	w.journal = j
	w.run("charge.yaml", "done", nil)
	w.set("charge", true)
	w.run("charge.yaml", "failed", nil)
	w.set("charge", false)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	many(t, path)
	w = newWorldOn(t, path, files)
	w.quiet = true
	if flow := "bad.yaml"; true {
		began := time.Now()
		w.run(flow, "steps", nil)
		t.Logf("a run of 10,000 steps took %v", time.Since(began).Round(time.Millisecond))
	}
	b := newTab(t, start(t), w)
	b.login()
	paint := func(what, path string) {
		t.Helper()
		best, server := 1e9, 1e9
		for range 8 {
			b.open(path)
			b.until("it is painted", `performance.getEntriesByName("first-contentful-paint").length`)
			first, err := ask[float64](b, `performance.getEntriesByName("first-contentful-paint")[0].startTime`)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := ask[float64](b, `performance.getEntriesByType("navigation")[0].responseEnd`)
			best, server = min(best, first), min(server, got)
		}
		t.Logf("%-28s first paint %4.0f ms, answered after %4.0f ms", what, best, server)
	}
	for _, p := range [][2]string{
		{"overview", "/"}, {"runs", "/runs"}, {"failed runs", "/runs?state=failed"}, {"runs of a text", "/runs?text=declined"}, {"a failed run", "/runs/failed"}, {"restart", "/runs/failed/restart"}, {"flows", "/flows"}, {"a flow", "/flows/charge"},
		{"10,000 steps", "/runs/steps"}, {"its list", "/runs/steps/steps?from=0"}, {"one of its steps", "/runs/steps/step?n=9000"}, {"its flow", "/flows/steps"},
		{"operations", "/operations"}, {"functions", "/functions"},
	} {
		paint(p[0], p[1])
	}
	cpu(t, w, b)
	paint("100,000 items", "/runs/items-watched")
	paint("its list", "/runs/items-watched/steps")
	paint("overview", "/")
}

// cpu prints what the process spends on a run that nobody watches, and on one that two
// browsers watch.
func cpu(t *testing.T, w *world, b *tab) {
	t.Helper()
	spent := func(id string) time.Duration {
		before := used(t)
		w.run("approval.yaml", id, nil)
		return used(t) - before
	}
	alone := spent("items-alone")
	two := newTab(t, b.ctx, w)
	two.login()
	done := make(chan time.Duration, 1)
	go func() { done <- spent("items-watched") }()
	time.Sleep(time.Second)
	b.open("/runs/items-watched")
	two.open("/runs/items-watched")
	watched := <-done
	b.until("the end is seen", `document.querySelector("#live [role=status]").innerText === "done"`)
	t.Logf("a run of 100,000 items: %v of CPU alone, %v with two who watch: %.2f times", alone.Round(time.Millisecond), watched.Round(time.Millisecond), float64(watched)/float64(alone))
}

// used returns the CPU time of this process.
func used(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// many makes 100,000 runs of the two that a journal has, of the last day, one of 50
// failed.
func many(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // it is read again
	for _, text := range []string{
		`WITH RECURSIVE k(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM k WHERE i < 100000)
		INSERT INTO runs (id, flow, state, started, ended, digest, start, code, class, step, message)
		SELECT 'run-' || i, flow, state, started - i * 800000000, ended - i * 800000000, digest, start, code, class, step, message FROM k, runs WHERE n = CASE WHEN i % 50 = 7 THEN 2 ELSE 1 END`,
		`INSERT INTO records (run, seq, data) SELECT r.n, c.seq, c.data FROM runs r, records c WHERE r.n > 2 AND c.run = CASE WHEN r.state = 'failed' THEN 2 ELSE 1 END`,
		`INSERT INTO labels (name, value, started, run) SELECT 'customer', 'c' || n, started, n FROM runs WHERE n > 2`,
	} {
		if _, err := db.ExecContext(context.Background(), text); err != nil {
			t.Fatal(err)
		}
	}
	_ = os.Remove(path + ".witness")
}
