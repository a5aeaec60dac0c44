package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// All runs that failed begin anew, after a look at what would happen: those that are
// chosen, and no others.
func TestRestartSeveral(t *testing.T) {
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow, "approval.yaml": approvalFlow})
	w.login()
	w.set("charge", true)
	for i := range 4 {
		w.run("charge.yaml", fmt.Sprintf("c-%d", i), map[string]any{"customer": fmt.Sprintf("u%d", i)})
	}
	w.set("before", true)
	w.run("approval.yaml", "other", nil)
	w.set("charge", false)
	w.set("before", false)
	has(t, w.get("/"), `href="/restart"`)
	has(t, w.get("/runs?state=failed&flow=charge"), `href="/restart?flow=charge&amp;state=failed"`)
	lacks(t, w.get("/runs?state=done"), `href="/restart`)
	list := w.get("/restart")
	has(t, list, "c-0", "c-3", "other")
	has(t, w.get("/restart?flow=charge&plan=1"), "0 of 4 can begin anew", "It cannot: ", "it was undone")
	lacks(t, list, "Restart these now", `type="checkbox"`)
	calls := w.called()
	plan := w.get("/restart?flow=charge&from=/reserve&plan=1")
	has(t, plan, `name="from" value="/reserve"`, "4 of 4 can begin anew; nothing has run.", "c-3.2 begins at", `value="c-0" checked`, "Restart these now", `name="flow" value="charge"`)
	lacks(t, plan, "other")
	if w.called() != calls {
		t.Errorf("looking called something: %s", w.called())
	}
	a := w.sendForm("/restart", "flow=charge&from=/reserve&state=failed&run=c-0&run=c-1&run=c-2&run=other")
	if a.status != http.StatusOK || a.url != "/restarts/1" {
		t.Fatalf("%d %s %s", a.status, a.url, a.body)
	}
	a = w.until("/restarts/1", "3 ended, 1 refused.")
	has(t, a, "c-0.2", "c-2.2", "It is not one of those any more")
	lacks(t, a, "c-3", "hx-sse", "other.2")
	has(t, w.get("/runs/c-1"), "c-1.2")
	did := strings.Join(w.did(), ", ")
	for _, want := range []string{"restart c-0", "restart c-1", "restart c-2"} {
		if !strings.Contains(did, want) {
			t.Errorf("the audit was told %s", did)
		}
	}
	// Those that were restarted are not there any more; one that cannot says why.
	again := w.get("/restart?flow=charge&from=/reserve&plan=1")
	has(t, again, "1 of 1 can begin anew")
	for _, tt := range []struct{ form, want string }{
		{"flow=charge", "No run is chosen"},
		{"state=done&run=c-3", "Runs that are done do not begin anew: choose the state failed or canceled"},
		{"flow=charge", "mark those that shall begin anew"},
		{"flow=charge&with=flie&run=c-3", "no such choice of what to restart with: flie"},
		{"with=flie&run=c-3", "no such choice"},
		{"since=odd&run=c-3", "write how long ago"},
		{"with=file&run=c-3", "write the name of its flow below Flow"},
		{"flow=other&with=file&run=c-3", "has no file of this flow"},
		{"run=x&run=" + strings.Repeat("y&run=", 101), "103 runs are too many at once: restart at most 100"},
	} {
		if a := w.sendForm("/restart", tt.form); a.status != http.StatusBadRequest || !strings.Contains(strings.ToLower(a.body), strings.ToLower(tt.want)) {
			t.Errorf("%s: %d %s", tt.form, a.status, a.body)
		}
	}
	if a := w.get("/restarts/7"); a.status != http.StatusNotFound {
		t.Errorf("another: %d", a.status)
	}
	// What was chosen wrongly can be chosen again.
	has(t, w.sendForm("/restart", "flow=charge&from=/reserve"), `value="c-3" checked`, "Restart these now")
	// A file with mistakes is told, and nothing begins anew with it.
	w.write("charge.yaml", strings.Replace(chargeFlow, "test.do", "test.dod", 1))
	wrong := w.get("/restart?flow=charge")
	has(t, wrong, "Mistakes in charge.yaml", "unknown-operation", "c-3")
	lacks(t, wrong, "charge.yaml as it is now")
	for _, a := range []answer{w.get("/restart?flow=charge&with=file&plan=1"), w.sendForm("/restart", "flow=charge&with=file&run=c-3")} {
		if a.status != http.StatusBadRequest {
			t.Errorf("%d", a.status)
		}
		has(t, a, "The file charge.yaml has mistakes. Mend them", "Mistakes in charge.yaml")
	}
	lacks(t, w.get("/runs/c-3"), "c-3.2")
	// With the file as it is now.
	w.write("charge.yaml", strings.Replace(chargeFlow, "name: charge}", "name: take}", 1))
	has(t, w.get("/restart?flow=charge"), "charge.yaml as it is now")
	w.sendForm("/restart", "flow=charge&from=/reserve&with=file&run=c-3")
	w.until("/restarts/2", "1 ended, 0 refused.")
	if !strings.Contains(w.called(), "take") {
		t.Errorf("it called %s", w.called())
	}
}

// A run that can not begin anew says so, and the others do.
func TestRestartSeveralRefused(t *testing.T) {
	w := newWorld(t, map[string]string{"once.yaml": "flow: once\nsteps:\n  - {id: a, call: test.do, with: {name: a}}\n  - {id: b, call: test.do, atMostOnce: true, with: {name: b}}\n  - {id: c, call: test.do, with: {name: c}, undo: [{call: test.do, with: {name: back}}]}\n  - {id: d, call: test.do, with: {name: d}}\n"})
	w.set("d", true)
	w.set("back", true)
	w.run("once.yaml", "r", nil)
	w.login()
	plan := w.get("/restart?plan=1")
	has(t, plan, "of 1 can begin anew", "takes over to undo")
	list := w.get("/undone")
	has(t, list, `href="/runs/r"`, "<code>/c</code>", "it broke", `href="/runs/r/restart"`, "Take it back by hand")
	has(t, w.get("/"), "<h2>Not undone</h2>", "1 not undone", `href="/undone"`)
	lacks(t, w.get("/undone?flow=another"), `href="/runs/r"`)
	if a := w.get("/undone?since=odd"); a.status != http.StatusBadRequest {
		t.Errorf("%d", a.status)
	}
	w.set("d", false)
	w.sendForm("/restart", "run=r")
	w.until("/restarts/1", "1 ended")
	lacks(t, w.get("/undone"), `href="/runs/r"`)
}

// Who may only look is shown what is not undone, and no button.
func TestRestartSeveralNeedsTheRole(t *testing.T) {
	s := newStaff(t, "vera", "rob:run")
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow}, s.opened)
	w.set("charge", true)
	w.set("free", true)
	w.run("charge.yaml", "c-1", nil)
	w.as("vera")
	lacks(t, w.get("/"), "Restart failed runs")
	has(t, w.get("/undone"), "c-1")
	lacks(t, w.get("/undone"), "/restart")
	lacks(t, w.get("/runs?state=failed"), "Restart these")
	for _, status := range []int{w.get("/restart").status, w.sendForm("/restart", "run=c-1").status} {
		if status != http.StatusForbidden {
			t.Errorf("%d", status)
		}
	}
	w.as("rob")
	has(t, w.get("/"), "Restart failed runs")
	w.set("charge", false)
	w.sendForm("/restart", "run=c-1&from=/reserve")
	has(t, w.until("/restarts/1", "1 ended"), "c-1.2")
}

// Charts go by hours, and by minutes where somebody asks for that.
func TestCharts(t *testing.T) {
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow})
	w.run("charge.yaml", "c-1", nil)
	w.login()
	a := w.get("/")
	has(t, a, "<h2>The last 24 hours</h2>", `href="/?by=minutes"`, "an hour a bar; at most 1", "the median and above it the longest, an hour a bar", "Counted at ", "since=24h")
	b := w.get("/?by=minutes")
	has(t, b, "<h2>The last hour</h2>", "a minute a bar; at most 1", "since=1h")
	for _, page := range []answer{a, b} {
		if n := strings.Count(page.body, `<rect class="good"`); n != 1 {
			t.Errorf("%d bars of runs", n)
		}
		if n := strings.Count(page.body, `<rect class="busy"`); n != 1 {
			t.Errorf("%d bars of times", n)
		}
	}
}

// sendForm sends a form as it is written in an address.
func (w *world) sendForm(path, form string) answer {
	w.t.Helper()
	req := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, w.server.URL+path, strings.NewReader(form))
	req.RequestURI = ""
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", w.server.URL)
	return w.send(req)
}

// What was not undone is found behind many runs that failed and left nothing, and the
// overview does not fall silent about it.
func TestUndoneBehindOthers(t *testing.T) {
	w := newWorld(t, map[string]string{
		"left.yaml": "flow: left\nsteps:\n  - {call: test.do, with: {name: a}, undo: [{call: test.do, with: {name: charge}}]}\n  - {fail: {code: No, message: no}}\n",
		"none.yaml": "flow: none\nsteps: [{fail: {code: No, message: no}}]\n",
	})
	w.login()
	w.set("charge", true)
	w.run("left.yaml", "owing", nil)
	w.until("/", "What to do about it")
	for i := range 201 {
		w.run("none.yaml", fmt.Sprintf("n-%d", i), nil)
	}
	has(t, w.get("/undone"), "owing")
	home := w.until("/", "Look among earlier ones")
	has(t, home, `href="/undone"`)
}

// Where more runs failed than a page has, it leads to those before.
func TestRestartMoreThanAPage(t *testing.T) {
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow})
	w.login()
	w.set("charge", true)
	for i := range 103 {
		w.run("charge.yaml", fmt.Sprintf("c-%03d", i), nil)
	}
	first := w.get("/restart?flow=charge&from=/reserve&plan=1")
	has(t, first, "100 of 100 can begin anew", "Runs before these", "c-102", "c-003<")
	lacks(t, first, "c-002<")
	_, rest, _ := strings.Cut(first.body, `<p><a href="/restart?`)
	query, _, _ := strings.Cut(rest, `"`)
	second := w.get("/restart?" + strings.ReplaceAll(query, "&amp;", "&") + "&plan=1")
	has(t, second, "3 of 3 can begin anew", "c-002<", "c-000<", `name="from" value="/reserve"`, `name="after"`)
	lacks(t, second, "c-003<", "Runs before these")
	w.set("charge", false)
	w.sendForm("/restart", "flow=charge&from=/reserve&after=x&run=c-000")
	has(t, w.until("/restarts/1", "1 ended, 0 refused."), "c-000.2")
}
