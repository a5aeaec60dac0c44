package stub_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/medlar-flow/medlar/internal/bench/stub"
	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	goleak.VerifyTestMain(m)
}

// served returns the URL of a stub that ends with the test, and a client.
func served(t *testing.T) (string, *http.Client) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- stub.Serve(ctx, ln) }()
	transport := &http.Transport{}
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		transport.CloseIdleConnections()
	})
	return "http://" + ln.Addr().String(), &http.Client{Transport: transport}
}

func get(t *testing.T, client *http.Client, method, url string, body []byte) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestAnswers(t *testing.T) {
	base, client := served(t)
	const functions = "/2015-03-31/functions/"
	tests := []struct {
		name, method, path string
		sent               int
		status             int
		length             int // 0 for any
		member             string
	}{
		{"small", "POST", functions + "small/invocations", 120, 200, 0, "orderId"},
		{"nothing sent", "POST", functions + "small/invocations", 0, 200, 0, "orderId"},
		{"a query", "POST", functions + "small/invocations?Qualifier=live", 9, 200, 0, "orderId"},
		{"records", "POST", functions + "records/invocations", 120, 200, stub.Large, "records"},
		{"text", "POST", functions + "text/invocations", 120, 200, stub.Large, "text"},
		{"a large request", "POST", functions + "small/invocations", 1 << 20, 200, 0, "orderId"},
		{"settings", "GET", "/2016-08-19/account-settings", 0, 200, 0, "AccountLimit"},
		{"settings as the SDK asks", "GET", "/2016-08-19/account-settings/", 0, 200, 0, "AccountLimit"},
		{"another path", "GET", "/", 0, 404, 0, "Message"},
		{"another function", "POST", functions + "other/invocations", 1, 404, 0, "Message"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, text := get(t, client, tt.method, base+tt.path, bytes.Repeat([]byte("x"), tt.sent))
			if status != tt.status || tt.length > 0 && len(text) != tt.length {
				t.Errorf("status %d and %d bytes", status, len(text))
			}
			var object map[string]any
			if err := json.Unmarshal([]byte(text), &object); err != nil || object[tt.member] == nil {
				t.Errorf("the answer has no %q: %v", tt.member, err)
			}
		})
	}
}

func TestHoldIsReleased(t *testing.T) {
	base, client := served(t)
	answers := make(chan string, 3)
	for range 3 {
		go func() {
			_, text := get(t, client, "POST", base+"/2015-03-31/functions/hold/invocations", []byte("{}"))
			answers <- text
		}()
	}
	until := time.Now().Add(5 * time.Second)
	for held := ""; held != "3"; _, held = get(t, client, "GET", base+"/held", nil) {
		if time.Now().After(until) {
			t.Fatalf("%s calls are held", held)
		}
	}
	get(t, client, "POST", base+"/release", nil)
	for range 3 {
		if text := <-answers; !strings.Contains(text, "orderId") {
			t.Errorf("a held call got %q", text)
		}
	}
}

func TestRefusesWhatItCannotRead(t *testing.T) {
	base, _ := served(t)
	for name, sent := range map[string]string{
		"no HTTP":        "hello\r\n\r\n",
		"chunks":         "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"no length":      "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
		"a negative one": "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
		"a long line":    "GET /" + strings.Repeat("x", 1<<20) + " HTTP/1.1\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(c, sent) // it may be closed before all is sent
			if got, err := io.ReadAll(c); len(got) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("it answered %q, %v", got, err)
			}
		})
	}
}

func TestClosesWhenAskedTo(t *testing.T) {
	base, _ := served(t)
	c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /held HTTP/1.1\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil || !strings.HasSuffix(string(got), "\r\n\r\n0") {
		t.Errorf("%q, %v", got, err)
	}
}
