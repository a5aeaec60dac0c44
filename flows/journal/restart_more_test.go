package journal_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

// loadFiles loads the flow of flow.yaml with those that it calls.
func loadFiles(t *testing.T, c *calls, files map[string]string) *flows.Flow {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	f, err := flows.Load(fsys, "flow.yaml", c.registry(t))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// failOnce runs a flow whose calls of some names fail.
func failOnce(t *testing.T, j *journal.Journal, flow *flows.Flow, c *calls, fails string, inputs map[string]any) {
	t.Helper()
	c.fail = failing(fails)
	if _, err := j.Run(t.Context(), flow, inputs, flows.WithRunID("r")); err == nil {
		t.Fatal("it did not fail")
	}
}

// A step of a flow that a step calls, in an item of a loop: what stands before it
// there, in the other items and before the loop is kept.
func TestRestartInsideFlows(t *testing.T) {
	files := map[string]string{
		"flow.yaml": flowOf(call("a"), `{id: l, forEach: "${1..3}", as: i, concurrency: 2, do: [{id: s, flow: sub.yaml, with: {n: "${i}"}}], collect: "${steps.s}"}`, call("z")) + "output: \"${steps.l}\"\n",
		"sub.yaml":  "flow: sub\ninputs: {n: {type: integer, required: true}}\nsteps:\n  - {id: x, call: test.change, with: {name: \"x${ctx.n}\"}}\n  - {id: y, call: test.change, with: {name: \"y${ctx.n}\", value: \"${ctx.n * 10}\"}}\noutput: \"${steps.y}\"\n",
	}
	first, second := &calls{}, &calls{}
	j := open(t, newPath(t))
	failOnce(t, j, loadFiles(t, first, files), first, "z y2", nil)
	result, err := j.Restart(t.Context(), "r", second.registry(t), journal.Restart{From: "/l[1]/s/y"})
	if err != nil {
		t.Fatal(err)
	}
	made := keyed(first, second)
	slices.Sort(made)
	if first.list[len(first.list)-1] == "y3" || slices.Contains(first.list, "y3") {
		if want := []string{"y2+", "z+"}; !slices.Equal(made, want) {
			t.Errorf("%v, want %v", made, want)
		}
	} else if !slices.Contains(made, "y2+") || slices.Contains(made, "a=") || slices.Contains(made, "x1=") {
		t.Errorf("%v", made)
	}
	if got := jsonOf(t, result.Output); got != "[10,20,30]" {
		t.Errorf("%s", got)
	}
}

// Iterations and rounds that are one record are kept whole, also with another
// program, where the loop is the same and what it can read. In their middle nothing
// begins.
func TestRestartBehindFolds(t *testing.T) {
	flow := flowOf(
		`{id: l, forEach: "${1..600}", as: i, concurrency: 4, do: [{id: a, call: test.change, with: {name: "a${i}", value: "${i}"}}], collect: "${steps.a}"}`,
		`{id: m, forEach: "${1..300}", as: i, do: [{id: b, call: test.change, with: {name: "b${i}"}}]}`,
		`{set: {k: 0}}`, `{id: r, repeat: [{set: {k: "${ctx.k + 1}"}}, {call: test.change, with: {name: "c${ctx.k}"}}], until: "${ctx.k == 300}"}`,
		call("z"),
	) + "output: \"${sum(steps.l)}\"\n"
	j, first := open(t, newPath(t)), &calls{}
	failOnce(t, j, load(t, first, flow), first, "z", nil)
	for _, tt := range []struct {
		how          journal.Restart
		latest, want string
	}{
		{journal.Restart{From: "/l[17]/a"}, "/l", "which are one record"},
		{journal.Restart{Flow: load(t, first, strings.Replace(flow, "name: \"a${i}\"", "name: \"A${i}\"", 1))}, "/l", "] are one record"}, // whichever of them ended first
		{journal.Restart{Flow: load(t, first, strings.Replace(flow, "- {set: {k: 0}}", "- {set: {k: 1}}", 1))}, "/r", "/r[0..255] are one record"},
		// What a loop does not read may be another.
		{journal.Restart{Flow: load(t, first, strings.Replace(flow, "- {set: {k: 0}}", "- {set: {k: 0, more: 1}}", 1))}, "", ""},
	} {
		_, err := j.PlanRestart(t.Context(), "r", first.registry(t), tt.how)
		var refused *journal.RestartError
		if tt.latest == "" && err == nil {
			continue
		}
		if !errors.As(err, &refused) || refused.Latest != tt.latest || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v", err)
		}
	}
	second := &calls{}
	mended := strings.Replace(flow, "steps:", "steps:\n  - {parallel: {a: [{if: \"${false}\", wait: 1s}], b: [{if: \"${false}\", wait: 1s}]}}", 1)
	mended = strings.Replace(mended, "z-gave", "other", 1)
	result, err := j.Restart(t.Context(), "r", second.registry(t), journal.Restart{Flow: load(t, first, mended)})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(keyed(first, second), " "); got != "z+" || jsonOf(t, result.Output) != "180300" {
		t.Errorf("%s %v", got, result.Output)
	}
}

// Generations follow one another: only the newest is restarted, each keeps the
// keys of what it kept, what is still to be taken back goes along, and an old one
// can be deleted.
func TestRestartGenerations(t *testing.T) {
	flow := flowOf(undone("a"), call("b"), `{id: k, call: test.change, with: {name: k, value: "${step.idempotencyKey}"}}`, call("c"), call("d")) + "output: \"${steps.k}\"\n"
	path := newPath(t)
	j := open(t, path)
	var made [4]calls
	failOnce(t, j, load(t, &made[0], flow), &made[0], "k una", nil)
	restart := func(id string, c *calls, how journal.Restart) (string, error) {
		result, err := j.Restart(t.Context(), id, c.registry(t), how)
		return outcome(t, result, err), err
	}
	made[1].fail = failing("c? una")
	if got, _ := restart("r", &made[1], journal.Restart{}); got != "Broken at /c, undone , not undone /a" {
		t.Error(got)
	}
	var restarted *journal.RestartedError
	if _, err := restart("r", &made[2], journal.Restart{}); !errors.As(err, &restarted) || restarted.Next != "r.2" {
		t.Errorf("%v", err)
	}
	if d, err := j.Show(t.Context(), "r"); err != nil || d.Next != "r.2" {
		t.Errorf("%v %v", d, err)
	}
	if err := j.Delete(t.Context(), "r", false); err != nil {
		t.Fatal(err)
	}
	made[2].fail = failing("d una")
	if got, _ := restart("r.2", &made[2], journal.Restart{}); got != "Broken at /d, undone , not undone /a" {
		t.Error(got)
	}
	if got := strings.Join(keyed(&made[1], &made[2]), " "); got != "c= d+ una+" {
		t.Errorf("second restart: %s", got)
	}
	// From k on: it happened in the first restart, and has the key of that.
	got, _ := restart("r.3", &made[3], journal.Restart{From: "k"})
	if keys := strings.Join(keyed(&made[1], &made[3]), " "); keys != "k= c= d+" {
		t.Errorf("third restart: %s", keys)
	}
	if want := `done "` + made[1].keys[0] + `"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	runs, err := j.Runs(t.Context(), journal.Filter{})
	if err != nil || len(runs) != 3 || runs[0].ID != "r.4" || runs[1].Next != "r.4" {
		t.Errorf("%+v %v", runs, err)
	}
}

// A restart that is interrupted goes on as any run, wherever it stopped, with the
// keys that it had.
func TestRestartIsResumed(t *testing.T) {
	flow := flowOf(call("a"), "{id: p, parallel: {one: ["+call("b")+", "+call("c")+"], two: ["+call("d")+", {wait: 1ms}, "+call("e")+"]}}", call("f"), call("g")) + "output: \"${run.id}\"\n"
	path := newPath(t)
	j, first, second := open(t, path), &calls{}, &calls{}
	failOnce(t, j, load(t, first, flow), first, "g", nil)
	if result, err := j.Restart(t.Context(), "r", second.registry(t), journal.Restart{From: "/p/one/c"}); err != nil || result.Output != "r" {
		t.Fatalf("%v %v", result, err)
	}
	if got := keyed(first, second); !slices.Equal(got, []string{"c=", "f=", "g+"}) {
		t.Errorf("%v", got)
	}
	kept := count(t, path, "SELECT count(*) FROM records WHERE run = 2 AND seq <= 9")
	last := count(t, path, "SELECT max(seq) FROM records WHERE run = 2")
	if kept != 9 {
		t.Fatalf("%d records", kept)
	}
	for cut := last - 1; cut >= 9; cut-- {
		change(t, path, "DELETE FROM records WHERE run = 2 AND seq > ?", cut)
		change(t, path, "UPDATE runs SET state = 'running', ended = 0, owner = '' WHERE id = 'r.2'")
		rest := &calls{}
		again := open(t, path, journal.WithAcceptedLoss())
		result, err := again.Resume(t.Context(), "r.2", rest.registry(t))
		if err != nil || result.RunID != "r.2" {
			t.Fatalf("cut after %d: %v", cut, err)
		}
		for i, name := range rest.list {
			if at := slices.Index(second.list, name); at < 0 || second.keys[at] != rest.keys[i] {
				t.Errorf("cut after %d: %s has another key than in the restart", cut, name)
			}
		}
		closed(t, again)
	}
}

// What an approval said is kept, and what was said before anybody asked; one for a
// wait that comes again is given anew.
func TestRestartBehindSignals(t *testing.T) {
	flow := flowOf("{id: ok, wait: {signal: approval, accepts: {yes: {type: boolean}, pin: {type: secret}}}}", `{id: a, call: test.change, with: {name: "a-${steps.ok.yes}"}}`,
		"{id: go, wait: {signal: go, timeout: 1h, accepts: {}}}", call("b"), "{wait: {signal: late, accepts: {}}}")
	j, first, second := open(t, newPath(t), journal.WithKeys(testKeys(t, 1))), &calls{fail: failing("b")}, &calls{}
	h, err := j.Start(t.Context(), load(t, first, flow), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(h.Signal(t.Context(), "approval", "", map[string]any{"yes": true, "pin": "a-long-secret"}), h.Signal(t.Context(), "late", "", nil), h.Signal(t.Context(), "go", "", nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Wait(t.Context()); err == nil {
		t.Fatal("it did not fail")
	}
	plan, err := j.PlanRestart(t.Context(), "r", second.registry(t), journal.Restart{From: "go"})
	if err != nil {
		t.Fatal(err)
	}
	h, err = plan.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-time.After(50 * time.Millisecond):
	case <-t.Context().Done():
	}
	if n := len(second.noted()); n > 0 {
		t.Errorf("it did not wait: %v", second.noted())
	}
	if err := h.Signal(t.Context(), "go", "", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(second.noted(), " "); got != "b" {
		t.Errorf("%s", got)
	}
	if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
}

// A wait that runs again begins anew, however long ago it began before.
func TestRestartBeginsWaits(t *testing.T) {
	for name, tt := range map[string]struct{ steps, from string }{
		"a signal's time": {`{id: ok, wait: {signal: approval, timeout: 300ms, accepts: {}}}`, ""},
		"a wait":          {`{id: w, wait: 300ms}`, "w"},
		"within a branch": {`{id: p, parallel: {one: [` + call("c") + `, {id: w, wait: 300ms}], two: [` + call("d") + `]}}`, "/p/one/w"},
		"within a try":    {`{try: [` + call("c") + `, {id: w, wait: 300ms}], finally: [` + call("d") + `]}`, "w"},
		"within an if":    {`{if: "${true}", then: [{id: w, wait: 300ms}]}`, "w"},
		"between rounds":  {`{id: r, repeat: [` + call("c") + `], until: "${steps.c == 'no'}", every: 300ms, maxAttempts: 2}`, "r"},
	} {
		t.Run(name, func(t *testing.T) {
			j, first, second := open(t, newPath(t)), &calls{fail: failing("b")}, &calls{fail: failing("b")}
			h, err := j.Start(t.Context(), load(t, first, flowOf(call("a"), tt.steps, call("b"))), nil, flows.WithRunID("r"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.Wait(t.Context()); err == nil {
				t.Fatal("it did not fail")
			}
			plan, err := j.PlanRestart(t.Context(), "r", second.registry(t), journal.Restart{From: tt.from})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			h, err = plan.Start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.Wait(t.Context()); err == nil {
				t.Fatal("it did not fail again")
			}
			if took := time.Since(began); took < 290*time.Millisecond {
				t.Errorf("it waited for %s", took)
			}
			if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) > 0 {
				t.Errorf("%v %v", problems, err)
			}
		})
	}
}

// A signal that cannot be read is no damage, whenever that shows.
func TestRestartWithoutSignals(t *testing.T) {
	path, c := newPath(t), &calls{fail: failing("b")}
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := j.Start(t.Context(), load(t, c, flowOf("{wait: {signal: go, accepts: {}}}", call("b"))), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Signal(t.Context(), "go", "", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Wait(t.Context()); err == nil {
		t.Fatal("it did not fail")
	}
	closed(t, j)
	unread := errors.New("the disk is away")
	for reads := range int64(4) {
		j := open(t, path, journal.WithSignalReads(reads, unread))
		_, err := j.PlanRestart(t.Context(), "r", c.registry(t), journal.Restart{})
		var damaged *journal.DamagedError
		if reads < 3 && !errors.Is(err, unread) || errors.As(err, &damaged) || reads == 3 && err != nil {
			t.Errorf("after %d: %v", reads, err)
		}
	}
}

// Of restarts at the same time one begins.
func TestRestartOnce(t *testing.T) {
	j, c := open(t, newPath(t)), &calls{}
	failOnce(t, j, load(t, c, flowOf(call("a"))), c, "a", nil)
	c.fail = nil
	var plans [2]*journal.RestartPlan
	for i := range plans {
		var err error
		if plans[i], err = j.PlanRestart(t.Context(), "r", c.registry(t), journal.Restart{}); err != nil {
			t.Fatal(err)
		}
	}
	h, err := plans[0].Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	var faster *journal.RestartedError
	if _, err := plans[1].Start(t.Context()); !errors.As(err, &faster) || faster.RunID != "r" || faster.Next != "r.2" {
		t.Errorf("%v", err)
	}
	var state *journal.StateError
	if _, err := j.PlanRestart(t.Context(), "r.2", c.registry(t), journal.Restart{}); !errors.As(err, &state) {
		t.Errorf("%v", err)
	}
	if got := strings.Join(c.noted(), " "); got != "a a" {
		t.Errorf("%s", got)
	}
}

// What is encrypted stays so, and a result that is not stored keeps nothing behind
// it.
func TestRestartWithSecrets(t *testing.T) {
	flow := flowOf("{id: l, call: test.login, with: {name: l}}", `{id: a, call: test.change, with: {name: a, value: "${steps.l.token}"}}`, call("b"))
	path := newPath(t)
	j, first, second := open(t, path, journal.WithKeys(testKeys(t, 1))), &calls{}, &calls{}
	failOnce(t, j, load(t, first, flow), first, "b", nil)
	if _, err := j.Restart(t.Context(), "r", second.registry(t), journal.Restart{From: "a"}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(keyed(first, second), " "); got != "a= b+" {
		t.Errorf("%s", got)
	}
	if n := count(t, path, "SELECT count(*) FROM records WHERE instr(CAST(data AS TEXT), 'a-token') > 0"); n > 0 {
		t.Errorf("%d records hold the secret", n)
	}
	bare := open(t, newPath(t))
	failOnce(t, bare, load(t, first, flow), first, "b", nil)
	var refused *journal.RestartError
	if _, err := bare.PlanRestart(t.Context(), "r", second.registry(t), journal.Restart{}); !errors.As(err, &refused) || refused.Step != "/l" {
		t.Errorf("%v", err)
	}
}

// From a loop whose items are one record all of them run again, with the keys that
// they had. With another program nobody knows whether they would be made with other
// parameters, and of one with atMostOnce not whether it may be made.
func TestRestartAtFolds(t *testing.T) {
	loop := `{id: l, forEach: "${1..256}", as: i, do: [{id: a, call: test.change, with: {name: "a${i}"}%s}]}`
	for name, tt := range map[string]struct {
		more, change string
		again        []string
		calls        int
		outcome      string
	}{
		"the same":             {calls: 257, outcome: "done null"},
		"another program":      {change: "flow: t\ndescription: another", outcome: "RestartDiverged at /l[0]/a, undone , not undone "},
		"another, allowed one": {change: "flow: t\ndescription: another", again: []string{"/l[0]/a"}, calls: 1, outcome: "RestartDiverged at /l[1]/a, undone , not undone "},
		"at most once":         {more: ", atMostOnce: true", outcome: "RestartDiverged at /l[0]/a, undone , not undone "},
	} {
		t.Run(name, func(t *testing.T) {
			flow := flowOf(fmt.Sprintf(loop, tt.more), call("z"))
			j, first, second := open(t, newPath(t)), &calls{}, &calls{}
			failOnce(t, j, load(t, first, flow), first, "z", nil)
			how := journal.Restart{From: "/l", Again: tt.again}
			if tt.change != "" {
				how.Flow = load(t, first, strings.Replace(flow, "flow: t", tt.change, 1))
			}
			for _, id := range []string{"r", "r.2"} {
				if id == "r.2" {
					if tt.calls != 257 {
						break
					}
					second = &calls{}
				}
				second.fail = failing("z")
				if tt.calls == 257 && id == "r.2" || tt.calls != 257 {
					second.fail = nil
				}
				result, err := j.Restart(t.Context(), id, second.registry(t), how)
				if second.fail == nil && outcome(t, result, err) != tt.outcome {
					t.Errorf("%s", outcome(t, result, err))
				}
				for _, made := range keyed(first, second) {
					if made != "z+" && !strings.HasSuffix(made, "=") {
						t.Fatalf("%s of %s", made, id)
					}
				}
				if len(second.list) != tt.calls {
					t.Errorf("%d calls", len(second.list))
				}
			}
		})
	}
}

// What a restart kept is not told as if it had just ended, and is marked where the run is
// shown.
func TestRestartTellsNothingOfWhatIsKept(t *testing.T) {
	fails := true
	c := &calls{fail: func(name string) error {
		if name == "c" && fails {
			return &connector.Error{Code: "Broken", Class: connector.ClassFailed, Message: "it broke"}
		}
		return nil
	}}
	j := open(t, newPath(t))
	flow := load(t, c, `flow: t
steps:
  - {id: a, call: test.change, with: {name: a}}
  - id: p
    parallel:
      one: [{id: b, call: test.change, with: {name: b}}]
      two: [{wait: 1ms}]
  - {id: s, call: test.change, with: {name: s}}
  - {id: c, call: test.change, with: {name: c}}
  - {id: d, call: test.change, with: {name: d}}
`)
	if _, err := j.Run(t.Context(), flow, nil, flows.WithRunID("r")); err == nil {
		t.Fatal("it did not fail")
	}
	fails = false
	var told []string
	plan, err := j.PlanRestart(t.Context(), "r", c.registry(t), journal.Restart{}, flows.WithListener(func(e report.Event) {
		if e.Step != "" {
			told = append(told, string(e.Type)+" "+e.Step)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	h, err := plan.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"step started /c", "step finished /c", "step started /d", "step finished /d"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	d, err := j.Show(t.Context(), "r.2")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range d.Steps {
		if kept := s.Path != "/c" && s.Path != "/d"; s.Kept != kept {
			t.Errorf("%s is kept: %t", s.Path, s.Kept)
		}
	}
}
