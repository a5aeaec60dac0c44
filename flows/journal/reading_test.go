package journal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// paramsOf returns the steps of a run with their parameters, one a line.
func paramsOf(t *testing.T, j *journal.Journal, id string, reg *connector.Registry) (string, error) {
	t.Helper()
	d, err := j.Show(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	err = j.ReadBack(t.Context(), d, reg)
	var b strings.Builder
	for _, s := range d.Steps {
		if s.Operation == "" {
			continue
		}
		fmt.Fprintf(&b, "%s %s\n", s.Path, jsonOf(t, s.Params))
	}
	return b.String(), err
}

var readings = []struct {
	name, flow string
	fail       string // the call that fails
	want       string
}{
	{"a sequence, with what steps gave", `flow: t
steps:
  - {id: a, call: test.change, with: {name: a, value: 5}}
  - {id: b, call: test.read, with: {name: b, value: "${steps.a + 1}"}}
`, "", `/a {"name":"a","value":5}
/b {"name":"b","value":6}
`},
	{"a failure with its undo", `flow: t
steps:
  - {id: a, call: test.change, with: {name: a, value: x}, undo: {call: test.change, with: {name: "un${result}"}}}
  - {id: b, call: test.change, with: {name: b}}
`, "b", `/a {"name":"a","value":"x"}
/b {"name":"b"}
/a/undo/1 {"name":"unx"}
`},
	{"attempts", `flow: t
steps:
  - {id: a, call: test.change, with: {name: a}, retry: {attempts: 2, delay: 1ms}}
`, "a", `/a {"name":"a"}
/a#2 {"name":"a"}
`},
	{"items side by side, of which one fails", `flow: t
steps:
  - {id: l, forEach: "${1..3}", as: i, concurrency: 1, do: [{id: c, call: test.change, with: {name: "c${i}", value: "${i * 2}"}}]}
`, "c2", `/l[0]/c {"name":"c1","value":2}
/l[1]/c {"name":"c2","value":4}
`},
	{"branches and a handler", `flow: t
steps:
  - id: p
    parallel:
      one: [{id: a, call: test.read, with: {name: a}}]
      two: [{wait: 1ms}]
  - id: t
    try: [{id: b, call: test.change, with: {name: b}}]
    catch: [{do: [{id: h, call: test.change, with: {name: h, value: "${error.code}"}}]}]
`, "b", ``},
	{"a secret", `flow: t
secrets: {password: {env: PW}}
steps:
  - {id: a, call: test.change, with: {name: a, value: {in: "${secrets.password}"}}}
`, "", `/a {"name":"a","value":{"in":"***"}}
`},
	{"what a step gave is secret", `flow: t
steps:
  - {id: l, call: test.login, with: {name: l}}
  - {id: a, call: test.change, with: {name: "${steps.l.user}", value: "Bearer ${steps.l.token}"}}
`, "", `/l {"name":"l"}
/a {"name":"ada","value":"***"}
`},
}

// Parameters are not stored: they are found out from the program and the records,
// and nothing is called for that.
func TestReadBack(t *testing.T) {
	for _, tt := range readings {
		t.Run(tt.name, func(t *testing.T) {
			c := &calls{fail: func(name string) error {
				if name == tt.fail {
					return &connector.Error{Code: "Broken", Class: connector.ClassUnavailable, Message: "it broke"}
				}
				return nil
			}}
			j := open(t, newPath(t), journal.WithKeys(testKeys(t, 1)))
			env := func(string) (string, bool) { return "a-long-password", true }
			_, err := j.Run(t.Context(), load(t, c, tt.flow), nil, flows.WithRunID("r"), flows.WithEnv(env))
			if (err != nil) != (tt.fail != "" && !strings.Contains(tt.flow, "catch")) {
				t.Fatal(err)
			}
			made := len(c.noted())
			got, err := paramsOf(t, j, "r", c.registry(t))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(got, " {}") || tt.want != "" && got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if n := len(c.noted()); n != made {
				t.Errorf("%d calls, %d more than before", n, n-made)
			}
		})
	}
}

// Behind a result that is not stored nothing is known.
func TestReadBackWithoutKey(t *testing.T) {
	c := &calls{}
	j := open(t, newPath(t))
	flow := load(t, c, `flow: t
steps:
  - {id: a, call: test.change, with: {name: a}}
  - {id: l, call: test.login, with: {name: l}}
  - {id: b, call: test.change, with: {name: b}}
`)
	if _, err := j.Run(t.Context(), flow, nil, flows.WithRunID("r")); err != nil {
		t.Fatal(err)
	}
	got, err := paramsOf(t, j, "r", c.registry(t))
	var withheld *journal.WithheldError
	if !errors.As(err, &withheld) || withheld.Step != "/l" {
		t.Fatalf("%v", err)
	}
	if want := "/a {\"name\":\"a\"}\n/l {\"name\":\"l\"}\n/b {}\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A run that goes on is read as far as it has come.
func TestReadBackWhileItGoes(t *testing.T) {
	c := &calls{}
	began, goOn := make(chan struct{}), make(chan struct{})
	c.block = func(context.Context) { close(began); <-goOn }
	j := open(t, newPath(t))
	h, err := j.Start(t.Context(), load(t, c, `flow: t
steps:
  - {id: a, call: test.change, with: {name: a, value: 1}}
  - {id: b, call: test.block, with: {name: b, value: "${steps.a}"}}
  - {id: c, call: test.change, with: {name: c}}
`), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	<-began
	got, err := paramsOf(t, j, "r", c.registry(t))
	close(goOn)
	if err != nil {
		t.Fatal(err)
	}
	if want := "/a {\"name\":\"a\",\"value\":1}\n/b {\"name\":\"b\",\"value\":1}\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := h.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// The end of the context ends a reading that would take long.
func TestReadBackEnds(t *testing.T) {
	c := &calls{}
	j := open(t, newPath(t))
	if _, err := j.Run(t.Context(), load(t, c, "flow: t\nsteps: [{call: test.change, with: {name: a}}]\n"), nil, flows.WithRunID("r")); err != nil {
		t.Fatal(err)
	}
	d, err := j.Show(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.ReadBack(ctx, d, c.registry(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// What is read back is what was called, wherever branches, rounds, undos and stops
// stand in between.
func TestReadBackWhole(t *testing.T) {
	for name, text := range cutFlows {
		t.Run(name, func(t *testing.T) {
			c := &calls{fail: brokenOrFlaky()}
			j := open(t, newPath(t))
			_, _ = j.Run(t.Context(), load(t, c, text), nil, flows.WithRunID("r"))
			d, err := j.Show(t.Context(), "r")
			if err == nil {
				err = j.ReadBack(t.Context(), d, c.registry(t))
			}
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, s := range d.Steps {
				stopped := s.Err != nil && s.Err.Code == "Canceled" // it was not called any more
				if s.Operation != "" && !stopped {
					name, _ := s.Params["name"].(string)
					names = append(names, name)
				}
			}
			called := c.noted()
			slices.Sort(names)
			slices.Sort(called)
			if !slices.Equal(names, called) {
				t.Errorf("read back: %v\ncalled: %v", names, called)
			}
		})
	}
}
