package serve_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve"
)

// mailbox is a source of events under test: it gives what it is told to, and notes what
// becomes of it.
type mailbox struct {
	letters chan letter

	mu      sync.Mutex
	opened  int
	closed  int
	most    []int // what Next was asked for
	lines   []string
	fates   chan connector.Settlement
	refuses error // of Extended
	backlog map[connector.BacklogState]int64
	asked   int   // for the backlog
	unknown error // of Backlog
}

type letter struct {
	id      string
	body    any
	attempt int
	wrong   error
	every   time.Duration
}

func newMailbox() *mailbox {
	return &mailbox{letters: make(chan letter, 100), fates: make(chan connector.Settlement, 100)}
}

func (p *mailbox) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, fmt.Sprintf(format, args...))
}

func (p *mailbox) noted(line string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.lines, line)
}

func (p *mailbox) source() *connector.EventSource {
	return &connector.EventSource{
		Name: "post", Summary: "Letters.", Event: "letter", Inputs: "body", Main: "box",
		Params: schema.MustNew(&schema.Field{Name: "box", Type: schema.String, Required: true}),
		Value:  schema.MustNew(&schema.Field{Name: "id", Type: schema.String}, &schema.Field{Name: "body", Nullable: true}),
		Open: func(_ context.Context, req connector.SourceRequest) (connector.Events, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.opened++
			return p, nil
		},
	}
}

// Next gives a letter.
func (p *mailbox) Next(ctx context.Context, most int) ([]connector.Event, error) {
	p.mu.Lock()
	p.most = append(p.most, most)
	p.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case l := <-p.letters:
		return []connector.Event{{
			Identity: l.id, Digest: fmt.Append(nil, l.body), Attempt: max(1, l.attempt), Wrong: l.wrong, Value: map[string]any{"id": l.id, "body": l.body}, ExtendEvery: l.every,
			Extended: func(context.Context) error {
				p.note("extended %s", l.id)
				return p.refuses
			},
			Accepted: func(context.Context) error { p.note("accepted %s", l.id); return nil },
			Settled:  func(_ context.Context, s connector.Settlement) error { p.fates <- s; return nil },
		}}, nil
	}
}

// Backlog says how much waits.
func (p *mailbox) Backlog(context.Context) (map[connector.BacklogState]int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	return p.backlog, p.unknown
}

// Close ends it.
func (p *mailbox) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed++
	return nil
}

// fate returns what becomes of the next letter.
func (p *mailbox) fate(t *testing.T) connector.Settlement {
	t.Helper()
	select {
	case s := <-p.fates:
		return s
	case <-time.After(time.Minute):
		t.Fatal("the letter is not settled")
	}
	panic("unreachable")
}

const letterFlow = `flow: letters
inputs:
  amount: {type: integer, required: true}
triggers:
  - post: in
    %s
steps:
  - {call: bank.pay, with: {amount: "${ctx.amount}"}}
`

func (b *bank) posted(t *testing.T, p *mailbox) *connector.Registry {
	t.Helper()
	reg, err := b.registry(t).WithEventSources(p.source())
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

func (b *bank) letters(t *testing.T, p *mailbox, text string) *flows.Flow {
	t.Helper()
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", b.posted(t, p))
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

// feeding serves one flow by letters.
func feeding(t *testing.T, b *bank, p *mailbox, text string) *api {
	t.Helper()
	return started(t, serve.Config{Flows: []serve.Served{{Flow: b.letters(t, p, text)}}, Registry: b.posted(t, p), Journal: newJournal(t, newPath(t))})
}

// byOrder has a trigger know letters by their order, and take the amount alone.
const byOrder = "id: \"${letter.body.order}\"\n    with: {amount: \"${letter.body.amount}\"}"

// ordered is a letter about one order.
func ordered(amount, sent int64) map[string]any {
	return map[string]any{"order": "o-1", "amount": amount, "sent": sent}
}

func TestEventsAreSettled(t *testing.T) {
	amount := map[string]any{"amount": int64(3)}
	undoable := strings.Replace(letterFlow, "- {call: bank.pay, with: {amount: \"${ctx.amount}\"}}",
		"- {call: bank.pay, with: {amount: \"${ctx.amount}\"}, undo: {call: bank.pay, with: {amount: 1}}}\n  - {fail: {code: Late, message: too late}}", 1)
	for _, row := range []struct {
		name     string
		flow     string
		trigger  string
		class    connector.Class
		letters  []letter
		fates    []connector.Settlement
		payments int
		keys     int // different ones
	}{
		{"done", letterFlow, "", "", []letter{{id: "a", body: amount}}, []connector.Settlement{{}}, 1, 1},
		{"again after it was done", letterFlow, "", "", []letter{{id: "a", body: amount}, {id: "a", body: amount, attempt: 2}}, []connector.Settlement{{}, {}}, 1, 1},
		{"another", letterFlow, "", "", []letter{{id: "a", body: amount}, {id: "b", body: amount}}, []connector.Settlement{{}, {}}, 2, 2},
		{"not wanted", letterFlow, `if: "${letter.id != 'a'}"`, "", []letter{{id: "a", body: amount}}, []connector.Settlement{{}}, 0, 0},
		{"by an identity of its own", letterFlow, `id: "${letter.body.amount}"`, "", []letter{{id: "a", body: amount}, {id: "b", body: amount}}, []connector.Settlement{{}, {}}, 1, 1},
		{
			"by an identity of its own, with another time", letterFlow, byOrder, "",
			[]letter{{id: "a", body: ordered(3, 1)}, {id: "b", body: ordered(3, 2)}},
			[]connector.Settlement{{}, {}},
			1, 1,
		},
		{
			"by an identity of its own, and something else to the flow", letterFlow, byOrder, "",
			[]letter{{id: "a", body: ordered(3, 1)}, {id: "b", body: ordered(4, 1)}},
			[]connector.Settlement{{}, {Fate: connector.EventStays, After: time.Second}},
			1, 1,
		},
		{
			"given twice, with what only the delivery has", letterFlow, "id: \"${letter.body.order}\"\n    with: {amount: \"${int(letter.id)}\"}", "",
			[]letter{{id: "1", body: ordered(3, 1)}, {id: "2", body: ordered(3, 1)}},
			[]connector.Settlement{{}, {}},
			1, 1,
		},
		{"inputs made of it", letterFlow, `with: {amount: "${letter.body}"}`, "", []letter{{id: "a", body: int64(4)}}, []connector.Settlement{{}}, 1, 1},
		{"no inputs", letterFlow, "", "", []letter{{id: "a", body: "text"}}, []connector.Settlement{{Fate: connector.EventStays, After: time.Second}}, 0, 0},
		{"inputs that there are not", letterFlow, "", "", []letter{{id: "a", body: map[string]any{"other": 1}}}, []connector.Settlement{{Fate: connector.EventStays, After: time.Second}}, 0, 0},
		{"one that can be taken in two ways", letterFlow, "if: \"${false}\"", "", []letter{{id: "a", wrong: errors.New("/amount is given twice")}}, []connector.Settlement{{Fate: connector.EventStays, After: time.Second}}, 0, 0},
		{"inputs of another type", letterFlow, "", "", []letter{{id: "a", body: map[string]any{"amount": "much"}, attempt: 3}}, []connector.Settlement{{Fate: connector.EventStays, After: 4 * time.Second}}, 0, 0},
		{
			"failed, and given again", letterFlow, "", connector.ClassInvalid,
			[]letter{{id: "a", body: amount}, {id: "a", body: amount, attempt: 2}, {id: "a", body: amount, attempt: 20}},
			[]connector.Settlement{{Fate: connector.EventAgain, After: time.Second}, {Fate: connector.EventAgain, After: 2 * time.Second}, {Fate: connector.EventAgain, After: 5 * time.Minute}},
			3, 3,
		},
		{
			"failed and undone", undoable, "", "",
			[]letter{{id: "a", body: amount}, {id: "a", body: amount, attempt: 2}},
			[]connector.Settlement{{Fate: connector.EventAgain, After: time.Second}, {Fate: connector.EventAgain, After: 2 * time.Second}},
			4, 4,
		},
		{
			"failed and not undone", strings.Replace(undoable, "{amount: 1}", "{amount: 99}", 1), "", "",
			[]letter{{id: "a", body: amount}, {id: "a", body: amount, attempt: 2}},
			[]connector.Settlement{{Fate: connector.EventStays, After: time.Second}, {Fate: connector.EventStays, After: 2 * time.Second}},
			2, 2,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			b, p := &bank{class: row.class}, newMailbox()
			b.refuses = 99
			feeding(t, b, p, fmt.Sprintf(row.flow, row.trigger))
			for i, l := range row.letters {
				p.letters <- l
				if got := p.fate(t); got != row.fates[i] {
					t.Errorf("letter %d: got %+v, want %+v", i, got, row.fates[i])
				}
			}
			slices.Sort(b.paid)
			if n := len(b.paid); n != row.payments || len(slices.Compact(b.paid)) != row.keys {
				t.Errorf("%d payments, want %d by %d keys", n, row.payments, row.keys)
			}
		})
	}
}

// Where the run on disk is enough, the event is done before the run is.
func TestEventsAreAccepted(t *testing.T) {
	b, p := &bank{gate: make(chan struct{})}, newMailbox()
	feeding(t, b, p, fmt.Sprintf(letterFlow, "ack: recorded"))
	p.letters <- letter{id: "a", body: map[string]any{"amount": int64(3)}}
	eventually(t, "accepted", func() bool { return p.noted("accepted a") })
	close(b.gate)
	eventually(t, "paid", func() bool { return b.payments() == 1 })
	if len(p.fates) != 0 {
		t.Errorf("an accepted event is settled as %+v", <-p.fates)
	}
}

// No more runs than concurrency says, and the source is asked for as many as there
// are places.
func TestEventsWaitForPlaces(t *testing.T) {
	b, p := &bank{gate: make(chan struct{})}, newMailbox()
	feeding(t, b, p, fmt.Sprintf(strings.Replace(letterFlow, "post: in", "post: {box: in, concurrency: 2}", 1), ""))
	for i := range 5 {
		p.letters <- letter{id: fmt.Sprint(i), body: map[string]any{"amount": int64(3)}}
	}
	eventually(t, "two are under way", func() bool { return b.payments() == 2 })
	time.Sleep(20 * time.Millisecond)
	if n := b.payments(); n != 2 || len(p.letters) != 3 {
		t.Errorf("%d are under way, and %d letters wait", n, len(p.letters))
	}
	close(b.gate)
	for range 5 {
		if s := p.fate(t); s.Fate != connector.EventDone {
			t.Errorf("settled as %+v", s)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.most[0] != 2 || p.most[1] != 1 {
		t.Errorf("the source was asked for %v", p.most)
	}
}

// An event stays here while its run is under way. Where it does not it is let go, and
// its redelivery finds the run.
func TestEventsAreExtended(t *testing.T) {
	b, p := &bank{gate: make(chan struct{})}, newMailbox()
	feeding(t, b, p, fmt.Sprintf(letterFlow, ""))
	one := letter{id: "a", body: map[string]any{"amount": int64(3)}, every: time.Millisecond}
	p.refuses = &connector.Error{Code: "MessageNotInflight", Class: connector.ClassInvalid}
	p.letters <- one
	eventually(t, "it is extended", func() bool { return p.noted("extended a") })
	one.every, one.attempt = 0, 2
	p.letters <- one
	eventually(t, "its place is free", func() bool { return len(p.letters) == 0 })
	close(b.gate)
	if s := p.fate(t); s.Fate != connector.EventDone || b.payments() != 1 {
		t.Errorf("settled as %+v after %d payments", s, b.payments())
	}
}

// A run that was put down goes on at the next start, and its event finds it.
func TestEventsSurviveTheServer(t *testing.T) {
	b, p, path := &bank{gate: make(chan struct{})}, newMailbox(), newPath(t)
	flow := b.letters(t, p, fmt.Sprintf(strings.Replace(letterFlow, "- {call: bank.pay", "- {idempotent: true, call: bank.pay", 1), ""))
	config := serve.Config{Flows: []serve.Served{{Flow: flow}}, Registry: b.posted(t, p), DrainTime: time.Millisecond}
	j := newJournal(t, path)
	config.Journal = j
	first := started(t, config)
	one := letter{id: "a", body: map[string]any{"amount": int64(3)}}
	p.letters <- one
	eventually(t, "under way", func() bool { return b.payments() == 1 })
	first.stop()
	if len(p.fates) != 0 || p.closed != 1 {
		t.Errorf("the end of the server settles it (%d), or leaves the source open (%d)", len(p.fates), p.closed)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	close(b.gate)
	config.Journal = newJournal(t, path)
	started(t, config)
	p.letters <- one
	if s := p.fate(t); s.Fate != connector.EventDone {
		t.Errorf("settled as %+v", s)
	}
	slices.Sort(b.paid)
	if len(slices.Compact(b.paid)) != 1 {
		t.Errorf("paid by the keys %v", b.paid)
	}
}

// Other files have their sources listened to in the place of those before.
func TestEventsOfOtherFiles(t *testing.T) {
	b, p, q := &bank{}, newMailbox(), newMailbox()
	a := feeding(t, b, p, fmt.Sprintf(letterFlow, ""))
	p.letters <- letter{id: "a", body: map[string]any{"amount": int64(3)}}
	p.fate(t)
	if err := a.Reload(t.Context(), []serve.Served{{Flow: b.letters(t, q, fmt.Sprintf(letterFlow, ""))}}, nil); err != nil {
		t.Fatal(err)
	}
	q.letters <- letter{id: "a", body: map[string]any{"amount": int64(3)}} // the same trigger
	q.fate(t)
	eventually(t, "the first source is closed", func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.closed == 1 })
	if n := b.payments(); n != 1 {
		t.Errorf("%d payments", n)
	}
}

// Without a journal an event is settled by its run all the same, and nothing is known
// of it afterwards.
func TestEventsWithoutAJournal(t *testing.T) {
	b, p := &bank{refuses: 99}, newMailbox()
	started(t, serve.Config{Flows: []serve.Served{{Flow: b.letters(t, p, fmt.Sprintf(letterFlow, ""))}}, Registry: b.posted(t, p)})
	for i, row := range []struct {
		amount int64
		want   connector.Settlement
	}{
		{3, connector.Settlement{Fate: connector.EventDone}},
		{99, connector.Settlement{Fate: connector.EventAgain, After: time.Second}},
		{99, connector.Settlement{Fate: connector.EventAgain, After: time.Second}},
	} {
		p.letters <- letter{id: fmt.Sprint(row.amount), body: map[string]any{"amount": row.amount}}
		if got := p.fate(t); got != row.want || b.payments() != i+1 {
			t.Errorf("%d: settled as %+v, want %+v, after %d payments", i, got, row.want, b.payments())
		}
	}
}

// Without a journal nothing is on disk.
func TestEventsAreRefused(t *testing.T) {
	b, p := &bank{}, newMailbox()
	_, err := serve.New(t.Context(), serve.Config{Flows: []serve.Served{{Flow: b.letters(t, p, fmt.Sprintf(letterFlow, "ack: recorded"))}}})
	if err == nil || !strings.Contains(err.Error(), "ack: recorded needs a journal") {
		t.Errorf("got %v", err)
	}
}

// An event that is refused for its id is told as one, and what its trigger could do.
func TestEventsWithAnotherOnesID(t *testing.T) {
	b, p := &bank{}, newMailbox()
	a := feeding(t, b, p, fmt.Sprintf(letterFlow, byOrder))
	for i, amount := range []int64{3, 4} {
		p.letters <- letter{id: fmt.Sprint(i), body: ordered(amount, 1)}
		p.fate(t)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	const want = "KeyReused: an event that came before has the same id, and gave the flow other inputs: have the id of the trigger tell the two apart"
	if n := len(a.notices); n == 0 || a.notices[n-1].Err == nil || !strings.HasPrefix(a.notices[n-1].Err.Error(), want) {
		t.Errorf("told %v", a.notices)
	}
}

// The runs that events began are there for 14 days, whatever prunes the journal: the
// event may come so long.
func TestRunsOfEventsAreKept(t *testing.T) {
	b, p, j := &bank{}, newMailbox(), newJournal(t, newPath(t))
	if err := j.Keep(t.Context(), journal.Keeping{For: time.Hour}); err != nil {
		t.Fatal(err)
	}
	started(t, serve.Config{Flows: []serve.Served{{Flow: b.letters(t, p, fmt.Sprintf(letterFlow, ""))}}, Registry: b.posted(t, p), Journal: j})
	one := letter{id: "a", body: map[string]any{"amount": int64(3)}}
	p.letters <- one
	p.fate(t)
	if n, err := j.Prune(t.Context(), time.Now().Add(time.Minute)); err != nil || n != 0 {
		t.Errorf("pruned %d, %v", n, err)
	}
	stats, err := j.Stats(t.Context())
	if err != nil || !slices.Contains(stats.Keepings, journal.Keeping{Flow: "letters", For: 14 * 24 * time.Hour, Least: true}) {
		t.Errorf("kept is %+v, %v", stats.Keepings, err)
	}
	p.letters <- one
	if p.fate(t); b.payments() != 1 {
		t.Errorf("%d payments", b.payments())
	}
}

// Where people have restarted a run, its event is done when that is.
func TestEventsFollowRestarts(t *testing.T) {
	b, p, j := &bank{refuses: 99}, newMailbox(), newJournal(t, newPath(t))
	text := strings.Replace(fmt.Sprintf(letterFlow, ""), "{amount: \"${ctx.amount}\"}}", "{amount: \"${ctx.amount}\"}, undo: {call: bank.pay, with: {amount: 99}}}\n  - {id: late, call: bank.pay, with: {amount: 98}}", 1)
	b.refusesToo = 98
	started(t, serve.Config{Flows: []serve.Served{{Flow: b.letters(t, p, text)}}, Registry: b.posted(t, p), Journal: j})
	one := letter{id: "a", body: map[string]any{"amount": int64(3)}}
	p.letters <- one
	if s := p.fate(t); s.Fate != connector.EventStays {
		t.Fatalf("what is not undone is settled as %+v", s)
	}
	runs, err := j.Runs(t.Context(), journal.Filter{Limit: 10})
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	b.mu.Lock()
	b.refusesToo = 0
	b.mu.Unlock()
	if _, err := j.Restart(t.Context(), runs[0].ID, b.posted(t, p), journal.Restart{From: "late"}); err != nil {
		t.Fatal(err)
	}
	p.letters <- one
	if s := p.fate(t); s.Fate != connector.EventDone || b.payments() != 4 {
		t.Errorf("settled as %+v after %d payments", s, b.payments())
	}
}

// What events began is for operators alone.
func TestEventsAreNobodysRequests(t *testing.T) {
	b, p := &bank{gate: make(chan struct{})}, newMailbox()
	defer close(b.gate)
	j := newJournal(t, newPath(t))
	a := started(t, serve.Config{Flows: []serve.Served{{Flow: b.letters(t, p, fmt.Sprintf(letterFlow, ""))}}, Registry: b.posted(t, p), Journal: j})
	p.letters <- letter{id: "a", body: map[string]any{"amount": int64(3)}}
	eventually(t, "under way", func() bool { return b.payments() == 1 })
	runs, err := j.Runs(t.Context(), journal.Filter{Limit: 10})
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs %v", len(runs), err)
	}
	if got := a.send("GET", "/-/runs/"+runs[0].ID, ""); got.status != 404 {
		t.Errorf("the run of an event is shown to everybody: %d %s", got.status, got.body)
	}
}
