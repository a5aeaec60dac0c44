package explore_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/explore"
	"github.com/medlar-flow/medlar/flows/internal/faults"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/testenv"
)

// childVariable makes a process of this test one that runs the flow: it names
// the server that plays the services.
const childVariable = "MEDLAR_EXPLORE_CHILD"

// sampleVariable is how many schedules are tried on a journal; 4 without it.
const sampleVariable = "MEDLAR_EXPLORE_SAMPLE"

const sampled = `flow: sampled
steps:
  - {id: look, call: real.look, with: {step: look}, retry: {attempts: 2, delay: 1ms, jitter: false}}
  - id: charge
    call: real.charge
    with: {step: charge}
    retry: {attempts: 2, delay: 1ms, jitter: false}
    undo: {call: real.refund, with: {step: refund}}
  - id: keyed
    call: real.keyed
    with: {step: keyed, key: "${step.idempotencyKey}"}
    idempotent: true
    retry: {attempts: 3, delay: 1ms, jitter: false}
    undo: {call: real.refund, with: {step: unkeyed, id: "${result.id}"}}
  - {id: ship, call: real.ship, with: {step: ship}, atMostOnce: true}
  - id: tried
    try: [{id: mail, call: real.mail, with: {step: mail}}]
    catch: [{on: [Conflict], do: [{id: other, call: real.look, with: {step: other}}]}]
`

type (
	realIn struct {
		Step string `param:"step"`
		Key  string `param:"key"`
		ID   string `param:"id"`
	}
	// request is what an operation asks the server, answer what that answers.
	request struct{ Step, Operation, Key string }
	answer  struct {
		Code    string
		Class   connector.Class
		Unknown bool
	}
	// ending is how a run ended, as the child tells it.
	ending struct {
		Outcome, Code     string
		Undone, NotUndone []string
		Changed           map[string]int64
	}
)

// realOperations ask a server; without one they must not be called.
func realOperations(server string) *connector.Connector {
	c := &connector.Connector{Name: "real", Summary: "Operations of a server."}
	for _, name := range []string{"look", "charge", "refund", "keyed", "ship", "mail"} {
		op := connector.OpWith("real."+name, "Ask.", func(ctx context.Context, call *connector.Call, in realIn) (chargeOut, error) {
			return ask(ctx, server, request{in.Step, "real." + name, in.Key})
		})
		if name == "look" {
			op.Effect = connector.EffectReadOnly
		}
		c.Operations = append(c.Operations, op)
	}
	return c
}

func ask(ctx context.Context, server string, r request) (chargeOut, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return chargeOut{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server, bytes.NewReader(body))
	if err != nil {
		return chargeOut{}, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return chargeOut{}, err
	}
	defer resp.Body.Close()
	var a answer
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		return chargeOut{}, err
	}
	if a.Code == "" {
		return chargeOut{ID: "x-1", Done: true}, nil
	}
	e := &connector.Error{Code: a.Code, Class: a.Class, Message: "as the schedule says", Outcome: connector.OutcomeFailed}
	if a.Unknown {
		e.Outcome = connector.OutcomeUnknown
	}
	return chargeOut{}, e
}

// child runs the flow on a journal, or goes on with it, and prints how it ended.
func child(server string) int {
	reg, err := connector.NewRegistry(realOperations(server))
	if err != nil {
		panic(err)
	}
	j, err := journal.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	defer j.Close() //nolint:errcheck // the process ends
	flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(sampled)}}, "f.yaml", reg)
	if err != nil {
		panic(err)
	}
	if os.Args[2] == "resume" {
		_, err = j.Resume(context.Background(), "r", reg)
	} else {
		_, err = j.Run(context.Background(), flow, nil, flows.WithRunID("r"))
	}
	e := ending{Outcome: runtime.EndState(err)}
	var failure *report.RunError
	if errors.As(err, &failure) {
		e.Code, e.Undone, e.NotUndone = failure.Code, failure.Undone, failure.NotUndone
	}
	if err := json.NewEncoder(os.Stdout).Encode(e); err != nil {
		panic(err)
	}
	return 0
}

// services play the world of a schedule for a process that can really be killed.
type services struct {
	mu      sync.Mutex
	faults  []faults.Fault
	fired   []bool
	nth     map[string]int
	keys    map[string]bool
	changed map[string]int64 // by step
	process *os.Process
	dies    bool // with its next request
	killed  bool
}

// paths are the steps of the flow by what their calls say.
var paths = map[string]string{
	"look": "/look", "charge": "/charge", "refund": "/charge/undo/1", "keyed": "/keyed", "unkeyed": "/keyed/undo/1", "ship": "/ship",
	"mail": "/tried/try/mail", "other": "/tried/catch[0]/other",
}

func (s *services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var q request
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || s.killed {
		return
	}
	if s.dies {
		s.kill()
		return
	}
	step := paths[q.Step]
	s.nth[step]++
	f := s.befalls(step, s.nth[step])
	var a answer
	if f == nil || f.Kind == faults.KilledAfter || f.Done {
		s.change(q)
	}
	switch {
	case f == nil:
	case f.Kind == faults.KilledAfter:
		s.dies = true
	case f.Kind == faults.Killed:
		s.nth[step]-- // it is the same call when it is made again
		s.kill()
		return
	default:
		a = answer{f.Code, f.Class, f.Unknown}
	}
	_ = json.NewEncoder(w).Encode(a) // the child says what is wrong with it
}

func (s *services) befalls(step string, nth int) *faults.Fault {
	for i := range s.faults {
		f := &s.faults[i]
		kills := f.Kind == faults.Killed || f.Kind == faults.KilledAfter
		if f.Step == step && (f.Attempt == nth || f.Every && nth > f.Attempt) && !(kills && s.fired[i]) {
			s.fired[i] = true
			return f
		}
	}
	return nil
}

func (s *services) change(q request) {
	if q.Operation == "real.look" || q.Key != "" && s.keys[q.Key] {
		return
	}
	s.keys[q.Key] = true
	s.changed[q.Step]++
}

func (s *services) kill() {
	s.dies, s.killed = false, true
	_ = s.process.Kill() // it is waited for
}

// onJournal runs the flow in processes of their own.
func onJournal(t *testing.T, plan faults.Plan) ending {
	t.Helper()
	s := &services{
		faults: plan.Faults, fired: make([]bool, len(plan.Faults)), nth: map[string]int{}, keys: map[string]bool{}, changed: map[string]int64{},
	}
	server := httptest.NewServer(s)
	defer server.Close()
	file := filepath.Join(t.TempDir(), "runs.db")
	for _, mode := range []string{"run", "resume"} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], file, mode)
		cmd.Env = append(os.Environ(), childVariable+"="+server.URL)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, io.Discard
		s.mu.Lock()
		if err := cmd.Start(); err != nil {
			s.mu.Unlock()
			t.Fatal(err)
		}
		s.process = cmd.Process
		s.mu.Unlock()
		err := cmd.Wait()
		s.mu.Lock()
		killed := s.killed
		s.killed, s.dies = false, false
		s.mu.Unlock()
		if killed {
			continue
		}
		var e ending
		if err != nil {
			t.Fatalf("the process: %v", err)
		}
		if err := json.Unmarshal(out.Bytes(), &e); err != nil {
			t.Fatalf("%v: %s", err, &out)
		}
		e.Changed = s.changed
		return e
	}
	t.Fatal("the process was killed twice")
	return ending{}
}

// explored says how the run ended that was explored.
func explored(end *faults.End) ending {
	e := ending{Outcome: end.Outcome(), Changed: map[string]int64{}}
	if end.Err != nil {
		e.Code, e.Undone, e.NotUndone = end.Err.Code, end.Err.Undone, end.Err.NotUndone
	}
	for _, c := range end.World.Calls() {
		if c.Changed {
			step, _ := c.Attempt().Params["step"].(string)
			e.Changed[step]++
		}
	}
	return e
}

// playable reports whether a schedule can be played to a process: nothing of
// it is told by another one's clock, and it dies once, not with a call that is
// not to be made twice.
func playable(plan faults.Plan, end *faults.End) bool {
	kills := 0
	for i, f := range plan.Faults {
		switch f.Kind {
		case faults.Fails:
			if f.Resent || f.RetryAfter > 0 {
				return false
			}
		case faults.Killed:
			kills++
		case faults.KilledAfter:
			kills++
			calls := end.World.Calls()
			at := slices.IndexFunc(calls, func(c *faults.Call) bool { return c.Fault == &plan.Faults[i] || c.Step == f.Step && c.Nth == f.Attempt })
			if at < 0 || at+1 >= len(calls) || inDoubt(calls[at+1]) {
				return false
			}
		default:
			return false
		}
	}
	return kills < 2 && len(plan.Faults) > 0
}

// inDoubt reports whether it makes a difference that a call had begun: the
// process is killed when it asks for it.
func inDoubt(c *faults.Call) bool {
	return c.Attempt().AtMostOnce || c.Mutating && c.Failed != nil
}

// TestSameOnJournal: what is explored is what happens to a process that is
// killed with a signal, on a journal.
func TestSameOnJournal(t *testing.T) {
	if !testenv.Thorough() {
		t.Skip("starts processes: set MEDLAR_THOROUGH")
	}
	count := 4
	if text := os.Getenv(sampleVariable); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		count = n
	}
	reg, err := connector.NewRegistry(realOperations(""))
	if err != nil {
		t.Fatal(err)
	}
	tests := "tests:\n  - name: green\n    answers:\n"
	for _, op := range realOperations("").Operations {
		tests += fmt.Sprintf("      - {call: %s, result: {id: x-1, done: true}}\n", op.Name)
	}
	suite := load(t, fstest.MapFS{"f.yaml": {Data: []byte(sampled)}, "f.test.yaml": {Data: []byte(tests)}}, "f.test.yaml", reg)
	plans, ends := explore.Schedules(t.Context(), suite, suite.Tests()[0])
	var sample []int
	for i := range plans {
		if playable(plans[i], ends[i]) {
			sample = append(sample, i)
		}
	}
	stride := max(1, len(sample)/count)
	ran := 0
	for i := 0; i < len(sample) && ran < count; i += stride {
		plan, end := plans[sample[i]], ends[sample[i]]
		ran++
		var name string
		for k := range plan.Faults {
			name += plan.Faults[k].String() + "; "
		}
		if diff := cmp.Diff(explored(end), onJournal(t, plan)); diff != "" {
			t.Errorf("%s (-explored +on the journal):\n%s", name, diff)
		}
	}
	t.Logf("%d of %d schedules", ran, len(sample))
}
