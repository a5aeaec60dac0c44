package flows_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
	"github.com/rs/zerolog"
)

const password = `pa55-"word"/with+odd&parts`

// shown runs a flow and gives everything that a person could see of it.
func shown(t *testing.T, text string) string {
	t.Helper()
	var seen bytes.Buffer
	log := flows.LogEvents(zerolog.New(&seen).Level(zerolog.DebugLevel))
	record := func(e report.Event) { fmt.Fprintf(&seen, "%+v %+v\n", e, e.Err) }
	result, err := run(t, &recorder{}, text, map[string]any{"password": password},
		flows.WithListener(log), flows.WithListener(record))
	if err != nil {
		fmt.Fprintf(&seen, "%v %+v\n", err, err)
		var failure *report.RunError
		if errors.As(err, &failure) {
			v, _ := value.EncodeJSON(failure.Value())
			fmt.Fprintf(&seen, "%s %v\n", v, failure.Params)
		}
		return seen.String()
	}
	out, err := value.EncodeJSON(result.Shown)
	if err != nil {
		t.Fatal(err)
	}
	seen.Write(out)
	return seen.String()
}

func TestSecretsAreNotShown(t *testing.T) {
	header := "flow: t\ninputs: {password: {type: secret}}\n"
	tests := map[string]string{
		"output":          "steps: [{set: {a: 1}}]\noutput: {p: \"${ctx.password}\", t: \"<${ctx.password}>\", m: {\"x\": [\"${ctx.password}\"]}}",
		"base64":          "steps: [{set: {a: \"${base64('u:' + ctx.password)}\"}}]\noutput: \"${ctx.a}\"",
		"url":             "steps: [{set: {a: \"${urlencode(ctx.password)}\"}}]\noutput: \"${ctx.a}\"",
		"json":            "steps: [{set: {a: \"${json({p: ctx.password})}\"}}]\noutput: \"${ctx.a}\"",
		"result":          "steps: [{id: l, call: test.login, with: {password: \"${ctx.password}\"}}]\noutput: \"${steps.l}\"",
		"echo":            "steps: [{id: e, call: test.echo, with: {value: \"${ctx.password}\"}}]\noutput: \"${steps.e}\"",
		"echo beside it":  "steps: [{id: e, call: test.echo, with: {value: \"${ctx.password}\"}}, {call: log.info, with: {message: \"${steps.e} of ${ctx.password}\"}}]",
		"echo in fields":  "steps: [{id: e, call: test.echo, with: {value: \"${ctx.password}\"}}, {call: log.info, with: {message: m, fields: {a: [\"${steps.e}, ${sha256(ctx.password)}\"]}}}]",
		"made beside it":  "steps: [{id: e, call: test.echo, with: {value: \"${upper(ctx.password)}${base64(ctx.password)}\"}}, {call: log.info, with: {message: \"${steps.e} ${len(ctx.password)} ${ctx.password[1:4]}\"}}]",
		"error beside it": "steps: [{id: e, call: test.echo, with: {value: \"${ctx.password}\"}}, {call: test.fail, with: {name: \"${steps.e}, ${ctx.password}\"}}]",
		"error message":   "steps: [{call: test.leak, with: {password: \"${ctx.password}\"}}]",
		"fail":            "steps: [{fail: {code: No, message: \"it was ${ctx.password}\", details: {p: \"${ctx.password}\"}}}]",
		"parameters":      "steps: [{call: test.fail, retry: {attempts: 2, delay: 1ms}, with: {name: \"${ctx.password}\"}}]",
		"sensitive step":  "steps: [{id: e, call: test.echo, sensitive: true, with: {value: \"my \\\"secret\\\" value\"}}]\noutput: \"${steps.e}\"",
		"undo error":      "steps: [{call: test.change, undo: {call: test.leak, with: {password: \"${ctx.password}\"}}}, {fail: {code: X, message: y}}]",
		"connection":      "connections: {test: {key: \"${ctx.password}\"}}\nsteps: [{call: test.leak, with: {password: \"${ctx.password}\"}}]",
	}
	quoted, _ := json.Marshal(password)
	forms := []string{
		password, strings.ToUpper(password), url.QueryEscape(password), strings.Trim(string(quoted), `"`), `my \"secret\"`, `my "secret"`,
		base64.StdEncoding.EncodeToString([]byte(password))[:30], base64.StdEncoding.EncodeToString([]byte("u:" + password))[4:30],
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			seen := shown(t, header+text)
			for _, form := range forms {
				if strings.Contains(seen, form) {
					t.Errorf("%q is shown in:\n%s", form, seen)
				}
			}
			if !strings.Contains(seen, schema.Masked) {
				t.Errorf("nothing is masked in:\n%s", seen)
			}
		})
	}
}

// Programs get what people do not.
func TestOutputIsPlainForPrograms(t *testing.T) {
	result, err := run(t, &recorder{}, "flow: t\ninputs: {password: {type: secret}}\nsteps: [{set: {a: 1}}]\noutput: \"${ctx.password}\"",
		map[string]any{"password": "short"})
	if err != nil {
		t.Fatal(err)
	}
	if result.Output != "short" || result.Shown != schema.Masked {
		t.Errorf("output %v, shown %v", result.Output, result.Shown)
	}
}
