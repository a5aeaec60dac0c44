package operations_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/operations/awsmodel"
)

// badEndpoint is a service on loopback that answers as a test wants, and counts
// the requests that came.
type badEndpoint struct {
	URL string

	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
}

// answerBadly starts a service. n counts its requests from 1.
func answerBadly(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, n int)) *badEndpoint {
	t.Helper()
	e := &badEndpoint{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		e.requests, e.bodies = append(e.requests, r), append(e.bodies, string(body))
		n := len(e.requests)
		e.mu.Unlock()
		answer(w, r, n)
	}))
	server.Start()
	t.Cleanup(server.Close)
	e.URL = server.URL
	return e
}

func (e *badEndpoint) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.requests)
}

// reset ends the connection as a crash of the service does, without an answer.
func reset(w http.ResponseWriter) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// closed ends the connection in an orderly way, without an answer.
func closed(w http.ResponseWriter) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_ = c.Close()
}

// answer writes an answer with headers, given as name and value in turn.
func answer(w http.ResponseWriter, status int, body string, headers ...string) {
	for i := 0; i < len(headers); i += 2 {
		w.Header().Set(headers[i], headers[i+1])
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// ran is how a run of a flow ended.
type ran struct {
	output any
	err    *report.RunError
	events []report.Event
}

// logged returns the events with a message.
func (r ran) logged(message string) (found []report.Event) {
	for _, e := range r.events {
		if e.Type == report.StepLogged && e.Message == message {
			found = append(found, e)
		}
	}
	return found
}

// runtimes are ways to run a flow here.
var runtimes = map[string]func(t *testing.T, flow *flows.Flow, inputs map[string]any, options ...flows.RunOption) (*flows.Result, error){
	"memory": func(t *testing.T, flow *flows.Flow, inputs map[string]any, options ...flows.RunOption) (*flows.Result, error) {
		return flow.Run(t.Context(), inputs, options...)
	},
	"journal": func(t *testing.T, flow *flows.Flow, inputs map[string]any, options ...flows.RunOption) (*flows.Result, error) {
		j, err := journal.Open(filepath.Join(t.TempDir(), "j.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = j.Close() }()
		return j.Run(t.Context(), flow, inputs, options...)
	},
}

// runFlow runs a flow file on a runtime. URL in its text stands for the
// endpoint's address.
func runFlow(t *testing.T, runtime, text string, e *badEndpoint) ran {
	t.Helper()
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	registry = registry.WithSource(awsmodel.Source())
	if e != nil {
		text = strings.ReplaceAll(text, "URL", e.URL)
	}
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry)
	if err != nil {
		t.Fatal(err)
	}
	var r ran
	result, err := runtimes[runtime](t, flow, nil, flows.WithListener(func(e report.Event) { r.events = append(r.events, e) }))
	switch {
	case err == nil:
		r.output = result.Output
	case !errors.As(err, &r.err):
		t.Fatal(err)
	}
	return r
}

// awsFlow is a flow whose one step calls an AWS operation of the endpoint.
func awsFlow(step string) string {
	return "flow: calls\n" + awsConnections + "steps:\n  - " + step + "\noutput: \"${steps.s}\"\n"
}

const awsConnections = `connections:
  lambda: {region: eu-west-1, endpoint: "URL", accessKeyId: AKIDFORTESTSONLY, secretAccessKey: a-secret-key-for-tests}
  sts: {region: eu-west-1, endpoint: "URL", accessKeyId: AKIDFORTESTSONLY, secretAccessKey: a-secret-key-for-tests}
  aws: {region: eu-west-1, endpoint: "URL", accessKeyId: AKIDFORTESTSONLY, secretAccessKey: a-secret-key-for-tests}
`
