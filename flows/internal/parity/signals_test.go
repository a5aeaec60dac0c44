package parity_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/flows/temporal/temporaltest"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/internal/value"
)

// given is a signal that a run is given at a time, and how it is refused.
type given struct {
	after     time.Duration
	name, key string
	values    string // JSON
	refused   report.SignalReason
}

func (g given) with() map[string]any {
	if g.values == "" {
		return nil
	}
	v, err := value.DecodeJSON([]byte(g.values))
	if err != nil {
		panic(err)
	}
	return v.(map[string]any)
}

// signalRules are what runs take as signals, and what comes of them: the same on
// every runtime. Each flow begins with a minute before its first wait.
var signalRules = map[string]struct {
	steps  string
	output string
	gives  []given
	ends   string // the output as JSON, or the code of the failure
}{
	"while it waits": {
		"- {id: ok, wait: {signal: go, timeout: 1h, accepts: {n: {type: integer, required: true}, by: {type: string, default: Ada}, at: {type: timestamp}}}}",
		"${steps.ok}",
		[]given{{10 * time.Minute, "go", "", `{"n":"3"}`, ""}},
		`{"at":null,"by":"Ada","n":3}`,
	},
	"before it waits": {
		"- {id: ok, wait: {signal: go, accepts: {n: {type: integer}}}}", "${[steps.ok.n, now() < addDuration(run.startedAt, '2m')]}",
		[]given{{time.Second, "go", "", `{"n":3}`, ""}, {2 * time.Second, "go", "", `{"n":"3"}`, ""}, {3 * time.Second, "go", "", `{"n":4}`, report.SignalConflict}},
		`[3,true]`,
	},
	"without values": {
		"- {id: ok, wait: {signal: go}}", "${steps.ok}", []given{{2 * time.Minute, "go", "", "", ""}}, `{}`,
	},
	"all waits get the same": {
		"- parallel: {a: [{id: a, wait: {signal: go, accepts: {n: {}}}}], b: [{id: b, wait: {signal: go, accepts: {n: {}}}}], c: [{wait: 5m}, {id: c, wait: {signal: go, accepts: {n: {}}}}]}\n" +
			"- {id: d, wait: {signal: go, accepts: {n: {}}}}",
		"${[steps.a.n, steps.b.n, steps.c.n, steps.d.n]}",
		[]given{{2 * time.Minute, "go", "", `{"n":[1,"x"]}`, ""}},
		`[[1,"x"],[1,"x"],[1,"x"],[1,"x"]]`,
	},
	"what is refused leaves nothing": {
		"- {id: ok, wait: {signal: go, accepts: {n: {type: integer, required: true}}}}\n- {id: k, wait: {signal: keyed, key: a}}", "${steps.ok.n}",
		[]given{
			{time.Second, "gone", "", "", report.SignalUnknown},
			{2 * time.Second, "go", "k", `{"n":1}`, report.SignalUnknown},
			{3 * time.Second, "keyed", "", "", report.SignalUnknown},
			{4 * time.Second, "keyed", strings.Repeat("k", 201), "", report.SignalUnknown},
			{5 * time.Second, "go", "", `{"n":"x"}`, report.SignalInvalid},
			{6 * time.Second, "go", "", ``, report.SignalInvalid},
			{7 * time.Second, "go", "", `{"n":1,"m":1}`, report.SignalInvalid},
			{8 * time.Second, "go", "", `{"n":2}`, ""},
			{9 * time.Second, "keyed", "b", "", ""},
			{10 * time.Second, "keyed", "a", "", ""},
		},
		`2`,
	},
	"keys in a loop": {
		"- id: l\n  forEach: [a, b, c]\n  concurrency: 2\n  do: [{id: w, wait: {signal: go, key: \"${item}\", accepts: {n: {type: integer}}}}]\n  collect: \"${steps.w.n}\"",
		"${steps.l}",
		[]given{
			{2 * time.Minute, "go", "c", `{"n":3}`, ""},
			{3 * time.Minute, "go", "b", `{"n":2}`, ""},
			{4 * time.Minute, "go", "a", `{"n":1}`, ""},
		},
		`[1,2,3]`,
	},
	"it does not come": {
		"- {wait: {signal: go, timeout: 1h}}", "x", nil, "SignalTimeout",
	},
	"it comes too late, and is opened again": {
		"- try: [{wait: {signal: go, timeout: 10m}}]\n  catch: [{on: timeout, do: [{wait: 10m}]}]\n- {id: ok, wait: {signal: go, timeout: 10m}}", "done",
		[]given{{15 * time.Minute, "go", "", "", report.SignalRanOut}, {25 * time.Minute, "go", "", "", ""}},
		`"done"`,
	},
	"a block's time is over first": {
		"- {if: true, timeout: 10m, then: [{wait: {signal: go}}]}", "x", nil, "Timeout",
	},
	"a branch beside it fails": {
		"- parallel: {a: [{wait: {signal: go}}], b: [{wait: 5m}, {fail: {code: Beside, message: x}}]}", "x", nil, "Beside",
	},
	"a called flow": {
		"- {id: review, flow: sub.yaml, with: {id: o-1}}", "${steps.review}",
		[]given{{2 * time.Minute, "go", "o-1", `{"n":1}`, report.SignalUnknown}, {3 * time.Minute, "/review/go", "o-1", `{"n":1}`, ""}},
		`1`,
	},
	"a flow called in a loop": {
		"- {id: l, forEach: [a, b], as: x, do: [{id: review, flow: sub.yaml, with: {id: \"${x}\"}}], collect: \"${steps.review}\"}", "${steps.l}",
		[]given{{2 * time.Minute, "/l/review/go", "b", `{"n":2}`, ""}, {3 * time.Minute, "/l/review/go", "a", `{"n":1}`, ""}},
		`[1,2]`,
	},
	"a try that is tried again": {
		"- {set: {n: 0}}\n- try: [{id: ok, wait: {signal: go, accepts: {n: {type: integer}}}}, {wait: 5m}, {fail: {code: Again, message: again}}]\n" +
			"  retry: {attempts: 2, delay: 1s, jitter: false, on: [Again]}\n  catch: [{do: [{set: {n: \"${steps.ok.n}\"}}]}]", "${ctx.n}",
		[]given{{2 * time.Minute, "go", "", `{"n":1}`, ""}},
		`1`,
	},
}

// TestSignalRules: what a run takes as a signal is the same on every runtime.
func TestSignalRules(t *testing.T) {
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range signalRules {
		t.Run(name, func(t *testing.T) {
			text := "flow: t\nsteps:\n  - {wait: 1m}\n  " + strings.ReplaceAll(test.steps, "\n", "\n  ") + "\noutput: \"" + test.output + "\"\n"
			files := fstest.MapFS{
				"flow.yaml": {Data: []byte(text)},
				"sub.yaml":  {Data: []byte("flow: s\ninputs: {id: {type: string}}\nsteps: [{id: go, wait: {signal: go, key: \"${ctx.id}\", accepts: {n: {type: integer}}}}]\noutput: \"${steps.go.n}\"")},
			}
			flow, err := flows.Load(files, "flow.yaml", reg)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			var want []report.SignalReason
			for _, g := range test.gives {
				want = append(want, g.refused)
			}
			for runtime, run := range signalRuntimes(flow, reg) {
				ends, refused := run(t, test.gives)
				if ends != test.ends {
					t.Errorf("%s ends with %s, want %s", runtime, ends, test.ends)
				}
				if diff := cmp.Diff(want, refused); diff != "" {
					t.Errorf("%s refuses (-want +got):\n%s", runtime, diff)
				}
			}
			inTest(t, files, reg, test.gives, test.ends)
		})
	}
}

type signalRun func(*testing.T, []given) (ends string, refused []report.SignalReason)

func signalRuntimes(flow *flows.Flow, reg *connector.Registry) map[string]signalRun {
	continued := temporal.WithLimits(temporal.Limits{Items: 1, Records: 1})
	return map[string]signalRun{
		"in process": func(t *testing.T, gives []given) (ends string, refused []report.SignalReason) {
			synctest.Test(t, func(t *testing.T) {
				h, err := flow.Start(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				refused = giveAll(t, h, gives)
				ends = endOf(h.Wait(context.Background()))
			})
			return ends, refused
		},
		"journal": func(t *testing.T, gives []given) (ends string, refused []report.SignalReason) {
			path := filepath.Join(testenv.Memory(t), "runs.db")
			synctest.Test(t, func(t *testing.T) {
				j, err := journal.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				defer j.Close()
				h, err := j.Start(t.Context(), flow, nil)
				if err != nil {
					t.Fatal(err)
				}
				refused = giveAll(t, h, gives)
				ends = endOf(h.Wait(context.Background()))
			})
			return ends, refused
		},
		"Temporal": func(t *testing.T, gives []given) (string, []report.SignalReason) {
			return onTemporal(t, flow, reg, gives, nil)
		},
		"Temporal, continued": func(t *testing.T, gives []given) (string, []report.SignalReason) {
			return onTemporal(t, flow, reg, gives, []temporal.Option{continued})
		},
	}
}

func giveAll(t *testing.T, h interface {
	Signal(ctx context.Context, name, key string, values map[string]any) error
}, gives []given,
) (refused []report.SignalReason) {
	start := time.Now()
	for _, g := range gives {
		time.Sleep(time.Until(start.Add(g.after)))
		refused = append(refused, reasonOf(t, h.Signal(t.Context(), g.name, g.key, g.with())))
	}
	return refused
}

func onTemporal(t *testing.T, flow *flows.Flow, reg *connector.Registry, gives []given, worker []temporal.Option) (string, []report.SignalReason) {
	var signals []temporaltest.Signal
	refused := make([]report.SignalReason, len(gives))
	for i, g := range gives {
		refused[i] = "not answered"
		signals = append(signals, temporaltest.Signal{
			After: g.after, Name: g.name, Key: g.key, Values: g.with(), Answer: func(err error) { refused[i] = reasonOf(t, err) },
		})
	}
	ends := endOf(temporaltest.RunWithSignals(t.Context(), flow, reg, nil, temporal.PrepareOptions{}, signals, worker))
	if len(refused) == 0 {
		refused = nil
	}
	return ends, refused
}

func reasonOf(t *testing.T, err error) report.SignalReason {
	var refused *report.SignalError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return refused.Reason
	}
	t.Error(err)
	return "?"
}

func endOf(result *flows.Result, err error) string {
	if err != nil {
		return report.AsRunError(err).Code
	}
	text, _ := value.EncodeJSON(result.Output)
	return string(text)
}

// inTest gives the same signals in a flow test.
func inTest(t *testing.T, files fstest.MapFS, reg *connector.Registry, gives []given, ends string) {
	var b strings.Builder
	b.WriteString("tests:\n  - name: t\n    signals:\n")
	for _, g := range gives {
		fmt.Fprintf(&b, "      - {signal: %s, after: %s", g.name, g.after)
		if g.key != "" {
			fmt.Fprintf(&b, ", key: %s", g.key)
		}
		if g.values != "" {
			fmt.Fprintf(&b, ", with: %s", strings.ReplaceAll(g.values, ":", ": "))
		}
		if g.refused != "" {
			fmt.Fprintf(&b, ", refused: %s", g.refused)
		}
		b.WriteString("}\n")
	}
	files["flow.test.yaml"] = &fstest.MapFile{Data: []byte(b.String())}
	suite, err := flowtest.Load(files, "flow.test.yaml", reg)
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	o := suite.Tests()[0].Run(t.Context())
	got := endOf(&flows.Result{Output: o.Output}, nil)
	if o.Err != nil {
		got = o.Err.Code
	}
	for _, failure := range o.Failures {
		if o.Err == nil || !strings.HasPrefix(failure, "the flow fails") {
			t.Errorf("a flow test: %s", failure)
		}
	}
	if got != ends {
		t.Errorf("a flow test ends with %s, want %s", got, ends)
	}
}
