package serve_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/serve"
)

// events returns the metrics of events without the labels that all of them have.
func (a *api) events() []string {
	a.t.Helper()
	var lines []string
	for _, name := range []string{"received_total", "redelivered_total", "settled_total", "in_flight", "waiting"} {
		for _, line := range a.metric("medlar_events_" + name) {
			line = strings.TrimPrefix(line, "medlar_events_")
			lines = append(lines, strings.NewReplacer(`{source="post",flow="letters",trigger="post in"}`, "", `source="post",flow="letters",trigger="post in",`, "").Replace(line))
		}
	}
	return lines
}

// What sources give is counted, and what becomes of it.
func TestMetricsOfEvents(t *testing.T) {
	amount := map[string]any{"amount": int64(3)}
	for _, tt := range []struct {
		name    string
		trigger string
		class   connector.Class
		letters []letter
		want    []string
	}{
		{"done", "", "", []letter{{id: "a", body: amount}, {id: "b", body: amount}}, []string{"received_total 2", `settled_total{outcome="done"} 2`, "in_flight 0"}},
		{
			"given again", "", connector.ClassInvalid,
			[]letter{{id: "a", body: amount}, {id: "a", body: amount, attempt: 2}},
			[]string{"received_total 2", "redelivered_total 1", `settled_total{outcome="again"} 2`, "in_flight 0"},
		},
		{"left alone", "", "", []letter{{id: "a", body: "no inputs"}}, []string{"received_total 1", `settled_total{outcome="stays"} 1`, "in_flight 0"}},
		{"recorded", "ack: recorded", "", []letter{{id: "a", body: amount}}, []string{"received_total 1", `settled_total{outcome="recorded"} 1`, "in_flight 0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, p := &bank{class: tt.class}, newMailbox()
			a := started(t, serve.Config{
				Flows: []serve.Served{{Flow: b.letters(t, p, fmt.Sprintf(letterFlow, tt.trigger))}}, Registry: b.posted(t, p),
				Journal: newJournal(t, newPath(t)), Metrics: true,
			})
			for _, l := range tt.letters {
				p.letters <- l
				if tt.trigger == "" {
					p.fate(t)
				}
			}
			eventually(t, fmt.Sprint(tt.want), func() bool { return cmp.Equal(tt.want, a.events()) || t.Failed() })
		})
	}
}

// Events under way are in flight; those whose run outlives the server are settled
// elsewhere.
func TestMetricsOfEventsInFlight(t *testing.T) {
	b, p := &bank{gate: make(chan struct{})}, newMailbox()
	a := started(t, serve.Config{
		Flows: []serve.Served{{Flow: b.letters(t, p, fmt.Sprintf(letterFlow, ""))}}, Registry: b.posted(t, p),
		Journal: newJournal(t, newPath(t)), Metrics: true, DrainTime: time.Millisecond,
	})
	p.letters <- letter{id: "a", body: map[string]any{"amount": int64(3)}}
	eventually(t, "it is under way", func() bool { return b.payments() == 1 })
	if d := cmp.Diff([]string{"received_total 1", "in_flight 1"}, a.events()); d != "" {
		t.Error(d)
	}
	a.stop()
	if d := cmp.Diff([]string{"received_total 1", `settled_total{outcome="unsettled"} 1`, "in_flight 0"}, a.events()); d != "" {
		t.Error(d)
	}
}

// An event that is settled when its run is on disk counts then, while the run is under
// way.
func TestMetricsOfEventsRecorded(t *testing.T) {
	b, p := &bank{gate: make(chan struct{})}, newMailbox()
	a := started(t, serve.Config{
		Flows: []serve.Served{{Flow: b.letters(t, p, fmt.Sprintf(letterFlow, "ack: recorded"))}}, Registry: b.posted(t, p),
		Journal: newJournal(t, newPath(t)), Metrics: true, DrainTime: time.Millisecond,
	})
	p.letters <- letter{id: "a", body: map[string]any{"amount": int64(3)}}
	eventually(t, "it is under way", func() bool { return b.payments() == 1 })
	want := []string{"received_total 1", `settled_total{outcome="recorded"} 1`, "in_flight 0"}
	eventually(t, "it is settled", func() bool { return cmp.Equal(want, a.events()) })
	a.stop()
	if d := cmp.Diff(want, a.events()); d != "" {
		t.Errorf("it was counted again (-want +got):\n%s", d)
	}
}

// A source is asked how much waits when somebody asks for metrics, and not each time.
func TestMetricsOfWhatWaits(t *testing.T) {
	b, p := &bank{}, newMailbox()
	p.backlog = map[connector.BacklogState]int64{connector.BacklogReady: 5, connector.BacklogHidden: 0}
	config := serve.Config{Flows: []serve.Served{{Flow: b.letters(t, p, fmt.Sprintf(letterFlow, ""))}}, Registry: b.posted(t, p), Journal: newJournal(t, newPath(t)), Metrics: true}
	opened := func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.opened > 0 }
	a := started(t, config)
	eventually(t, "it is listened to", opened)
	time.Sleep(5 * time.Millisecond) // until the server has what was opened
	if d := cmp.Diff([]string{`waiting{state="ready"} 5`, `waiting{state="hidden"} 0`}, a.events()); d != "" {
		t.Error(d)
	}
	asked := p.asked
	a.events()
	if p.asked != asked {
		t.Errorf("the source is asked %d times", p.asked)
	}
	a.stop()

	p.mu.Lock()
	p.opened, p.unknown, p.backlog = 0, errors.New("denied"), nil
	p.mu.Unlock()
	config.Journal = newJournal(t, newPath(t))
	a = started(t, config)
	eventually(t, "it is listened to", opened)
	time.Sleep(5 * time.Millisecond)
	if got := a.events(); len(got) > 0 {
		t.Errorf("got %q", got)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.notices) != 1 || !strings.Contains(a.notices[0].Text, "how much waits at the source is not known") {
		t.Errorf("operators are told %v", a.notices)
	}
}

// docs/serve.md lists every metric with its labels.
func TestMetricsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/serve.md")
	if err != nil {
		t.Fatal(err)
	}
	b := &bank{}
	server, err := serve.New(t.Context(), serve.Config{
		Flows: []serve.Served{{Flow: b.flow(t, "flow: pay\ntriggers: [{http: POST /pay}]\nsteps: [{call: bank.pay, with: {amount: 1}}]\n")}}, Registry: b.registry(t),
		Journal: newJournal(t, newPath(t)), Metrics: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	serve.EachMetric(server, func(name, _ string, labels []string) {
		if want[name] = ""; len(labels) > 0 {
			want[name] = "`" + strings.Join(labels, "`, `") + "`"
		}
	})
	if len(want) < 20 {
		t.Fatalf("only %d metrics", len(want))
	}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.HasPrefix(cells[1], " `medlar_") && !strings.HasPrefix(cells[1], " `go_") {
			continue
		}
		for name := range strings.SplitSeq(cells[1], ",") {
			name = strings.Trim(name, " `")
			labels, there := want[name]
			switch {
			case !there:
				t.Errorf("the page lists %s, which there is not, or twice", name)
			case labels != strings.TrimSpace(cells[2]):
				t.Errorf("%s has the labels %s, and the page says %s", name, labels, cells[2])
			case len(strings.TrimSpace(cells[3])) < 10:
				t.Errorf("the page does not say what %s is", name)
			}
			delete(want, name)
		}
	}
	for name := range want {
		t.Errorf("the page lacks %s", name)
	}
}
