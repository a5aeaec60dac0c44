package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
)

// State says where a run stands.
type State string

// The states of runs.
const (
	Running     State = "running"     // a process runs it
	Waiting     State = "waiting"     // a process runs it, and all that it does is to wait
	Interrupted State = "interrupted" // no process runs it: it can be resumed
	Done        State = "done"
	Failed      State = "failed"
	Canceled    State = "canceled"
)

// States lists every state.
func States() []State { return []State{Running, Waiting, Interrupted, Done, Failed, Canceled} }

// Run is a run in a list.
type Run struct {
	ID      string            // as in flows.WithRunID
	Flow    string            // the name of its flow
	State   State             // where it stands
	Started time.Time         // when it began
	Ended   time.Time         // zero for one that has not ended
	Waits   bool              // of one that has not ended: all of its branches wait
	Owner   string            // the process that runs it, as the store names it; empty for none
	Labels  map[string]string // of the flow's header
	Next    string            // the run that this one was restarted as; empty for none
	Failure                   // how it failed; empty for one that did not
	Key     string            // orders it among the others: see Filter.After
}

// Failure says how a run failed, as lists show it.
type Failure struct {
	Code    string // such as Timeout
	Class   string // such as unavailable
	Step    string // the path of the step
	Message string // for people, without secrets; cut where it is long
}

// maxListed is how many bytes of a failure's message lists and searches know.
const maxListed = 4 << 10

func failureOf(e *report.RunError) Failure {
	text := e.Message
	if len(text) > maxListed {
		text = strings.ToValidUTF8(text[:maxListed], "")
	}
	return Failure{Code: e.Code, Class: string(e.Class), Step: e.Step, Message: text}
}

func (j *Journal) find(ctx context.Context, id string) (*StoredRun, error) {
	r, err := j.store.Find(ctx, id)
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading run %s: %w", id, err)
	case r == nil:
		return nil, &UnknownRunError{RunID: id}
	}
	return r, nil
}

// load reads a run whole, or says what is damaged.
func (j *Journal) load(ctx context.Context, r *StoredRun) (*start, []*record, error) {
	damaged := func(err error) (*start, []*record, error) {
		var failed *WriteError
		if errors.As(err, &failed) || errors.Is(err, ErrClosed) {
			return nil, nil, fmt.Errorf("reading run %s: %w", r.ID, err)
		}
		return nil, nil, &DamagedError{RunID: r.ID, Err: err}
	}
	s, err := j.start(ctx, r)
	if err != nil {
		return damaged(err)
	}
	records, err := j.records(ctx, r.ID)
	if err != nil {
		return damaged(err)
	}
	return s, records, nil
}

// start reads what a run begins with.
func (j *Journal) start(ctx context.Context, r *StoredRun) (*start, error) {
	program, err := j.store.Program(ctx, r.Digest)
	switch {
	case err != nil:
		return nil, err //nolint:wrapcheck // the caller names the run
	case program == nil:
		return nil, errors.New("its program is not there")
	}
	return readStart(r, program, j.keys)
}

func (j *Journal) records(ctx context.Context, id string) ([]*record, error) {
	read, err := j.recordsFrom(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	return read.list, checkGaps(read.list)
}

// someRecords are records that were read, with the checksums of the first and the last.
type someRecords struct {
	list        []*record
	first, last string
}

// recordsFrom reads the records of a run from a number on. It does not look at which are
// missing.
func (j *Journal) recordsFrom(ctx context.Context, id string, from int64) (read someRecords, err error) {
	each := func(number int64, data []byte) error {
		if number < from {
			return nil
		}
		rec, err := decodeRecord(id, number, data)
		if err != nil {
			return fmt.Errorf("record %d: %w", number, err)
		}
		sum := string(data[len(data)-sumSize:])
		if read.last = sum; len(read.list) == 0 {
			read.first = sum
		}
		read.list = append(read.list, rec)
		return nil
	}
	if s, ok := j.store.(interface {
		RecordsFrom(ctx context.Context, run string, from int64, each func(number int64, data []byte) error) error
	}); ok && from > 0 {
		err = s.RecordsFrom(ctx, id, from, each)
	} else {
		err = j.store.Records(ctx, id, each)
	}
	return read, err //nolint:wrapcheck // the caller names the run
}

// RecordsFrom reads the records of a run from a number on.
func (f *file) RecordsFrom(ctx context.Context, run string, from int64, each func(number int64, data []byte) error) error {
	if err := f.upToDate(ctx, run); err != nil {
		return err
	}
	return f.each(ctx, func(rows *sql.Rows) error {
		var seq int64
		var data []byte
		if err := rows.Scan(&seq, &data); err != nil {
			return err //nolint:wrapcheck // each explains it
		}
		return each(seq, data)
	}, `SELECT seq, data FROM records WHERE run = (SELECT n FROM runs WHERE id = ?) AND seq >= ? ORDER BY seq`, run, from)
}

// endState is the state that the last record of a run tells.
func (j *Journal) endState(id string, rec *record) State {
	v, _ := j.body(id, rec)
	m, _ := v.(map[string]any)
	return State(wire.TextAt(m, "state"))
}
