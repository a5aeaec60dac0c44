package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/devserver"
)

const servedFlow = `flow: orders
inputs:
  customer: {type: string, required: true}
  amount: {type: integer, required: true, minimum: 1}
  for: {type: duration, default: 0s}
triggers:
  - http: POST /orders/{customer}
    respond: {status: 201, headers: {X-Order: "o-${ctx.customer}"}, body: {order: "${output.order}", same: "${output.at == run.startedAt}", of: "${run.id != null}"}}
  - http: POST /slow/{customer}
    answerWithin: 100ms
    respond:
      - {body: "${output}"}
      - {on: [Broken], status: 409, body: {broken: "${error.code}"}}
steps:
  - {id: order, call: probe.step, with: {name: "order-${ctx.customer}", for: "${ctx.for}", value: "${ctx.amount * 2}", fail: "${ctx.amount == 13}"}}
  - {if: "${ctx.amount == 7}", then: [{fail: {code: Unlucky, message: seven it is, status: 422}}]}
  - {if: "${ctx.amount == 99}", then: [{wait: {signal: approval, accepts: {by: {type: string, required: true}}}}]}
output: {order: "${steps.order}", at: "${run.startedAt}"}
`

// web is a served command.
type web struct {
	t          *testing.T
	child      *child
	url, admin string
}

// serve serves flow.yaml, and returns once it does.
func (b *bench) serve(args ...string) *web {
	b.t.Helper()
	w := &web{t: b.t, url: "http://" + freePort(b.t), admin: "http://" + freePort(b.t)}
	w.child = b.start(append([]string{
		"serve", "flow.yaml", "--listen", strings.TrimPrefix(w.url, "http://"), "--admin", strings.TrimPrefix(w.admin, "http://"), "--log-level", "off",
	}, args...)...)
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		res, err := http.Get(w.url + "/-/readyz")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return w
			}
		}
		select {
		case <-w.child.done:
			b.t.Fatalf("it does not serve:\n%s", w.child.err.String())
		default:
		}
		if time.Now().After(end) {
			b.t.Fatal("it does not serve")
		}
	}
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// reply is what came back.
type reply struct {
	status         int
	location, kind string
	order, body    string
}

func (r reply) run() string { return strings.TrimPrefix(r.location, "/-/runs/") }

// send sends a request; ok is false where the server was killed meanwhile.
func (w *web) send(method, url, key, body string) (r reply, ok bool) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return r, false
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header.Get("Location"), res.Header.Get("Content-Type"), res.Header.Get("X-Order"), string(text)}, err == nil
}

// until sends a request until it has a status.
func (w *web) until(status int, method, url, key, body string) reply {
	w.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		r, ok := w.send(method, url, key, body)
		if ok && r.status == status {
			return r
		}
		if time.Now().After(end) {
			w.t.Fatalf("%s %s: %+v, want %d", method, url, r, status)
		}
	}
}

var differs = regexp.MustCompile(`"(run|at|startedAt|endedAt|instance|key|answer)":"[^"]*"|r_[A-Za-z0-9_-]+|/-/runs/[^"/ ]+`)

// Requests have the same answers as with a journal: keys, identities, problems,
// signals, what comes later and the document.
func testServed(t *testing.T, server *devserver.Server) {
	b := newBench(t, server, keyed())
	b.flow(servedFlow)
	b.worker()
	there := b.serve()
	here := b.serve("--journal", filepath.Join(b.folder, "runs.db"))
	// A run that waits is said to be running on Temporal.
	same := strings.NewReplacer(`"state":"waiting"`, `"state":"running"`)
	play := func(w *web) (story []string) {
		tell := func(r reply) {
			story = append(story, same.Replace(differs.ReplaceAllString(fmt.Sprintf("%d %q %s %s %s", r.status, r.location, r.kind, r.order, r.body), "…")))
		}
		do := func(method, path, key, body string) reply {
			r, _ := w.send(method, w.url+path, key, body)
			tell(r)
			return r
		}
		do("POST", "/orders/ada", "k-1", `{"amount": 3}`)
		do("POST", "/orders/ada", "k-1", `{"amount": 3}`)
		do("POST", "/orders/ada", "k-1", `{"amount": 4}`)
		do("POST", "/orders/ada", "", `{"amount": 0}`)
		do("POST", "/orders/ada", "", `{"amount": "x", "other": 1}`)
		do("POST", "/orders/ada", "", `{`)
		do("POST", "/orders/bob", "k-2", `{"amount": 13}`)
		do("POST", "/orders/bob", "k-2", `{"amount": 13}`)
		do("POST", "/orders/bob", "", `{"amount": 7}`)
		w.until(409, "POST", w.url+"/slow/cy", "k-3", `{"amount": 13}`)
		do("POST", "/slow/cy", "k-3", `{"amount": 13}`)
		late := do("POST", "/slow/di", "k-4", `{"amount": 99}`)
		tell(w.until(200, "GET", w.url+late.location, "", ""))
		do("GET", late.location+"/answer", "", "")
		do("POST", "/-/signals/"+late.run()+"/aproval", "", `{"by": "eve"}`)
		do("POST", "/-/signals/"+late.run()+"/approval", "", `{"by": 1, "x": 2}`)
		do("POST", "/-/signals/"+late.run()+"/approval", "", `{"by": "eve"}`)
		w.until(200, "GET", w.url+late.location+"/answer", "", "")
		do("GET", late.location+"/answer", "", "")
		do("GET", late.location, "", "")
		do("POST", "/slow/di", "k-4", `{"amount": 99}`)
		do("GET", "/-/runs/nobody", "", "")
		do("GET", "/-/openapi.json", "", "")
		gone := do("POST", "/slow/fay", "k-5", `{"amount": 99}`)
		r, _ := w.send("POST", w.admin+"/-/runs/"+gone.run()+"/cancel", "", "")
		tell(r)
		tell(w.until(503, "GET", w.url+gone.location+"/answer", "", ""))
		return story
	}
	if diff := cmp.Diff(play(here), play(there)); diff != "" {
		t.Errorf("(-with a journal +on Temporal)\n%s", diff)
	}
	var list struct{ Runs []map[string]any }
	r, _ := there.send("GET", there.admin+"/-/runs?flow=orders", "", "")
	if err := json.Unmarshal([]byte(r.body), &list); err != nil || len(list.Runs) < 5 {
		t.Errorf("operators see %s", r.body)
	}
}

// A server that is killed between two requests with one key begins one run of them,
// and gives its answer.
func testServedKilled(t *testing.T, server *devserver.Server) {
	b := newBench(t, server)
	b.flow(servedFlow)
	b.worker()
	w := b.serve()
	const kills = 2
	for i := range kills {
		name := fmt.Sprint("killed-", i)
		sent := make(chan reply, 1)
		before := w
		go func() {
			r, _ := before.send("POST", before.url+"/orders/"+name, name, `{"amount": 5, "for": "300ms"}`)
			sent <- r
		}()
		time.Sleep(time.Duration(rand.IntN(int(250 * time.Millisecond))))
		_ = w.child.Process.Kill()
		<-w.child.done
		if first := <-sent; first.status != 0 {
			t.Errorf("a request was answered by a killed server: %+v", first)
		}
		w = b.serve()
		r, ok := w.send("POST", w.url+"/orders/"+name, name, `{"amount": 5, "for": "300ms"}`)
		if !ok || r.status != 201 || !strings.Contains(r.body, `"order":10`) {
			t.Errorf("kill %d: %+v", i, r)
		}
	}
	calls := b.calls()
	slices.Sort(calls)
	if want := []string{"order-killed-0", "order-killed-1"}; !slices.Equal(calls, want) {
		t.Errorf("called %v", calls)
	}

	// The end of a server tells its callers where their runs are.
	sent := make(chan reply, 1)
	go func() {
		r, _ := w.send("POST", w.url+"/orders/late", "late", `{"amount": 99}`)
		sent <- r
	}()
	b.await("order-late")
	_ = w.child.Process.Signal(syscall.SIGTERM)
	_ = w.child.Process.Signal(syscall.SIGTERM) // and does not wait
	if r := <-sent; r.status != 202 || r.location == "" {
		t.Errorf("a caller is told %+v", r)
	}
}

// What cannot be served with runs on Temporal is refused before anything listens.
func testServedRefused(t *testing.T, server *devserver.Server) {
	b := newBench(t, server)
	steps := "steps: [{id: ok, wait: {signal: ok}}]"
	for text, says := range map[string]string{
		"triggers: [{files: {glob: \"in/*.json\"}}]\n" + steps:                                                                          "begins runs of events that have to be settled by them",
		"triggers: [{http: POST /f}]\ninputs: {pin: {type: secret}}\n" + steps:                                                          "takes secret values, which reach those who carry its runs only encrypted",
		"triggers: [{http: POST /f}]\nsteps: [{call: log.info, with: {message: \"${signalUrl('ok')}\"}}, {id: ok, wait: {signal: ok}}]": "which no run has that others carry",
	} {
		if err := os.WriteFile(filepath.Join(b.folder, "flow.yaml"), []byte("flow: f\n"+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		c := b.start("serve", "flow.yaml", "--listen", "127.0.0.1:0")
		if code := c.code(t); code != 2 || !strings.Contains(c.err.String(), says) {
			t.Errorf("%s: exit code %d:\n%s", text, code, c.err.String())
		}
	}
	nowhere := b.start("serve", "flow.yaml", "--namespace", "nowhere", "--listen", "127.0.0.1:0")
	if code := nowhere.code(t); code != 2 || !strings.Contains(nowhere.err.String(), `the Temporal server has no namespace "nowhere"`) {
		t.Errorf("exit code %d:\n%s", code, nowhere.err.String())
	}
	c := b.start("serve", "flow.yaml", "--journal", "x.db", "--temporal", server.Address)
	if code := c.code(t); code != 2 || !strings.Contains(c.err.String(), "leave one out") {
		t.Errorf("exit code %d:\n%s", code, c.err.String())
	}
}
