package serve_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve"
)

const secretFlow = `flow: secretive
secrets: {bearer: {env: BEARER}, basic: {env: BASIC}, apiKey: {env: APIKEY}, hook: {env: HOOK}, upstream: {env: UPSTREAM}}
inputs:
  pin: {type: secret}
  mode: {type: string, default: done}
triggers:
  - {http: POST /bearer, auth: {bearer: "${secrets.bearer}"}}
  - {http: POST /basic, auth: {basic: {username: ada, password: "${secrets.basic}"}}}
  - {http: POST /key, auth: {apiKey: {keys: ["${secrets.apiKey}"]}}}
  - {http: POST /hook, auth: {hmac: {scheme: github, secret: "${secrets.hook}"}}}
  - http: POST /mapped
    auth: none
    answerWithin: 20s
    with: {pin: "${request.body.pin}", mode: "${request.body.mode}"}
    respond:
      - {headers: {X-Echo: "${output.echo}"}, body: "${output.echo}"}
      - {on: Echoed, status: 409, headers: {X-Echo: "${error.code}"}, body: {why: "${error.message}"}}
  - {schedule: every 1h, with: {mode: done}}
steps:
  - {id: echo, call: vault.echo, with: {token: "${secrets.upstream}", pin: "${ctx.pin}", mode: "${ctx.mode}"}}
  - if: "${ctx.mode == 'ask'}"
    then:
      - {id: link, call: vault.post, with: {address: "${signalUrl('approval')}"}}
      - {id: approval, wait: {signal: approval, timeout: 1h, accepts: {code: {type: secret, required: true}}}}
output: {echo: "${steps.echo.said}"}
`

type echoIn struct {
	Token schema.Secret `param:"token" doc:"Who calls."`
	Pin   schema.Secret `param:"pin" doc:"Of the card."`
	Mode  string        `param:"mode" doc:"What is to happen."`
}

type echoOut struct {
	Said string `param:"said" doc:"What came."`
}

type postIn struct {
	Address schema.Secret `param:"address" doc:"Where somebody answers."`
}

// vault says again what it was told, which it should not.
type vault struct{ links chan string }

func (v *vault) registry(t *testing.T) *connector.Registry {
	t.Helper()
	reg, err := connector.NewRegistry(&connector.Connector{
		Name: "vault", Summary: "It echoes.",
		Operations: []*connector.Operation{
			connector.Op("vault.echo", "Echo.", func(_ context.Context, in echoIn) (echoOut, error) {
				said := fmt.Sprintf("token %s, pin %s", in.Token.Reveal(), in.Pin.Reveal())
				if in.Mode == "fail" {
					return echoOut{}, &connector.Error{Code: "Echoed", Class: connector.ClassUnavailable, Message: said}
				}
				return echoOut{Said: said}, nil
			}, connector.WithErrors(connector.ErrorCode{Code: "Echoed", Class: connector.ClassUnavailable})),
			connector.Op("vault.post", "Post.", func(_ context.Context, in postIn) (struct{}, error) {
				v.links <- in.Address.Reveal()
				return struct{}{}, nil
			}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// outlets collects everything that the server says.
type outlets struct {
	t    *testing.T
	said strings.Builder
}

func (o *outlets) take(what string, a *answer) *answer {
	fmt.Fprintf(&o.said, "%s: %d %v %s\n", what, a.status, a.header, a.body)
	return a
}

// No outlet of the server shows a secret of eight kinds: not an answer, not a header,
// not the log, not what operators are told.
func TestNoSecretInOutlets(t *testing.T) {
	env := map[string]string{
		"BEARER": "k1-bearer-token", "BASIC": "k2-basic-password", "APIKEY": "k3-api-key-value", "HOOK": "k4-hook-secret", "UPSTREAM": "k5-upstream-token",
	}
	kinds := map[string]string{"pin": "k6-secret-input", "code": "k7-signal-value"} // and the address of a person, k8
	for name, text := range env {
		kinds[name] = text
	}
	keys, err := journal.ParseKeys("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	if err != nil {
		t.Fatal(err)
	}
	for _, withJournal := range []bool{true, false} {
		t.Run(fmt.Sprintf("journal %t", withJournal), func(t *testing.T) {
			v := &vault{links: make(chan string, 1)}
			flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(secretFlow)}}, "flow.yaml", v.registry(t))
			if err != nil {
				t.Fatal(err)
			}
			c := serve.Config{
				Flows: []serve.Served{{Flow: flow, File: "flow.yaml"}}, Registry: v.registry(t), PublicURL: public, Metrics: true,
				Options: []flows.RunOption{flows.WithEnv(func(name string) (string, bool) { v, ok := env[name]; return v, ok })},
			}
			path := newPath(t)
			if withJournal {
				c.Journal = newJournal(t, path, journal.WithKeys(keys))
			}
			a := started(t, c)
			admin := a.admin()
			o := &outlets{t: t}
			sign := func(body string) string {
				mac := hmac.New(sha256.New, []byte(env["HOOK"]))
				mac.Write([]byte(body))
				return "X-Hub-Signature-256: sha256=" + hex.EncodeToString(mac.Sum(nil))
			}
			basic := func(password string) string {
				return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ada:"+password))
			}
			bodies := []string{`{"pin": "k6-secret-input"}`, `{"pin": "k6-secret-input", "mode": "fail"}`, `{"pin": ["k6-secret-input"]}`, `{"pin": "k6-secret-input", "mode": 1, "k6-secret-input": 2}`, `{"pin": "k6-secret-input"`}
			runs := map[string]string{}
			for _, body := range bodies[:3] {
				for path, header := range map[string]string{"/bearer": "Authorization: Bearer " + env["BEARER"], "/basic": basic(env["BASIC"]), "/key": "X-API-Key: " + env["APIKEY"], "/hook": sign(body), "/mapped": "X: y"} {
					o.take(path, a.send("POST", path, body, header))
					o.take(path, a.send("POST", path, body, header+"x"))
					o.take(path, a.send("POST", path+"?pin=k6-secret-input", body, header, "Idempotency-Key: "+strings.ReplaceAll(path, "/", "k")+"-"+hex.EncodeToString([]byte(body))[:30]))
				}
			}
			for _, wrong := range []string{"Authorization: Bearer k1-bearer-token k1-bearer-token", "Authorization: Basic k2-basic-password", basic("k2-basic-password "), "X-API-Key: k3-api-key-value\tk"} {
				for _, path := range []string{"/bearer", "/basic", "/key", "/hook"} {
					o.take(path, a.send("POST", path, bodies[0], wrong))
				}
			}
			for _, body := range []string{`{"pin": "k6-secret-input", "mode": "done"}`, `{"pin": "k6-secret-input", "mode": "fail"}`, `{"pin": {"a": "k6-secret-input"}, "mode": "done"}`} {
				o.take("/mapped", a.send("POST", "/mapped", body))
			}
			// A run that a person answers.
			asked := o.take("/mapped", a.send("POST", "/mapped", `{"pin": "k6-secret-input", "mode": "ask"}`, "Prefer: respond-async"))
			run, _ := asked.member("run").(string)
			runs[run] = run
			link := <-v.links
			token := strings.Split(strings.TrimPrefix(link, public), "/")[3]
			eventually(t, "the run waits", func() bool { return admin.send("GET", "/-/runs/"+run, "").status == 200 })
			for _, values := range []string{`{"code": ["k7-signal-value"]}`, `{"code": "k7-signal-value", "more": "k7-signal-value"}`, `{"code": "k7-signal-value"}`, `{"code": "k7-signal-value"}`, `{"code": "k7-signal-value-2"}`} {
				o.take("signal", a.send("POST", "/-/signals/"+run+"/approval", values))
			}
			o.take("a link that is not there", a.send("GET", strings.TrimPrefix(link, public)+"x", ""))
			eventually(t, "the run ends", func() bool { return a.send("GET", "/-/runs/"+run+"/answer", "").status == 200 })
			o.take("answer", a.send("GET", "/-/runs/"+run+"/answer", ""))
			a.mu.Lock()
			for _, one := range a.access {
				if one.Run != "" {
					runs[one.Run] = one.Run
				}
			}
			a.mu.Unlock()
			if len(runs) < 8 {
				t.Errorf("%d runs", len(runs))
			}
			for run := range runs {
				o.take("run", a.send("GET", "/-/runs/"+run, ""))
				o.take("operators' run", admin.send("GET", "/-/runs/"+run, ""))
				o.take("operators' answer", admin.send("GET", "/-/runs/"+run+"/answer", ""))
			}
			for _, path := range []string{"/-/runs", "/-/schedules", "/-/readyz", "/-/healthz", "/-/openapi.json", "/metrics"} {
				o.take(path, admin.send("GET", path, ""))
				o.take(path, a.send("GET", path, ""))
			}
			a.stop()
			a.mu.Lock()
			defer a.mu.Unlock()
			logged, err := json.Marshal(a.access)
			if err != nil {
				t.Fatal(err)
			}
			o.said.Write(logged)
			for _, n := range a.notices {
				fmt.Fprintf(&o.said, "%+v %v\n", n, n.Err)
			}
			said := o.said.String()
			kinds["link"] = token
			for kind, secret := range kinds {
				if i := strings.Index(said, secret); i >= 0 {
					t.Errorf("the secret %s is said:\n%s", kind, said[max(0, i-300):min(len(said), i+100)])
				}
				if withJournal {
					notOnDisk(t, path, secret)
				}
			}
			if !strings.Contains(said, "***") {
				t.Error("nothing that the vault echoed was hidden")
			}
		})
	}
}

const askFlow = `flow: ask
triggers:
  - {http: POST /ask, auth: {bearer: token-of-callers}, answerWithin: 0s}
  - {http: POST /other, auth: {bearer: token-of-others}, answerWithin: 0s}
steps:
  - {id: approval, wait: {signal: approval, timeout: 1h, accepts: {yes: {type: boolean, required: true}, n: {type: integer, minimum: 1}}}}
output: "${steps.approval.yes}"
`

// What the endpoint of signals answers, on a journal and without one.
func TestSignals(t *testing.T) {
	for name, j := range map[string]*journal.Journal{"journal": newJournal(t, newPath(t)), "volatile": nil} {
		t.Run(name, func(t *testing.T) {
			b := &bank{}
			a := started(t, serve.Config{Flows: []serve.Served{{Flow: b.flow(t, askFlow)}}, Registry: b.registry(t), Journal: j})
			const mine, others = "Authorization: Bearer token-of-callers", "Authorization: Bearer token-of-others"
			run, _ := a.send("POST", "/ask", "", mine).member("run").(string)
			at := "/-/signals/" + run + "/approval"
			for _, c := range []struct {
				name, method, path, body, header string
				status                           int
				in                               string
			}{
				{"nobody", "POST", at, `{"yes": true}`, "X: y", 401, "Unauthorized"},
				{"the caller of another route", "POST", at, `{"yes": true}`, others, 401, "Unauthorized"},
				{"another run", "POST", "/-/signals/" + run + "x/approval", `{"yes": true}`, mine, 404, "UnknownRun"},
				{"another signal", "POST", "/-/signals/" + run + "/aproval", `{"yes": true}`, mine, 404, "SignalUnknown"},
				{"a key that it has not", "POST", at + "?key=x", `{"yes": true}`, mine, 404, "SignalUnknown"},
				{"a method", "GET", at, ``, mine, 405, ""},
				{"no JSON", "POST", at, `{"yes": `, mine, 400, "NotJSON"},
				{"a list", "POST", at, `[true]`, mine, 400, "NotAnObject"},
				{"nothing", "POST", at, ``, mine, 422, "#/yes"},
				{"a wrong type", "POST", at, `{"yes": "perhaps", "n": 0}`, mine, 422, "#/n"},
				{"a value that it has not", "POST", at, `{"yes": true, "no": 1}`, mine, 422, "#/no"},
				{"it is taken", "POST", at, `{"yes": true, "n": 3}`, mine, 200, `"signal":"approval"`},
				{"the same again", "POST", at, `{"n": 3, "yes": true}`, mine, 200, ""},
				{"another value", "POST", at, `{"yes": false}`, mine, 409, "Signal"},
			} {
				got := a.send(c.method, c.path, c.body, c.header)
				if got.status != c.status || !strings.Contains(got.body, c.in) {
					t.Errorf("%s: %d %s, want %d %s", c.name, got.status, got.body, c.status, c.in)
				}
				helps(t, got)
			}
			eventually(t, "the answer", func() bool { return a.send("GET", "/-/runs/"+run+"/answer", "", mine).body == "true\n" })
			if got := a.send("POST", at, `{"yes": true, "n": 3}`, mine); got.status != 200 {
				t.Errorf("the same, after the end: %d %s", got.status, got.body)
			}
			if got := a.send("POST", at, `{"yes": false}`, mine); got.status != 409 {
				t.Errorf("another value, after the end: %d %s", got.status, got.body)
			}
		})
	}
}

// Operators see the schedules, callers do not.
func TestSchedulesAreShown(t *testing.T) {
	b := &bank{}
	a := started(t, serve.Config{Registry: b.registry(t), Flows: []serve.Served{{Flow: b.flow(t,
		"flow: ticks\ntriggers: [{schedule: every 1h, name: hourly}, {schedule: 30 2 * * *, timezone: Europe/Berlin, name: nightly}]\noutput: 1\n")}}})
	got := a.admin().send("GET", "/-/schedules", "")
	var shown struct {
		Schedules []struct {
			Flow, Trigger, Schedule, Timezone, Next string
			Waiting, LeftOut                        int
			Runs                                    []string
		}
	}
	if err := json.Unmarshal([]byte(got.body), &shown); err != nil || got.status != 200 || len(shown.Schedules) != 2 {
		t.Fatalf("%d %s, %v", got.status, got.body, err)
	}
	for i, want := range []string{"hourly", "nightly"} {
		one := shown.Schedules[i]
		next, err := time.Parse(time.RFC3339, one.Next)
		if err != nil || one.Trigger != want || one.Flow != "ticks" || next.Before(time.Now()) || next.After(time.Now().Add(26*time.Hour)) {
			t.Errorf("%+v, %v", one, err)
		}
	}
	if got := a.send("GET", "/-/schedules", ""); got.status != http.StatusNotFound {
		t.Errorf("callers see the schedules: %d %s", got.status, got.body)
	}
}

// At twice the capacity half is refused while nothing ends, and what was accepted is
// done, once.
func TestOverload(t *testing.T) {
	b := &bank{gate: make(chan struct{})}
	const capacity = 8 // of which half wait
	a := started(t, serve.Config{
		Flows:    []serve.Served{{Flow: b.flow(t, "flow: pay\ntriggers: [{http: POST /pay, auth: none}]\nsteps: [{id: paid, call: bank.pay, with: {amount: 1}}]\noutput: \"${steps.paid.id}\"\n")}},
		Registry: b.registry(t), Journal: newJournal(t, newPath(t)), MaxRuns: capacity / 2, MaxQueue: capacity / 2, QueueTime: time.Hour,
	})
	for round := range 5 {
		before := b.payments()
		gate := make(chan struct{})
		b.mu.Lock()
		b.gate = gate
		b.mu.Unlock()
		answers := make(chan *answer, 2*capacity)
		for i := range 2 * capacity {
			go func() { answers <- a.send("POST", "/pay", "", fmt.Sprintf("Idempotency-Key: %d-%d", round, i)) }()
		}
		for range capacity { // they come back though nothing has ended
			if got := <-answers; got.status != 503 || got.member("code") != "OverCapacity" || got.header.Get("Retry-After") == "" {
				t.Fatalf("%d %s", got.status, got.body)
			}
		}
		close(gate)
		for range capacity {
			if got := <-answers; got.status != 200 || got.body != "\"p-1\"\n" {
				t.Errorf("%d %s", got.status, got.body)
			}
		}
		if n := b.payments() - before; n != capacity {
			t.Errorf("%d payments, want %d", n, capacity)
		}
	}
}
