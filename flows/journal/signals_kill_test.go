package journal_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
)

// signalVariable makes the test binary a process that gives the run of a folder a
// signal: "VALUE FOLDER".
const signalVariable = "MEDLAR_JOURNAL_TEST_SIGNAL"

// signalMain is that process; false where this is none.
func signalMain() bool {
	text := os.Getenv(signalVariable)
	if text == "" {
		return false
	}
	value, folder, _ := strings.Cut(text, " ")
	if err := giveSignal(value, folder); err != nil {
		fmt.Fprintln(os.Stderr, "signal:", err)
		os.Exit(3)
	}
	return true
}

// giveSignal notes that it begins, and what it was told.
func giveSignal(value, folder string) error {
	reg, err := childRegistry(os.Stderr)
	if err != nil {
		return err
	}
	j, err := journal.Inspect(filepath.Join(folder, "runs.db"))
	if err != nil {
		return err
	}
	defer j.Close()
	if err := os.WriteFile(filepath.Join(folder, "giving-"+value), nil, 0o600); err != nil {
		return err
	}
	err = j.Signal(context.Background(), "r", reg, "go", "", map[string]any{"n": value})
	return os.WriteFile(filepath.Join(folder, "told-"+value), []byte("told "+reasonOf(err)), 0o600)
}

// give runs such a process. It is killed a moment after it began, unless that is
// negative; told is what it was told, empty where it was killed before.
func (k *killed) give(value string, moment time.Duration) (told string) {
	k.t.Helper()
	cmd := exec.CommandContext(k.t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), signalVariable+"="+value+" "+k.folder)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	if moment >= 0 {
		for ended := false; !ended; time.Sleep(100 * time.Microsecond) {
			_, err := os.Stat(filepath.Join(k.folder, "giving-"+value))
			ended = err == nil
		}
		time.Sleep(moment)
		_ = cmd.Process.Kill()
	}
	if err := cmd.Wait(); err != nil && moment < 0 {
		k.t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(k.folder, "told-"+value))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		k.t.Fatal(err)
	}
	return string(text)
}

// TestKillSignals kills senders and owners before, during and after the
// acceptance of a signal: what a sender was told holds, and of two values the run
// gets the one that was accepted.
func TestKillSignals(t *testing.T) {
	if testing.Short() {
		t.Skip("takes several seconds")
	}
	const flow = `flow: t
steps:
  - {call: test.step, with: {name: before}}
  - {id: ok, wait: {signal: go, accepts: {n: {type: integer, required: true}}}}
  - {call: test.step, with: {name: "got-${steps.ok.n}"}}
output: "${steps.ok.n}"
`
	kills := 3
	if thorough {
		kills = 20
	}
	random := func(most time.Duration) time.Duration { return time.Duration(rand.Int64N(int64(most))) }
	phases := map[string]func(k *killed) (accepted string){
		"before": func(k *killed) string {
			k.start(1, random(5*time.Millisecond))
			if told := k.give("1", -1); told != "told " {
				t.Errorf("the sender was %q", told)
			}
			return "1"
		},
		"during": func(k *killed) string {
			k.start(1, random(5*time.Millisecond))
			first := k.give("1", random(3*time.Millisecond))
			switch second := k.give("2", -1); {
			case second == "told conflict":
				return "1"
			case second != "told " || first == "told ":
				t.Errorf("the senders were %q and %q", first, second)
			}
			return "2"
		},
		"after": func(k *killed) string {
			told := make(chan string)
			go func() {
				for deadline := time.Now().Add(time.Minute); len(k.recorded()) == 0 && time.Now().Before(deadline); {
					time.Sleep(time.Millisecond)
				}
				told <- k.give("1", -1)
			}()
			k.start(2, random(5*time.Millisecond)) // the run goes on, and is killed then
			if got := <-told; got != "told " {
				t.Errorf("the sender was %q", got)
			}
			return "1"
		},
	}
	for phase, do := range phases {
		t.Run(phase, func(t *testing.T) {
			first := 0
			for range kills {
				k := newKilled(t, flow)
				accepted := do(k)
				k.start(1<<30, 0)
				if got := k.outcome(); got != "done "+accepted {
					t.Errorf("the run ended with %q, accepted was %s", got, accepted)
				}
				names, _ := k.calls(0)
				for _, name := range names {
					if name != "before" && name != "got-"+accepted {
						t.Errorf("%s was called, accepted was %s", name, accepted)
					}
				}
				if accepted == "1" {
					first++
				}
			}
			t.Log(strconv.Itoa(kills)+" kills, the first value was accepted in", first)
		})
	}
}
