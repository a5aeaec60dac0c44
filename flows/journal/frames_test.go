package journal_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/testenv"
)

// Sizes of SQLite's log: of its header, and of a frame, which has a page.
const (
	logHead   = 32
	frameSize = 24 + 4096
)

// powered is a journal whose power can be lost at any moment: what the disk had then
// is its log up to some byte, and not less than what was waited for.
type powered struct {
	*changing
	path string

	mu      sync.Mutex
	synced  int         // bytes of the log that were waited for
	sights  []sighted   // what stood in the witness
	told    map[int]int // bytes that were waited for when a run was told to have ended, by its number
	file    []byte
	wal     []byte
	program string
}

type sighted struct {
	synced  int
	witness []byte
}

// look keeps what the witness says now, which the disk may have got before a loss.
func (p *powered) look() {
	text, _ := os.ReadFile(p.path + ".witness")
	p.sights = append(p.sights, sighted{p.synced, text})
}

// sync waits for the disk, and notes what was written when that began.
func (p *powered) sync(wait func() error) error {
	p.mu.Lock()
	p.look()
	p.mu.Unlock()
	info, err := os.Stat(p.path + "-wal")
	if err != nil {
		return err
	}
	if err := wait(); err != nil {
		return err
	}
	p.mu.Lock()
	p.synced = max(p.synced, int(info.Size()))
	p.look()
	p.mu.Unlock()
	p.changing.mu.Lock()
	defer p.changing.mu.Unlock()
	p.commits = max(p.commits, int(info.Size()))
	return nil
}

// runAll runs a flow several times at once, and keeps the files as they are then.
func (p *powered) runAll(t *testing.T, runs int) {
	t.Helper()
	j, err := journal.Open(p.path)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, j)
	journal.OnSync(j, p.sync)
	journal.SetPiece(j, 8)
	journal.SetFold(j, 4)
	flow, _ := p.load(t, p.program)
	var work sync.WaitGroup
	for i := range runs {
		work.Go(func() {
			p.runToEnd(t, j, flow, []flows.RunOption{flows.WithRunID(fmt.Sprint("r", i))})
			p.mu.Lock()
			defer p.mu.Unlock()
			p.told[i] = p.synced
		})
	}
	work.Wait()
	if p.file, err = os.ReadFile(p.path); err == nil {
		p.wal, err = os.ReadFile(p.path + "-wal")
	}
	if err != nil || len(p.wal) > 1000*frameSize {
		t.Fatalf("%v, the log has %d bytes: a part of it is in the file already", err, len(p.wal))
	}
}

// cut makes what is left where the disk has so much of the log.
func (p *powered) cut(t *testing.T, size int) (folder string) {
	t.Helper()
	folder = testenv.Memory(t)
	var witness []byte
	for _, s := range p.sights {
		if s.synced <= size {
			witness = s.witness
		}
	}
	for name, text := range map[string][]byte{"runs.db": p.file, "runs.db-wal": p.wal[:size], "runs.db.witness": witness} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// goesOn resumes all that is left, and looks at everything that was changed.
func (p *powered) goesOn(t *testing.T, before []effect, size int) (resumed int) {
	t.Helper()
	folder := p.cut(t, size)
	j, err := journal.Open(filepath.Join(folder, "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, j)
	if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("%d bytes of the log: %v, %v", size, problems, err)
	}
	runs, err := j.Runs(t.Context(), journal.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]journal.State{}
	for _, r := range runs {
		there[r.ID] = r.State
	}
	for i, told := range p.told {
		if state := there[fmt.Sprint("r", i)]; told <= size && state != journal.Done && state != journal.Failed {
			t.Errorf("%d bytes of the log: run r%d was told to have ended and is %q", size, i, state)
		}
	}
	p.effects = nil
	_, reg := p.load(t, p.program)
	for _, r := range runs {
		if r.State != journal.Interrupted {
			continue
		}
		resumed++
		if strings.Contains(p.program, "signal:") {
			if err := j.Signal(t.Context(), r.ID, reg, "go", "", map[string]any{"n": int64(7)}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := j.Resume(t.Context(), r.ID, reg)
		var interrupted *journal.InterruptedError
		var lost *journal.LossError
		if errors.As(err, &interrupted) || errors.As(err, &lost) {
			t.Errorf("%d bytes of the log: %v", size, err)
		}
	}
	var all []effect
	for _, e := range before {
		if e.after <= size {
			all = append(all, e)
		}
	}
	judge(t, append(all, p.effects...))
	return resumed
}

// TestPowerIsLostAtEveryFrame: whatever the disk had of the log when power was lost,
// between two transactions, in the middle of a fold or with a torn frame, the runs go on
// as after a kill, and the witness misses nothing.
func TestPowerIsLostAtEveryFrame(t *testing.T) {
	programs := map[string]string{"three changes": threeSteps}
	for name, text := range prefixFlows {
		programs[name] = text
	}
	for name, text := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &powered{changing: &changing{}, path: newPath(t), told: map[int]int{}, program: text}
			p.runAll(t, 6)
			before := p.effects
			if len(before) == 0 || before[0].after == 0 {
				t.Fatalf("something changed before anything was on disk: %v", before)
			}
			frames := (len(p.wal) - logHead) / frameSize
			resumed := 0
			defer func() { t.Logf("%d frames, %d runs were resumed", frames, resumed) }()
			for n := range frames + 1 {
				if !thorough && rand.IntN(frames) >= 8 {
					continue
				}
				size := logHead + n*frameSize
				resumed += p.goesOn(t, before, size)
				resumed += p.goesOn(t, before, min(len(p.wal), size+rand.IntN(frameSize)))
			}
		})
	}
}
