package bind

import (
	"errors"
	"time"

	"github.com/medlar-flow/medlar/internal/value"
)

func timeFunctions() []*function {
	return []*function{
		{name: "now", types: signatures((func() string)(nil)), framed: true, call: now},
		{name: "uuid", types: signatures((func() string)(nil)), framed: true, call: newUUID},
		{name: "parseTime", types: signatures((func(string) string)(nil)), framed: true, call: parseTime},
		{name: "formatTime", types: signatures((func(string, string) string)(nil)), framed: true, call: formatTime},
		{name: "addDuration", types: signatures((func(string, string) string)(nil)), framed: true, call: addDuration},
	}
}

var errWorld = errors.New("there is no clock and no randomness here")

func now(fr *frame, _ []any) (any, error) {
	w, ok := fr.vars.(World)
	if !ok {
		return nil, errWorld
	}
	return value.FormatTime(w.Now()), nil
}

func newUUID(fr *frame, _ []any) (any, error) {
	w, ok := fr.vars.(World)
	if !ok {
		return nil, errWorld
	}
	return w.UUID(), nil
}

func timeOf(v any) (time.Time, error) {
	s, err := textOf(v)
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, errors.New("the text is not a time such as 2006-01-02T15:04:05Z")
	}
	return t, nil
}

func parseTime(_ *frame, args []any) (any, error) {
	t, err := timeOf(args[0])
	if err != nil {
		return nil, err
	}
	return value.FormatTime(t), nil
}

// formatTime takes a layout of Go's package time.
func formatTime(_ *frame, args []any) (any, error) {
	t, err := timeOf(args[0])
	if err != nil {
		return nil, err
	}
	layout, err := textOf(args[1])
	if err != nil {
		return nil, err
	}
	return t.UTC().Format(layout), nil
}

func addDuration(_ *frame, args []any) (any, error) {
	t, err := timeOf(args[0])
	if err != nil {
		return nil, err
	}
	text, err := textOf(args[1])
	if err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return nil, errors.New("the text is not a duration such as 1m30s")
	}
	return value.FormatTime(t.Add(d)), nil
}
