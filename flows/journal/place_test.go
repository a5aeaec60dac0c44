package journal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// TestLinksShareALock: whatever path leads to a journal, its processes know of each
// other.
func TestLinksShareALock(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a right on Windows that few have")
	}
	folder := t.TempDir()
	for _, name := range []string{"real", "elsewhere"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"elsewhere/absolute.db": filepath.Join(folder, "real", "runs.db"),
		"elsewhere/relative.db": "../real/runs.db",
		"elsewhere/twice.db":    "relative.db",
		"folder":                "real",
		"circle.db":             "circle.db",
	} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	paths := []string{"real/runs.db", "elsewhere/absolute.db", "elsewhere/relative.db", "elsewhere/twice.db", "folder/runs.db", "real/../folder/runs.db"}
	for _, first := range paths {
		_ = os.Remove(filepath.Join(folder, "real", "runs.db")) // a link to what is not there yet
		j, err := journal.Open(filepath.Join(folder, first))
		if err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		for _, second := range paths {
			other, err := journal.Open(filepath.Join(folder, second))
			if err != nil {
				t.Fatalf("%s beside %s: %v", second, first, err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			_, wait := started(ctx, t, j, undoable)
			var running *journal.RunningError
			if _, err := other.Resume(t.Context(), "r", (&calls{}).registry(t)); !errors.As(err, &running) {
				t.Errorf("%s resumes a run of %s: %v", second, first, err)
			}
			cancel()
			_, _ = wait()
			if _, err := other.Prune(t.Context(), timeAhead()); err != nil {
				t.Error(err)
			}
			closed(t, other)
		}
		closed(t, j)
	}
	if err := os.Link(filepath.Join(folder, "real", "runs.db"), filepath.Join(folder, "hard.db")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"hard.db": "2 names", "real/runs.db": "2 names", "circle.db": "too many links", "none/runs.db": "no such file", "folder": "it is no file",
	} {
		j, err := journal.Open(filepath.Join(folder, path))
		if err == nil {
			closed(t, j)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("opening %s gives %v, want %q", path, err, want)
		}
	}
	if _, err := journal.Open(""); err == nil {
		t.Error("an empty path can be opened")
	}
}

// TestJournalThatIsTakenAway: a run stops before its next call where one of the
// files of its journal is not where it was.
func TestJournalThatIsTakenAway(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows deletes no file that is open")
	}
	for _, name := range []string{"", ".lock", "-wal", ".owners/*-"} {
		for what, how := range map[string]func(string) error{
			"deleted": os.Remove,
			"replaced": func(path string) error {
				if err := os.Rename(path, path+".old"); err != nil {
					return err
				}
				return os.WriteFile(path, nil, 0o600)
			},
		} {
			t.Run(what+name, func(t *testing.T) {
				path := newPath(t)
				j := open(t, path)
				var failed error
				c := &calls{block: func(context.Context) { failed = how(named(t, path+name)) }}
				_, err := j.Run(t.Context(), load(t, c, undoable), nil, flows.WithRunID("r"))
				if failed != nil {
					t.Fatal(failed)
				}
				var interrupted *journal.InterruptedError
				if !errors.As(err, &interrupted) || !strings.Contains(err.Error(), "was "+what+" while the journal was in use") {
					t.Errorf("the run ends with %v", err)
				}
				if got := strings.Join(c.noted(), " "); got != "a b" {
					t.Errorf("calls: %s", got)
				}
			})
		}
	}
}

// named returns the file of this process where a name ends with "*-".
func named(t *testing.T, path string) string {
	folder, isOwner := strings.CutSuffix(path, "/*-")
	if !isOwner {
		return path
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Error(err)
	}
	for _, e := range entries {
		if e.Name() != "gate" {
			return filepath.Join(folder, e.Name())
		}
	}
	return path
}

// lossy is a run that was interrupted, with its files: cut gives them with a
// part of the log gone.
type lossy struct{ db, wal, witness []byte }

func newLossy(t *testing.T) *lossy {
	t.Helper()
	path := newPath(t)
	j := open(t, path)
	l := &lossy{}
	read := func(context.Context) {
		for name, to := range map[string]*[]byte{"": &l.db, "-wal": &l.wal, ".witness": &l.witness} {
			text, err := os.ReadFile(path + name)
			if err != nil {
				t.Error(err)
			}
			*to = text
		}
	}
	flow := "flow: t\nsteps:\n  - {forEach: \"${1..6}\", as: n, do: [{call: test.change, with: {name: \"x${n}\"}}]}\n" +
		"  - {call: test.block, with: {name: b}}\n"
	if _, err := j.Run(t.Context(), load(t, &calls{block: read}, flow), nil, flows.WithRunID("r")); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *lossy) cut(t *testing.T, wal []byte) string {
	t.Helper()
	path := newPath(t)
	for name, text := range map[string][]byte{"": l.db, "-wal": wal, ".witness": l.witness} {
		if err := os.WriteFile(path+name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestWitnessOfLoss: what SQLite drops in silence is found, and a run goes on
// without it only on purpose.
func TestWitnessOfLoss(t *testing.T) {
	l := newLossy(t)
	resumed := func(wal []byte, options ...journal.Option) (string, error) {
		j, err := journal.Open(l.cut(t, wal), options...)
		if err != nil {
			return "", err
		}
		defer closed(t, j)
		problems, _, err := j.Verify(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c := &calls{}
		_, err = j.Resume(t.Context(), "r", c.registry(t))
		if len(options) == 0 && (err != nil) != (len(problems) > 0) {
			t.Errorf("verify says %v, resume %v", problems, err)
		}
		return strings.Join(c.noted(), " "), err
	}
	if got, err := resumed(l.wal); err != nil || got != "b" {
		t.Fatalf("the whole journal gives %q, %v", got, err)
	}
	lost, gone := 0, 0
	step := 701
	if thorough {
		step = 97
	}
	for cut := 0; cut < len(l.wal); cut += step {
		bad := l.wal[:cut]
		if cut%2 == 0 {
			bad = append([]byte(nil), l.wal...)
			bad[cut] ^= 0x55
		}
		got, err := resumed(bad)
		var loss *journal.LossError
		switch {
		case err == nil && got == "b":
			continue // nothing that counts is gone
		case !errors.As(err, &loss) && err != nil:
			continue // refused in another way
		case !errors.As(err, &loss) || got != "":
			t.Errorf("damage at %d of the log gives %v and calls %q", cut, err, got)
			continue
		case loss.Has < 0:
			gone++
			continue
		}
		lost++
		if loss.Had <= loss.Has {
			t.Errorf("lost what was not there: %v", loss)
		}
		got, err = resumed(bad, journal.WithAcceptedLoss())
		if err != nil || !strings.HasSuffix("x1 x2 x3 x4 x5 x6 b", got) || got == "b" && loss.Has < loss.Had-1 {
			t.Errorf("the accepted loss after %d gives %q, %v", loss.Has, got, err)
		}
	}
	t.Logf("%d logs lost records, %d the run", lost, gone)
	if lost == 0 {
		t.Error("no damage shortened the run: the test damages nothing that counts")
	}
}

// TestWitnessForgets: what was deleted on purpose is no loss.
func TestWitnessForgets(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	c := &calls{}
	run := func() error {
		_, err := j.Run(t.Context(), load(t, c, threeSteps), nil, flows.WithRunID("r"))
		return err
	}
	if err := run(); err != nil {
		t.Fatal(err)
	}
	if n, err := j.Prune(t.Context(), timeAhead()); err != nil || n != 1 {
		t.Fatalf("%d runs were pruned: %v", n, err)
	}
	if err := run(); err != nil {
		t.Errorf("a name that was pruned: %v", err)
	}
	closed(t, j)
	for _, name := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(path + name)
	}
	j = open(t, path)
	if err := run(); err != nil {
		t.Errorf("a journal that was deleted: %v", err)
	}
	closed(t, j)
	seen, err := os.ReadFile(path + ".witness")
	if err != nil {
		t.Fatal(err)
	}
	change(t, path, "DELETE FROM records")
	change(t, path, "UPDATE runs SET state = 'running'")
	if err := os.WriteFile(path+".witness", seen, 0o600); err != nil {
		t.Fatal(err)
	}
	j = open(t, path)
	var loss *journal.LossError
	if _, err := j.Resume(t.Context(), "r", c.registry(t)); !errors.As(err, &loss) {
		t.Errorf("all records are gone: %v", err)
	}
}

func timeAhead() time.Time { return time.Now().Add(time.Hour) }
