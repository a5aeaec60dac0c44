package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/medlar-flow/medlar/internal/testenv"
)

// TestRepair: what is kept of a damaged tail, and which runs are in doubt then. In
// leftInTail r1 to r3 each begin in a row of their own and r0 before; in leftInPiece see
// there. r0 may always have gone on in what is gone.
func TestRepair(t *testing.T) {
	for name, test := range map[string]struct {
		path   func(*testing.T) string
		change string
		want   Repaired
	}{
		"a row": {tailOf3, "UPDATE tail SET data = x'00' WHERE n = 2", Repaired{Damage: []string{"row 2"}, Unsure: []string{"r0", "r1"}, Unnamed: 1}},
		"the last row": {tailOf3, "UPDATE tail SET data = CAST(substr(data, 2) AS BLOB) WHERE n = 3", Repaired{
			Damage: []string{"row 3"}, Unsure: []string{"r0", "r1", "r2"}, Unnamed: 1,
		}},
		"all rows": {tailOf3, "UPDATE tail SET data = x'00'", Repaired{Damage: []string{"row 1", "row 2", "row 3"}, Unsure: []string{"r0"}, Unnamed: 3}},
		"a row that is gone": {tailOf3, "DELETE FROM tail WHERE n = 1", Repaired{
			Damage: []string{"row 1 is not there"}, Unsure: []string{"r0"}, Unnamed: 1,
		}},
		"rows that come again": {func(t *testing.T) string {
			return leftAfter(t, []Change{beginOf("r2"), recordOf("r2")}, []Change{beginOf("r1"), recordOf("r1"), endOf("r1")})
		}, "DELETE FROM tail WHERE n = 0", Repaired{Damage: []string{"the rows do not go with the tables; all of them can be read"}}},
		"row 0":    {leftInPiece, "UPDATE tail SET data = x'00' WHERE n = 0", Repaired{Damage: []string{"row 0, which says how much is in the tables"}, Unsure: []string{"r0"}}},
		"no row 0": {leftInPiece, "DELETE FROM tail WHERE n = 0", Repaired{Damage: []string{"row 1 is not there"}, Unsure: []string{"r0"}}},
		"only row 0": {leftInPiece, "DELETE FROM tail WHERE n > 0", Repaired{
			Damage: []string{"rows 2 to 4 are not there"}, Unsure: []string{"r0"}, Unnamed: 2,
		}},
		"a row of which all is in the tables": {leftInPiece, "UPDATE tail SET data = x'00' WHERE n = 4", Repaired{Damage: []string{"row 4"}, Unsure: []string{"r0", "r2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			path := test.path(t)
			changeTail(t, path, test.change)
			before := tailRowsOf(t, path)
			for _, accept := range []bool{false, true} {
				got, err := Repair(t.Context(), path, accept)
				if diff := cmp.Diff(&test.want, got, cmpopts.IgnoreUnexported(Repaired{})); err != nil || diff != "" {
					t.Fatalf("%v (-want +got)\n%s", err, diff)
				}
				if left := tailRowsOf(t, path); accept == slices.Equal(before, left) || accept && len(left) > 0 {
					t.Errorf("accepted %v: the tail has %q", accept, left)
				}
			}
			isRepaired(t, path, test.want.Unsure)
			if again, err := Repair(t.Context(), path, true); err != nil || len(again.Damage)+len(again.Unsure) > 0 {
				t.Errorf("again: %+v, %v", again, err)
			}
		})
	}
}

func tailOf3(t *testing.T) string {
	t.Helper()
	return leftInTail(t, 3)
}

// isRepaired opens a journal that was repaired: these runs are not resumed, and all
// others are.
func isRepaired(t *testing.T, path string, unsure []string) {
	t.Helper()
	j, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	list, err := j.Runs(t.Context(), Filter{})
	if err != nil || len(list) == 0 {
		t.Fatalf("%v, %v", list, err)
	}
	for _, r := range list {
		_, records, err := storedOf(j, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		var lost *LossError
		err = j.whole(r.ID, records)
		if is := slices.Contains(unsure, r.ID); errors.As(err, &lost) != is || is && lost.Had != UnknownLoss {
			t.Errorf("%s: %v", r.ID, err)
		}
		j.acceptLoss = true
		if err := j.whole(r.ID, records); err != nil {
			t.Errorf("%s, with its loss accepted: %v", r.ID, err)
		}
		if j.acceptLoss = false; j.whole(r.ID, records) != nil {
			t.Errorf("%s was accepted, and is in doubt again", r.ID)
		}
	}
}

// storedOf is the state of a run in a store and the number of its latest record; -2 where
// one before is not there.
func storedOf(j *Journal, id string) (state State, last int64, err error) {
	r, err := j.store.Find(context.Background(), id)
	if err != nil || r == nil {
		return "", -1, err
	}
	err = j.store.Records(context.Background(), id, func(n int64, _ []byte) error {
		if last++; n != last {
			last = -2
		}
		return nil
	})
	return r.State, last, err
}

// TestRepairNeedsToBeAlone: another process may have in its memory what is damaged.
func TestRepairNeedsToBeAlone(t *testing.T) {
	path := leftInTail(t, 3)
	f, err := openFile(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Repair(t.Context(), path, true); err == nil {
		t.Error("it was repaired")
	}
	_ = f.Close()
	if got, err := Repair(t.Context(), path, true); err != nil || len(got.Damage) > 0 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Repair(t.Context(), filepath.Join(t.TempDir(), "none.db"), true); err == nil {
		t.Error("a journal was made")
	}
}

// TestRepairKeepsOthersOut: who opens the journal while it is repaired waits for that, and
// knows then which runs are in doubt: it read the witness when it came.
func TestRepairKeepsOthersOut(t *testing.T) {
	path := leftInTail(t, 3)
	changeTail(t, path, "UPDATE tail SET data = x'00' WHERE n = 2")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN IMMEDIATE"); err != nil { // Repair waits for this
		t.Fatal(err)
	}
	repaired := make(chan error, 1)
	go func() {
		_, err := Repair(t.Context(), path, true)
		repaired <- err
	}()
	for { // until it has come
		if names, _ := filepath.Glob(path + ownersFolder + "/????????????????????????"); len(names) > 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond)
	opened := make(chan *Journal, 1)
	go func() {
		j, err := Open(path)
		if err != nil {
			t.Error(err)
		}
		opened <- j
	}()
	time.Sleep(50 * time.Millisecond)
	if _, err := db.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := <-repaired; err != nil {
		t.Logf("the other one was first: %v", err)
	}
	j := <-opened
	if j == nil {
		return
	}
	defer j.Close()
	_, has, err := storedOf(j, "r0")
	var lost *LossError
	if err == nil && !errors.As(j.whole("r0", has), &lost) {
		t.Error("a run that is in doubt would be resumed")
	}
}

// TestBehind: who only looks sees what the tables have, is told that it is old, and
// changes nothing.
func TestBehind(t *testing.T) {
	path := leftInTail(t, 3)
	changeTail(t, path, "UPDATE tail SET data = x'00' WHERE n = 2")
	before := tailRowsOf(t, path)
	j, err := Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	list, err := j.Runs(t.Context(), Filter{})
	if err != nil || len(list) != 1 || list[0].ID != "r0" || list[0].State != Interrupted {
		t.Errorf("%v, %v", list, err)
	}
	if err := j.Behind(t.Context()); !errors.Is(err, ErrTail) {
		t.Errorf("it is behind for %v", err)
	}
	if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) == 0 || !errors.Is(problems[0], ErrTail) {
		t.Errorf("verified: %v, %v", problems, err)
	}
	if err := j.Cancel(t.Context(), "r0"); !errors.Is(err, ErrTail) {
		t.Errorf("canceled: %v", err)
	}
	if diff := cmp.Diff(before, tailRowsOf(t, path)); diff != "" {
		t.Errorf("the tail is another one (-before +after):\n%s", diff)
	}
}

// TestRepairedRunsAreAsTheyWere: whatever runs wrote, and whichever row is damaged, a run
// of which Repair says nothing has all that it had.
func TestRepairedRunsAreAsTheyWere(t *testing.T) {
	rounds := 40
	if testenv.Thorough() {
		rounds = 3000
	}
	seed := uint64(time.Now().UnixNano())
	free, unsure := 0, 0
	for round := range rounds {
		r := rand.New(rand.NewPCG(seed, uint64(round)))
		path, truth := randomTail(t, r)
		rows := tailRowsOf(t, path)
		if len(rows) < 2 {
			continue
		}
		var n int64
		_, _ = fmt.Sscan(rows[r.IntN(len(rows)-1)], &n) // that the last is gone only the witness knows
		change := fmt.Sprintf("UPDATE tail SET data = x'00' WHERE n = %d", n)
		if r.IntN(3) == 0 {
			change = fmt.Sprintf("DELETE FROM tail WHERE n = %d", n)
		}
		changeTail(t, path, change)
		found, err := Repair(t.Context(), path, true)
		if err != nil {
			t.Fatalf("seed %d, round %d, %s: %v", seed, round, change, err)
		}
		j, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		for id, want := range truth {
			state, last, err := storedOf(j, id)
			if err != nil {
				t.Fatal(err)
			}
			told := slices.Contains(slices.Concat(found.Unsure, found.Gaps, found.Lost), id) || state == "" && found.Unnamed > 0
			switch is := (truthOf{state, last}); {
			case told && want.ended() && is == want && state != "":
				t.Errorf("seed %d, round %d, %s: %s is whole, and in doubt", seed, round, change, id)
			case told:
				unsure++
			case is != want:
				t.Errorf("seed %d, round %d, %s: %s is %v, was %v; found %+v", seed, round, change, id, is, want, found)
			default:
				free++
			}
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d runs are as they were, %d in doubt", free, unsure)
	if free == 0 || unsure == 0 {
		t.Errorf("%d runs are as they were, %d in doubt", free, unsure)
	}
}

// truthOf is what a run had.
type truthOf struct {
	state State
	last  int64
}

func (t truthOf) ended() bool { return t.state != Running }

// randomTail makes a journal as two processes leave it, the last of which was killed.
func randomTail(t *testing.T, r *rand.Rand) (path string, truth map[string]truthOf) {
	t.Helper()
	path, truth = filepath.Join(testenv.Memory(t), "runs.db"), map[string]truthOf{}
	for process := range 2 {
		f, err := openFile(t.Context(), path, true)
		if err != nil {
			t.Fatal(err)
		}
		var going []string
		for n := range 3 + r.IntN(12) {
			id := fmt.Sprintf("p%d-%d", process, n)
			changes := []Change{beginOf(id)}
			is := map[string]truthOf{id: {Running, 0}}
			going = append(going, id)
			for range r.IntN(4) {
				id := going[r.IntN(len(going))]
				was, ok := is[id]
				if !ok {
					was = truth[id]
				}
				if was.ended() {
					continue
				}
				if was.last++; r.IntN(4) == 0 {
					was.state = Done
				}
				changes = append(changes, AddRecord{RunID: id, Number: was.last, Data: []byte("data")})
				if was.ended() {
					changes = append(changes, endOf(id))
				}
				is[id] = was
			}
			if err := f.Commit(t.Context(), changes); err != nil {
				t.Fatal(err)
			}
			for id, now := range is {
				truth[id] = now
			}
			if f.st.tail.most = 1 + r.IntN(3); r.IntN(4) == 0 && f.st.tail.any() {
				now := f.st.tail.list[0].since
				if r.IntN(3) == 0 {
					now = now.Add(time.Hour)
				}
				if err := f.restPiece(t.Context(), now); err != nil {
					t.Fatal(err)
				}
			}
		}
		killed(t, f)
	}
	return path, truth
}
