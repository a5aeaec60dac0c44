// Package readfile reads whole files that people name: flows, tests, functions,
// inputs, secrets and what {file: path} stands for. Reading ends, whatever the
// name stands for: a file has a limit, and what is no plain file is refused or
// given up when the context ends.
package readfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"
	"unicode/utf8"
)

// Problem is why a file was not read.
type Problem struct {
	// Rule is the diagnostic's: no-such-file, unreadable-file or file-too-large.
	Rule string
	// Help says what to do; it may be empty.
	Help string

	folder    bool
	predicate string // behind a name: "cannot be read: permission denied"
	err       error
}

// Error is a sentence that does not name the file.
func (p *Problem) Error() string {
	switch {
	case p.predicate == "":
		return "there is no such file"
	case p.folder:
		return "this " + p.predicate
	default:
		return "the file " + p.predicate
	}
}

// Naming is the sentence with the file's name.
func (p *Problem) Naming(path string) string {
	if p.predicate == "" {
		return "there is no file " + path
	}
	return path + " " + p.predicate
}

// Unwrap returns the error of the file system, or nil.
func (p *Problem) Unwrap() error { return p.err }

// About returns the error of reading a file as one that names it: a *Problem
// within that says what Naming does.
func About(path string, err error) error {
	var problem *Problem
	if !errors.As(err, &problem) {
		return err
	}
	return &about{problem, path}
}

// about is a Problem whose sentence names the file.
type about struct {
	*Problem
	path string
}

// Error names the file.
func (a *about) Error() string { return a.Naming(a.path) }

// Unwrap returns the Problem.
func (a *about) Unwrap() error { return a.Problem }

// FS reads a file of fsys, which must be a plain one of at most limit bytes.
// The error is a *Problem.
func FS(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, info, err := Open(fsys, name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return sized(f, info, limit)
}

// Open opens a file of fsys that a flow names, which must be a plain one: what
// is none, such as a pipe, is not opened, which could take for ever. The error
// is a *Problem.
func Open(fsys fs.FS, name string) (fs.File, fs.FileInfo, error) {
	info, err := Stat(fsys, name)
	if err != nil {
		return nil, nil, err
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, nil, failed(err)
	}
	return f, info, nil
}

// Stat describes a file of fsys that a flow names, which must be a plain one.
// The error is a *Problem.
func Stat(fsys fs.FS, name string) (fs.FileInfo, error) {
	if !utf8.ValidString(name) {
		return nil, &Problem{Rule: "unreadable-file", Help: "give the file, or the folder that it is in, another name", predicate: "has a name that is no UTF-8"}
	}
	if !fs.ValidPath(name) {
		return nil, &Problem{
			Rule: "unreadable-file", Help: "give a path without .. and without a leading /",
			predicate: "is not below the root folder",
		}
	}
	return plain(fs.Stat(fsys, name))
}

// Plain reads a file of the machine that a flow names, which must be a plain one
// of at most limit bytes. The error is a *Problem.
func Plain(path string, limit int64) ([]byte, error) {
	info, err := plain(os.Stat(path))
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, failed(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	return sized(f, info, limit)
}

// plain passes the description of a plain file on.
func plain(info fs.FileInfo, err error) (fs.FileInfo, error) {
	if err != nil {
		return nil, failed(err)
	}
	if problem := unfit(info); problem != nil {
		return nil, problem
	}
	return info, nil
}

// Path reads a file that the command line names, of at most limit bytes. What
// is no plain file, such as a pipe of the shell, is read until it ends or ctx
// does. The error is a *Problem, or that of the context.
func Path(ctx context.Context, path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, failed(err)
	case !info.IsDir() && !info.Mode().IsRegular():
		return special(ctx, path, limit)
	}
	return Plain(path, limit)
}

// Reader reads r, of at most limit bytes. Where ctx ends first, the reading
// goes on until r returns: nothing can end a read of standard input.
func Reader(ctx context.Context, r io.Reader, limit int64) ([]byte, error) {
	done := make(chan result, 1)
	go func() {
		text, err := all(r, 0, limit)
		done <- result{text, err}
	}()
	select {
	case got := <-done:
		return got.text, got.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

type result struct {
	text []byte
	err  error
}

// special reads what is no plain file. Opening a pipe that nobody writes to
// takes until somebody does.
func special(ctx context.Context, path string, limit int64) ([]byte, error) {
	done := make(chan result, 1)
	go func() {
		text, err := openAndRead(ctx, path, limit)
		done <- result{text, err}
	}()
	select {
	case got := <-done:
		return got.text, got.err
	case <-ctx.Done():
	}
	for tries := time.NewTicker(5 * time.Millisecond); ; {
		release(path)
		select {
		case <-done:
			tries.Stop()
			return nil, context.Cause(ctx)
		case <-tries.C:
		}
	}
}

func openAndRead(ctx context.Context, path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, failed(err)
	}
	defer f.Close()                                      //nolint:errcheck // it was only read
	defer context.AfterFunc(ctx, func() { f.Close() })() //nolint:errcheck // ends a read that is under way
	return all(f, 0, limit)
}

// all reads r up to the limit.
func all(r io.Reader, size, limit int64) ([]byte, error) {
	text := bytes.NewBuffer(make([]byte, 0, min(size, limit)+bytes.MinRead))
	if _, err := text.ReadFrom(io.LimitReader(r, limit+1)); err != nil {
		return nil, failed(err)
	}
	if int64(text.Len()) > limit {
		return nil, &Problem{Rule: "file-too-large", predicate: fmt.Sprintf("has more than %s", mebibytes(limit))}
	}
	return text.Bytes(), nil
}

func failed(err error) *Problem {
	if errors.Is(err, fs.ErrNotExist) {
		return &Problem{Rule: "no-such-file", Help: "check the path", err: err}
	}
	reason := err
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		reason = pathErr.Err
	}
	return &Problem{Rule: "unreadable-file", predicate: "cannot be read: " + reason.Error(), err: err}
}

// unfit says why a file is not to be opened; nil where it is.
func unfit(info fs.FileInfo) *Problem {
	switch {
	case info.IsDir():
		return &Problem{Rule: "unreadable-file", Help: "name a file in it", folder: true, predicate: "is a folder, not a file"}
	case !info.Mode().IsRegular():
		return &Problem{
			Rule: "unreadable-file", Help: "write what it holds to a file, and name that",
			predicate: "is a pipe or device, not a plain file",
		}
	}
	return nil
}

// sized reads a plain file that has at most limit bytes.
func sized(f io.Reader, info fs.FileInfo, limit int64) ([]byte, error) {
	if info.Size() > limit {
		return nil, &Problem{
			Rule:      "file-too-large",
			predicate: fmt.Sprintf("has %.1f MiB, and at most %s are read", float64(info.Size())/(1<<20), mebibytes(limit)),
		}
	}
	return all(f, info.Size(), limit)
}

func mebibytes(n int64) string {
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', -1, 64) + " MiB"
}
