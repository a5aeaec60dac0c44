package http_test

import (
	"errors"
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/operations/http"
)

// attempts runs one step against a server that answers late, or with a status,
// and returns the idempotency keys of the requests that came.
func attempts(t *testing.T, step string, status int) (keys []string, failure *report.RunError) {
	t.Helper()
	var mu sync.Mutex
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		mu.Lock()
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		mu.Unlock()
		if status == 0 {
			<-r.Context().Done()
			return
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	registry, err := connector.NewRegistry(http.Connector())
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("flow: f\nconnections: {http: {baseUrl: %q}}\nsteps: [{call: http.request, %s}]\n", server.URL, step)
	flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", registry)
	if err != nil {
		t.Fatal(err)
	}
	_, err = flow.Run(t.Context(), nil, flows.WithRunID("r"))
	if !errors.As(err, &failure) {
		t.Fatalf("the run gives %v, want a failure", err)
	}
	mu.Lock()
	defer mu.Unlock()
	return keys, failure
}

// Whether a request is made again depends on its method, and on what is known
// of the one before. Each attempt has the same key.
func TestAttempts(t *testing.T) {
	// A second is enough for a request to come, also to a busy machine; who
	// answers is waited for.
	const again = ", retry: {attempts: 2, delay: 1ms, on: [timeout, unavailable, throttled]}"
	const late = ", timeout: 1s" + again
	tests := map[string]struct {
		step    string
		status  int // 0: no answer
		want    int
		outcome connector.Outcome
	}{
		"a GET that is late":            {"with: {url: /}" + late, 0, 2, connector.OutcomeFailed},
		"a PUT that is late":            {"with: {url: /, method: PUT}" + late, 0, 2, connector.OutcomeUnknown},
		"a POST that is late":           {"with: {url: /, method: POST}" + late, 0, 1, connector.OutcomeUnknown},
		"one that may be repeated":      {"idempotent: true, with: {url: /, method: POST}" + late, 0, 2, connector.OutcomeUnknown},
		"a PUT that may not be":         {"atMostOnce: true, with: {url: /, method: PUT}" + late, 0, 1, connector.OutcomeUnknown},
		"a GET that may not be":         {"atMostOnce: true, with: {url: /}" + late, 0, 2, connector.OutcomeFailed},
		"a POST after a 502":            {"with: {url: /, method: POST}" + again, 502, 1, connector.OutcomeUnknown},
		"a POST after a 429":            {"with: {url: /, method: POST}" + again, 429, 2, connector.OutcomeFailed},
		"a GET after a 502":             {"with: {url: /}" + again, 502, 2, connector.OutcomeFailed},
		"a GET by a timeout of its own": {"with: {url: /, timeout: 1s}, retry: {attempts: 2, delay: 1ms, on: timeout}", 0, 2, connector.OutcomeFailed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // they wait
			keys, failure := attempts(t, test.step, test.status)
			if len(keys) != test.want || failure.Attempts != test.want || failure.Outcome != test.outcome && failure.Outcome != "" {
				t.Errorf("%d requests, %d attempts, outcome %s; want %d, %s", len(keys), failure.Attempts, failure.Outcome, test.want, test.outcome)
			}
			if len(slices.Compact(keys)) != 1 {
				t.Errorf("the attempts have the keys %v", keys)
			}
		})
	}
}
