package flows_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/flows/temporal/temporaltest"
)

// temporalLimits are those of the runs of carryOnTemporal.
var temporalLimits temporal.Limits

// carryOnTemporal runs a flow as a workflow in the test environment of
// Temporal's SDK.
func carryOnTemporal(ctx context.Context, t *testing.T, f *flows.Flow, inputs map[string]any, options ...flows.RunOption) (*flows.Result, error) {
	t.Helper()
	registry, ok := registries.Load(f)
	if !ok {
		t.Fatal("nobody noted which registry the flow was loaded with")
	}
	given := flows.Take(options)
	limits := temporalLimits
	limits.Heartbeat = 50 * time.Millisecond
	worker := []temporal.Option{temporal.WithEncryption(), temporal.WithEnv(given.Env), temporal.WithLimits(limits)}
	if given.Secrets != nil {
		worker = append(worker, temporal.WithSecrets(given.Secrets))
	}
	if given.Sandbox != nil {
		worker = append(worker, temporal.WithSandbox(*given.Sandbox))
	}
	for _, l := range given.Listeners {
		worker = append(worker, temporal.WithListener(l))
	}
	how := temporal.PrepareOptions{Encrypted: true, Sandbox: given.Sandbox != nil}
	return temporaltest.Run(ctx, f, registry.(*connector.Registry), inputs, how, worker, options...)
}

// TestOnTemporal runs the tests of the language once more as workflows: with
// the same output, the same failure and the same calls in the same order.
func TestOnTemporal(t *testing.T) {
	onTemporal = true
	defer func() { onTemporal = false }()
	for name, test := range languageTests {
		t.Run(name, test)
	}
	t.Run("TestEverythingStops", TestEverythingStops)
}

// TestContinuedOnTemporal does it again with workflows that are continued by
// others after every record, and with loops in chunks of two.
func TestContinuedOnTemporal(t *testing.T) {
	defer func() { onTemporal, temporalLimits = false, temporal.Limits{} }()
	onTemporal, temporalLimits = true, temporal.Limits{Items: 2, Records: 1}
	for name, test := range languageTests {
		switch name {
		case "TestSiblingFailure": // a workflow that is to be continued waits for what is under way
		case "TestGatheredErrorsAreTheFirst": // 3,000 items in chunks of two
		case "TestConnections": // each workflow has a worker of its own here
		default:
			t.Run(name, test)
		}
	}
}

// An environment variable that is made a secret of needs a key, also where
// nothing in the flow calls it one.
func TestSecretEnvironmentNeedsKey(t *testing.T) {
	const flow = "flow: f\nconnections:\n  test: {KEY: \"${env.K}\"}\nsteps: [{call: test.echo, with: {value: \"${env.V}\"}}]\n"
	set := flows.WithEnv(func(name string) (string, bool) { return "value of " + name, true })
	for key, want := range map[string]error{"key": temporal.ErrNeedsKey, "host": nil} {
		f := load(t, &recorder{}, strings.Replace(flow, "KEY", key, 1))
		for encrypted, want := range map[bool]error{false: want, true: nil} {
			if _, err := temporal.Prepare(t.Context(), f, nil, temporal.PrepareOptions{Encrypted: encrypted}, set); !errors.Is(err, want) {
				t.Errorf("%s, encrypted %t: %v, want %v", key, encrypted, err, want)
			}
		}
	}
}

// TestRandomFlowsOnTemporal: whatever a flow is made of, it gives on Temporal
// what it gives in process, also when it is continued again and again and its
// loops are cut into chunks.
func TestRandomFlowsOnTemporal(t *testing.T) {
	reg := (&recorder{}).registry(t)
	rapid.Check(t, func(rt *rapid.T) {
		text := randomFlow(rt).b.String()
		flow, err := loadWith(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", reg)
		if err != nil {
			rt.Fatal(err)
		}
		want, err := flow.Run(t.Context(), nil)
		if err != nil {
			rt.Fatal(err)
		}
		limits := temporal.Limits{Items: 1, Records: rapid.IntRange(0, 5).Draw(rt, "records")}
		how := temporal.PrepareOptions{Encrypted: rapid.Bool().Draw(rt, "encrypted")}
		got, err := temporaltest.Run(t.Context(), flow, reg, nil, how, []temporal.Option{temporal.WithLimits(limits)})
		if err != nil {
			rt.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(want.Output, got.Output); diff != "" {
			rt.Fatalf("output (-in process +on Temporal):\n%s\n%s", diff, text)
		}
	})
}
