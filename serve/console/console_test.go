package console_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/serve/console"
)

const chargeFlow = `flow: charge
inputs: {customer: {type: string, default: c-1, description: Whom to charge.}}
labels: {customer: "${ctx.customer}"}
steps:
  - {id: reserve, call: test.do, with: {name: reserve}, undo: [{call: test.do, with: {name: free}}]}
  - id: charge
    call: test.do
    with: {name: charge}
  - {id: tell, call: test.do, with: {name: "tell ${ctx.customer}"}}
output: "${steps.tell.name}"
`

const approvalFlow = `flow: approval
steps:
  - {call: test.do, with: {name: before}}
  - id: ok
    wait: {signal: approval, timeout: 48h, accepts: {approved: {type: boolean, required: true}, note: {type: string, maxLength: 5}, code: {type: integer}}}
  - {call: test.do, with: {name: "approved ${steps.ok.approved}"}}
output: "${steps.ok.note}"
`

// stands is what the page of a run holds in a state.
func stands(state string) string { return `<span role="status" class="state ` + state + `">` }

// Nobody sees a page before the login, and the token stands in no address.
func TestLogin(t *testing.T) {
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow})
	a := w.get("/runs?state=failed")
	if a.status != http.StatusOK || !strings.HasPrefix(a.url, "/login?next=%2Fruns") {
		t.Fatalf("%d %s", a.status, a.url)
	}
	has(t, a, `for="token"`, `value="/runs?state=failed"`)
	for path, want := range map[string]int{"/live/runs": 401, "/live/run/x": 401, "/static/console.css": 200, "/static/console.js": 200, "/static/LICENSE": 200, "/static/x": 404} {
		if a := w.get(path); a.status != want {
			t.Errorf("%s: %d, want %d", path, a.status, want)
		}
	}
	// An action leads to the login, and from there to where it was begun.
	for path, next := range map[string]string{
		"/runs/x%2Fy/cancel": "/runs/x%2Fy", "/runs/x/signal": "/runs/x", "/runs/x/restart": "/runs/x/restart", "/flows/f": "/flows/f", "/restart": "/restart", "/logout": "/",
	} {
		a := w.post(path)
		if a.status != http.StatusUnauthorized {
			t.Errorf("%s without a login: %d", path, a.status)
		}
		has(t, a, "Nothing was done", `for="token"`, `name="next" value="`+next+`"`)
	}
	if a := w.post("/login", "token=another"); a.status != http.StatusUnauthorized || strings.Contains(a.body, "another") {
		t.Errorf("another token: %d", a.status)
	}
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a = w.post("/login", "token= "+token+" ", "next=/runs?state=failed")
	cookie := a.header.Get("Set-Cookie")
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/runs?state=failed" {
		t.Errorf("%d %s", a.status, a.header.Get("Location"))
	}
	for _, part := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q lacks %s", cookie, part)
		}
	}
	if strings.Contains(cookie, token) {
		t.Errorf("the cookie is the token")
	}
	if a := w.get("/runs"); a.status != http.StatusOK {
		t.Errorf("after the login: %d", a.status)
	}
	// What a browser has in its address after an action that was refused.
	if a := w.get("/runs/x/signal"); a.header.Get("Location") != "/runs/x" {
		t.Errorf("the address of an action: %d, to %s", a.status, a.header.Get("Location"))
	}
	if a := w.get("/nowhere/at/all"); a.status != http.StatusNotFound || !strings.Contains(a.body, "There is no such page") {
		t.Errorf("no page: %d %s", a.status, a.body)
	}
	for _, next := range []string{"//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "runs", "/\tx"} {
		if a := w.post("/login", "token="+token, "next="+next); a.header.Get("Location") != "/" {
			t.Errorf("next=%s leads to %s", next, a.header.Get("Location"))
		}
	}
	if a := w.post("/logout"); a.status != http.StatusSeeOther {
		t.Errorf("logout: %d", a.status)
	}
	if a := w.get("/runs"); a.status != http.StatusSeeOther {
		t.Errorf("after the logout: %d", a.status)
	}
	if did := w.did(); did[0] != "login refused" || did[1] != "login" {
		t.Errorf("the audit was told %q", did)
	}
}

// A page of another site reaches nothing, whatever cookie it has.
func TestOtherSites(t *testing.T) {
	w := newWorld(t, nil)
	w.login()
	for name, tt := range map[string]struct {
		change func(r *http.Request)
		want   int
	}{
		"its own":         {func(*http.Request) {}, 404},
		"another host":    {func(r *http.Request) { r.Host = "evil.example" }, 421},
		"another origin":  {func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, 403},
		"another site":    {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		"a sister":        {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, 403},
		"another port":    {func(r *http.Request) { r.Host = "127.0.0.1:1" }, 421},
		"without a login": {func(r *http.Request) { r.Header.Del("Cookie") }, 401},
	} {
		t.Run(name, func(t *testing.T) {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+"/runs/x/cancel", strings.NewReader(""))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for _, cookie := range w.client.Jar.Cookies(req.URL) {
				req.AddCookie(cookie)
			}
			tt.change(req)
			resp, err := (&http.Client{}).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != tt.want {
				t.Errorf("%d, want %d", resp.StatusCode, tt.want)
			}
		})
	}
}

var inline = regexp.MustCompile(`(?i)<script(?:>| [^>]*[^r]>[^<])|\son[a-z]+\s*=|\sstyle\s*=|<style|javascript:|https?://`)

// Every page is whole, and nothing in it needs what the policy forbids.
func TestPages(t *testing.T) {
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow, "approval.yaml": approvalFlow, "bad.yaml": "flow: bad\nsteps:\n  - call: test.dot\n"})
	w.login()
	w.set("charge", true)
	w.run("charge.yaml", "r/1 <b>", map[string]any{"customer": "<i>c"})
	w.set("charge", false)
	w.run("charge.yaml", "ok", nil)
	h, err := w.journal.Start(t.Context(), w.load("approval.yaml"), nil, flows.WithRunID("asks"))
	if err != nil {
		t.Fatal(err)
	}
	w.until("/runs/asks", "Answer approval")
	for path, texts := range map[string][]string{
		"/":                                {"of charge", "waiting", "asks"},
		"/runs":                            {"r/1 &lt;b&gt;", "/runs/r%2F1%20%3Cb%3E", "Broken at /charge", "customer=&lt;i&gt;c", "asks"},
		"/runs?state=failed":               {"Broken at /charge"},
		"/runs?label=customer%3Dc-1":       {">ok<"},
		"/runs?flow=none":                  {"No run is like that"},
		"/runs/r%2F1%20%3Cb%3E":            {"it broke", "charge.yaml:7:5", "call: test.do", "Undone", "<code>/reserve</code>", "class=\"step failed\"", "Restart", "Run again", "Timeline"},
		"/runs/r%2F1%20%3Cb%3E/restart":    {"it was undone", "?from=%2Freserve&amp;with="},
		"/runs/ok":                         {"&#34;tell c-1&#34;", "class=\"step done\"", "Output"},
		"/runs/ok/steps":                   {"1 to 3 of 3", "/tell"},
		"/runs/ok/step?n=2":                {"Parameters", "&#34;name&#34;: &#34;tell c-1&#34;", "Result"},
		"/runs/asks":                       {"Answer approval", `id="v.approved"`, "approved (required)", "hx-sse:connect", "Cancel", "class=\"step waiting\""},
		"/flows":                           {"charge.yaml", "has mistakes"},
		"/flows/charge":                    {"<svg", "flow: charge", `id="i.customer"`, "Whom to charge.", "Without a value it is c-1."},
		"/flows/charge?like=r%2F1+%3Cb%3E": {"\n&lt;i&gt;c</textarea>"},
		"/flows/bad.yaml":                  {"bad.yaml:3:11: error", "test.do"},
		"/operations":                      {"test.do", "Do something."},
		"/operations/test.do":              {"Do something."},
		"/functions":                       {"upper(text: string)"},
	} {
		a := w.get(path)
		if a.status != http.StatusOK {
			t.Errorf("%s: %d", path, a.status)
		}
		has(t, a, texts...)
		if found := inline.FindString(strings.ReplaceAll(a.body, "http://www.w3.org/2000/svg", "")); found != "" {
			t.Errorf("%s holds %q", path, found)
		}
		if !strings.Contains(a.body, "</html>") || !strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'") {
			t.Errorf("%s is not whole, or has no policy", path)
		}
	}
	for path, want := range map[string]int{"/runs/none": 404, "/flows/none": 404, "/operations/none": 404, "/runs/ok/step?n=77": 404, "/runs?state=odd": 400, "/runs?since=odd": 400, "/runs?label=odd": 400, "/runs?after=odd": 400, "/none": 404} {
		if a := w.get(path); a.status != want {
			t.Errorf("%s: %d, want %d", path, a.status, want)
		}
	}
	h.Interrupt()
}

// A newcomer mends the flow of a failed run and restarts it from the step, by what the
// pages say.
func TestRepair(t *testing.T) {
	broken := strings.Replace(chargeFlow, "with: {name: charge}", "with: {name: chrage}", 1)
	w := newWorld(t, map[string]string{"charge.yaml": broken})
	w.login()
	w.set("chrage", true)
	w.run("charge.yaml", "r", nil)
	a := w.get("/")
	has(t, a, "Failed", `href="/runs/r"`, "Broken at /charge")
	a = w.get("/runs/r")
	has(t, a, "Failure", "Broken", "charge.yaml:7:5", `href="/runs/r/restart"`)

	w.write("charge.yaml", strings.Replace(chargeFlow, "test.do\n    with: {name: charge}", "test.dod\n    with: {name: charge}", 1))
	a = w.get("/runs/r/restart?with=file")
	has(t, a, "Mistakes in charge.yaml", "The file charge.yaml has mistakes.", "charge.yaml:7:11")
	if a := w.post("/runs/r/restart", "with=file"); a.status != http.StatusConflict {
		t.Errorf("a restart with a file that has mistakes: %d", a.status)
	}
	w.write("charge.yaml", chargeFlow)
	a = w.get("/runs/r/restart?with=file")
	has(t, a, "charge.yaml as it is now (changed)", "it was undone", `href="?from=%2Freserve&amp;with=file">/reserve</a>`)
	a = w.get("/runs/r/restart?from=%2freserve&with=file")
	has(t, a, "What would happen", "<dd>r.2</dd>", "<code>/charge</code>", "Restart now")
	calls := w.called()
	a = w.post("/runs/r/restart", "from=/reserve", "with=file")
	if a.url != "/runs/r.2?did=restart" {
		t.Fatalf("%d %s:\n%s", a.status, a.url, a.body)
	}
	a = w.until("/runs/r.2", stands("done"))
	has(t, a, "Restart of", `href="/runs/r"`, "tell c-1")
	if got := strings.TrimPrefix(w.called(), calls+" "); got != "reserve charge tell c-1" {
		t.Errorf("the restart called %q; the reservation was undone and is made again", got)
	}
	has(t, w.get("/runs/r"), "Restarted as", `href="/runs/r.2"`)
	has(t, w.get("/runs/r/restart"), "restarted")
	if did := w.did(); !slices.Equal(did, []string{"login", "restart r refused", "restart r"}) {
		t.Errorf("the audit was told %q", did)
	}
}

// What a restart keeps, and what runs again, is said before it runs.
func TestRestartKeeps(t *testing.T) {
	flow := "flow: keeps\nsteps:\n  - {id: a, call: test.do, with: {name: a}}\n  - {id: b, call: test.do, with: {name: b}}\n  - {id: c, call: test.do, with: {name: c}}\n"
	w := newWorld(t, map[string]string{"keeps.yaml": flow})
	w.login()
	w.set("c", true)
	w.run("keeps.yaml", "r", nil)
	for from, want := range map[string][2]string{
		"":   {"<code>/a</code> <code>/b</code> ", "<code>/c</code> "},
		"/b": {"<code>/a</code> ", "<code>/b</code> <code>/c</code> "},
		"/a": {"nothing", "<code>/a</code> <code>/b</code> <code>/c</code> "},
	} {
		a := w.get("/runs/r/restart?from=" + from)
		has(t, a, "<dt>Kept</dt><dd>"+want[0]+"</dd>", "<dt>Runs again</dt><dd>"+want[1]+"</dd>")
	}
	has(t, w.get("/runs/r/restart?from=/none"), `role="alert"`)
	if got := w.called(); got != "a b c" {
		t.Errorf("looking called something: %q", got)
	}
	w.set("c", false)
	w.sendForm("/runs/r/restart", "from=")
	done := w.until("/runs/r.2", stands("done"))
	if n := strings.Count(done.body, `<span class="dim">kept</span>`); n != 2 {
		t.Errorf("%d steps are kept\n%s", n, done.body)
	}
	_, chart, _ := strings.Cut(done.body, `aria-label="Timeline">`)
	chart, _, _ = strings.Cut(chart, "</div>")
	if strings.Contains(chart, "/a<") || !strings.Contains(chart, "/c<") {
		t.Errorf("the timeline shows what was kept, or not what ran:\n%s", chart)
	}
	has(t, w.get("/runs/r.2/step?n=0"), "kept: the run that this one was restarted from did it")
}

// A restart takes other inputs, what steps gave, and steps that are made once more; what
// is wrong with these is said, and nothing runs.
func TestRestartAs(t *testing.T) {
	flow := "flow: as\ninputs: {who: {type: string, default: ada}, n: {type: integer, default: 1}}\nsteps:\n  - {id: a, call: test.do, with: {name: \"a ${ctx.who}\"}}\n  - {id: b, call: test.do, with: {name: b}}\n  - {id: c, call: test.do, with: {name: \"c ${steps.b.name} ${ctx.who} ${ctx.n}\"}}\n"
	w := newWorld(t, map[string]string{"as.yaml": flow})
	w.login()
	w.set("b", true)
	w.run("as.yaml", "r", nil)
	page := w.get("/runs/r/restart")
	has(t, page, `for="i.who"`, `for="again"`, `for="results"`)
	for query, want := range map[string]string{
		"i.n=many":         `id="i.n-wrong"`,
		"results=b":        "What steps gave is written in lines",
		"results=b%3D%7B":  "What steps gave is written in lines",
		"again=none":       `role="alert"`,
		"results=none%3D1": `role="alert"`,
		"results=b%3D%7B%22name%22%3A%22x%22%7D&i.n=2": "What would happen",
		"i.who=bob&i.n=2": `<a href="?from=%2Fa&amp;i.n=2&amp;i.who=bob&amp;with=">`,
	} {
		has(t, w.get("/runs/r/restart?"+query), want, "<details class=\"others\" open>")
	}
	if a := w.post("/runs/r/restart", "i.n=many"); a.status != http.StatusConflict {
		t.Errorf("a restart with a wrong input: %d", a.status)
	}
	if got := w.called(); got != "a ada b" {
		t.Errorf("looking called something: %q", got)
	}
	if a := w.post("/runs/r/restart", `results=b={"name": "looked"}`, "i.n=7"); a.url != "/runs/r.2?did=restart" {
		t.Fatalf("%d %s:\n%s", a.status, a.url, a.body)
	}
	w.until("/runs/r.2", stands("done"))
	if got := w.called(); got != "a ada b c looked ada 7" {
		t.Errorf("the restart called %q", got)
	}
}

// A signal is answered by its form, and what is wrong with it is said at its entry.
func TestSignal(t *testing.T) {
	w := newWorld(t, map[string]string{"approval.yaml": approvalFlow})
	w.login()
	if _, err := w.journal.Start(t.Context(), w.load("approval.yaml"), nil, flows.WithRunID("r")); err != nil {
		t.Fatal(err)
	}
	w.until("/runs/r", "Answer approval")
	for _, tt := range []struct {
		fields []string
		texts  []string
	}{
		{[]string{"v.note=x"}, []string{`id="v.approved-wrong"`, "\nx</textarea>"}},
		{[]string{"v.approved=true", "v.note=too long"}, []string{`id="v.note-wrong"`, "\ntoo long</textarea>"}},
		{[]string{"v.approved=true", "v.code=many"}, []string{`id="v.code-wrong"`, `value="many"`}},
	} {
		a := w.post("/runs/r/signal", append(tt.fields, "signal=approval")...)
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", tt.fields, a.status)
		}
		has(t, a, append(tt.texts, `role="alert"`)...)
	}
	if a := w.post("/runs/r/signal", "signal=other", "v.approved=true"); a.status == http.StatusOK {
		t.Errorf("a signal that nothing waits for: %d", a.status)
	}
	a := w.post("/runs/r/signal", "signal=approval", "v.approved=true", "v.note=fine", "v.code=")
	if a.url != "/runs/r?did=signal" {
		t.Fatalf("%d %s:\n%s", a.status, a.url, a.body)
	}
	has(t, w.until("/runs/r", stands("done")), "&#34;fine&#34;")
	if got := w.called(); got != "before approved true" {
		t.Errorf("called %q", got)
	}
}

// A run is canceled, and one that is interrupted is resumed.
func TestCancelAndResume(t *testing.T) {
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow})
	w.login()
	release := w.hold("charge")
	defer release()
	h, err := w.journal.Start(context.WithoutCancel(t.Context()), w.load("charge.yaml"), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	w.until("/runs/r", "class=\"step running\"")
	if a := w.post("/runs/r/resume"); a.status != http.StatusConflict {
		t.Errorf("a run that goes is resumed: %d", a.status)
	}
	h.Interrupt()
	release()
	_, _ = h.Wait(t.Context())
	has(t, w.get("/runs/r"), stands("interrupted"), "Resume")
	has(t, w.get("/"), "Interrupted", `href="/runs/r"`)
	if a := w.post("/runs/r/resume"); a.url != "/runs/r?did=resume" {
		t.Fatalf("%d %s:\n%s", a.status, a.url, a.body)
	}
	w.until("/runs/r", stands("done"))
	if a := w.post("/runs/r/cancel"); a.status != http.StatusConflict {
		t.Errorf("a run that has ended is canceled: %d", a.status)
	}

	release = w.hold("charge")
	defer release()
	if _, err := w.journal.Start(context.WithoutCancel(t.Context()), w.load("charge.yaml"), nil, flows.WithRunID("r2")); err != nil {
		t.Fatal(err)
	}
	w.until("/runs/r2", "class=\"step running\"")
	if a := w.post("/runs/r2/cancel"); a.url != "/runs/r2?did=cancel" {
		t.Fatalf("%d %s:\n%s", a.status, a.url, a.body)
	}
	has(t, w.until("/runs/r2", stands("canceled")), "Undone", "/reserve")
}

const typesFlow = `flow: types
inputs:
  text: {type: string, required: true, maxLength: 8}
  count: {type: integer, default: 3}
  rate: {type: number}
  on: {type: boolean}
  kind: {type: string, enum: [a, b]}
  wait: {type: duration}
  at: {type: timestamp}
  list: {type: list, items: {type: string}}
  map: {type: map}
  object: {type: object, members: {x: {type: integer}}}
  any: {type: any}
steps:
  - {call: test.do, with: {name: "${ctx.text}"}}
output: {text: "${ctx.text}", count: "${ctx.count}", on: "${ctx.on}", list: "${ctx.list}", object: "${ctx.object}", wait: "${ctx.wait}"}
`

// A form has an entry for every type of input, and begins a run.
func TestStart(t *testing.T) {
	w := newWorld(t, map[string]string{"types.yaml": typesFlow})
	w.login()
	a := w.post("/flows/types", "i.text=much too long", "i.count=x", "i.list=[1", "i.at=soon", "i.kind=c", "i.rate=1.5")
	if a.status != http.StatusUnprocessableEntity {
		t.Errorf("wrong inputs: %d", a.status)
	}
	has(t, a, `id="i.count-wrong"`, `id="i.list-wrong"`, `value="1.5"`, `>[1</textarea>`, `role="alert"`)
	a = w.post("/flows/types", "i.kind=a")
	has(t, a, `id="i.text-wrong"`, "<option selected>a</option>")
	if w.called() != "" {
		t.Errorf("something ran: %s", w.called())
	}
	a = w.post("/flows/types", "i.text=go", "i.on=true", "i.kind=b", "i.wait=90m", "i.at=2026-11-28T08:00:00Z", `i.list=["x"]`, "i.map={}", `i.object={"x": 1}`, "i.any=null")
	if !strings.HasSuffix(a.url, "?did=start") {
		t.Fatalf("%d %s:\n%s", a.status, a.url, a.body)
	}
	path, _, _ := strings.Cut(a.url, "?")
	a = w.until(path, stands("done"))
	has(t, a, "&#34;count&#34;: 3", "&#34;on&#34;: true", "&#34;wait&#34;: &#34;1h30m0s&#34;")
	like := strings.TrimPrefix(path, "/runs/")
	has(t, w.get("/flows/types?like="+like), "\ngo</textarea>", "<option selected>true</option>", "[&#34;x&#34;]")
}

// A console that only shows has no button, and refuses what one would do.
func TestReadOnly(t *testing.T) {
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow}, func(c *console.Config) { c.ReadOnly = true })
	w.login()
	w.set("charge", true)
	w.run("charge.yaml", "r", nil)
	for _, path := range []string{"/runs/r", "/flows/charge", "/runs/r/restart"} {
		if a := w.get(path); strings.Count(a.body, "<form method=\"post\"") != 1 { // to log out
			t.Errorf("%s has a form:\n%s", path, a.body)
		}
	}
	for _, path := range []string{"/runs/r/cancel", "/runs/r/restart", "/runs/r/resume", "/runs/r/signal", "/flows/charge"} {
		if a := w.post(path); a.status != http.StatusForbidden {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// A console that only shows says on pages about runs that what was written last cannot be
// read, and what to do about it.
func TestDamagedTail(t *testing.T) {
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow}, func(c *console.Config) { c.ReadOnly, c.JournalFile = true, "runs.db" })
	w.login()
	w.run("charge.yaml", "r", nil)
	console.SetBehind(w.console, fmt.Errorf("%w: row 7", journal.ErrTail))
	const says, mend = "This is how it was before what was written last, which cannot be read", "runner runs repair --journal runs.db"
	for path, want := range map[string]bool{"/": true, "/runs": true, "/runs/r": true, "/runs/r/steps": true, "/flows": false} {
		if a := w.get(path); strings.Contains(a.body, says) != want || want && (!strings.Contains(a.body, mend) || !strings.Contains(a.body, "row 7")) {
			t.Errorf("%s: %d\n%s", path, a.status, a.body)
		}
	}
	console.SetBehind(w.console, nil)
	if a := w.get("/runs"); strings.Contains(a.body, says) {
		t.Error("a journal that is whole")
	}
}

// Mounted below a path, every link stays there.
func TestPrefix(t *testing.T) {
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow}, func(c *console.Config) { c.Prefix = "/-/console" })
	if a := w.post("/-/console/login", "token="+token); a.status != http.StatusOK {
		t.Fatalf("login: %d", a.status)
	}
	w.run("charge.yaml", "r", nil)
	link := regexp.MustCompile(`(?:href|action|src|connect)="(/[^"]*)"`)
	for _, path := range []string{"/", "/runs", "/runs/r", "/runs/r/steps", "/runs/r/step?n=0", "/flows", "/flows/charge", "/operations"} {
		a := w.get("/-/console" + path)
		if a.status != http.StatusOK {
			t.Errorf("%s: %d", path, a.status)
		}
		for _, found := range link.FindAllStringSubmatch(a.body, -1) {
			if !strings.HasPrefix(found[1], "/-/console/") {
				t.Errorf("%s leads to %s", path, found[1])
			}
		}
	}
}

// A run is watched to its end; the form to answer it comes and goes with its wait.
func TestLive(t *testing.T) {
	w := newWorld(t, map[string]string{"approval.yaml": approvalFlow})
	w.login()
	release := w.hold("before")
	defer release()
	if _, err := w.journal.Start(t.Context(), w.load("approval.yaml"), nil, flows.WithRunID("r")); err != nil {
		t.Fatal(err)
	}
	page := w.until("/runs/r", "class=\"step running\"").body
	_, rest, _ := strings.Cut(page, `hx-sse:connect="`)
	address, _, _ := strings.Cut(rest, `"`)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, w.server.URL+address, nil)
	resp, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	if kind := resp.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("%s: %d %s", address, resp.StatusCode, kind)
	}
	frames := frameReader(resp)
	frame := frames()
	if strings.Contains(frame, "hx-partial") || !strings.Contains(frame, "class=\"step running\"") {
		t.Errorf("the first frame: %s", frame)
	}
	release()
	if frame = frames(); !strings.Contains(frame, "<hx-partial hx-target=\"#actions\"") || !strings.Contains(frame, "Answer approval") {
		t.Errorf("the frame of the wait: %s", frame)
	}
	w.post("/runs/r/signal", "signal=approval", "v.approved=true")
	for !strings.Contains(frame, stands("done")) {
		if frame = frames(); frame == "" {
			t.Fatal("the stream ended before the run")
		}
	}
	if strings.Contains(frame, "Answer approval") {
		t.Errorf("the last frame still has the form: %s", frame)
	}
	if frame = frames(); frame != "event: end\ndata: -\n" {
		t.Errorf("the stream ends with %q", frame)
	}
}

// frameReader reads the frames of a stream, but for comments.
func frameReader(resp *http.Response) func() string {
	r := bufio.NewReader(resp.Body)
	return func() string {
		frame := ""
		for {
			line, err := r.ReadString('\n')
			switch {
			case err != nil:
				return ""
			case line == "\n" && frame != "":
				return frame
			case line != "\n" && !strings.HasPrefix(line, ":"):
				frame += line
			}
		}
	}
}

// The end of the console ends what is watched.
func TestStreamsEnd(t *testing.T) {
	w := newWorld(t, nil)
	w.login()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+"/live/runs", nil)
	resp, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	frames := frameReader(resp)
	if frame := frames(); !strings.Contains(frame, "No run is like that") {
		t.Errorf("the first frame: %q", frame)
	}
	w.end()
	if frame := frames(); frame != "" {
		t.Errorf("the stream goes on: %q", frame)
	}
}

// The script that pages load stays small.
func TestScriptIsSmall(t *testing.T) {
	w := newWorld(t, nil)
	a := w.get("/static/console.js")
	if len(a.body) > 60<<10 {
		t.Errorf("it has %d bytes", len(a.body))
	}
	has(t, a, "Zero-Clause BSD", "hx-sse:connect")
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+"/static/console.js", nil)
	req.Header.Set("If-None-Match", a.header.Get("ETag"))
	if again := w.send(req); again.status != http.StatusNotModified {
		t.Errorf("it is sent again: %d", again.status)
	}
}

// A run of very many steps has pages of a bounded size.
func TestManySteps(t *testing.T) {
	w := newWorld(t, map[string]string{"many.yaml": "flow: many\nsteps:\n  - {id: all, parallel: {a: [{forEach: \"${1..760}\", as: i, concurrency: 16, do: [{id: one, call: test.do, with: {name: \"${string(i)}\"}}]}]}}\n  - {id: last, call: test.do, with: {name: last}}\n"})
	w.login()
	w.set("last", true)
	w.run("many.yaml", "r", nil)
	a := w.get("/runs/r")
	has(t, a, "it broke", `href="/runs/r/steps"`)
	if len(a.body) > 256<<10 {
		t.Errorf("the page has %d bytes", len(a.body))
	}
	has(t, w.get("/runs/r/steps?from=0"), "Later steps", "iterations ended")
}
