package serve_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/serve"
)

// bank is the service behind the flows of these tests.
type bank struct {
	mu    sync.Mutex
	paid  []string // the idempotency keys, in their order
	gate  chan struct{}
	class connector.Class // what pay fails with; empty for nothing
	// refuses and refusesToo are amounts that are never paid; 0 for none.
	refuses, refusesToo int64
}

type payIn struct {
	Amount int64 `param:"amount,required" doc:"How much."`
}

type payOut struct {
	ID string `param:"id" doc:"Of the payment."`
}

func (b *bank) pay(ctx context.Context, call *connector.Call, in payIn) (payOut, error) {
	b.mu.Lock()
	b.paid = append(b.paid, call.IdempotencyKey)
	gate, class, refused := b.gate, b.class, in.Amount != 0 && (in.Amount == b.refuses || in.Amount == b.refusesToo)
	b.mu.Unlock()
	if refused {
		return payOut{}, &connector.Error{Code: "Refused", Class: connector.ClassInvalid, Message: "never"}
	}
	if class != "" {
		return payOut{}, &connector.Error{Code: "Refused", Class: class, Message: "upstream says: secret detail"}
	}
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return payOut{}, ctx.Err()
		}
	}
	return payOut{ID: "p-1"}, nil
}

func (b *bank) payments() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.paid)
}

func (b *bank) registry(t testing.TB) *connector.Registry {
	t.Helper()
	reg, err := connector.NewRegistry(&connector.Connector{
		Name: "bank", Summary: "Money.",
		Operations: []*connector.Operation{connector.OpWith("bank.pay", "Pay.", b.pay, connector.WithErrors(connector.ErrorCode{Code: "Refused", Class: connector.ClassUnavailable}))},
	})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

func (b *bank) flow(t testing.TB, text string) *flows.Flow {
	t.Helper()
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", b.registry(t))
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

// api is a server under test.
type api struct {
	*serve.Server
	t       testing.TB
	url     string
	mu      sync.Mutex
	access  []serve.Access
	notices []serve.Notice
	stop    func()
}

// started serves flows until the end of the test, or until stop is called.
func started(t testing.TB, c serve.Config) *api {
	t.Helper()
	a := &api{t: t}
	c.Access = func(one serve.Access) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.access = append(a.access, one)
	}
	c.Notice = func(one serve.Notice) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.notices = append(a.notices, one)
	}
	server, err := serve.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	a.Server = server
	web := httptest.NewServer(server)
	a.url = web.URL
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = server.Run(ctx) })
	a.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		http.DefaultClient.CloseIdleConnections()
		web.Close()
	})
	t.Cleanup(func() { a.stop() })
	return a
}

// admin is what operators reach.
func (a *api) admin() *api {
	web := httptest.NewServer(a.Admin())
	a.t.Cleanup(web.Close)
	return &api{t: a.t, url: web.URL}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// member returns a member of a body of JSON.
func (a *answer) member(name string) any {
	var v map[string]any
	_ = json.Unmarshal([]byte(a.body), &v)
	return v[name]
}

// send sends a request; header is "Name: value" lines.
func (a *api) send(method, path, body string, header ...string) *answer {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.url+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	for _, line := range header {
		name, text, _ := strings.Cut(line, ": ")
		req.Header.Add(name, text)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return &answer{res.StatusCode, res.Header, string(text)}
}

// newJournal opens a journal at path that is closed at the end of the test.
func newJournal(t testing.TB, path string, options ...journal.Option) *journal.Journal {
	t.Helper()
	j, err := journal.Open(path, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func newPath(t testing.TB) string { return filepath.Join(testenv.Memory(t), "runs.db") }

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come to: %s", what)
		}
	}
}

// loadFiles loads flow.yaml, with the files beside it.
func loadFiles(t testing.TB, reg *connector.Registry, files map[string]string) *flows.Flow {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	flow, err := flows.Load(fsys, "flow.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

// notOnDisk fails where a text stands in a file of a journal.
func notOnDisk(t testing.TB, path, text string) {
	t.Helper()
	names, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if b, err := os.ReadFile(name); err == nil && bytes.Contains(b, []byte(text)) {
			t.Errorf("%s holds it", name)
		}
	}
}
