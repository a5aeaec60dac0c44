package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
)

// hooked calls hook in each call of test.step, and gives 1.
func hooked(t *testing.T, hook func()) *connector.Registry {
	t.Helper()
	step := func(context.Context, struct{}) (int, error) {
		hook()
		return 1, nil
	}
	reg, err := connector.NewRegistry(&connector.Connector{Name: "test", Operations: []*connector.Operation{connector.Op("test.step", "Step.", step)}})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// TestWritingFailsForAWhile: a run whose end cannot be written has no answer and belongs
// to nobody once the journal can be written, which it finds out by itself.
func TestWritingFailsForAWhile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open cannot be moved there")
	}
	path := filepath.Join(t.TempDir(), "runs.db")
	j, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	other, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	lock := path + ".lock"
	reg := hooked(t, func() { _ = os.Rename(lock, lock+".away") })
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(`flow: t
triggers: [{http: POST /t, auth: none}]
steps: [{call: test.step}]
`)}}, "flow.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	h, err := j.Start(t.Context(), flow, nil, flows.WithRunID("r"), flows.WithTrigger("POST /t", nil))
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Wait(t.Context())
	var interrupted *InterruptedError
	var failed *WriteError
	if !errors.As(err, &interrupted) || !errors.As(err, &failed) || h.Answer() != nil {
		t.Errorf("the run gives %v, and the answer %v", err, h.Answer())
	}
	if err := j.Ready(t.Context()); !errors.As(err, &failed) {
		t.Errorf("ready: %v", err)
	}
	if _, err := j.StartSoon(t.Context(), flow, nil); !errors.As(err, &failed) {
		t.Errorf("a run begins: %v", err)
	}
	if err := os.Rename(lock+".away", lock); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); j.Ready(t.Context()) != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it stays not ready")
		}
	}
	quiet := hooked(t, func() {})
	if _, err := other.Resume(t.Context(), "r", quiet); err != nil {
		t.Errorf("another process goes on with it: %v", err)
	}
}

// TestGivenUpLater: a run that this process goes on with is not given up for what it
// could not be before.
func TestGivenUpLater(t *testing.T) {
	j, err := Open(filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	reg := hooked(t, func() {
		j.trouble.mu.Lock()
		j.trouble.next = time.Time{}
		j.trouble.mu.Unlock()
		j.tryAgain(context.Background())
	})
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte("flow: t\nsteps: [{call: test.step}, {call: test.step}]\n")}}, "flow.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	h, err := j.Start(t.Context(), flow, nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	h.Interrupt()
	_, _ = h.Wait(t.Context())
	j.giveUpLater("r")
	if _, err := j.Resume(t.Context(), "r", reg); err != nil {
		var state *StateError
		if !errors.As(err, &state) { // it was quicker than the interruption
			t.Error(err)
		}
	}
}

// TestProbe: what is tried needs room and is written to the file.
func TestProbe(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "runs.db")
	j, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	log := func() string {
		text, err := os.ReadFile(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	before := log()
	if err := j.store.(*file).probe(t.Context(), nil); err != nil || log() == before {
		t.Errorf("%v; the log has changed: %v", err, log() != before)
	}
	if left, _ := filepath.Glob(path + ".room*"); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
	if err := hasRoom(filepath.Join(folder, "none", "runs.db")); err == nil {
		t.Error("there is room in a folder that is not there")
	}
}
