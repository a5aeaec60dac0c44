package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/testenv"
)

const leavingFlow = `flow: leaving
inputs: {word: {type: string, required: true}}
triggers:
  - {http: POST /leave}
steps:
  - id: made
    call: log.info
    with: {message: made}
    undo: {fail: {code: Stuck, message: "${ctx.word}"}}
  - {fail: {code: Late, message: "${ctx.word}"}}
`

// pager takes what is told.
type pager struct {
	mu    sync.Mutex
	open  bool
	tries int
	told  map[string]int // by run
	text  strings.Builder
}

func (p *pager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tries++; !p.open {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	p.text.Write(body)
	var v struct {
		Data struct {
			Runs []struct{ Run string } `json:"runs"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &v) == nil {
		for _, run := range v.Data.Runs {
			p.told[run.Run]++
		}
	}
}

// What could not be undone is told, although nobody took it for a while and the
// server was killed at any moment.
func TestServeNotifies(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs kill -9")
	}
	kills := 2
	if testenv.Thorough() {
		kills = 8
	}
	p := &pager{told: map[string]int{}}
	web := httptest.NewServer(p)
	defer web.Close()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"flow.yaml":    leavingFlow,
		"secrets.yaml": "pager: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz\n",
		"notify.yaml":  "notify: {name: pager, url: " + web.URL + ", secret: pager, every: 10ms}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	begin := func() *serving {
		return startServing(t, nil, filepath.Join(dir, "flow.yaml"), "--journal", filepath.Join(dir, "runs.db"), "--listen", "127.0.0.1:0", "--log-level", "off",
			"--notify", filepath.Join(dir, "notify.yaml"), "--secrets-file", filepath.Join(dir, "secrets.yaml"))
	}
	s := begin()
	for i := range kills {
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			s.post(t, "/leave", fmt.Sprint("k-", i), `{"word": "sesame"}`)
		}()
		time.Sleep(time.Duration(rand.IntN(int(15 * time.Millisecond))))
		_ = s.cmd.Process.Kill()
		<-sent
		_ = s.cmd.Wait()
		s = begin()
		if status, text, _ := s.post(t, "/leave", fmt.Sprint("k-", i), `{"word": "sesame"}`); status < 400 {
			t.Fatalf("it does not fail: %d %s", status, text)
		}
	}
	p.mu.Lock()
	p.open = true
	p.mu.Unlock()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		p.mu.Lock()
		n := len(p.told)
		p.mu.Unlock()
		if n >= kills {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("told of %d runs, and %d were not undone", n, kills)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if strings.Contains(p.text.String(), "sesame") {
		t.Errorf("it tells a value of a run: %s", p.text.String())
	}
	if !strings.Contains(p.text.String(), `"notUndone":["/made"]`) {
		t.Errorf("it tells %s", p.text.String())
	}
}
