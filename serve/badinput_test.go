package serve_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/serve"
)

// listening is a server on a port of its own, with all bounds of one that is run.
type listening struct {
	addr string
	stop func() error
}

func listen(t *testing.T, c serve.Config) *listening {
	t.Helper()
	server, err := serve.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, serve.Listener{Listener: ln, Handler: server}) }()
	stop := sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { _ = stop() })
	return &listening{addr: ln.Addr().String(), stop: stop}
}

// raw sends text as it is, and returns the first answer; status 0 is a connection that
// was closed without one.
func (l *listening) raw(t *testing.T, text string, body io.Reader) (status int, answer string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		if _, err := io.WriteString(conn, text); err == nil && body != nil {
			_, _ = io.Copy(conn, body)
		}
	}()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err == nil {
		b, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		status, answer = res.StatusCode, string(b)
	}
	_ = conn.Close()
	<-sent
	return status, answer
}

const guardedFlow = `flow: guarded
secrets: {token: {env: TOKEN}, hook: {env: HOOK}}
inputs:
  order: {type: object, required: true, members: {id: {type: string, required: true}, amount: {type: integer, required: true, minimum: 1}}}
triggers:
  - {http: "POST /pay/{customer}", auth: {bearer: "${secrets.token}"}, with: {order: "${request.body}"}}
  - {http: POST /hook, auth: {hmac: {scheme: standard, secret: "${secrets.hook}"}}, with: {order: "${request.body}"}}
steps:
  - {id: paid, call: bank.pay, with: {amount: "${ctx.order.amount}"}}
output: "${ctx.order.id}"
`

func guarded(t *testing.T, b *bank, change func(*serve.Config)) *listening {
	t.Helper()
	env := map[string]string{"TOKEN": "s3cret-token", "HOOK": "whsec_czNjcmV0LWhvb2stb2YtMjQtYnl0ZXMh"}
	c := serve.Config{
		Flows: []serve.Served{{Flow: b.flow(t, guardedFlow)}}, Registry: b.registry(t),
		Options: []flows.RunOption{flows.WithEnv(func(name string) (string, bool) { v, ok := env[name]; return v, ok })},
	}
	if change != nil {
		change(&c)
	}
	return listen(t, c)
}

// request is the text of a request to the route that pays.
func request(target, body string, header ...string) string {
	lines := append([]string{"POST " + target + " HTTP/1.1", "Host: flow.test", bearer, "Connection: close", fmt.Sprintf("Content-Length: %d", len(body))}, header...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

// Whatever is sent gets an answer of its kind, and nothing runs.
func TestBadInput(t *testing.T) {
	b := &bank{}
	l := guarded(t, b, func(c *serve.Config) { c.ReadTime = 50 * time.Millisecond })
	const good = `{"id": "o-1", "amount": 3}`
	refused := func(text string, body io.Reader, want ...int) {
		t.Helper()
		status, answer := l.raw(t, text, body)
		for _, one := range want {
			if status == one {
				if strings.Contains(answer, "s3cret") {
					t.Errorf("the answer to %.100q shows a secret: %s", text, answer)
				}
				return
			}
		}
		t.Errorf("%.200q is answered with %d %.200s, want %d", text, status, answer, want)
	}
	for _, body := range []string{
		``, `{`, `{"id": "o-1", "amount": 3`, good + `}`, good + good, "\xef\xbb\xbf" + good, `{"id": "o-1", "amount": 3,}`, `{'id': 'o-1', 'amount': 3}`,
		`{"id": "o-1", "amount": NaN}`, `{"id": "\xff", "amount": 3}`, `{"id": "o-1", "amount": 3, "amount": 4}`, `{"id": "o-1", "amount": 3, "am\u006funt": 4}`,
		`{"id": "o-1", "amount": "much"}`, `{"id": "o-1", "amount": 0}`, `{"id": "o-1", "amount": 1.5}`, `{"id": "o-1", "amount": 1e400}`,
		`{"id": "o-1", "amount": ` + strings.Repeat("9", 1000) + `}`, `{"id": 17, "amount": 3, "more": 1}`, `{"id": null, "amount": 3}`, `[` + good + `]`, `"x"`, `null`, `17`,
		strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 100_000), strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000), `{"order": ` + good + `}`, "\x00", "\x1f\x8b\x08\x00",
	} {
		refused(request("/pay/c-1", body), nil, 400, 422)
	}
	for target, want := range map[string]int{
		"/pay/../pay/c-1": 404, "/pay/./c-1": 404, "//pay/c-1": 404, "/pay//c-1": 404, "/pay/c-1/": 404, "/pay/c-1/..": 404, "/pay/%2e%2e": 404, "/pay/..%2fpay%2fc-1": 404,
		"/pay/c%2f..%2fx": 404, "/pay/c%00": 404, "/pay/%ff": 404, "/pay/c%5c..": 404, "/PAY/c-1": 404, "/pay": 404, "/pay/": 404, "/": 404, "/%2d/runs": 404, "/-/../pay/c-1": 404,
		"/-/runs/../../pay/c-1": 404, "/-/runs": 404, "/-": 404, "/-/runs/x/cancel": 404, "*": 404, "pay/c-1": 400, "/pay/c-1?a=%": 400, "/pay/c-1?a=1&a=2": 400, "/pay/c\x01": 400, "/pay/c-1 x": 400,
		"/pay/" + strings.Repeat("x", 40<<10): 431,
	} {
		refused(request(target, good), nil, want)
	}
	for _, c := range []struct {
		header string
		want   int
	}{
		{"Transfer-Encoding: chunked\r\nContent-Length: 5", 400},
		{"Content-Length: 5", 400}, // a second one
		{"Transfer-Encoding: gzip", 501},
		{"Content-Encoding: gzip", 415},
		{"Content-Type: application/json; charset=utf-16", 415},
		{"Content-Type: /", 400},
		{"Content-Type: multipart/form-data; boundary=x", 415},
		{"Content-Type: application/x-www-form-urlencoded", 415},
		{"Idempotency-Key: " + strings.Repeat("k", 256), 400},
		{"Idempotency-Key: a\r\nIdempotency-Key: b", 400},
		{"Idempotency-Key: \"", 400},
		{"X: \x00", 400},
		{"X y: 1", 400},
		{"X-Long: " + strings.Repeat("x", 40<<10), 431},
		{strings.TrimSuffix(strings.Repeat("X: y\r\n", 20_000), "\r\n"), 431},
		{"Expect: something", 417},
	} {
		refused(request("/pay/c-1", good, c.header), nil, c.want)
	}
	for _, line := range []string{
		"", "Authorization: Bearer", "Authorization: Bearer s3cret-tokeN", "Authorization: Bearer s3cret-token ,", "Authorization: Basic czNjcmV0LXRva2Vu", "Authorization: bearer s3cret-tokenx",
		"Authorization: Bearer " + strings.Repeat("s3cret-token", 1000), "Proxy-Authorization: Bearer s3cret-token", "X-API-Key: s3cret-token", "Cookie: token=s3cret-token",
	} {
		text := strings.Replace(request("/pay/c-1", good), bearer+"\r\n", strings.TrimPrefix(line+"\r\n", "\r\n"), 1)
		refused(text, nil, 401)
		refused(strings.Replace(text, fmt.Sprintf("Content-Length: %d", len(good)), "Content-Length: 1000000000", 1), nil, 401) // not one byte of the body is waited for
	}
	refused(strings.Replace(request("/pay/c-1", good), bearer, bearer+"\r\nAuthorization: Bearer other", 1), nil, 401)
	for _, text := range []string{"GET\r\n\r\n", "\r\n\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"} {
		refused(text+"\r\n\r\n", nil, 400, 404, 505)
	}
	// Bodies that are too large, and that do not arrive.
	refused(strings.Replace(request("/pay/c-1", ""), "Content-Length: 0", "Content-Length: 104857600", 1), nil, 413)
	refused(strings.Replace(request("/pay/c-1", ""), "Content-Length: 0", "Content-Length: 100", 1)+good, nil, 408)
	refused(strings.Replace(request("/pay/c-1", ""), "Content-Length: 0", "Transfer-Encoding: chunked", 1)+"5\r\n{\"id\"\r\n", nil, 408)
	refused(strings.Replace(request("/pay/c-1", ""), "Content-Length: 0", "Transfer-Encoding: chunked", 1)+"xyz\r\n", nil, 400)
	if n := b.payments(); n != 0 {
		t.Errorf("%d runs paid", n)
	}
	if status, answer := l.raw(t, request("/pay/c-1", good), nil); status != 200 || answer != "\"o-1\"\n" {
		t.Errorf("a good request is answered with %d %s", status, answer)
	}
}

// filler is a body without an end that counts what is taken of it.
type filler struct{ left, taken int64 }

func (f *filler) Read(p []byte) (int, error) {
	if f.left <= 0 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = 'x'
	}
	f.left -= int64(len(p))
	f.taken += int64(len(p))
	return len(p), nil
}

// A body of 100 MB takes no memory, whether it says its length or not.
func TestLargeBodies(t *testing.T) {
	b := &bank{}
	l := guarded(t, b, nil)
	const size = 100 << 20
	for name, header := range map[string]string{"length": fmt.Sprintf("Content-Length: %d", size), "chunked": "Transfer-Encoding: chunked"} {
		text := strings.Replace(request("/pay/c-1", ""), "Content-Length: 0", header, 1)
		if name == "chunked" {
			text += fmt.Sprintf("%x\r\n", size)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		body := &filler{left: size}
		status, answer := l.raw(t, text, body)
		runtime.ReadMemStats(&after)
		if status != 413 && status != 0 { // a connection that was closed while we wrote may have lost the answer
			t.Errorf("%s: %d %s", name, status, answer)
		}
		if body.taken > 32<<20 {
			t.Errorf("%s: %d bytes were taken", name, body.taken)
		}
		if all := after.TotalAlloc - before.TotalAlloc; all > 24<<20 {
			t.Errorf("%s: %d bytes were allocated", name, all)
		}
	}
	if n := b.payments(); n != 0 {
		t.Errorf("%d runs paid", n)
	}
}

// No goroutine is left when Serve has returned, whatever was under way.
func TestNothingIsLeft(t *testing.T) {
	http.DefaultClient.CloseIdleConnections()
	before := goleak.IgnoreCurrent()
	for name, withJournal := range map[string]bool{"journal": true, "volatile": false} {
		t.Run(name, func(t *testing.T) {
			b := &bank{gate: make(chan struct{})}
			ticks := b.flow(t, "flow: ticks\ntriggers: [{schedule: every 1h}]\nsteps: [{call: bank.pay, with: {amount: 1}}]\noutput: 1\n")
			var closeJournal func() error
			l := guarded(t, b, func(c *serve.Config) {
				c.Flows = append(c.Flows, serve.Served{Flow: ticks})
				c.MaxRuns, c.MaxQueue, c.QueueTime, c.DrainTime = 2, 2, time.Hour, 10*time.Millisecond
				if withJournal {
					c.Journal = newJournal(t, newPath(t))
					closeJournal = c.Journal.Close
				}
			})
			var callers sync.WaitGroup
			statuses := make(chan int, 6)
			for range 6 { // two run, two wait for room, two are refused
				callers.Go(func() {
					status, _ := l.raw(t, request("/pay/c-1", `{"id": "o-1", "amount": 3}`), nil)
					statuses <- status
				})
			}
			if withJournal && testenv.Thorough() { // net/http waits 5 s for who has just come
				slow, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.addr)
				if err != nil {
					t.Fatal(err)
				}
				defer slow.Close()
				_, _ = io.WriteString(slow, "POST /pay/c-1 HTTP/1.1\r\nHost: x\r\n")
			}
			eventually(t, "two runs", func() bool { return b.payments() == 2 })
			if err := l.stop(); err != nil {
				t.Error(err)
			}
			callers.Wait()
			close(statuses)
			got := map[int]int{}
			for status := range statuses {
				got[status]++
			}
			if want := (map[int]int{503: 6}); !withJournal && !maps.Equal(got, want) {
				t.Errorf("the callers got %v, want %v", got, want)
			}
			if want := (map[int]int{202: 2, 503: 4}); withJournal && !maps.Equal(got, want) {
				t.Errorf("the callers got %v, want %v", got, want)
			}
			if closeJournal != nil {
				if err := closeJournal(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	goleak.VerifyNone(t, before)
}
