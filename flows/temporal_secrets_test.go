package flows_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/flows/temporal/temporaltest"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations"
)

// historyOutlets are ways into a history that outlets do not have. A run is also
// given a signal that holds the derivation.
var historyOutlets = map[string]string{
	"signal":         "steps: [{id: ok, wait: {signal: go, accepts: {v: {type: secret, required: true}}}}, {call: spy.fail, with: {value: \"${steps.ok.v}\", text: T}}]",
	"early signal":   "steps: [{wait: 1h}, {id: ok, wait: {signal: go, accepts: {v: {type: secret, required: true}}}}]\noutput: \"${steps.ok}\"",
	"refused signal": "steps: [{id: ok, wait: {signal: go, timeout: 1h, accepts: {v: {type: secret, maxLength: 1}}}}]",
	"loop in chunks": "steps: [{id: l, forEach: [1, 2, 3, 4, 5], do: [{call: test.echo, with: {value: V}}], collect: {v: V, t: T}}]\noutput: \"${steps.l}\"",
	"loop over it":   "steps: [{forEach: [V, V, V, V, V], concurrency: 2, do: [{call: spy.fail, with: {value: \"${item}\"}}]}]",
	"rounds":         "steps: [{set: {n: 0, v: V}}, {repeat: [{call: test.change}, {set: {n: \"${ctx.n + 1}\", v: V}}], until: \"${ctx.n == 3}\"}]\noutput: \"${ctx.v}\"",
	"parallel":       "steps: [{parallel: {a: [{call: spy.fail, with: {value: V}}], b: [{wait: 1s}, {call: spy.fail, with: {text: T}}]}}]",
}

func quietRegistry(t *testing.T) *connector.Registry {
	t.Helper()
	registry, err := connector.NewRegistry(append(operations.All(), (&recorder{}).connector(), spy())...)
	if err != nil {
		t.Fatal(err)
	}
	return registry
}

// historyOf runs a flow on Temporal and gives what the server would get of it.
func historyOf(t *testing.T, f *flows.Flow, registry *connector.Registry, keys, secret string, given any) string {
	t.Helper()
	parsed, err := temporal.ParseKeys(keys)
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu   sync.Mutex
		seen bytes.Buffer
	)
	history := temporaltest.History{Keys: parsed, Tell: func(what string, sent []byte) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(&seen, "%s: %s\n", what, sent)
	}}
	text := fmt.Sprint(given)
	signals := []temporaltest.Signal{
		{After: time.Second, Name: "go", Values: map[string]any{"v": text}},
		{After: 2 * time.Second, Name: "go", Values: map[string]any{"v": text, "no": text}, Answer: func(error) {}},
		{After: 3 * time.Second, Name: "go", Key: "x " + text + " y", Values: map[string]any{"v": text}, Answer: func(error) {}},
	}
	_, _ = temporaltest.RunWithHistory(t.Context(), f, registry, map[string]any{"s": secret}, temporal.PrepareOptions{Encrypted: true, Attributes: true}, history, signals,
		[]temporal.Option{temporal.WithEncryption(), temporal.WithLimits(temporal.Limits{Items: 2, Records: 2, Heartbeat: 50 * time.Millisecond})}) // most fail on purpose
	for _, what := range []string{"payload: ", "workflow id: ", "memo: ", "search attributes: "} {
		if !strings.Contains(seen.String(), what) {
			t.Fatalf("no %s is told", what)
		}
	}
	return seen.String()
}

const historyHeader = "flow: t\ninputs: {s: {type: secret}}\n"

func allHistoryOutlets() map[string]string {
	all := maps.Clone(outlets)
	maps.Copy(all, historyOutlets)
	return all
}

// TestHistoriesHoldNoSecrets: with a key, a server gets no secret, and nothing
// that was made of one: not in inputs and results of activities, in signals,
// failures, the states of workflows that are continued, nor in what is never
// encrypted (names, identifiers, search attributes).
func TestHistoriesHoldNoSecrets(t *testing.T) {
	const key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	registry := quietRegistry(t)
	for i, made := range slices.Sorted(maps.Keys(hidings)) {
		expression := hidings[made]
		t.Run(made, func(t *testing.T) {
			t.Parallel()
			const secret = `a-longer secret/4711+"` + "jwt.jwt.jwt.jwt.jwt.jwt.jwt."
			plain, err := loadOutlet(t, historyHeader+"steps: [{set: {a: 1}}]\noutput: "+quote(expression)).Run(t.Context(), map[string]any{"s": secret})
			if err != nil {
				t.Fatal(err)
			}
			secrets := append(leaves(plain.Output), secret)
			all := allHistoryOutlets()
			for j, name := range slices.Sorted(maps.Keys(all)) {
				if (i+j)%6 != 0 && !testenv.Thorough() {
					continue // each derivation and each outlet, not each with each
				}
				text := strings.NewReplacer("T", quote("x "+textOf(expression)+" y"), "V", quote(expression)).Replace(all[name])
				seen := historyOf(t, loadOutlet(t, historyHeader+text), registry, key, secret, plain.Output)
				if found := leaked(seen, secrets); found != nil {
					t.Errorf("%s: %.80q can be seen, with\n%s\nin\n%.3000q", name, found, text, seen)
				}
			}
		})
	}
}

// The test above finds what is sent in the clear, on each way: here the worker is
// told that all is encrypted, and it is not.
func TestHistoriesAreLookedThrough(t *testing.T) {
	const secret = "a-longer-secret-4711"
	registry, all := quietRegistry(t), allHistoryOutlets()
	for _, name := range []string{
		"error of an operation", "result of an operation", "undo", "set before", "output", "return", "signal", "early signal", "loop in chunks", "loop over it", "rounds", "parallel",
	} {
		text := strings.NewReplacer("T", quote("x ${'made-' + ctx.s} y"), "V", quote("${'made-' + ctx.s}")).Replace(all[name])
		seen := historyOf(t, loadOutlet(t, historyHeader+text), registry, "", secret, "given-to-it")
		for _, part := range []string{secret, "made-" + secret, "given-to-it"} {
			sent := part == secret || part == "given-to-it" && strings.Contains(name, "signal") || strings.HasPrefix(part, "made-") && strings.Contains(text, "made-")
			if sent && leaked(seen, []string{part}) == nil {
				t.Errorf("%s: %s is sent in the clear, and not found", name, part)
			}
		}
	}
}
