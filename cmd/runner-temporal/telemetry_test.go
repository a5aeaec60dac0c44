package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/medlar-flow/medlar/internal/devserver"
)

// The log lines of a worker go to a collector, with the runs that they are of, and
// without their secrets.
func testWorkerLines(t *testing.T, server *devserver.Server) {
	var mu sync.Mutex
	var got strings.Builder
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		mu.Lock()
		defer mu.Unlock()
		got.WriteString(req.URL.Path + "\n")
		got.Write(body)
		_, _ = io.WriteString(w, "{}")
	}))
	defer collector.Close()
	b := newBench(t, server, "api="+declared, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL, "OTEL_EXPORTER_OTLP_PROTOCOL=http/json", "OTEL_BLRP_SCHEDULE_DELAY=50")
	w := b.worker()
	b.must(b.flow(`flow: told
secrets: {api: {}}
steps:
  - {call: log.info, with: {message: "it is ${secrets.api}, they say"}}
  - {id: fails, try: [{call: probe.step, with: {name: told, fail: true}}], catch: [{on: Broken, do: []}]}
`), "--id", "told-to-a-collector")
	if err := w.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	w.code(t)
	mu.Lock()
	defer mu.Unlock()
	text := got.String()
	for _, part := range []string{"/v1/logs", "told-to-a-collector", "flow finished", "they say", `"medlar.flow"`} {
		if !strings.Contains(text, part) {
			t.Errorf("the collector was not told of %s", part)
		}
	}
	for form, spelt := range spellings(declared) {
		if strings.Contains(text, spelt) {
			t.Errorf("the collector was told a secret (%s)", form)
		}
	}
}

// sentSpan is a span in OTLP's JSON, as far as it is looked at.
type sentSpan struct {
	TraceID, SpanID, ParentSpanID, Name string
	Kind                                int
	Attributes                          []struct {
		Key   string
		Value struct{ StringValue string }
	}
}

// spansOf reads the bodies of requests to a collector.
func spansOf(t *testing.T, bodies [][]byte) (list []sentSpan) {
	for _, body := range bodies {
		var sent struct {
			ResourceSpans []struct{ ScopeSpans []struct{ Spans []sentSpan } }
		}
		if err := json.Unmarshal(body, &sent); err != nil {
			t.Fatal(err)
		}
		for _, group := range sent.ResourceSpans {
			for _, scope := range group.ScopeSpans {
				list = append(list, scope.Spans...)
			}
		}
	}
	return list
}

// A run has a span of its own, in the trace of the request that began it, and spans of its
// attempts below; a worker counts what it sees.
func testWorkerSpans(t *testing.T, server *devserver.Server) {
	var mu sync.Mutex
	var bodies [][]byte
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		if strings.HasSuffix(req.URL.Path, "/traces") {
			mu.Lock()
			bodies = append(bodies, body)
			mu.Unlock()
		}
		_, _ = io.WriteString(w, "{}")
	}))
	defer collector.Close()
	b := newBench(t, server, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL, "OTEL_EXPORTER_OTLP_PROTOCOL=http/json")
	b.flow(`flow: watched
inputs: {n: {type: integer, required: true}}
triggers: [{http: POST /watched, answerWithin: 10m}]
steps:
  - {id: one, call: probe.step, with: {name: one}}
  - {id: two, try: [{id: bad, call: probe.step, with: {name: two, fail: true}}], catch: [{on: Broken, do: []}]}
output: "${ctx.n}"
`)
	const trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	web := b.serve()
	metrics := freePort(t)
	worker := b.worker("--metrics", metrics)
	asked := func(method, url, body string) string {
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Traceparent", "00-"+trace+"-"+span+"-01")
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		return fmt.Sprint(res.StatusCode, " ", strings.TrimSpace(string(text)))
	}
	if got := asked(http.MethodPost, web.url+"/watched", `{"n": 3}`); got != "200 3" {
		t.Fatalf("the request is answered %s", got)
	}
	counted := asked(http.MethodGet, "http://"+metrics+"/metrics", "")
	if got := asked(http.MethodPost, "http://"+metrics+"/metrics", ""); !strings.HasPrefix(got, "405 ") {
		t.Errorf("another method is answered %s", got)
	}
	if got := asked(http.MethodGet, "http://"+metrics+"/", ""); !strings.HasPrefix(got, "404 ") {
		t.Errorf("another path is answered %s", got)
	}
	for _, child := range []*child{worker, web.child} {
		if err := child.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		child.code(t)
	}
	for _, want := range []string{
		`medlar_attempts_total{operation="probe.step",class="conflict"} 1`, `medlar_runs_total{flow="watched",trigger=`, `outcome="done"} 1`,
	} {
		if !strings.Contains(counted, want) {
			t.Errorf("the metrics lack %s:\n%s", want, counted)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	var run []sentSpan
	steps := map[string]string{}
	all := spansOf(t, bodies)
	for _, s := range all {
		if s.TraceID != trace {
			t.Errorf("%s is in another trace, %s", s.Name, s.TraceID)
		}
		if s.Name == "run watched" {
			run = append(run, s)
			continue
		}
		for _, a := range s.Attributes {
			if a.Key == "medlar.step" {
				steps[a.Value.StringValue] = s.ParentSpanID
			}
		}
	}
	if len(run) != 1 || run[0].ParentSpanID != span || run[0].Kind != 2 {
		t.Fatalf("the run has the spans %+v", run)
	}
	if len(all) != 3 || steps["/one"] != run[0].SpanID || steps["/two/try/bad"] != run[0].SpanID {
		t.Errorf("the spans are %+v", all)
	}
}
