package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// A console shows the flows that its folder holds at the time, also those with mistakes.
func TestShownFlows(t *testing.T) {
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.yaml", "flow: a\nsteps: [{wait: 1s}]\n")
	shown, err := openShownFlows([]string{folder}, "", reg)
	if err != nil {
		t.Fatal(err)
	}
	defer shown.close()
	names := func() string {
		shown.mu.Lock()
		shown.good = time.Time{}
		shown.mu.Unlock()
		var list []string
		for _, s := range shown.get() {
			name := filepath.Base(s.File)
			if flow, found, err := s.Load(t.Context()); err != nil || (flow == nil) == (found == nil) {
				t.Errorf("%s: %v %v %v", s.File, flow, found, err)
			} else if flow == nil {
				name += " wrong"
			}
			list = append(list, name)
		}
		return strings.Join(list, ", ")
	}
	for _, tt := range []struct {
		change func()
		want   string
	}{
		{func() {}, "a.yaml"},
		{func() { write("b.yaml", "flow: b\nsteps: [{wait: 1s}]\n") }, "a.yaml, b.yaml"},
		{func() { write("c.yaml", "flow: c\nsteps: [{call: none}]\n") }, "a.yaml, b.yaml, c.yaml wrong"},
		{func() { _ = os.Remove(filepath.Join(folder, "a.yaml")) }, "b.yaml, c.yaml wrong"},
		{func() { write("a.yaml", "flow: again\nsteps: [{wait: 1s}]\n") }, "a.yaml, b.yaml, c.yaml wrong"},
	} {
		tt.change()
		if got := names(); got != tt.want {
			t.Errorf("it shows %q, not %q", got, tt.want)
		}
	}
	if len(shown.open) != 3 {
		t.Errorf("%d files are open", len(shown.open))
	}
	if _, err := openShownFlows([]string{filepath.Join(folder, "none.yaml")}, "", reg); err == nil {
		t.Error("a file that is not there is shown")
	}
}
