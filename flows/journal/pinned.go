package journal

import (
	"bytes"
	"io"
	"io/fs"
	"time"
)

// pinned is the file system of a run's program: the files as they were when it
// began.
type pinned map[string]any

// Open gives a file; folders cannot be listed.
func (p pinned) Open(name string) (fs.File, error) {
	text, ok := p[name].([]byte)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &pinnedFile{Reader: bytes.NewReader(text), name: name, size: int64(len(text))}, nil
}

// ReadFile gives a file's text.
func (p pinned) ReadFile(name string) ([]byte, error) {
	text, ok := p[name].([]byte)
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return bytes.Clone(text), nil
}

type pinnedFile struct {
	io.Reader
	name string
	size int64
}

func (f *pinnedFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *pinnedFile) Close() error               { return nil }
func (f *pinnedFile) Name() string               { return f.name }
func (f *pinnedFile) Size() int64                { return f.size }
func (f *pinnedFile) Mode() fs.FileMode          { return 0o444 }
func (f *pinnedFile) ModTime() time.Time         { return time.Time{} }
func (f *pinnedFile) IsDir() bool                { return false }
func (f *pinnedFile) Sys() any                   { return nil }
