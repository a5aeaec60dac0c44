package flows_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/testenv"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	// The test environment of Temporal does not end the loops of child workflows.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("go.temporal.io/sdk/internal.(*testWorkflowEnvironmentImpl).startMainLoop"))
}

func TestOutput(t *testing.T) {
	tests := map[string]struct {
		flow   string
		inputs map[string]any
		want   string
	}{
		"no output is null": {flow: "steps: [{set: {a: 1}}]", want: "null"},
		"a call's result": {
			flow: "steps: [{id: a, call: test.echo, with: {value: 7}}]\noutput: \"${steps.a}\"", want: "7",
		},
		"inputs with defaults": {
			flow: "inputs: {a: {type: integer, default: 3}, b: {type: string}}\nsteps: [{set: {c: 1}}]\noutput: \"${ctx}\"",
			want: `{"a":3,"b":null,"c":1}`,
		},
		"text input is converted exactly": {
			flow:   "inputs: {a: {type: integer}}\nsteps: [{set: {c: \"${ctx.a + 1}\"}}]\noutput: \"${ctx.c}\"",
			inputs: map[string]any{"a": "41"}, want: "42",
		},
		"plain scalars are their text where text is wanted": {
			flow: "steps: [{id: a, call: test.echo, with: {name: 012345678901, value: x}}]\noutput: {v: \"${steps.a}\", n: 1.10}",
			want: `{"n":1.1,"v":"x"}`,
		},
		"a text keeps its dollar": {
			flow: "steps: [{set: {a: \"cost $${5}\"}}]\noutput: \"${ctx.a}\"", want: `"cost ${5}"`,
		},
		"set evaluates all before it assigns": {
			flow: "steps: [{set: {a: 1, b: 2}}, {set: {a: \"${ctx.b}\", b: \"${ctx.a}\"}}]\noutput: \"${ctx}\"",
			want: `{"a":2,"b":1}`,
		},
		"if takes then": {
			flow: "steps: [{if: \"${1 < 2}\", then: [{set: {a: yes}}], else: [{set: {a: no}}]}]\noutput: \"${ctx.a}\"", want: `"yes"`,
		},
		"if takes else": {
			flow: "steps: [{if: \"${1 > 2}\", then: [{set: {a: y}}], else: [{set: {a: n}}]}]\noutput: \"${ctx.a}\"", want: `"n"`,
		},
		"if without else does nothing": {
			flow: "steps: [{if: \"${1 > 2}\", then: [{set: {a: y}}]}]\noutput: \"${ctx.a ?? 'unset'}\"", want: `"unset"`,
		},
		"a false guard gives null": {
			flow: "steps: [{id: a, if: \"${false}\", call: test.echo, with: {value: 1}}]\noutput: \"${steps.a ?? 'skipped'}\"", want: `"skipped"`,
		},
		"forEach counts": {
			flow: "steps: [{id: a, forEach: [x, y, z], do: [{call: test.echo}]}]\noutput: \"${steps.a}\"", want: "3",
		},
		"forEach collects in order": {
			flow: "steps: [{id: a, forEach: \"${1..5}\", concurrency: 3, as: n, do: [{id: e, call: test.echo, with: {value: \"${n * n}\"}}], collect: \"${steps.e}\"}]\noutput: \"${steps.a}\"",
			want: "[1,4,9,16,25]",
		},
		"forEach over a map is sorted by key": {
			flow:   "inputs: {m: {type: map}}\nsteps: [{id: a, forEach: \"${ctx.m}\", indexAs: i, do: [{set: {x: 1}}], collect: \"${item.key}${i}=${item.value}\"}]\noutput: \"${steps.a}\"",
			inputs: map[string]any{"m": map[string]any{"b": 2, "a": 1}}, want: `["a0=1","b1=2"]`,
		},
		"forEach over null is empty": {
			flow: "inputs: {m: {type: list}}\nsteps: [{id: a, forEach: \"${ctx.m}\", do: [{set: {x: 1}}], collect: \"${item}\"}]\noutput: \"${steps.a}\"",
			want: `[]`,
		},
		"an iteration's set stays inside": {
			flow: "steps: [{set: {x: 0}}, {forEach: [1, 2], do: [{set: {x: \"${ctx.x + item}\"}}]}]\noutput: \"${ctx.x}\"", want: "0",
		},
		"loops inside loops": {
			flow: "steps: [{id: a, forEach: [1, 2], as: x, do: [{id: b, forEach: [10, 20], as: y, do: [{set: {q: 1}}], collect: \"${x * y}\"}], collect: \"${steps.b}\"}]\noutput: \"${steps.a}\"",
			want: "[[10,20],[20,40]]",
		},
		"return replaces output": {
			flow: "steps: [{if: \"${true}\", then: [{return: {early: true}}]}, {fail: {code: Late, message: x}}]\noutput: late", want: `{"early":true}`,
		},
		"keys of maps may be expressions": {
			flow: "steps: [{set: {m: {\"k${1 + 1}\": v}}}]\noutput: \"${ctx.m.k2}\"", want: `"v"`,
		},
		"a file as a value": {
			flow: "steps: [{id: a, call: lambda.invoke, if: \"${false}\", with: {functionName: x, payload: {file: data.bin}}}]\noutput: \"${steps.a}\"", want: "null",
		},
		"run and env": {
			flow: "steps: [{set: {a: \"${env.HOME_OF_TEST}\"}}]\noutput: {run: \"${run.flow}\", id: \"${run.id}\", home: \"${ctx.a}\", no: \"${env.NOT_SET_HERE}\"}",
			want: `{"home":"/home/t","id":"run-1","no":null,"run":"t"}`,
		},
	}
	env := func(name string) (string, bool) { return "/home/t", name == "HOME_OF_TEST" }
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := output(t, &recorder{}, "flow: t\n"+test.flow, test.inputs, flows.WithRunID("run-1"), flows.WithEnv(env))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRetry(t *testing.T) {
	tests := map[string]struct {
		step     string
		calls    int
		succeeds bool
	}{
		"none":                             {step: "with: {times: 1}", calls: 1},
		"until it works":                   {step: "with: {times: 2}\n    retry: {attempts: 5, delay: 1ms}", calls: 3, succeeds: true},
		"as often as it may":               {step: "retry: {attempts: 4, delay: 1ms}", calls: 4},
		"not on another class":             {step: "with: {class: denied}\n    retry: {attempts: 4, delay: 1ms}", calls: 1},
		"on a code":                        {step: "with: {class: denied, code: Odd}\n    retry: {attempts: 2, delay: 1ms, on: [Odd]}", calls: 2},
		"not where the outcome is unknown": {step: "with: {unknown: true}\n    retry: {attempts: 4, delay: 1ms}", calls: 1},
		"but where the step is idempotent": {step: "with: {unknown: true, times: 1}\n    idempotent: true\n    retry: {attempts: 4, delay: 1ms}", calls: 2, succeeds: true},
		"not longer than within":           {step: "retry: {attempts: 1000, delay: 400ms, jitter: false, factor: 1, within: 1s}", calls: 3},
	}
	for name, test := range tests {
		subtest(t, name, func(t *testing.T) {
			r := &recorder{}
			_, err := run(t, r, "flow: t\nsteps:\n  - id: a\n    call: test.fail\n    "+test.step, nil)
			if (err == nil) != test.succeeds {
				t.Errorf("the run gave %v", err)
			}
			if got := len(r.calls); got != test.calls {
				t.Errorf("%d calls, want %d", got, test.calls)
			}
		})
	}
}

func TestRetryCountsAttempts(t *testing.T) {
	err := failure(t, &recorder{}, "flow: t\nsteps: [{id: a, call: test.fail, retry: {attempts: 3, delay: 1ms}}]", nil)
	if err.Attempts != 3 || err.Step != "/a" || err.Operation != "test.fail" {
		t.Errorf("the error is %+v", err)
	}
}

func TestTimeout(t *testing.T) {
	tests := map[string]string{
		"attempt": "steps: [{id: a, call: test.sleep, with: {for: 10s}, timeout: 20ms}]",
		"block":   "steps: [{if: \"${true}\", timeout: 20ms, then: [{call: test.sleep, with: {for: 10s}}]}]",
		"loop":    "steps: [{forEach: [1, 2], concurrency: 2, timeout: 20ms, do: [{call: test.toil, with: {for: 10s}}]}]",
		"flow":    "timeout: 20ms\nsteps: [{call: test.toil, with: {for: 10s}}]",
	}
	for name, text := range tests {
		subtest(t, name, func(t *testing.T) {
			start := time.Now()
			err := failure(t, &recorder{}, "flow: t\n"+text, nil)
			if err.Class != connector.ClassTimeout {
				t.Errorf("the class is %s: %v", err.Class, err)
			}
			if elapsed := time.Since(start); elapsed > 5*time.Second {
				t.Errorf("it took %s", elapsed)
			}
		})
	}
}

const undoFlow = `flow: t
steps:
  - {id: a, call: test.change, with: {name: a, value: 1}, undo: {call: test.change, with: {name: "undo-a-${result}"}}}
  - set: {late: before}
  - id: loop
    forEach: [x, y]
    do:
      - {id: b, call: test.change, with: {name: "b-${item}"}, undo: [{call: test.change, with: {name: "undo-b-${item}-${ctx.late}"}}, {call: test.change, with: {name: and-more}}]}
  - set: {late: after}
  - {id: c, call: test.fail, with: {name: c, code: Broken}, undo: {call: test.change, with: {name: never}}}
`

func TestUndoRunsInReverse(t *testing.T) {
	r := &recorder{}
	err := failure(t, r, undoFlow, nil)
	want := "change:a change:b-x change:b-y fail:c change:undo-b-y-before change:and-more change:undo-b-x-before change:and-more change:undo-a-1"
	if diff := cmp.Diff(want, r.noted()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/loop[1]/b", "/loop[0]/b", "/a"}, err.Undone); diff != "" {
		t.Errorf("undone (-want +got):\n%s", diff)
	}
	if err.Code != "Broken" || err.Step != "/c" || len(err.NotUndone) != 0 {
		t.Errorf("the error is %+v", err)
	}
}

func TestUndoThatFails(t *testing.T) {
	r := &recorder{}
	err := failure(t, r, `flow: t
steps:
  - {id: a, call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}
  - {id: b, call: test.change, with: {name: b}, undo: {id: back, call: test.fail, with: {name: undo-b, code: Stuck}}}
  - fail: {code: No, message: it is over}
`, nil)
	if diff := cmp.Diff("change:a change:b fail:undo-b change:undo-a", r.noted()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if err.Code != "No" || len(err.UndoErrors) != 1 || err.UndoErrors[0].Code != "Stuck" || err.UndoErrors[0].Step != "/b/undo/back" {
		t.Errorf("the error is %+v", err)
	}
	if diff := cmp.Diff([]string{"/b"}, err.NotUndone); diff != "" {
		t.Errorf("not undone (-want +got):\n%s", diff)
	}
}

func TestUndoOfUnknownOutcome(t *testing.T) {
	tests := map[string]struct {
		undo, calls string
		not         []string
	}{
		"undone without the result":     {undo: "{call: test.change, with: {name: back}}", calls: "fail:a change:back"},
		"not undone where it is needed": {undo: "{call: test.change, with: {value: \"${result}\"}}", calls: "fail:a", not: []string{"/a"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			err := failure(t, r, "flow: t\nsteps: [{id: a, call: test.fail, with: {name: a, unknown: true}, undo: "+test.undo+"}]", nil)
			if r.noted() != test.calls {
				t.Errorf("calls: %s, want %s", r.noted(), test.calls)
			}
			if diff := cmp.Diff(test.not, err.NotUndone); diff != "" {
				t.Errorf("not undone (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCancelUndoes(t *testing.T) {
	r := &recorder{}
	f := load(t, r, `flow: t
steps:
  - {id: a, call: test.change, with: {name: a}, undo: {call: test.change, with: {name: undo-a}}}
  - {id: b, call: test.sleep, with: {for: 10s, name: b}}
`)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := carry(ctx, t, f, nil, flows.WithListener(func(e report.Event) {
		if e.Type == report.StepStarted && e.Step == "/b" {
			cancel()
		}
	}))
	var failure *report.RunError
	if !errors.As(err, &failure) || failure.Class != connector.ClassCanceled {
		t.Fatalf("the run gave %v", err)
	}
	if !strings.HasSuffix(r.noted(), "change:undo-a") {
		t.Errorf("calls: %s", r.noted())
	}
}

// A mutating operation in flight is waited for when a branch beside it fails,
// so that its undo is known to be owed; one that reads is stopped.
func TestSiblingFailure(t *testing.T) {
	r := &recorder{}
	err := failure(t, r, `flow: t
steps:
  - forEach: [read, write, fail]
    concurrency: 3
    do:
      - {if: "${item == 'read'}", call: test.sleep, with: {for: 10s, name: read}}
      - id: w
        if: "${item == 'write'}"
        call: test.toil
        with: {for: 200ms, name: write}
        undo: {call: test.change, with: {name: undo-write}}
      - {if: "${item == 'fail'}", call: test.sleep, with: {for: 50ms, name: wait}}
      - {if: "${item == 'fail'}", call: test.fail, with: {name: it}}
`, nil)
	for _, want := range []string{"stopped:read", "slept:write", "change:undo-write"} {
		if !strings.Contains(r.noted(), want) {
			t.Errorf("calls lack %s: %s", want, r.noted())
		}
	}
	if err.Code != "Broken" {
		t.Errorf("the error is %+v", err)
	}
}

func TestFailures(t *testing.T) {
	tests := map[string]struct{ flow, code, step, message string }{
		"fail":               {"steps: [{fail: {code: Sad, message: \"n is ${1 + 1}\"}}]", "Sad", "/1", "n is 2"},
		"panic":              {"steps: [{id: a, call: test.boom}]", "Panic", "/a", "mistake in the operation"},
		"bad parameter":      {"inputs: {a: {default: x}}\nsteps: [{id: a, call: test.sleep, with: {for: \"${ctx.a}\"}}]", "InvalidParameter", "/a", "for: expected a duration"},
		"null":               {"inputs: {a: {type: duration}}\nsteps: [{id: a, call: test.sleep, with: {for: \"${ctx.a}\"}}]", "InvalidParameter", "/a", "for: required, and null was given: ${ctx.a} is null"},
		"null of env":        {"steps: [{id: a, call: test.sleep, with: {for: \"${env.NO_SUCH_VARIABLE}\"}}]", "InvalidParameter", "/a", "for: required, and null was given: the environment variable NO_SUCH_VARIABLE is not set"},
		"condition not bool": {"inputs: {a: {default: 3}}\nsteps: [{id: a, if: \"${ctx.a}\", call: test.echo}]", "ConditionNotBoolean", "/a", "flow.yaml:3:21"},
		"expression":         {"inputs: {a: {default: 0}}\nsteps: [{set: {b: \"${1 % ctx.a}\"}}]", "ExpressionFailed", "/1", "flow.yaml:3:19"},
		"no list":            {"inputs: {a: {default: 3}}\nsteps: [{forEach: \"${ctx.a}\", do: [{set: {x: 1}}]}]", "NotAList", "/1", "takes a list or a map"},
		"equal keys":         {"inputs: {a: {default: k}}\nsteps: [{set: {m: {k: 1, \"${ctx.a}\": 2}}}]", "ExpressionFailed", "/1", "two keys"},
		"inside a loop":      {"steps: [{id: l, forEach: [1], do: [{if: \"${true}\", then: [{fail: {code: In, message: m}}]}]}]", "In", "/l[0]/1/then/1", "m"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := failure(t, &recorder{}, "flow: t\n"+test.flow, nil)
			if err.Code != test.code || err.Step != test.step || !strings.Contains(err.Message, test.message) {
				t.Errorf("the error is %s at %s: %s", err.Code, err.Step, err.Message)
			}
		})
	}
}

func TestInputErrors(t *testing.T) {
	r := &recorder{}
	_, err := run(t, r, "flow: t\ninputs: {count: {type: integer, required: true}, name: {type: string, pattern: '^[a-z]+$'}}\nsteps: [{call: test.echo}]",
		map[string]any{"nam": "x", "name": "X"})
	var inputs *report.InputError
	if !errors.As(err, &inputs) {
		t.Fatalf("the run gave %v", err)
	}
	for _, want := range []string{"count: required", "-i count=value", "nam: the flow has no such input", `did you mean "name"`, "does not match the pattern"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
	if r.noted() != "" {
		t.Errorf("something ran: %s", r.noted())
	}
}

func TestParseInput(t *testing.T) {
	f := load(t, &recorder{}, "flow: t\ninputs: {s: {type: string}, n: {type: integer}, l: {type: list}, any: {}}\nsteps: [{set: {a: 1}}]\noutput: \"${ctx.s}${ctx.n}${ctx.l}${ctx.any}\"")
	inputs := map[string]any{}
	for name, text := range map[string]string{"s": "1.10", "n": "7", "l": "[1, 2]", "any": `{"a": 1}`} {
		v, err := f.ParseInput(name, text)
		if err != nil {
			t.Fatal(err)
		}
		inputs[name] = v
	}
	result, err := carry(t.Context(), t, f, inputs)
	if err != nil {
		t.Fatal(err)
	}
	if want := `1.107[1,2]{"a":1}`; result.Output != want {
		t.Errorf("the output is %v, want %s", result.Output, want)
	}
	for _, wrong := range [][2]string{{"l", "1, 2"}, {"x", "1"}, {"any", "1e400"}, {"any", "-1E400"}} {
		if _, err := f.ParseInput(wrong[0], wrong[1]); err == nil {
			t.Errorf("%v is accepted", wrong)
		}
	}
}

func TestConnections(t *testing.T) {
	r := &recorder{}
	got := output(t, r, `flow: t
inputs: {host: {type: string, default: h}}
connections:
  test: {host: "${ctx.host}"}
  other: {connector: test, host: "${steps.a}"}
steps:
  - {id: a, call: test.echo, with: {value: b}}
  - {forEach: "${1..10}", concurrency: 4, do: [{call: test.echo}, {call: test.echo, connection: other}]}
  - {forEach: [x, y, x], as: host, do: [{call: test.echo, connection: {host: "${host}"}}]}
output: done
`, nil)
	if got != `"done"` || r.opened.Load() != 4 || r.closed.Load() != 4 {
		t.Errorf("%s: %d connections were opened and %d closed, want 4", got, r.opened.Load(), r.closed.Load())
	}
}

func TestEvents(t *testing.T) {
	var got []string
	_, err := run(t, &recorder{}, `flow: t
steps:
  - {id: a, call: test.change, undo: {call: test.echo}}
  - {id: skipped, if: "${false}", call: test.echo}
  - {id: l, forEach: [1], do: [{set: {x: 1}}]}
  - {id: b, call: test.fail, retry: {attempts: 2, delay: 1ms}}
`, nil, flows.WithListener(func(e report.Event) { got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s", e.Type, e.Step))) }))
	if err == nil {
		t.Fatal("the run succeeded")
	}
	want := []string{
		"flow started", "step started /a", "step finished /a", "step skipped /skipped",
		"step started /l", "step items /l", "step started /l[0]/1", "step finished /l[0]/1", "step finished /l",
		"step started /b", "step retried /b", "step failed /b",
		"undo started /a", "step started /a/undo/1", "step finished /a/undo/1", "undo finished /a", "flow failed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// A million items that nobody collects need no list of them.
func TestManyItems(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	got := output(t, &recorder{}, "flow: t\nsteps: [{id: l, forEach: \"${1..1000000}\", as: n, concurrency: 2, do: [{set: {x: \"${n}\"}}]}]\noutput: \"${steps.l}\"", nil)
	if got != "1000000" {
		t.Errorf("it ran %s items", got)
	}
}
