#!/usr/bin/env bash
# github.com/failsafe-go/failsafe-go 0.9.8 (package failsafehttp): each answer that is
# tried again (429 and most of 5xx) keeps its connection open for good: its body is
# neither read nor closed, and the caller only ever sees the last one. While a service
# is unwell, the client opens a connection for each retry and gives none back.
# Expected: net/http, where who calls a RoundTripper closes the body, and that is
# failsafehttp between two attempts; github.com/hashicorp/go-retryablehttp 0.7.8 reads
# and closes it. The pages on HTTP show the round tripper under a plain http.Client, and
# nothing there or in the package's documentation speaks of bodies.
# Seen: ten calls one after the other, each answered with 503, 503, 200 and its body
# read and closed: 21 connections are open at the end, with go-retryablehttp one.
# Way out: a listener of OnRetryScheduled that reads and closes the body of LastResult
# (below), and ReturnLastFailure, so that the last answer comes back to be closed, too.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/hashicorp/go-retryablehttp"
)

// open calls ten times with a client of its own and says how many requests were made,
// how many calls failed, and how many connections are open afterwards.
func open(client func(http.RoundTripper) *http.Client) string {
	var asked, conns, failed atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1)%3 != 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		io.WriteString(w, "answer")
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			conns.Add(1)
		case http.StateClosed, http.StateHijacked:
			conns.Add(-1)
		}
	}
	server.Start()
	transport := &http.Transport{}
	c := client(transport)
	for range 10 {
		response, err := c.Get(server.URL)
		if err != nil {
			failed.Add(1)
			continue
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	seen := fmt.Sprintf("%d requests, %d calls failed, %d connections open", asked.Load(), failed.Load(), conns.Load())
	transport.CloseIdleConnections()
	server.CloseClientConnections()
	server.Close()
	return seen
}

func main() {
	plain := failsafehttp.NewRetryPolicyBuilder().WithDelay(time.Millisecond).Build()
	closing := failsafehttp.NewRetryPolicyBuilder().WithDelay(time.Millisecond).ReturnLastFailure().
		OnRetryScheduled(func(e failsafe.ExecutionScheduledEvent[*http.Response]) {
			if response := e.LastResult(); response != nil {
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
		}).Build()
	holds := true
	for _, row := range []struct {
		name, want string
		client     func(http.RoundTripper) *http.Client
	}{
		{"failsafehttp", "30 requests, 0 calls failed, 21 connections open", func(t http.RoundTripper) *http.Client {
			return &http.Client{Transport: failsafehttp.NewRoundTripper(t, plain)}
		}},
		{"go-retryablehttp", "30 requests, 0 calls failed, 1 connections open", func(t http.RoundTripper) *http.Client {
			c := retryablehttp.NewClient()
			c.HTTPClient.Transport, c.RetryWaitMin, c.RetryWaitMax, c.Logger = t, time.Millisecond, time.Millisecond, nil
			return c.StandardClient()
		}},
		{"with the way out", "30 requests, 0 calls failed, 1 connections open", func(t http.RoundTripper) *http.Client {
			return &http.Client{Timeout: time.Minute, Transport: failsafehttp.NewRoundTripper(t, closing)}
		}},
	} {
		got := open(row.client)
		fmt.Printf("%s: %s\n", row.name, got)
		holds = holds && got == row.want
	}
	if !holds {
		fmt.Println("changed")
		os.Exit(1)
	}
	fmt.Println("holds")
}
EOT
cat >go.mod <<'EOT'
module finding

go 1.26
EOT
go get github.com/failsafe-go/failsafe-go@v0.9.8 github.com/hashicorp/go-retryablehttp@v0.7.8 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
