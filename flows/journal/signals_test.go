package journal_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

const approvalFlow = `flow: t
steps:
  - {call: test.change, with: {name: before}}
  - {id: ok, wait: {signal: approval, timeout: 100h, accepts: {approved: {type: boolean, required: true}, code: {type: secret}}}}
  - {call: test.change, with: {name: "approved ${steps.ok.approved}"}}
  - {id: go, wait: {signal: go, key: k, accepts: {n: {type: integer}}}}
output: "${steps.go.n}"
`

func reasonOf(err error) string {
	var refused *report.SignalError
	if errors.As(err, &refused) {
		return string(refused.Reason)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

type values = map[string]any

// Another process gives signals to a run that this one carries, and one that
// nobody carries is given them for when it is resumed.
func TestSignalFromElsewhere(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	c := &calls{}
	h, err := j.Start(t.Context(), load(t, c, approvalFlow), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := journal.Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, other)
	give := func(name, key string, v values, want string) {
		t.Helper()
		if got := reasonOf(other.Signal(t.Context(), "r", c.registry(t), name, key, v)); got != want {
			t.Errorf("signal %s: %q, want %q", name, got, want)
		}
	}
	give("approval", "", values{"approved": "perhaps"}, "invalid")
	give("aproval", "", values{"approved": true}, "unknown")
	give("approval", "", values{"approved": true}, "")
	for deadline := time.Now().Add(time.Minute); len(c.noted()) < 2 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if got := strings.Join(c.noted(), ", "); got != "before, approved true" {
		t.Errorf("calls: %s", got)
	}
	give("approval", "", values{"approved": true}, "")
	give("approval", "", values{"approved": false}, "conflict")
	closed(t, j)
	if _, err := h.Wait(context.Background()); err == nil {
		t.Fatal("the run ended")
	}
	give("go", "k", values{"n": 7}, "")
	give("go", "k", values{"n": 8}, "conflict")
	j = open(t, path)
	result, err := j.Resume(t.Context(), "r", c.registry(t))
	if got := outcome(t, result, err); got != "done 7" {
		t.Errorf("the run ended with %s", got)
	}
	give("go", "k", values{"n": 7}, "")
	give("go", "other", values{"n": 7}, "ended")
	if err := other.Signal(t.Context(), "s", c.registry(t), "go", "k", nil); !errors.As(err, new(*journal.UnknownRunError)) {
		t.Errorf("a run that is not there: %v", err)
	}
	if got := strings.Join(c.noted(), ", "); got != "before, approved true" {
		t.Errorf("calls: %s", got)
	}
}

// What a signal has of secrets is encrypted; without a key it is refused.
func TestSignalsAreEncrypted(t *testing.T) {
	const secret = "the-code-that-ada-was-sent"
	path := newPath(t)
	j := open(t, path)
	c := &calls{}
	h, err := j.Start(t.Context(), load(t, c, approvalFlow), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	v := values{"approved": true, "code": secret}
	if got := reasonOf(h.Signal(t.Context(), "approval", "", v)); got != "needsKey" {
		t.Errorf("without a key: %q", got)
	}
	closed(t, j)
	_, _ = h.Wait(context.Background())
	j = open(t, path, journal.WithKeys(testKeys(t, 1)))
	for _, n := range []int{1, 2} {
		if got := reasonOf(j.Signal(t.Context(), "r", c.registry(t), "approval", "", v)); got != "" {
			t.Errorf("given %d times: %q", n, got)
		}
	}
	if got := reasonOf(j.Signal(t.Context(), "r", c.registry(t), "go", "k", values{"n": 1})); got != "" {
		t.Error(got)
	}
	result, err := j.Resume(t.Context(), "r", c.registry(t))
	if got := outcome(t, result, err); got != "done 1" {
		t.Errorf("the run ended with %s", got)
	}
	if bytes.Contains(onDisk(t, path), []byte(secret)) {
		t.Error("the secret is on the disk")
	}
	d, err := j.Show(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range d.Steps {
		if s.Signal == "approval" && (s.Result != "***" || s.Ended.IsZero()) || s.Signal == "go" && jsonOf(t, s.Result) != `{"n":1}` {
			t.Errorf("step %s is shown as %+v", s.Path, s)
		}
	}
}

// A run that was cut off after any of its records goes on with the signals that
// it was given; one whose signal is lost is refused.
func TestSignalAtEveryRecord(t *testing.T) {
	const flow = `flow: t
steps:
  - try: [{wait: {signal: late, timeout: 1ms}}]
    catch: [{on: SignalTimeout, do: [{call: test.change, with: {name: late}}]}]
  - id: l
    forEach: [a, b, c]
    concurrency: 3
    do: [{id: w, wait: {signal: go, key: "${item}", accepts: {n: {type: integer}}}}, {call: test.change, with: {name: "${item}${steps.w.n}"}}]
    collect: "${steps.w.n}"
output: "${steps.l}"
`
	path := newPath(t)
	j := open(t, path)
	c := &calls{}
	h, err := j.Start(t.Context(), load(t, c, flow), nil, flows.WithRunID("r"))
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range []string{"c", "a", "b"} {
		if err := h.Signal(t.Context(), "go", key, values{"n": i}); err != nil {
			t.Fatal(err)
		}
	}
	result, err := h.Wait(t.Context())
	const want = "done [1,2,0]"
	if got := outcome(t, result, err); got != want {
		t.Fatalf("the run ended with %s", got)
	}
	closed(t, j)
	last := count(t, path, "SELECT max(seq) FROM records")
	for cut := last - 1; cut >= 0; cut-- {
		change(t, path, "DELETE FROM records WHERE seq > ?; UPDATE runs SET state = 'running'", cut)
		j = open(t, path)
		result, err := j.Resume(t.Context(), "r", (&calls{}).registry(t))
		if got := outcome(t, result, err); got != want {
			t.Fatalf("cut after %d of %d, the run ended with %s", cut, last, got)
		}
		if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		closed(t, j)
	}
	change(t, path, "UPDATE runs SET state = 'running'; DELETE FROM records WHERE seq = (SELECT max(seq) FROM records); DELETE FROM signals WHERE key = 'a'")
	j = open(t, path)
	var damaged *journal.DamagedError
	if _, err := j.Resume(t.Context(), "r", (&calls{}).registry(t)); !errors.As(err, &damaged) {
		t.Errorf("without its signal the run ends with %v", err)
	}
	if problems, _, err := j.Verify(t.Context()); err != nil || len(problems) != 1 {
		t.Error(problems, err)
	}
}
