package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// The header of a journal: SQLite's application id says that it is one ("MdlJ"),
// its user version says which form the tables have. Form 1 knew of one process,
// and of a run's flow, state and time alone; form 2 of no restarts, form 3 of no
// schedules, form 4 of no notices, form 5 of no traces,
// form 6 of no tail, form 7 of none that is in the tables in part; form 8 had all runs in
// the indexes by state.
const (
	applicationID = 0x4d646c4a
	firstForm     = 1
	formatVersion = 9
)

// tables of form 1: a program is stored once for all runs that pin it.
const tables = `
CREATE TABLE programs (digest BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE runs (
	n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, flow TEXT NOT NULL, state TEXT NOT NULL,
	started INTEGER NOT NULL, ended INTEGER NOT NULL, digest BLOB NOT NULL, start BLOB NOT NULL);
CREATE INDEX runs_by_state ON runs (state, started);
CREATE INDEX runs_by_start ON runs (started);
CREATE TABLE records (run INTEGER NOT NULL, seq INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (run, seq)) WITHOUT ROWID;
CREATE TABLE cancels (run TEXT PRIMARY KEY) WITHOUT ROWID;
`

// secondForm is what form 2 adds: the process that runs a run, what runs are
// found by, how the failed ones failed, how long runs are kept, and the signals
// that a run was given. Their numbers are never used again, so that others find by
// them what is new.
const secondForm = `
ALTER TABLE runs ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN class TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN step TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN message TEXT NOT NULL DEFAULT '';
CREATE INDEX runs_by_flow ON runs (flow, started);
CREATE INDEX runs_by_flow_state ON runs (flow, state, started);
CREATE INDEX runs_by_code ON runs (code, started) WHERE code <> '';
CREATE INDEX runs_by_class ON runs (class, started) WHERE class <> '';
CREATE INDEX runs_by_end ON runs (ended) WHERE ended > 0;
CREATE INDEX runs_by_program ON runs (digest);
CREATE TABLE labels (
	name TEXT NOT NULL, value TEXT NOT NULL, started INTEGER NOT NULL, run INTEGER NOT NULL,
	PRIMARY KEY (name, value, started, run)) WITHOUT ROWID;
CREATE INDEX labels_by_run ON labels (run);
CREATE TABLE keeping (flow TEXT NOT NULL, state TEXT NOT NULL, age INTEGER NOT NULL, PRIMARY KEY (flow, state)) WITHOUT ROWID;
CREATE TABLE signals (
	n INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL,
	state TEXT NOT NULL, given INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE (run, name, key));
CREATE INDEX signals_not_taken ON signals (run) WHERE state = 'given';
`

// thirdForm is what form 3 adds: the run that one was restarted as.
const thirdForm = `ALTER TABLE runs ADD COLUMN next TEXT NOT NULL DEFAULT '';`

// fourthForm is what form 4 adds: how far schedules have come.
const fourthForm = `
CREATE TABLE ticks (
	flow TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (flow, name)) WITHOUT ROWID;
`

// fifthForm is what form 5 adds: what somebody is to be told.
const fifthForm = `
CREATE TABLE notices (
	id TEXT PRIMARY KEY, recipient TEXT NOT NULL, owner TEXT NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX notices_by_recipient ON notices (recipient, owner, at);
`

// sixthForm is what form 6 adds: where the latest part of a run stands in a trace.
const sixthForm = `ALTER TABLE runs ADD COLUMN trace TEXT NOT NULL DEFAULT '';`

// seventhForm is what form 7 adds: what was written and is not in the other tables yet.
const seventhForm = `CREATE TABLE tail (n INTEGER PRIMARY KEY, owner TEXT NOT NULL, data BLOB NOT NULL);`

// eighthForm adds no table: row 0 of the tail says how much of it is in the tables, which
// a program of form 7 takes for damage.
const eighthForm = ""

// ninthForm leaves the runs that are done out of the indexes by state: that is how most
// end, and each took two entries more. Lists of them go by the indexes by start and by
// flow, which have the state behind what they are ordered by, so that the others are
// passed over there.
const ninthForm = `
DROP INDEX runs_by_state;
DROP INDEX runs_by_flow_state;
DROP INDEX runs_by_start;
DROP INDEX runs_by_flow;
CREATE INDEX runs_by_state ON runs (state, started) WHERE ` + sqlNotDone + `;
CREATE INDEX runs_by_flow_state ON runs (flow, state, started) WHERE ` + sqlNotDone + `;
CREATE INDEX runs_by_start ON runs (started, n, state);
CREATE INDEX runs_by_flow ON runs (flow, started, n, state);
`

// sqlNotDone is what a question says that uses an index by state: SQLite compares the text.
const sqlNotDone = "state <> 'done'"

// forms are what each form adds to the one before, from the second on.
var forms = []string{secondForm, thirdForm, fourthForm, fifthForm, sixthForm, seventhForm, eighthForm, ninthForm}

// errOldForm is the error of a journal that has to be brought to the form of
// this version before it can be read.
var errOldForm = errors.New("it has an older form, and another process uses it; look again when that has ended")

// prepare makes the tables of a new journal, brings those of an older one to
// the form of this version, and refuses what is no journal. It changes the file
// where no other process is using it.
func prepare(ctx context.Context, db *sql.DB, alone bool) error {
	var app, version, objects int
	row := db.QueryRowContext(ctx,
		`SELECT (SELECT * FROM pragma_application_id), (SELECT * FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`)
	if err := row.Scan(&app, &version, &objects); err != nil {
		return explain(err)
	}
	fresh := app == 0 && version == 0 && objects == 0
	switch {
	case app == applicationID && version == formatVersion:
		return nil
	case app == applicationID && version >= firstForm && version < formatVersion && !alone:
		return errOldForm
	case app == applicationID && version >= firstForm && version < formatVersion:
		then := nothingMore
		if version == firstForm {
			then = addFailures
		}
		return inOne(ctx, db, strings.Join(forms[version-firstForm:], ""), then)
	case app == applicationID:
		return fmt.Errorf("it has the form %d, this program reads form %d", version, formatVersion)
	case !fresh || !alone:
		return errors.New("it is no journal")
	}
	return inOne(ctx, db, tables+strings.Join(forms, ""), nothingMore)
}

func nothingMore(context.Context, *sql.Tx) error { return nil }

// inOne changes the tables in one transaction, with the header.
func inOne(ctx context.Context, db *sql.DB, text string, then func(context.Context, *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing to roll back once it is committed
	header := fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d; %s", applicationID, formatVersion, text)
	if _, err := tx.ExecContext(ctx, header); err != nil {
		return explain(err)
	}
	if err := then(ctx, tx); err != nil {
		return err
	}
	return explain(tx.Commit())
}

// addFailures writes how runs failed into their rows, where form 1 has it in
// their last record alone.
func addFailures(ctx context.Context, tx *sql.Tx) error {
	for after := int64(0); ; {
		var n, seq int64
		var id string
		var data []byte
		err := tx.QueryRowContext(ctx, `SELECT r.n, r.id, s.seq, s.data FROM runs r JOIN records s ON s.run = r.n
			WHERE r.n > ? AND r.state IN ('failed', 'canceled') AND s.seq = (SELECT max(seq) FROM records WHERE run = r.n)
			ORDER BY r.n LIMIT 1`, after).Scan(&n, &id, &seq, &data)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return explain(err)
		}
		after = n
		f := storedFailure(id, seq, data)
		if _, err := tx.ExecContext(ctx, `UPDATE runs SET code = ?, class = ?, step = ?, message = ? WHERE n = ?`,
			f.Code, f.Class, f.Step, f.Message, n); err != nil {
			return explain(err)
		}
	}
}

// storedFailure reads how a run failed from its last record; verify says what is
// damaged.
func storedFailure(id string, seq int64, data []byte) (f Failure) {
	rec, err := decodeRecord(id, seq, data)
	if err != nil || rec.kind != kindEnd {
		return f
	}
	v, _ := wire.Decode(rec.body)
	m, _ := v.(map[string]any)
	if e, ok := m["error"]; ok {
		f = failureOf(wire.FailureOf(e))
	}
	return f
}
