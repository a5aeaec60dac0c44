package console_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/console"
)

const token = "a-token-for-the-tests"

// world is a console with what stands around it.
type world struct {
	t       testing.TB
	folder  string
	journal *journal.Journal
	reg     *connector.Registry
	server  *httptest.Server
	console *console.Console
	sources []console.Source
	client  *http.Client
	end     context.CancelFunc
	quiet   bool // calls are not noted

	mu      sync.Mutex
	broken  map[string]bool // calls that fail, by their names
	held    map[string]chan struct{}
	calls   []string
	given   []string // secrets of calls
	actions []console.Action
}

type doIn struct {
	Name   string        `param:"name,required" doc:"What to do."`
	Secret schema.Secret `param:"secret" doc:"Not to be seen."`
}

type doOut struct {
	Name string `param:"name" doc:"What was done."`
}

type leakOut struct {
	Name   string        `param:"name" doc:"What was done."`
	Secret schema.Secret `param:"secret" doc:"Not to be seen."`
}

// leak gives a secret back.
func (w *world) leak(ctx context.Context, in doIn) (leakOut, error) {
	_, err := w.do(ctx, in)
	return leakOut(in), err
}

// slow takes its time, and no processor.
func (w *world) slow(_ context.Context, in doIn) (doOut, error) {
	time.Sleep(25 * time.Millisecond)
	return doOut{Name: in.Name}, nil
}

type eatIn struct {
	Name string            `param:"name,required" doc:"What to do."`
	List []string          `param:"list" doc:"More."`
	Map  map[string]string `param:"map" doc:"More."`
}

// eat gives nothing back.
func (w *world) eat(ctx context.Context, in eatIn) (struct{}, error) {
	_, err := w.do(ctx, doIn{Name: in.Name})
	return struct{}{}, err
}

func (w *world) do(ctx context.Context, in doIn) (doOut, error) {
	w.mu.Lock()
	if !w.quiet {
		w.calls, w.given = append(w.calls, in.Name), append(w.given, string(in.Secret))
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
		return doOut{}, &connector.Error{Code: "Broken", Class: connector.ClassFailed, Message: "it broke with " + string(in.Secret), Details: map[string]any{"said": string(in.Secret)}}
	}
	return doOut{Name: in.Name}, nil
}

func (w *world) called() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.calls, " ")
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

// newWorld opens a console over files of flows.
func newWorld(t testing.TB, files map[string]string, change ...func(c *console.Config)) *world {
	t.Helper()
	w := &world{t: t, folder: t.TempDir(), broken: map[string]bool{}, held: map[string]chan struct{}{}}
	ops := []*connector.Operation{connector.Op("test.do", "Do something.", w.do), connector.Op("test.leak", "Give a secret back.", w.leak), connector.Op("test.eat", "Do something, and say nothing.", w.eat), connector.Op("test.slow", "Do something, and take 25 ms.", w.slow)}
	reg, err := connector.NewRegistry(&connector.Connector{Name: "test", Summary: "For tests.", Operations: ops})
	if err != nil {
		t.Fatal(err)
	}
	w.reg = reg
	if w.journal, err = journal.Open(filepath.Join(t.TempDir(), "runs.db")); err != nil {
		t.Fatal(err)
	}
	config := console.Config{Journal: w.journal, Registry: reg, Token: token, Audit: func(a console.Action) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.actions = append(w.actions, a)
	}}
	for name, text := range files {
		w.write(name, text)
		w.sources = append(w.sources, w.source(name))
	}
	config.Flows = func() []console.Source { return w.sources }
	w.server = httptest.NewUnstartedServer(nil)
	config.Hosts = []string{w.server.Listener.Addr().String()}
	for _, f := range change {
		f(&config)
	}
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	w.end = end
	c, err := console.New(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	w.console = c
	console.SetLook(c, 10*time.Millisecond)
	w.server.Config.Handler = c
	w.server.Start()
	w.client = w.newClient()
	t.Cleanup(func() {
		end()
		w.server.Close()
		_ = w.journal.Close()
	})
	return w
}

func (w *world) newClient() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar}
}

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.folder, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) source(name string) console.Source {
	fsys := os.DirFS(w.folder)
	var mu sync.Mutex
	var loaded *flows.Flow // with the files as they were, as the command has it
	var was string
	return console.Source{
		File: name,
		Load: func(context.Context) (*flows.Flow, *flows.CheckError, error) {
			mu.Lock()
			defer mu.Unlock()
			if loaded != nil && was == w.texts(loaded) {
				return loaded, nil, nil
			}
			flow, err := flows.Load(fsys, name, w.reg)
			if found, ok := err.(*flows.CheckError); ok { //nolint:errorlint // it is Load's own
				return nil, found, nil
			}
			if loaded = flow; err == nil {
				was = w.texts(flow)
			}
			return flow, nil, err
		},
		Text: func(file string) []byte {
			text, _ := os.ReadFile(filepath.Join(w.folder, file))
			return text
		},
	}
}

// texts are the files of a flow as they are now.
func (w *world) texts(flow *flows.Flow) string {
	var all strings.Builder
	for _, name := range flow.Files() {
		text, _ := os.ReadFile(filepath.Join(w.folder, name))
		all.Write(text)
	}
	return all.String()
}

// load checks a file as it is now.
func (w *world) load(name string) *flows.Flow {
	w.t.Helper()
	flow, err := flows.Load(os.DirFS(w.folder), name, w.reg)
	if err != nil {
		w.t.Fatal(err)
	}
	return flow
}

// run runs a flow to its end, whatever that is.
func (w *world) run(name, id string, inputs map[string]any, options ...flows.RunOption) {
	w.t.Helper()
	h, err := w.journal.Start(w.t.Context(), w.load(name), inputs, append(options, flows.WithRunID(id))...)
	if err != nil {
		w.t.Fatal(err)
	}
	_, _ = h.Wait(w.t.Context())
}

// answer is what came of a request.
type answer struct {
	status int
	url    string // where it ended
	body   string
	header http.Header
}

func (w *world) send(req *http.Request) answer {
	w.t.Helper()
	resp, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Request.URL.RequestURI(), string(body), resp.Header}
}

func (w *world) get(path string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.server.URL+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send(req)
}

// post sends a form: "name=value" each.
func (w *world) post(path string, fields ...string) answer {
	w.t.Helper()
	form := url.Values{}
	for _, f := range fields {
		name, text, _ := strings.Cut(f, "=")
		form.Set(name, text)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", w.server.URL)
	return w.send(req)
}

func (w *world) login() {
	w.t.Helper()
	if a := w.post("/login", "token="+token); a.status != http.StatusOK {
		w.t.Fatalf("login: %d %s", a.status, a.body)
	}
}

// until asks for a page until it holds a text, and returns it.
func (w *world) until(path, text string) answer {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	for {
		a := w.get(path)
		if strings.Contains(a.body, text) {
			return a
		}
		select {
		case <-ctx.Done():
			w.t.Fatalf("%s never shows %q:\n%s", path, text, a.body)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// did lists what the audit was told.
func (w *world) did() (list []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.actions {
		line := strings.TrimSpace(a.What + " " + a.Run)
		if a.Err != nil {
			line += " refused"
		}
		list = append(list, line)
	}
	return list
}

// has fails where a page does not hold texts.
func has(t testing.TB, a answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%s (%d) does not hold %q:\n%s", a.url, a.status, text, a.body)
		}
	}
}

// keyed is a journal that encrypts.
func keyed(t *testing.T) *journal.Journal {
	t.Helper()
	keys, err := journal.ParseKeys(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(filepath.Join(t.TempDir(), "keyed.db"), journal.WithKeys(keys))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() }) // everything is on disk
	return j
}

// given has runs take their secrets, and the variable FROM_ENV, from a map.
func given(secrets map[string]string) []flows.RunOption {
	return []flows.RunOption{
		flows.WithEnv(func(name string) (string, bool) { return secrets["env"], name == "FROM_ENV" }),
		flows.WithSecrets(func(_ context.Context, name string) (string, bool, error) {
			text, ok := secrets[name]
			return text, ok, nil
		}),
	}
}
