package serve_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve"
)

const mintFlow = `flow: mint
triggers: [{http: POST /mint, respond: {status: 201, body: {token: "${output}"}}}]
steps: [{id: made, call: mint.make}]
output: "${steps.made.token}"
`

type mintOut struct {
	Token schema.Secret `param:"token" doc:"A new one."`
}

// An answer that shows a secret is kept encrypted, and given again so; a journal that
// cannot do that has nothing served.
func TestAnswersWithSecrets(t *testing.T) {
	reg, err := connector.NewRegistry(&connector.Connector{
		Name: "mint", Summary: "Tokens.", Operations: []*connector.Operation{connector.Op("mint.make", "Make.", func(context.Context, struct{}) (mintOut, error) { return mintOut{Token: "t0ken-of-mint"}, nil })},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := serve.Config{Flows: []serve.Served{{Flow: loadFiles(t, reg, map[string]string{"flow.yaml": mintFlow})}}, Registry: reg, Journal: newJournal(t, newPath(t))}
	if _, err := serve.New(t.Context(), c); err == nil || !strings.Contains(err.Error(), "the answers of POST /mint show a secret") {
		t.Errorf("on a journal without a key: %v", err)
	}
	keys, err := journal.ParseKeys("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	if err != nil {
		t.Fatal(err)
	}
	path := newPath(t)
	c.Journal = newJournal(t, path, journal.WithKeys(keys))
	a := started(t, c)
	for range 2 {
		if got := a.send("POST", "/mint", "", "Idempotency-Key: k"); got.status != 201 || got.body != `{"token":"t0ken-of-mint"}`+"\n" {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	a.stop()
	notOnDisk(t, path, "t0ken-of-mint")
}

// An answer that shows a secret shows that one: what a service gave back of another one
// is hidden beside it.
func TestAnswersShowWhatTheySay(t *testing.T) {
	const echoed = "k3y-of-the-service"
	reg, err := connector.NewRegistry(&connector.Connector{
		Name: "mint", Summary: "Tokens.", Operations: []*connector.Operation{
			connector.Op("mint.make", "Make.", func(context.Context, struct{}) (mintOut, error) { return mintOut{Token: "t0ken-of-mint"}, nil }),
			connector.Op("mint.echo", "Say again.", func(_ context.Context, in mintIn) (mintIn, error) { return in, nil }),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ respond, want string }{
		"a body": {
			respond: `, respond: {body: {token: "${output.token}", said: "${output.said}"}}`,
			want:    `{"said":"***","token":"t0ken-of-mint"}`,
		},
		"a list": {
			respond: `, respond: {body: ["${output.said}", {a: "${output.token}", b: ["${output.said}"]}]}`,
			want:    `["***",{"a":"t0ken-of-mint","b":["***"]}]`,
		},
		"a text": {
			respond: `, respond: {headers: {X-T: "${output.said} ${output.token}"}, body: "${output.said}, ${output.token}!"}`,
			want:    `"***, t0ken-of-mint!"`,
		},
		"the output": {want: `{"said":"***","token":"t0ken-of-mint"}`},
		"a secret itself": {
			respond: `, respond: {body: "${output.token}"}`, want: `"t0ken-of-mint"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			flow := loadFiles(t, reg, map[string]string{"flow.yaml": `flow: mint
inputs: {key: {type: secret, default: ` + echoed + `}}
triggers: [{http: POST /mint` + c.respond + `}]
steps:
  - {id: made, call: mint.make}
  - {id: told, call: mint.echo, with: {said: "${ctx.key}"}}
output: {token: "${steps.made.token}", said: "${steps.told.said}"}
`})
			a := started(t, serve.Config{Flows: []serve.Served{{Flow: flow}}, Registry: reg})
			got := a.send("POST", "/mint", "")
			if got.status != 200 || got.body != c.want+"\n" {
				t.Errorf("%d %s, want %s", got.status, got.body, c.want)
			}
			if h := got.header.Get("X-T"); name == "a text" && h != "*** t0ken-of-mint" {
				t.Errorf("the header is %q", h)
			}
		})
	}
}

type mintIn struct {
	Said any `param:"said"`
}

// Who waits for a secret by a signal has nothing served on a journal without a key.
func TestSecretSignalsNeedAKey(t *testing.T) {
	b := &bank{}
	flow := b.flow(t, "flow: ask\ntriggers: [{http: POST /ask}]\nsteps: [{wait: {signal: code, timeout: 1h, accepts: {code: {type: secret, required: true}}}}]\n")
	c := serve.Config{Flows: []serve.Served{{Flow: flow}}, Registry: b.registry(t), Journal: newJournal(t, newPath(t))}
	if _, err := serve.New(t.Context(), c); err == nil || !strings.Contains(err.Error(), "takes secret values") || !strings.Contains(err.Error(), "by journal.WithKeys") {
		t.Errorf("got %v", err)
	}
	c.Journal = nil
	if _, err := serve.New(t.Context(), c); err != nil {
		t.Errorf("without a journal: %v", err)
	}
}

// A run that takes longer than its caller is to wait goes on, and is found; so is one
// whose caller went away.
func TestCallersThatDoNotWait(t *testing.T) {
	for name, j := range map[string]*journal.Journal{"journal": newJournal(t, newPath(t)), "volatile": nil} {
		t.Run(name, func(t *testing.T) {
			b := &bank{gate: make(chan struct{})}
			a := started(t, serve.Config{Registry: b.registry(t), Journal: j, Flows: []serve.Served{{Flow: b.flow(t, `flow: slow
triggers:
  - {http: POST /soon, answerWithin: 20ms}
  - {http: POST /late}
steps: [{id: paid, call: bank.pay, with: {amount: 1}}]
output: "${steps.paid.id}"
`)}}})
			late := a.send("POST", "/soon", "")
			where := late.header.Get("Location")
			if late.status != http.StatusAccepted || !strings.HasPrefix(where, "/-/runs/") || late.header.Get("Retry-After") == "" || late.member("location") != where {
				t.Fatalf("%d %v %s", late.status, late.header, late.body)
			}
			if state := a.send("GET", where, ""); state.member("state") != "running" || state.header.Get("Retry-After") == "" {
				t.Errorf("%d %s", state.status, state.body)
			}
			ctx, leave := context.WithCancel(t.Context())
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+"/late", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Idempotency-Key", "k")
			left := make(chan struct{})
			go func() {
				defer close(left)
				if res, err := http.DefaultClient.Do(req); err == nil {
					_ = res.Body.Close()
					t.Errorf("it was answered with %d", res.StatusCode)
				}
			}()
			eventually(t, "two payments", func() bool { return b.payments() == 2 })
			leave()
			<-left
			eventually(t, "the server knows that the caller left", func() bool {
				a.mu.Lock()
				defer a.mu.Unlock()
				return slices.ContainsFunc(a.access, func(one serve.Access) bool { return one.Code == "CallerGone" && one.Run != "" })
			})
			close(b.gate)
			for _, got := range []*answer{a.send("POST", "/late", "", "Idempotency-Key: k"), answered(t, a, where)} {
				if got.status != 200 || got.body != "\"p-1\"\n" {
					t.Errorf("%d %s", got.status, got.body)
				}
			}
			if b.payments() != 2 {
				t.Errorf("%d payments, want 2", b.payments())
			}
		})
	}
}

// answered waits for the answer of a run.
func answered(t *testing.T, a *api, where string) (got *answer) {
	eventually(t, "the answer", func() bool {
		got = a.send("GET", where+"/answer", "")
		return got.status != 404
	})
	return got
}

// A key is its caller's, and its route's: others begin runs of their own with it.
func TestKeysAreTheCallers(t *testing.T) {
	b := &bank{}
	a := started(t, serve.Config{Registry: b.registry(t), Journal: newJournal(t, newPath(t)), Flows: []serve.Served{{Flow: b.flow(t, `flow: pay
triggers:
  - {http: POST /one, auth: {bearer: [first-caller, second-caller]}}
  - {http: POST /two, auth: {bearer: [first-caller, second-caller]}}
steps: [{id: paid, call: bank.pay, with: {amount: 1}}]
output: "${run.id}"
`)}}})
	seen := map[string]bool{}
	for range 2 {
		for _, path := range []string{"/one", "/two"} {
			for _, who := range []string{"first-caller", "second-caller"} {
				got := a.send("POST", path, "", "Authorization: Bearer "+who, "Idempotency-Key: k")
				if got.status != 200 {
					t.Errorf("%s %s: %d %s", path, who, got.status, got.body)
				}
				seen[got.body] = true
			}
		}
	}
	if len(seen) != 4 || b.payments() != 4 {
		t.Errorf("%d runs and %d payments, want 4", len(seen), b.payments())
	}
}

// The triggers of a flow that another one calls mean nothing there.
func TestTriggersOfCalledFlows(t *testing.T) {
	b := &bank{}
	outer := loadFiles(t, b.registry(t), map[string]string{
		"flow.yaml": "flow: outer\ntriggers: [{http: POST /outer}]\nsteps: [{id: inner, flow: inner.yaml}]\noutput: \"${steps.inner}\"\n",
		"inner.yaml": "flow: inner\ntriggers:\n  - {http: POST /inner, auth: {bearer: inner-token}, respond: {status: 299, body: inner}}\n  - {schedule: every 1s}\n" +
			"steps: [{call: bank.pay, with: {amount: 1}}]\noutput: of the inner flow\n",
	})
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: outer}}, Registry: b.registry(t)})
	if routes := a.Routes(); !slices.Equal(routes, []string{"POST /outer"}) || len(a.Schedules()) != 0 {
		t.Errorf("it serves %v, and %v", routes, a.Schedules())
	}
	if got := a.send("POST", "/outer", ""); got.status != 200 || got.body != "\"of the inner flow\"\n" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := a.send("POST", "/inner", "", "Authorization: Bearer inner-token"); got.status != 404 {
		t.Errorf("%d %s", got.status, got.body)
	}
}
