package journal_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// ownerVariable makes the test binary one of several processes on the journal
// of a folder: "FROM TO ATONCE FOLDER" begins the runs of these numbers, so many at
// once, and resumes whatever nobody runs, until all have ended.
const ownerVariable = "MEDLAR_JOURNAL_TEST_OWNER"

const ownerFlow = `flow: t
steps:
  - {id: a, call: test.note, with: {name: "${run.id} a"}}
  - {id: b, call: test.note, with: {name: "${run.id} b"}}
  - {id: c, call: test.note, with: {name: "${run.id} c"}}
output: "${[steps.a, steps.b, steps.c]}"
`

// ownerMain is that process; false where this is none.
func ownerMain() bool {
	text := os.Getenv(ownerVariable)
	if text == "" {
		return false
	}
	if err := owner(text); err != nil {
		fmt.Fprintln(os.Stderr, "owner:", err)
		os.Exit(3)
	}
	return true
}

func owner(text string) error {
	var from, to, atOnce int
	var folder string
	if _, err := fmt.Sscanf(text, "%d %d %d %s", &from, &to, &atOnce, &folder); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(folder, "calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	reg, err := noteRegistry(log)
	if err != nil {
		return err
	}
	flow, err := flows.Load(os.DirFS(folder), "flow.yaml", reg)
	if err != nil {
		return err
	}
	j, err := journal.Open(filepath.Join(folder, "runs.db"))
	if err != nil {
		return err
	}
	defer j.Close()
	o := &ownedRuns{j: j, reg: reg, flow: flow, slots: make(chan struct{}, atOnce)}
	for i := from; i < to; i++ {
		o.one(func() error {
			_, err := j.Run(context.Background(), flow, nil, flows.WithRunID("r"+strconv.Itoa(i)))
			return err
		})
	}
	for more := true; more; {
		if more, err = o.resume(); err != nil {
			return err
		}
	}
	return o.failed()
}

// ownedRuns are the runs that such a process has under way.
type ownedRuns struct {
	j    *journal.Journal
	reg  *connector.Registry
	flow *flows.Flow

	work  sync.WaitGroup
	slots chan struct{}
	mu    sync.Mutex
	err   error
}

// one runs a run when there is room. That another process was quicker is none of
// its errors.
func (o *ownedRuns) one(run func() error) {
	o.slots <- struct{}{}
	o.work.Go(func() {
		defer func() { <-o.slots }()
		err := run()
		var exists *journal.ExistsError
		var running *journal.RunningError
		var state *journal.StateError
		if err == nil || errors.As(err, &exists) || errors.As(err, &running) || errors.As(err, &state) {
			return
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.err = errors.Join(o.err, err)
	})
}

func (o *ownedRuns) failed() error {
	o.work.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// resume goes on with what nobody runs; false where nothing is left to anybody.
func (o *ownedRuns) resume() (more bool, err error) {
	if err := o.failed(); err != nil {
		return false, err
	}
	list, err := o.j.Runs(context.Background(), journal.Filter{State: journal.Interrupted})
	if err != nil {
		return false, err
	}
	for _, r := range list {
		o.one(func() error {
			_, err := o.j.Resume(context.Background(), r.ID, o.reg)
			return err
		})
	}
	if len(list) > 0 {
		return true, o.failed()
	}
	under, err := o.j.Runs(context.Background(), journal.Filter{State: journal.Running, Limit: 1})
	if len(under) > 0 {
		time.Sleep(5 * time.Millisecond)
	}
	return len(under) > 0, err
}

// noteRegistry has an operation that writes a line of 64 bytes, with a number
// that no other call writes, and gives that number.
func noteRegistry(log *os.File) (*connector.Registry, error) {
	var calls atomic.Int64
	note := func(_ context.Context, _ *connector.Call, p stepIn) (any, error) {
		id := fmt.Sprintf("%d-%d", os.Getpid(), calls.Add(1))
		_, err := fmt.Fprintf(log, "%-14s%-20s%-29d\n", p.Name, id, os.Getpid())
		return id, err
	}
	return connector.NewRegistry(&connector.Connector{Name: "test", Operations: []*connector.Operation{connector.OpWith("test.note", "Write a line.", note)}})
}

// TestOwnersAreKilled: processes share the runs of a journal, and are killed
// again and again. Each run ends; what was recorded of it was called once; no
// two processes ran it at the same time.
func TestOwnersAreKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes several seconds")
	}
	for name, p := range map[string]struct{ processes, atOnce, runs, kills int }{
		"four processes":                    {4, 10, 5_000, 30},
		"two processes with many runs each": {2, 64, 5_000, 100},
	} {
		t.Run(name, func(t *testing.T) {
			if !thorough {
				p.runs, p.kills = 20*p.atOnce, 4
			}
			killOwners(t, p.processes, p.atOnce, p.runs, p.kills)
		})
	}
}

// killOwners begins so many runs in processes that have some at once, and kills them.
func killOwners(t *testing.T, processes, atOnce, runs, kills int) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "flow.yaml"), []byte(ownerFlow), 0o600); err != nil {
		t.Fatal(err)
	}
	start := func(i int) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d %d %s", ownerVariable, i*runs/processes, (i+1)*runs/processes, atOnce, folder))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	began := time.Now()
	list := make([]*exec.Cmd, processes)
	for i := range list {
		list[i] = start(i)
	}
	log := filepath.Join(folder, "calls")
	killed := map[int]bool{}
	for k := 1; k <= kills; k++ {
		// Spread over the calls that there are to make.
		for lines(log) < 3*runs*k/(kills+2) {
			time.Sleep(time.Millisecond)
		}
		i := rand.IntN(processes)
		time.Sleep(time.Duration(rand.Int64N(int64(5 * time.Millisecond))))
		_ = list[i].Process.Kill()
		_ = list[i].Wait()
		killed[list[i].Process.Pid] = true
		list[i] = start(i)
	}
	for _, cmd := range list {
		if err := cmd.Wait(); err != nil {
			t.Errorf("a process ended with %v", err)
		}
	}
	t.Logf("%d runs, %d kills in %v", runs, kills, time.Since(began).Round(time.Millisecond))
	checkOwned(t, folder, runs, kills*atOnce, killed)
}

func lines(path string) int {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return int(info.Size() / 64)
}

// ownedCalls are the calls of a run, in the order in which they were made.
type ownedCalls struct {
	last map[string]string // by step, the number of its latest call
	pids []int             // who made them, without repetition
	all  int
}

func readOwned(t *testing.T, path string) map[string]*ownedCalls {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	byRun := map[string]*ownedCalls{}
	for scan := bufio.NewScanner(f); scan.Scan(); {
		words := strings.Fields(scan.Text())
		if len(words) != 4 {
			continue
		}
		c := byRun[words[0]]
		if c == nil {
			c = &ownedCalls{last: map[string]string{}}
			byRun[words[0]] = c
		}
		c.last[words[1]] = words[2]
		c.all++
		pid, _ := strconv.Atoi(words[3])
		if n := len(c.pids); n == 0 || c.pids[n-1] != pid {
			c.pids = append(c.pids, pid)
		}
	}
	return byRun
}

func checkOwned(t *testing.T, folder string, runs, most int, killed map[int]bool) {
	t.Helper()
	j := open(t, filepath.Join(folder, "runs.db"))
	if problems, n, err := j.Verify(t.Context()); err != nil || len(problems) > 0 || n != runs {
		t.Errorf("%d runs, problems %v, %v", n, problems, err)
	}
	again, moved := 0, 0
	for id, c := range readOwned(t, filepath.Join(folder, "calls")) {
		d, err := j.Show(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if d.State != journal.Done {
			t.Errorf("run %s is %s", id, d.State)
		}
		want := fmt.Sprint([]any{c.last["a"], c.last["b"], c.last["c"]})
		if got := fmt.Sprint(d.Output); got != want {
			t.Errorf("run %s has recorded %s, its last calls were %s: what was recorded was called again", id, got, want)
		}
		for i, pid := range c.pids[:len(c.pids)-1] {
			if !killed[pid] {
				t.Errorf("run %s was taken from process %d (of %v), which lives", id, pid, c.pids)
			}
			moved += min(1, i+1)
		}
		again += c.all - 3
	}
	if again > most {
		t.Errorf("%d calls were made again, where %d were under way when processes were killed", again, most)
	}
	t.Logf("%d runs moved to another process, %d calls were made again", moved, again)
}

// TestTakeOver measures how long a run whose process was killed waits for the
// one that resumes it at once.
func TestTakeOver(t *testing.T) {
	rounds := 3
	if thorough {
		rounds = 20
	}
	var longest, sum time.Duration
	for range rounds {
		folder := t.TempDir()
		k := &killed{t: t, folder: folder}
		if err := os.WriteFile(filepath.Join(folder, "flow.yaml"), []byte("flow: t\nsteps: [{call: test.step, with: {name: a, slow: true}}]\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		j := open(t, filepath.Join(folder, "runs.db"))
		k.start(1, 0)
		began := time.Now()
		c := &calls{}
		reg, err := connector.NewRegistry(&connector.Connector{Name: "test", Operations: []*connector.Operation{
			connector.OpWith("test.step", "Do nothing.", func(_ context.Context, call *connector.Call, p stepIn) (any, error) { return nil, c.note(call, p.Name) }),
		}})
		if err != nil {
			t.Fatal(err)
		}
		h, err := j.StartResume(t.Context(), "r", reg)
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		longest, sum = max(longest, took), sum+took
		if _, err := h.Wait(t.Context()); err != nil || len(c.noted()) != 1 {
			t.Errorf("the run ends with %v, calls %v", err, c.noted())
		}
	}
	t.Logf("taking a run over took %v, at most %v", (sum / time.Duration(rounds)).Round(10*time.Microsecond), longest.Round(10*time.Microsecond))
}
