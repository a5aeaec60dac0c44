// Dbos measures three steps of DBOS Transact on SQLite: it reads an order of the
// bench from its standard input, and answers on its standard output.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite"

	"github.com/medlar-flow/medlar/internal/bench/load"
)

func main() {
	if err := load.Answer(os.Stdin, os.Stdout, target); err != nil {
		fmt.Fprintln(os.Stderr, "dbos:", err)
		os.Exit(1)
	}
}

// next is what a step does.
func next(n int) dbos.Step[int] {
	return func(context.Context) (int, error) { return n + 1, nil }
}

// three runs three steps, each with what the one before it gave.
func three(ctx dbos.Context, n int) (int, error) {
	for range 3 {
		var err error
		if n, err = dbos.RunAsStep(ctx, next(n)); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// target sets the database as DBOS does by itself.
func target(ctx context.Context, o *load.Order) (*load.Target, error) {
	if o.Work != "change" {
		return nil, fmt.Errorf("there is no work %q", o.Work)
	}
	c, err := dbos.NewContext(context.WithoutCancel(ctx), dbos.Config{
		AppName: "bench", DatabaseURL: "sqlite:" + filepath.Join(o.Dir, "dbos.db"), Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, fmt.Errorf("opening DBOS: %w", err)
	}
	dbos.RegisterWorkflow(c, three)
	if err := dbos.Launch(c); err != nil {
		return nil, fmt.Errorf("starting DBOS: %w", err)
	}
	call := func(context.Context) error {
		handle, err := dbos.RunWorkflow(c, three, 0)
		if err != nil {
			return err
		}
		n, err := handle.GetResult()
		if err == nil && n != 3 {
			err = errors.New("the workflow gave another number than 3")
		}
		return err
	}
	return &load.Target{Call: call, Close: func() error { return dbos.Shutdown(c, 10*time.Second) }}, nil
}
