package journal

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkFold puts runs of one change, 16 in each transaction, into the tables.
func BenchmarkFold(b *testing.B) {
	f, err := openFile(b.Context(), filepath.Join(b.TempDir(), "runs.db"), true)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // the benchmark is over
	data := bytes.Repeat([]byte("x"), 100)
	f.st.tail.most = 1 << 30
	started := time.Now()
	for n := 0; n < b.N; {
		b.StopTimer()
		for n < b.N && len(f.st.tail.list) < tailRows-1 {
			var first, second []Change
			for range 16 {
				n++
				id := fmt.Sprintf("01a22a3c-%04d-7648-b436-0add175d%04d", n/1000, n%1000)
				begin := StoredRun{Run: Run{ID: id, Flow: "the-flow", State: Running, Started: started.Add(time.Duration(n))}, Digest: bytes.Repeat([]byte("d"), 32), Start: bytes.Repeat(data, 5)}
				first = append(first, BeginRun{StoredRun: begin, Program: []byte("p"), made: true}, AddRecord{id, 1, data})
				second = append(second, AddRecord{id, 2, data}, AddRecord{id, 3, data}, EndRun{RunID: id, State: Done, Ended: started.Add(time.Duration(n + 100))})
			}
			for _, changes := range [][]Change{first, second} {
				if err := f.write(b.Context(), changes); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.StartTimer()
		if err := f.upToDate(b.Context(), ""); err != nil {
			b.Fatal(err)
		}
	}
}
