package flows_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// What a flow makes while it runs has bounds, and the error names the one that
// was met.
func TestBoundsOfValues(t *testing.T) {
	doubling := func(set string) string {
		return "flow: b\nsteps:\n  - set: {x: '${fromJSON(\"[1]\")}', t: aaaaaaaaaaaaaaaa}\n  - {repeat: [{set: {" + set + "}}], until: \"${false}\", maxAttempts: 40}\n"
	}
	tests := []struct{ name, text, code, says string }{
		{"text that is doubled", doubling(`t: "${ctx.t}${ctx.t}"`), "ExpressionFailed", "more than 64 MiB"},
		{"a secret text that is doubled", "flow: b\ninputs: {s: {type: secret}}\nsteps:\n  - set: {t: \"${ctx.s}\"}\n  - {repeat: [{set: {t: \"${ctx.t}${ctx.t}\"}}], until: \"${false}\", maxAttempts: 40}\n", "ExpressionFailed", "more than 64 MiB"},
		{"text that an operator doubles", doubling(`t: "${ctx.t + ctx.t}"`), "ExpressionFailed", "makes more than 64 MiB"},
		{"a list that holds itself twice", doubling(`x: ["${ctx.x}", "${ctx.x}"]`), "ValueTooLarge", "ctx.x would have more than 10485760 elements"},
		{"a list of an expression that does", doubling(`x: "${[ctx.x, ctx.x]}"`), "ValueTooLarge", "ctx.x would have more than"},
		{"a map that does", doubling(`x: ["${ {'a': ctx.x, 'b': ctx.x} }"]`), "ValueTooLarge", "ctx.x would have more than"},
		{"a list that holds a long text often", "flow: b\nsteps: [{set: {t: \"${repeat('x', 60000000)}\"}}, {set: {x: \"${map(1..12, ctx.t)}\"}}]\n", "ValueTooLarge", "64 bytes of text count as one"},
		{"what loops collect", "flow: b\nsteps:\n  - {id: l0, forEach: \"${1..100}\", collect: 1}\n" + collecting(8) + "output: \"${len(steps.l8)}\"\n", "ValueTooLarge", "the list that the loop collects would have more than"},
		{"details of a failure", "flow: b\nsteps:\n  - {set: {x: \"${map(1..100, 1)}\"}}\n  - {fail: {code: A, message: m, details: {a: \"${map(1..400, map(1..400, ctx.x))}\"}}}\n", "ValueTooLarge", "the details would have more than"},
		{"the output", "flow: b\nsteps: [{set: {x: \"${map(1..100, 1)}\"}}]\noutput: \"${map(1..400, map(1..400, ctx.x))}\"\n", "ValueTooLarge", "the output of b would have more than"},
		{"what is returned", "flow: b\nsteps: [{set: {x: \"${map(1..100, 1)}\"}}, {return: \"${map(1..400, map(1..400, ctx.x))}\"}]\n", "ValueTooLarge", "the output of b would have more than"},
		{"a number that is read", "flow: b\ninputs: {t: {type: string}}\nsteps: [{set: {n: \"${fromJSON(ctx.t)}\"}}]\n", "ExpressionFailed", "more than 10000 digits"},
		{"a pattern that is made", "flow: b\ninputs: {t: {type: string}}\nsteps: [{set: {n: \"${'a' matches (ctx.t + '{1000}{1000}')}\"}}]\n", "ExpressionFailed", "does not compile"},
	}
	inputs := map[string]any{"t": strings.Repeat("9", 4_000_000)}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			given := inputs
			if !strings.Contains(tt.text, "inputs:") {
				given = nil
			}
			switch {
			case strings.Contains(tt.name, "pattern"):
				given = map[string]any{"t": "x"}
			case strings.Contains(tt.name, "secret"):
				given = map[string]any{"s": "a-secret-of-some-length"}
			}
			failure := failure(t, &recorder{}, tt.text, given)
			if failure.Code != tt.code || !strings.Contains(failure.Message, tt.says) {
				t.Errorf("%s: %.300s, want %s: %s", failure.Code, failure.Message, tt.code, tt.says)
			}
		})
	}
}

// collecting is a chain of loops each of which collects what the last one did, ten
// times.
func collecting(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "  - {id: l%d, forEach: \"${1..10}\", collect: \"${steps.l%d}\"}\n", i, i-1)
	}
	return b.String()
}

// So does a chain of flows, each of which gives twice what it is given.
func TestBoundsOfFlowsInFlows(t *testing.T) {
	const most = 30
	for name, tt := range map[string]struct{ gives, with, says string }{
		"outputs": {`["${steps.x}", "${steps.x}"]`, `"${ctx.v}"`, "the output of f"},
		"inputs":  {`"${1}"`, `["${ctx.v}", "${ctx.v}"]`, "what is given to the flow would have more than"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{"f0.yaml": {Data: []byte("flow: f0\ninputs: {v: {type: any}}\noutput: \"${ctx.v}\"\nsteps: [{set: {a: 1}}]\n")}}
			for i := 1; i <= most; i++ {
				fsys[fmt.Sprintf("f%d.yaml", i)] = &fstest.MapFile{Data: fmt.Appendf(nil,
					"flow: f%d\ninputs: {v: {type: any}}\nsteps: [{id: x, flow: f%d.yaml, with: {v: %s}}]\noutput: %s\n", i, i-1, tt.with, tt.gives)}
			}
			flow, err := loadWith(fsys, fmt.Sprintf("f%d.yaml", most), (&recorder{}).registry(t))
			if err != nil {
				t.Fatal(err)
			}
			_, err = flow.Run(t.Context(), map[string]any{"v": []any{int64(1)}})
			if failure := report.AsRunError(err); failure == nil || failure.Code != "ValueTooLarge" || !strings.Contains(failure.Message, tt.says) {
				t.Errorf("%v, want ValueTooLarge of %s", err, tt.says)
			}
		})
	}
}

// What people read of a message or a log line is bounded; a flow sees all of it.
func TestBoundsOfMessages(t *testing.T) {
	const flow = `flow: b
inputs: {s: {type: secret}}
steps:
  - {set: {m: "${repeat('é', 40000)}", l: "${map(1..5000, 'x')}"}}
  - {call: log.info, with: {message: "${ctx.m}", fields: {text: "${ctx.m}", list: "${ctx.l}", few: [1, 2], secret: "${repeat('é', 8190)}${ctx.s}"}}}
  - try: [{fail: {code: Long, message: "${ctx.m}"}}]
    catch: [{do: [{set: {n: "${len(error.message)}"}}]}]
  - {fail: {code: Long, message: "${ctx.n}${ctx.m}"}}
`
	var logged report.Event
	var failed []string
	_, err := run(t, &recorder{}, flow, map[string]any{"s": "hush-hush-hush"}, flows.WithListener(func(e report.Event) {
		if e.Type == report.StepLogged {
			logged = e
		}
		if e.Err != nil {
			failed = append(failed, e.Err.Message)
		}
	}))
	failure := report.AsRunError(err)
	if failure == nil || !strings.HasPrefix(failure.Message, "40000é") || !strings.HasSuffix(failure.Message, "… 63622 bytes more") {
		t.Errorf("the failure is %.30v … of %d bytes", failure, len(failure.Message))
	}
	text, _ := logged.Fields["text"].(string)
	secret, _ := logged.Fields["secret"].(string)
	list, _ := logged.Fields["list"].([]any)
	few, _ := logged.Fields["few"].([]any)
	for _, text := range append(failed, logged.Message, text, secret) {
		if len(text) > 17<<10 || strings.Contains(text, "hush") || !utf8.ValidString(text) {
			t.Errorf("a text of %d bytes: %.20s …", len(text), text)
		}
	}
	if len(failed) < 2 || len(list) > 100 || len(few) != 2 || !strings.HasSuffix(text, "bytes more") {
		t.Errorf("%d failures, a list of %d and one of %d", len(failed), len(list), len(few))
	}
}

// A file that a parameter names is not read where it is too large.
func TestLargeFiles(t *testing.T) {
	folder := t.TempDir()
	large, err := os.Create(filepath.Join(folder, "large.bin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := large.Truncate(600 << 20); err != nil { // which takes no room
		t.Skip("the file system has no holes:", err)
	}
	_ = large.Close()
	text := "flow: f\nsteps: [{call: lambda.updateFunctionCode, connection: {region: eu-west-1, endpoint: 'http://127.0.0.1:1', accessKeyId: a, secretAccessKey: b}, with: {functionName: f, zipFile: {file: large.bin}}}]\n"
	if err := os.WriteFile(filepath.Join(folder, "flow.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	flow, err := flows.Load(os.DirFS(folder), "flow.yaml", (&recorder{}).registry(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = flow.Run(t.Context(), nil)
	if failure := report.AsRunError(err); failure == nil || failure.Code != "FileNotRead" || !strings.Contains(failure.Message, "64 MiB") || failure.Requests != 0 {
		t.Errorf("the run ended with %v", err)
	}
}
