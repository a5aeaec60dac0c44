package journal

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/testenv"
)

// TestWholeRunsAreInserted: runs that begin and end in one piece of the tail are in the
// tables as if each change was made there on its own: of two flows and programs, in each
// state, some failed and some beside each other alike.
func TestWholeRunsAreInserted(t *testing.T) {
	var changes []Change
	for i := range 60 {
		id := fmt.Sprintf("r%02d", i)
		begin := StoredRun{Run: Run{ID: id, Flow: "f", State: Running, Started: time.Unix(int64(i), 1)}, Digest: []byte("d"), Start: []byte(id)}
		end := EndRun{RunID: id, State: Done, Ended: time.Unix(int64(i), 5)}
		switch {
		case i%7 == 3:
			begin.Flow, begin.Digest = "g", []byte("e")
		case i%11 == 5:
			begin.Digest = []byte("e")
		case i%13 == 6:
			end.State = Canceled
		case i >= 20 && i < 26 || i == 40:
			end.State, end.Failure = Failed, Failure{Code: "C" + id, Class: "c", Step: "/s", Message: "m"}
		}
		if i%5 == 1 {
			begin.Labels = map[string]string{"a": id}
		}
		changes = append(changes, BeginRun{StoredRun: begin, Program: []byte("p")}, AddRecord{id, 1, []byte("one")})
		if i%4 > 0 {
			changes = append(changes, AddRecord{id, 2, []byte("two")})
		}
		if i%9 != 8 { // else it goes on
			changes = append(changes, AddRecord{id, 3, []byte("three")}, end)
		}
	}
	one := tablesAfter(t, func(ctx context.Context, st *statements) error {
		for _, c := range changes {
			if err := st.apply(ctx, c); err != nil {
				return err
			}
		}
		return st.flush(ctx)
	})
	whole := tablesAfter(t, func(ctx context.Context, st *statements) error { return st.tables(ctx, changes) })
	if len(one) < 60+100 {
		t.Errorf("the tables have %d rows", len(one))
	}
	if diff := cmp.Diff(one, whole); diff != "" {
		t.Errorf("(-one by one +together):\n%s", diff)
	}
}

// tablesAfter returns what the tables of a new journal hold after a transaction, without
// the names of processes and the numbers of rows.
func tablesAfter(t *testing.T, do func(ctx context.Context, st *statements) error) (rows []string) {
	t.Helper()
	f, err := openFile(t.Context(), filepath.Join(testenv.Memory(t), "runs.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	err = f.transaction(t.Context(), writeWait, func(st *statements) error {
		for _, digest := range []string{"d", "e"} {
			if err := st.exec(t.Context(), sqlAddProgram, []byte(digest), []byte("p")); err != nil {
				return err
			}
		}
		return do(t.Context(), st)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`SELECT json_array(id, flow, state, started, ended, hex(digest), hex(start), owner <> '', waits, code, class, step, message, next, trace) FROM runs ORDER BY id`,
		`SELECT json_array(id, seq, data) FROM (SELECT id, seq, hex(data) AS data FROM records JOIN runs ON n = run) ORDER BY id, seq`,
		`SELECT json_array(id, name, value, labels.started) FROM labels JOIN runs ON n = run ORDER BY id`,
	} {
		some, err := f.ids(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, some...)
	}
	return rows
}
