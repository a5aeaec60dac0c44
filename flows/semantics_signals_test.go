package flows_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// refusal is why a signal was refused; empty where it was taken.
func refusal(err error) report.SignalReason {
	var refused *flows.SignalError
	if errors.As(err, &refused) {
		return refused.Reason
	}
	if err != nil {
		return report.SignalReason(err.Error())
	}
	return ""
}

// What a run in process takes as signals: the time is the test's own.
func TestHandleSignals(t *testing.T) {
	const flow = `flow: f
steps:
  - wait: 10m
  - {id: ok, wait: {signal: approval, timeout: 1h, accepts: {approved: {type: boolean, required: true}, by: {type: string, default: nobody}, since: {type: duration}}}}
  - {id: again, wait: {signal: approval, accepts: {since: {type: duration}, approved: {type: boolean, required: true}, by: {type: string, default: nobody}}}}
  - {wait: 10m}
output: "${json([steps.ok, steps.again == steps.ok])}"
`
	yes := map[string]any{"approved": "true", "since": "24h"}
	type given struct {
		after  time.Duration
		name   string
		key    string
		values map[string]any
		want   report.SignalReason
	}
	tests := []struct {
		name  string
		gives []given
		end   string
	}{
		{"while it waits", []given{{20 * time.Minute, "approval", "", yes, ""}}, `done [{"approved":true,"by":"nobody","since":"24h0m0s"},true]`},
		{
			"early, and again",
			[]given{{0, "approval", "", yes, ""}, {time.Minute, "approval", "", yes, ""}, {12 * time.Minute, "approval", "", yes, ""}},
			`done [{"approved":true,"by":"nobody","since":"24h0m0s"},true]`,
		},
		{
			"another value",
			[]given{{0, "approval", "", yes, ""}, {time.Minute, "approval", "", map[string]any{"approved": false}, report.SignalConflict}},
			`done [{"approved":true,"by":"nobody","since":"24h0m0s"},true]`,
		},
		{"nothing of what was refused is kept", []given{
			{0, "aproval", "", yes, report.SignalUnknown},
			{0, "approval", "x", yes, report.SignalUnknown},
			{0, "approval", "", map[string]any{"approved": "perhaps"}, report.SignalInvalid},
			{0, "approval", "", map[string]any{"by": "me"}, report.SignalInvalid},
			{0, "approval", "", map[string]any{"approved": true, "bye": "me"}, report.SignalInvalid},
			{0, "approval", "", map[string]any{"approved": true, "by": strings.Repeat("x", 1<<20)}, report.SignalInvalid},
			{time.Minute, "approval", "", map[string]any{"approved": false, "by": "Ada"}, ""},
		}, `done [{"approved":false,"by":"Ada","since":null},true]`},
		{"just before the time is over", []given{{70*time.Minute - time.Nanosecond, "approval", "", yes, ""}}, `done [{"approved":true,"by":"nobody","since":"24h0m0s"},true]`},
		{"too late", []given{{71 * time.Minute, "approval", "", yes, report.SignalEnded}}, "SignalTimeout timeout"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := begin(t.Context(), t, &recorder{}, flow, nil)
				start := time.Now()
				for _, g := range test.gives {
					time.Sleep(time.Until(start.Add(g.after)))
					if got := refusal(h.Signal(t.Context(), g.name, g.key, g.values)); got != g.want {
						t.Errorf("after %s: %q, want %q", g.after, got, g.want)
					}
				}
				if got := ending(h.Wait(context.Background())); got != test.end {
					t.Errorf("got  %s\nwant %s", got, test.end)
				}
			})
		})
	}
}

// A wait that ran out closes its signal, and the next one opens it again: that
// is how a flow reminds somebody.
func TestSignalRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := begin(t.Context(), t, &recorder{}, `flow: f
steps:
  - set: {rounds: 0}
  - repeat:
      - try: [{id: ok, wait: {signal: go, key: it, timeout: 1h, accepts: {n: {type: integer}}}}]
        catch: [{on: SignalTimeout, do: [{wait: 10m}]}]
      - set: {rounds: "${ctx.rounds + 1}"}
    until: "${steps.ok != null}"
output: "${ctx.rounds} rounds, ${steps.ok.n}"
`, nil)
		one := map[string]any{"n": 1}
		time.Sleep(65 * time.Minute)
		if got := refusal(h.Signal(t.Context(), "go", "it", one)); got != report.SignalRanOut {
			t.Errorf("between two waits: %q", got)
		}
		if got := refusal(h.Signal(t.Context(), "go", "other", one)); got != "" {
			t.Errorf("under another key: %q", got)
		}
		time.Sleep(10 * time.Minute)
		if got := refusal(h.Signal(t.Context(), "go", "it", one)); got != "" {
			t.Errorf("in the second round: %q", got)
		}
		if got := ending(h.Wait(context.Background())); got != "done 2 rounds, 1" {
			t.Errorf("got %s", got)
		}
	})
}

// The signals of a called flow have the path of the step in front that calls it.
func TestSignalNames(t *testing.T) {
	files := fstest.MapFS{
		"flow.yaml": {Data: []byte(`flow: f
steps:
  - {wait: {signal: own}}
  - forEach: [a, b]
    concurrency: 2
    do: [{id: review, flow: mid.yaml, with: {id: "${item}"}}]
  - try: [{flow: sub.yaml, with: {id: x}}]
    finally: []
`)},
		"mid.yaml": {Data: []byte("flow: m\ninputs: {id: {type: string}}\nsteps: [{id: inside, flow: sub.yaml, with: {id: \"${ctx.id}\"}}, {wait: {signal: mid, key: \"${ctx.id}\"}}]")},
		"sub.yaml": {Data: []byte("flow: s\ninputs: {id: {type: string}}\nsteps: [{wait: {signal: go, key: \"${ctx.id}\", accepts: {n: {type: integer}}}}]")},
	}
	flow, err := flows.Load(files, "flow.yaml", (&recorder{}).registry(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range flow.Signals() {
		got = append(got, s.Name)
	}
	want := []string{"own", "/2/review/mid", "/2/review/inside/go", "/3/try/1/go"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	synctest.Test(t, func(t *testing.T) {
		h, err := flow.Start(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []struct{ name, key string }{
			{"own", ""}, {"/2/review/inside/go", "a"}, {"/2/review/inside/go", "b"}, {"/2/review/mid", "a"}, {"/2/review/mid", "b"}, {"/3/try/1/go", "x"},
		} {
			synctest.Wait()
			if err := h.Signal(t.Context(), s.name, s.key, nil); err != nil {
				t.Error(err)
			}
		}
		if err := h.Signal(t.Context(), "/2/review/go", "a", nil); refusal(err) != report.SignalUnknown {
			t.Errorf("a name with a part missing: %v", err)
		}
		if _, err := h.Wait(context.Background()); err != nil {
			t.Error(err)
		}
	})
}
