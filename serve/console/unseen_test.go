package console_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// hidden returns what stands in a hidden field of a page; empty for none.
func hidden(page answer, name string) string {
	_, rest, _ := strings.Cut(page.body, `<input type="hidden" name="`+name+`" value="`)
	text, _, _ := strings.Cut(rest, `"`)
	return text
}

// A file that changed between a page and the press of its button does not run: the page
// is shown anew, and its button runs what that shows.
func TestNothingUnseenRuns(t *testing.T) {
	const look = "The file has changed since: look again"
	inner := "flow: inner\nsteps:\n  - {id: charge, call: test.do, with: {name: NAME}}\n"
	outer := "flow: outer\ninputs: {who: {type: string, default: ada}}\nsteps:\n  - {id: a, call: test.do, with: {name: a}}\n  - {id: sub, flow: inner.yaml}\n"
	for name, tt := range map[string]struct{ page, to, form, began string }{
		"one":     {"/runs/r/restart?with=file&i.who=bob", "/runs/r/restart", "with=file&i.who=bob", "/runs/r.2?did=restart"},
		"several": {"/restart?flow=outer&with=file&plan=1", "/restart", "flow=outer&with=file&run=r", "/restarts/1"},
		"start":   {"/flows/outer", "/flows/outer", "i.who=bob", "?did=start"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, map[string]string{"inner.yaml": strings.Replace(inner, "NAME", "charge", 1), "outer.yaml": outer})
			w.login()
			w.set("charge", true)
			w.run("outer.yaml", "r", nil)
			seen := hidden(w.get(tt.page), "version")
			if seen == "" {
				t.Fatal("the page has no version")
			}
			calls := w.called()
			w.write("inner.yaml", strings.Replace(inner, "NAME", "steal", 1))
			a := w.sendForm(tt.to, tt.form+"&version="+seen)
			if a.status != http.StatusConflict || w.called() != calls {
				t.Fatalf("%d, calls %q", a.status, w.called())
			}
			has(t, a, look)
			if strings.Contains(tt.form, "bob") {
				has(t, a, "bob")
			}
			if did := w.did(); !strings.HasSuffix(did[len(did)-1], "refused") {
				t.Errorf("the audit was told %q", did)
			}
			now := hidden(a, "version")
			if now == "" || now == seen {
				t.Fatalf("the new page has version %q, the other %q", now, seen)
			}
			a = w.sendForm(tt.to, tt.form+"&version="+now)
			if !strings.HasSuffix(a.url, tt.began) {
				t.Fatalf("%d %s: %s", a.status, a.url, a.body)
			}
			if tt.to == "/restart" {
				w.until(a.url, "1 ended, 0 refused.")
			} else {
				w.until(a.url, stands("done"))
			}
			if !slices.Contains(strings.Fields(w.called()), "steal") {
				t.Errorf("calls %q", w.called())
			}
		})
	}
	w := newWorld(t, map[string]string{"inner.yaml": strings.Replace(inner, "NAME", "charge", 1)})
	w.login()
	w.set("charge", true)
	w.run("inner.yaml", "r", nil)
	if v := hidden(w.get("/runs/r/restart"), "version"); v != "" {
		t.Errorf("what a run began with does not change, and has a version %q", v)
	}
}
