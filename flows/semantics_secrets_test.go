package flows_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
)

// A secret stays secret on every way that a flow can send it. pin is too short
// to be looked for in texts, and mirrored is no form of token that is: taint
// alone follows those.
func TestSecretsStaySecret(t *testing.T) {
	const (
		pin      = "q7z#k"
		token    = "tok-4711-abcdef"
		mirrored = "fedcba-1174-kot"
		mirror   = "join(reverse(split(secrets.token, '')), '')"
	)
	greet := `
flow: greet
inputs: {a: {type: string}, b: {type: string}}
steps:
  - {if: "${ctx.b == 'fail'}", call: test.fail, with: {name: "${ctx.a}"}}
output: {text: "hi ${ctx.a}"}
`
	tests := map[string]string{
		"an input of a flow that does not call it secret":     "steps: [{id: g, flow: greet.yaml, with: {a: \"${secrets.pin}\"}}]\noutput: \"${steps.g.text}\"",
		"a made input of such a flow":                         "steps: [{id: g, flow: greet.yaml, with: {a: \"${" + mirror + "}\"}}]\noutput: \"${steps.g}\"",
		"parameters of a step in such a flow":                 "steps: [{id: g, flow: greet.yaml, with: {a: \"${" + mirror + "}\", b: fail}}]",
		"a parameter that the operation does not call secret": "steps: [{call: test.fail, with: {name: \"${secrets.pin}\"}}]",
		"a made parameter":                                    "steps: [{call: test.fail, with: {name: \"<${" + mirror + "}>\"}}]",
		"inside a parameter":                                  "steps: [{call: probe.ambiguous, with: {value: [\"${secrets.pin}\", {a: \"${secrets.pin}\"}]}}]",
		"items of a made list":                                "steps: [{id: l, forEach: \"${split(secrets.pin + ',' + secrets.pin, ',')}\", do: [], collect: \"${item}\"}]\noutput: \"${steps.l}\"",
		"values of an object":                                 "steps: [{id: login, call: test.login, with: {password: \"${secrets.pin}\"}}, {id: l, forEach: \"${steps.login}\", do: [], collect: \"${item.value}\"}]\noutput: \"${steps.l}\"",
		"values of a made map":                                "steps: [{id: l, forEach: \"${{a: secrets.pin}}\", do: [], collect: \"${item.value}\"}]\noutput: \"${steps.l}\"",
		"an error in finally":                                 "steps: [{try: [{fail: {code: First, message: m}}], finally: [{call: test.leak, with: {password: \"${secrets.token}\"}}]}]",
		"a cause":                                             "steps: [{try: [{call: test.leak, with: {password: \"${secrets.token}\"}}], catch: [{do: [{fail: {code: Second, message: m}}]}]}]",
		"the code of a fail":                                  "steps: [{fail: {code: \"${'X' + replace(secrets.token, '-', '_')}\", message: \"${secrets.token}\"}}]",
		"through rounds of a repeat":                          "steps: [{set: {n: 0, x: '', y: ''}}, {repeat: [{set: {y: \"${ctx.x}\"}}, {set: {x: \"${secrets.pin}\", n: \"${ctx.n + 1}\"}}], until: \"${ctx.n == 2}\"}]\noutput: \"${ctx.y}\"",
		"through rounds of repeats within repeats":            "steps: [{set: {n: 0, x: '', y: '', z: ''}}, {repeat: [{repeat: [{set: {z: \"${ctx.y}\"}}, {set: {y: \"${ctx.x}\"}}, {set: {x: \"${secrets.pin}\", n: \"${ctx.n + 1}\"}}], until: \"${true}\"}], until: \"${ctx.n == 3}\"}]\noutput: \"${ctx.z}\"",
		"all of ctx through rounds of a repeat":               "steps: [{set: {n: 0}}, {repeat: [{set: {all: \"${ctx}\"}}, {set: {x: \"${secrets.pin}\", n: \"${ctx.n + 1}\"}}], until: \"${ctx.n == 2}\"}]\noutput: \"${ctx.all}\"",
		"all of ctx as text through rounds of a repeat":       "steps: [{set: {n: 0}}, {repeat: [{if: \"${true}\", then: [{set: {all: \"${toJSON(ctx)}\"}}]}, {set: {x: \"${secrets.pin}\", n: \"${ctx.n + 1}\"}}], until: \"${ctx.n == 2}\"}]\noutput: \"${ctx.all}\"",
		"all of ctx within all of ctx":                        "steps: [{set: {x: \"${secrets.pin}\"}}, {set: {a: \"${ctx}\"}}, {set: {b: \"${ctx}\"}}, {set: {c: \"${ctx}\"}}]\noutput: \"${ctx.c.b.a}\"",
		"an input through rounds of a repeat":                 "inputs: {x: {type: string, default: ''}}\nsteps: [{set: {n: 0, y: ''}}, {repeat: [{set: {y: \"${ctx.x}\"}}, {set: {x: \"${secrets.pin}\", n: \"${ctx.n + 1}\"}}], until: \"${ctx.n == 2}\"}]\noutput: \"${ctx.y}\"",
		"from a branch":                                       "steps: [{set: {x: ''}}, {if: true, then: [{set: {x: \"${secrets.pin}\"}}], else: [{set: {x: a}}]}]\noutput: \"${ctx.x}\"",
		"from parallel branches":                              "steps: [{parallel: {a: [{set: {x: \"${secrets.pin}\"}}], b: [{set: {y: a}}]}}]\noutput: \"${ctx.x}\"",
		"from a body that failed":                             "steps: [{set: {x: ''}}, {try: [{set: {x: \"${secrets.pin}\"}}, {fail: {code: A, message: b}}], catch: [{do: [{set: {y: \"${ctx.x}\"}}]}]}]\noutput: \"${ctx.y}\"",
		"returned":                                            "steps: [{return: {x: \"${secrets.pin}\"}}]",
		"a map with dynamic keys":                             "steps: [{set: {k: key, m: {\"${'k' + 'l'}\": \"${secrets.pin}\"}}}]\noutput: \"${ctx.m}\"",
		"a connection that does not fit":                      "connections: {test: {host: \"${fromJSON(json([secrets.token]))}\"}}\nsteps: [{call: test.echo}]",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			var seen bytes.Buffer
			record := func(e report.Event) { fmt.Fprintf(&seen, "%+v %+v\n", e, e.Err) }
			f := probed(t, &recorder{}, map[string]string{"flow.yaml": "flow: t\nsecrets: {pin: , token: }\n" + text, "greet.yaml": greet})
			result, err := carry(t.Context(), t, f, nil, flows.WithListener(record), flows.WithListener(flows.LogEvents(zerolog.New(&seen))),
				flows.WithEnv(func(name string) (string, bool) {
					v, ok := map[string]string{"pin": pin, "token": token}[name]
					return v, ok
				}))
			var failure *report.RunError
			switch {
			case errors.As(err, &failure):
				v, _ := value.EncodeJSON(failure.Value())
				fmt.Fprintf(&seen, "%+v\n%s\n%v\n%v\n", failure, v, failure.Params, failure.Suppressed)
			case err != nil:
				t.Fatal(err)
			default:
				out, _ := value.EncodeJSON(result.Shown)
				seen.Write(out)
			}
			for _, form := range []string{pin, token, mirrored, strings.ReplaceAll(token, "-", "_")} {
				if strings.Contains(seen.String(), form) {
					t.Errorf("%q is shown in:\n%s", form, seen.String())
				}
			}
		})
	}
}

// The check's own words and the answer to wrong inputs hold no secret either.
func TestWrongSecretInputs(t *testing.T) {
	const wrong = "wr0ng-7391-value"
	declared := map[string]string{
		"pattern":      "{type: secret, pattern: '^[a-z]+$'}",
		"length":       "{type: secret, maxLength: 3}",
		"enum":         "{type: secret, enum: [first-choice, second-choice]}",
		"in a list":    "{type: list, items: {type: secret, maxLength: 3}}",
		"in a map":     "{type: map, items: {type: secret, maxLength: 3}}",
		"in an object": "{type: object, members: {key: {type: secret, maxLength: 3}}}",
	}
	given := map[string]any{"in a list": []any{wrong}, "in a map": map[string]any{"k": wrong}, "in an object": map[string]any{"key": wrong}}
	for name, input := range declared {
		t.Run(name, func(t *testing.T) {
			f := load(t, &recorder{}, "flow: t\ninputs: {s: "+input+"}\nsteps: [{set: {x: 1}}]")
			v := given[name]
			if v == nil {
				v = wrong
			}
			_, err := carry(t.Context(), t, f, map[string]any{"s": v})
			if err == nil || strings.Contains(err.Error(), wrong) {
				t.Errorf("the answer is %v", err)
			}
		})
	}
}
