package value

import (
	"io/fs"
)

// File is a file that nobody has read: a value that only parameters take which
// are sent as a stream.
type File struct {
	fsys fs.FS
	path string
}

// NewFile returns a file of a file system.
func NewFile(fsys fs.FS, path string) *File { return &File{fsys, path} }

// Path is the file's name in its file system.
func (f *File) Path() string { return f.path }

// Open opens the file.
func (f *File) Open() (fs.File, error) { return f.fsys.Open(f.path) } //nolint:wrapcheck // it names the file

// Shown is the file for people, as flows write it.
func (f *File) Shown() map[string]any { return map[string]any{"file": f.path} }
