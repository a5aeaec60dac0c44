package flows_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

func TestLogOperations(t *testing.T) {
	var seen bytes.Buffer
	_, err := run(t, &recorder{}, `flow: t
inputs: {key: {type: secret}}
steps:
  - {call: log.debug, with: {message: quiet}}
  - {call: log.info, with: {message: "sold ${3} for ${ctx.key}", fields: {order: 17, key: "${ctx.key}"}}} # medlar:ignore secret-shown
  - {forEach: [1], do: [{call: log.warn, with: {message: careful}}]}
`, map[string]any{"key": "key-47114711"}, flows.WithListener(flows.LogEvents(zerolog.New(&seen).Level(zerolog.InfoLevel))))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"level":"info"`, `"step":"/2"`, `"order":17`, `"key":"***"`, `"message":"sold 3 for ***"`,
		`"level":"warn"`, `"step":"/3[0]/1"`, `"message":"careful"`,
	} {
		if !strings.Contains(seen.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, seen.String())
		}
	}
	if strings.Contains(seen.String(), "quiet") || strings.Contains(seen.String(), "4711") {
		t.Errorf("the log shows too much:\n%s", seen.String())
	}
}

// A listener may change the fields of a line: nobody else has them.
func TestFieldsOfLinesBelongToTheListener(t *testing.T) {
	result, err := run(t, &recorder{}, `flow: t
inputs: {tags: {type: map, default: {a: 1}}}
steps:
  - {call: log.info, with: {message: whole, fields: "${ctx.tags}"}}
  - {call: log.info, with: {message: constant, fields: {a: 1}}}
  - {call: log.info, with: {message: made, fields: {a: "${ctx.tags.a}"}}}
  - {forEach: [1, 2], do: [{call: log.info, with: {message: again, fields: {a: 1}}}]}
output: "${ctx.tags}"
`, nil, flows.WithListener(func(e report.Event) {
		if e.Type != report.StepLogged {
			return
		}
		if diff := cmp.Diff(map[string]any{"a": int64(1)}, e.Fields); diff != "" {
			t.Errorf("%s (-want +got)\n%s", e.Message, diff)
		}
		e.Fields["changed"] = true
	}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any(map[string]any{"a": int64(1)}), result.Output); diff != "" {
		t.Errorf("the output (-want +got)\n%s", diff)
	}
}

// An error is logged only where a run fails or cannot undo: not for what the flow handles.
func TestLevels(t *testing.T) {
	cases := map[string]struct{ steps, want string }{
		"caught":          {"- {try: [{call: test.fail, with: {class: invalid}}], catch: [{do: [{set: {ok: true}}]}]}", "warn step failed"},
		"retried":         {"- {try: [{call: test.fail, with: {class: invalid}, retry: {attempts: 2, delay: 0s, on: [Broken]}}], catch: [{do: [{set: {ok: true}}]}]}", "warn step retried, warn step failed"},
		"collected":       {"- {forEach: [1], onError: collect, do: [{call: test.fail, with: {class: invalid}}]}", "warn step failed"},
		"undone":          {"- {call: test.echo, with: {value: 1}, undo: [{call: test.echo, with: {value: 1}}]}\n  - {fail: {code: Sorry, message: no}}", "warn step failed, warn undo started, warn undo finished, error flow failed"},
		"undo that fails": {"- {call: test.echo, with: {value: 1}, undo: [{call: test.fail, with: {class: invalid}}]}\n  - {fail: {code: Sorry, message: no}}", "warn step failed, warn undo started, warn step failed, error undo failed, error flow failed"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var seen bytes.Buffer
			_, _ = run(t, &recorder{}, "flow: t\nsteps:\n  "+c.steps+"\n", nil,
				flows.WithListener(flows.LogEvents(zerolog.New(&seen).Level(zerolog.WarnLevel))))
			var got []string
			for line := range strings.Lines(seen.String()) {
				var said struct{ Level, Message, Step string }
				if err := json.Unmarshal([]byte(line), &said); err != nil {
					t.Fatal(err)
				}
				got = append(got, said.Level+" "+said.Message)
				if said.Step == "" {
					t.Errorf("a line names no step: %s", line)
				}
			}
			if text := strings.Join(got, ", "); text != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
		})
	}
}
