package console_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/medlar-flow/medlar/serve/console"
)

// The values that a secret input may have are secrets.
func TestSecretWithChoices(t *testing.T) {
	j := keyed(t)
	w := newWorld(t, map[string]string{"pick.yaml": "flow: pick\ninputs: {key: {type: secret, enum: [quince-4750, quince-4751], required: true}}\nsteps:\n  - {call: test.do, with: {name: x, secret: \"${ctx.key}\"}}\n"}, func(c *console.Config) { c.Journal = j })
	w.login()
	page := w.get("/flows/pick")
	has(t, page, `name="i.key" type="password"`)
	lacks(t, page, "quince")
	lacks(t, w.post("/flows/pick", "i.key=other"), "quince")
	if a := w.post("/flows/pick", "i.key=quince-4751"); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// A start that is refused for a role is told as a start, whatever the flow is called.
func TestRefusedStartIsTold(t *testing.T) {
	s := newStaff(t, "vera")
	w := newWorld(t, map[string]string{"fail.yaml": "flow: fail\nsteps:\n  - {call: test.do, with: {name: x}}\n"}, s.opened)
	w.as("vera")
	w.sendForm("/flows/fail", "")
	w.mu.Lock()
	defer w.mu.Unlock()
	if last := w.actions[len(w.actions)-1]; last.What != "start" || last.Flow != "fail" || last.Err == nil {
		t.Errorf("told %+v", last)
	}
}

// A page whose stream is refused is told so by the stream: its script tells nobody.
func TestRefusedStreamTellsThePage(t *testing.T) {
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow})
	w.login()
	w.run("charge.yaml", "r", nil)
	has(t, w.get("/runs/r"), `<div id="stale" role="status"></div>`)
	stream := func(client *http.Client) (*http.Response, func() string) {
		t.Helper()
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+"/live/runs", nil)
		req.Header.Set("Accept", "text/html, text/event-stream")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		return resp, func() string {
			body, _ := io.ReadAll(resp.Body)
			return string(body)
		}
	}
	told := func(client *http.Client, what string) {
		t.Helper()
		resp, body := stream(client)
		has(t, answer{status: resp.StatusCode, body: body()}, `hx-target="#stale"`, what, "event: end")
	}
	told(w.newClient(), "This page is not live any more: reload it, or log in again.")
	for range 64 {
		stream(w.client)
	}
	told(w.client, "Too many pages are watched at the same time: this one is not live.")
	if a := w.get("/live/runs"); a.status != http.StatusServiceUnavailable {
		t.Errorf("without a page: %d", a.status)
	}
}
