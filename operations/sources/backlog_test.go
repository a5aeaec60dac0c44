package sources_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
)

type waiting = map[connector.BacklogState]int64

// listening opens the source of a flow's trigger.
func listening(t *testing.T, text string, options ...flows.RunOption) *flows.Listening {
	t.Helper()
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry(t, &shop{}))
	if err != nil {
		t.Fatal(err)
	}
	l, err := flow.Triggers()[0].Listen(t.Context(), func(string, error) {}, time.Now, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func waits(t *testing.T, l *flows.Listening, want waiting) {
	t.Helper()
	got, err := l.Backlog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("what waits differs (-want +got):\n%s", d)
	}
}

// given takes events.
func given(t *testing.T, l *flows.Listening, n int) (list []connector.Event) {
	t.Helper()
	for len(list) < n {
		events, err := l.Next(t.Context(), n-len(list))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, events...)
	}
	return list
}

func settle(t *testing.T, e connector.Event, s connector.Settlement) {
	t.Helper()
	if err := e.Settled(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func TestBacklogOfAQueue(t *testing.T) {
	e := emulator(t, "  orders: {deadLetters: failed, maxReceives: 1}\n  failed: {}\n  alone: {}\n", 1)
	l := listening(t, orderFlow, sandbox(e))
	waits(t, l, waiting{"ready": 0, "hidden": 0, "dead": 0})
	for range 3 {
		send(t, e, "orders", `{"order":"o-1"}`, "")
	}
	waits(t, l, waiting{"ready": 3, "hidden": 0, "dead": 0})
	taken := given(t, l, 2)
	waits(t, l, waiting{"ready": 1, "hidden": 2, "dead": 0})
	settle(t, taken[0], connector.Settlement{})
	settle(t, taken[1], connector.Settlement{Fate: connector.EventAgain})
	waits(t, l, waiting{"ready": 2, "hidden": 0, "dead": 0})
	if events, err := l.Next(t.Context(), 10); err != nil || len(events) != 1 { // it moves the one that was given before
		t.Fatal(len(events), err)
	}
	waits(t, l, waiting{"ready": 0, "hidden": 1, "dead": 1})

	// One without dead letters says nothing of any.
	waits(t, listening(t, strings.Replace(orderFlow, "sqs: orders", "sqs: alone", 1), sandbox(e)), waiting{"ready": 0, "hidden": 0})
}

func TestBacklogOfAFolder(t *testing.T) {
	dir := t.TempDir()
	l := listening(t, fileFlow(dir, ""))
	waits(t, l, waiting{"ready": 0, "hidden": 0, "dead": 0})
	for _, name := range []string{"a.json", "b.json", "c.json", "other.txt"} {
		write(t, filepath.Join(dir, name), `{"order":"o-1"}`)
	}
	waits(t, l, waiting{"ready": 3, "hidden": 0, "dead": 0})
	taken := given(t, l, 3)
	waits(t, l, waiting{"ready": 0, "hidden": 3, "dead": 0})
	settle(t, taken[0], connector.Settlement{})
	settle(t, taken[1], connector.Settlement{Fate: connector.EventAgain, After: time.Hour})
	settle(t, taken[2], connector.Settlement{Fate: connector.EventStays})
	waits(t, l, waiting{"ready": 0, "hidden": 1, "dead": 1})

	// Where the folders of what failed are many nobody counts them.
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "sub", "a.json"), `{"order":"o-1"}`)
	waits(t, listening(t, strings.Replace(fileFlow(dir, ""), "*.json", "sub*/a.json", 1)), waiting{"ready": 1, "hidden": 0})
}
