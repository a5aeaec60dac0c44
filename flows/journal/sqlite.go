package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// The header of a journal: SQLite's application id says that it is one ("MdlJ"),
// its user version says which form the tables and records have.
const (
	applicationID = 0x4d646c4a
	formatVersion = 1
)

// tables: a program is stored once for all runs that pin it.
const tables = `
CREATE TABLE programs (digest BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE runs (
	n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, flow TEXT NOT NULL, state TEXT NOT NULL,
	started INTEGER NOT NULL, ended INTEGER NOT NULL, digest BLOB NOT NULL, start BLOB NOT NULL);
CREATE INDEX runs_by_state ON runs (state, started);
CREATE INDEX runs_by_start ON runs (started);
CREATE TABLE records (run INTEGER NOT NULL, seq INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (run, seq)) WITHOUT ROWID;
CREATE TABLE cancels (run TEXT PRIMARY KEY) WITHOUT ROWID;
` + signalTable

// busyTimeout is how long a statement waits for another process that writes,
// in milliseconds.
const busyTimeout = "5000"

// openDatabase opens the file, which is there.
func openDatabase(path string) (*sql.DB, error) {
	query := url.Values{"_pragma": {
		"busy_timeout(" + busyTimeout + ")", "synchronous(FULL)", "cache_size(-2000)", "trusted_schema(OFF)",
		"cell_size_check(ON)", "foreign_keys(OFF)",
		"journal_mode(WAL)",
	}, "_txlock": {"immediate"}, "mode": {"rwc"}}
	name := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String()
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("opening: %w", err)
	}
	db.SetMaxOpenConns(4)
	return db, nil
}

// prepare makes the tables of a new journal, and refuses what is none.
func prepare(ctx context.Context, db *sql.DB, mayCreate bool) error {
	var app, version, objects int
	row := db.QueryRowContext(ctx,
		`SELECT (SELECT * FROM pragma_application_id), (SELECT * FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`)
	if err := row.Scan(&app, &version, &objects); err != nil {
		return explain(err)
	}
	switch {
	case app == applicationID && version == formatVersion:
		return prepareSignals(ctx, db, mayCreate)
	case app == applicationID:
		return fmt.Errorf("it has the form %d, this program reads form %d", version, formatVersion)
	case app != 0 || version != 0 || objects > 0 || !mayCreate:
		return errors.New("it is no journal")
	}
	header := fmt.Sprintf("BEGIN IMMEDIATE; PRAGMA application_id=%d; PRAGMA user_version=%d; %s COMMIT;", applicationID, formatVersion, tables)
	if _, err := db.ExecContext(ctx, header); err != nil {
		return explain(err)
	}
	return nil
}

// explain words what SQLite says about the world around it.
func explain(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	hint := map[int]string{
		sqlite3.SQLITE_FULL:     "the disk is full",
		sqlite3.SQLITE_READONLY: "it cannot be written to",
		sqlite3.SQLITE_CORRUPT:  "the file is damaged",
		sqlite3.SQLITE_NOTADB:   "the file is damaged, or it is no journal",
		sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
		sqlite3.SQLITE_BUSY:     "another process is writing for too long",
		sqlite3.SQLITE_IOERR:    "reading or writing failed",
	}[e.Code()&0xff]
	if hint == "" {
		return err
	}
	return fmt.Errorf("%s: %w", hint, err)
}

// magic is what a file of SQLite begins with.
const magic = "SQLite format 3\x00"

// isFile reports whether there is a file at a path, and says why it cannot be a
// journal.
func isFile(path string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("%w", err)
	case !info.Mode().IsRegular():
		return false, errors.New("it is no file")
	}
	return true, single(path, info)
}

// hasMagic says where a file that is not empty is none of SQLite's, before
// anything is made of it.
func hasMagic(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	begin := make([]byte, len(magic))
	if n, err := io.ReadFull(f, begin); n > 0 && (err != nil || string(begin) != magic) {
		return errors.New("it is no journal")
	}
	return nil
}
