package serve_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/serve"
	"github.com/medlar-flow/medlar/serve/notify"
)

const leavingFlow = `
flow: leaving
triggers: [{http: POST /leave}]
steps:
  - {id: paid, call: bank.pay, with: {amount: 1}, undo: {fail: {code: Odd, message: "it cannot be undone"}}}
  - {fail: {code: Late, message: too late}}
`

// told keeps what a target was told.
type told struct {
	mu     sync.Mutex
	bodies []string
	hang   chan struct{} // requests wait until it is closed; nil for none
}

func (r *told) ServeHTTP(_ http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.bodies = append(r.bodies, string(body))
	hang := r.hang
	r.mu.Unlock()
	if hang != nil {
		<-hang
	}
}

func (r *told) all() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.bodies, "\n")
}

func target(url string) []notify.Target {
	return []notify.Target{{
		Name: "pager", URL: url, Secrets: []string{"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"}, NotUndone: true, Every: time.Millisecond,
		Rate: notify.Rate{On: true, Over: 0.5, AtLeast: 3},
	}}
}

// TestNotify: who is to be told is, on a journal and without one.
func TestNotify(t *testing.T) {
	for _, kept := range []string{"journal", "memory"} {
		t.Run(kept, func(t *testing.T) {
			r := &told{}
			web := httptest.NewServer(r)
			defer web.Close()
			b := &bank{}
			c := serve.Config{Flows: []serve.Served{{Flow: b.flow(t, leavingFlow)}}, Registry: b.registry(t), Notify: target(web.URL)}
			if kept == "journal" {
				c.Journal = newJournal(t, newPath(t))
			}
			a := started(t, c)
			for i := range 3 {
				a.send(http.MethodPost, "/leave", "", fmt.Sprint("Idempotency-Key: k", i))
			}
			eventually(t, "three runs and their rate are told", func() bool {
				all := r.all()
				return strings.Count(all, `"code":"Late"`) == 3 && strings.Contains(all, `"failed":3,"ended":3`)
			})
			if all := r.all(); strings.Contains(all, "too late") || !strings.Contains(all, `"notUndone":["/paid"]`) {
				t.Errorf("told %s", all)
			}
		})
	}
}

// TestNotifyHangs: a target that does not answer holds up neither a run nor the end
// of the server.
func TestNotifyHangs(t *testing.T) {
	r := &told{hang: make(chan struct{})}
	web := httptest.NewServer(r)
	defer web.Close()
	defer close(r.hang)
	b := &bank{}
	path := newPath(t)
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: b.flow(t, leavingFlow)}}, Registry: b.registry(t), Journal: newJournal(t, path), Notify: target(web.URL)})
	a.send(http.MethodPost, "/leave", "")
	eventually(t, "it is told", func() bool { return r.all() != "" })
	for range 5 {
		if got := a.send(http.MethodPost, "/leave", ""); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	a.stop()
}

// TestNotifyTakenOver: what a process was to tell that has ended another one tells, and
// nobody tells what another one is to.
func TestNotifyTakenOver(t *testing.T) {
	r := &told{}
	web := httptest.NewServer(r)
	defer web.Close()
	b := &bank{}
	path := newPath(t)
	first, second := newJournal(t, path), newJournal(t, path)
	if err := first.AddNotice(t.Context(), journal.Notice{ID: "n", To: "pager", At: time.Now(), Data: []byte(`{"type": "run.not_undone", "item": {"run": "r"}}`)}); err != nil {
		t.Fatal(err)
	}
	if list, err := second.Notices(t.Context(), "pager", 10); err != nil || len(list) != 0 {
		t.Errorf("%v %v are told while their process lives", list, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	started(t, serve.Config{Flows: []serve.Served{{Flow: b.flow(t, leavingFlow)}}, Registry: b.registry(t), Journal: second, Notify: target(web.URL)})
	eventually(t, "it is told", func() bool { return strings.Contains(r.all(), `"runs":[{"run":"r"}]`) })
	eventually(t, "it is kept no more", func() bool {
		list, err := second.Notices(t.Context(), "pager", 10)
		return err == nil && len(list) == 0
	})
}
