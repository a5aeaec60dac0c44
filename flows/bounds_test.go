package flows_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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
