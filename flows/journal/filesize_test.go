//go:build linux

package journal_test

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// limitVariable bounds the size of the files that a child can write, in bytes.
const limitVariable = "MEDLAR_JOURNAL_TEST_FILE_SIZE"

func limitFiles() error {
	text := os.Getenv(limitVariable)
	if text == "" {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ) // writing fails instead
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n})
}

// TestNoSpace: a process that cannot write on says so and stops; one that can
// goes on with the run.
func TestNoSpace(t *testing.T) {
	k := newKilled(t, `flow: t
steps:
  - {id: l, forEach: "${1..300}", as: n, concurrency: 20, do: [{call: test.step, with: {name: "s${n}"}}]}
output: "${steps.l}"
`)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childVariable+"="+k.folder, limitVariable+"=200000")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err == nil {
		t.Fatal("the child wrote all that it wanted")
	}
	if !strings.Contains(said.String(), "was interrupted and can be resumed: writing the journal: ") {
		t.Errorf("the child says: %s", said.String())
	}
	first, _ := k.calls(0)
	done := k.recorded()
	k.start(1<<30, 0)
	all, _ := k.calls(0)
	for _, name := range all[len(first):] {
		if done[name] {
			t.Errorf("%s was recorded and is called again", name)
		}
	}
	if k.outcome() != "done 300" || len(first) == 0 || len(first) >= 300 || len(all) > 320 {
		t.Errorf("%d calls, %d in all: %s", len(first), len(all), k.outcome())
	}
	t.Logf("%d calls, then %d; it said: %s", len(first), len(all)-len(first), strings.TrimSpace(said.String()))
}
