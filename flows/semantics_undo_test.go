package flows_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Undos see what their steps saw, run last first, and run for everything that
// was done.
func TestUndoOrder(t *testing.T) {
	tests := []struct {
		name string
		flow string
		want string
	}{
		{
			"repeat around a loop keeps each round's results", `
flow: f
steps:
  - set: {n: 0}
  - repeat:
      - set: {n: "${ctx.n + 1}"}
      - id: outer
        call: test.echo
        with: {value: "${'r' + string(ctx.n)}"}
      - forEach: [1, 2]
        do:
          - call: test.echo
            undo: {call: test.change, with: {name: "${steps.outer}-${item}"}}
    until: "${ctx.n == 2}"
  - fail: {code: Broken, message: stop}
`, "echo: echo: echo: echo: echo: echo: change:r2-2 change:r2-1 change:r1-2 change:r1-1",
		},
		{
			"repeat around branches keeps each round's results", `
flow: f
steps:
  - set: {n: 0}
  - repeat:
      - set: {n: "${ctx.n + 1}"}
      - id: made
        call: test.echo
        with: {value: "${ctx.n}"}
      - parallel:
          a:
            - id: inA
              call: test.echo
              with: {value: "${ctx.n}"}
              undo: {call: test.change, with: {name: "a${steps.made}-${result}"}}
          b:
            - call: test.echo
              undo: {call: test.change, with: {name: "b${steps.made}"}}
    until: "${ctx.n == 2}"
  - fail: {code: Broken, message: stop}
`, "echo: echo: echo: echo: echo: echo: change:b2 change:a2-2 change:b1 change:a1-1",
		},
		{
			"a step that a later round does not run gives null there", `
flow: f
steps:
  - set: {n: 0, seen: []}
  - repeat:
      - set: {n: "${ctx.n + 1}"}
      - if: "${ctx.n == 1}"
        then:
          - id: once
            call: test.echo
            with: {value: here}
      - call: test.change
        with: {name: "${steps.once ?? 'none'}"}
    until: "${ctx.n == 2}"
  - fail: {code: Broken, message: stop}
`, "echo: change:here change:none",
		},
		{
			"a step that a second attempt does not run gives null there", `
flow: f
steps:
  - try:
      - id: tries
        call: probe.count
      - if: "${steps.tries == 1}"
        then:
          - id: once
            call: test.echo
            with: {value: here}
      - call: test.change
        with: {name: "${steps.once ?? 'none'}"}
      - call: test.fail
        with: {name: again}
    retry: {attempts: 2, delay: 1ms}
`, "echo: change:here fail:again change:none fail:again",
		},
		{
			"a try that runs out of time within a branch is undone before its handlers", `
flow: f
steps:
  - parallel:
      a:
        - try:
            - call: test.change
              with: {name: done}
              undo: {call: test.change, with: {name: undone}}
            - call: test.sleep
              with: {for: 10s, name: long}
          retry: {attempts: 2, within: 300ms}
          catch:
            - do: [{call: test.change, with: {name: handler}}]
      b:
        - wait: 1ms
`, "change:done stopped:long change:undone change:handler",
		},
		{
			"a try within finally undoes itself when the branch was stopped", `
flow: f
steps:
  - parallel:
      a:
        - try:
            - call: test.sleep
              with: {for: 10s, name: long}
          finally:
            - try:
                - call: test.change
                  with: {name: done}
                  undo: {call: test.change, with: {name: undone}}
                - fail: {code: Inner, message: no}
              catch:
                - do: [{call: test.change, with: {name: handler}}]
      b:
        - wait: 30ms
        - fail: {code: Broken, message: stop}
`, "stopped:long change:done change:undone change:handler",
		},
		{
			"a step that may have happened in its first attempt is undone", `
flow: f
steps:
  - call: probe.ambiguous
    with: {name: x}
    idempotent: true
    retry: {attempts: 2, delay: 1ms}
    undo: {call: test.change, with: {name: undone}}
`, "ambiguous:x ambiguous:x change:undone",
		},
		{
			"an undo in a loop is not thought to be skipped", `
flow: f
steps:
  - forEach: [1, 2, 3]
    concurrency: 3
    onError: collect
    do:
      - try:
          - call: test.echo
            undo: {call: test.change, with: {name: "${item}"}}
          - fail: {code: Broken, message: stop}
        catch:
          - on: [Other]
            do: []
`, "echo: change:1 change:2 change:3 echo: echo:",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &recorder{}
			_, _ = carry(t.Context(), t, probed(t, r, map[string]string{"flow.yaml": tt.flow}), nil)
			got := r.noted()
			if tt.name == "an undo in a loop is not thought to be skipped" {
				got = sortedWords(got)
				tt.want = sortedWords(tt.want)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}
