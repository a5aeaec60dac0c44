package wire

import (
	"bytes"
	"io"
	"io/fs"
	"time"
)

// Files is the file system of a run's program: the files as they were when it
// began.
type Files map[string]any

// Open returns a file; folders cannot be listed.
func (p Files) Open(name string) (fs.File, error) {
	text, ok := p[name].([]byte)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &file{Reader: bytes.NewReader(text), name: name, size: int64(len(text))}, nil
}

// ReadFile returns a file's text.
func (p Files) ReadFile(name string) ([]byte, error) {
	text, ok := p[name].([]byte)
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return bytes.Clone(text), nil
}

type file struct {
	io.Reader
	name string
	size int64
}

func (f *file) Stat() (fs.FileInfo, error) { return f, nil }
func (f *file) Close() error               { return nil }
func (f *file) Name() string               { return f.name }
func (f *file) Size() int64                { return f.size }
func (f *file) Mode() fs.FileMode          { return 0o444 }
func (f *file) ModTime() time.Time         { return time.Time{} }
func (f *file) IsDir() bool                { return false }
func (f *file) Sys() any                   { return nil }
