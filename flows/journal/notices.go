package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/flows/report"
)

// Notice is something that somebody is to be told, and that a journal keeps until
// that was done. It holds no secret: it is not encrypted.
type Notice struct {
	ID    string    // tells it from others; a second one of the same ID is dropped
	To    string    // who is to be told: a name that the caller gives
	At    time.Time // when there was something to tell
	Data  []byte    // what to tell
	Owner string    // the process that is to tell it; the journal sets it
}

// RunEnd is how a run ended.
type RunEnd struct {
	ID, Flow, Trigger string           // the run, the name of its flow, and that of the trigger that began it; empty for none
	State             State            // Done, Failed or Canceled
	Started, Ended    time.Time        // of the run
	Failure           *report.RunError // nil where it is done; without secrets
}

// NoticeStore is a Store that keeps notices, too. Its Commit takes AddNotice,
// TakeNotices, DropNotices and ForgetNotices beside the other changes.
type NoticeStore interface {
	Store
	// Notices returns what is kept for somebody, the oldest first: at most a number of
	// them, of one owner.
	Notices(ctx context.Context, to, owner string, most int) ([]Notice, error)
	// NoticeOwners returns the owners of what is kept for somebody, each once.
	NoticeOwners(ctx context.Context, to string) ([]string, error)
}

// AddNotice keeps a notice. It does nothing where one of that ID is kept.
type AddNotice struct{ Notice }

// TakeNotices makes what is kept for somebody and another owner this process's.
type TakeNotices struct{ To, From, Owner string }

// DropNotices forgets notices that were told; those that are not there are no error.
type DropNotices struct{ IDs []string }

// ForgetNotices forgets notices of before a time, whoever is to tell them.
type ForgetNotices struct{ Before time.Time }

func (AddNotice) change()     {}
func (TakeNotices) change()   {}
func (DropNotices) change()   {}
func (ForgetNotices) change() {}

func (j *Journal) noticeStore() (NoticeStore, error) {
	if s, ok := j.store.(NoticeStore); ok {
		return s, nil
	}
	return nil, fmt.Errorf("the store of the journal keeps no notices: %w", errors.ErrUnsupported)
}

// KeepNotices has the journal ask, from now on, what is to be told of each run that
// ends in this process. What tell returns is kept in the transaction that ends the
// run: neither is there without the other. tell is called at the same time for
// several runs, and must not wait. The error is errors.ErrUnsupported where the store
// keeps no notices.
func (j *Journal) KeepNotices(tell func(RunEnd) []Notice) error {
	if _, err := j.noticeStore(); err != nil {
		return err
	}
	j.tell.Store(&tell)
	return nil
}

// noticed are the changes that keep what is to be told of the end of a run.
func (r *run) noticed(end EndRun, failure *report.RunError) []Change {
	tell := r.journal.tell.Load()
	if tell == nil {
		return nil
	}
	began := r.exec.Began()
	var changes []Change
	for _, n := range (*tell)(RunEnd{
		ID: r.id, Flow: r.flow, Trigger: began.Trigger, State: end.State, Started: r.started, Ended: end.Ended, Failure: failure,
	}) {
		n.Owner = r.journal.owner()
		changes = append(changes, AddNotice{n})
	}
	return changes
}

// AddNotice keeps a notice that is about no end of a run.
func (j *Journal) AddNotice(ctx context.Context, n Notice) error {
	n.Owner = j.owner()
	return j.changeNotices(ctx, AddNotice{n})
}

// Notices returns what this process is to tell somebody, the oldest first: also what
// processes were to tell that have ended, of which each goes to one that asks.
func (j *Journal) Notices(ctx context.Context, to string, most int) ([]Notice, error) {
	s, err := j.noticeStore()
	if err != nil {
		return nil, err
	}
	owners, err := s.NoticeOwners(ctx, to)
	if err != nil {
		return nil, fmt.Errorf("reading notices: %w", err)
	}
	for _, owner := range owners {
		if owner == j.owner() {
			continue
		}
		alive, err := j.alive(ctx, owner)
		if err != nil {
			return nil, err
		}
		if alive {
			continue
		}
		if err := j.changeNotices(ctx, TakeNotices{To: to, From: owner, Owner: j.owner()}); err != nil {
			return nil, err
		}
	}
	list, err := s.Notices(ctx, to, j.owner(), most)
	if err != nil {
		return nil, fmt.Errorf("reading notices: %w", err)
	}
	return list, nil
}

// DropNotices forgets notices that were told.
func (j *Journal) DropNotices(ctx context.Context, ids ...string) error {
	return j.changeNotices(ctx, DropNotices{ids})
}

// ForgetNotices forgets notices of before a time, which nobody could be told.
func (j *Journal) ForgetNotices(ctx context.Context, before time.Time) error {
	return j.changeNotices(ctx, ForgetNotices{before})
}

func (j *Journal) changeNotices(ctx context.Context, c Change) error {
	s, err := j.noticeStore()
	if err != nil {
		return err
	}
	if err := s.Commit(ctx, []Change{c}); err != nil {
		return fmt.Errorf("keeping notices: %w", err)
	}
	return nil
}
