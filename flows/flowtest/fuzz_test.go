package flowtest_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/flowtest"
)

const fuzzedFlow = `flow: f
steps:
  - parallel:
      a:
        - {id: charge, call: shop.charge, with: {amount: 1}, retry: {attempts: 2, delay: 1s, jitter: false}, undo: {call: shop.refund, with: {receipt: r}}}
      b:
        - {id: yes, wait: {signal: yes, timeout: 1h}}
        - {id: more, call: shop.charge, with: {amount: 2}, atMostOnce: true}
  - {id: order, call: shop.order, with: {id: 7}}
`

// FuzzClaims reads conditions, faults and texts that nobody may read, and runs the
// test with them: whatever they say, it ends, and mistakes have words.
func FuzzClaims(f *testing.F) {
	f.Add(`"${run.outcome == 'done' or calls('shop.charge').changed == 0}"`, "{step: charge, fault: fails, code: Down, class: unavailable, outcome: unknown, changed: true}", "token-0123456789", 0)
	f.Add(`"${calls('shop.charge').attempts <= calls(\"shop.refund\").succeeded + 1}"`, "{step: order, fault: killed, changed: true}, {step: charge, attempt: 2, fault: canceled}", "short", 3)
	f.Add(`true, "${calls('GetOrder')}", "${calls(run.outcome)}", "${calls('shop.x').y}"`, "{step: charge, fault: ordered, after: [more]}", "[x]", 1<<30)
	f.Add(`"${calls('shop.charge') == calls}"`, "{step: yes, fault: killed, waiting: true}, {signal: 1, fault: other}", "''", -1)
	f.Add(`"${run}", "${'calls(1)'}"`, `{step: "/1/a/charge#2", fault: slow, every: true, all: true}, {step: more, fault: killedAfter, after: ["charge#9", []]}`, "*x", 1)
	reg, err := connector.NewRegistry(shop())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, always, faults, hides string, order int) {
		var text strings.Builder
		text.WriteString("tests:\n  - name: a\n    always: [" + always + "]\n    faults: [" + faults + "]\n    hides: [" + hides + "]\n")
		if order > 0 {
			text.WriteString("    order: 3\n")
		}
		text.WriteString(`    signals: [{signal: yes, after: 1m}]
    answers:
      - {call: shop.charge, result: {receipt: r}}
      - {call: shop.order, result: {total: 1}}
      - {call: shop.refund, result: {}}
`)
		fsys := fstest.MapFS{"f.yaml": {Data: []byte(fuzzedFlow)}, "f.test.yaml": {Data: []byte(text.String())}}
		suite, err := flowtest.Load(fsys, "f.test.yaml", reg)
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Error("a mistake without words")
			}
			return
		}
		report := suite.Run(t.Context(), flowtest.WithLimit(10*time.Second))
		for _, o := range report.Outcomes {
			for _, failure := range o.Failures {
				if strings.Contains(failure, "did not end") || strings.HasPrefix(failure, "panic") {
					t.Error(failure)
				}
			}
		}
	})
}
