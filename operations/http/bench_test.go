package http

import (
	"bufio"
	"io"
	"net"
	nethttp "net/http"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

// BenchmarkRequest makes one request after the other over one connection, to a server
// that costs next to nothing.
func BenchmarkRequest(b *testing.B) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close() //nolint:errcheck // it was only listened on
	const answer = `{"orderId":"o-1700","accepted":true,"total":249.5,"currency":"EUR","lines":[{"article":"lamp","count":1},{"article":"bulb","count":4}]}`
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close() //nolint:errcheck // nothing is left to send
				for in := bufio.NewReader(c); ; {
					r, err := nethttp.ReadRequest(in)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, r.Body)
					_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nDate: Mon, 05 Jan 2026 09:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: 135\r\n\r\n"+answer)
				}
			}()
		}
	}()
	c := Connector(Linger(0))
	op := c.Operations[0]
	params, err := c.Connection.Convert(map[string]any{"baseUrl": "http://" + ln.Addr().String()})
	if err != nil {
		b.Fatal(err)
	}
	conn, err := c.Open(b.Context(), connector.OpenRequest{Params: params})
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // never fails
	order := map[string]any{"id": "o-1700", "total": 249.5, "lines": []any{map[string]any{"article": "lamp", "count": int64(1)}}}
	b.ReportAllocs()
	for b.Loop() {
		in, err := op.Params().Convert(map[string]any{"method": "POST", "url": "/orders", "body": order})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := op.Run(b.Context(), &connector.Call{Params: in, Connection: conn, IdempotencyKey: "key"}); err != nil {
			b.Fatal(err)
		}
	}
}
