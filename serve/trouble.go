package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// trouble is what there is to tell of a journal that cannot be written: once when it
// begins and once when it is over, however many runs it concerns.
type trouble struct {
	mu     sync.Mutex
	under  bool
	begun  int // runs that could not begin, or go on
	halted int // runs that stopped
	// over has interrupted runs looked for at once.
	over chan struct{}
}

// stopped notes the end of a run that the journal could not take.
func (s *Server) stopped(g *running) {
	if g.err == nil {
		return
	}
	begun, halted := 0, 1
	if s.runs.unwritten(g) != nil {
		begun, halted = 1, 0
	}
	s.unwritten(g.err, begun, halted)
}

// lookAgain is how often a journal is looked at that could not be written.
const lookAgain = time.Second

// unwritten reports whether an error is that the journal could not be written, and notes
// it: runs that could not begin, and runs that stopped.
func (s *Server) unwritten(err error, begun, halted int) bool {
	var failed *journal.WriteError
	if s.config.Journal == nil || !errors.As(err, &failed) {
		return false
	}
	t := &s.trouble
	t.mu.Lock()
	defer t.mu.Unlock()
	t.begun += begun
	t.halted += halted
	if t.under || s.life.Err() != nil {
		return true
	}
	t.under = true
	s.config.Notice(Notice{Problem: true, Text: "the journal cannot be written: until it can be, no run begins, and those under way stop where they are and go on then", Err: failed.Err})
	s.work.Go(s.untilWritten)
	return true
}

// untilWritten waits until the journal can be written.
func (s *Server) untilWritten() {
	for s.life.Err() == nil {
		sleep(s.life, lookAgain, nil)
		if s.config.Journal.Ready(s.life) != nil {
			continue
		}
		t := &s.trouble
		t.mu.Lock()
		text := fmt.Sprintf("the journal can be written again; meanwhile no run began or went on (%d attempts), and %d stopped, which go on now", t.begun, t.halted)
		t.under, t.begun, t.halted = false, 0, 0
		t.mu.Unlock()
		s.config.Notice(Notice{Text: text})
		select {
		case t.over <- struct{}{}:
		default:
		}
		return
	}
}

// codeJournalFailed is that of what wants the journal while it cannot be used.
const codeJournalFailed = "JournalFailed"

// journalFailed is the problem of a caller whose run could not be written down. The run is
// empty where nothing is kept of it.
func (r *route) journalFailed(run string) *report.Problem {
	p := &report.Problem{Status: http.StatusServiceUnavailable, Code: codeJournalFailed, Run: run, Help: r.helpLater()}
	if p.Detail = "the server cannot write down runs at the moment: the run did not begin"; run != "" {
		p.Detail = "the server cannot write down runs at the moment: the run stopped, and goes on once it can"
	}
	return p
}

// nothingTaken is the problem of a caller who wants to tell a run something.
func nothingTaken(run string) report.Problem {
	return report.Problem{
		Status: http.StatusServiceUnavailable, Code: codeJournalFailed, Run: run,
		Detail: "nothing was taken: the server cannot write it down at the moment", Help: helpLater,
	}
}

// notReady is why the server takes no work, as the journal or the carrier says it. Others than
// operators are not told about files.
func (s *Server) notReady(ctx context.Context, operators bool) *report.Problem {
	if s.records == nil {
		return nil
	}
	err := s.records.ready(ctx)
	if err == nil {
		return nil
	}
	if !s.unwritten(err, 0, 0) {
		p := s.unreadJournal(err)
		return &p
	}
	p := &report.Problem{Status: http.StatusServiceUnavailable, Code: codeJournalFailed, Detail: "the journal cannot be written", Help: helpLater}
	if operators {
		p.Detail = err.Error()
		p.Help = "give the disk of the journal room, or mend what the detail says; the server goes on by itself"
	}
	return p
}
