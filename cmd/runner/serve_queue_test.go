package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsemu"
)

// queues is the emulator in a process of its own, whose clock is faster than that of
// the system, until its input ends.
func queues() {
	begun := time.Now()
	factor, err := strconv.Atoi(os.Args[1])
	fixture, wrong := awsemu.ReadFixture("queues.yaml", []byte("queues:\n  orders.fifo: {deadLetters: failed.fifo, maxReceives: "+os.Args[2]+"}\n  failed.fifo: {}\n"))
	if err != nil || wrong != nil {
		panic(fmt.Sprint(err, wrong))
	}
	e, err := awsemu.New(awsemu.Options{Fixture: fixture, Clock: func() time.Time {
		return begun.Add(-14 * time.Minute).Add(time.Since(begun) * time.Duration(factor)) // signatures are good for 15 minutes either way
	}})
	if err == nil {
		err = e.Start()
	}
	if err != nil {
		panic(err)
	}
	fmt.Println(e.URL())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// startQueues starts the emulator, and returns where it is.
func startQueues(t *testing.T, factor, receives int) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "queues", strconv.Itoa(factor), strconv.Itoa(receives))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(url)
}

const queueHead = `connections:
  aws: {region: us-east-1, endpoint: "%s", accessKeyId: test, secretAccessKey: test}
`

const queuedFlow = `flow: queued
inputs:
  group: {type: string, required: true}
  n: {type: integer, required: true}
triggers:
  - sqs: {queue: orders.fifo, concurrency: 16}
steps:
  - {id: took, call: http.request, with: {method: POST, url: "${env.SERVER}/take", body: {group: "${ctx.group}", n: "${ctx.n}"}}}
  - {call: http.request, with: {method: POST, url: "${env.SERVER}/pack", body: {group: "${ctx.group}", n: "${ctx.n}"}}}
`

// warehouse notes what orders had done, in the order in which it came.
type warehouse struct {
	t *testing.T

	mu       sync.Mutex
	last     map[string]int             // the latest order of each group
	keys     map[string]map[string]bool // by what was done of which order
	packed   int                        // orders, each counted once
	requests int
}

type queuedOrder struct {
	Group string
	N     int
}

// bad reports whether an order is refused.
func (o queuedOrder) bad() bool { return o.N%49 == 7 }

func (w *warehouse) ServeHTTP(res http.ResponseWriter, req *http.Request) {
	var o queuedOrder
	if err := json.NewDecoder(req.Body).Decode(&o); err != nil {
		return // its process was killed
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests++
	if before := w.last[o.Group]; o.N < before {
		w.t.Errorf("order %d of group %s comes after %d", o.N, o.Group, before)
	}
	w.last[o.Group] = o.N
	what := fmt.Sprint(req.URL.Path, " ", o.N)
	if w.keys[what] == nil {
		w.keys[what] = map[string]bool{}
		if req.URL.Path == "/pack" {
			w.packed++
		}
	}
	w.keys[what][req.Header.Get("Idempotency-Key")] = true
	if o.bad() && req.URL.Path == "/take" {
		res.WriteHeader(http.StatusUnprocessableEntity)
	}
}

func (w *warehouse) done() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.packed
}

// onQueues runs steps in this process, and returns their output.
func onQueues(t *testing.T, url, steps string, inputs map[string]any) any {
	t.Helper()
	c := command()
	registry, err := connector.NewRegistry(c.Connectors...)
	if err != nil {
		t.Fatal(err)
	}
	if registry, err = registry.WithLate(c.Late...); err != nil {
		t.Fatal(err)
	}
	text := "flow: f\ninputs: {orders: {type: list, items: {type: integer}, default: []}, groups: {type: integer, default: 1}}\n" + fmt.Sprintf(queueHead, url) + "steps:\n" + steps
	flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", registry.WithSource(c.Source))
	if err != nil {
		t.Fatal(err)
	}
	result, err := flow.Run(t.Context(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	return result.Output
}

// left tells how many messages are in a queue, and how many of them are hidden.
func left(t *testing.T, url, queue string) any {
	return onQueues(t, url, `  - {id: q, call: sqs.getQueueUrl, with: {queueName: `+queue+`}}
  - {id: a, call: sqs.getQueueAttributes, with: {queueUrl: "${steps.q.QueueUrl}", attributeNames: [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible]}}
output: "${steps.a.Attributes.ApproximateNumberOfMessages + '+' + steps.a.Attributes.ApproximateNumberOfMessagesNotVisible}"
`, nil)
}

// A server that takes the messages of a queue is killed again and again: each order
// has its effects once by their keys, none is lost, those of a group come in their
// order, and those that always fail end as dead letters.
func TestQueueKilled(t *testing.T) {
	testenv.NeedThorough(t, "it kills servers")
	if runtime.GOOS == "windows" {
		t.Skip("needs kill -9")
	}
	orders, kills, groups, factor, receives := 60, 3, 20, 40, 5
	if os.Getenv("MEDLAR_LONG") != "" {
		orders, kills, groups, factor, receives = 1000, 20, 100, 10, 8
	}
	w := &warehouse{t: t, last: map[string]int{}, keys: map[string]map[string]bool{}}
	server := httptest.NewServer(w)
	defer server.Close()
	url, dir := startQueues(t, factor, receives), t.TempDir()
	good, bad, numbers := 0, 0, make([]any, orders)
	for n := range orders {
		numbers[n] = n
		if (queuedOrder{N: n}).bad() {
			bad++
		} else {
			good++
		}
	}
	onQueues(t, url, `  - {id: q, call: sqs.getQueueUrl, with: {queueName: orders.fifo}}
  - forEach: "${ctx.orders}"
    as: n
    do:
      - call: sqs.sendMessage
        with:
          queueUrl: "${steps.q.QueueUrl}"
          messageBody: {group: "${string(n % ctx.groups)}", n: "${n}"}
          messageGroupId: "${string(n % ctx.groups)}"
          messageDeduplicationId: "${string(n)}"
`, map[string]any{"orders": numbers, "groups": groups})
	flow := filepath.Join(dir, "queued.yaml")
	if err := os.WriteFile(flow, []byte(strings.Replace(queuedFlow, "steps:\n", fmt.Sprintf(queueHead, url)+"steps:\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	begin := func() *serving {
		return startServing(t, []string{"SERVER=" + server.URL}, flow, "--journal", filepath.Join(dir, "runs.db"), "--listen", "127.0.0.1:0", "--log-level", "off")
	}
	begun, deadline := time.Now(), time.Now().Add(5*time.Minute)
	wait := func(what string, holds func() bool) {
		for !holds() {
			if time.Now().After(deadline) {
				t.Fatalf("it does not come to: %s; %d of %d orders are packed", what, w.done(), good)
			}
			time.Sleep(time.Millisecond)
		}
	}
	s := begin()
	for k := range kills {
		wait("the next kill", func() bool { return w.done() >= (k+1)*good/(kills+2) })
		time.Sleep(time.Duration(rand.IntN(int(20 * time.Millisecond))))
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s = begin()
	}
	wait("all are packed", func() bool { return w.done() == good })
	wait("the queue is empty", func() bool { time.Sleep(100 * time.Millisecond); return left(t, url, "orders.fifo") == "0+0" })
	if got, want := left(t, url, "failed.fifo"), fmt.Sprintf("%d+0", bad); got != want {
		t.Errorf("%s dead letters, want %s", got, want)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for n := range orders {
		o := queuedOrder{N: n}
		took, packed := len(w.keys[fmt.Sprint("/take ", n)]), len(w.keys[fmt.Sprint("/pack ", n)])
		if !o.bad() && (took != 1 || packed != 1) {
			t.Errorf("order %d was taken by %d keys and packed by %d", n, took, packed)
		}
		if o.bad() && (took < 1 || took > receives || packed != 0) {
			t.Errorf("order %d, which is refused, was taken by %d keys and packed by %d", n, took, packed)
		}
	}
	t.Logf("%d messages, %d kills: %d requests for %d effects, %d dead letters, %s", orders, kills, w.requests, len(w.keys), bad, time.Since(begun).Round(time.Millisecond))
}

// An order of the example goes through its queue.
func TestServeQueueExample(t *testing.T) {
	s := startServing(t, nil, "../../flows/examples/orders", "--journal", filepath.Join(t.TempDir(), "runs.db"), "--local",
		"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--log-level", "off")
	if status, text, _ := s.post(t, "/later/c-17", "first", `{"item": "quince"}`); status != http.StatusAccepted || !strings.Contains(text, `"message"`) {
		t.Fatalf("%d %s", status, text)
	}
	operator := &serving{url: s.admin}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		_, text := operator.get(t, http.MethodGet, "/-/runs?flow=queued-orders&state=done", "Accept", "application/json")
		if strings.Contains(text, `"queued-orders"`) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no run of the message is done: %s", text)
		}
	}
}
