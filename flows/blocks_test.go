package flows_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

func TestBlocks(t *testing.T) {
	tests := map[string]struct {
		flow   string
		inputs map[string]any
		want   string
		calls  string
	}{
		"switch by value": {
			flow:   "inputs: {k: {type: string}}\nsteps: [{switch: \"${ctx.k}\", cases: [{is: [a, b], do: [{set: {x: ab}}]}, {is: c, do: [{set: {x: c}}]}], default: [{set: {x: other}}]}]\noutput: \"${ctx.x}\"",
			inputs: map[string]any{"k": "b"}, want: `"ab"`,
		},
		"switch to default": {
			flow:   "inputs: {k: {type: string}}\nsteps: [{switch: \"${ctx.k}\", cases: [{is: a, do: [{set: {x: a}}]}], default: [{set: {x: other}}]}]\noutput: \"${ctx.x}\"",
			inputs: map[string]any{"k": "z"}, want: `"other"`,
		},
		"switch without a match does nothing": {
			flow:   "inputs: {k: {type: integer}}\nsteps: [{switch: \"${ctx.k}\", cases: [{is: 1, do: [{set: {x: a}}]}]}]\noutput: \"${ctx.x ?? 'none'}\"",
			inputs: map[string]any{"k": 2}, want: `"none"`,
		},
		"switch without a value": {
			flow: "steps: [{switch: , cases: [{when: \"${1 > 2}\", do: [{set: {x: a}}]}, {when: \"${2 > 1}\", do: [{set: {x: b}}]}]}]\noutput: \"${ctx.x}\"", want: `"b"`,
		},
		"numbers compare by value": {
			flow: "inputs: {k: {type: number, default: 2}}\nsteps: [{switch: \"${ctx.k}\", cases: [{is: 2.0, do: [{set: {x: two}}]}]}]\noutput: \"${ctx.x}\"", want: `"two"`,
		},
		"parallel": {
			flow: "steps: [{set: {x: 0}}, {parallel: {a: [{id: one, call: test.echo, with: {value: 1}}, {set: {x: 1, a: 1}}], b: [{id: two, call: test.echo, with: {value: 2}}, {set: {b: 2}}]}}]\noutput: [\"${steps.one}\", \"${steps.two}\", \"${ctx.x}\", \"${ctx.a + ctx.b}\"]",
			want: "[1,2,1,3]",
		},
		"parallel gathers errors": {
			flow: "steps: [{id: p, parallel: {good: [{call: test.echo}], bad: [{call: test.fail, with: {name: it}}]}, onError: collect}]\noutput: \"${map(keys(steps.p.errors), steps.p.errors[#].code + ' in ' + #)}\"",
			want: `["Broken in bad"]`,
		},
		"forEach gathers errors": {
			flow:  "steps: [{id: l, forEach: [1, 2, 3], onError: collect, do: [{call: test.change, with: {name: \"${item}\"}, undo: {call: test.change, with: {name: \"undo-${item}\"}}}, {if: \"${item == 2}\", call: test.fail, with: {name: x}}], collect: \"${item * 10}\"}]\noutput: {items: \"${steps.l.items}\", errors: \"${map(steps.l.errors, [#.index, #.error.code])}\"}",
			want:  `{"errors":[[1,"Broken"]],"items":[10,null,30]}`,
			calls: "change:1 change:2 fail:x change:undo-2 change:3",
		},
		"catch by class": {
			flow: "steps: [{try: [{call: test.fail, with: {class: denied, code: No}}], catch: [{on: throttled, do: [{set: {x: wrong}}]}, {on: [denied], do: [{set: {x: \"${error.code} ${error.step}\"}}]}]}]\noutput: \"${ctx.x}\"",
			want: `"No /1/try/1"`,
		},
		"catch by code": {
			flow: "steps: [{try: [{call: test.fail, with: {code: No}}], catch: [{on: No, do: [{set: {x: 1}}]}]}]\noutput: \"${ctx.x}\"", want: "1",
		},
		"catch by condition": {
			flow: "steps: [{try: [{call: test.fail}], catch: [{if: \"${error.attempts > 1}\", do: [{set: {x: many}}]}, {if: \"${error.message contains 'broke'}\", do: [{set: {x: broke}}]}]}]\noutput: \"${ctx.x}\"", want: `"broke"`,
		},
		"finally runs after the body and after a handler": {
			flow:  "steps: [{try: [{call: test.echo, with: {name: body}}], finally: [{call: test.echo, with: {name: f1}}]}, {try: [{call: test.fail, with: {name: bad}}], catch: [{do: [{call: test.echo, with: {name: handler}}]}], finally: [{call: test.echo, with: {name: f2}}]}]",
			calls: "echo:body echo:f1 fail:bad echo:handler echo:f2", want: "null",
		},
		"the body's undos run before the handler": {
			flow:  "steps: [{try: [{call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}, {call: test.fail, with: {name: x}}], catch: [{do: [{call: test.echo, with: {name: handler}}]}]}]",
			calls: "change:a fail:x change:undo-a echo:handler", want: "null",
		},
		"a try is tried again, with ctx as it was": {
			flow:  "steps: [{set: {n: 0}}, {try: [{set: {n: \"${ctx.n + 1}\"}}, {call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}, {call: test.fail, with: {name: x, times: 2}}], retry: {attempts: 3, delay: 1ms}}]\noutput: \"${ctx.n}\"",
			calls: "change:a fail:x change:undo-a change:a fail:x change:undo-a change:a fail:x", want: "1",
		},
		"return inside try runs finally": {
			flow: "steps: [{try: [{return: early}], finally: [{call: test.echo, with: {name: f}}]}, {call: test.echo, with: {name: late}}]", want: `"early"`, calls: "echo:f",
		},
		"repeat until": {
			flow:  "steps: [{set: {n: 0}}, {id: r, repeat: [{set: {n: \"${ctx.n + 1}\"}}, {id: e, call: test.echo, with: {name: \"${ctx.n}\", value: \"${ctx.n}\"}}], until: \"${steps.e == 3}\", every: 1ms}]\noutput: [\"${steps.r}\", \"${steps.e}\", \"${ctx.n}\"]",
			calls: "echo:1 echo:2 echo:3", want: "[3,3,3]",
		},
		"wait": {flow: "steps: [{wait: 1ms}, {wait: {until: \"2020-01-01T00:00:00Z\"}}, {wait: \"${'2' + 'ms'}\"}]\noutput: done", want: `"done"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			got := output(t, r, "flow: t\n"+test.flow, test.inputs)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if test.calls != "" && test.calls != r.noted() {
				t.Errorf("calls: %s\nwant:  %s", r.noted(), test.calls)
			}
		})
	}
}

func TestBlockFailures(t *testing.T) {
	tests := map[string]struct {
		flow, code, step, calls string
		check                   func(*report.RunError) bool
	}{
		"repeat runs out": {
			flow: "steps: [{id: r, repeat: [{call: test.echo}], until: \"${false}\", maxAttempts: 3}]", code: "RepeatExhausted", step: "/r",
			calls: "echo: echo: echo:", check: func(e *report.RunError) bool { return e.Class == connector.ClassTimeout },
		},
		"no handler fits": {
			flow: "steps: [{try: [{call: test.fail, with: {name: x}}], catch: [{on: denied, do: []}]}]", code: "Broken", step: "/1/try/1", calls: "fail:x",
		},
		"a handler's error has the first as its cause": {
			flow: "steps: [{try: [{call: test.fail, with: {name: x}}], catch: [{do: [{fail: {code: Worse, message: m}}]}]}]", code: "Worse", step: "/1/catch[0]/1", calls: "fail:x",
			check: func(e *report.RunError) bool {
				cause, ok := e.Cause.(*report.RunError)
				return ok && cause.Code == "Broken"
			},
		},
		"thrown again unchanged": {
			flow: "steps: [{try: [{call: test.fail, with: {name: x}}], catch: [{do: [{fail: \"${error}\"}]}]}]", code: "Broken", step: "/1/try/1", calls: "fail:x",
			check: func(e *report.RunError) bool { return e.Cause == nil },
		},
		"finally's error where there was none": {
			flow: "steps: [{try: [{call: test.echo}], finally: [{call: test.fail, with: {name: f}}]}]", code: "Broken", step: "/1/finally/1", calls: "echo: fail:f",
		},
		"finally's error beside another": {
			flow: "steps: [{try: [{call: test.fail, with: {name: x, code: First}}], finally: [{call: test.fail, with: {name: f}}]}]", code: "First", step: "/1/try/1", calls: "fail:x fail:f",
			check: func(e *report.RunError) bool { return len(e.Suppressed) == 1 && e.Suppressed[0].Code == "Broken" },
		},
		"undos of a try that succeeded are the flow's": {
			flow: "steps: [{try: [{call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}], undo: {call: test.change, with: {name: undo-try}}, finally: [{call: test.echo}]}, {fail: {code: X, message: m}}]",
			code: "X", step: "/2", calls: "change:a echo: change:undo-try change:undo-a",
		},
		"branches are undone last declared first": {
			flow: "steps: [{parallel: {a: [{call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}], b: [{call: test.sleep, with: {for: 30ms, name: b}, undo: {call: test.change, with: {name: undo-b}}}]}}, {fail: {code: X, message: m}}]",
			code: "X", step: "/2", calls: "change:a slept:b change:undo-b change:undo-a",
		},
		"rounds are undone as they were": {
			flow: "steps: [{set: {n: 0}}, {repeat: [{set: {n: \"${ctx.n + 1}\"}}, {id: c, call: test.change, with: {name: \"c${ctx.n}\", value: \"${ctx.n}\"}}, {call: test.change, with: {name: d}, undo: {call: test.change, with: {name: \"undo-${steps.c}\"}}}], until: \"${ctx.n == 2}\"}, {fail: {code: X, message: m}}]",
			code: "X", step: "/3", calls: "change:c1 change:d change:c2 change:d change:undo-2 change:undo-1",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			err := failure(t, r, "flow: t\n"+test.flow, nil)
			if err.Code != test.code || err.Step != test.step {
				t.Errorf("the error is %s at %s, want %s at %s", err.Code, err.Step, test.code, test.step)
			}
			if r.noted() != test.calls {
				t.Errorf("calls: %s\nwant:  %s", r.noted(), test.calls)
			}
			if test.check != nil && !test.check(err) {
				t.Errorf("the error is %+v", err)
			}
		})
	}
}

func TestFinallyRunsOnCancellation(t *testing.T) {
	r := &recorder{}
	f := load(t, r, `flow: t
steps:
  - try:
      - {call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}
      - {id: b, call: test.sleep, with: {for: 10s, name: b}}
    catch: [{do: [{call: test.echo, with: {name: handler}}]}]
    finally: [{call: test.echo, with: {name: finally}}]
`)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := carry(ctx, t, f, nil, flows.WithListener(func(e report.Event) {
		if e.Type == report.StepStarted && e.Step == "/1/try/b" {
			cancel()
		}
	}))
	var failure *report.RunError
	if !errors.As(err, &failure) || failure.Class != connector.ClassCanceled {
		t.Fatalf("the run gave %v", err)
	}
	if want := "change:a change:undo-a echo:finally"; strings.Replace(r.noted(), "stopped:b ", "", 1) != want {
		t.Errorf("calls: %s\nwant:  %s", r.noted(), want)
	}
}

// loadAll loads a flow of several files.
func loadAll(t *testing.T, r *recorder, files map[string]string) *flows.Flow {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	f, err := loadWith(fsys, "main.yaml", r.registry(t))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const greetFlow = `flow: greet
inputs: {name: {type: string, required: true}, fail: {type: boolean, default: false}}
connections: {test: {host: inner}}
steps:
  - {id: c, call: test.change, with: {name: "${ctx.name}"}, undo: {call: test.change, with: {name: "undo-${ctx.name}"}}}
  - {if: "${ctx.fail}", call: test.fail, with: {name: inside}}
output: {text: "hello ${ctx.name}"}
`

func TestSubFlows(t *testing.T) {
	tests := map[string]struct{ main, want, calls, code, step string }{
		"output": {
			main: "steps: [{id: g, flow: parts/greet.yaml, with: {name: Ada}}]\noutput: \"${upper(steps.g.text)}\"", want: `"HELLO ADA"`, calls: "change:Ada",
		},
		"a failing flow undoes itself first": {
			main:  "steps: [{call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}, {try: [{id: g, flow: parts/greet.yaml, with: {name: Ada, fail: true}}], catch: [{do: [{call: test.echo, with: {name: \"${error.step}\"}}, {fail: \"${error}\"}]}]}]",
			calls: "change:a change:Ada fail:inside change:undo-Ada echo:/2/try/g/2 change:undo-a", code: "Broken", step: "/2/try/g/2",
		},
		"undos of a flow that succeeded are the caller's": {
			main: "steps: [{flow: parts/greet.yaml, with: {name: Ada}}, {fail: {code: X, message: m}}]", calls: "change:Ada change:undo-Ada", code: "X", step: "/2",
		},
		"the step's own undo takes their place": {
			main: "steps: [{id: g, flow: parts/greet.yaml, with: {name: Ada}, undo: {call: test.change, with: {name: \"${result.text}\"}}}, {fail: {code: X, message: m}}]", calls: "change:Ada change:hello Ada", code: "X", step: "/2",
		},
		"tried again": {
			main: "steps: [{flow: parts/flaky.yaml, retry: {attempts: 3, delay: 1ms}}]\noutput: ok", want: `"ok"`, calls: "fail:flaky fail:flaky fail:flaky",
		},
		"its own time limit can be caught": {
			main: "steps: [{try: [{flow: parts/slow.yaml}], catch: [{on: timeout, do: [{set: {x: late}}]}]}]\noutput: \"${ctx.x}\"", want: `"late"`, calls: "stopped:slow",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			f := loadAll(t, r, map[string]string{
				"main.yaml": "flow: main\n" + test.main, "parts/greet.yaml": greetFlow,
				"parts/flaky.yaml": "flow: flaky\nsteps: [{call: test.fail, with: {name: flaky, times: 2}}]",
				"parts/slow.yaml":  "flow: slow\ntimeout: 20ms\nsteps: [{call: test.sleep, with: {for: 10s, name: slow}}]",
			})
			result, err := carry(t.Context(), t, f, nil)
			if r.noted() != test.calls {
				t.Errorf("calls: %s\nwant:  %s", r.noted(), test.calls)
			}
			if test.code != "" {
				var failure *report.RunError
				if !errors.As(err, &failure) || failure.Code != test.code || failure.Step != test.step {
					t.Errorf("the error is %v, want %s at %s", err, test.code, test.step)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := value.EncodeJSON(result.Output); string(got) != test.want {
				t.Errorf("the output is %s, want %s", got, test.want)
			}
		})
	}
}

func TestSubFlowConnections(t *testing.T) {
	r := &recorder{}
	f := loadAll(t, r, map[string]string{
		"main.yaml":        "flow: main\nconnections: {test: {host: outer}, prod: {connector: test, host: prod}}\nsteps: [{call: test.echo}, {flow: parts/greet.yaml, with: {name: a}}, {flow: parts/greet.yaml, with: {name: b}, connections: {test: prod}}]",
		"parts/greet.yaml": greetFlow,
	})
	var hosts []string
	r.onOpen = func(host any) { hosts = append(hosts, host.(string)) }
	if _, err := carry(t.Context(), t, f, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"outer", "inner", "prod"}, hosts); diff != "" {
		t.Errorf("connections (-want +got):\n%s", diff)
	}
}

func TestSecretsAreRead(t *testing.T) {
	text := "flow: t\nsecrets: {a: {env: A_VAR}, b: , c: }\nsteps: [{id: l, call: test.login, with: {password: \"${secrets.a}${secrets.b}${secrets.c}\"}}]\noutput: \"${steps.l.token}\""
	env := func(name string) (string, bool) {
		return map[string]string{"A_VAR": "one-", "c": "three"}[name], name == "A_VAR" || name == "c"
	}
	provider := func(_ context.Context, name string) (string, bool, error) { return "two-", name == "b", nil }
	result, err := run(t, &recorder{}, text, nil, flows.WithEnv(env), flows.WithSecrets(provider))
	if err != nil {
		t.Fatal(err)
	}
	if result.Output != "token-of-one-two-three" || result.Shown != schema.Masked {
		t.Errorf("output %v, shown %v", result.Output, result.Shown)
	}
	r := &recorder{}
	_, err = run(t, r, text, nil, flows.WithEnv(func(string) (string, bool) { return "", false }))
	var missing *report.InputError
	if !errors.As(err, &missing) || len(missing.Errors) != 3 || !strings.Contains(err.Error(), "set the environment variable A_VAR") {
		t.Errorf("the run gave %v", err)
	}
	if r.noted() != "" {
		t.Errorf("something ran: %s", r.noted())
	}
}

func TestDeepNesting(t *testing.T) {
	nest := func(n int) string {
		text := "{set: {x: 1}}"
		for range n {
			text = "{if: \"${true}\", then: [" + text + "]}"
		}
		return "flow: t\nsteps: [" + text + "]\noutput: \"${ctx.x ?? 0}\""
	}
	if got := output(t, &recorder{}, nest(45), nil); got != "1" {
		t.Errorf("the output is %s", got)
	}
	if _, err := tryLoad(t, &recorder{}, nest(200)); err == nil || !strings.Contains(err.Error(), "[too-deep]") {
		t.Errorf("200 levels give %v", err)
	}
}

func TestBlockTimeoutReallyCancels(t *testing.T) { virtually(t, blockTimeoutReallyCancels) }

func blockTimeoutReallyCancels(t *testing.T) {
	start := time.Now()
	r := &recorder{}
	err := failure(t, r, "flow: t\nsteps: [{parallel: {a: [{call: test.toil, with: {for: 10s, name: a}}], b: [{call: test.sleep, with: {for: 10s, name: b}}]}, timeout: 30ms}]", nil)
	if err.Class != connector.ClassTimeout || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
}
