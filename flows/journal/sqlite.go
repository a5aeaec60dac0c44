package journal

import (
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

// busyTimeout is how long a statement waits for another process that writes,
// in milliseconds.
const busyTimeout = "5000"

// databaseName is what the driver opens a file by.
func databaseName(path string) string {
	query := url.Values{"_pragma": {
		"busy_timeout(" + busyTimeout + ")", "synchronous(FULL)", "cache_size(-2000)", "trusted_schema(OFF)",
		"cell_size_check(ON)", "foreign_keys(OFF)",
		"journal_mode(WAL)",
	}, "_txlock": {"immediate"}, "mode": {"rwc"}}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String()
}

// openDatabase opens the file, which is there.
func openDatabase(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", databaseName(path))
	if err != nil {
		return nil, fmt.Errorf("opening: %w", err)
	}
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	return db, nil
}

// isBusy reports whether another process writes just now.
func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// mayNotWrite reports whether a file is not written because another process writes for
// long, or because nobody may.
func mayNotWrite(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return errors.Is(err, fs.ErrPermission)
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return true
	}
	return false
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

// explain is of a file that may be closed by now.
func (f *file) explain(err error) error {
	if err != nil && f.closed.Load() {
		return ErrClosed
	}
	return explain(err)
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
