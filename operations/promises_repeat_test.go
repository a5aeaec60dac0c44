package operations_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// What is unknown is not repeated, and what is repeated is said.
func TestPromiseUnknownIsNotRepeated(t *testing.T) {
	const (
		once       = "{id: s, call: lambda.invoke, with: {functionName: f}}"
		idempotent = "{id: s, call: lambda.invoke, idempotent: true, with: {functionName: f}}"
		retried    = "{id: s, call: lambda.invoke, retry: {attempts: 3, delay: 1ms}, with: {functionName: f}}"
		atMostOnce = "{id: s, call: lambda.invoke, atMostOnce: true, with: {functionName: f}}"
		reading    = "{id: s, call: lambda.getFunction, with: {functionName: f}}"
		form       = "{id: s, call: lambda.createAlias, with: {functionName: f, name: live, functionVersion: '1'}}"
		streamed   = "{id: s, call: lambda.invokeWithResponseStream, with: {functionName: f}}"
		both       = "{id: s, call: lambda.invoke, atMostOnce: true, retry: {attempts: 3, delay: 1ms}, with: {functionName: f}}"
		post       = "{id: s, call: http.request, retry: {attempts: 3, delay: 1ms}, with: {method: POST, url: 'URL/'}}"
		postOnce   = "{id: s, call: http.request, atMostOnce: true, retry: {attempts: 3, delay: 1ms}, with: {method: POST, url: 'URL/'}}"
		getOnce    = "{id: s, call: http.request, atMostOnce: true, retry: {attempts: 3, delay: 1ms}, with: {url: 'URL/'}}"
	)
	later := func(w http.ResponseWriter) {
		answer(w, 503, `{"Type":"Service","message":"later"}`, "X-Amzn-ErrorType", "ServiceUnavailable", "Retry-After", "0.001")
	}
	status := func(code int) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { answer(w, code, `{"message":"no"}`) }
	}
	unavailable := func(w http.ResponseWriter) {
		answer(w, 502, "<html>502 Bad Gateway</html>", "Content-Type", "text/html")
	}
	busy := func(w http.ResponseWriter) {
		answer(w, 429, `{"Type":"User","message":"Rate Exceeded."}`, "X-Amzn-ErrorType", "TooManyRequestsException")
	}
	broken := func(w http.ResponseWriter) {
		answer(w, 503, `{"Type":"Service","message":"gone"}`, "X-Amzn-ErrorType", "ServiceException")
	}
	tests := []struct {
		name     string
		step     string
		fail     func(http.ResponseWriter)
		requests int // 3 is a success
		attempts int
		outcome  connector.Outcome
	}{
		{"reset", once, reset, 1, 1, connector.OutcomeUnknown},
		{"end of the connection", once, closed, 1, 1, connector.OutcomeUnknown},
		{"502 of a proxy", once, unavailable, 1, 1, connector.OutcomeUnknown},
		{"503", once, broken, 1, 1, connector.OutcomeUnknown},
		{"429 is not done", once, busy, 3, 1, ""},
		{"reset, with a retry", retried, reset, 1, 1, connector.OutcomeUnknown},
		{"429, with a retry", retried, busy, 3, 3, ""},
		{"reset, idempotent", idempotent, reset, 3, 1, ""},
		{"502, idempotent", idempotent, unavailable, 3, 1, ""},
		{"reset, at most once", atMostOnce, reset, 1, 1, connector.OutcomeUnknown},
		{"429, at most once", atMostOnce, busy, 3, 1, ""},
		{"reset, reading", reading, reset, 3, 1, ""},
		{"502, reading", reading, unavailable, 3, 1, ""},
		{"reset, an operation without a form", form, reset, 1, 1, connector.OutcomeUnknown},
		{"429, an operation without a form", form, busy, 3, 1, ""},
		{"reset, streamed", streamed, reset, 1, 1, connector.OutcomeUnknown},
		// A 503 that says when to come back tells as little as any.
		{"503 with a delay", once, later, 1, 1, connector.OutcomeUnknown},
		{"503 with a delay, with a retry", retried, later, 1, 1, connector.OutcomeUnknown},
		{"503 with a delay, http", post, later, 1, 1, connector.OutcomeUnknown},
		{"504, http", post, status(504), 1, 1, connector.OutcomeUnknown},
		{"504, with a retry", retried, status(504), 1, 1, connector.OutcomeUnknown},
		{"501, http", post, status(501), 1, 1, connector.OutcomeFailed},
		{"501, with a retry", retried, status(501), 1, 1, connector.OutcomeFailed},
		// The step's retry repeats nothing that is made at most once; the call itself
		// what was surely not done.
		{"429, at most once with a retry", both, busy, 3, 1, ""},
		{"reset, at most once with a retry", both, reset, 1, 1, connector.OutcomeUnknown},
		{"429, http, at most once with a retry", postOnce, status(429), 1, 1, connector.OutcomeFailed},
		{"429, http, reading", getOnce, status(429), 3, 3, ""},
	}
	for _, tt := range tests {
		for runtime := range runtimes {
			t.Run(tt.name+" "+runtime, func(t *testing.T) {
				t.Parallel() // the SDK waits between its requests
				e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, n int) {
					if n < 3 {
						tt.fail(w)
						return
					}
					answer(w, 200, `{"FunctionVersion":"1","RevisionId":"r"}`)
				})
				got := runFlow(t, runtime, awsFlow(tt.step), e)
				if e.count() != tt.requests {
					t.Errorf("%d requests came, want %d", e.count(), tt.requests)
				}
				if tt.outcome == "" {
					if got.err != nil {
						t.Fatalf("%v", got.err)
					}
					if n := len(got.logged("the request is sent again")); tt.attempts == 1 && n != 2 {
						t.Errorf("%d repetitions are logged, want 2", n)
					}
					return
				}
				if got.err == nil {
					t.Fatal("no error")
				}
				if (got.err.Outcome == connector.OutcomeUnknown) != (tt.outcome == connector.OutcomeUnknown) || got.err.Attempts != tt.attempts || got.err.Requests != tt.requests {
					t.Errorf("outcome %s, %d attempts, %d requests, want %s, %d, %d: %v", got.err.Outcome, got.err.Attempts,
						got.err.Requests, tt.outcome, tt.attempts, tt.requests, got.err)
				}
			})
		}
	}
}

// A request that never left is none, and may be sent again.
func TestPromiseRefusedConnectionsAreNoRequests(t *testing.T) {
	e := answerBadly(t, nil)
	gone := &badEndpoint{URL: "http://127.0.0.1:1"}
	got := runFlow(t, "memory", awsFlow("{id: s, call: lambda.invoke, with: {functionName: f}}"), gone)
	if got.err == nil || got.err.Requests != 0 || got.err.Outcome == connector.OutcomeUnknown {
		t.Errorf("%+v, want no request and a known outcome", got.err)
	}
	if n := len(got.logged("the request is sent again")); n != 2 {
		t.Errorf("%d repetitions are logged, want 2", n)
	}
	got = runFlow(t, "memory", "flow: h\nsteps: [{id: s, call: http.request, with: {method: POST, url: 'http://127.0.0.1:1/'}}]", e)
	if got.err == nil || got.err.Requests != 0 || got.err.Outcome == connector.OutcomeUnknown {
		t.Errorf("http: %+v, want no request and a known outcome", got.err)
	}
}

// Requests of all attempts count, redirects as well.
func TestPromiseRequestsAreCounted(t *testing.T) {
	e := answerBadly(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path == "/first" {
			http.Redirect(w, r, "/second", http.StatusFound)
			return
		}
		answer(w, 503, "", "Content-Type", "text/plain")
	})
	got := runFlow(t, "memory", `
flow: counted
steps:
  - try:
      - {id: s, call: http.request, retry: {attempts: 3, delay: 1ms}, with: {url: "URL/first"}}
    catch:
      - do:
          - set: {seen: {attempts: "${error.attempts}", requests: "${error.requests}"}}
output: "${ctx.seen}"
`, e)
	if got.err != nil {
		t.Fatal(got.err)
	}
	seen := got.output.(map[string]any)
	if seen["attempts"] != int64(3) || seen["requests"] != int64(6) || e.count() != 6 {
		t.Errorf("%v, %d requests came, want 3 attempts and 6 requests", seen, e.count())
	}
}

// A wrong clock is corrected once, whatever the retry.
func TestPromiseTheClockIsCorrectedOnce(t *testing.T) {
	refuse := func(w http.ResponseWriter) {
		answer(w, 403, `{"message":"Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z"}`,
			"X-Amzn-ErrorType", "InvalidSignatureException")
	}
	for _, step := range []string{
		"{id: s, call: lambda.invoke, with: {functionName: f}}",
		"{id: s, call: lambda.invoke, retry: 3, with: {functionName: f}}",
		"{id: s, call: lambda.invoke, atMostOnce: true, with: {functionName: f}}",
		"{id: s, call: lambda.getFunction, retry: 2, with: {functionName: f}}",
		"{id: s, call: lambda.invokeWithResponseStream, retry: 2, with: {functionName: f}}",
	} {
		for _, mends := range []bool{true, false} {
			t.Run(step, func(t *testing.T) {
				t.Parallel()
				ahead := time.Now().Add(time.Hour)
				e := answerBadly(t, func(w http.ResponseWriter, r *http.Request, _ int) {
					w.Header().Set("Date", ahead.UTC().Format(http.TimeFormat))
					if !mends || !strings.HasPrefix(r.Header.Get("X-Amz-Date"), ahead.UTC().Format("20060102T15")) {
						refuse(w)
						return
					}
					answer(w, 404, `{"message":"none"}`, "X-Amzn-ErrorType", "ResourceNotFoundException")
				})
				got := runFlow(t, "memory", awsFlow(step), e)
				want := "InvalidSignatureException"
				if mends {
					want = "ResourceNotFoundException" // its signature was good
				}
				if got.err == nil || got.err.Code != want || e.count() != 2 || got.err.Requests != 2 {
					t.Errorf("%d requests: %v, want 2 and %s", e.count(), got.err, want)
				}
				if n := len(got.logged("the request is sent again")); n != 1 {
					t.Errorf("%d repetitions are logged, want 1", n)
				}
			})
		}
	}
}
