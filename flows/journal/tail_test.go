package journal

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/testenv"
)

func someTail() []Change {
	return []Change{
		BeginRun{StoredRun: StoredRun{Run: Run{
			ID: "r", Flow: "f", State: Running, Started: time.Unix(1, 2).UTC(), Labels: map[string]string{"a": "1", "": ""},
		}, Digest: []byte("digest"), Start: []byte("start")}},
		AddRecord{RunID: "r", Number: 1, Data: []byte("data")},
		EndRun{RunID: "r", State: Failed, Ended: time.Unix(3, 4).UTC(), Failure: Failure{Code: "C", Class: "c", Step: "s", Message: "m"}},
	}
}

// FuzzDecodeTail: whatever stands in a row of the tail, it is read as what was written,
// or refused. Checksums are right here, as if somebody had made them so.
func FuzzDecodeTail(f *testing.F) {
	st := &statements{}
	for n := range someTail() {
		data, err := st.encodeTail(someTail()[:n+1])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(data[:len(data)-sumSize]))
	}
	f.Add([]byte("e\x01r\x06failed\x00\x00\x00\x00\x00")) // no time
	f.Add([]byte("b\x00\x00\x00\x00\x00\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, src []byte) {
		changes, err := decodeTail(1, withSum(tailName, 1, bytes.Clone(src)))
		if err != nil {
			if !errors.Is(err, ErrTail) || len(changes) > 0 {
				t.Fatalf("%v with %v", err, changes)
			}
			return
		}
		if len(changes) > len(src) {
			t.Errorf("%d bytes are %d changes", len(src), len(changes))
		}
		again, err := st.encodeTail(changes)
		if err != nil {
			t.Fatal(err)
		}
		read, err := decodeTail(1, again)
		if diff := cmp.Diff(changes, read, cmp.AllowUnexported(BeginRun{})); err != nil || diff != "" {
			t.Errorf("read again: %v\n%s", err, diff)
		}
	})
}

func TestTimesInTheFile(t *testing.T) {
	for _, want := range []time.Time{{}, time.Unix(0, 1).UTC(), time.Unix(-1, 0).UTC(), time.Unix(3, 4).UTC()} {
		if got := timeOf(nanosOf(want)); !got.Equal(want) || got.IsZero() != want.IsZero() {
			t.Errorf("%v is read as %v", want, got)
		}
	}
	if got := nanosOf(timeOf(0)); got != 0 {
		t.Errorf("no time is written as %d", got)
	}
}

// leftInTail makes a journal with runs in its tail, as a process leaves it that is
// killed, and lets its log be taken into the file.
func leftInTail(t *testing.T, rows int) (path string) {
	t.Helper()
	path = filepath.Join(testenv.Memory(t), "runs.db")
	f, err := openFile(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	for n := range rows + 1 { // the first has the program, and does not stand in the tail
		id := fmt.Sprint("r", n)
		if err := f.Commit(t.Context(), []Change{beginOf(id), recordOf(id)}); err != nil {
			t.Fatal(err)
		}
	}
	killed(t, f)
	return path
}

// killed leaves a journal as a process does that is killed.
func killed(t *testing.T, f *file) {
	t.Helper()
	f.st.close()
	f.member.close()
	f.st, f.member = nil, nil
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func changeTail(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedTail: where a row of the tail is damaged or gone, whoever opens the journal
// is told so again and again, and nothing is dropped.
func TestDamagedTail(t *testing.T) {
	for text, want := range map[string]string{
		"UPDATE tail SET data = x'00' WHERE n = 2":                               "row 2",
		"UPDATE tail SET data = (SELECT data FROM tail WHERE n = 1) WHERE n = 2": "row 2",
		"UPDATE tail SET data = CAST(substr(data, 2) AS BLOB) WHERE n = 3":       "row 3",
		"DELETE FROM tail WHERE n = 2":                                           "row 2 is not there",
		"UPDATE tail SET data = NULL WHERE n = 9; DELETE FROM tail WHERE n = 1":  "row 1 is not there",
		"UPDATE tail SET data = 'a text', owner = x'ff' WHERE n = 1":             "row 1",
	} {
		t.Run(want, func(t *testing.T) {
			isDamaged(t, leftInTail(t, 3), text, want)
		})
	}
}

// isDamaged changes the tail of a journal: it is neither read nor written then, and stays
// as it is, however often it is opened.
func isDamaged(t *testing.T, path, change, want string) {
	t.Helper()
	changeTail(t, path, change)
	before := tailRowsOf(t, path)
	for range 2 {
		f, err := openFile(t.Context(), path, true)
		if err != nil {
			t.Fatal(err)
		}
		_, reading := f.Find(t.Context(), "r1")
		writing := f.Commit(t.Context(), []Change{CancelRun{RunID: "r0"}})
		for _, err := range []error{reading, writing, f.Verify(t.Context())} {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "take a copy from before") {
				t.Errorf("got %v, want %q", err, want)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(before, tailRowsOf(t, path)); diff != "" {
		t.Errorf("the tail is another one (-before +after):\n%s", diff)
	}
}

func tailRowsOf(t *testing.T, path string) (rows []string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	f := &file{path: path, db: db}
	if err := f.each(t.Context(), func(r *sql.Rows) error {
		var n int64
		var owner, data string
		err := r.Scan(&n, &owner, &data)
		rows = append(rows, fmt.Sprintf("%d %x %x", n, owner, data))
		return err
	}, sqlReadTail); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestDamagedPiece: the same where a part of the tail is in the tables.
func TestDamagedPiece(t *testing.T) {
	for text, want := range map[string]string{
		"UPDATE tail SET data = x'00' WHERE n = 0": "row 0",
		"DELETE FROM tail WHERE n = 0":             "row 1 is not there",
		"DELETE FROM tail WHERE n > 0":             "row 2 is not there",
		"DELETE FROM tail WHERE n > 3":             "row 4 is not there",
		"DELETE FROM tail WHERE n = 2":             "row 2 is not there",
		"UPDATE tail SET data = x'00' WHERE n = 4": "row 4",
	} {
		t.Run(text, func(t *testing.T) {
			isDamaged(t, leftInPiece(t), text, want)
		})
	}
}

// leftInPiece makes a journal as a process leaves it that is killed after it put a part of
// the tail into the tables: r1 in row 1 and r3 in rows 3 and 4 are there, r2 in row 2, which
// has not ended, and r4 in row 5 are not.
func leftInPiece(t *testing.T) (path string) {
	t.Helper()
	path = leftAfter(t, []Change{beginOf("r1"), endOf("r1")}, []Change{beginOf("r2"), recordOf("r2")}, []Change{beginOf("r3"), recordOf("r3")}, []Change{endOf("r3")})
	rows := []int64{}
	for _, text := range tailRowsOf(t, path) {
		var n int64
		_, _ = fmt.Sscan(text, &n)
		rows = append(rows, n)
	}
	if diff := cmp.Diff([]int64{0, 2, 3, 4, 5}, rows); diff != "" {
		t.Fatalf("rows of the tail (-want +got):\n%s", diff)
	}
	return path
}

func beginOf(id string) Change {
	return BeginRun{StoredRun: StoredRun{Run: Run{ID: id, Flow: "f", State: Running, Started: time.Unix(1, 0)}, Digest: []byte("d"), Start: []byte("s")}, Program: []byte("p")}
}
func recordOf(id string) Change { return AddRecord{RunID: id, Number: 1, Data: []byte("data")} }
func endOf(id string) Change    { return EndRun{RunID: id, State: Done, Ended: time.Unix(2, 0)} }

// leftAfter makes a journal of a process that is killed. It wrote transactions, put into the
// tables what had ended, and wrote of r4.
func leftAfter(t *testing.T, transactions ...[]Change) (path string) {
	t.Helper()
	path = filepath.Join(testenv.Memory(t), "runs.db")
	f, err := openFile(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, changes := range append([][]Change{{beginOf("r0")}}, transactions...) {
		if err := f.Commit(t.Context(), changes); err != nil {
			t.Fatal(err)
		}
	}
	f.st.tail.most = 1
	now := f.st.tail.list[0].since // however long it is ago
	for f.st.tail.due(now) <= 0 {
		if err := f.restPiece(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Commit(t.Context(), []Change{beginOf("r4"), recordOf("r4")}); err != nil {
		t.Fatal(err)
	}
	killed(t, f)
	return path
}

// TestMarkIsGone: where row 0 is gone and row 1 is there, no row is missed; what is in the
// tables comes again. That is damage, and no error of the run that is written of.
func TestMarkIsGone(t *testing.T) {
	for name, ended := range map[string][]Change{
		"a run that began in the tail":           {beginOf("r1"), recordOf("r1"), endOf("r1")},
		"one that began before, with a record":   {recordOf("r0"), endOf("r0")},
		"one of which the tail has its end only": {endOf("r0")},
	} {
		t.Run(name, func(t *testing.T) {
			path := leftAfter(t, []Change{beginOf("r2"), recordOf("r2")}, ended)
			changeTail(t, path, "DELETE FROM tail WHERE n = 0")
			before := tailRowsOf(t, path)
			f, err := openFile(t.Context(), path, true)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			_, reading := f.Find(t.Context(), "r2")
			for _, err := range []error{reading, f.Commit(t.Context(), []Change{beginOf("r1")})} {
				var exists *ExistsError
				if !errors.Is(err, ErrTail) || errors.As(err, &exists) || errors.Is(err, ErrNotOwner) {
					t.Errorf("got %v", err)
				}
			}
			if diff := cmp.Diff(before, tailRowsOf(t, path)); diff != "" || len(before) != 3 {
				t.Errorf("the tail is another one (-before +after):\n%s", diff)
			}
		})
	}
}

// TestLeftInAPiece: what is in the tables is not put there again, and what is not is.
func TestLeftInAPiece(t *testing.T) {
	path := leftInPiece(t)
	f, err := openFile(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for id, want := range map[string]State{"r0": Running, "r1": Done, "r2": Running, "r3": Done, "r4": Running} {
		r, err := f.Find(t.Context(), id)
		if err != nil || r == nil || r.State != want {
			t.Errorf("%s: %v, %v", id, r, err)
		}
		n := 0
		if err := f.Records(t.Context(), id, func(int64, []byte) error { n++; return nil }); err != nil || id > "r1" && n != 1 {
			t.Errorf("%s has %d records, %v", id, n, err)
		}
	}
	if rows := tailRowsOf(t, path); len(rows) > 0 {
		t.Errorf("the tail has %q", rows)
	}
}

// TestTailOfOlderForms: what a program of an older form left in the tail is read, and the
// journal has the form and the indexes of this one then.
func TestTailOfOlderForms(t *testing.T) {
	fresh := schemaOf(t, leftInTail(t, 3))
	for _, form := range []int{7, 8} {
		path := leftInTail(t, 3)
		changeTail(t, path, indexesOfFormEight+fmt.Sprintf("PRAGMA user_version=%d", form))
		if f, err := openFile(t.Context(), path, false); !errors.Is(err, errOldForm) {
			t.Errorf("whoever only looks gets %v, %v", f, err)
		}
		f, err := openFile(t.Context(), path, true)
		if err != nil {
			t.Fatal(err)
		}
		if runs, err := f.Runs(t.Context(), Filter{}); err != nil || len(runs) != 4 {
			t.Errorf("%v, %v", runs, err)
		}
		var now int
		if err := f.db.QueryRow("PRAGMA user_version").Scan(&now); err != nil || now != formatVersion {
			t.Errorf("it has form %d, %v", now, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(fresh, schemaOf(t, path)); diff != "" {
			t.Errorf("of form %d (-new +moved):\n%s", form, diff)
		}
	}
}

// indexesOfFormEight are those that form 9 has in another way.
const indexesOfFormEight = `
	DROP INDEX runs_by_state; DROP INDEX runs_by_start; DROP INDEX runs_by_flow; DROP INDEX runs_by_flow_state;
	CREATE INDEX runs_by_state ON runs (state, started);
	CREATE INDEX runs_by_start ON runs (started);
	CREATE INDEX runs_by_flow ON runs (flow, started);
	CREATE INDEX runs_by_flow_state ON runs (flow, state, started);
`

func schemaOf(t *testing.T, path string) map[string]string {
	t.Helper()
	db, err := openDatabase(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			t.Fatal(err)
		}
		all[name] = text
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestBackupOfATail: a copy that SQLite makes of a journal under way has all that was
// written, in its tail too, and whoever opens it goes on from there.
func TestBackupOfATail(t *testing.T) {
	path := leftInTail(t, 3)
	backup := filepath.Join(testenv.Memory(t), "copy.db")
	changeTail(t, path, "VACUUM INTO '"+backup+"'")
	if rows := tailRowsOf(t, backup); len(rows) != 3 {
		t.Fatalf("the copy has %q in its tail", rows)
	}
	for _, own := range []bool{false, true} {
		f, err := openFile(t.Context(), backup, own)
		if err != nil {
			t.Fatal(err)
		}
		runs, err := f.Runs(t.Context(), Filter{})
		if err != nil || len(runs) != 4 {
			t.Errorf("%v, %v", runs, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestWhatIsLeftIsTakenOver: what an earlier process left in the log is in the file
// before more is written behind it.
func TestWhatIsLeftIsTakenOver(t *testing.T) {
	path := filepath.Join(testenv.Memory(t), "runs.db")
	f, err := openFile(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	begin := BeginRun{StoredRun: StoredRun{Run: Run{ID: "r", Flow: "f", State: Running, Started: time.Unix(1, 0)}, Digest: []byte("d"), Start: []byte("s")}, Program: []byte("p")}
	if err := f.Commit(t.Context(), []Change{begin}); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(testenv.Memory(t), "runs.db") // as a kill leaves it
	for _, end := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + end)
		if err == nil {
			err = os.WriteFile(to+end, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	next, err := openFile(t.Context(), to, true)
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	alone := filepath.Join(testenv.Memory(t), "alone.db")
	data, err := os.ReadFile(to)
	if err == nil {
		err = os.WriteFile(alone, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	left, err := openFile(t.Context(), alone, true)
	if err != nil {
		t.Fatal(err)
	}
	defer left.Close()
	if r, err := left.Find(t.Context(), "r"); err != nil || r == nil {
		t.Errorf("without its log the file has %v, %v", r, err)
	}
}

// TestClosedLeavesNothing: a journal that was opened and closed many times, with
// something in its tail, leaves no descriptor and no row there.
func TestClosedLeavesNothing(t *testing.T) {
	const folder = "/proc/self/fd"
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		t.Skip("the system does not list descriptors")
	}
	rounds := 20
	if testenv.Thorough() {
		rounds = 1000
	}
	path := leftInTail(t, 1)
	open := func() (n int) {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if target, _ := os.Readlink(filepath.Join(folder, e.Name())); strings.HasPrefix(target, filepath.Dir(path)) {
				n++
			}
		}
		return n
	}
	for n := range rounds {
		j, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		f := j.store.(*file)
		begin := BeginRun{StoredRun: StoredRun{Run: Run{ID: fmt.Sprint("n", n), Flow: "f", State: Running, Started: time.Unix(1, 0)}, Digest: []byte("d"), Start: []byte("s")}, Program: []byte("p")}
		if err := errors.Join(f.Commit(t.Context(), []Change{begin}), j.Close()); err != nil {
			t.Fatal(err)
		}
		i, err := Inspect(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := i.Runs(t.Context(), Filter{Limit: 1}); err != nil {
			t.Fatal(err)
		}
		if err := i.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := open(); n > 0 {
		t.Errorf("%d descriptors are open", n)
	}
	if rows := tailRowsOf(t, path); len(rows) > 0 {
		t.Errorf("the tail has %q", rows)
	}
}

// TestCaughtUp: the end of a run that its process left in the tail is found before the
// run is called interrupted, also where another process writes for a while.
func TestCaughtUp(t *testing.T) {
	path := leftInTail(t, 2)
	f, err := openFile(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Change{TakeRun{RunID: "r1", From: ownerOf(t, f, "r1")}, EndRun{RunID: "r1", State: Done, Ended: time.Unix(9, 0)}} {
		if err := f.Commit(t.Context(), []Change{c}); err != nil {
			t.Fatal(err)
		}
	}
	if rows := tailRowsOf(t, path); len(rows) != 1 {
		t.Fatalf("the tail has %d rows", len(rows))
	}
	f.st.close()
	f.member.close()
	f.st, f.member = nil, nil
	_ = f.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	look, err := openFile(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close()
	if r, err := look.Find(t.Context(), "r1"); err != nil || r.State != Running {
		t.Errorf("while somebody writes: %v, %v", r, err)
	}
	time.AfterFunc(lookWait, func() { _, _ = db.Exec("ROLLBACK") })
	if err := look.caughtUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, err := look.Find(t.Context(), "r1"); err != nil || r.State != Done {
		t.Errorf("afterwards: %v, %v", r, err)
	}
}

func ownerOf(t *testing.T, f *file, run string) string {
	t.Helper()
	r, err := f.Find(t.Context(), run)
	if err != nil || r == nil {
		t.Fatal(r, err)
	}
	return r.Owner
}
