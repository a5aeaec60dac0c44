package serve

import (
	"context"
	"fmt"
	"time"

	"github.com/medlar-flow/medlar/flows"
)

// Scheduler is a Carrier that follows the schedules of flows, also when no server is
// there.
type Scheduler interface {
	// CheckSchedule says why a schedule cannot be followed; nil where it can.
	CheckSchedule(ctx context.Context, s Scheduled) error
	// FollowSchedules has these schedules be followed from now on, and no others of
	// these flows: those are gone, and forgotten, as are those of flows that were
	// served from the same place and are not any more. flows are the names of all that
	// are served. One that is followed already goes on as it is. told says what has
	// changed, also where there is an error.
	FollowSchedules(ctx context.Context, flows []string, list []Scheduled) (told []string, err error)
	// ScheduleState tells how one stands; nil for one that is not followed yet.
	ScheduleState(ctx context.Context, s Scheduled) (*ScheduleState, error)
}

// ScheduleState is how a schedule stands that a Scheduler follows.
type ScheduleState struct {
	Paused   bool      // somebody paused it there
	Note     string    // what was noted there
	Seen     time.Time // ticks up to it are decided on; zero before the first
	Due      int       // ticks that wait for their runs to begin
	LeftOut  int64     // ticks that began no run
	LastRuns []string  // the latest runs of it, the oldest first
}

// carriedState has those who follow the schedules of a server tell how one stands.
func (k *ticking) carriedState(ctx context.Context, with Scheduler) (Schedule, error) {
	v := k.state()
	told, err := with.ScheduleState(ctx, k.route.scheduled())
	if err != nil || told == nil {
		return v, err //nolint:wrapcheck // it says all
	}
	v.Paused, v.Note, v.Seen, v.Due, v.LeftOut, v.LastRuns = told.Paused, told.Note, told.Seen, told.Due, told.LeftOut, told.LastRuns
	if v.Paused {
		v.Next = time.Time{}
	}
	return v, nil
}

// Scheduled is a schedule of a flow.
type Scheduled struct {
	Flow    *flows.Flow
	Trigger *flows.Trigger
	// Options are those of its runs.
	Options []flows.RunOption
}

// scheduled is the schedule of a route as a Scheduler gets it.
func (r *route) scheduled() Scheduled {
	return Scheduled{Flow: r.served.Flow, Trigger: r.trigger, Options: r.options}
}

// carriedSchedules has those who carry the runs follow the schedules of a table.
type carriedSchedules struct {
	server *Server
	table  *table
	with   Scheduler
}

// follow tells them, again until they have taken it.
func (c *carriedSchedules) follow(ctx context.Context) {
	var list []Scheduled
	for _, k := range c.table.clocks {
		list = append(list, k.route.scheduled())
	}
	var names []string
	for _, served := range c.table.flows {
		names = append(names, served.Flow.Name())
	}
	said := ""
	for ctx.Err() == nil {
		told, err := c.with.FollowSchedules(ctx, names, list)
		for _, text := range told {
			c.server.config.Notice(Notice{Text: text})
		}
		if err == nil || ctx.Err() != nil {
			return
		}
		if text := fmt.Sprint(err); text != said {
			said = text
			c.server.config.Notice(Notice{Problem: true, Text: "the schedules cannot be followed yet; it is tried again", Err: err})
		}
		c.server.config.sleep(ctx, mostSleep, nil)
	}
}
