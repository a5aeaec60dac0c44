package serve_test

import (
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/serve"
)

const measuredFlow = `flow: pay
inputs: {amount: {type: integer, required: true}, token: {type: secret}}
triggers:
  - {name: pay, http: POST /pay}
  - {name: wait, http: POST /wait, answerWithin: 0s, with: {amount: -1}}
steps:
  - {if: "${ctx.amount > 1000}", fail: {code: TooMuch, message: "too much"}}
  - id: paid
    call: bank.pay
    with: {amount: "${ctx.amount}"}
    retry: {attempts: 2, delay: 1ms, on: [unavailable]}
    idempotent: true
    undo: {call: bank.pay, with: {amount: 0}, retry: 1}
  - {if: "${ctx.amount < 0}", wait: {signal: never, timeout: 1h}}
  - {if: "${ctx.amount == 7}", fail: {code: Seven, message: "not seven"}}
output: {id: "${steps.paid.id}"}
`

// metric returns the lines of a family, without comments.
func (a *api) metric(name string) []string {
	a.t.Helper()
	var lines []string
	for line := range strings.Lines(a.admin().send("GET", "/metrics", "").body) {
		if strings.HasPrefix(line, name+"{") || strings.HasPrefix(line, name+" ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func TestMetrics(t *testing.T) {
	for name, path := range map[string]string{"journal": newPath(t), "volatile": ""} {
		t.Run(name, func(t *testing.T) {
			var j *journal.Journal
			if path != "" {
				keys, err := journal.ParseKeys("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
				if err != nil {
					t.Fatal(err)
				}
				j = newJournal(t, path, journal.WithKeys(keys))
			}
			b := &bank{}
			flow := b.flow(t, measuredFlow)
			a := started(t, serve.Config{Flows: []serve.Served{{Flow: flow}}, Registry: b.registry(t), Journal: j, Metrics: true, DrainTime: time.Millisecond})
			version := flow.Version()
			pay := func(status int, body string) {
				t.Helper()
				if got := a.send("POST", "/pay", body); got.status != status {
					t.Fatalf("%d %s", got.status, got.body)
				}
			}
			pay(200, `{"amount": 1, "token": "s3cret-token"}`)
			pay(200, `{"amount": 2}`)
			pay(422, `{"amount": 2000}`)
			pay(422, `{"amount": 7}`) // its payment is undone
			pay(422, `{}`)
			a.send("GET", "/nowhere/s3cret-token", "")
			b.mu.Lock()
			b.class = connector.ClassUnavailable
			b.mu.Unlock()
			pay(502, `{"amount": 1}`)
			b.mu.Lock()
			b.class = ""
			b.mu.Unlock()
			if got := a.send("POST", "/wait", ""); got.status != 202 {
				t.Fatalf("%d %s", got.status, got.body)
			}
			eventually(t, "a run that waits", func() bool { return strings.Join(a.metric("medlar_undos_owed"), "") == "medlar_undos_owed 1" })
			for _, want := range []string{
				`medlar_runs_total{flow="pay",trigger="pay",version="` + version + `",outcome="done"} 2`,
				`medlar_runs_total{flow="pay",trigger="pay",version="` + version + `",outcome="failed"} 3`,
				`medlar_run_duration_seconds_count{flow="pay",trigger="pay",outcome="done"} 2`,
				`medlar_attempts_total{operation="bank.pay",class="ok"} 5`, // one of them an undo
				`medlar_attempts_total{operation="bank.pay",class="unavailable"} 2`,
				`medlar_call_duration_seconds_count{operation="bank.pay"} 6`,
				`medlar_undos_total{flow="pay",outcome="done"} 1`,
				`medlar_http_requests_total{route="POST /pay",status="200"} 2`,
				`medlar_http_requests_total{route="POST /pay",status="422"} 3`,
				`medlar_http_requests_total{route="POST /wait",status="202"} 1`,
				`medlar_http_requests_total{route="",status="404"} 1`,
				`medlar_queue_depth 0`, `medlar_queue_max 256`, `medlar_runs_max 256`,
			} {
				family, _, _ := strings.Cut(strings.Fields(want)[0], "{")
				if got := strings.Join(a.metric(family), "\n"); !strings.Contains(got+"\n", want+"\n") {
					t.Errorf("want %s, got\n%s", want, got)
				}
			}
			if j != nil {
				for _, family := range []string{"medlar_journal_bytes", "medlar_journal_flushes_total"} {
					if got := a.metric(family); len(got) != 1 || strings.HasSuffix(got[0], " 0") {
						t.Errorf("%s: %q", family, got)
					}
				}
				want := `medlar_journal_runs{state="failed"} 3`
				eventually(t, want, func() bool { return strings.Contains(strings.Join(a.metric("medlar_journal_runs"), "\n"), want) })
			}
			if got := a.admin().send("GET", "/metrics", ""); strings.Contains(got.body, "s3cret") || got.header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
				t.Errorf("%s\n%s", got.header, got.body)
			}
			if got := a.send("GET", "/metrics", ""); got.status != 404 {
				t.Errorf("callers get %d", got.status)
			}
		})
	}
}

// What cannot be undone is left, and counted.
func TestMetricsOfWhatIsLeft(t *testing.T) {
	b := &bank{}
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: b.flow(t, `flow: pay
triggers: [{http: POST /pay}]
steps:
  - {id: paid, call: bank.pay, with: {amount: 1}, undo: {fail: {code: Odd, message: "it cannot be undone"}}}
  - {fail: {code: Late, message: "too late"}}
`)}}, Registry: b.registry(t), Metrics: true})
	if got := a.send("POST", "/pay", ""); got.status != 422 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for family, want := range map[string]string{
		"medlar_undos_left_total": `medlar_undos_left_total{flow="pay"} 1`,
		"medlar_undos_total":      `medlar_undos_total{flow="pay",outcome="failed"} 1`,
		"medlar_runs_total":       `outcome="not_undone"} 1`,
	} {
		if got := strings.Join(a.metric(family), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: %s", family, got)
		}
	}
}

// Metrics are not there unless somebody asked for them.
func TestNoMetrics(t *testing.T) {
	b := &bank{}
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: b.flow(t, "flow: pay\ntriggers: [{http: POST /pay}]\nsteps: [{call: bank.pay, with: {amount: 1}}]\n")}}, Registry: b.registry(t)})
	if got := a.admin().send("GET", "/metrics", ""); got.status != 404 {
		t.Errorf("%d %s", got.status, got.body)
	}
}
