package journal_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// TestDamagedLog changes random bytes of the log that SQLite has not taken into
// the file yet, as after a loss of power: the run is read up to some whole
// record, or refused. What it calls then is what is left from there on.
func TestDamagedLog(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	journal.SetFold(j, 4)
	whole := &calls{}
	const flow = `flow: t
steps:
  - {id: l, forEach: "${1..12}", as: n, do: [{id: x, call: test.change, with: {name: "x${n}", value: "${n * 1000003}"}}], collect: "${steps.x}"}
output: "${steps.l}"
`
	result, err := j.Run(t.Context(), load(t, whole, flow), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	want := jsonOf(t, result.Output)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(path + "-wal")
	if err != nil || len(log) == 0 {
		t.Fatalf("there is no log: %v", err)
	}
	rounds := 100
	if testing.Short() {
		rounds = 10
	}
	refused, shorter, ended := 0, 0, 0
	for range rounds {
		bad := slices.Clone(log)
		if rand.IntN(2) == 0 {
			bad = bad[:rand.IntN(len(bad))]
		} else {
			bad[rand.IntN(len(bad))] ^= byte(1 + rand.IntN(255))
		}
		switch calls, output, err := resumeFiles(t, file, bad); {
		case err != nil:
			refused++
		case output != want:
			t.Errorf("the damaged run gives %s, want %s", output, want)
		case !slices.Equal(calls, whole.noted()[12-len(calls):]):
			t.Errorf("the damaged run calls %v", calls)
		case len(calls) > 0:
			shorter++
		default:
			ended++
		}
	}
	t.Logf("%d refused or ended, %d shorter, %d with nothing left to call", refused, shorter, ended)
	if shorter == 0 {
		t.Error("no damage shortened the run: the test damages nothing that counts")
	}
}
