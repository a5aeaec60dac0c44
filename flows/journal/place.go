package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// maxLinks bounds the links from a path to a journal that is not there yet.
const maxLinks = 40

// resolved follows the links of a path, so that all paths to one journal share
// its lock and its log. What the path names need not be there.
func resolved(path string) (string, error) {
	if path == "" {
		return "", errors.New("the path is empty")
	}
	for range maxLinks {
		real, err := filepath.EvalSymlinks(path)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return real, err //nolint:wrapcheck // it names the path
		}
		target, err := os.Readlink(path)
		if err != nil { // no link: the file is not there, its folder has to be
			folder, err := filepath.EvalSymlinks(filepath.Dir(path))
			return filepath.Join(folder, filepath.Base(path)), err //nolint:wrapcheck // it names the path
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return "", errors.New("there are too many links")
}

// anchor is a file that has to stay where it is while a journal is open.
type anchor struct {
	path  string
	known bool // whether id is
	id    identity
}

// anchored makes sure that neither the journal nor its lock or its log was
// deleted or replaced: what is written then would be lost, and another process
// could take the journal as well.
func (f *file) anchored() error {
	if f.closed.Load() {
		return ErrClosed
	}
	for i := range f.anchors {
		a := &f.anchors[i]
		id, err := identify(a.path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && !a.known:
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%s was deleted while the journal was in use", a.path)
		case err != nil:
			return fmt.Errorf("%w", err)
		case !a.known:
			a.id, a.known = id, true
		case !a.id.same(id):
			return fmt.Errorf("%s was replaced while the journal was in use", a.path)
		}
	}
	return nil
}

// single refuses a file that has a second name: SQLite keeps the log beside the
// name by which the file was opened, so the two would not know of each other.
func single(path string, info os.FileInfo) error {
	if n := linksOf(info); n > 1 {
		return fmt.Errorf("%s has %d names (hard links): SQLite keeps a log for each, and the journal would be damaged; leave it one", path, n)
	}
	return nil
}
