package console_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/serve/console"
)

// shortSecrets are too short to be looked for in texts, or are used in pieces that are.
var shortSecrets = map[string]string{
	"pin": "kw73x", "env": "fz18q", "given": "ju42w", "long": "gaboon-viper-4711", "signal": "vh66y", "item": "mb35t",
}

const shortFlow = `flow: short
inputs:
  pin: {type: secret, required: true}
  keys: {type: list, items: {type: secret}}
  plain: {type: string}
secrets:
  fromEnv: {env: FROM_ENV}
  given: {}
  long: {}
labels: {plain: text}
steps:
  - {id: plain, call: test.eat, with: {name: "${ctx.pin}"}}
  - {id: mixed, call: test.eat, with: {name: "PIN ${ctx.pin} of ${secrets.given}"}}
  - set: {first: "${secrets.long[:6]}", both: "${ctx.pin}-${secrets.fromEnv}", rest: ["${secrets.long[:6]}", "${secrets.long[7:12]}", "${secrets.long[13:]}"], at: {deep: "${secrets.given}"}}
  - {id: piece, call: test.eat, with: {name: "${ctx.first}"}}
  - {id: joined, call: test.eat, with: {name: "${ctx.both}"}}
  - {id: part, call: test.eat, with: {name: "${ctx.rest[1]}"}}
  - {id: deep, call: test.eat, with: {name: "${ctx.at.deep}"}}
  - {id: keys, forEach: "${ctx.keys}", as: k, do: [{id: one, call: test.eat, with: {name: "${k}"}}]}
  - {id: pieces, forEach: "${ctx.rest}", as: p, concurrency: 2, do: [{id: two, call: test.eat, with: {name: "${p}"}}]}
  - {id: ask, wait: {signal: code, timeout: 1h, accepts: {code: {type: secret, required: true}}}}
  - {id: answered, call: test.eat, with: {name: "${steps.ask.code}"}}
  - {id: leaked, call: test.leak, with: {name: leaked, secret: "${ctx.pin}"}}
  - {id: again, call: test.eat, with: {name: "${steps.leaked.secret}"}}
  - {id: upper, call: test.eat, with: {name: "${lower(secrets.long)[:6]}", list: ["${ctx.pin}", x], map: {a: "${ctx.pin}"}}}
  - try:
      - {id: caught, call: test.do, with: {name: caught, secret: "${ctx.pin}"}}
    catch:
      - do:
          - set: {said: "${error.message}", details: "${error.details}"}
          - {id: told, call: test.eat, with: {name: "${ctx.said}"}}
          - {id: detail, call: test.eat, with: {name: "${ctx.details.said}"}}
  - try:
      - fail: {code: Mine, message: "with ${ctx.pin}", details: {of: "${ctx.first}"}}
    catch:
      - do:
          - {id: mine, call: test.eat, with: {name: "${error.message}"}}
          - {id: mined, call: test.eat, with: {name: "${error.details.of}"}}
  - {id: undone, call: test.eat, with: {name: undone}, undo: [{id: back, call: test.eat, with: {name: "${ctx.first}"}}]}
  - parallel:
      a: [{id: pa, call: test.eat, with: {name: "${ctx.first}"}}]
      b: [{set: {pb: "${secrets.given}"}}, {id: pb, call: test.eat, with: {name: "${ctx.pb}"}}]
  - {id: echo, call: test.do, sensitive: true, with: {name: "${ctx.first}"}}
  - {id: behind, call: test.eat, with: {name: "${steps.echo.name}"}}
  - {id: echo2, call: test.do, with: {name: "${secrets.long}"}}
  - {id: behind2, call: test.eat, with: {name: "${steps.echo2.name}"}}
  - {id: within, call: test.eat, with: {name: "it is ${steps.echo2.name[0:12]} and no other"}}
  - {id: coded, call: test.eat, with: {name: "${base64(steps.echo2.name)}"}}
  - {id: unsaid, call: test.eat, with: {name: "${ctx.plain}"}}
  - {id: unsaid2, call: test.eat, with: {name: "${split(ctx.plain, ' ')[1]}"}}
  - try: [{id: cut, call: test.do, with: {name: cut, secret: "${secrets.long}"}}]
    catch: [{do: [{id: after, call: test.eat, with: {name: "${error.details.said}"}}]}]
  - {id: open, call: test.eat, with: {name: "what anybody may see"}}
  - fail: {code: Ended, message: "with ${ctx.both}", details: {of: "${ctx.first}", pin: "${ctx.pin}"}}
`

// No page shows short secrets and pieces of secrets, nor what a service says again of a
// longer one where a later step uses it.
func TestShortSecretsNeverShow(t *testing.T) {
	j := keyed(t)
	options := given(shortSecrets)
	w := newWorld(t, map[string]string{"short.yaml": shortFlow}, func(c *console.Config) { c.Journal, c.Options = j, options })
	w.login()
	w.load("short.yaml")
	w.set("caught", true)
	w.set("cut", true)
	a := w.post("/flows/short", "i.pin="+shortSecrets["pin"], `i.keys=["`+shortSecrets["item"]+`"]`, "i.plain=with "+shortSecrets["long"]+" in it")
	if !strings.HasSuffix(a.url, "?did=start") {
		t.Fatalf("%d %s\n%s", a.status, a.url, a.body)
	}
	path, _, _ := strings.Cut(a.url, "?")
	look := func(what string, a answer) {
		t.Helper()
		for _, piece := range []string{"kw73x", "fz18q", "ju42w", "vh66y", "mb35t", "gaboon", "viper", "4711", "Z2Fib29u"} {
			if i := strings.Index(a.body, piece); i >= 0 {
				t.Errorf("%s shows %s: …%s…", what, piece, a.body[max(0, i-200):min(len(a.body), i+60)])
			}
		}
	}
	look("waiting", w.until(path, "Answer code"))
	w.post(path+"/signal", "signal=code", "v.code="+shortSecrets["signal"])
	look("failed", w.until(path, stands("failed")))
	id, _ := url.PathUnescape(strings.TrimPrefix(path, "/runs/"))
	for _, page := range []string{"/", "/runs", path + "/steps", path + "/restart", path + "/rest", "/undone", "/restart?plan=1"} {
		look(page, w.get(page))
	}
	d, err := j.Show(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for n := range d.Steps {
		a := w.get(path + "/step?n=" + strconv.Itoa(n))
		look("step "+d.Steps[n].Path, a)
		if d.Steps[n].Operation != "" {
			has(t, a, "<h2>Parameters</h2>", "&#34;name&#34;: ")
		}
		if d.Steps[n].Path == "/open" {
			has(t, a, "what anybody may see")
		}
	}
}
