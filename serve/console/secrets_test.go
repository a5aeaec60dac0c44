package console_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/serve/console"
)

// Each secret is a word of its own, so that a page that shows one says which.
var secrets = map[string]string{
	"input":   "quince-input-4711",
	"env":     "quince-env-4712",
	"given":   "quince-given-4713",
	"literal": "quince-literal-4714",
	"block":   "quince-block-4715",
	"user":    "quince-user-4716",
	"signal":  "quince-signal-4717",
	"form":    "quince-form-4718",
	"object":  "quince-object-4719",
	"item":    "quince-item-4720",
	"member":  "quince-member-4721",
	"deep":    "quince-deep-4722",
	"token":   "quince-token-4723",
	"query":   "quince-query-4724",
	"signed":  "quince-signed-4725",
	"second":  "quince-second-4726",
	"passed":  "quince-passed-4727",
	"hook":    "quince-hook-4728",
	"undo":    "quince-undo-4729",
	"final":   "quince-final-4730",
}

const secretFlow = `flow: secretive
inputs:
  key: {type: secret, required: true}
  login: {type: object, members: {name: {type: string}, password: {type: secret}}}
  keys: {type: list, items: {type: secret}}
  all: {type: list, items: {type: object, members: {pin: {type: secret}, deep: {type: object, members: {pin: {type: secret}}}}}}
secrets:
  fromEnv: {env: FROM_ENV}
  given: {}
  token: {}
  query: {}
  signed: {}
  second: {}
  passed: {}
  hook: {}
  undo: {}
  final: {}
triggers:
  - http: POST /secretive
    auth: {bearer: "${secrets.hook}"}
steps:
  - set: {url: "https://quince-user-4716:quince-user-4716@host.example/x"}
  - {id: own, call: test.leak, with: {name: own, secret: "${ctx.key}"}}
  - {id: env, call: test.leak, with: {name: env, secret: "${secrets.fromEnv}"}}
  - {id: given, call: test.leak, with: {name: given, secret: "${secrets.given}"}}
  - {id: lit, call: test.leak, with: {name: lit, secret: quince-literal-4714}}
  - id: block
    call: test.leak
    with:
      name: block
      secret: |
        quince-block-4715
  - {id: made, call: test.leak, with: {name: made, secret: "${base64(secrets.given)}"}}
  - set: {derived: "${upper(ctx.key)} ${base64(ctx.key)} ${upper(secrets.fromEnv)}", whole: "${ctx.login}"}
  - {id: ask, wait: {signal: code, timeout: 1h, accepts: {code: {type: secret, required: true}}}}
  - {id: used, call: test.leak, with: {name: used, secret: "${steps.ask.code}"}}
  - {id: keys, forEach: "${ctx.keys}", as: k, do: [{id: one, call: test.leak, with: {name: item, secret: "${k}"}}], collect: "${steps.one.secret}"}
  - {id: all, forEach: "${ctx.all}", as: m, concurrency: 2, do: [{id: pin, call: test.leak, with: {name: member, secret: "${m.pin} ${m.deep.pin}"}}]}
  - set: {bearer: "Bearer ${secrets.token}", at: "https://host.example/?key=${secrets.query}", sum: "${sha256(secrets.signed)}"}
  - parallel:
      a: [{id: second, call: test.leak, with: {name: second, secret: "${secrets.second}"}}]
      b: [{set: {passed: "${secrets.passed}"}}, {id: passed, call: test.leak, with: {name: passed, secret: "${ctx.passed}"}}]
  - {id: sent, call: test.leak, with: {name: sent, secret: "${ctx.bearer} ${ctx.at} ${ctx.sum} ${secrets.signed}"}}
  - try:
      - {call: test.leak, with: {name: caught, secret: "${secrets.given}"}, retry: {attempts: 2, delay: 1ms}}
    catch:
      - do:
          - set: {said: "${error.message}"}
  - {id: last, call: test.leak, with: {name: last, secret: "${ctx.key}"}, undo: [{call: test.leak, with: {name: back, secret: "${secrets.undo}"}}]}
  - try: [{call: test.leak, with: {name: nothing}}]
    finally: [{id: final, call: test.leak, with: {name: final, secret: "${secrets.final}"}}]
  - fail: {code: Ended, message: "with ${ctx.derived}", details: {of: "${ctx.key}"}}
`

// No page, no answer to a form and no frame of a stream holds a secret, in any usual
// form, and neither does what the audit is told.
func TestSecretsNeverShow(t *testing.T) {
	j := keyed(t)
	options := given(secrets)
	w := newWorld(t, map[string]string{"secret.yaml": secretFlow}, func(c *console.Config) { c.Journal, c.Options = j, options })
	w.login()
	w.load("secret.yaml")
	w.set("caught", true)
	w.set("back", true) // what it says holds a secret
	seen := &watcher{t: t, w: w}

	// A form with mistakes does not show again what was written into it.
	seen.look("a form with mistakes", w.post("/flows/secretive", "i.key=", `i.login={"password": "`+secrets["form"]+`", "name": 1`))
	seen.look("another", w.post("/flows/secretive", "i.key="+secrets["form"], "i.login=[\""+secrets["form"]+"\"]"))
	a := w.post("/flows/secretive", "i.key="+secrets["input"], `i.login={"name": "ada", "password": "`+secrets["object"]+`"}`,
		`i.keys=["`+secrets["item"]+`"]`, `i.all=[{"pin": "`+secrets["member"]+`", "deep": {"pin": "`+secrets["deep"]+`"}}]`)
	if !strings.HasSuffix(a.url, "?did=start") {
		t.Fatalf("%d %s\n%s", a.status, a.url, a.body)
	}
	path, _, _ := strings.Cut(a.url, "?")
	waits := w.until(path, "Answer code")
	seen.look("a waiting run", waits)
	seen.stream(waits)
	seen.look("a wrong signal", w.post(path+"/signal", "signal=code", "v.other="+secrets["signal"]))
	if a := w.post(path+"/signal", "signal=code", "v.code="+secrets["signal"]); !strings.HasSuffix(a.url, "?did=signal") {
		t.Fatalf("%d %s\n%s", a.status, a.url, a.body)
	}
	failed := w.until(path, stands("failed"))
	has(t, failed, "Ended", "***")
	seen.look("the failed run", failed)
	id, _ := url.PathUnescape(strings.TrimPrefix(path, "/runs/"))
	for _, page := range []string{
		"/", "/runs", "/runs?text=quince", path + "/steps", path + "/restart", path + "/restart?with=file", path + "/restart?from=/last", "/flows", "/flows/secretive",
		"/flows/secretive?like=" + url.QueryEscape(id), "/?by=minutes", "/undone", "/restart?plan=1", "/restart?plan=1&from=/last", path + "/rest", path + "/params?n=0",
	} {
		seen.look(page, w.get(page))
	}
	if a := w.get(path + "/restart"); strings.Contains(a.body, "i.key") {
		t.Errorf("a secret input would stand in the address of a restart:\n%s", a.body)
	}
	d, err := j.Show(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for n := range d.Steps {
		a := w.get(path + "/step?n=" + strconv.Itoa(n))
		if a.status != http.StatusOK {
			t.Errorf("step %d: %d", n, a.status)
		}
		seen.look("step "+d.Steps[n].Path, a)
	}
	seen.look("a restart", w.post(path+"/restart", "from=/last"))
	seen.look("the restarted run", w.until(path+".2", stands("failed")))
	has(t, w.get("/undone"), id+".2")
	seen.look("restarts", w.sendForm("/restart", "from=/last&run="+url.QueryEscape(id+".2")))
	seen.look("the restarts", w.until("/restarts/1", "0 under way"))
	w.write("secret.yaml", strings.Replace(secretFlow, "name: lit,", "nome: lit,", 1))
	seen.look("a file with mistakes", w.get("/flows/secret.yaml"))
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, secret := range secrets {
		switch name {
		case "form", "object", "user", "hook": // no call is given them
		default:
			if !strings.Contains(strings.Join(w.given, "\n"), secret) {
				t.Errorf("the run did not use the secret %s", name)
			}
		}
	}
	for _, a := range w.actions {
		text := a.What + a.Run + a.Detail
		if a.Err != nil {
			text += a.Err.Error()
		}
		seen.look("the audit", answer{body: text})
	}
	if seen.looks < 30 {
		t.Errorf("only %d pages were looked at", seen.looks)
	}
}

// watcher looks for secrets.
type watcher struct {
	t     *testing.T
	w     *world
	looks int
}

func (x *watcher) look(what string, a answer) {
	x.t.Helper()
	x.looks++
	for name, secret := range secrets {
		for form, text := range map[string]string{
			"as it is": secret, "in capitals": strings.ToUpper(secret), "base64": base64.StdEncoding.EncodeToString([]byte(secret)),
			"hex": hex.EncodeToString([]byte(secret)), "in a URL": url.QueryEscape(secret),
		} {
			if i := strings.Index(a.body, text); i >= 0 {
				x.t.Errorf("%s shows the secret %s %s: …%s…", what, name, form, a.body[max(0, i-200):min(len(a.body), i+60)])
			}
		}
	}
}

// stream looks at the first frame of a page that is watched.
func (x *watcher) stream(page answer) {
	x.t.Helper()
	_, rest, _ := strings.Cut(page.body, `hx-sse:connect="`)
	address, _, _ := strings.Cut(rest, `"`)
	req, _ := http.NewRequestWithContext(x.t.Context(), http.MethodGet, x.w.server.URL+address, nil)
	resp, err := x.w.client.Do(req)
	if err != nil {
		x.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	x.look("a frame", answer{body: frameReader(resp)()})
}
