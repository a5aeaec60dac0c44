package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/medlar-flow/medlar/internal/devserver"
	"github.com/medlar-flow/medlar/internal/schedule"
)

// bellsFlow has these triggers, each with a name; a run calls the step that has the
// name of the trigger and its planned time.
func bellsFlow(triggers ...string) string {
	text := "flow: bells\ninputs: {at: {type: string, required: true}, for: {type: duration, default: 0s}}\ntriggers:\n"
	for _, t := range triggers {
		text += "  - {" + t + "}\n"
	}
	return text + "steps: [{call: probe.step, with: {name: \"${ctx.at}\", for: \"${ctx.for}\"}}]\n"
}

func bell(name, times, more string) string {
	return fmt.Sprintf(`name: %s, schedule: "%s", with: {at: "%s@${tick.time}"}%s`, name, times, name, more)
}

// sdk is a client of the server.
func sdk(t *testing.T, server *devserver.Server) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: server.Address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: it does not come to that", what)
		}
	}
}

func (b *bench) rang() []string {
	calls := b.calls()
	slices.Sort(calls)
	return calls
}

// scheduleIDs lists the Schedules of a prefix.
func scheduleIDs(t *testing.T, c client.Client, prefix string) []string {
	t.Helper()
	all, err := c.ScheduleClient().List(t.Context(), client.ScheduleListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for all.HasNext() {
		one, err := all.Next()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(one.ID, prefix) {
			ids = append(ids, one.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// whens are schedules whose times the server's own calendars do not have.
var whens = [][2]string{
	{"30 2 * * *", "Europe/Berlin"},
	{"15,45 2 * * *", "Europe/Berlin"},
	{"0 0 * * *", "America/Santiago"},
	{"30 1 * * *", "America/New_York"},
	{"0 */2 * * *", "Europe/Berlin"},
	{"*/15 * * * *", "Australia/Lord_Howe"},
	{"15 2 * * *", "Australia/Lord_Howe"},
	{"0 12 13 * 5", "UTC"},
	{"@hourly", "Europe/Berlin"},
	{"every 6h", "Europe/Berlin"},
	{"every 15m", "Europe/Berlin"},
	{"0 12 */2 * 5", "UTC"},
	{"0 3 29 2 *", "UTC"},
	{"0 9 * * MON-FRI", "America/New_York"},
	{"5 0 1-7 * 0", "Asia/Kathmandu"},
	{"@weekly", "Africa/Cairo"},
	{"@monthly", "UTC"},
	{"every 96m", "America/New_York"},
	{"every 24h", "Europe/Berlin"},
	{"every 90s", "UTC"},
	{"30 0 31 * *", "Africa/Cairo"},
	{"0 1-3 * * FRI-SUN", "Europe/Berlin"},
}

// Every tick of ours is among the times at which the server starts something, on days
// of change too; and each begins its run once, when they are asked for.
func testSchedules(t *testing.T, server *devserver.Server) {
	b := newBench(t, server)
	whens := whens
	if os.Getenv("MEDLAR_LONG") == "" {
		whens = whens[:6]
	}
	var triggers []string
	for i, when := range whens {
		triggers = append(triggers, bell(fmt.Sprintf("w%d", i), when[0], fmt.Sprintf(", timezone: %s, overlap: allow", when[1])))
	}
	b.flow(bellsFlow(triggers...))
	b.worker()
	b.serve()
	c := sdk(t, server)
	t.Cleanup(func() { deleteSchedules(t, c, "medlar/bells/") })
	eventually(t, "Schedules", func() bool { return len(scheduleIDs(t, c, "medlar/bells/w")) == len(whens) })
	var want []string
	for i, when := range whens {
		name := fmt.Sprintf("w%d", i)
		rules, err := schedule.Parse(when[0], zoneOf(t, when[1]))
		if err != nil {
			t.Fatal(err)
		}
		for _, days := range [][2]string{{"2027-03-26", "2027-03-30"}, {"2027-10-28", "2027-11-01"}} {
			from, until := day(t, days[0]), day(t, days[1])
			var found *workflowservice.ListScheduleMatchingTimesResponse
			var err error
			for range 10 { // a busy server may ask for that
				if found, err = c.WorkflowService().ListScheduleMatchingTimes(t.Context(), &workflowservice.ListScheduleMatchingTimesRequest{
					Namespace: "default", ScheduleId: "medlar/bells/" + name, StartTime: timestamppb.New(from.Add(-time.Minute)), EndTime: timestamppb.New(until),
				}); err == nil {
					break
				}
				time.Sleep(200 * time.Millisecond)
			}
			if err != nil {
				t.Fatal(err)
			}
			wakes := map[int64]bool{}
			for _, at := range found.GetStartTime() {
				wakes[at.GetSeconds()] = true
			}
			ticks, _ := rules.Between(from.Add(-time.Second), until.Add(-time.Second), 10_000)
			if len(found.GetStartTime()) >= 1000 { // it tells no more
				continue
			}
			for _, at := range ticks {
				if !wakes[at.Unix()] {
					t.Errorf("%s in %s: the server starts nothing at %s", when[0], when[1], at)
				}
			}
			if i < 2 {
				err := c.ScheduleClient().GetHandle(t.Context(), "medlar/bells/"+name).Backfill(t.Context(), client.ScheduleBackfillOptions{Backfill: []client.ScheduleBackfill{
					{Start: from, End: until.Add(-time.Second), Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL},
				}})
				if err != nil {
					t.Fatal(err)
				}
				for _, at := range ticks {
					want = append(want, name+"@"+at.UTC().Format(time.RFC3339))
				}
			}
		}
	}
	slices.Sort(want)
	planned := func() []string { // without what the clock brings meanwhile
		return slices.DeleteFunc(b.rang(), func(name string) bool { return !strings.Contains(name, "@2027-") })
	}
	eventually(t, "the runs of ticks", func() bool { return len(planned()) >= len(want) })
	settle(t, c)
	if got := planned(); !slices.Equal(got, want) {
		t.Errorf("rang %v\nwant %v", got, want)
	}
	if len(want) < 20 {
		t.Errorf("only %d ticks", len(want))
	}
}

// logTo starts a process of the command whose log goes to a file.
func (b *bench) logTo(path string, args ...string) *exec.Cmd {
	b.t.Helper()
	log, err := os.Create(path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer log.Close() // the process has it
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir, cmd.Env, cmd.Stderr = b.folder, append(os.Environ(), b.env...), log
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

// settle waits until no workflow of a schedule is under way.
func settle(t *testing.T, c client.Client) {
	t.Helper()
	eventually(t, "no workflow of a schedule", func() bool {
		n, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: "WorkflowType = 'medlar.schedule' AND ExecutionStatus = 'Running'"})
		return err == nil && n.GetCount() == 0
	})
}

func day(t *testing.T, text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func zoneOf(t *testing.T, name string) *time.Location {
	zone, err := schedule.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// What is served is what is followed: schedules that go are deleted, those of another
// folder stay, and what is as it was stays as it is, also for two servers.
func testSchedulesAreKept(t *testing.T, server *devserver.Server) {
	b, other := newBench(t, server), newBench(t, server)
	c := sdk(t, server)
	b.flow(strings.Replace(bellsFlow(bell("one", "0 4 * * *", ""), bell("two", "0 5 * * *", "")), "flow: bells", "flow: kept", 1))
	other.flow(strings.Replace(bellsFlow(bell("far", "0 6 * * *", "")), "flow: bells", "flow: kept-elsewhere", 1))
	w := b.serve()
	other.serve()
	is := func(ids ...string) {
		t.Helper()
		eventually(t, fmt.Sprint(ids), func() bool { return slices.Equal(scheduleIDs(t, c, "medlar/kept"), ids) })
	}
	is("medlar/kept-elsewhere/far", "medlar/kept/one", "medlar/kept/two")
	created := func(id string) (time.Time, time.Time, bool) {
		d, err := c.ScheduleClient().GetHandle(t.Context(), id).Describe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return d.Info.CreatedAt, d.Info.LastUpdateAt, d.Schedule.State.Paused
	}
	if err := c.ScheduleClient().GetHandle(t.Context(), "medlar/kept/one").Pause(t.Context(), client.SchedulePauseOptions{Note: "by hand"}); err != nil {
		t.Fatal(err)
	}
	shown := w.until(200, "GET", w.admin+"/-/schedules", "", "").body
	if !strings.Contains(shown, `"next":null,"note":"by hand","paused":true`) || strings.Count(shown, `"paused":false`) != 1 {
		t.Errorf("the schedules are shown as\n%s", shown)
	}
	before, updated, _ := created("medlar/kept/two")
	second := b.serve() // beside the first
	_ = second.child.Process.Kill()
	<-second.child.done
	if again, changed, _ := created("medlar/kept/two"); !again.Equal(before) || !changed.Equal(updated) {
		t.Error("a second server changes what is as it was")
	}

	// Another time, and one trigger less: taken without a restart.
	b.flow(strings.Replace(bellsFlow(bell("one", "30 4 * * *", "")), "flow: bells", "flow: kept", 1))
	if err := w.child.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	is("medlar/kept-elsewhere/far", "medlar/kept/one")
	eventually(t, "the new time", func() bool {
		d, err := c.ScheduleClient().GetHandle(t.Context(), "medlar/kept/one").Describe(t.Context())
		return err == nil && d.Schedule.Spec.Calendars[0].Minute[0].Start == 30
	})
	if _, _, paused := created("medlar/kept/one"); !paused {
		t.Error("a change goes on with what somebody has paused")
	}

	// A flow that is gone, after a restart.
	_ = w.child.Process.Kill()
	<-w.child.done
	b.flow("flow: kept-otherwise\ntriggers: [{http: POST /x}]\nsteps: [{id: ok, wait: {signal: ok}}]\n")
	b.serve()
	is("medlar/kept-elsewhere/far")

	// A Schedule of somebody else is not touched, and what has its name is told.
	foreign := client.ScheduleOptions{ID: "medlar/kept/mine", Spec: client.ScheduleSpec{CronExpressions: []string{"0 0 1 1 *"}}, Action: &client.ScheduleWorkflowAction{Workflow: "theirs", TaskQueue: "theirs"}}
	if _, err := c.ScheduleClient().Create(t.Context(), foreign); err != nil {
		t.Fatal(err)
	}
	taken := newBench(t, server)
	taken.flow(strings.Replace(bellsFlow(bell("mine", "0 4 * * *", "")), "flow: bells", "flow: kept", 1))
	told := filepath.Join(taken.folder, "log")
	taken.logTo(told, "serve", "flow.yaml", "--listen", freePort(t))
	eventually(t, "a line of the log", func() bool {
		text, _ := os.ReadFile(told)
		return strings.Contains(string(text), "there is a Schedule medlar/kept/mine that starts something else")
	})
	is("medlar/kept-elsewhere/far", "medlar/kept/mine")
}

// Ticks of the clock begin their runs once, whatever is killed: overlaps are decided by
// the run before.
func testTicks(t *testing.T, server *devserver.Server) {
	b := newBench(t, server)
	c := sdk(t, server)
	long := `, for: 2s}, overlap: `
	trigger := func(name, overlap string) string {
		return strings.Replace(bell(name, "every 1s", ""), `${tick.time}"}`, `${tick.time}"`+long+overlap, 1)
	}
	b.flow(strings.Replace(bellsFlow(trigger("skip", "skip"), trigger("queue", "queue"), trigger("allow", "allow"), strings.Replace(bell("never", "every 1s", ""), "name: never", `name: never, if: "${false}"`, 1)), "flow: bells", "flow: ticks", 1))
	b.worker()
	w := b.serve()
	t.Cleanup(func() { deleteSchedules(t, c, "medlar/ticks/") })
	count := func(name string) (n int) {
		for _, call := range b.calls() {
			if strings.HasPrefix(call, name+"@") {
				n++
			}
		}
		return n
	}
	eventually(t, "ticks", func() bool { return count("allow") >= 2 })
	_ = w.child.Process.Kill() // nobody serves, and workers go on
	<-w.child.done
	eventually(t, "more ticks", func() bool { return count("allow") >= 6 && count("queue") >= 2 && count("skip") >= 2 })
	rang := b.rang()
	again := b.serve()
	eventually(t, "what the server tells of its schedules", func() bool {
		var shown struct {
			Schedules []struct {
				Trigger string
				Runs    []string
				LeftOut int
			}
		}
		if err := json.Unmarshal([]byte(again.until(200, "GET", again.admin+"/-/schedules", "", "").body), &shown); err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, one := range shown.Schedules {
			switch {
			case one.Trigger == "never" && one.LeftOut > 0, one.Trigger != "never" && len(one.Runs) > 0:
				told++
			}
		}
		return told == 4
	})
	if once := slices.Compact(slices.Clone(rang)); len(once) != len(rang) {
		t.Errorf("ticks rang twice: %v", rang)
	}
	if s, q, a := count("skip"), count("queue"), count("allow"); s > a || q > a {
		t.Errorf("skip began %d runs, queue %d, allow %d", s, q, a)
	}
	if n := count("never"); n > 0 {
		t.Errorf("%d runs whose condition is false", n)
	}
	d, err := c.ScheduleClient().GetHandle(t.Context(), "medlar/ticks/skip").Describe(context.Background())
	if err != nil || d.Info.NumActions == 0 {
		t.Errorf("the server tells of %+v: %v", d, err)
	}
}

// deleteSchedules deletes the Schedules of a prefix.
func deleteSchedules(t *testing.T, c client.Client, prefix string) {
	all, err := c.ScheduleClient().List(context.Background(), client.ScheduleListOptions{})
	for err == nil && all.HasNext() {
		var one *client.ScheduleListEntry
		if one, err = all.Next(); err == nil && strings.HasPrefix(one.ID, prefix) {
			err = c.ScheduleClient().GetHandle(context.Background(), one.ID).Delete(context.Background())
		}
	}
	if err != nil {
		t.Error(err)
	}
}
