package serve_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/serve"
)

const linkFlow = `flow: ask
description: Shall it <be> done?
triggers: [{http: POST /ask, auth: none, answerWithin: 0s}]
steps:
  - {id: sent, call: mail.send, with: {body: "open ${signalUrl('approval')}"}}
  - id: ok
    wait:
      signal: approval
      timeout: 100h
      accepts: {approved: {type: boolean, required: true}, by: {type: string, maxLength: 20}, n: {type: integer, minimum: 1}, code: {type: secret}, more: {type: list}, note: {type: string, default: fine}, level: {type: integer, default: 3}, data: {type: bytes, default: aGk=}, kind: {type: string, enum: [a, ''], default: a}}
  - {call: mail.send, with: {body: "${signalUrl('/each/item', 'a b/c')}"}}
  - {id: each, flow: each.yaml, with: {id: a b/c}}
  - {call: mail.send, with: {body: "it was ${steps.ok.approved} by ${steps.ok.by ?? 'nobody'} ${steps.ok.n ?? 0} ${json(steps.ok.more)} '${steps.ok.note}' ${steps.ok.level} ${base64(steps.ok.data)} '${steps.ok.kind}'"}}
`

const eachFlow = `flow: each
inputs: {id: {type: string, required: true}}
steps: [{wait: {signal: item, key: "${ctx.id}"}}]
`

// post is the service that sends the addresses.
type post struct {
	mu   sync.Mutex
	sent []string
	shut bool // it fails
}

type mailIn struct {
	Body string `param:"body,required,secret" doc:"The text."`
}

func (p *post) send(_ context.Context, _ *connector.Call, in mailIn) (payOut, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		return payOut{}, &connector.Error{Code: "Shut", Class: connector.ClassFailed, Message: "shut"}
	}
	p.sent = append(p.sent, in.Body)
	return payOut{ID: in.Body}, nil // as services do that tell what they took
}

func (p *post) letters() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.sent)
}

func (p *post) registry(t testing.TB) *connector.Registry {
	t.Helper()
	reg, err := connector.NewRegistry(&connector.Connector{
		Name: "mail", Summary: "Letters.", Operations: []*connector.Operation{connector.OpWith("mail.send", "Send.", p.send)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

func (p *post) config(t testing.TB, j *journal.Journal, public string) serve.Config {
	t.Helper()
	flow := loadFiles(t, p.registry(t), map[string]string{"flow.yaml": linkFlow, "each.yaml": eachFlow})
	return serve.Config{Flows: []serve.Served{{Flow: flow, File: "flow.yaml"}}, Registry: p.registry(t), Journal: j, PublicURL: public}
}

// sentTo waits for the letter of a number, and returns the path of the address in it.
func (p *post) sentTo(t testing.TB, n int) string {
	t.Helper()
	eventually(t, "a letter", func() bool { return len(p.letters()) > n })
	letter := p.letters()[n]
	_, path, found := strings.Cut(letter, public)
	if !found {
		t.Fatalf("no address in %q", letter)
	}
	return path
}

const (
	public  = "https://flows.example.com/here"
	formful = "Content-Type: application/x-www-form-urlencoded"
	jsonful = "Content-Type: application/json; charset=utf-8"
)

// An address is opened as often as one likes, answered once by its form, on a
// journal and without one; nobody else can answer, and it stands in no log.
func TestSignalURL(t *testing.T) {
	keys, err := journal.ParseKeys("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	if err != nil {
		t.Fatal(err)
	}
	path := newPath(t)
	for name, j := range map[string]*journal.Journal{"journal": newJournal(t, path, journal.WithKeys(keys)), "volatile": nil} {
		t.Run(name, func(t *testing.T) {
			p := &post{}
			a := started(t, p.config(t, j, public))
			if res := a.send("POST", "/ask", ""); res.status != 202 {
				t.Fatal(res)
			}
			link := p.sentTo(t, 0)
			form := a.send("GET", link, "")
			for _, want := range []string{"<h1>ask: approval</h1>", "Shall it &lt;be&gt; done?", `<select id="v0" name="approved" required>`, `<option value="true">Yes</option>`, `maxlength="40"`, `type="number" step="1" min="1"`, `type="password"`, "<textarea", "\nfine</textarea>", `name="level" required value="3"`, ">aGk=</textarea>", `<option value="a" selected>a</option><option value="&#34;&#34;">&#34;&#34;</option>`, "<label for=\"v5\">note (optional)", `<input type="checkbox" name="by.empty" value="1" aria-label="the empty text for by"> the empty text`} {
				if !strings.Contains(form.body, want) {
					t.Errorf("the page has no %s:\n%s", want, form.body)
				}
			}
			if form.status != 200 || strings.Contains(form.body, "script") || strings.Contains(form.body, "approval?") {
				t.Errorf("the page: %d %s", form.status, form.body)
			}
			for header, want := range map[string]string{
				"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8",
			} {
				if got := form.header.Get(header); got != want {
					t.Errorf("%s: %q", header, got)
				}
			}
			if policy := form.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "script") {
				t.Errorf("the policy is %q", policy)
			}
			token := strings.Split(link, "/")[3]
			for what, c := range map[string]struct {
				method, path, body, header string
				status                     int
				in                         string
			}{
				"another token":        {"POST", strings.Replace(link, token, strings.Repeat("A", len(token)), 1), "approved=true", formful, 404, "Nothing is asked"},
				"no token":             {"POST", strings.Replace(link, token, "x", 1), "approved=true", formful, 404, "Nothing is asked"},
				"token of another one": {"POST", strings.Replace(link, "approval", "each/item", 1) + "?key=a", "", formful, 404, "Nothing is asked"},
				"with a key":           {"POST", link + "?key=a", "approved=true", formful, 404, "Nothing is asked"},
				"another run":          {"POST", link[:strings.LastIndex(link, "/")] + "x/approval", "approved=true", formful, 404, "Nothing is asked"},
				"another method":       {"PUT", link, "approved=true", formful, 405, ""},
				"looked at":            {"HEAD", link, "", "X: x", 200, ""},
				"not a form":           {"POST", link, `{"approved": true}`, "Content-Type: text/plain", 415, "only the form of this page is taken, or JSON"},
				"JSON, another token":  {"POST", strings.Replace(link, token, "x", 1), `{"approved": true}`, jsonful, 404, `"code":"UnknownLink"`},
				"JSON, a missing one":  {"POST", link, `{"by": "me"}`, jsonful, 422, `"pointer":"#/approved"`},
				"JSON, unknown value":  {"POST", link, `{"approved": true, "x": 1}`, jsonful, 422, `"pointer":"#/x"`},
				"JSON, no object":      {"POST", link, `[true]`, jsonful, 400, `"code":"NotAnObject"`},
				"no JSON at all":       {"POST", link, `{"approved": tru`, jsonful, 400, `"code":"NotJSON"`},
				"nothing as JSON":      {"POST", link, "", jsonful, 422, `"pointer":"#/approved"`},
				"text for a number":    {"POST", link, "approved=true&n=many&by=%3Cb%3E", formful, 422, "\n&lt;b&gt;</textarea>"},
				"too small":            {"POST", link, "approved=true&n=0", formful, 422, `class="wrong" id="v2-wrong"`},
				"empty, and not":       {"POST", link, "approved=true&by=me&by.empty=1", formful, 422, "and not both"},
				"the mark is kept":     {"POST", link, "approved=&by.empty=1", formful, 422, `name="by.empty" value="1" checked`},
				"a mark of none":       {"POST", link, "approved=true&note.empty=1", formful, 422, `id="v5-wrong"`},
				"missing":              {"POST", link, "approved=&by=me", formful, 422, `class="wrong" id="v0-wrong"`},
				"unknown value":        {"POST", link, "approved=true&x=1", formful, 422, "no such value"},
				"secret is not shown":  {"POST", link, "approved=&code=s3cr3t-c0de", formful, 422, "<form"},
				"no JSON":              {"POST", link, "approved=true&more=%5B1", formful, 422, "JSON"},
				"twice":                {"POST", link, "approved=true&approved=false", formful, 400, "twice"},
				"too long":             {"POST", link, "approved=true&by=" + strings.Repeat("x", 2<<20), formful, 413, ""},
			} {
				if c.method == "HEAD" { // has no body
					c.in = ""
				}
				if res := a.send(c.method, c.path, c.body, c.header); res.status != c.status || !strings.Contains(res.body, c.in) || strings.Contains(res.body, "s3cr3t") {
					t.Errorf("%s: %d %s", what, res.status, res.body)
				}
			}
			run := strings.Split(link, "/")[4]
			for kind, body := range map[string]string{formful: "approved=true", jsonful: `{"approved": true}`} {
				for _, path := range []string{link, "/-/signals/" + run + "/approval"} {
					if res := a.send("POST", path, body, kind, "Content-Encoding: gzip"); res.status != 415 || !strings.Contains(res.body, "the body is compressed") {
						t.Errorf("compressed, %s: %d %s", path, res.status, res.body)
					}
				}
			}
			if n := len(p.letters()); n != 1 {
				t.Fatalf("something was taken: %d letters", n)
			}
			const answer = "approved=true&by=Ada%0D%0AL&n=2&code=s3cr3t-c0de&more=%5B1%5D&note=&level=&data=aGk%3D&kind=%22%22" // what was taken away is not the default; that a number is asked for is the form's to say
			for _, c := range []struct {
				method, body string
				status       int
				in           string
			}{
				{"POST", answer, 200, "Thank you"},
				{"POST", answer, 200, "Thank you"},
				{"POST", `{"approved": true, "by": "Ada\nL", "n": 2, "code": "s3cr3t-c0de", "more": [1], "note": "", "kind": ""}`, 200, `"signal":"approval"`},
				{"POST", "approved=false", 409, "answered already"},
				{"POST", `{"approved": false}`, 409, `"code":"SignalConflict"`},
				{"GET", "", 410, "answered already"},
			} {
				kind := formful
				if strings.HasPrefix(c.body, "{") {
					kind = jsonful
				}
				if res := a.send(c.method, link, c.body, kind); res.status != c.status || !strings.Contains(res.body, c.in) {
					t.Errorf("%s %s: %d %s", c.method, c.body, res.status, res.body)
				}
			}
			inner := p.sentTo(t, 1)
			if !strings.HasSuffix(inner, "/each/item?key=a+b%2Fc") {
				t.Errorf("the address of the flow inside is %s", inner)
			}
			if res := a.send("GET", inner, ""); res.status != 200 || !strings.Contains(res.body, "For <strong>a b/c</strong>") {
				t.Errorf("inside: %d %s", res.status, res.body)
			}
			if res := a.send("POST", inner, "", formful); res.status != 200 {
				t.Errorf("inside: %d %s", res.status, res.body)
			}
			eventually(t, "the last letter", func() bool { return len(p.letters()) == 3 })
			if got := p.letters()[2]; got != "it was true by Ada\nL 2 [1] '' 3 aGk= ''" {
				t.Errorf("the flow was told %q", got)
			}
			eventually(t, "its end", func() bool { return a.send("GET", "/-/runs/"+run, "").member("state") == "done" })
			want := 410
			if j == nil {
				want = 404 // nothing is left of it
			}
			if res := a.send("GET", inner, ""); res.status != want {
				t.Errorf("after the end: %d", res.status)
			}
			if j == nil { // what an ended run was given is accepted again
				want = 404
			} else {
				want = 200
			}
			if res := a.send("POST", inner, "{}", jsonful); res.status != want || strings.Contains(res.body, "<") {
				t.Errorf("JSON after the end: %d %s", res.status, res.body)
			}
			a.stop()
			a.mu.Lock()
			defer a.mu.Unlock()
			seen := 0
			for _, one := range a.access {
				if strings.Contains(fmt.Sprintf("%+v", one), token) {
					t.Errorf("the token is logged: %+v", one)
				}
				if one.Path == "/-/links/***" {
					seen++
				}
			}
			if seen < 20 || strings.Contains(fmt.Sprintf("%+v", a.notices), token) {
				t.Errorf("%d requests, notices %+v", seen, a.notices)
			}
			if j != nil {
				notOnDisk(t, path, token)
			}
		})
	}
}

// What a journal without a key would have to keep is refused before anything is
// served; without a public address the step fails, and the start says so.
func TestSignalURLNeeds(t *testing.T) {
	p := &post{}
	if _, err := serve.New(t.Context(), p.config(t, newJournal(t, newPath(t)), public)); err == nil || !strings.Contains(err.Error(), "flow ask makes addresses with signalUrl") {
		t.Errorf("without a key: %v", err)
	}
	flow := p.config(t, nil, "").Flows[0].Flow
	j := newJournal(t, newPath(t))
	if _, err := j.Start(t.Context(), flow, nil, flows.WithPublicURL(public)); !errors.Is(err, journal.ErrLinksNeedKey) {
		t.Errorf("on a journal without a key: %v", err)
	}
	a := started(t, p.config(t, nil, ""))
	a.mu.Lock()
	if len(a.notices) != 1 || !strings.Contains(a.notices[0].Text, "NoPublicUrl") {
		t.Errorf("the start says %+v", a.notices)
	}
	a.mu.Unlock()
	a.send("POST", "/ask", "", "Idempotency-Key: k")
	eventually(t, "its failure", func() bool { return a.send("POST", "/ask", "", "Idempotency-Key: k").status != 202 })
	if res := a.send("POST", "/ask", "", "Idempotency-Key: k"); res.member("code") != "NoPublicUrl" || len(p.letters()) > 0 {
		t.Errorf("without an address: %d %s", res.status, res.body)
	}
	for text, good := range map[string]bool{
		"https://flows.example.com": true, "http://127.0.0.1:8080/a/": true,
		"flows.example.com": false, "ftp://x": false, "https://": false, "https://a:b@c": false, "https://a?b": false, "https://a#b": false, "https:a": false, "/x": false, "https://a b": false,
	} {
		if err := serve.CheckPublicURL(text); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// An address survives the end of the process, another public address, a new key,
// and a restart of its run; it ends with the time of its wait.
func TestSignalURLAfterwards(t *testing.T) {
	const old, renewed = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "WDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	path, p := newPath(t), &post{}
	opened := func(text string) *journal.Journal {
		keys, err := journal.ParseKeys(text)
		if err != nil {
			t.Fatal(err)
		}
		return newJournal(t, path, journal.WithKeys(keys))
	}
	j := opened(old)
	a := started(t, p.config(t, j, public))
	if res := a.send("POST", "/ask", "", "Idempotency-Key: k"); res.status != 202 {
		t.Fatal(res)
	}
	link := p.sentTo(t, 0)
	run := strings.Split(link, "/")[4]
	a.stop()
	_ = j.Close()

	j = opened(renewed + "," + old)
	a = started(t, p.config(t, j, "https://elsewhere.example.com"))
	if res := a.send("GET", link, ""); res.status != 200 {
		t.Fatalf("after the end of the process: %d %s", res.status, res.body)
	}
	p.mu.Lock()
	p.shut = true
	p.mu.Unlock()
	if res := a.send("POST", link, "approved=false", formful); res.status != 200 {
		t.Fatal(res)
	}
	eventually(t, "its failure", func() bool { return a.send("GET", "/-/runs/"+run, "").member("state") == "failed" })
	p.mu.Lock()
	p.shut = false
	p.mu.Unlock()
	plan, err := j.PlanRestart(t.Context(), run, p.registry(t), journal.Restart{From: "ok"})
	if err != nil {
		t.Fatal(err)
	}
	h, err := plan.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if res := a.send("GET", link, ""); res.status != 200 {
		t.Errorf("after a restart: %d %s", res.status, res.body)
	}
	if err := j.Delete(t.Context(), run, false); err != nil {
		t.Fatal(err)
	}
	if res := a.send("POST", link, `{"approved": true}`, jsonful); res.status != 200 || res.member("run") == "" {
		t.Errorf("after a restart whose first run was deleted: %d %s", res.status, res.body)
	}
	if inner := p.sentTo(t, 1); !strings.HasPrefix(inner, "/-/links/") || strings.Split(inner, "/")[4] != run {
		t.Errorf("the restart makes addresses such as %s", inner)
	}
	h.Cancel()
	_, _ = h.Wait(t.Context())
	if res := a.send("GET", p.sentTo(t, 1), ""); res.status != 410 || !strings.Contains(res.body, "has ended") {
		t.Errorf("of a canceled run: %d %s", res.status, res.body)
	}
	if res := a.send("POST", p.sentTo(t, 1), "{}", jsonful); res.status != 410 || res.member("code") != "SignalEnded" || strings.Contains(res.body, "/-/runs/") {
		t.Errorf("JSON to a canceled run: %d %s", res.status, res.body)
	}
	if _, err := url.Parse(link); err != nil {
		t.Error(err)
	}
}

// A text of an address can be given as the empty one, also one that has to be given.
func TestSignalURLEmptyText(t *testing.T) {
	for body, want := range map[string]string{"a.empty=1": "'' null", "a=x&b.empty=1": "'x' ''", "a.empty=1&b=": "'' null"} {
		p := &post{}
		c := p.config(t, nil, public)
		c.Flows = []serve.Served{{Flow: loadFiles(t, p.registry(t), map[string]string{"flow.yaml": `flow: ask
triggers: [{http: POST /ask, auth: none, answerWithin: 0s}]
steps:
  - {call: mail.send, with: {body: "${signalUrl('approval')}"}}
  - {id: got, wait: {signal: approval, accepts: {a: {type: string, required: true}, b: {type: string}}}}
  - {call: mail.send, with: {body: "'${steps.got.a}' ${steps.got.b == null ? 'null' : \"'\" + steps.got.b + \"'\"}"}}
`})}}
		a := started(t, c)
		a.send("POST", "/ask", "")
		link := p.sentTo(t, 0)
		if page := a.send("GET", link, ""); strings.Contains(page.body, " required") {
			t.Errorf("a browser asks for what the mark gives: %s", page.body)
		}
		if res := a.send("POST", link, "b=x", formful); res.status != 422 {
			t.Errorf("neither a text nor its mark: %d", res.status)
		}
		if res := a.send("POST", link, body, formful); res.status != 200 {
			t.Errorf("%s: %d %s", body, res.status, res.body)
		}
		eventually(t, "the last letter", func() bool { return len(p.letters()) == 2 })
		if got := p.letters()[1]; got != want {
			t.Errorf("%s: the flow was told %s, want %s", body, got, want)
		}
	}
}
