package interp

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

// script gives events, one list for each call.
type script struct{ lists [][]connector.Event }

// Next gives the next list; it panics where there is none.
func (s *script) Next(context.Context, int) ([]connector.Event, error) {
	list := s.lists[0]
	s.lists = s.lists[1:]
	return list, nil
}

// Close panics.
func (s *script) Close() error { panic("it is not to end") }

// Backlog panics.
func (s *script) Backlog(context.Context) (map[connector.BacklogState]int64, error) {
	panic("nobody counts")
}

func TestSourcesAreGuarded(t *testing.T) {
	refused := errors.New("refused")
	var told []connector.Settlement
	s := &script{lists: [][]connector.Event{
		{{Identity: "a"}, {Identity: "b"}, {}},
		{},
		{{
			Identity: "c", Settled: func(_ context.Context, s connector.Settlement) error { told = append(told, s); return refused },
		}, {
			Identity: "d", Settled: func(context.Context, connector.Settlement) error { panic("s") },
			Accepted: func(context.Context) error { panic("a") }, Extended: func(context.Context) error { panic("e") },
		}},
	}}
	events, err := guardEvents("script", func() (connector.Events, error) { return s, nil })
	if err != nil {
		t.Fatal(err)
	}
	next := func(most int) []connector.Event {
		t.Helper()
		list, err := events.Next(t.Context(), most)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if list := next(2); len(list) != 2 || list[0].Identity != "a" || list[1].Identity != "b" {
		t.Errorf("more was given than was asked for: %v", list)
	}
	rest := next(2)
	if len(rest) != 1 || rest[0].Wrong == nil {
		t.Errorf("an event without an identity is %v", rest)
	}
	if rest[0].Settled(t.Context(), connector.Settlement{}) != nil || rest[0].Accepted(t.Context()) != nil || rest[0].Extended != nil {
		t.Error("an event without functions does something")
	}
	if _, err := events.Next(t.Context(), 1); !errors.Is(err, errNoEvents) {
		t.Errorf("no events are %v", err)
	}
	list := next(2)
	if err := list[0].Accepted(t.Context()); !errors.Is(err, refused) || len(told) != 1 || told[0].Fate != connector.EventDone {
		t.Errorf("accepted in place of settled: %v, %v", err, told)
	}
	_, none := events.Next(t.Context(), 1)
	_, backlog := events.(connector.Backlogged).Backlog(t.Context())
	for name, err := range map[string]error{
		": Next": none, ": Backlog": backlog, ": closing it": events.Close(),
		": Settled":  list[1].Settled(t.Context(), connector.Settlement{}),
		": Accepted": list[1].Accepted(t.Context()), ": Extended": list[1].Extended(t.Context()),
	} {
		if err == nil || !strings.Contains(err.Error(), "event source script"+name+" panicked") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for says, open := range map[string]func() (connector.Events, error){
		"event source script: opening it panicked":                       func() (connector.Events, error) { panic("no") },
		"event source script: Open returned neither events nor an error": func() (connector.Events, error) { return nil, nil },
		"refused": func() (connector.Events, error) { return nil, refused },
	} {
		if _, err := guardEvents("script", open); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q is told as %v", says, err)
		}
	}
}
