package cli

import (
	"bytes"
	"io/fs"
	"path"
	"time"
)

// streamed is a file system in which one file is a text that was read from a
// pipe.
type streamed struct {
	fs.FS
	name string
	text []byte
}

// Open opens the text, or another file.
func (s *streamed) Open(name string) (fs.File, error) {
	if name == s.name {
		return &textFile{Reader: bytes.NewReader(s.text), name: path.Base(name)}, nil
	}
	return s.FS.Open(name) //nolint:wrapcheck // it stands in for the one below
}

// Stat describes the text, or another file, without opening it.
func (s *streamed) Stat(name string) (fs.FileInfo, error) {
	if name == s.name {
		return &textFile{Reader: bytes.NewReader(s.text), name: path.Base(name)}, nil
	}
	return fs.Stat(s.FS, name) //nolint:wrapcheck // it stands in for the one below
}

// textFile is an open file of streamed, and what describes it.
type textFile struct {
	*bytes.Reader
	name string
}

func (f *textFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *textFile) Close() error               { return nil }
func (f *textFile) Name() string               { return f.name }
func (f *textFile) Mode() fs.FileMode          { return 0o400 }
func (f *textFile) ModTime() time.Time         { return time.Time{} }
func (f *textFile) IsDir() bool                { return false }
func (f *textFile) Sys() any                   { return nil }
