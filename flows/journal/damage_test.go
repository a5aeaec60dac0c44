package journal_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// TestDamage changes random bytes of a journal whose run was cut off: it is
// refused, or read up to some whole record. A resume never gives a wrong
// result, and what it calls is what a shorter journal would make it call.
func TestDamage(t *testing.T) {
	path := newPath(t)
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	whole := &calls{}
	const flow = `flow: t
steps:
  - {id: l, forEach: "${1..12}", as: n, do: [{id: x, call: test.change, with: {name: "x${n}", value: "${n * 1000003}"}}], collect: "${steps.x}"}
output: "${steps.l}"
`
	result, err := j.Run(t.Context(), load(t, whole, flow), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	want := jsonOf(t, result.Output)
	closed(t, j)
	change(t, path, "DELETE FROM records WHERE seq > 20") // ten of the twelve
	change(t, path, "UPDATE runs SET state = 'running'")
	change(t, path, "PRAGMA wal_checkpoint(TRUNCATE)")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var used []int // empty space is not worth damaging
	for i, b := range good {
		if b != 0 {
			used = append(used, i)
		}
	}
	rounds := 300
	if testing.Short() {
		rounds = 30
	}
	refused, shorter, unharmed := 0, 0, 0
	for range rounds {
		bad := slices.Clone(good)
		for range 1 + rand.IntN(3) {
			bad[used[rand.IntN(len(used))]] = byte(rand.Uint32())
		}
		switch calls, output, err := resumeDamaged(t, bad); {
		case err != nil:
			refused++
		case output != want:
			t.Errorf("the damaged run gives %s, want %s", output, want)
		case !slices.Equal(calls, whole.noted()[12-len(calls):]):
			t.Errorf("the damaged run calls %v", calls)
		case len(calls) > 2:
			shorter++
		default:
			unharmed++
		}
	}
	t.Logf("%d refused, %d shorter, %d unharmed", refused, shorter, unharmed)
}

// resumeDamaged resumes a run on a journal's file. Damage there invents no end.
func resumeDamaged(t *testing.T, text []byte) ([]string, string, error) {
	t.Helper()
	calls, output, err := resumeFiles(t, text, nil)
	var ended *journal.StateError
	if errors.As(err, &ended) {
		t.Errorf("an end was invented: %v", err)
	}
	return calls, output, err
}

// resumeFiles resumes a run on a journal's file and its log, nil for none.
func resumeFiles(t *testing.T, file, log []byte) ([]string, string, error) {
	t.Helper()
	path := newPath(t)
	for name, text := range map[string][]byte{path: file, path + "-wal": log} {
		if text == nil {
			continue
		}
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	j, err := journal.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer closed(t, j)
	c := &calls{}
	result, err := j.Resume(t.Context(), "r", c.registry(t))
	if err != nil {
		return nil, "", err
	}
	return c.noted(), jsonOf(t, result.Output), nil
}

// TestCutFile: a journal that ends too early, as after a disk that was full
// when it was copied.
func TestCutFile(t *testing.T) {
	path := newPath(t)
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Run(t.Context(), load(t, &calls{}, threeSteps), nil, flows.WithRunID("r")); err != nil {
		t.Fatal(err)
	}
	closed(t, j)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := 1; size < len(text); size += 1777 {
		if err := os.WriteFile(path, text[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := journal.Open(path)
		if err != nil {
			continue
		}
		if d, err := j.Show(t.Context(), "r"); err == nil && (len(d.Steps) != 3 || d.Output != int64(1)) {
			t.Errorf("%d of %d bytes are shown as %+v", size, len(text), d)
		}
		closed(t, j)
	}
}
