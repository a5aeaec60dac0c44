package flows

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/lending"
)

type unwatching struct{}

func (unwatching) Observe(report.Part) report.Watch { return nil }

// A run serves another one where it went well and nobody can have any of it, and stays as
// it is everywhere else.
func TestRunsThatAreLeft(t *testing.T) {
	type in struct {
		Fail bool `param:"fail"`
	}
	fails := func(in in) (string, error) {
		if in.Fail {
			return "", &connector.Error{Code: "Broken", Class: connector.ClassUnavailable, Message: "as asked"}
		}
		return "well", nil
	}
	plain := connector.Op("own.plain", "Look at the parameters alone.", func(_ context.Context, in in) (string, error) { return fails(in) })
	keeps := connector.OpWith("own.keeps", "Be free to keep the call.", func(_ context.Context, _ *connector.Call, in in) (string, error) { return fails(in) })
	promises := connector.OpWith("own.promises", "Keep nothing of the call.", func(_ context.Context, _ *connector.Call, in in) (string, error) { return fails(in) })
	lending.PromiseCall(promises)
	once := 0
	again := connector.Op("own.again", "Fail each other time.", func(context.Context, struct{}) (string, error) {
		once++
		return fails(in{once%2 == 1})
	}, connector.WithEffect(connector.EffectReadOnly))
	registry, err := connector.NewRegistry(&connector.Connector{Name: "own", Operations: []*connector.Operation{plain, keeps, promises, again}})
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"inner.yaml": {Data: []byte("flow: inner\nsteps: [{call: own.keeps}]")}}
	for name, tt := range map[string]struct {
		steps   string
		head    string
		options []RunOption
		left    bool
	}{
		"parameters alone": {steps: "[{call: own.plain}]", left: true},
		"a promise":        {steps: "[{call: own.promises}, {forEach: [1, 2], as: x, concurrency: 2, do: [{call: own.promises}]}]", left: true},
		"a listener":       {steps: "[{call: own.promises}]", options: []RunOption{WithListener(func(Event) {})}, left: true},
		"an undo":          {steps: "[{call: own.plain, undo: [{call: own.plain}]}]", left: true},

		"no promise":                 {steps: "[{call: own.plain}, {call: own.keeps}]"},
		"no promise of an undo":      {steps: "[{call: own.plain, undo: [{call: own.keeps}]}]"},
		"no promise of another flow": {steps: "[{flow: inner.yaml}]"},
		"a failure":                  {steps: "[{try: [{call: own.promises, with: {fail: true}}], catch: [{do: [{call: own.plain}]}]}]"},
		"an attempt":                 {steps: "[{call: own.again, retry: {attempts: 2, delay: 1ms}}]"},
		"an observer":                {steps: "[{call: own.plain}]", options: []RunOption{WithObserver(unwatching{})}},
		"a sandbox":                  {steps: "[{call: own.plain}]", options: []RunOption{WithSandbox(connector.Sandbox{})}},
		"a secret": {
			steps: "[{call: own.plain}]", head: "secrets: {token: {env: TOKEN}}\n",
			options: []RunOption{WithEnv(func(string) (string, bool) { return "hush, hush", true })},
		},
	} {
		t.Run(name, func(t *testing.T) {
			files["flow.yaml"] = &fstest.MapFile{Data: []byte("flow: f\n" + tt.head + "steps: " + tt.steps)}
			flow, err := Load(files, "flow.yaml", registry)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				x := flow.run(tt.options)
				if _, err := x.Run(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
				if x.Leave(); (x.ID() == "") != tt.left {
					t.Errorf("the run has the id %q", x.ID())
				}
			}
		})
	}
}

// What an operation writes to the log once its run has ended belongs to that run, also
// where others have run meanwhile.
func TestLogsOfRunsThatEnded(t *testing.T) {
	type in struct {
		Fail bool `param:"fail"`
	}
	var kept []connector.LogFunc
	keep := func(_ context.Context, call *connector.Call, in in) (string, error) {
		if kept = append(kept, call.Log); in.Fail {
			return "", &connector.Error{Code: "Broken", Class: connector.ClassInvalid, Message: "as asked"}
		}
		return "well", nil
	}
	keeps := connector.OpWith("own.keeps", "Keep the call.", keep)
	promises := connector.OpWith("own.promises", "Keep the call where that fails, of which no promise says anything.", func(ctx context.Context, call *connector.Call, in in) (string, error) {
		if !in.Fail {
			return "well", nil
		}
		return keep(ctx, call, in)
	})
	lending.PromiseCall(promises)
	registry, err := connector.NewRegistry(&connector.Connector{Name: "own", Operations: []*connector.Operation{keeps, promises}})
	if err != nil {
		t.Fatal(err)
	}
	for name, steps := range map[string]string{
		"no promise": "[{id: keeps, call: own.keeps}, {id: other, call: own.promises}]",
		"a failure":  "[{try: [{id: keeps, call: own.promises, with: {fail: true}}], catch: [{do: [{id: other, call: own.promises}]}]}]",
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"flow.yaml": {Data: []byte("flow: f\nsteps: " + steps)}}
			flow, err := Load(files, "flow.yaml", registry)
			if err != nil {
				t.Fatal(err)
			}
			type line struct{ run, step, message string }
			lines, kept0 := map[line]bool{}, len(kept)
			listen := WithListener(func(e Event) {
				if e.Type == report.StepLogged {
					lines[line{e.RunID, e.Step, e.Message}] = true
				}
			})
			ids := []string{"one", "two", "three"}
			for _, id := range ids {
				if _, err := flow.Run(t.Context(), nil, WithRunID(id), listen); err != nil {
					t.Fatal(err)
				}
			}
			for i, id := range ids {
				kept[kept0+i](connector.LogInfo, "late", nil)
				found := false
				for l := range lines {
					found = found || l.run == id && l.message == "late" && l.step[len(l.step)-len("keeps"):] == "keeps"
				}
				if !found {
					t.Errorf("no late line of %s: %v", id, lines)
				}
			}
		})
	}
}
