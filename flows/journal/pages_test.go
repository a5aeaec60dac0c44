package journal

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestPages counts the pages of SQLite's log that runs of one change take, 16 in each
// transaction: few for what a caller waits for, and few for the tables.
func TestPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.db")
	f, err := openFile(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.mu.Lock()
	err = f.st.exec(t.Context(), "PRAGMA wal_autocheckpoint=0") // the log only grows
	f.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	pages := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size() / (4096 + 24)
	}
	const atOnce, rounds = 16, 20
	data := bytes.Repeat([]byte("x"), 100)
	runs, waited := int64(0), int64(0)
	var before int64
	commit := func(changes []Change) {
		t.Helper()
		was := pages()
		if err := f.Commit(t.Context(), changes); err != nil {
			t.Fatal(err)
		}
		waited += pages() - was
	}
	for round := range rounds {
		if round == 1 { // the first stores the program
			before, runs, waited = pages(), 0, 0
		}
		var first, second []Change
		for i := range atOnce {
			id := fmt.Sprintf("01a22a3c-%04d-7648-b436-0add175d%04d", round, i)
			begin := StoredRun{Run: Run{ID: id, Flow: "f", State: Running, Started: time.Unix(int64(round), int64(i))}, Digest: []byte("d"), Start: bytes.Repeat(data, 5)}
			first = append(first, BeginRun{StoredRun: begin, Program: []byte("p")}, AddRecord{id, 1, data})
			second = append(second, AddRecord{id, 2, data}, AddRecord{id, 3, data}, EndRun{RunID: id, State: Done, Ended: time.Unix(int64(round), 1000)})
			runs++
		}
		commit(first)
		commit(second)
	}
	if err := f.upToDate(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	transactions := 2 * (runs / atOnce)
	t.Logf("%.2f pages for each of %d transactions, %.2f for each of %d runs with the tables",
		float64(waited)/float64(transactions), transactions, float64(pages()-before)/float64(runs), runs)
	if waited > 7*transactions {
		t.Errorf("%d transactions took %d pages", transactions, waited)
	}
	if all := pages() - before; all > 2*runs {
		t.Errorf("%d runs took %d pages", runs, all)
	}
}
