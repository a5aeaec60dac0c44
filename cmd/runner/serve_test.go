package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/testenv"
)

const servedFlow = `flow: pay
inputs: {amount: {type: integer, required: true}}
triggers:
  - http: POST /pay
    respond: {status: 201, body: {payment: "${output}"}}
steps:
  - id: paid
    call: http.request
    with: {method: POST, url: "${env.SERVER}/payments", body: {amount: "${ctx.amount}"}}
output: "${steps.paid.body.payment}"
`

// cashier counts payments by their keys.
type cashier struct {
	mu   sync.Mutex
	keys map[string]int
}

func (c *cashier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	c.mu.Lock()
	if c.keys[key]++; c.keys[key] == 1 {
		defer time.Sleep(2 * time.Millisecond)
	}
	c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"payment": %q}`, key)
}

// serving is a server in a process of its own.
type serving struct {
	cmd   *exec.Cmd
	url   string
	admin string // of operators; empty where nothing listens for them
	said  []string
}

// startServing starts the command, and returns once it listens.
func startServing(t *testing.T, env []string, args ...string) *serving {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "runner", append([]string{"serve"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	var said []string
	admin := ""
	for lines.Scan() {
		said = append(said, lines.Text())
		if _, url, ok := strings.Cut(lines.Text(), "operators: "); ok {
			admin = strings.TrimSuffix(url, "/-/runs")
		}
		if _, url, ok := strings.Cut(lines.Text(), "listening on "); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return &serving{cmd, url, admin, said}
		}
	}
	t.Fatalf("it does not listen:\n%s", strings.Join(said, "\n"))
	return nil
}

// get sends a request without a body and with one header.
func (s *serving) get(t *testing.T, method, path, name, text string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(name, text)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// operators waits until they are told something.
func (s *serving) operators(t *testing.T, told func(text string) bool) {
	t.Helper()
	operator := &serving{url: s.admin}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		_, text := operator.get(t, http.MethodGet, "/-/readyz", "Accept", "application/json")
		if told(text) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("operators are told %s", text)
		}
	}
}

// post sends a request; ok is false where the server was killed meanwhile.
func (s *serving) post(t *testing.T, path, key, body string) (status int, text string, ok bool) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, "", false
	}
	req.Header.Set("Idempotency-Key", key)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", false
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err == nil
}

// A request whose server is killed at any moment is one payment by its key, at
// most one request more, and has one answer.
func TestServeKilled(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs kill -9")
	}
	kills := 3
	if testenv.Thorough() {
		kills = 20
	}
	c := &cashier{keys: map[string]int{}}
	bank := httptest.NewServer(c)
	defer bank.Close()
	dir := t.TempDir()
	flow := filepath.Join(dir, "pay.yaml")
	if err := os.WriteFile(flow, []byte(servedFlow), 0o600); err != nil {
		t.Fatal(err)
	}
	begin := func() *serving {
		return startServing(t, []string{"SERVER=" + bank.URL}, flow, "--journal", filepath.Join(dir, "runs.db"), "--listen", "127.0.0.1:0", "--log-level", "off")
	}
	s := begin()
	for i := range kills {
		key := fmt.Sprintf("k-%d", i)
		type got struct {
			status int
			text   string
			ok     bool
		}
		first := make(chan got, 1)
		go func() {
			status, text, ok := s.post(t, "/pay", key, `{"amount": 3}`)
			first <- got{status, text, ok}
		}()
		time.Sleep(time.Duration(rand.IntN(int(15 * time.Millisecond))))
		_ = s.cmd.Process.Kill()
		before := <-first
		_ = s.cmd.Wait()
		s = begin()
		status, text, ok := s.post(t, "/pay", key, `{"amount": 3}`)
		if !ok || status != http.StatusCreated {
			t.Fatalf("kill %d: %d %s", i, status, text)
		}
		if before.ok && (before.status != status || before.text != text) {
			t.Errorf("kill %d: %d %s, and before the kill %d %s", i, status, text, before.status, before.text)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.keys) != kills {
		t.Errorf("%d payments by their keys, want %d", len(c.keys), kills)
	}
	for key, n := range c.keys {
		if n > 2 {
			t.Errorf("payment %s was requested %d times", key, n)
		}
	}
}

// The example is served as its README says.
func TestServeExample(t *testing.T) {
	s := startServing(t, nil, "../../flows/examples/orders", "--journal", filepath.Join(t.TempDir(), "runs.db"), "--local", "--listen", "127.0.0.1:0", "--admin", ":0", "--log-level", "off")
	if !strings.HasPrefix(s.admin, "http://127.0.0.1:") { // without a host it is this machine alone
		t.Errorf("operators reach it at %q", s.admin)
	}
	status, text, _ := s.post(t, "/orders/c-17", "first", `{"item": "quince", "amount": 300}`)
	if status != 201 || text != `{"amount":300,"id":"o-c-17-1","item":"quince"}`+"\n" {
		t.Errorf("%d %s", status, text)
	}
	if _, text, _ := s.post(t, "/orders/c-17", "wrong", `{"item": "quince", "amount": "much"}`); !strings.Contains(readme(t), strings.TrimSpace(text)) {
		t.Errorf("the README has not the answer to a mistake: %s", text)
	}
	if status, text, _ := s.post(t, "/orders/c-17", "first", `{"item": "other", "amount": 300}`); status != 422 {
		t.Errorf("%d %s", status, text)
	}
	_ = s.cmd.Process.Signal(os.Interrupt)
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("a signal ends it with %v", err)
	}
	if c, err := net.DialTimeout("tcp", strings.TrimPrefix(s.url, "http://"), time.Second); err == nil {
		_ = c.Close()
		t.Error("it still listens")
	}
}

func readme(t *testing.T) string {
	text, err := os.ReadFile("../../flows/examples/orders/README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
