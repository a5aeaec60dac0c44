package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/serve/auth"
	"github.com/medlar-flow/medlar/serve/notify"
)

// oldSecret and newSecret sign, while one takes the other's place.
const (
	oldSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
	newSecret = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4"
)

// receiver takes what is told.
type receiver struct {
	t       *testing.T
	url     string
	mu      sync.Mutex
	got     []request
	refuse  int // requests that are refused first
	refused []request
}

type request struct {
	id, body string
	header   http.Header
}

func receive(t *testing.T, refuse int) *receiver {
	t.Helper()
	r := &receiver{t: t, refuse: refuse}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		one := request{req.Header.Get("webhook-id"), string(body), req.Header}
		if len(r.refused) < r.refuse {
			r.refused = append(r.refused, one)
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		r.got = append(r.got, one)
	}))
	t.Cleanup(web.Close)
	r.url = web.URL
	return r
}

func (r *receiver) requests() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// wait waits for a number of requests.
func (r *receiver) wait(n int) []request {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		if list := r.requests(); len(list) >= n {
			return list
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("%d requests did not come", n)
		}
	}
}

// running has a notifier work until the end of the test.
func running(t *testing.T, c notify.Config) *notify.Notifier {
	t.Helper()
	n, err := notify.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { n.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait() })
	return n
}

func failed(id, flow string, left ...string) journal.RunEnd {
	return journal.RunEnd{ID: id, Flow: flow, State: journal.Failed, Ended: time.Now(), Failure: &report.RunError{
		Failure: connector.Error{Code: "Broken", Class: connector.ClassUnavailable, Message: "sesame is the word"}, Step: "/pay", NotUndone: left,
	}}
}

// TestSigned holds a request against who takes those of Standard Webhooks, with the
// old secret and with the new one.
func TestSigned(t *testing.T) {
	r := receive(t, 0)
	n := running(t, notify.Config{Targets: []notify.Target{{
		Name: "pager", URL: r.url, Secrets: []string{oldSecret, newSecret}, NotUndone: true, Every: time.Millisecond,
	}}})
	n.Keep(t.Context(), failed("r1", "orders", "/pay"))
	n.Wake()
	got := r.wait(1)[0]
	for _, secret := range []string{oldSecret, newSecret} {
		check, err := auth.Parse(map[string]any{"hmac": map[string]any{"scheme": "standard", "secrets": []any{secret}}}, auth.Options{})
		if err != nil {
			t.Fatal(err)
		}
		req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(got.body))
		req.Header = got.header
		who, err := check.Verify(req, func() ([]byte, error) { return []byte(got.body), nil })
		if err != nil || who.Event != got.id {
			t.Errorf("the signature is refused: %v", err)
		}
	}
	var v struct {
		Type string `json:"type"`
		Data struct {
			Runs []notify.Run `json:"runs"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(got.body), &v); err != nil || v.Type != notify.TypeNotUndone || len(v.Data.Runs) != 1 {
		t.Fatalf("%s, %v", got.body, err)
	}
	if run := v.Data.Runs[0]; run.Run != "r1" || run.Flow != "orders" || run.Code != "Broken" || run.Step != "/pay" || !slices.Equal(run.NotUndone, []string{"/pay"}) {
		t.Errorf("told %+v", run)
	}
	if strings.Contains(got.body, "sesame") {
		t.Error("the message of the failure is told")
	}
}

// TestRetried: what was refused comes again as it was, until it is taken, and who
// looks after the server is told once of either.
func TestRetried(t *testing.T) {
	r := receive(t, 3)
	var mu sync.Mutex
	var said []string
	n := running(t, notify.Config{
		Targets: []notify.Target{{Name: "pager", URL: r.url + "/T0-secret", Secrets: []string{oldSecret}, NotUndone: true, Every: time.Millisecond}},
		Say: func(text string, err error) {
			mu.Lock()
			defer mu.Unlock()
			said = append(said, text+": "+fmt.Sprint(err))
		},
	})
	n.Keep(t.Context(), failed("r1", "orders", "/pay"))
	n.Wake()
	got := r.wait(1)[0]
	r.mu.Lock()
	for _, one := range r.refused {
		if one.id != got.id || one.body != got.body {
			t.Errorf("a retry is another request:\n%v\n%v", one, got)
		}
	}
	r.mu.Unlock()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		mu.Lock()
		list := slices.Clone(said)
		mu.Unlock()
		if len(list) == 2 {
			if !strings.Contains(list[0], "502") || strings.Contains(strings.Join(list, ""), "T0-secret") {
				t.Errorf("said %v", list)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("said %v", list)
		}
	}
}

// TestTogether: what happens between two requests is told in one, at most 50 of it,
// and nothing is told twice.
func TestTogether(t *testing.T) {
	r := receive(t, 1)
	n := running(t, notify.Config{Targets: []notify.Target{
		{Name: "pager", URL: r.url, Secrets: []string{oldSecret}, NotUndone: true, Every: 20 * time.Millisecond, Flows: []string{"order-*"}},
	}})
	for i := range 120 {
		n.Keep(t.Context(), failed(fmt.Sprint("r", i), "order-a", "/pay"))
		n.Keep(t.Context(), failed(fmt.Sprint("r", i), "order-a", "/pay"))
		n.Keep(t.Context(), failed(fmt.Sprint("other", i), "billing", "/pay"))
		n.Keep(t.Context(), failed(fmt.Sprint("whole", i), "order-a"))
	}
	n.Wake()
	seen := map[string]int{}
	for deadline := time.Now().Add(time.Minute); len(seen) < 120 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		clear(seen)
		for _, one := range r.requests() {
			runs := told(t, one)
			if len(runs) > 50 {
				t.Fatalf("%d at once", len(runs))
			}
			for _, run := range runs {
				seen[run.Run]++
			}
		}
	}
	if len(seen) != 120 || seen["r7"] != 1 || seen["other7"] > 0 || seen["whole7"] > 0 {
		t.Errorf("told of %d runs: %v", len(seen), seen)
	}
	if n := len(r.requests()); n > 10 {
		t.Errorf("%d requests for 120 runs", n)
	}
}

func told(t *testing.T, one request) []notify.Run {
	t.Helper()
	var v struct {
		Data struct {
			Runs []notify.Run `json:"runs"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(one.body), &v); err != nil {
		t.Fatal(err)
	}
	return v.Data.Runs
}

// TestRate: a rate is told when it goes beyond its bound and when it is within it
// again, by the runs of the time alone.
func TestRate(t *testing.T) {
	now := time.Unix(1_000_000_000, 0)
	n, err := notify.New(notify.Config{Now: func() time.Time { return now }, Targets: []notify.Target{{
		Name: "x", URL: "https://example.com", Secrets: []string{oldSecret},
		Rate: notify.Rate{On: true, Over: 0.5, Within: 10 * time.Minute, AtLeast: 4},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		after time.Duration
		ends  string // f failed, d done, c canceled
		want  string // types that are told, at the last of them
	}{
		{0, "fff", ""},                 // too few
		{0, "c", ""},                   // canceled is neither
		{0, "f", notify.TypeRate},      // 4 of 4
		{0, "fffff", ""},               // it was told
		{time.Minute, "dddddddd", ""},  // 9 of 17
		{0, "d", notify.TypeRecovered}, // 9 of 18 is not over a half
		{0, "f", notify.TypeRate},      // 10 of 19
		{9*time.Minute + 30*time.Second, "d", notify.TypeRecovered}, // 1 of 11: the first 9 are old
	} {
		now = now.Add(step.after)
		var got string
		for _, c := range step.ends {
			end := journal.RunEnd{ID: fmt.Sprint(i), Flow: "orders", State: map[rune]journal.State{'f': journal.Failed, 'd': journal.Done, 'c': journal.Canceled}[c]}
			got = ""
			for _, one := range n.Ended(end) {
				var v struct{ Type string }
				_ = json.Unmarshal(one.Data, &v)
				got = v.Type
			}
		}
		if got != step.want {
			t.Errorf("step %d: told %q, not %q", i, got, step.want)
		}
	}
}

// TestTargets: what is wrong with a target is said at the start, without its address.
func TestTargets(t *testing.T) {
	good := notify.Target{Name: "x", URL: "https://example.com/T0-secret", Secrets: []string{oldSecret}, NotUndone: true}
	for want, change := range map[string]func(*notify.Target){
		"has no name":                  func(t *notify.Target) { t.Name = "" },
		"none of http or https":        func(t *notify.Target) { t.URL = "ftp://T0-secret" },
		"has a password":               func(t *notify.Target) { t.URL = "https://u:T0-secret@example.com" },
		"no secret signs":              func(t *notify.Target) { t.Secrets = nil },
		"not base64 of 24 to 64 bytes": func(t *notify.Target) { t.Secrets = []string{"whsec_T0-secret"} },
		"rate of failures is from 0":   func(t *notify.Target) { t.Rate = notify.Rate{On: true, Over: 1} },
		"nothing is to be told":        func(t *notify.Target) { t.NotUndone = false },
		`"[" is no pattern of flows`:   func(t *notify.Target) { t.Flows = []string{"["} },
	} {
		bad := good
		change(&bad)
		_, err := notify.New(notify.Config{Targets: []notify.Target{bad}})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "T0-secret") {
			t.Errorf("%v, not %q", err, want)
		}
	}
	if _, err := notify.New(notify.Config{Targets: []notify.Target{good, good}}); err == nil || !strings.Contains(err.Error(), `named "x"`) {
		t.Errorf("two of a name: %v", err)
	}
}

var errFull = errors.New("the disk is full")

// broken is an outbox that fails.
type broken struct{ notify.Outbox }

func (broken) Notices(context.Context, string, int) ([]journal.Notice, error) { return nil, errFull }
func (broken) ForgetNotices(context.Context, time.Time) error                 { return nil }

// TestOutboxFails: it is said, and tried again.
func TestOutboxFails(t *testing.T) {
	said := make(chan error, 8)
	n := running(t, notify.Config{
		Outbox: broken{}, Targets: []notify.Target{{Name: "x", URL: "https://example.com", Secrets: []string{oldSecret}, NotUndone: true, Every: time.Millisecond}},
		Say: func(_ string, err error) { said <- err },
	})
	n.Wake()
	if err := <-said; !errors.Is(err, errFull) {
		t.Errorf("said %v", err)
	}
}
