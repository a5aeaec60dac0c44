package journal

import (
	"context"
	"time"
)

// Store keeps the runs of a journal. [Open] has one in a SQLite file; a program
// that keeps its data elsewhere gives one of its own to [OpenStore].
//
// A store keeps bytes and understands none of them: the journal encrypts what is
// secret, and finds damage by checksums. What it has to promise is that a
// Commit is whole or not there at all, and survives a loss of power once it has
// returned. Its methods may be called at the same time.
//
// One process at a time runs the runs of a store; others may look at them and
// ask to cancel them. For several see [Shared].
//
// Some methods more save reading where a store has them, and change nothing else:
// Latest, of which [Journal.Mark] tells,
//
//	RecordsFrom(ctx context.Context, run string, from int64, each func(number int64, data []byte) error) error
//	LastRecord(ctx context.Context, run string) (number int64, data []byte, err error) // 0 for none
//
// and of a [SignalStore]
//
//	SignalsOf(ctx context.Context, run string) ([]SignalID, error) // that were given
type Store interface {
	// Commit makes changes in their order, all of them or none. After one that failed it
	// is given some that change nothing, or no change at all, to find out whether the store
	// can be written again.
	Commit(ctx context.Context, changes []Change) error
	// Find returns a run; nil where there is none of that name.
	Find(ctx context.Context, id string) (*StoredRun, error)
	// Program returns what BeginRun stored under a digest; nil where nothing is.
	Program(ctx context.Context, digest []byte) ([]byte, error)
	// Records calls each with the records of a run, in the order of their
	// numbers, as they are at one moment. What it gives is kept: a buffer that is
	// filled again for the next record would be read as damage.
	Records(ctx context.Context, id string, each func(number int64, data []byte) error) error
	// Runs lists runs, the latest first.
	Runs(ctx context.Context, filter Filter) ([]Run, error)
	// Cancels lists the runs that CancelRun named and that have not ended since.
	Cancels(ctx context.Context) ([]string, error)
	// Prune deletes runs that ended before a time, with their records and the
	// programs that no other run needs, and gives their number.
	Prune(ctx context.Context, before time.Time) (int64, error)
	// Verify says what is wrong with the store itself; nil where nothing is.
	Verify(ctx context.Context) error
	// Close returns the store up.
	Close() error
}

// SignalStore is a Store that keeps the signals of runs, too. A run of a flow
// that waits for signals does not begin on a store that is none.
//
// Its Commit takes GiveSignal, TakeSignal, OpenSignal and CloseSignal beside the
// other changes. Prune deletes the signals of a run with the run.
type SignalStore interface {
	Store
	// Signal returns what is kept under a run, a name and a key; nil where
	// nothing is.
	Signal(ctx context.Context, id SignalID) (*StoredSignal, error)
	// SignalsSince returns the signals with a larger number that were given, and
	// the largest number of these: what other processes have given since then.
	// Numbers begin with 1. For -1 it returns none, and the largest number of all.
	SignalsSince(ctx context.Context, number int64) (given []SignalID, last int64, err error)
}

// SignalID names a signal in a Store.
type SignalID struct {
	RunID string // of the run that it is given to
	Name  string // with the paths of the steps that call flows in front
	Key   string // empty for none
}

// StoredSignal is a signal as a SignalStore keeps it.
type StoredSignal struct {
	SignalID
	// Closed is true for a signal that was not given, and whose wait ran out.
	Closed bool
	Given  time.Time // when it was given
	Data   []byte    // its values, encrypted where they hold a secret
}

// Shared is what a Store adds so that several processes run runs on it at the
// same time, each run by one of them at most. A store without it belongs to one
// process.
//
// Who may run a run is settled in the store's transactions and by whether a
// process still lives: there is no clock and no lease that could run out under a
// process that is only slow. A Commit is refused whole, with
//   - an *ExistsError where BeginRun finds a run of that name,
//   - a *RunningError where TakeRun finds another owner than it expects,
//   - ErrNotOwner where it adds records to a run, or ends one, that is not this
//     process's: somebody has taken it for dead.
type Shared interface {
	Store
	// Owner names this process, as no other was or will be named; empty where the
	// store was opened to look at.
	Owner() string
	// Alive reports whether the process of a name may still run its runs. Once it
	// is false it stays so: the system has to know that the process has ended, or
	// has given its store up.
	Alive(ctx context.Context, owner string) (bool, error)
}

// StoredRun is a run as a Store keeps it. Its State is Running until it ends.
type StoredRun struct {
	Run
	Digest []byte // of its program
	Start  []byte // what it begins with
}

// Change is one change of a Store: a BeginRun, AddRecord, DropRecords, EndRun or
// CancelRun; RestartRun for one whose runs are restarted; for a Shared one TakeRun and LeaveRun; for a Searcher WaitRun; for a
// Housekeeper DeleteRun and KeepRuns; for a TickStore MoveTicks and ForgetTicks; for a TraceStore TraceRun;
// for a SignalStore GiveSignal, TakeSignal, OpenSignal and CloseSignal; for a
// NoticeStore AddNotice, TakeNotices, DropNotices and ForgetNotices.
type Change interface{ change() }

// BeginRun stores a run that begins, and its program where that is new. A run
// of that name must not be there. Its owner is who stores it.
type BeginRun struct {
	StoredRun
	Program []byte // what the run is resumed with

	made bool // its name was made for it, and no other run has it
}

// AddRecord adds a record to a run.
type AddRecord struct {
	RunID  string // of the run that it belongs to
	Number int64  // counts a run's records from 1
	Data   []byte // what is recorded, encrypted where the journal has keys
}

// DropRecords deletes the records of a run from one number to another, both
// included, as far as they are there.
type DropRecords struct {
	RunID    string // of the run that they belong to
	From, To int64  // the first and the last number to drop
}

// EndRun changes the state of a run that has ended, and forgets that somebody
// asked to cancel it.
type EndRun struct {
	RunID   string    // of the run that ended
	State   State     // how it ended
	Ended   time.Time // when it ended
	Failure Failure   // how it failed; empty where it did not
}

// CancelRun notes that a run is to be canceled, for whoever runs it; again is no
// error.
type CancelRun struct{ RunID string }

// TakeRun makes a run that has not ended this process's.
type TakeRun struct {
	RunID string // of the run to take
	From  string // its owner until now, who is not alive; empty for nobody
}

// LeaveRun gives a run up that has not ended. One that is not this process's
// stays as it is.
type LeaveRun struct{ RunID string }

// RestartRun notes that a run that has ended goes on as another one, which begins
// in the same transaction. It is refused, with a *RestartedError, for a run that
// has not ended, or goes on as one already.
type RestartRun struct {
	RunID string // of the run that ended
	Next  string // the name of the one that it goes on as
}

func (RestartRun) change() {}

// DeleteRun deletes a run that has ended, with its records, and its program
// where no other run needs it. It does nothing for one that is not there, or has
// not ended.
type DeleteRun struct{ RunID string }

// KeepRuns keeps a Keeping, in place of that of the same flow and state; or
// forgets that one.
type KeepRuns struct {
	Keeping
	Forget bool // there is to be none for the flow and state
}

// WaitRun notes that all branches of a run wait for a while, or that they do not
// any more.
type WaitRun struct {
	RunID string // of the run
	Waits bool   // whether it waits
}

func (WaitRun) change()   {}
func (DeleteRun) change() {}
func (KeepRuns) change()  {}

// GiveSignal keeps a signal, and numbers it. It does nothing where one of that
// name and key is kept, given or closed; where the run is not there or has
// ended; and where Most signals of the run were given that TakeSignal did not
// name.
type GiveSignal struct {
	StoredSignal
	Most int // signals of the run that nothing has taken yet
}

// TakeSignal notes that the run has taken a signal that was given.
type TakeSignal struct{ SignalID }

// OpenSignal forgets that a signal was closed.
type OpenSignal struct{ SignalID }

// CloseSignal keeps that a signal was not given in time. It does nothing where
// it was given.
type CloseSignal struct{ SignalID }

func (GiveSignal) change()  {}
func (TakeSignal) change()  {}
func (OpenSignal) change()  {}
func (CloseSignal) change() {}
func (BeginRun) change()    {}
func (AddRecord) change()   {}
func (DropRecords) change() {}
func (EndRun) change()      {}
func (CancelRun) change()   {}
func (TakeRun) change()     {}
func (LeaveRun) change()    {}
