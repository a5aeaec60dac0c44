package main

import (
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
