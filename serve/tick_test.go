package serve

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/internal/tick"
)

// clock is a clock that is set.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	moved chan struct{} // closed when it is set; nil where nobody waits for that
}

// sleep waits until the clock has come so far, or a little: it may have been set
// before the wait began.
func (c *clock) sleep(ctx context.Context, d time.Duration, early <-chan struct{}) {
	for until := c.now().Add(d); c.now().Before(until); {
		c.mu.Lock()
		if c.moved == nil {
			c.moved = make(chan struct{})
		}
		moved, there := c.moved, !c.at.Before(until)
		c.mu.Unlock()
		if there {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-early:
			return
		case <-time.After(5 * time.Millisecond):
			return
		case <-moved:
		}
	}
}

func (c *clock) put(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
	if c.moved != nil {
		close(c.moved)
		c.moved = nil
	}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(text string) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	c.put(at)
}

func (c *clock) add(d time.Duration) { c.put(c.now().Add(d)) }

// town is where the schedules of these tests ring.
type town struct {
	clock

	t testing.TB

	mu   sync.Mutex
	rung []string      // the ticks that rang, as they began
	gate chan struct{} // what a bell waits for; nil for nothing
	said []Notice
}

type ringIn struct {
	At string `param:"at,required" doc:"The planned time."`
}

func (w *town) ring(ctx context.Context, _ *connector.Call, in ringIn) (struct{}, error) {
	w.mu.Lock()
	w.rung = append(w.rung, in.At)
	gate := w.gate
	w.mu.Unlock()
	if gate == nil {
		return struct{}{}, nil
	}
	select {
	case <-gate:
		return struct{}{}, nil
	case <-ctx.Done():
		return struct{}{}, ctx.Err()
	}
}

func newTown(t testing.TB, at string) *town {
	w := &town{t: t}
	w.set(at)
	return w
}

func (w *town) registry() *connector.Registry {
	reg, err := connector.NewRegistry(&connector.Connector{
		Name: "bell", Summary: "A bell.",
		Operations: []*connector.Operation{connector.OpWith("bell.ring", "Ring.", w.ring)},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return reg
}

// flow is one whose trigger has these keys.
func (w *town) flow(trigger string) *flows.Flow {
	w.t.Helper()
	text := "flow: bells\ninputs: {at: {type: string, required: true}}\ntriggers:\n  - " + strings.ReplaceAll(strings.TrimSpace(trigger), "\n", "\n    ") +
		"\nsteps: [{call: bell.ring, with: {at: \"${ctx.at}\"}}]\n"
	if !strings.Contains(text, "with: {at: \"${tick") {
		text = strings.Replace(text, "\nsteps:", "\n    with: {at: \"${tick.time}\"}\nsteps:", 1)
	}
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", w.registry())
	if err != nil {
		w.t.Fatalf("%v\n%s", err, text)
	}
	return flow
}

// serves returns a server of flows; its schedules tick by step.
func (w *town) serves(j *journal.Journal, served ...*flows.Flow) *Server {
	w.t.Helper()
	c := Config{Journal: j, Registry: w.registry(), Now: w.now, sleep: w.sleep, Notice: func(n Notice) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.said = append(w.said, n)
	}}
	for _, flow := range served {
		c.Flows = append(c.Flows, Served{Flow: flow})
	}
	s, err := New(w.t.Context(), c)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		s.end()
		for _, g := range s.runs.list() {
			if h := s.runs.handleOf(g); h != nil {
				h.Interrupt()
			}
		}
		s.work.Wait()
	})
	return s
}

// step has the first schedule of a server look at the clock.
func (w *town) step(s *Server) {
	w.t.Helper()
	if _, _, err := s.now.Load().clocks[0].step(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// at has it look at a time, and waits for what runs then, unless it waits itself.
func (w *town) at(s *Server, text string) {
	w.t.Helper()
	w.set(text)
	w.step(s)
	w.quiet(s)
}

// quiet waits until no run does anything but to wait at the gate.
func (w *town) quiet(s *Server) {
	w.t.Helper()
	w.mu.Lock()
	gated := w.gate != nil
	w.mu.Unlock()
	for deadline := time.Now().Add(time.Minute); !gated && len(s.runs.list()) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatal("runs do not end")
		}
	}
}

// rings are the ticks that have rung since the last call; wait is how many.
func (w *town) rings(wait int) []string {
	w.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		w.mu.Lock()
		if len(w.rung) >= wait || time.Now().After(deadline) {
			list := w.rung
			w.rung = nil
			w.mu.Unlock()
			return list
		}
		w.mu.Unlock()
	}
}

func (w *town) want(ticks ...string) {
	w.t.Helper()
	got := w.rings(len(ticks))
	slices.Sort(got) // those of overlapping runs come in any order
	if diff := cmp.Diff(ticks, got); diff != "" && len(ticks)+len(got) > 0 {
		w.t.Errorf("ticks (-want +got):\n%s", diff)
	}
}

// notices are what operators were told since the last call.
func (w *town) notices() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	for _, n := range w.said {
		fmt.Fprintf(&b, "%v %s %v\n", n.Problem, n.Text, n.Err)
	}
	w.said = nil
	return b.String()
}

func (w *town) told(parts ...string) {
	w.t.Helper()
	got := w.notices()
	for _, part := range parts {
		if !strings.Contains(got, part) {
			w.t.Errorf("%q was not told, but %q", part, got)
		}
	}
	if len(parts) == 0 && got != "" {
		w.t.Errorf("told: %s", got)
	}
}

func newRunsFile(t testing.TB) string { return filepath.Join(testenv.Memory(t), "runs.db") }

func opened(t testing.TB, path string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// kept runs a test with a journal and without one.
func kept(t *testing.T, test func(t *testing.T, j *journal.Journal)) {
	t.Run("journal", func(t *testing.T) { test(t, opened(t, newRunsFile(t))) })
	t.Run("volatile", func(t *testing.T) { test(t, nil) })
}

// A first start has missed nothing; then each tick begins one run, which knows the
// planned time.
func TestTicks(t *testing.T) {
	kept(t, func(t *testing.T, j *journal.Journal) {
		w := newTown(t, "2026-03-01T00:00:00Z")
		s := w.serves(j, w.flow(`schedule: "30 2 * * *"`))
		w.at(s, "2026-03-01T02:31:00Z")
		w.at(s, "2026-03-02T02:29:59Z")
		w.want()
		w.at(s, "2026-03-02T02:30:00Z")
		w.at(s, "2026-03-02T02:30:01Z")
		w.want("2026-03-02T02:30:00Z")
		w.at(s, "2026-03-03T02:30:07Z")
		w.want("2026-03-03T02:30:00Z")
		w.told()
		if got := s.Schedules()[0]; got.Next.Format(time.RFC3339) != "2026-03-04T02:30:00Z" || got.Due != 0 || len(got.LastRuns) != 1 {
			t.Errorf("it stands as %+v", got)
		}
	})
}

// What a trigger makes of a tick.
func TestTickOfATrigger(t *testing.T) {
	cases := []struct {
		name, trigger string
		want          []string
		told          []string
	}{
		{"in a zone", "schedule: \"0 6 * * *\"\ntimezone: Europe/Berlin", []string{"2026-03-28T05:00:00Z", "2026-03-29T04:00:00Z", "2026-03-30T04:00:00Z"}, nil},
		{"a condition", "schedule: \"0 5 * * *\"\nif: \"${tick.time != '2026-03-29T05:00:00Z'}\"", []string{"2026-03-28T05:00:00Z", "2026-03-30T05:00:00Z"}, nil},
		{"one identity", "schedule: \"0 5 * * *\"\nid: \"${tick.time < '2026-03-29T00:00:00Z' ? 'early' : 'late'}\"", []string{"2026-03-28T05:00:00Z", "2026-03-29T05:00:00Z"}, nil},
		{"inputs", "schedule: \"0 5 * * *\"\nname: early\nwith: {at: \"${tick.time} ${tick.trigger}\"}", []string{"2026-03-28T05:00:00Z early", "2026-03-29T05:00:00Z early", "2026-03-30T05:00:00Z early"}, nil},
		{
			"inputs that cannot be made", "schedule: \"0 5 * * *\"\nwith: {at: \"${tick.time} ${1 / (tick.time == '2026-03-29T05:00:00Z' ? 0 : 1)}\"}",
			[]string{"2026-03-28T05:00:00Z 1", "2026-03-30T05:00:00Z 1"},
			[]string{"the tick of 2026-03-29T05:00:00Z begins no run"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newTown(t, "2026-03-28T00:00:00Z")
			s := w.serves(opened(t, newRunsFile(t)), w.flow(c.trigger))
			for end := w.now().Add(72 * time.Hour); w.now().Before(end); w.add(time.Hour) {
				w.step(s)
				w.quiet(s)
			}
			w.want(c.want...)
			w.told(c.told...)
		})
	}
}

// What a tick does while a run of the trigger goes.
func TestOverlap(t *testing.T) {
	cases := map[string]struct{ while, after, later []string }{
		"skip":  {[]string{"2026-03-01T00:01:00Z"}, nil, []string{"2026-03-01T00:05:00Z"}},
		"queue": {[]string{"2026-03-01T00:01:00Z"}, []string{"2026-03-01T00:02:00Z", "2026-03-01T00:03:00Z"}, []string{"2026-03-01T00:05:00Z"}},
		"allow": {[]string{"2026-03-01T00:01:00Z", "2026-03-01T00:02:00Z", "2026-03-01T00:03:00Z"}, nil, []string{"2026-03-01T00:05:00Z"}},
	}
	for overlap, c := range cases {
		t.Run(overlap, func(t *testing.T) {
			kept(t, func(t *testing.T, j *journal.Journal) {
				w := newTown(t, "2026-03-01T00:00:00Z")
				w.gate = make(chan struct{})
				s := w.serves(j, w.flow("schedule: every 1m\noverlap: "+overlap))
				w.step(s)
				for _, at := range []string{"1:00", "2:00", "3:00"} {
					w.at(s, "2026-03-01T00:0"+at+"Z")
				}
				w.want(c.while...)
				close(w.gate)
				w.mu.Lock()
				w.gate = nil
				w.mu.Unlock()
				for range 3 { // each goes on when the one before has ended
					w.quiet(s)
					w.step(s)
				}
				w.want(c.after...)
				w.set("2026-03-01T00:04:00Z")
				w.quiet(s)
				w.at(s, "2026-03-01T00:05:00Z")
				w.rings(0)
				if overlap == "skip" {
					w.told("the tick of 2026-03-01T00:02:00Z begins no run, since the one before goes")
				}
			})
		})
	}
}

// What becomes of ticks that passed while nobody served, also when the machine
// slept or the clock was set.
func TestMissed(t *testing.T) {
	at := func(minutes ...int) (list []string) {
		for _, m := range minutes {
			list = append(list, time.Date(2026, 3, 1, 0, m, 0, 0, time.UTC).Format(time.RFC3339))
		}
		return list
	}
	last := func(n, of int) (list []int) {
		for m := of - n + 1; m <= of; m++ {
			list = append(list, m)
		}
		return list
	}
	cases := []struct {
		name, trigger string
		away          time.Duration // since midnight
		want          []string
		told          []string
	}{
		{"once", "missed: once", 5*time.Minute + 30*time.Second, at(5), []string{"4 ticks passed while nobody served and begin no run (missed: once)"}},
		{"once, on time", "missed: once", 5 * time.Minute, at(5), []string{"4 ticks passed"}},
		{"once, one", "missed: once", time.Minute + 30*time.Second, at(1), nil},
		{"skip", "missed: skip", 5*time.Minute + 30*time.Second, nil, []string{"5 ticks passed while nobody served and begin no run (missed: skip)"}},
		{"skip, on time", "missed: skip", 5*time.Minute + 9*time.Second, at(5), []string{"4 ticks passed"}},
		{"all", "missed: all", 5*time.Minute + 30*time.Second, at(1, 2, 3, 4, 5), nil},
		{"all, in a queue", "missed: all\noverlap: queue", 5 * time.Minute, at(1, 2, 3, 4, 5), nil},
		{"all, at once", "missed: all\noverlap: allow", 5 * time.Minute, at(1, 2, 3, 4, 5), nil},
		{"all, cut", "missed: all", 150*time.Minute + 30*time.Second, at(last(100, 150)...), []string{"true", "more than 100 ticks passed while nobody served: those before the last 100 begin no run"}},
		{"once, cut", "missed: once", 150*time.Minute + 30*time.Second, at(150), []string{"more than 100 ticks"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newTown(t, "2026-03-01T00:00:00Z")
			path := newRunsFile(t)
			j := opened(t, path)
			w.step(w.serves(j, w.flow("schedule: every 1m\n"+c.trigger)))
			slept := w.serves(nil, w.flow("schedule: every 1m\n"+c.trigger))
			w.step(slept)
			w.add(c.away)
			servers := []*Server{slept}
			if len(c.want) <= 10 { // many runs of a journal take their time
				servers = append(servers, w.serves(opened(t, path), w.flow("schedule: every 1m\n"+c.trigger)))
			}
			for _, s := range servers {
				for range len(c.want) + 1 {
					w.step(s)
					w.quiet(s)
				}
				w.want(c.want...)
				w.told(c.told...)
			}
		})
	}
}

// A clock that is set: what has ticked does not tick again.
func TestClockIsSet(t *testing.T) {
	w := newTown(t, "2026-03-01T12:00:00Z")
	s := w.serves(opened(t, newRunsFile(t)), w.flow("schedule: every 15m"))
	w.step(s)
	w.at(s, "2026-03-01T12:15:00Z")
	w.at(s, "2026-03-01T12:14:50Z") // a little back
	w.at(s, "2026-03-01T12:15:00Z")
	w.want("2026-03-01T12:15:00Z")
	w.at(s, "2030-01-01T00:00:00Z") // far forth
	w.want("2030-01-01T00:00:00Z")
	w.notices()
	w.at(s, "2026-03-01T12:16:00Z") // and back again
	w.told("the clock was set back by")
	w.at(s, "2026-03-01T12:30:00Z")
	w.want("2026-03-01T12:30:00Z")
	w.at(s, "2026-03-01T10:00:00Z")
	w.at(s, "2026-03-01T12:15:00Z") // has run
	w.at(s, "2026-03-01T12:30:00Z")
	w.at(s, "2026-03-01T12:45:00Z")
	w.want("2026-03-01T12:45:00Z")
}

// A schedule that is changed has missed nothing, nor has one that comes back.
func TestChangedSchedule(t *testing.T) {
	w := newTown(t, "2026-03-01T12:00:00Z")
	path := newRunsFile(t)
	day := func(trigger string) *Server {
		s := w.serves(opened(t, path), w.flow(trigger))
		s.forgetTriggers(t.Context(), s.now.Load())
		return s
	}
	w.step(day("name: n\nschedule: every 1m"))
	w.at(day("name: n\nschedule: every 2m"), "2026-03-01T13:00:30Z")
	w.at(day("name: n\nschedule: every 2m\ntimezone: Asia/Tokyo"), "2026-03-01T14:00:30Z")
	w.at(day("schedule: every 5m"), "2026-03-01T15:00:30Z")
	w.at(day("name: n\nschedule: every 2m\ntimezone: Asia/Tokyo"), "2026-03-01T16:00:30Z") // was forgotten
	w.want()
	w.at(day("name: n\nschedule: every 2m\ntimezone: Asia/Tokyo\nif: true"), "2026-03-01T16:05:30Z")
	w.want("2026-03-01T16:04:00Z") // the same schedule
}

// Of two servers on one journal one runs a tick, whichever is slow.
func TestTwoServersTickOnce(t *testing.T) {
	for _, overlap := range []string{"skip", "queue", "allow"} {
		t.Run(overlap, func(t *testing.T) {
			w := newTown(t, "2026-03-01T00:00:00Z")
			path := newRunsFile(t)
			var servers []*Server
			for range 2 {
				s := w.serves(opened(t, path), w.flow("schedule: every 1m\noverlap: "+overlap))
				servers = append(servers, s)
				w.step(s)
			}
			var want []string
			for range 20 {
				w.add(time.Minute)
				want = append(want, w.now().Format(time.RFC3339))
				var both sync.WaitGroup
				for _, s := range servers {
					both.Go(func() {
						for range 3 {
							if _, _, err := s.now.Load().clocks[0].step(t.Context()); err != nil {
								t.Error(err)
							}
						}
					})
				}
				both.Wait()
				for _, s := range servers {
					w.quiet(s)
				}
			}
			w.want(want...)
		})
	}
}

// A run of a schedule goes on after its process has died, and the next tick knows
// of it; so do ticks that waited for their runs.
func TestTicksAfterAKill(t *testing.T) {
	for _, overlap := range []string{"skip", "queue"} {
		t.Run(overlap, func(t *testing.T) {
			w := newTown(t, "2026-03-01T00:00:00Z")
			w.gate = make(chan struct{})
			path := newRunsFile(t)
			j := opened(t, path)
			flow := w.flow("schedule: every 1m\noverlap: " + overlap)
			first := w.serves(j, flow)
			w.step(first)
			w.at(first, "2026-03-01T00:01:00Z")
			w.at(first, "2026-03-01T00:02:00Z")
			w.want("2026-03-01T00:01:00Z")
			_ = j.Close() // runs stop where they are

			second := w.serves(opened(t, path), flow)
			w.at(second, "2026-03-01T00:03:00Z")
			w.want() // the run of 00:01 is still to end
			close(w.gate)
			w.mu.Lock()
			w.gate = nil
			w.mu.Unlock()
			if err := second.takeAll(t.Context(), map[string]bool{}); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				w.quiet(second)
				w.step(second)
			}
			if overlap == "skip" {
				w.want("2026-03-01T00:01:00Z")
			} else {
				w.want("2026-03-01T00:01:00Z", "2026-03-01T00:02:00Z", "2026-03-01T00:03:00Z")
			}
			w.at(second, "2026-03-01T00:04:00Z")
			w.want("2026-03-01T00:04:00Z")
		})
	}
}

// A queue ends at a hundred ticks, which is said.
func TestQueueIsBounded(t *testing.T) {
	w := newTown(t, "2026-03-01T00:00:00Z")
	w.gate = make(chan struct{})
	s := w.serves(nil, w.flow("schedule: every 1m\noverlap: queue"))
	w.step(s)
	for range 102 {
		w.add(time.Minute)
		w.step(s)
	}
	w.told("true", "1 tick begins no run: 100 ticks wait for theirs already")
	if got := s.Schedules()[0]; got.Due != tick.MostDue || got.LeftOut != 1 {
		t.Errorf("it stands as %+v", got)
	}
	close(w.gate)
}

// A tick waits for room, and is not taken for missed meanwhile.
func TestTickWaitsForRoom(t *testing.T) {
	w := newTown(t, "2026-03-01T00:00:00Z")
	s := w.serves(nil, w.flow("schedule: every 1m"))
	s.room, s.now.Load().clocks[0].patience = newRoom(1, 1), time.Millisecond
	w.step(s)
	leave, _ := s.room.wait(t.Context())
	w.at(s, "2026-03-01T00:01:00Z")
	w.set("2026-03-01T00:01:40Z")
	leave()
	w.step(s)
	w.want("2026-03-01T00:01:00Z")
}

// Follow looks again when there is something to do, and ends with its context.
func TestFollow(t *testing.T) {
	w := newTown(t, "2026-03-01T00:00:00Z")
	s := w.serves(opened(t, newRunsFile(t)), w.flow("schedule: every 15s\noverlap: queue"))
	var slept time.Duration
	ctx, stop := context.WithCancel(t.Context())
	s.config.sleep = func(_ context.Context, d time.Duration, early <-chan struct{}) {
		if early != nil {
			<-early
			return
		}
		if slept += d; d <= 0 || d > mostSleep {
			t.Errorf("it sleeps for %s", d)
		}
		if slept > time.Minute {
			stop()
		}
		w.add(d)
	}
	s.now.Load().clocks[0].follow(ctx)
	w.quiet(s)
	w.want("2026-03-01T00:00:15Z", "2026-03-01T00:00:30Z", "2026-03-01T00:00:45Z", "2026-03-01T00:01:00Z")
}

// Other files are followed from their reload on; a schedule that they leave as it is
// goes on, and one that they have not any more ends. Nothing is left at the end.
func TestSchedulesAreReloaded(t *testing.T) {
	kept(t, func(t *testing.T, j *journal.Journal) {
		w := newTown(t, "2026-03-01T00:00:00Z")
		s := w.serves(j, w.flow("schedule: every 1m\nname: a"))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); _ = s.Run(ctx) }()
		seen := func() {
			t.Helper()
			for deadline := time.Now().Add(time.Minute); s.Schedules()[0].Seen.IsZero(); time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("the schedule is not followed")
				}
			}
		}
		reload := func(trigger string) {
			t.Helper()
			w.quiet(s)
			if err := s.Reload(t.Context(), []Served{{Flow: w.flow(trigger)}}, nil); err != nil {
				t.Fatal(err)
			}
			seen()
		}
		seen()
		w.set("2026-03-01T00:01:00Z")
		w.want("2026-03-01T00:01:00Z")
		reload("schedule: every 1m\nname: a\nwith: {at: \"${tick.time} again\"}")
		w.set("2026-03-01T00:02:00Z")
		w.want("2026-03-01T00:02:00Z again")
		reload("schedule: every 1m\nname: b")
		w.set("2026-03-01T00:03:00Z")
		w.want("2026-03-01T00:03:00Z")
		w.quiet(s)
		w.set("2026-03-01T00:03:30Z")
		reload("schedule: every 1m\nname: a")
		w.set("2026-03-01T00:04:00Z")
		w.want("2026-03-01T00:04:00Z") // and not those that passed while there was no a
		stop()
		<-ended
		if n := len(w.rings(0)); n > 0 {
			t.Errorf("%d ticks more", n)
		}
	})
}

// A schedule lets as many runs go as it says before overlap counts.
func TestTicksOfSeveralRuns(t *testing.T) {
	first, later := []string{"2026-03-01T00:01:00Z", "2026-03-01T00:02:00Z"}, []string{"2026-03-01T00:03:00Z", "2026-03-01T00:04:00Z"}
	for overlap, after := range map[string][]string{"skip": nil, "queue": later} {
		t.Run(overlap, func(t *testing.T) {
			kept(t, func(t *testing.T, j *journal.Journal) {
				w := newTown(t, "2026-03-01T00:00:00Z")
				w.gate = make(chan struct{})
				s := w.serves(j, w.flow("schedule: every 1m\nconcurrency: 2\noverlap: "+overlap))
				w.step(s)
				for minute := range 4 {
					w.at(s, fmt.Sprintf("2026-03-01T00:%02d:00Z", minute+1))
				}
				w.want(first...)
				close(w.gate)
				w.mu.Lock()
				w.gate = nil
				w.mu.Unlock()
				w.quiet(s)
				w.at(s, "2026-03-01T00:04:30Z")
				w.want(after...)
				w.at(s, "2026-03-01T00:05:00Z")
				w.want("2026-03-01T00:05:00Z")
			})
		})
	}
}
