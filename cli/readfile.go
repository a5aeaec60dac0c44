package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/internal/yamlfile"
)

// readFile reads a file that a flag names. A pipe, such as the shell's <(...),
// is read until it ends or a signal comes.
func (a *app) readFile(ctx context.Context, flag, path string) ([]byte, error) {
	if info, err := os.Stat(path); err != nil || info.Mode().IsRegular() {
		src, err := readfile.Path(ctx, path, yamlfile.MaxSize)
		return src, unread(flag, path, err)
	}
	return a.readSlowly(ctx, flag, path, func(ctx context.Context) ([]byte, error) {
		return readfile.Path(ctx, path, yamlfile.MaxSize)
	})
}

// readInput reads the file of --input; "-" is standard input.
func (a *app) readInput(ctx context.Context, path string) ([]byte, error) {
	const flag = "--input"
	if path == "-" {
		return a.readSlowly(ctx, flag, "standard input", func(ctx context.Context) ([]byte, error) {
			return readfile.Reader(ctx, a.Stdin, yamlfile.MaxSize)
		})
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && strings.Contains(path, "=") {
		return nil, wrong("for one input write -i "+strings.SplitN(path, "=", 2)[0]+"=value", "--input: there is no file %s", path)
	}
	return a.readFile(ctx, flag, path)
}

// readSlowly reads what may never end, until a signal comes.
func (a *app) readSlowly(
	ctx context.Context, flag, path string, read func(context.Context) ([]byte, error),
) (src []byte, err error) {
	last, ended := a.interruptible(ctx, func(ctx context.Context) { src, err = read(ctx) })
	if last != nil || !ended {
		return nil, silently(signalCode(last))
	}
	return src, unread(flag, path, err)
}

// unread says why a file was not read.
func unread(flag, path string, err error) error {
	var problem *readfile.Problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &problem):
		return wrong("", "%s: %s", flag, problem.Naming(path))
	default:
		return failedBecause("%s: reading %s: %w", flag, path, err)
	}
}

// mistakes prints what is wrong with a file, and returns the end of the command.
func (a *app) mistakes(list diag.List, source diag.Source) error {
	if err := diag.Print(a.Stderr, list.Sort(), source); err != nil {
		return fmt.Errorf("printing mistakes: %w", err)
	}
	return silently(exitWrong)
}

// pathless takes the path out of an error that will be named with it anyway.
func pathless(err error) error {
	var e *os.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
