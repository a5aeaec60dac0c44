#!/usr/bin/env bash
# github.com/aws/smithy-go 1.28.8 (aws-sdk-go-v2/service/lambda 1.114.1): a call can
# fail although the service got the whole request and answered it with 200. When an
# answer's headers are there, the SDK closes the request's body; net/http may still
# be about to look whether that body has ended, and asks the SDK's wrapper for it
# through WriteTo (bodies made of bytes.Reader have one). Closed, WriteTo gives
# io.EOF as an error, where Read would say the same as an end: net/http takes it for
# a failed request and closes the connection under the answer that is being read.
# Seen: "use of closed network connection" where the writing side is as slow as on a
# busy machine; with an HTTP client that hides WriteTo the same call succeeds.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOF'
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// lateConn returns from a large write some time after its bytes have left.
type lateConn struct{ net.Conn }

func (c lateConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if len(p) > 8<<10 {
		time.Sleep(300 * time.Millisecond)
	}
	return n, err
}

type hides struct{ next *http.Client }

func (h hides) Do(r *http.Request) (*http.Response, error) {
	r.Body = struct{ io.ReadCloser }{r.Body}
	return h.next.Do(r)
}

func main() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		time.Sleep(900 * time.Millisecond)
		w.Write(bytes.Repeat([]byte("1"), 8))
	}))
	defer server.Close()
	plain := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		return lateConn{c}, err
	}}}
	call := func(client aws.HTTPClient) error {
		c := lambda.NewFromConfig(aws.Config{
			Region: "us-east-1", BaseEndpoint: aws.String(server.URL), HTTPClient: client, RetryMaxAttempts: 1,
			Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		})
		_, err := c.Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("f"), Payload: bytes.Repeat([]byte("2"), 32<<10)})
		return err
	}
	as, without := call(plain), call(hides{plain})
	fmt.Println("as it comes:", as)
	fmt.Println("without WriteTo:", without)
	if as == nil || !strings.Contains(as.Error(), "use of closed network connection") || without != nil {
		fmt.Println("changed")
		os.Exit(1)
	}
	fmt.Println("holds")
}
EOF
cat >go.mod <<'EOF'
module finding

go 1.26
EOF
go get github.com/aws/aws-sdk-go-v2/service/lambda@v1.114.1 github.com/aws/smithy-go@v1.28.8 github.com/aws/aws-sdk-go-v2/credentials@v1.20.14 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
