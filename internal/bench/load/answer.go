package load

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/medlar-flow/medlar/internal/bench/figures"
)

// Order is what the bench says of a measurement to a program of its own.
type Order struct {
	Client  string        `json:"client"`
	Work    string        `json:"work"`
	AtOnce  int           `json:"atOnce"`
	Warm    time.Duration `json:"warm"`
	For     time.Duration `json:"for"`
	Stub    string        `json:"stub"`
	StubPID int           `json:"stubPid"`
	Dir     string        `json:"dir"` // for files; the bench removes it
	Profile string        `json:"profile"`
}

// Target does a piece of work again and again.
type Target struct {
	Call  func(ctx context.Context) error
	Close func() error // nil where there is nothing to close
}

// Answer is the main function of such a program: it reads an order, measures the
// target that start makes for it, and writes what it measured. It ends early when
// its input is closed, since the bench has gone.
func Answer(stdin io.Reader, stdout io.Writer, start func(ctx context.Context, o *Order) (*Target, error)) error {
	in := bufio.NewReader(stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("reading the order: %w", err)
	}
	var o Order
	if err := json.Unmarshal(line, &o); err != nil {
		return fmt.Errorf("reading the order: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	t, err := start(ctx, &o)
	if err != nil {
		return err
	}
	how := Options{AtOnce: o.AtOnce, Warm: o.Warm, For: o.For, StubPID: o.StubPID, Profile: o.Profile}
	sample, err := Measure(ctx, how, t.Call)
	if t.Close != nil {
		err = errors.Join(err, t.Close())
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(map[string]figures.Sample{o.Client: sample}) //nolint:wrapcheck // the bench says more
}
