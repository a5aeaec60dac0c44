package telemetry_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/telemetry"
)

// notices are what is told of losses.
type notices struct {
	mu  sync.Mutex
	all []string
}

func (n *notices) tell(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, text)
}

func (n *notices) said() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.all, "\n")
}

const tinyFlow = "flow: t\nsteps: [{id: x, call: svc.do, with: {name: x}}]\n" // three spans

// manyRuns runs a flow, and fails where that is held up.
func manyRuns(t *testing.T, sent *telemetry.Telemetry, n int) {
	t.Helper()
	flow := (&service{}).flow(t, tinyFlow)
	for range n {
		if _, err := flow.Run(t.Context(), nil, flows.WithObserver(sent.Observer())); err != nil {
			t.Fatal(err)
		}
	}
}

// A collector that is slow, refuses, or is not there fails no run and holds none up:
// what it does not take is lost and told of, once and at the end.
func TestLosses(t *testing.T) {
	tests := []struct {
		name   string
		answer func(release <-chan struct{}) func(n int, w http.ResponseWriter, req *http.Request) bool
		said   []string // a line each, in part
		taken  int
	}{
		{"it is slow", func(release <-chan struct{}) func(int, http.ResponseWriter, *http.Request) bool {
			return func(_ int, _ http.ResponseWriter, req *http.Request) bool {
				select {
				case <-release:
				case <-req.Context().Done():
					return false
				}
				return true
			}
		}, []string{"spans were lost, 1 so far: more wait for the collector than the queue has room for; runs go on", "spans were lost, 200 in all"}, 100},
		{"it refuses for good", func(<-chan struct{}) func(int, http.ResponseWriter, *http.Request) bool {
			return func(_ int, w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(http.StatusUnauthorized)
				return false
			}
		}, []string{"spans were lost, ", "spans were lost, 300 in all"}, 0},
		{"it rejects a part", func(<-chan struct{}) func(int, http.ResponseWriter, *http.Request) bool {
			return func(n int, w http.ResponseWriter, _ *http.Request) bool {
				if n == 0 {
					_, _ = w.Write([]byte("\x0a\x02\x08\x05"))
				}
				return true
			}
		}, nil, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, told := newCollector(t), &notices{}
			release := make(chan struct{})
			c.answer = tt.answer(release)
			sent, flush := sending(t, c, func(config *telemetry.Config) {
				config.Traces.Queue, config.Traces.Batch, config.Traces.Delay = 100, 50, time.Hour
				config.Notice = told.tell
			})
			manyRuns(t, sent, 100)
			close(release)
			flush()
			if got := len(c.taken()); tt.taken >= 0 && got != tt.taken {
				t.Errorf("%d spans came, want %d", got, tt.taken)
			}
			lines := strings.Split(told.said(), "\n")
			if tt.said == nil && !strings.Contains(told.said(), "spans were lost") {
				t.Errorf("it was told: %s", told.said())
			}
			if tt.said != nil && (len(lines) != 2 || !strings.Contains(lines[0], tt.said[0]) || !strings.Contains(lines[1], tt.said[1])) {
				t.Errorf("it was told:\n%s\nwant:\n%s", told.said(), strings.Join(tt.said, "\n"))
			}
		})
	}
}

// What comes after the end is lost for that reason, and not for the want of room.
func TestAfterTheEnd(t *testing.T) {
	c, told := newCollector(t), &notices{}
	sent, flush := sending(t, c, func(config *telemetry.Config) { config.Notice = told.tell })
	manyRuns(t, sent, 1)
	flush()
	manyRuns(t, sent, 1)
	if want := "spans were lost, 1 so far: they came when nothing was sent any more; runs go on"; told.said() != want || len(c.taken()) != 3 {
		t.Errorf("%d spans came, and was told: %s", len(c.taken()), told.said())
	}
}

// What a collector asks for later is sent later: by its Retry-After, if it says one.
func TestRetryAfter(t *testing.T) {
	c, told := newCollector(t), &notices{}
	var first, second time.Time
	c.answer = func(n int, w http.ResponseWriter, _ *http.Request) bool {
		if n == 0 {
			first = time.Now()
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return false
		}
		second = time.Now()
		return true
	}
	sent, flush := sending(t, c, func(config *telemetry.Config) { config.Notice = told.tell })
	manyRuns(t, sent, 1)
	flush()
	if len(c.taken()) != 3 || told.said() != "" {
		t.Errorf("%d spans came, and was told: %s", len(c.taken()), told.said())
	}
	if second.Sub(first) < time.Second {
		t.Errorf("it was asked again after %s", second.Sub(first))
	}
}

// The end waits no longer than it is allowed to, and not at all for a collector that
// is not there.
func TestEndIsBounded(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := nobody.Addr().String()
	_ = nobody.Close()
	for _, tt := range []struct {
		name   string
		change func(*telemetry.Config)
		bound  time.Duration
		said   string
	}{
		{"nobody is there", func(c *telemetry.Config) { c.Traces.URL = "http://" + gone + "/v1/traces" }, time.Hour, "cannot be reached"},
		{"it never answers", nil, 50 * time.Millisecond, "cannot be reached"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, told := newCollector(t), &notices{}
			ended := make(chan struct{})
			c.answer = func(_ int, _ http.ResponseWriter, req *http.Request) bool {
				select {
				case <-ended:
				case <-req.Context().Done():
				}
				return false
			}
			sent, _ := sending(t, c, func(config *telemetry.Config) {
				config.Notice = told.tell
				if tt.change != nil {
					tt.change(config)
				}
			})
			manyRuns(t, sent, 1)
			ctx, cancel := context.WithTimeout(t.Context(), tt.bound)
			defer cancel()
			sent.Shutdown(ctx) // that it returns is the test
			close(ended)
			if said := told.said(); !strings.Contains(said, tt.said) || !strings.HasPrefix(said, "spans were lost, 3 so far") {
				t.Errorf("it was told: %s", said)
			}
			sent.Observer().Observe(partOfNothing).End() // nothing is sent any more, and nothing panics
		})
	}
}

// No message holds what an endpoint keeps secret.
func TestEndpointIsNotShown(t *testing.T) {
	told := &notices{}
	for _, url := range []string{"http://user:k1-password@127.0.0.1:1/v1/traces?key=k2-query", "http://user:k1-password@127.0.0.1:1/%zz"} {
		sent := telemetry.New(telemetry.Config{
			Traces: &telemetry.Endpoint{URL: url, Headers: http.Header{"Api-Key": {"k3-header"}}}, Notice: told.tell,
		})
		manyRuns(t, sent, 1)
		sent.Shutdown(t.Context())
	}
	if said := told.said(); strings.Contains(said, "k1") || strings.Contains(said, "k2") || strings.Contains(said, "k3") || said == "" {
		t.Error(said)
	}
}
