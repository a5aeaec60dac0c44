package http

import (
	"fmt"
	"io"
	nethttp "net/http"
	"strings"
	"sync"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

// Requests at the same time, and behind each other, have nothing of each other, though what
// they are made of serves several: whether they are answered, fail, or are led elsewhere.
func TestRequestsHaveNothingOfOthers(t *testing.T) {
	server, _ := serve(t, nil)
	server.Config.Handler = nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/led/"):
			nethttp.Redirect(w, r, "/to/"+strings.TrimPrefix(r.URL.Path, "/led/"), nethttp.StatusTemporaryRedirect)
			return
		case strings.HasPrefix(r.URL.Path, "/not/"):
			w.WriteHeader(nethttp.StatusNotFound)
		}
		body, _ := io.ReadAll(r.Body)
		h := r.Header
		w.Header().Set("X-Saw", r.URL.Path)
		_, _ = fmt.Fprintf(w, "%s %s %s %s %s", r.URL, h.Get("X-Mine"), h.Get("Content-Type"), h.Get("Idempotency-Key"), body)
	})
	conn, err := opened(t, params{"baseUrl": server.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	op := Connector().Operations[0]
	ask := func(name string, in params) (params, error) {
		converted, err := op.Params().Convert(in)
		if err != nil {
			return nil, err
		}
		out, err := op.Run(t.Context(), &connector.Call{Params: converted, Connection: conn, IdempotencyKey: "key-" + name})
		got, _ := out.(params)
		return got, err
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 40 {
				name := fmt.Sprintf("%d-%d", worker, i)
				rows := []struct {
					in   params
					want string // empty for a failure
				}{
					{params{"url": "/get/" + name}, "/get/" + name + "    "},
					{params{"method": "POST", "url": "/post/" + name, "body": "b" + name}, "/post/" + name + "  text/plain; charset=utf-8 key-" + name + " b" + name},
					{params{"url": "/mine/" + name, "headers": params{"X-Mine": name}, "query": params{"q": name}}, "/mine/" + name + "?q=" + name + " " + name + "   "},
					{params{"method": "PUT", "url": "/led/" + name, "body": params{"n": name}}, "/to/" + name + "  application/json key-" + name + ` {"n":"` + name + `"}`},
					{params{"method": "POST", "url": "/not/" + name, "body": "lost"}, ""},
				}
				row := rows[(worker+i)%len(rows)]
				got, err := ask(name, row.in)
				if row.want == "" {
					if err == nil {
						t.Errorf("%v gave %v, want a failure", row.in, got)
					}
					continue
				}
				if err != nil || got["body"] != row.want {
					t.Errorf("%v gave %q and %v, want %q", row.in, got["body"], err, row.want)
				}
				if path, _, _ := strings.Cut(strings.Fields(row.want)[0], "?"); err == nil && got["headers"].(params)["x-saw"] != path {
					t.Errorf("%v has the headers %v", row.in, got["headers"])
				}
			}
		})
	}
	wg.Wait()
}

// What a request was made of goes to the next one where the answer was read to its end,
// without the values of the one before.
func TestExchangesAreUsedAgain(t *testing.T) {
	server, _ := serve(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) { _, _ = io.WriteString(w, "well") })
	opened, err := opened(t, params{"baseUrl": server.URL, "bearer": "token"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn := opened.(*connection)
	x := conn.newExchange()
	header := x.made.header
	x.in = requestIn{Method: "POST", URL: "/a", Body: "text", Headers: params{"X-Own": "1"}, Timeout: 1 << 40, MaxResponseBytes: 1 << 20}
	if _, err := x.run(t.Context(), &connector.Call{Connection: conn, IdempotencyKey: "key"}); err != nil {
		t.Fatal(err)
	}
	if len(header) != 0 || x.first != nil || x.in.Body != nil || x.made.data != nil || x.made.target.Path != "" || x.connection != nil {
		t.Errorf("what is kept still has %v and %+v", header, x.in)
	}
}

// The names of headers are written as strings.ToLower writes them.
func TestLower(t *testing.T) {
	for _, name := range []string{
		"Accept-Ranges", "Access-Control-Allow-Origin", "Age", "Alt-Svc", "Cache-Control", "Connection", "Content-Encoding", "Content-Language",
		"Content-Length", "Content-Type", "Date", "Etag", "Expires", "Keep-Alive", "Last-Modified", "Link", "Location", "Retry-After", "Server",
		"Set-Cookie", "Strict-Transport-Security", "Transfer-Encoding", "Vary", "Via", "Www-Authenticate", "X-Amz-Executed-Version",
		"X-Amzn-Requestid", "X-Content-Type-Options", "X-Frame-Options", "X-Request-Id", "X-Anything-Else",
	} {
		if got := lower(name); got != strings.ToLower(name) {
			t.Errorf("%s becomes %s", name, got)
		}
	}
}
