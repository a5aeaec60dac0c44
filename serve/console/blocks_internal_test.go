package console

import (
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// A block is done when something behind it was come to, or the run has ended.
func TestBlocksUnderWay(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	outline := []report.StepInfo{
		{Path: "/loop", Verb: "forEach"},
		{Path: "/loop/if", Block: "/loop", Verb: "if"},
		{Path: "/loop/if/then/get", Block: "/loop/if/then", Verb: "call"},
		{Path: "/loop/put", Block: "/loop", Verb: "call"},
		{Path: "/both", Verb: "parallel"},
		{Path: "/both/a/try", Block: "/both/a", Verb: "try"},
		{Path: "/both/a/try/try/poll", Block: "/both/a/try/try", Verb: "repeat"},
		{Path: "/both/a/try/try/poll/get", Block: "/both/a/try/try/poll", Verb: "call"},
		{Path: "/both/a/try/catch[0]/mend", Block: "/both/a/try/catch[0]", Verb: "call"},
		{Path: "/both/b/slow", Block: "/both/b", Verb: "call"},
		{Path: "/after", Verb: "call"},
	}
	done := func(paths ...string) (list []journal.Step) {
		for _, path := range paths {
			list = append(list, journal.Step{Path: path, Operation: "x", Started: start, Ended: start})
		}
		return list
	}
	under := journal.Step{Path: "/both/b/slow", Operation: "x", Started: start}
	for name, tt := range map[string]struct {
		state journal.State
		steps []journal.Step
		want  map[string]string
	}{
		"a loop between two items": {journal.Running, done("/loop[0]/if/then/get"), map[string]string{"/loop": "running", "/loop/if": "running", "/loop/if/then/get": "done", "/both": ""}},
		"behind the inner block":   {journal.Running, done("/loop[0]/if/then/get", "/loop[0]/put"), map[string]string{"/loop": "running", "/loop/if": "done"}},
		"a repeat in a try":        {journal.Running, done("/loop[0]/put", "/both/a/try/try/poll[0]/get"), map[string]string{"/loop": "done", "/both": "running", "/both/a/try": "running", "/both/a/try/try/poll": "running"}},
		"another branch":           {journal.Running, done("/both/a/try/try/poll[0]/get", "/both/b/slow"), map[string]string{"/both": "running", "/both/a/try": "running", "/both/b/slow": "done"}},
		"caught":                   {journal.Running, done("/both/a/try/try/poll[0]/get", "/both/a/try/catch[0]/mend"), map[string]string{"/both/a/try": "running", "/both/a/try/try/poll": "done"}},
		"behind all":               {journal.Running, done("/loop[0]/put", "/both/a/try/try/poll[0]/get", "/after"), map[string]string{"/loop": "done", "/both": "done", "/both/a/try": "done", "/both/a/try/try/poll": "done"}},
		"the run has ended":        {journal.Done, done("/both/a/try/try/poll[0]/get"), map[string]string{"/both": "done", "/both/a/try": "done"}},
		"interrupted":              {journal.Interrupted, append(done("/loop[0]/put", "/both/a/try/try/poll[0]/get"), under), map[string]string{"/loop": "done", "/both": "interrupted", "/both/a/try": "interrupted", "/both/b/slow": "interrupted"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, st := &journal.Details{Steps: tt.steps}, &standing{}
			d.State = tt.state
			st.update(d, 0, start)
			in := st.in(outline)
			for path, want := range tt.want {
				if got := in(path); got != want {
					t.Errorf("%s stands %q, want %q", path, got, want)
				}
			}
		})
	}
	d, st := &journal.Details{Steps: done("/loop[0]/put")}, &standing{}
	d.State = journal.Running
	st.update(d, 0, start)
	if d.State = journal.Interrupted; !st.update(d, 1, start) {
		t.Error("a run that is interrupted moves nothing")
	}
}
