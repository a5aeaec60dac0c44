package console_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/serve/console"
)

const paidFlow = `flow: pay
steps:
  - id: ok
    wait: {signal: approval, roles: finance, accepts: {approved: {type: boolean, required: true}}}
`

// What stands beside the console is for whoever has logged in, with the same roles: by
// the cookie, or by a name and a password in each request.
func TestBeside(t *testing.T) {
	s := newStaff(t, "vera:view", "ray:run", "fay:view,finance")
	answers := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasPrefix(req.URL.Path, "/-/runs/gone") {
			w.WriteHeader(http.StatusConflict)
		}
		_, _ = io.WriteString(w, "beside "+req.URL.Path)
	})
	w := newWorld(t, map[string]string{"pay.yaml": paidFlow, "charge.yaml": chargeFlow}, s.opened, func(c *console.Config) {
		c.Prefix, c.Beside, c.Open = "/-/console", answers, []string{"/-/healthz"}
	})
	h, err := w.journal.Start(t.Context(), w.load("pay.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path, name, password string) answer {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, w.server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if name != "" {
			req.SetBasicAuth(name, password)
		}
		return w.send(req)
	}
	signal := "/-/signals/" + h.ID() + "/approval"
	for _, tt := range []struct {
		method, path, name string
		want               int
	}{
		{"GET", "/-/healthz", "", 200},
		{"POST", "/-/healthz", "", 401},
		{"GET", "/-/runs", "", 401},
		{"GET", "/-/healthz/x", "", 401},
		{"GET", "/metrics", "vera", 200},
		{"GET", "/-/runs", "vera", 200},
		{"GET", "/-/runs", "none", 401},
		{"POST", "/-/runs/r/cancel", "vera", 403},
		{"POST", "/-/runs/r/cancel", "fay", 403},
		{"POST", "/-/runs/r/cancel", "ray", 200},
		{"POST", "/-/runs/gone/cancel", "ray", 409},
		{"DELETE", "/-/other", "vera", 403},
		{"POST", signal, "vera", 403},
		{"POST", signal, "ray", 403},
		{"POST", signal, "fay", 200},
		{"POST", strings.Replace(signal, "approval", "appro%76al", 1), "ray", 403},
		{"POST", signal + "/more", "fay", 403},
		{"POST", "/-/signals/none/approval", "fay", 403},
		{"POST", "/-/signals/none/approval", "ray", 200},
	} {
		a := ask(tt.method, tt.path, tt.name, "of "+tt.name)
		if a.status != tt.want || (a.status == 200 || a.status == 409) != strings.HasPrefix(a.body, "beside ") {
			t.Errorf("%s %s of %q: %d, not %d: %s", tt.method, tt.path, tt.name, a.status, tt.want, a.body)
		}
		if challenge := a.header.Get("WWW-Authenticate"); (challenge != "") != (a.status == 401) || a.status > 399 && a.status < 404 && a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %q %s", tt.method, tt.path, challenge, a.header.Get("Content-Type"))
		}
	}
	if did := strings.Join(w.did(), ", "); !strings.Contains(did, "cancel r refused, cancel r refused, cancel r, cancel gone refused, ") || !strings.Contains(did, "signal "+h.ID()+" refused, signal "+h.ID()+" refused, signal "+h.ID()+",") {
		t.Errorf("the audit was told %s", did)
	}
	// Who has logged in to the console needs no password there.
	if a := w.post("/-/console/login", "name=vera", "password=of vera"); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := w.get("/-/runs"); a.status != 200 {
		t.Errorf("with the cookie: %d %s", a.status, a.body)
	}
	if a := w.post("/-/runs/r/cancel"); a.status != 403 {
		t.Errorf("with the cookie of somebody who may only look: %d %s", a.status, a.body)
	}
	// A right password is not counted as an attempt each time; its end ends it.
	for range 30 {
		if a := ask("GET", "/-/runs", "ray", "of ray"); a.status != 200 {
			t.Fatalf("again: %d %s", a.status, a.body)
		}
	}
	s.write("vera:view")
	if a := ask("GET", "/metrics", "ray", "of ray"); a.status != 401 {
		t.Errorf("a user who is there no more: %d %s", a.status, a.body)
	}
	if a := ask("GET", "/metrics", "vera", "of vera"); a.status != 200 {
		t.Errorf("a user whose line was written again: %d %s", a.status, a.body)
	}
	for range 12 {
		if a := ask("GET", "/metrics", "vera", "wrong"); a.status == http.StatusTooManyRequests {
			if a.header.Get("Retry-After") == "" || ask("GET", "/metrics", "vera", "of vera").status != 200 {
				t.Error("it does not say when to try again, or refuses who was known before")
			}
			return
		}
	}
	t.Error("who tries many passwords is not refused")
}

// Where nobody has a password, the cookie of the console is asked for.
func TestBesideOfAToken(t *testing.T) {
	w := newWorld(t, nil, func(c *console.Config) {
		c.Prefix, c.Beside = "/-/console", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "runs") })
	})
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a := w.get("/-/runs")
	has(t, a, `"code":"Unauthorized"`, "log in at /-/console/")
	if strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic") {
		t.Error("it asks for a password")
	}
	w.post("/-/console/login", "token="+token)
	has(t, w.get("/-/runs"), "runs")
	w.post("/-/console/logout")
	if a := w.get("/-/runs"); a.status != 401 {
		t.Errorf("after the logout: %d", a.status)
	}
}
