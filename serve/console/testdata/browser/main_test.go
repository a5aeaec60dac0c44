// Package browser tries the console in a browser. It is a module of its own, so
// that nobody else depends on what drives one.
package browser

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/console"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	os.Exit(m.Run())
}

const token = "a-token-for-the-browser"

// longName is a file's name that is longer than a narrow screen is wide.
var longName = strings.Repeat("orders-of-a-day-", 6) + ".yaml"

// world is a console with what stands around it.
type world struct {
	t       *testing.T
	folder  string
	journal *journal.Journal
	reg     *connector.Registry
	server  *httptest.Server
	down    atomic.Bool // whoever asks is cut off
	quiet   bool        // calls are not noted

	mu     sync.Mutex
	broken map[string]bool // calls that fail, by their names
	held   map[string]chan struct{}
	calls  []string
	acts   []string
	who    []string // did them
}

type doIn struct {
	Name   string        `param:"name,required" doc:"What to do."`
	Secret schema.Secret `param:"secret" doc:"Not to be seen."`
}

type doOut struct {
	Name string `param:"name" doc:"What was done."`
}

func (w *world) do(ctx context.Context, in doIn) (doOut, error) {
	w.mu.Lock()
	if !w.quiet {
		w.calls = append(w.calls, in.Name)
	}
	broken, held := w.broken[in.Name], w.held[in.Name]
	w.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return doOut{}, ctx.Err()
		}
	}
	if broken {
		return doOut{}, &connector.Error{Code: "Declined", Class: connector.ClassFailed, Message: "the bank declined " + in.Name}
	}
	return doOut{Name: in.Name}, nil
}

// newWorld opens a console over files of flows.
func newWorld(t *testing.T, files map[string]string, change ...func(c *console.Config)) *world {
	t.Helper()
	return newWorldOn(t, filepath.Join(t.TempDir(), "runs.db"), files, change...)
}

// newWorldOn is newWorld with a journal of a name.
func newWorldOn(t *testing.T, path string, files map[string]string, change ...func(c *console.Config)) *world {
	t.Helper()
	w := &world{t: t, folder: t.TempDir(), broken: map[string]bool{}, held: map[string]chan struct{}{}}
	var err error
	w.reg, err = connector.NewRegistry(&connector.Connector{Name: "test", Summary: "For tests.", Operations: []*connector.Operation{connector.Op("test.do", "Do something.", w.do)}})
	if err != nil {
		t.Fatal(err)
	}
	if w.journal, err = journal.Open(path); err != nil {
		t.Fatal(err)
	}
	config := console.Config{Journal: w.journal, Registry: w.reg, Token: token, Server: "https://flows.example.com", Audit: func(a console.Action) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.acts, w.who = append(w.acts, a.What), append(w.who, a.Who)
	}}
	var sources []console.Source
	for _, name := range []string{"bad.yaml", "charge.yaml", "approval.yaml", "types.yaml", "orders.yaml", longName} {
		if text, ok := files[name]; ok {
			w.write(name, text)
			sources = append(sources, w.source(name))
		}
	}
	config.Flows = func() []console.Source { return sources }
	w.server = httptest.NewUnstartedServer(nil)
	config.Hosts = []string{w.server.Listener.Addr().String()}
	for _, f := range change {
		f(&config)
	}
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	c, err := console.New(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	w.server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		if !w.down.Load() {
			c.ServeHTTP(rw, req)
			return
		}
		if conn, _, err := http.NewResponseController(rw).Hijack(); err == nil {
			_ = conn.Close()
		}
	})
	w.server.Start()
	t.Cleanup(func() {
		end()
		w.server.Close()
		_ = w.journal.Close()
	})
	return w
}

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.folder, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) source(name string) console.Source {
	var mu sync.Mutex
	var before string // the text that last is of; the command keeps flows, too
	var last *flows.Flow
	return console.Source{
		File: name,
		Load: func(context.Context) (*flows.Flow, *flows.CheckError, error) {
			mu.Lock()
			defer mu.Unlock()
			text, _ := os.ReadFile(filepath.Join(w.folder, name))
			if last != nil && string(text) == before {
				return last, nil, nil
			}
			flow, err := flows.Load(os.DirFS(w.folder), name, w.reg)
			var found *flows.CheckError
			if errors.As(err, &found) {
				return nil, found, nil
			}
			last, before = flow, string(text)
			return flow, nil, err
		},
		Text: func(file string) []byte {
			text, _ := os.ReadFile(filepath.Join(w.folder, file))
			return text
		},
	}
}

// start begins a run.
func (w *world) start(file, id string, inputs map[string]any) *journal.Handle {
	w.t.Helper()
	flow, err := flows.Load(os.DirFS(w.folder), file, w.reg)
	if err != nil {
		w.t.Fatal(err)
	}
	h, err := w.journal.Start(context.WithoutCancel(w.t.Context()), flow, inputs, flows.WithRunID(id))
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

// run runs a flow to its end, whatever that is.
func (w *world) run(file, id string, inputs map[string]any) {
	w.t.Helper()
	_, _ = w.start(file, id, inputs).Wait(w.t.Context())
}

// set changes which calls fail.
func (w *world) set(name string, broken bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken[name] = broken
}

// hold has the calls of a name wait until what it returns is called.
func (w *world) hold(name string) (release func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := make(chan struct{})
	w.held[name] = ch
	return sync.OnceFunc(func() { close(ch) })
}

func (w *world) called() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.calls, " ")
}

func (w *world) did() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return fmt.Sprint(w.acts)
}

// cut ends all connections, and refuses others until it is called again.
func (w *world) cut(down bool) {
	w.down.Store(down)
	w.server.CloseClientConnections()
}
