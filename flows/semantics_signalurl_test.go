package flows_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// signalUrl fails where the run began without a public address, and makes the same
// secret address again where it has one. On Temporal there is none.
func TestSignalURLs(t *testing.T) {
	const flow = `flow: f
steps:
  - try:
      - {id: a, call: test.echo, with: {name: a, value: "${signalUrl('go')}"}}
      - {id: b, call: test.echo, with: {name: b, value: "${signalUrl('go')}"}}
      - return: {same: "${steps.a == steps.b}", a: "${steps.a}", text: "at ${steps.a}"}
    catch: [{on: NoPublicUrl, do: [{set: {code: "${error.code} ${error.class}"}}]}]
  - try: [{wait: {signal: go, timeout: 1ms}}]
    catch: [{on: SignalTimeout, do: []}]
output: "${ctx.code}"
`
	var seen []string
	listen := flows.WithListener(func(e report.Event) { seen = append(seen, fmt.Sprintf("%+v %+v", e, e.Err)) })
	for base, want := range map[string]string{"": "NoPublicUrl precondition", "https://flows.example.com/": ""} {
		if onTemporal {
			want = "NoPublicUrl precondition"
		}
		seen = nil
		f := load(t, &recorder{}, flow)
		result, err := carry(t.Context(), t, f, nil, flows.WithPublicURL(base), listen, flows.WithRunID("the run"))
		if err != nil {
			t.Fatal(err)
		}
		if want != "" {
			if result.Output != want {
				t.Errorf("%q: %v", base, result.Output)
			}
			continue
		}
		out, _ := result.Output.(map[string]any)
		link, _ := out["a"].(string)
		token, isLink := strings.CutPrefix(link, "https://flows.example.com/-/links/")
		if token, _, _ = strings.Cut(token, "/"); !isLink || len(token) != 32 || !strings.HasSuffix(link, "/the%20run/go") || out["same"] != true {
			t.Errorf("the output is %v", out)
		}
		if shown := fmt.Sprint(result.Shown, seen); strings.Contains(shown, token) || !strings.Contains(shown, "at ***") {
			t.Errorf("people see %s", shown)
		}
	}
}
