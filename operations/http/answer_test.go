package http

import (
	"compress/gzip"
	"io"
	"log"
	"math/big"
	nethttp "net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
)

func discard() *log.Logger { return log.New(io.Discard, "", 0) }

// Bodies are read as their type says.
func TestBody(t *testing.T) {
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	tests := []struct {
		contentType, body string
		want              any
	}{
		{"application/json", `{"a": 1, "b": 1.5, "c": 123456789012345678901234567890, "d": null}`, params{"a": int64(1), "b": 1.5, "c": huge, "d": nil}},
		{"application/problem+json; charset=utf-8", `[true]`, []any{true}},
		{"text/plain", "grüße", "grüße"},
		{"text/plain; charset=ISO-8859-1", "gr\xfc\xdfe", "grüße"},
		{"text/plain", "\xff", []byte("\xff")},
		{"text/plain; charset=utf-16", "a", []byte("a")},
		{"image/svg+xml", "<svg/>", "<svg/>"},
		{"application/x-ndjson", "{}\n{}\n", "{}\n{}\n"},
		{"application/octet-stream", "{}", []byte("{}")},
		{"nonsense/", "{}", []byte("{}")},
		{"application/json", "", nil},
	}
	for _, test := range tests {
		t.Run(test.contentType, func(t *testing.T) {
			server, _ := serve(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
				w.Header().Set("Content-Type", test.contentType)
				w.Header().Add("X-Two", "a")
				w.Header().Add("X-Two", "b")
				_, _ = w.Write([]byte(test.body))
			})
			got, err := call(t.Context(), t, nil, params{"url": server.URL})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got["body"], cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			headers := got["headers"].(params)
			if got["status"] != int64(200) || headers["content-type"] != test.contentType || headers["x-two"] != "a, b" {
				t.Errorf("status %v, headers %v", got["status"], headers)
			}
		})
	}
}

// What a status means, and what is known of the request after it.
func TestStatus(t *testing.T) {
	tests := []struct {
		status  int
		expect  any
		header  string // Retry-After
		code    string // empty for no failure
		class   connector.Class
		outcome connector.Outcome // of a POST
	}{
		{status: 200},
		{status: 299},
		{status: 404, expect: "4xx"},
		{status: 404, expect: []any{int64(200), "404"}},
		{status: 304, expect: "300-399"},
		{200, "201", "", "UnexpectedStatus", connector.ClassPrecondition, connector.OutcomeUnknown},
		{304, nil, "", "UnexpectedStatus", connector.ClassPrecondition, connector.OutcomeUnknown},
		{400, nil, "", "BadRequest", connector.ClassInvalid, connector.OutcomeFailed},
		{401, nil, "", "Unauthorized", connector.ClassDenied, connector.OutcomeFailed},
		{404, nil, "", "NotFound", connector.ClassNotFound, connector.OutcomeFailed},
		{408, nil, "", "RequestTimeout", connector.ClassTimeout, connector.OutcomeFailed},
		{409, nil, "", "Conflict", connector.ClassConflict, connector.OutcomeFailed},
		{412, nil, "", "PreconditionFailed", connector.ClassPrecondition, connector.OutcomeFailed},
		{413, nil, "", "RequestEntityTooLarge", connector.ClassQuota, connector.OutcomeFailed},
		{418, nil, "", "ImATeapot", connector.ClassInvalid, connector.OutcomeFailed},
		{429, nil, "7", "TooManyRequests", connector.ClassThrottled, connector.OutcomeFailed},
		{499, nil, "", "Status499", connector.ClassInvalid, connector.OutcomeFailed},
		{500, nil, "", "InternalServerError", connector.ClassUnavailable, connector.OutcomeUnknown},
		{501, nil, "", "NotImplemented", connector.ClassInvalid, connector.OutcomeFailed},
		{502, nil, "", "BadGateway", connector.ClassUnavailable, connector.OutcomeUnknown},
		{503, nil, "", "ServiceUnavailable", connector.ClassUnavailable, connector.OutcomeUnknown},
		{503, nil, "7", "ServiceUnavailable", connector.ClassThrottled, connector.OutcomeUnknown},
		{505, nil, "", "HTTPVersionNotSupported", connector.ClassInvalid, connector.OutcomeFailed},
		{511, nil, "", "NetworkAuthenticationRequired", connector.ClassUnavailable, connector.OutcomeFailed},
		{504, nil, "", "GatewayTimeout", connector.ClassUnavailable, connector.OutcomeUnknown},
	}
	for _, test := range tests {
		server, _ := serve(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			if test.header != "" {
				w.Header().Set("Retry-After", test.header)
			}
			w.Header().Set("X-Request-Id", "id-1")
			w.WriteHeader(test.status)
		})
		in := params{"url": server.URL + "/path?token=hush", "method": "POST", "expectStatus": test.expect}
		if test.code == "" {
			if got, err := call(t.Context(), t, nil, in); err != nil || got["status"] != int64(test.status) {
				t.Errorf("%d gives %v, %v", test.status, got, err)
			}
			continue
		}
		e := failed(t, nil, in)
		if e.Code != test.code || e.Class != test.class || e.Outcome != test.outcome || e.Status != test.status || e.RequestID != "id-1" {
			t.Errorf("%d gives %s, %s, %s, status %d, request %s", test.status, e.Code, e.Class, e.Outcome, e.Status, e.RequestID)
		}
		if (e.RetryAfter == 7*time.Second) != (test.header != "") {
			t.Errorf("%d asks to wait for %s", test.status, e.RetryAfter)
		}
		if !strings.HasPrefix(e.Message, "POST "+server.URL+"/path was answered with ") {
			t.Errorf("%d says %s", test.status, e.Message)
		}
		if e := failed(t, nil, params{"url": server.URL, "expectStatus": test.expect}); e.Outcome == connector.OutcomeUnknown {
			t.Errorf("a GET has an unknown outcome after %d", test.status)
		}
	}
}

// What a service says about a failure is in the error's details.
func TestDetails(t *testing.T) {
	tests := []struct {
		contentType, body string
		want              any
	}{
		{"application/problem+json", `{"title": "no"}`, params{"body": params{"title": "no"}}},
		{"application/json", `{"title": `, params{"body": `{"title": `}},
		{"text/html", "<p>no", params{"body": "<p>no"}},
		{"text/html", strings.Repeat("x", maxDetails+1), params(nil)},
		{"text/html", "", params(nil)},
	}
	for _, test := range tests {
		server, _ := serve(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("Content-Type", test.contentType)
			w.WriteHeader(nethttp.StatusBadRequest)
			_, _ = w.Write([]byte(test.body))
		})
		if diff := cmp.Diff(test.want, failed(t, nil, params{"url": server.URL}).Details); diff != "" {
			t.Errorf("details of %.20s (-want +got):\n%s", test.body, diff)
		}
	}
}

// A body beyond the limit is an error, also where it is small on the wire.
func TestTooLarge(t *testing.T) {
	server, _ := serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.URL.Path == "/bomb" {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(make([]byte, 1<<20))
			_ = z.Close()
			return
		}
		_, _ = w.Write(make([]byte, 100))
	})
	if _, err := call(t.Context(), t, nil, params{"url": server.URL, "maxResponseBytes": int64(100)}); err != nil {
		t.Errorf("100 of 100 bytes: %v", err)
	}
	for path, limit := range map[string]int64{"": 99, "/bomb": 1<<20 - 1} {
		e := failed(t, nil, params{"url": server.URL + path, "method": "POST", "maxResponseBytes": limit})
		if e.Code != codeTooLarge || e.Class != connector.ClassQuota || e.Outcome != connector.OutcomeUnknown || e.Status != 200 {
			t.Errorf("%s: %s (%s, %s)", path, e, e.Class, e.Outcome)
		}
	}
}

func TestInvalidJSON(t *testing.T) {
	server, _ := serve(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"a": `))
	})
	e := failed(t, nil, params{"url": server.URL, "method": "POST"})
	if e.Code != codeAnswer || e.Class != connector.ClassUnavailable || e.Outcome != connector.OutcomeUnknown || e.Status != 200 {
		t.Errorf("%s (%s, %s)", e, e.Class, e.Outcome)
	}
}
