package explore_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/flows/explore"
	"github.com/medlar-flow/medlar/flows/flowtest"
)

// sound are flows in which nothing is wrong, whatever happens.
var sound = []struct {
	name, flow, test string
	depth            int
}{
	{"branches with loops, undos, and a call that may happen once", `
connections: {http: {baseUrl: "https://a.example"}}
steps:
  - parallel:
      left:
        - forEach: [1, 2, 3]
          concurrency: 2
          as: n
          do:
            - {id: book, call: http.request, with: {method: PUT, url: "/book/${n}"}, undo: {call: http.request, with: {method: DELETE, url: "/book/${n}"}}}
            - {id: pay, call: http.request, with: {method: POST, url: "/pay/${n}"}, idempotent: true, retry: 3, undo: {call: http.request, with: {method: DELETE, url: "/pay/${n}"}}}
      right:
        - {id: mail, call: http.request, with: {method: POST, url: /mail}, atMostOnce: true}
        - {id: look, call: http.request, with: {url: /look}}
  - {id: end, call: http.request, with: {method: PUT, url: /end}}
`, "tests: [{name: all}]", 1},
	{"undos in branches, two faults", `
connections: {http: {baseUrl: "https://a.example"}}
steps:
  - parallel:
      a: [{id: one, call: http.request, with: {method: POST, url: /1}}]
      b: [{id: go, call: http.request, with: {method: PUT, url: /2}, undo: {call: http.request, with: {method: DELETE, url: /2}}}, {wait: 1m}]
`, "tests: [{name: all}]", 2},
	{"signals for items", `
connections: {http: {baseUrl: "https://a.example"}}
steps:
  - forEach: [a, b]
    as: who
    concurrency: 2
    onError: collect
    do:
      - {id: say, wait: {signal: say, key: "${who}", timeout: 24h, accepts: {ok: {type: boolean, required: true}}}}
      - if: "${steps.say.ok}"
        then: [{id: go, call: http.request, with: {method: PUT, url: "/go/${who}"}, undo: {call: http.request, with: {method: DELETE, url: "/go/${who}"}}}]
  - {id: last, call: http.request, with: {method: POST, url: /last}}
`, "tests: [{name: all, signals: [{signal: say, key: a, after: 1h, with: {ok: true}}, {signal: say, key: b, with: {ok: false}}]}]", 1},
	{"a try that is tried again", `
connections: {http: {baseUrl: "https://a.example"}}
steps:
  - try:
      - {id: a, call: http.request, with: {method: PUT, url: /a}, undo: {call: http.request, with: {method: DELETE, url: /a, expectStatus: [2xx, 404]}}}
      - {id: b, call: http.request, with: {url: /b}}
    retry: 2
`, "tests: [{name: all}]", 2},
	{"a call that may happen once is under way beside one that has ended", `
connections: {http: {baseUrl: "https://a.example"}}
steps:
  - parallel:
      x: [{id: a, call: http.request, with: {url: /a}}]
      y: [{id: b, call: http.request, atMostOnce: true, with: {method: POST, url: /b}}]
`, "tests: [{name: all}]", 1},
	{"a long call takes its time again after a kill", `
timeout: 10s
connections: {http: {baseUrl: "https://a.example"}}
steps:
  - parallel:
      x: [{id: a, call: http.request, with: {url: /a}}]
      y: [{wait: 4s}, {wait: 1s}]
`, "tests: [{name: all, answers: [{step: a, result: {status: 200}, after: 7s}]}]", 1},
	{"a secret, a switch and a list of undos", `
secrets: {token: {env: TOKEN}}
connections: {http: {baseUrl: "https://a.example", bearer: "${secrets.token}"}}
timeout: 1h
steps:
  - {id: x, call: http.request, with: {method: POST, url: /x, headers: {k: "${secrets.token}"}}, undo: [{call: http.request, with: {method: DELETE, url: /x}}, {call: http.request, with: {method: DELETE, url: /y}}]}
  - switch: "${steps.x.body.kind}"
    cases: [{is: a, do: [{id: y, call: http.request, with: {method: POST, url: /y}, undo: {call: http.request, with: {method: DELETE, url: /y}}}]}]
    default: [{fail: {code: Kind, message: "with ${secrets.token}"}}]
  - {wait: 10m}
  - {id: z, call: http.request, with: {url: /z}, timeout: 1s}
`, "secrets: {token: verysecrettoken-1}\ntests: [{name: all}]", 1},
}

// TestSoundFlows: nothing is found where nothing is wrong.
func TestSoundFlows(t *testing.T) {
	reg := registry(t)
	for _, s := range sound {
		t.Run(s.name, func(t *testing.T) {
			tests := "answers: [{call: http.request, result: {status: 200, body: {kind: a}}}]\n" + s.test + "\n"
			fsys := fstest.MapFS{"f.yaml": {Data: []byte("flow: f" + s.flow)}, "f.test.yaml": {Data: []byte(tests)}}
			report := explore.Suite(t.Context(), load(t, fsys, "f.test.yaml", reg), explore.Options{Depth: s.depth, Budget: time.Hour}).Tests[0]
			if report.Skipped != "" || report.Ran < 10 || report.Left > 0 {
				t.Errorf("%d schedules, %d left: %s", report.Ran, report.Left, report.Skipped)
			}
			for _, f := range report.Findings {
				t.Error(f)
			}
			t.Logf("%d schedules", report.Ran)
		})
	}
}

// TestEndedEarly: what was not tried is not said to hold.
func TestEndedEarly(t *testing.T) {
	s := sound[1]
	tests := "answers: [{call: http.request, result: {status: 200}}]\n" + s.test + "\n"
	fsys := fstest.MapFS{"f.yaml": {Data: []byte("flow: f" + s.flow)}, "f.test.yaml": {Data: []byte(tests)}}
	ctx, cancel := context.WithCancel(t.Context())
	report := explore.Suite(ctx, load(t, fsys, "f.test.yaml", registry(t)), explore.Options{Begin: func(*flowtest.Test, int) { cancel() }})
	if got := report.Tests[0]; !got.Stopped || got.Ran > 0 {
		t.Errorf("stopped: %t, %d schedules ran", got.Stopped, got.Ran)
	}
	var b strings.Builder
	if err := report.Print(&b); err != nil || !strings.HasPrefix(b.String(), "ended ") || !strings.Contains(b.String(), "before all were tried") {
		t.Errorf("printed: %s, %v", &b, err)
	}
}
