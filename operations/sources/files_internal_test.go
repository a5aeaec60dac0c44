package sources

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// A file is given once nobody writes to it any more, once until it is settled, and
// not before its time is over.
func TestFolder(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	events, err := openFolder(t.Context(), connector.SourceRequest{
		Params: map[string]any{"glob": filepath.Join(dir, "*"), "moveTo": "done", "failed": "failed", "every": "1h"},
		Now:    func() time.Time { return now }, Notice: func(string, error) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := events.(*folder)
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	look := func(want ...string) []connector.Event {
		t.Helper()
		given, err := f.look(10)
		if err != nil || len(given) != len(want) {
			t.Fatalf("%d events, want %d, %v", len(given), len(want), err)
		}
		for i, e := range given {
			if e.Value["body"] != want[i] {
				t.Errorf("event %d is %v, want %s", i, e.Value["body"], want[i])
			}
		}
		return given
	}
	write("a", "half")
	look()
	write("a", "the whole")
	look()
	first := look("the whole")[0]
	look()
	if err := first.Settled(t.Context(), connector.Settlement{Fate: connector.EventAgain, After: time.Minute}); err != nil {
		t.Fatal(err)
	}
	look()
	now = now.Add(time.Minute)
	again := look("the whole")[0]
	if again.Identity != first.Identity || again.Attempt != 2 {
		t.Errorf("again: %s attempt %d, first: %s", again.Identity, again.Attempt, first.Identity)
	}
	if err := again.Settled(t.Context(), connector.Settlement{Fate: connector.EventStays}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "failed", "a")); err != nil {
		t.Error(err)
	}
	if err := again.Accepted(t.Context()); err != nil {
		t.Errorf("a file that is gone already: %v", err)
	}
	look()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Next(ended, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}
