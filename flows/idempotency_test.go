package flows_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
)

// keyed notes the idempotency keys of its calls: the one that the operation is
// given, and the one that the flow sees.
type keyed struct {
	keys  map[string][]string // by name
	fails map[string]int      // how often a name fails
}

type keyedIn struct {
	Name string `param:"name"`
	Key  string `param:"key"`
}

func (k *keyed) call(_ context.Context, call *connector.Call, in keyedIn) (any, error) {
	if in.Key != call.IdempotencyKey {
		return nil, &connector.Error{Code: "OtherKey", Class: connector.ClassInternal, Message: "the flow sees another key"}
	}
	k.keys[in.Name] = append(k.keys[in.Name], in.Key)
	if k.fails[in.Name]--; k.fails[in.Name] >= 0 {
		return nil, &connector.Error{Code: "Broken", Class: connector.ClassUnavailable, Message: "as asked"}
	}
	return in.Name, nil
}

// same says which calls of a name had the key of an earlier one: "aab" where
// the third differs from the first two.
func (k *keyed) same(name string) string {
	var seen []string
	var pattern strings.Builder
	for _, key := range k.keys[name] {
		at := 0
		for at < len(seen) && seen[at] != key {
			at++
		}
		if at == len(seen) {
			seen = append(seen, key)
		}
		pattern.WriteByte('a' + byte(at))
	}
	return pattern.String()
}

// The key of a step is the same for all its attempts, in every run of that
// name. Once the step was taken back it is another one.
func TestIdempotencyKeys(t *testing.T) {
	const note = `call: keyed.note, with: {key: "${step.idempotencyKey}", name: `
	tests := map[string]struct {
		flow  string
		fails map[string]int
		want  map[string]string
	}{
		"attempts of a step": {
			`[{` + note + `x}, retry: {attempts: 3, delay: 1ms}}]`,
			map[string]int{"x": 2},
			map[string]string{"x": "aaa"},
		},
		"iterations and rounds": {
			`[{forEach: [1, 2], do: [{` + note + `x}}]}, {repeat: [{` + note + `y}}], until: "${true}"}]`,
			nil,
			map[string]string{"x": "ab", "y": "a"},
		},
		"a try that runs again": {
			`[{try: [{` + note + `x}}, {` + note + `y}}], retry: {attempts: 3, delay: 1ms}}]`,
			map[string]int{"y": 2},
			map[string]string{"x": "aaa", "y": "aaa"},
		},
		"a step that was undone": {
			`[{try: [{` + note + `x}, undo: {` + note + `undo-x}}}, {` + note + `z}}, {` + note + `y}}], retry: {attempts: 3, delay: 1ms}}]`,
			map[string]int{"y": 2},
			map[string]string{"x": "abc", "undo-x": "ab", "z": "aaa", "y": "aaa"},
		},
		"a step whose undo failed": {
			`[{try: [{` + note + `x}, undo: {` + note + `undo-x}}}, {` + note + `y}}], retry: {attempts: 2, delay: 1ms}}]`,
			map[string]int{"y": 1, "undo-x": 1},
			map[string]string{"x": "aa"},
		},
		"inside what was undone": {
			`[{try: [{try: [{` + note + `x}}], undo: {` + note + `undo-x}}}, {` + note + `y}}], retry: {attempts: 2, delay: 1ms}}]`,
			map[string]int{"y": 1},
			map[string]string{"x": "ab"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			run := func() *keyed {
				k := &keyed{keys: map[string][]string{}, fails: map[string]int{}}
				for name, n := range test.fails {
					k.fails[name] = n
				}
				reg, err := connector.NewRegistry(&connector.Connector{
					Name: "keyed", Operations: []*connector.Operation{connector.OpWith("keyed.note", "Note the key.", k.call)},
				})
				if err != nil {
					t.Fatal(err)
				}
				text := "flow: t\nsteps: " + test.flow
				flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", reg)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := flow.Run(t.Context(), nil, flows.WithRunID("r")); err != nil {
					t.Fatal(err)
				}
				return k
			}
			first, second := run(), run()
			for name, want := range test.want {
				if got := first.same(name); got != want {
					t.Errorf("the keys of %s are %s, want %s", name, got, want)
				}
				if strings.Join(first.keys[name], " ") != strings.Join(second.keys[name], " ") {
					t.Errorf("another run of the same name has other keys for %s", name)
				}
			}
		})
	}
}
