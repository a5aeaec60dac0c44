package journal

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/testenv"
)

// twin is a journal with a tail and one without, to which the same is done by the same
// processes.
type twin struct {
	t     *testing.T
	r     *rand.Rand
	paths [2]string        // with the tail, and without
	open  [3][2]*file      // by process
	last  map[string]int64 // numbers of the latest records
	owns  map[string]int   // who runs a run that has not ended
	told  []string
	ended int // by number, so that time goes on
}

func newTwin(t *testing.T, seed uint64) *twin {
	t.Helper()
	w := &twin{t: t, r: rand.New(rand.NewPCG(seed, 0)), last: map[string]int64{}, owns: map[string]int{}}
	for k := range w.paths {
		w.paths[k] = filepath.Join(testenv.Memory(t), "runs.db")
	}
	for i := range w.open {
		w.enter(i)
	}
	return w
}

// enter begins a process.
func (w *twin) enter(i int) {
	w.t.Helper()
	for k, path := range w.paths {
		f, err := openFile(w.t.Context(), path, true)
		if err != nil {
			w.t.Fatal(err)
		}
		f.st.tail.most = 1 + w.r.IntN(30)
		w.open[i][k] = f
	}
}

// leave ends a process: as at a close, or with what it left in the tail.
func (w *twin) leave(i int, killed bool) {
	w.t.Helper()
	for k, f := range w.open[i] {
		if killed {
			f.st.close()
			f.member.close()
			f.st, f.member = nil, nil
		}
		if err := f.Close(); err != nil {
			w.t.Error(err, k)
		}
	}
}

// process returns the number of the process that an owner is; -1 for one that is gone.
func (w *twin) process(k int, owner string) int {
	return slices.IndexFunc(w.open[:], func(f [2]*file) bool { return f[k].Owner() == owner })
}

// batch makes what one transaction of a process may be. What names an owner is
// another change for each of the two.
func (w *twin) batch(i int) (both [2][]Change) {
	add := func(c ...Change) { both[0], both[1] = append(both[0], c...), append(both[1], c...) }
	for range 1 + w.r.IntN(4) {
		w.ended++
		at := time.Unix(int64(w.ended), 0)
		n := w.r.IntN(40)
		id := w.fitting(i, n)
		switch {
		case n < 10:
			program := fmt.Sprint("p", w.r.IntN(3))
			run := Run{ID: id, Flow: "f", State: Running, Started: at}
			if w.r.IntN(3) == 0 {
				run.Labels = map[string]string{"a": "1", "b": program}
			}
			add(BeginRun{StoredRun: StoredRun{Run: run, Digest: []byte(program), Start: []byte("start " + id)}, Program: []byte(program)})
			w.last[id], w.owns[id] = 0, i
			if w.r.IntN(3) == 0 { // all of it at once
				w.last[id] = 1
				delete(w.owns, id)
				add(AddRecord{RunID: id, Number: 1, Data: []byte(id)}, EndRun{RunID: id, State: Done, Ended: at})
			}
		case n < 24:
			size := 1 + w.r.IntN(20)
			if w.r.IntN(20) == 0 {
				size = 300 << 10
			}
			w.last[id]++
			add(AddRecord{RunID: id, Number: w.last[id], Data: []byte(strings.Repeat(fmt.Sprint(w.r.IntN(9)), size))})
		case n < 29:
			delete(w.owns, id)
			add(EndRun{RunID: id, State: Failed, Ended: at, Failure: Failure{Code: "C", Class: "c", Step: "s", Message: "m" + id}})
		case n < 31:
			add(DeleteRun{RunID: id})
		case n < 32:
			add(WaitRun{RunID: id, Waits: w.r.IntN(2) == 0})
		case n < 33:
			add(CancelRun{RunID: id})
		case n < 34:
			add(DropRecords{RunID: id, From: 1, To: w.r.Int64N(3)})
		case n < 35:
			add(GiveSignal{StoredSignal: StoredSignal{SignalID: SignalID{RunID: id, Name: "go"}, Given: at, Data: []byte("d")}, Most: 10})
		case n < 36:
			add(LeaveRun{RunID: id})
		case n < 38:
			from := w.r.IntN(len(w.open) + 1)
			for k := range both {
				owner := ""
				if from < len(w.open) {
					owner = w.open[from][k].Owner()
				}
				both[k] = append(both[k], TakeRun{RunID: id, From: owner})
			}
			w.owns[id] = i
		default:
			add(TraceRun{RunID: id, Parent: fmt.Sprint(w.ended)})
		}
	}
	both[1] = append(both[1], ForgetTicks{Flow: "none", Trigger: "none"})
	return both
}

// fitting is a run for a change of a kind: mostly one of which the store does not
// refuse that.
func (w *twin) fitting(i, kind int) (id string) {
	for range 10 {
		id = fmt.Sprint("r", w.r.IntN(12))
		owner, runs := w.owns[id]
		if kind < 10 && !runs || kind >= 10 && kind < 29 && runs && owner == i || kind >= 29 || w.r.IntN(30) == 0 {
			break
		}
	}
	return id
}

// step does something in both.
func (w *twin) step() {
	w.t.Helper()
	i := w.r.IntN(len(w.open))
	switch n := w.r.IntN(60); {
	case n == 0:
		w.leave(i, w.r.IntN(2) == 0)
		w.enter(i)
		w.told = append(w.told, fmt.Sprintf("process %d begins anew", i))
		return
	case n < 3:
		w.compare(i)
		return
	case n < 10:
		w.rest(w.open[i][0])
		return
	}
	last, owns := maps.Clone(w.last), maps.Clone(w.owns)
	both := w.batch(i)
	var errs [2]error
	for k, changes := range both {
		errs[k] = w.open[i][k].Commit(w.t.Context(), changes)
	}
	w.told = append(w.told, fmt.Sprintf("process %d: %s: %v", i, brief(both[0]), errs[0]))
	if text := [2]string{w.worded(errs[0]), w.worded(errs[1])}; text[0] != text[1] {
		w.t.Fatalf("with the tail %v, without %v, after\n%s", errs[0], errs[1], strings.Join(w.told, "\n"))
	}
	if errs[0] != nil {
		w.last, w.owns = last, owns
	}
}

// rest puts a part of the tail into the tables, as after a transaction or as once it has
// stood there for long enough.
func (w *twin) rest(f *file) {
	w.t.Helper()
	now := time.Now()
	if w.r.IntN(3) == 0 {
		now = now.Add(time.Hour)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.st.tail.any() && f.st.tail.due(now) <= 0 {
		if err := f.restPiece(w.t.Context(), now); err != nil {
			w.t.Fatal(err)
		}
		w.told = append(w.told, fmt.Sprintf("%d rows stay, done %d of %d", len(f.st.tail.list), f.st.tail.done, f.st.tail.last))
	}
}

func brief(changes []Change) string {
	var list []string
	for _, c := range changes {
		switch c := c.(type) {
		case BeginRun:
			list = append(list, fmt.Sprintf("begin %s of %s", c.ID, c.Program))
		case AddRecord:
			list = append(list, fmt.Sprintf("%d of %s, %d bytes", c.Number, c.RunID, len(c.Data)))
		default:
			list = append(list, fmt.Sprintf("%T %.40v", c, c))
		}
	}
	return strings.Join(list, "; ")
}

// worded is an error without the names of processes.
func (w *twin) worded(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrNotOwner):
		return "not the owner"
	}
	return err.Error()
}

// compare reads both, as a process does.
func (w *twin) compare(i int) {
	w.t.Helper()
	if diff := cmp.Diff(w.dump(i, 1), w.dump(i, 0)); diff != "" {
		w.t.Fatalf("what is there (-without the tail +with it):\n%s\nafter\n%s", diff, strings.Join(w.told, "\n"))
	}
}

func (w *twin) dump(i, k int) (rows []string) {
	w.t.Helper()
	f := w.open[i][k]
	if err := f.upToDate(w.t.Context(), ""); err != nil {
		w.t.Fatalf("%v, after\n%s", err, strings.Join(w.told, "\n"))
	}
	for _, query := range []string{
		"SELECT 'run', id, flow, state, started, ended, digest, start, owner, waits, code, class, step, message, next, trace FROM runs ORDER BY id",
		"SELECT 'record', r.id, seq, data FROM records JOIN runs r ON r.n = run ORDER BY r.id, seq",
		"SELECT 'label', r.id, name, value, l.started FROM labels l JOIN runs r ON r.n = run ORDER BY r.id, name",
		"SELECT 'signal', r.id, name, key, s.state, given, data FROM signals s JOIN runs r ON r.n = run ORDER BY r.id",
		"SELECT 'canceled', run FROM cancels ORDER BY run",
		"SELECT 'program', digest, data FROM programs ORDER BY digest",
		"SELECT 'all', (SELECT count(*) FROM records), (SELECT count(*) FROM labels), (SELECT count(*) FROM signals), (SELECT count(*) FROM tail)",
	} {
		if err := f.each(w.t.Context(), func(r *sql.Rows) error {
			columns, err := r.Columns()
			if err != nil {
				return err
			}
			values, places := make([]any, len(columns)), make([]any, len(columns))
			for n := range values {
				places[n] = &values[n]
			}
			if err := r.Scan(places...); err != nil {
				return err
			}
			if at := slices.Index(columns, "owner"); at >= 0 && values[at] != "" {
				values[at] = w.process(k, fmt.Sprint(values[at]))
			}
			rows = append(rows, fmt.Sprintf("%.200s", fmt.Sprint(values...)))
			return nil
		}, query); err != nil {
			w.t.Fatal(err)
		}
	}
	return rows
}

// TestTheTailIsAsTheTables: whatever processes write in whatever order, what is there is
// what would be there if there was no tail.
func TestTheTailIsAsTheTables(t *testing.T) {
	seeds, steps := 6, 300
	if testenv.Thorough() {
		seeds = 300
	}
	for range seeds {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newTwin(t, seed)
			for range steps {
				w.step()
			}
			w.compare(0)
			for i := range w.open {
				w.leave(i, false)
			}
		})
	}
}
