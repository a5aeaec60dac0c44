package journal_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
)

// hiddenAgain are flows in which a service says a secret again, in what is no secret by
// its type: it was encrypted then, and is not shown where it is used.
var hiddenAgain = []struct{ name, steps, want string }{
	{"whole", `  - {id: b, call: test.read, with: {name: b, value: "${steps.a}"}}`, `/b {"name":"b","value":"***"}`},
	{"in a text", `  - {id: b, call: test.read, with: {name: b, value: "it is ${steps.a}!"}}`, `/b {"name":"b","value":"it is ***!"}`},
	{"a piece", `  - {id: b, call: test.read, with: {name: b, value: "<${steps.a[2:12]}>"}}`, `/b {"name":"b","value":"<***>"}`},
	{"base64", `  - {id: b, call: test.read, with: {name: b, value: "Basic ${base64(steps.a)}"}}`, `/b {"name":"b","value":"Basic ***E="}`},
	{"what stands in the flow", `  - {id: b, call: test.read, with: {name: b, value: "nothing of a secret"}}`, `/b {"name":"b","value":"nothing of a secret"}`},
	{"a failure", `  - try: [{id: x, call: test.change, with: {name: fails, value: "${secrets.s}"}}]
    catch: [{do: [{id: b, call: test.read, with: {name: b, value: "${error.details.said} ${error.code}"}}]}]`, `/b {"name":"b","value":"*** Broken"}`},
	{"a plain input", `  - {id: b, call: test.read, with: {name: b, value: "${ctx.text[5:]}"}}`, `/b {"name":"b","value":"***"}`},
}

func TestReadBackHidesWhatWasEncrypted(t *testing.T) {
	const secret = "gaboon-viper-4711"
	for _, tt := range hiddenAgain {
		t.Run(tt.name, func(t *testing.T) {
			c := &calls{fail: func(name string) error {
				if name == "fails" {
					return &connector.Error{Code: "Broken", Class: connector.ClassFailed, Message: "it broke", Details: map[string]any{"said": secret}}
				}
				return nil
			}}
			j := open(t, newPath(t), journal.WithKeys(testKeys(t, 1)))
			flow := load(t, c, "flow: t\ninputs: {text: {type: string}}\nsecrets: {s: {}}\nsteps:\n  - {id: a, call: test.change, with: {name: a, value: \"${secrets.s}\"}}\n"+tt.steps+"\n")
			given := flows.WithSecrets(func(context.Context, string) (string, bool, error) { return secret, true, nil })
			if _, err := j.Run(t.Context(), flow, map[string]any{"text": "with " + secret}, flows.WithRunID("r"), given); err != nil {
				t.Fatal(err)
			}
			got, err := paramsOf(t, j, "r", c.registry(t))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(got, tt.want+"\n") || strings.Contains(got, "viper") {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// Where more was encrypted than a reading keeps, it shows what stands in the flow alone.
func TestReadBackHidesAllBehindMuch(t *testing.T) {
	c := &calls{}
	j := open(t, newPath(t), journal.WithKeys(testKeys(t, 1)))
	flow := load(t, c, `flow: t
secrets: {s: {}}
steps:
  - {id: a, call: test.change, with: {name: a, value: "${secrets.s}${join(1..40000, ' ')}"}}
  - {id: b, call: test.read, with: {name: b, value: "${steps.a[300:320]}"}}
`)
	given := flows.WithSecrets(func(context.Context, string) (string, bool, error) { return "gaboon-viper-4711", true, nil })
	if _, err := j.Run(t.Context(), flow, nil, flows.WithRunID("r"), given); err != nil {
		t.Fatal(err)
	}
	got, err := paramsOf(t, j, "r", c.registry(t))
	if err != nil || !strings.Contains(got, `/b {"name":"b","value":"***"}`) {
		t.Errorf("%v\n%s", err, got[max(0, len(got)-200):])
	}
}

// A reading has no secrets, so it may not come to a step of a program that takes one
// apart; that is said.
func TestReadBackTellsWhatItMisses(t *testing.T) {
	for name, text := range map[string]string{
		"the end":   "  - {id: a, call: test.read, with: {name: a}}\n  - %s\n",
		"an undo":   "  - {id: a, call: test.change, with: {name: a}, undo: {call: test.change, with: {name: u}}}\n  - %s\n",
		"a handler": "  - {id: a, call: test.read, with: {name: a}}\n  - try: [%s]\n    catch: [{do: [{call: test.change, with: {name: h}}]}]\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := &calls{}
			j := open(t, newPath(t), journal.WithKeys(testKeys(t, 1)))
			flow := load(t, c, "flow: t\nsecrets: {s: {}}\nsteps:\n"+
				fmt.Sprintf(text, `{id: b, call: test.read, with: {name: b, value: "${split(secrets.s, '-')[1]}"}}`))
			given := flows.WithSecrets(func(context.Context, string) (string, bool, error) { return "gaboon-viper-4711", true, nil })
			if _, err := j.Run(t.Context(), flow, nil, flows.WithRunID("r"), given); err != nil {
				t.Fatal(err)
			}
			got, err := paramsOf(t, j, "r", c.registry(t))
			if err == nil || !strings.Contains(err.Error(), "read without its secrets, and did not come to /") ||
				!strings.Contains(got, `/a {"name":"a"}`) {
				t.Errorf("%v\n%s", err, got)
			}
		})
	}
}
