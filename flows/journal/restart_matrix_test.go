package journal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/testenv"
)

// holders are what can hold the step of a restart, %[2]s, and one before it,
// %[1]s. In those with branches o is what another branch does, and gate waits for it.
var holders = map[string]holder{
	"the flow":    {"%[1]s\n  - %[2]s", "/s"},
	"then":        {"{id: h, if: \"${true}\", then: [%[1]s, %[2]s]}", "/h/then/s"},
	"else":        {"{id: h, if: \"${false}\", then: [{set: {q: 1}}], else: [%[1]s, %[2]s]}", "/h/else/s"},
	"a case":      {"{id: h, switch: 1, cases: [{is: 1, do: [%[1]s, %[2]s]}]}", "/h/cases[0]/s"},
	"the default": {"{id: h, switch: 1, cases: [{is: 2, do: [{set: {q: 1}}]}], default: [%[1]s, %[2]s]}", "/h/default/s"},
	"a loop":      {"{id: h, forEach: [1, 2], as: k, do: [{id: f, if: \"${k == 1}\", then: [%[1]s, %[2]s]}]}", "/h[0]/f/then/s"},
	"items side by side": {
		"{id: h, forEach: [1, 2], as: k, concurrency: 2, do: [{id: o, if: \"${k == 2}\", call: test.change, with: {name: o}}, {id: gate, if: \"${k == 1}\", call: test.block, with: {name: gate}}, {id: f, if: \"${k == 1}\", then: [%[1]s, %[2]s]}]}",
		"/h[0]/f/then/s",
	},
	"a branch":      {"{id: h, parallel: {one: [{id: gate, call: test.block, with: {name: gate}}, %[1]s, %[2]s], two: [{id: o, call: test.change, with: {name: o}}]}}", "/h/one/s"},
	"a round":       {"{id: h, repeat: [%[1]s, %[2]s], until: \"${true}\"}", "/h[0]/s"},
	"a try":         {"{id: h, try: [%[1]s, %[2]s], catch: [{on: Other, do: [{set: {q: 1}}]}]}", "/h/try/s"},
	"a retried try": {"{id: h, try: [%[1]s, %[2]s], retry: {attempts: 2, on: Other}}", "/h/try/s"},
	"a handler":     {"{id: h, try: [{fail: {code: E, message: m}}], catch: [{do: [%[1]s, %[2]s]}]}", "/h/catch[0]/s"},
	"a called flow": {"{id: h, flow: sub.yaml}", "/h/s"},
	"within time":   {"{id: h, if: \"${true}\", timeout: 1m, then: [%[1]s, %[2]s]}", "/h/then/s"},
	"a branch of a branch": {
		"{id: h, parallel: {one: [{id: g, parallel: {three: [{id: gate, call: test.block, with: {name: gate}}, %[1]s, %[2]s], four: [{id: o, call: test.change, with: {name: o}}]}}], two: [{set: {q: 1}}]}}",
		"/h/one/g/three/s",
	},
}

// endings are how the first run ends, how it is restarted, and what comes of that
// wherever the step stands. In paths S is that of the step, I of the one before it.
var endings = []ending{
	{name: "failed", fails: "s", calls: "s+ post+", outcome: "done null"},
	{name: "failed, mended", fails: "s", stepChanged: true, calls: "s+ post+", outcome: "done null"},
	{name: "may have happened", fails: "s?", calls: "s= post+", outcome: "done null"},
	{name: "may have happened, with other parameters", fails: "s?", stepChanged: true, calls: "", outcome: "RestartDiverged at S, undone , not undone "},
	{name: "failed, moved", fails: "s", moved: true, calls: "s+ post+", outcome: "done null"},
	{name: "may have happened, moved", fails: "s?", moved: true, calls: "s= post+", outcome: "done null"},
	{name: "failed behind it, moved", fails: "post", moved: true, calls: "post+", outcome: "done null"},
	{name: "failed, from before", fails: "s", from: "I", calls: "i= s+ post+", outcome: "done null"},
	{name: "failed behind it", fails: "post", from: "S", calls: "s= post+", outcome: "done null"},
	{name: "failed behind it, from there", fails: "post", calls: "post+", outcome: "done null"},
	{name: "canceled", cancel: true, calls: "post+", outcome: "done null"},
	{name: "canceled, from the step", cancel: true, from: "S", calls: "s= post+", outcome: "done null"},
	{name: "canceled, with other parameters", cancel: true, stepChanged: true, refused: "its parameters are not those", latest: "S"},
	{name: "undone", undo: true, fails: "s", refused: "it was undone", latest: "I"},
	{name: "undone, from there", undo: true, fails: "s", from: "I", calls: "i+ s+ post+", outcome: "done null"},
	{name: "undone, canceled", undo: true, cancel: true, refused: "it was undone", latest: "I", beside: "i+ s= post+"},
	{name: "not undone", undo: true, fails: "s uni", calls: "s+ post+", outcome: "done null"},
}

type (
	// holder is what holds the step, and the path of that.
	holder struct{ text, path string }
	ending struct {
		name                    string
		undo, cancel            bool
		fails                   string
		from                    string
		stepChanged             bool // the restart's program calls s with other parameters
		moved                   bool // s stands in a block of its own there
		calls, outcome, refused string
		latest                  string
		beside                  string // the calls where the step stands in a branch, if others
	}
)

// changes reports whether the case needs another program for the restart.
func (e *ending) changes() bool { return e.stepChanged || e.moved }

// matrixRun is a case of the matrix: a run that ends badly, and its restart.
type matrixRun struct {
	holder        holder
	end           ending
	first, second *calls
	cancel        string // the call at which the first run is canceled; empty for none
	how           journal.Restart
	place         *strings.Replacer
}

func newMatrixRun(t *testing.T, h holder, end ending, changed bool) *matrixRun {
	t.Helper()
	r := &matrixRun{holder: h, end: end, first: &calls{fail: failing(end.fails)}, second: &calls{}}
	r.first.block = func(context.Context) {
		for !slices.Contains(r.first.noted(), "o") {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(5 * time.Millisecond) // until its branch has ended
	}
	if end.cancel {
		r.cancel = "s"
	}
	r.place = strings.NewReplacer("S", h.path, "I", strings.TrimSuffix(h.path, "s")+"i")
	r.how.From = r.place.Replace(end.from)
	value := "1"
	if end.stepChanged {
		value = "2"
	}
	if changed {
		r.how.Flow = matrixFlow(t, r.second, h.text, end.undo, value, true, end.moved)
	}
	return r
}

// begun is the flow of the first run.
func (r *matrixRun) begun(t *testing.T) *flows.Flow {
	t.Helper()
	return matrixFlow(t, r.first, r.holder.text, r.end.undo, "1", false, false)
}

// besideOthers is said of a step that stands in a branch of what is kept beside it.
func (r *matrixRun) besideOthers(branches ...string) {
	if r.end.beside != "" && slices.ContainsFunc(branches, func(b string) bool { return strings.Contains(r.holder.text, b) }) {
		r.end.calls, r.end.refused, r.end.outcome = r.end.beside, "", "done null"
	}
}

// judge holds how the restart ended against the case.
func (r *matrixRun) judge(t *testing.T, result *flows.Result, err error) {
	t.Helper()
	var refused *journal.RestartError
	if errors.As(err, &refused) || r.end.refused != "" {
		if refused == nil || r.end.refused == "" || !strings.Contains(refused.Reason, r.end.refused) || refused.Latest != r.place.Replace(r.end.latest) {
			t.Fatalf("%v, latest %q", err, refusedLatest(refused))
		}
		return
	}
	if got := keyed(r.first, r.second); !slices.Equal(got, strings.Fields(r.end.calls)) {
		t.Errorf("calls %v, want %s", got, r.end.calls)
	}
	if got := outcome(t, result, err); got != strings.Replace(r.end.outcome, "at S", "at "+r.holder.path, 1) {
		t.Errorf("%s, want %s", got, r.end.outcome)
	}
}

// matrixFlow makes the flow of a case.
func matrixFlow(t *testing.T, c *calls, holder string, undo bool, value string, changed, moved bool) *flows.Flow {
	t.Helper()
	before := call("i")
	if undo {
		before = undone("i")
	}
	step := fmt.Sprintf("{id: s, call: test.change, with: {name: s, value: %s}}", value)
	if moved {
		step = "{id: m, try: [" + step + "]}"
	}
	post := "{id: post, call: test.change, with: {name: post}}"
	if changed {
		post = "{id: post, call: test.change, with: {name: post, value: new}}\n  - {set: {added: 1}}"
	}
	text := holder
	if strings.Contains(holder, "%[1]s") {
		text = fmt.Sprintf(holder, before, step)
	}
	return loadFiles(t, c, map[string]string{
		"flow.yaml": flowOf(call("pre"), text, post),
		"sub.yaml":  flowOf(before, step),
	})
}

// Whatever holds the step, however the run ended, with the same program and with
// another: what was before is kept, what runs has the right key, and what cannot
// be kept is told with the step from which the run can begin.
func TestRestartMatrix(t *testing.T) {
	j := open(t, newPath(t))
	for name, holder := range holders {
		for _, end := range endings {
			for _, changed := range []bool{false, true} {
				if end.changes() && !changed || changed && !end.changes() && end.name != "failed" && !testenv.Thorough() {
					continue
				}
				id := fmt.Sprintf("%s, %s, changed %v", name, end.name, changed)
				t.Run(id, func(t *testing.T) {
					r := newMatrixRun(t, holder, end, changed)
					r.besideOthers("concurrency", "parallel")
					endBadly(t, j, r.begun(t), r.first, id, r.cancel)
					result, err := j.Restart(t.Context(), id, r.second.registry(t), r.how)
					r.judge(t, result, err)
				})
			}
		}
	}
	if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}
