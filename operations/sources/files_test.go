package sources_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/flows"
)

// fileFlow takes the orders that come into a folder.
func fileFlow(dir, more string) string {
	return fmt.Sprintf(`flow: take-file
inputs: {order: {type: string, required: true}}
triggers:
  - files: {glob: '%s', every: 2ms%s}
steps:
  - {call: shop.take, with: {order: "${ctx.order}"}}
`, filepath.ToSlash(filepath.Join(dir, "*.json")), more)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// tree lists the files below a folder.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			list = append(list, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestFilesBeginRuns(t *testing.T) {
	dir, s := t.TempDir(), &shop{}
	write(t, filepath.Join(dir, "a.json"), `{"order":"o-1"}`)
	write(t, filepath.Join(dir, "b.json"), `nonsense`)
	write(t, filepath.Join(dir, "c.txt"), `{"order":"o-2"}`)
	write(t, filepath.Join(dir, "d.json"), `{"order":"o-3","order":"o-4"}`)
	n := served(t, s, fileFlow(dir, ""))
	want := []string{"c.txt", "done/a.json", "failed/b.json", "failed/d.json"}
	eventually(t, "they are moved", func() bool { return slices.Equal(tree(t, dir), want) })
	// A file that comes again is another one, also with the same content.
	write(t, filepath.Join(dir, "a.json"), `{"order":"o-1"}`)
	eventually(t, "the second is moved beside the first", func() bool { return len(tree(t, dir)) == 5 && len(tree(t, filepath.Join(dir, "done"))) == 2 })
	if d := cmp.Diff([]string{"o-1", "o-1"}, s.orders()); d != "" {
		t.Error(d)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.list) != 2 || !strings.Contains(n.list[0].Text, "begins no run, and stays") {
		t.Errorf("told are %v", n.list)
	}
}

// A file whose run fails with nothing left to undo is taken again; what is no file is
// left alone.
func TestFilesAreTakenAgain(t *testing.T) {
	dir, s := t.TempDir(), &shop{bad: "o-1"}
	if err := os.Mkdir(filepath.Join(dir, "folder.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "a.json"), `{"order":"o-1"}`)
	served(t, s, fileFlow(dir, ", moveTo: '"+filepath.ToSlash(filepath.Join(dir, "old"))+"'"))
	eventually(t, "it is taken", func() bool { return len(s.orders()) == 1 })
	s.mu.Lock()
	s.bad = ""
	s.mu.Unlock()
	eventually(t, "it is done", func() bool { return slices.Equal(tree(t, dir), []string{"old/a.json"}) })
	if d := cmp.Diff([]string{"o-1", "o-1"}, s.orders()); d != "" {
		t.Error(d)
	}
}

func TestPatternsThatAreNone(t *testing.T) {
	for _, pattern := range []string{"[", ""} {
		text := strings.Replace(orderFlow, "sqs: orders", "files: {glob: '"+pattern+"'}", 1)
		_, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", registry(t, &shop{}))
		if err == nil || !strings.Contains(err.Error(), "bad-pattern") {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}
