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
		"bad.yaml": "flow: steps\nsteps:\n" + strings.Repeat("  - {call: test.do, with: {name: x}}\n", 10_000),
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
	for _, p := range [][2]string{
		{"overview", "/"},
		{"overview, by minutes", "/?by=minutes"},
		{"not undone", "/undone"},
		{"restart runs", "/restart"},
		{"what that would do", "/restart?flow=charge&from=%2Freserve&plan=1"},
		{"runs", "/runs"},
		{"failed runs", "/runs?state=failed"},
		{"runs of a text", "/runs?text=declined"},
		{"a failed run", "/runs/failed"},
		{"restart", "/runs/failed/restart"},
		{"what it would do", "/runs/failed/restart?from=%2Freserve"},
		{"flows", "/flows"},
		{"a flow", "/flows/charge"},
		{"10,000 steps", "/runs/steps"},
		{"its list", "/runs/steps/steps?from=0"},
		{"one of its steps", "/runs/steps/step?n=9000"},
		{"its flow", "/flows/steps"},
		{"operations", "/operations"},
		{"an operation", "/operations/test.do"},
		{"functions", "/functions"},
	} {
		paint(b, p[0], p[1])
	}
}

// paint prints how long a page takes to be painted, the best of eight times.
func paint(b *tab, what, path string) {
	b.t.Helper()
	best, server := 1e9, 1e9
	for range 8 {
		b.open(path)
		b.until("it is painted", `performance.getEntriesByName("first-contentful-paint").length`)
		first, err := ask[float64](b, `performance.getEntriesByName("first-contentful-paint")[0].startTime`)
		if err != nil {
			b.t.Fatal(err)
		}
		got, _ := ask[float64](b, `performance.getEntriesByType("navigation")[0].responseEnd`)
		best, server = min(best, first), min(server, got)
	}
	b.t.Logf("%-28s first paint %4.0f ms, answered after %4.0f ms", what, best, server)
}

// TestMeasureMillion prints what a loop of a million items takes, whose page is watched,
// and how fast its pages are. It takes minutes, and is run by hand: MEDLAR_LONG=1.
func TestMeasureMillion(t *testing.T) {
	if os.Getenv("MEDLAR_LONG") == "" {
		t.Skip("set MEDLAR_LONG=1 to measure")
	}
	w := newWorld(t, map[string]string{"approval.yaml": "flow: items\nsteps:\n  - {forEach: \"${1..1000000}\", as: i, concurrency: 16, do: [{id: one, call: test.do, with: {name: x}}]}\n"})
	w.quiet = true
	b := newTab(t, start(t), w)
	b.login()
	before, began := used(t), time.Now()
	h := w.start("approval.yaml", "items", nil)
	b.open("/runs/items")
	if _, err := h.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("a run of a million items, watched by one: %v, %v of CPU; %d MB of memory at most", time.Since(began).Round(time.Second), (used(t) - before).Round(time.Second), mostMemory(t)>>20)
	b.until("the end is seen", `document.querySelector("#live [role=status]").innerText === "done"`)
	for _, page := range []string{"", "/steps", "/steps?from=0", "/step?n=0", "/step?n=3000"} {
		before := used(t)
		size, err := ask[int](b, `fetch("/runs/items`+page+`").then(r => r.text()).then(x => x.length)`)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("/runs/items%s: %d characters, %v of CPU the first time", page, size, (used(t) - before).Round(time.Millisecond))
		paint(b, "a million items"+page, "/runs/items"+page)
	}
	paint(b, "overview", "/")
	t.Logf("%d MB of memory at most", mostMemory(t)>>20)
}

// mostMemory returns the most memory that this process has had.
func mostMemory(t *testing.T) int64 {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return u.Maxrss << 10
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
