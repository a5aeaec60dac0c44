package journal_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

const labeled = `flow: %s
inputs: {customer: {type: string}, big: {type: boolean}}
labels: {customer: "${ctx.customer}", big: "${ctx.big}", kind: order}
steps:
  - id: smoke
    forEach: [1]
    do: [{id: answer, call: test.change, with: {name: "${ctx.customer}"}}]
`

// searched fills a journal with runs: two flows, three customers, of whom one's
// runs fail; and one run that was interrupted.
func searched(t *testing.T, j *journal.Journal) {
	t.Helper()
	c := &calls{}
	c.fail = func(name string) error {
		if name == "c3" {
			return &connector.Error{Code: "Broken", Class: connector.ClassUnavailable, Message: "The Server is on fire"}
		}
		return nil
	}
	for i := range 12 {
		flow := load(t, c, fmt.Sprintf(labeled, []string{"a", "b"}[i%2]))
		inputs := map[string]any{"customer": fmt.Sprintf("c%d", i%3+1)}
		if i > 8 {
			inputs["big"] = true
		}
		_, err := j.Run(t.Context(), flow, inputs, flows.WithRunID(fmt.Sprintf("r%02d", i)))
		if failed := report.AsRunError(err); err != nil && failed.Code != "Broken" {
			t.Fatal(err)
		}
	}
	inFlight := make(chan struct{})
	c.block = func(ctx context.Context) { close(inFlight); <-ctx.Done() }
	h, err := j.Start(t.Context(), load(t, c, undoable), nil, flows.WithRunID("open"))
	if err != nil {
		t.Fatal(err)
	}
	<-inFlight
	h.Interrupt()
	var interrupted *journal.InterruptedError
	if _, err := h.Wait(t.Context()); !errors.As(err, &interrupted) {
		t.Fatal(err)
	}
}

// TestSearch: what is asked of a file by indexes is what a store of one's own
// gives, of which all runs are read.
func TestSearch(t *testing.T) {
	inFile, inMemory := open(t, newPath(t)), journal.OpenStore(newMemory())
	defer closed(t, inMemory)
	searched(t, inFile)
	searched(t, inMemory)
	tests := []struct {
		name   string
		filter journal.Filter
		want   string
	}{
		{"all", journal.Filter{}, "open r11 r10 r09 r08 r07 r06 r05 r04 r03 r02 r01 r00"},
		{"flow", journal.Filter{Flow: "a"}, "r10 r08 r06 r04 r02 r00"},
		{"state", journal.Filter{State: journal.Failed}, "r11 r08 r05 r02"},
		{"flow and state", journal.Filter{Flow: "a", State: journal.Failed}, "r08 r02"},
		{"interrupted", journal.Filter{State: journal.Interrupted}, "open"},
		{"running", journal.Filter{State: journal.Running}, ""},
		{"label", journal.Filter{Labels: map[string]string{"customer": "c1"}}, "r09 r06 r03 r00"},
		{"two labels", journal.Filter{Labels: map[string]string{"customer": "c1", "big": "true"}}, "r09"},
		{"label and flow", journal.Filter{Labels: map[string]string{"customer": "c1"}, Flow: "b"}, "r09 r03"},
		{"label and state", journal.Filter{Labels: map[string]string{"kind": "order"}, State: journal.Failed}, "r11 r08 r05 r02"},
		{"code", journal.Filter{Code: "Broken", Flow: "b"}, "r11 r05"},
		{"class", journal.Filter{Class: "unavailable"}, "r11 r08 r05 r02"},
		{"other code", journal.Filter{Code: "Timeout"}, ""},
		{"step by name", journal.Filter{Step: "answer"}, "r11 r08 r05 r02"},
		{"step by path", journal.Filter{Step: "/smoke[0]/answer"}, "r11 r08 r05 r02"},
		{"step around", journal.Filter{Step: "/smoke", Limit: 1}, "r11"},
		{"part of a name", journal.Filter{Step: "/smo"}, ""},
		{"text", journal.Filter{Text: "on FIRE", Flow: "a"}, "r08 r02"},
		{"other text", journal.Filter{Text: "water"}, ""},
		{"since", journal.Filter{Since: time.Now().Add(time.Hour)}, ""},
		{"until", journal.Filter{Until: time.Now().Add(-time.Hour)}, ""},
		{"between", journal.Filter{Since: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour), Flow: "t"}, "open"},
		{"limit", journal.Filter{Limit: 2}, "open r11"},
	}
	for _, test := range tests {
		for where, j := range map[string]*journal.Journal{"file": inFile, "store": inMemory} {
			if got := strings.Join(idsOf(t, j, test.filter), " "); got != test.want {
				t.Errorf("%s in the %s: %q, want %q", test.name, where, got, test.want)
			}
			if got := strings.Join(paged(t, j, test.filter), " "); got != test.want && test.filter.Limit == 0 {
				t.Errorf("%s in the %s, page by page: %q, want %q", test.name, where, got, test.want)
			}
		}
	}
	list, err := inFile.Runs(t.Context(), journal.Filter{Labels: map[string]string{"big": "true"}, State: journal.Failed})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	want := journal.Failure{Code: "Broken", Class: "unavailable", Step: "/smoke[0]/answer", Message: "The Server is on fire"}
	if diff := cmp.Diff(want, list[0].Failure); diff != "" {
		t.Errorf("the failure (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"customer": "c3", "big": "true", "kind": "order"}, list[0].Labels); diff != "" {
		t.Errorf("the labels (-want +got):\n%s", diff)
	}
	if d, err := inFile.Show(t.Context(), list[0].ID); err != nil || len(d.Labels) != 3 || d.Code != "Broken" {
		t.Errorf("the run shows %v, %v", d, err)
	}
	if _, err := inFile.Runs(t.Context(), journal.Filter{After: "x"}); err == nil {
		t.Error("a wrong key is taken")
	}
}

func idsOf(t *testing.T, j *journal.Journal, filter journal.Filter) []string {
	t.Helper()
	list, err := j.Runs(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	return ids
}

// paged reads a list in pages of two.
func paged(t *testing.T, j *journal.Journal, filter journal.Filter) (ids []string) {
	t.Helper()
	filter.Limit = 2
	for {
		list, err := j.Runs(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			return ids
		}
		for _, r := range list {
			ids = append(ids, r.ID)
		}
		filter.After = list[len(list)-1].Key
	}
}

// TestLabelThatIsASecret: what the run knows for a secret is no label that anybody reads.
func TestLabelThatIsASecret(t *testing.T) {
	const s3cret = "s3cr3t-t0ken"
	j := open(t, newPath(t), journal.WithKeys(testKeys(t, 1)))
	c := &calls{}
	flow := load(t, c, "flow: t\ninputs: {note: {type: string}}\nsecrets: {s: {env: S}}\nlabels: {note: \"${ctx.note}\", kind: order}\n"+
		"steps:\n  - {id: a, call: test.change, with: {name: a, value: \"${secrets.s}\"}}\n")
	env := flows.WithEnv(func(name string) (string, bool) { return s3cret, name == "S" })
	if _, err := j.Run(t.Context(), flow, map[string]any{"note": "of " + s3cret}, flows.WithRunID("r"), env); err != nil {
		t.Fatal(err)
	}
	list, err := j.Runs(t.Context(), journal.Filter{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if diff := cmp.Diff(map[string]string{"note": "of ***", "kind": "order"}, list[0].Labels); diff != "" {
		t.Errorf("the labels (-want +got):\n%s", diff)
	}
}

// TestLabelThatIsTooLong: nothing runs where a label cannot be made.
func TestLabelThatIsTooLong(t *testing.T) {
	j := open(t, newPath(t))
	c := &calls{}
	_, err := j.Run(t.Context(), load(t, c, fmt.Sprintf(labeled, "a")), map[string]any{"customer": strings.Repeat("x", 300)})
	var wrong *report.InputError
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "labels.customer") || len(c.noted()) > 0 {
		t.Errorf("a long label gives %v, and calls %v", err, c.noted())
	}
	if ids := idsOf(t, j, journal.Filter{}); len(ids) > 0 {
		t.Errorf("the journal has %v", ids)
	}
}

// TestFailuresOfTheFirstForm: what earlier versions wrote is found, too.
func TestFailuresOfTheFirstForm(t *testing.T) {
	text, err := os.ReadFile("testdata/form1.db")
	if err != nil {
		t.Fatal(err)
	}
	path := newPath(t)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	all := idsOf(t, j, journal.Filter{State: journal.Interrupted})
	closed(t, j)
	j = open(t, path)
	c := &calls{fail: brokenOrFlaky()}
	for _, id := range all {
		_, _ = j.Resume(t.Context(), id, c.registry(t))
	}
	failed := idsOf(t, j, journal.Filter{State: journal.Failed})
	closed(t, j)
	if len(failed) == 0 {
		t.Fatal("no run has failed")
	}
	for _, text := range journal.BackToTheFirstForm() {
		change(t, path, text)
	}
	j = open(t, path)
	var coded []string
	for _, code := range []string{"Broken", "Flaky"} {
		coded = append(coded, idsOf(t, j, journal.Filter{Code: code})...)
	}
	if slices.Sort(coded); len(coded) == 0 {
		t.Errorf("%v have failed, none is found by its code", failed)
	}
	if problems, n, err := j.Verify(t.Context()); err != nil || len(problems) > 0 || n != len(all) {
		t.Errorf("%d runs, problems %v, %v", n, problems, err)
	}
}

// Labels of more runs than one statement asks for are those of the runs, each with all of
// its own.
func TestLabelsOfManyRuns(t *testing.T) {
	j := open(t, newPath(t))
	now := time.Now()
	var runs []journal.StoredRun
	for i := range 1203 {
		labels := map[string]string{}
		for k := range i % 3 {
			labels[fmt.Sprint("label", k)] = fmt.Sprint(i)
		}
		runs = append(runs, journal.StoredRun{
			Run:    journal.Run{ID: fmt.Sprint(i), Flow: "f", State: journal.Done, Started: now.Add(time.Duration(i) * time.Second), Ended: now.Add(time.Hour), Labels: labels},
			Digest: []byte("d"), Start: []byte("s"),
		})
	}
	if err := journal.Fill(t.Context(), j, runs); err != nil {
		t.Fatal(err)
	}
	list, err := j.Runs(t.Context(), journal.Filter{})
	if err != nil || len(list) != len(runs) {
		t.Fatalf("%d runs, %v", len(list), err)
	}
	for i, r := range list {
		want := runs[len(runs)-1-i].Labels
		if len(r.Labels) != len(want) || !maps.Equal(r.Labels, want) {
			t.Errorf("run %s has the labels %v, not %v", r.ID, r.Labels, want)
		}
	}
}
