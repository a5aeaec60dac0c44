package schema

import (
	"io/fs"
	"strconv"

	"github.com/medlar-flow/medlar/internal/readfile"
)

// File is a file that a parameter names and that nobody has read: what a field
// with Unread is given for {file: path}.
type File struct {
	fsys fs.FS
	path string
}

// NewFile returns a file of a file system.
func NewFile(fsys fs.FS, path string) *File { return &File{fsys, path} }

// Path is the file's name in its file system, which is below the flow's root
// folder.
func (f *File) Path() string { return f.path }

// Open opens the file, which must be a plain one: a pipe or a device is refused
// without opening it. It can be read from any place where its file system can
// do that, as os.DirFS can (io.ReaderAt).
func (f *File) Open() (fs.File, error) {
	opened, _, err := readfile.Open(f.fsys, f.path)
	return opened, readfile.About(strconv.Quote(f.path), err) //nolint:wrapcheck // it names the file
}

// Shown is the file as flows write it: {file: path}.
func (f *File) Shown() map[string]any { return map[string]any{"file": f.path} }
