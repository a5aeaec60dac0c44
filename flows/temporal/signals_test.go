package temporal_test

import (
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/flows/temporal/temporaltest"
)

// TestUncheckedSignals: what comes by the server's own command is held against
// the flow; what does not fit is dropped, also where the workflow is continued by
// another one.
func TestUncheckedSignals(t *testing.T) {
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	flow := loadFlow(t, `flow: t
steps:
  - {wait: 1m}
  - {wait: 1m}
  - {id: ok, wait: {signal: go, timeout: 1h, accepts: {n: {type: integer, required: true}}}}
  - {wait: 1m}
  - {id: k, wait: {signal: keyed, key: a, timeout: 1h, accepts: {n: {type: integer}}}}
output: "${[steps.ok.n, steps.k.n]}"
`, reg)
	signals := []temporaltest.Signal{
		{After: time.Second, Name: "gone"},
		{After: 2 * time.Second, Name: "go", Values: map[string]any{"n": "x"}},
		{After: 3 * time.Second, Name: "keyed", Values: map[string]any{"n": 9}},
		{After: 70 * time.Second, Name: "keyed", Key: "a", Values: map[string]any{"n": 2}},
		{After: 5 * time.Minute, Name: "go", Values: map[string]any{"n": "1"}},
		{After: 5*time.Minute + time.Second, Name: "go", Values: map[string]any{"n": 3}},
	}
	for name, limits := range map[string]temporal.Limits{"one workflow": {}, "continued": {Records: 1}} {
		result, err := temporaltest.RunWithSignals(t.Context(), flow, reg, nil, temporal.PrepareOptions{}, signals, []temporal.Option{temporal.WithLimits(limits)})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if list, _ := result.Output.([]any); len(list) != 2 || list[0] != int64(1) || list[1] != int64(2) {
			t.Errorf("%s: the run gives %v", name, result.Output)
		}
	}
}

// A secret in a signal needs a key, as a secret input does.
func TestSecretSignalsNeedAKey(t *testing.T) {
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	flow := loadFlow(t, `flow: t
steps:
  - {id: ok, wait: {signal: go, timeout: 1h, accepts: {code: {type: secret}}}}
output: "${len(steps.ok.code)}"
`, reg)
	for keyed, want := range map[bool]report.SignalReason{false: report.SignalNeedsKey, true: ""} {
		var got error
		signal := temporaltest.Signal{After: time.Minute, Name: "go", Values: map[string]any{"code": "a-code-of-ada"}, Answer: func(err error) { got = err }}
		var worker []temporal.Option
		if keyed {
			worker = append(worker, temporal.WithEncryption())
		}
		result, err := temporaltest.RunWithSignals(t.Context(), flow, reg, nil, temporal.PrepareOptions{Encrypted: keyed}, []temporaltest.Signal{signal}, worker)
		var reason report.SignalReason
		if refused, ok := got.(*report.SignalError); ok {
			reason = refused.Reason
		}
		if reason != want {
			t.Errorf("keyed %t: the signal was %v", keyed, got)
		}
		if keyed && (err != nil || result.Output != int64(13)) {
			t.Errorf("the run ends with %v", err)
		}
	}
}
