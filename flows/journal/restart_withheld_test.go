package journal_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// Without a key a result that holds a secret is not stored, and a run that has one is
// not restarted, from wherever: what it did behind that is not known. The refusal says
// which step, why, and how to keep it from happening again.
func TestRestartWithheld(t *testing.T) {
	const login = "{id: l, call: test.login, with: {name: l}}"
	const sensitive = "{id: l, call: test.change, sensitive: true, with: {name: l, value: seen}}"
	holds := "{id: l, call: test.login, with: {name: first}}"
	for _, tt := range []struct {
		name, step, fails string
		flow              string
		how               journal.Restart
		refused           string
	}{
		{name: "before the step", step: "/l", flow: flowOf(login, call("b")), fails: "b"},
		{name: "the step", step: "/l", flow: flowOf(login, call("b")), fails: "b", how: journal.Restart{From: "l"}},
		{name: "behind the step", step: "/l", flow: flowOf(call("a"), login, call("b")), fails: "b", how: journal.Restart{From: "a"}},
		{name: "said to be sensitive", step: "/l", flow: flowOf(sensitive, call("b")), fails: "b"},
		{name: "in a branch beside it", step: "/p/two/l", flow: flowOf("{id: p, parallel: {one: [{wait: 30ms}, " + call("b") + "], two: [" + login + "]}}"), fails: "b"},
		{name: "in an item", step: "/i[0]/l", flow: flowOf("{id: i, forEach: [1, 2], do: ["+login+"]}", call("b")), fails: "b"},
		{name: "in a round", step: "/i[0]/l", flow: flowOf("{id: i, repeat: ["+login+"], until: \"${true}\"}", call("b")), fails: "b"},
		{name: "another result that holds the secret", step: "/l", flow: flowOf(holds, `{id: c, call: test.change, with: {name: c, value: "${steps.l.token}"}}`, call("b")), fails: "b"},
		{name: "with another program", step: "/l", flow: flowOf(login, call("b")), fails: "b", how: journal.Restart{Flow: load(t, &calls{}, flowOf(call("b")))}},
		{name: "with what it gave", step: "/l", flow: flowOf(login, call("b")), fails: "b", how: journal.Restart{Results: map[string]any{"/l": map[string]any{"token": "x", "user": "ada"}}}},
		{
			name: "what is given holds one", step: "/l", flow: flowOf(login), fails: "l", how: journal.Restart{Results: map[string]any{"l": map[string]any{"token": "another-long-secret", "user": "ada"}}},
			refused: "holds a secret: give a key in " + journal.KeyVariable,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j, first, second := open(t, newPath(t)), &calls{}, &calls{}
			failOnce(t, j, load(t, first, tt.flow), first, tt.fails, nil)
			_, err := j.Restart(t.Context(), "r", second.registry(t), tt.how)
			var refused *journal.RestartError
			if !errors.As(err, &refused) || refused.Step != tt.step || len(second.noted()) > 0 {
				t.Fatalf("%v, step %+v, calls %v", err, refused, second.noted())
			}
			switch {
			case tt.refused != "":
				if !strings.Contains(refused.Reason, tt.refused) {
					t.Errorf("%s", refused.Reason)
				}
			case !strings.Contains(refused.Reason, "is not stored") || !strings.Contains(refused.Help, journal.KeyVariable):
				t.Errorf("%s, help %s", refused.Reason, refused.Help)
			}
			if strings.Contains(err.Error()+refused.Help, "secret-token") || strings.Contains(err.Error(), "another-long-secret") {
				t.Errorf("it shows the secret: %v", err)
			}
			if runs, err := j.Runs(t.Context(), journal.Filter{}); err != nil || len(runs) != 1 {
				t.Errorf("%d runs, %v", len(runs), err)
			}
		})
	}
}

// With a key the same is kept, and with the wrong one the restart says so.
func TestRestartNeedsItsKey(t *testing.T) {
	flow := flowOf("{id: l, call: test.login, with: {name: l}}", `{id: b, call: test.change, with: {name: b, value: "${steps.l.user}"}}`)
	path, first := newPath(t), &calls{fail: failing("b")}
	j, err := journal.Open(path, journal.WithKeys(testKeys(t, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Run(t.Context(), load(t, first, flow), nil, flows.WithRunID("r")); err == nil {
		t.Fatal("it did not fail")
	}
	closed(t, j)
	for name, options := range map[string][]journal.Option{"no key": nil, "another key": {journal.WithKeys(testKeys(t, 2))}} {
		t.Run(name, func(t *testing.T) {
			j, err := journal.Open(path, options...)
			if err != nil {
				t.Fatal(err)
			}
			defer closed(t, j)
			c := &calls{}
			var locked *journal.LockedError
			if _, err := j.PlanRestart(t.Context(), "r", c.registry(t), journal.Restart{}); !errors.As(err, &locked) {
				t.Errorf("%v", err)
			}
		})
	}
	j, c := open(t, path, journal.WithKeys(testKeys(t, 1))), &calls{}
	if _, err := j.Restart(t.Context(), "r", c.registry(t), journal.Restart{}); err != nil || strings.Join(c.noted(), " ") != "b" {
		t.Errorf("%v, calls %v", err, c.noted())
	}
}
