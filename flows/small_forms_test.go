package flows_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// Where text is wanted, {file: path} is the text of a file.
func TestTextFromFiles(t *testing.T) {
	reg := (&recorder{}).registry(t)
	files := func(content string) fstest.MapFS {
		return fstest.MapFS{
			"in/flow.yaml": {Data: []byte("flow: f\nsteps:\n  - {id: e, call: test.echo, with: {value: x, name: {file: name.txt}}}\n" +
				"  - {id: s, flow: sub.yaml, with: {text: {file: name.txt}, list: [a, {file: name.txt}]}}\noutput: \"${steps.s}\"\n")},
			"in/sub.yaml": {Data: []byte("flow: s\ninputs: {text: {type: string}, list: {type: list, items: {type: string}}}\n" +
				"output: \"${[ctx.text, ctx.list]}\"\n")},
			"in/name.txt": {Data: []byte(content)},
		}
	}
	tests := []struct{ name, content, want string }{
		{"text", "Größe\n", `["Größe\n",["a","Größe\n"]]`},
		{"not text", "\xff\xfe", "FileNotText /e"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := files("any")
			f, err := loadWith(fsys, "in/flow.yaml", reg)
			if err != nil {
				t.Fatal(err)
			}
			fsys["in/name.txt"].Data = []byte(tt.content) // the check refuses what it sees
			result, err := carry(t.Context(), t, f, nil)
			if got := outcome(t, result, err); got != tt.want {
				t.Errorf("gives %s, want %s", got, tt.want)
			}
		})
	}
}

// What has nothing to do needs no words.
func TestFlowsWithoutSteps(t *testing.T) {
	for text, want := range map[string]string{
		"flow: f\noutput: {a: 1}\n":                     `{"a":1}`,
		"flow: f\nsteps:\noutput: 2\n":                  `2`,
		"flow: f\nsteps: []\noutput: \"${run.flow}\"\n": `"f"`,
		"flow: f\nsteps: [{id: l, forEach: [1, 2], collect: \"${item * 2}\"}]\noutput: \"${steps.l}\"\n":                     `[2,4]`,
		"flow: f\nsteps: [{id: l, forEach: {a: 1}, as: p, concurrency: 2, collect: \"${p.key}\"}]\noutput: \"${steps.l}\"\n": `["a"]`,
	} {
		if got := output(t, &recorder{}, text, nil); got != want {
			t.Errorf("%s gives %s, want %s", text, got, want)
		}
	}
	if _, err := tryLoad(t, &recorder{}, "flow: f\nsteps: []\n"); err == nil || !strings.Contains(err.Error(), "[no-steps]") {
		t.Errorf("a flow without steps and output is told as %v", err)
	}
}

// The cases of a switch compare durations and timestamps by value.
func TestSwitchOnTimes(t *testing.T) {
	const head = "flow: f\ninputs: {d: {type: duration, default: 90s}, at: {type: timestamp, default: '2026-01-31T08:00:00Z'}, s: {type: string, default: 90s}}\nsteps:\n"
	tests := []struct{ name, value, is, want, before string }{
		{"duration", "${ctx.d}", "[2m, 90s]", `"yes"`, `"no"`},
		{"duration, as it is written", "${ctx.d}", "1m30s", `"yes"`, `"yes"`},
		{"timestamp", "${ctx.at}", "'2026-01-31T09:00:00+01:00'", `"yes"`, `"no"`},
		{"text beside a duration", "${ctx.s}", "'${ctx.d}'", `"yes"`, `"no"`},
		{"text beside text", "${ctx.s}", "1m30s", `"no"`, `"no"`},
		{"what may be a time", "${ctx.s == 'x' ? 'none' : ctx.d}", "90s", `"yes"`, `"no"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := head + "  - switch: \"" + tt.value + "\"\n    cases: [{is: " + tt.is + ", do: [{set: {x: 'yes'}}]}]\n    default: [{set: {x: 'no'}}]\noutput: \"${ctx.x}\"\n"
			if got := output(t, &recorder{}, text, nil); got != tt.want {
				t.Errorf("gives %s, want %s", got, tt.want)
			}
			result, err := load(t, &recorder{}, text).Run(t.Context(), nil, runtime.WithTimesAsText(true))
			if got := outcome(t, result, err); got != tt.before {
				t.Errorf("a run that began before gives %s, want %s", got, tt.before)
			}
		})
	}
}
