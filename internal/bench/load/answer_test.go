package load_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/bench/figures"
	"github.com/medlar-flow/medlar/internal/bench/load"
)

// open is an input that stays open behind an order, as the bench's does.
func open(t *testing.T, order string) io.Reader {
	t.Helper()
	r, w := io.Pipe()
	t.Cleanup(func() { _ = w.Close() })
	return io.MultiReader(strings.NewReader(order+"\n"), r)
}

func TestAnswer(t *testing.T) {
	var out strings.Builder
	closed := false
	err := load.Answer(open(t, `{"client": "peer", "work": "change", "atOnce": 2, "for": 5000000}`), &out,
		func(_ context.Context, o *load.Order) (*load.Target, error) {
			if o.Work != "change" {
				t.Errorf("the order is %+v", o)
			}
			return &load.Target{Call: func(context.Context) error { return nil }, Close: func() error { closed = true; return nil }}, nil
		})
	var got map[string]figures.Sample
	if err = errors.Join(err, json.Unmarshal([]byte(out.String()), &got)); err != nil {
		t.Fatal(err)
	}
	if got["peer"]["calls_s"] <= 0 || !closed {
		t.Errorf("it answered %v, closed: %v", got, closed)
	}
}

func TestAnswerSaysWhatWentWrong(t *testing.T) {
	fails := errors.New("no such disk")
	for name, tt := range map[string]struct {
		order string
		start func(context.Context, *load.Order) (*load.Target, error)
		want  string
	}{
		"an order that is none": {"hello", nil, "reading the order"},
		"nothing to measure": {"{}", func(context.Context, *load.Order) (*load.Target, error) {
			return nil, fails
		}, fails.Error()},
		"a call that fails": {"{}", func(context.Context, *load.Order) (*load.Target, error) {
			return &load.Target{Call: func(context.Context) error { return fails }}, nil
		}, fails.Error()},
	} {
		err := load.Answer(open(t, tt.order), io.Discard, tt.start)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
