package journal

import (
	"context"
	"sync/atomic"
	"testing"
	"time"
)

// restless is a store that always has something left for later.
type restless struct {
	Store
	writing  func(n int64)
	settling func(n int64) // waits for the disk

	writes, settles, rests atomic.Int64
}

func (s *restless) write(context.Context, []Change) error { s.writing(s.writes.Add(1)); return nil }
func (s *restless) settle([]Change) error                 { s.settling(s.settles.Add(1)); return nil }
func (s *restless) rest(context.Context) time.Duration    { s.rests.Add(1); return 1 }

// TestRestBesideTheDisk: while the disk is waited for, what was left for later is done,
// and what comes then is written beside it all the same.
func TestRestBesideTheDisk(t *testing.T) {
	until := func(is func() bool) {
		for !is() && t.Context().Err() == nil {
			time.Sleep(100 * time.Microsecond)
		}
	}
	var w *writer
	add := func() {
		j := &job{run: &run{}, changes: func() []Change { return []Change{CancelRun{}} }}
		if err := w.add(j, false); err != nil {
			t.Error(err)
		}
	}
	release := make(chan struct{})
	s := &restless{
		writing: func(n int64) {
			if n == 1 {
				add()
			}
		},
		settling: func(n int64) {
			switch n {
			case 1: // until the second transaction waits for the disk as well
				until(func() bool { return w.handed.Load() == 2 })
			case 2:
				<-release
			}
		},
	}
	w = startWriter(s, func(error) {})
	defer w.close()
	defer close(release)
	add()
	until(func() bool { return s.settles.Load() == 2 })
	for range 3 {
		before := s.rests.Load()
		until(func() bool { return s.rests.Load() > before })
	}
	add()
	until(func() bool { return s.writes.Load() == 3 })
	if n := s.settles.Load(); n != 2 {
		t.Errorf("the disk was waited for %d times", n)
	}
}
