package journal_test

import (
	"bufio"
	"bytes"
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

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/testenv"
)

// thorough runs all of the tests that kill and interrupt runs, not a part of
// them; it takes a minute longer.
var thorough = testenv.Thorough()

// childVariable makes the test binary a process that runs a flow of a folder
// on a journal there, or resumes it.
const childVariable = "MEDLAR_JOURNAL_TEST_CHILD"

// childMain is that process; false where this is the test itself.
func childMain() bool {
	if signalMain() {
		return true
	}
	folder := os.Getenv(childVariable)
	if folder == "" {
		return false
	}
	if err := child(folder); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(3)
	}
	return true
}

func child(folder string) error {
	if err := limitFiles(); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(folder, "calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	reg, err := childRegistry(log)
	if err != nil {
		return err
	}
	j, err := journal.Open(filepath.Join(folder, "runs.db"))
	if err != nil {
		return err
	}
	defer j.Close()
	var result *flows.Result
	if list, err := j.Runs(context.Background(), journal.Filter{}); err != nil {
		return err
	} else if len(list) > 0 && list[0].State != journal.Interrupted {
		return reportStored(folder, j)
	} else if len(list) > 0 {
		result, err = j.Resume(context.Background(), "r", reg)
		return reportOf(folder, result, err)
	}
	flow, err := flows.Load(os.DirFS(folder), "flow.yaml", reg)
	if err != nil {
		return err
	}
	result, err = j.Run(context.Background(), flow, nil, flows.WithRunID("r"))
	return reportOf(folder, result, err)
}

func reportOf(folder string, result *flows.Result, err error) error {
	var interrupted *journal.InterruptedError
	if errors.As(err, &interrupted) {
		return err
	}
	text := fmt.Sprint(err)
	if err == nil {
		text = fmt.Sprintf("done %v", result.Output)
	}
	return os.WriteFile(filepath.Join(folder, "outcome"), []byte(text), 0o600)
}

type stepIn struct {
	Name string `param:"name"`
	Fail bool   `param:"fail"`
	Slow bool   `param:"slow"`
}

// reportStored reports a run that was killed when it had ended.
func reportStored(folder string, j *journal.Journal) error {
	d, err := j.Show(context.Background(), "r")
	switch {
	case err != nil:
		return err
	case d.Err != nil:
		return reportOf(folder, nil, d.Err)
	default:
		return reportOf(folder, &flows.Result{Output: d.Output}, nil)
	}
}

// childRegistry has an operation that writes a line when it begins: of 64
// bytes, since a kill can tear what crosses a page.
func childRegistry(log *os.File) (*connector.Registry, error) {
	step := func(_ context.Context, call *connector.Call, p stepIn) (any, error) {
		if _, err := fmt.Fprintf(log, "%-27s%s\n", p.Name, call.IdempotencyKey); err != nil {
			return nil, err
		}
		if p.Fail {
			return nil, &connector.Error{Code: "Broken", Class: connector.ClassUnavailable, Message: "as asked"}
		}
		if p.Slow {
			time.Sleep(5 * time.Second) // until it is killed
		}
		return p.Name, nil
	}
	return connector.NewRegistry(&connector.Connector{Name: "test", Operations: []*connector.Operation{
		connector.OpWith("test.step", "Write a line.", step), connector.Op("test.post", "Send a request.", post),
	}})
}

// killed is a folder in which a child runs a flow, is killed, and runs again.
type killed struct {
	t      *testing.T
	folder string
}

func newKilled(t *testing.T, flow string) *killed {
	t.Helper()
	k := &killed{t: t, folder: t.TempDir()}
	if err := os.WriteFile(filepath.Join(k.folder, "flow.yaml"), []byte(flow), 0o600); err != nil {
		t.Fatal(err)
	}
	return k
}

// start begins the child, and kills it a moment after the file of calls has
// grown to a number of lines; it gives whether the child ended by itself
// before.
func (k *killed) start(lines int, moment time.Duration) bool {
	k.t.Helper()
	cmd := exec.CommandContext(k.t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childVariable+"="+k.folder)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if err != nil {
				k.t.Fatalf("the child ended with %v", err)
			}
			return true
		case <-time.After(200 * time.Microsecond):
		}
		text, _ := os.ReadFile(filepath.Join(k.folder, "calls"))
		if bytes.Count(text, []byte("\n")) >= lines {
			time.Sleep(moment)
			_ = cmd.Process.Kill()
			return <-ended == nil
		}
	}
}

// recorded returns the names of the steps that the journal knows the end of.
func (k *killed) recorded() map[string]bool {
	k.t.Helper()
	j, err := journal.Inspect(filepath.Join(k.folder, "runs.db"))
	if err != nil {
		return nil // killed before there was one
	}
	defer j.Close()
	d, err := j.Show(context.Background(), "r")
	if err != nil {
		var unknown *journal.UnknownRunError
		if !errors.As(err, &unknown) {
			k.t.Fatal(err)
		}
		return nil
	}
	done := map[string]bool{}
	for _, s := range d.Steps {
		if s.Iterations > 0 { // "/l[0..255]" made the calls s1 to s256
			var from, to int
			if _, err := fmt.Sscanf(s.Path, "/l[%d..%d]", &from, &to); err != nil {
				k.t.Fatal(err)
			}
			for ; from <= to; from++ {
				done["s"+strconv.Itoa(from+1)] = true
			}
		}
		if name, ok := s.Result.(string); ok && !s.Ended.IsZero() {
			done[name] = true
		}
	}
	return done
}

// calls returns the names that were called since a line, with their keys.
func (k *killed) calls(from int) (names, keys []string) {
	k.t.Helper()
	f, err := os.Open(filepath.Join(k.folder, "calls"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		k.t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 0; lines.Scan(); n++ {
		if words := strings.Fields(lines.Text()); len(words) == 2 && n >= from {
			names, keys = append(names, words[0]), append(keys, words[1])
		}
	}
	return names, keys
}

func (k *killed) outcome() string {
	k.t.Helper()
	text, err := os.ReadFile(filepath.Join(k.folder, "outcome"))
	if err != nil {
		k.t.Fatal(err)
	}
	return string(text)
}

// TestKill kills a run again and again, at random moments: no step that was
// recorded is called again, at most as many as run at once are called twice
// for each kill, always with the same key, and the run ends as it should.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("takes several seconds")
	}
	share := 4
	if thorough {
		share = 1
	}
	tests := map[string]struct {
		flow    string
		kills   int
		atOnce  int
		total   int
		outcome string
	}{
		"loop": {
			flow: `flow: t
steps:
  - {id: l, forEach: "${1..1000}", as: n, concurrency: 20, do: [{call: test.step, with: {name: "s${n}"}}]}
output: "${steps.l}"
`, kills: 20, atOnce: 20, total: 1000, outcome: "done 1000",
		},
		"undo": {
			flow: `flow: t
cleanupTimeout: 10m
steps:
  - forEach: "${1..200}"
    as: n
    do: [{call: test.step, with: {name: "s${n}"}, undo: {call: test.step, with: {name: "undo-s${n}"}}}]
  - {fail: {code: Over, message: it is over}}
`, kills: 10, atOnce: 1, total: 400, outcome: "step /2: Over: it is over",
		},
		"retry": {
			flow: `flow: t
steps:
  - {call: test.step, with: {name: a, fail: true}, retry: {attempts: 30, delay: 30ms, factor: 1, jitter: false}}
`, kills: 8, atOnce: 1, total: 30, outcome: "step /1: test.step: Broken: as asked",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			k := newKilled(t, test.flow)
			repeated, seen, keys := 0, map[string]bool{}, map[string]string{}
			from := 0
			check := func(done map[string]bool) {
				names, ids := k.calls(from)
				twice := 0
				for i, name := range names {
					if done[name] {
						t.Errorf("%s was recorded and is called again", name)
					}
					if seen[name] && name != "a" {
						twice++
					}
					if keys[name] != "" && keys[name] != ids[i] {
						t.Errorf("%s has two keys", name)
					}
					seen[name], keys[name] = true, ids[i]
				}
				if twice > test.atOnce {
					t.Errorf("%d steps were called twice after one kill", twice)
				}
				repeated += twice
				from += len(names)
			}
			kills := 0
			test.kills = max(2, test.kills/share)
			for kills < test.kills {
				done := k.recorded()
				ended := k.start(from+1+rand.IntN(test.total/test.kills), time.Duration(rand.Int64N(int64(time.Millisecond))))
				check(done)
				if ended {
					break
				}
				kills++
			}
			done := k.recorded()
			k.start(1<<30, 0)
			check(done)
			if got := k.outcome(); got != test.outcome {
				t.Errorf("the run ended with %q, want %q", got, test.outcome)
			}
			most := test.total
			if name == "retry" {
				most += kills
				if from < test.total || from > most {
					t.Errorf("%d attempts, want %d to %d", from, test.total, most)
				}
			} else if len(seen) != test.total {
				t.Errorf("%d steps were called, want %d", len(seen), test.total)
			}
			t.Log(strconv.Itoa(kills), "kills,", from, "calls,", repeated, "of them again")
		})
	}
}
