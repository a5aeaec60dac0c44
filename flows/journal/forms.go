package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// The header of a journal: SQLite's application id says that it is one ("MdlJ"),
// its user version says which form the tables have. Form 1 knew of one process.
const (
	applicationID = 0x4d646c4a
	firstForm     = 1
	formatVersion = 2
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

// owners is what form 2 adds: the process that runs a run, and the signals that a
// run was given. Their numbers are never used again, so that others find by them
// what is new.
const owners = `
ALTER TABLE runs ADD COLUMN owner TEXT NOT NULL DEFAULT '';
CREATE TABLE signals (
	n INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL,
	state TEXT NOT NULL, given INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE (run, name, key));
CREATE INDEX signals_not_taken ON signals (run) WHERE state = 'given';
`

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
	case app == applicationID && version == firstForm && !alone:
		return errOldForm
	case app == applicationID && version == firstForm:
		return inOne(ctx, db, owners)
	case app == applicationID:
		return fmt.Errorf("it has the form %d, this program reads form %d", version, formatVersion)
	case !fresh || !alone:
		return errors.New("it is no journal")
	}
	return inOne(ctx, db, tables+owners)
}

// inOne changes the tables in one transaction, with the header.
func inOne(ctx context.Context, db *sql.DB, text string) error {
	header := fmt.Sprintf("BEGIN IMMEDIATE; PRAGMA application_id=%d; PRAGMA user_version=%d; %s COMMIT;", applicationID, formatVersion, text)
	_, err := db.ExecContext(ctx, header)
	return explain(err)
}
