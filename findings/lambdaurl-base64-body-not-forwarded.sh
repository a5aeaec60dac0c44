#!/usr/bin/env bash
# github.com/aws/aws-lambda-go 1.55.1 (package lambdaurl): a request whose body came in
# base64, as Lambda sends anything that is no text (images, gzip, protobuf, multipart
# forms), has ContentLength 0, though its body is there and its header says 5. Who looks at
# ContentLength takes it for a request without a body: httputil.ReverseProxy behind Wrap
# forwards none, with the client's header gone, and the other side answers an empty request.
# Expected: the package makes it easy "to adapt existing HTTP applications", and net/http's
# Request has ContentLength as the length of the body, -1 where it is unknown; its server
# never gives 0 to a request that has one.
# Seen: the same five bytes as text and in base64, read by a handler and by the server
# behind a proxy. A text arrives in both, base64 in the first only. No error anywhere.
# Way out: a handler around one's own that sets r.ContentLength to -1 where it is 0 and
# lambdaurl.RequestFromContext says IsBase64Encoded (below); or the length of the header.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdaurl"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// tell answers with what it was asked.
func tell(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%q, length %d", must(io.ReadAll(r.Body)), r.ContentLength)
}

// length is the way out: the length of a body in base64 is not known.
func length(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if event, ok := lambdaurl.RequestFromContext(r.Context()); ok && event.IsBase64Encoded && r.ContentLength == 0 {
			r.ContentLength = -1
		}
		next.ServeHTTP(w, r)
	})
}

func ask(handler http.Handler, inBase64 bool) string {
	event := &events.LambdaFunctionURLRequest{RawPath: "/", Body: "hello", Headers: map[string]string{"content-length": "5"}}
	if inBase64 {
		event.Body, event.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte("hello")), true
	}
	event.RequestContext.DomainName = "function.example.com"
	event.RequestContext.HTTP.Method = http.MethodPost
	answer := must(lambdaurl.Wrap(handler)(context.Background(), event))
	return string(must(io.ReadAll(answer.Body)))
}

func main() {
	behind := httptest.NewServer(http.HandlerFunc(tell))
	defer behind.Close()
	proxy := httputil.NewSingleHostReverseProxy(must(url.Parse(behind.URL)))
	holds := true
	for _, row := range []struct {
		name     string
		handler  http.Handler
		inBase64 bool
		want     string
	}{
		{"handler, text", http.HandlerFunc(tell), false, `"hello", length 5`},
		{"handler, base64", http.HandlerFunc(tell), true, `"hello", length 0`},
		{"proxy, text", proxy, false, `"hello", length 5`},
		{"proxy, base64", proxy, true, `"", length 0`},
		{"proxy, base64, way out", length(proxy), true, `"hello", length -1`},
	} {
		got := ask(row.handler, row.inBase64)
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
go get github.com/aws/aws-lambda-go@v1.55.1 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
