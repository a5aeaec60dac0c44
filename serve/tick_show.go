package serve

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/internal/tick"
	"github.com/medlar-flow/medlar/internal/value"
)

// Schedule is a schedule that is served, as it stands.
type Schedule struct {
	Flow     string    // the name of the flow
	Trigger  string    // the name of the trigger
	Times    string    // when it ticks, as the flow has it
	Zone     string    // the time zone
	Next     time.Time // the next tick; zero for none
	Seen     time.Time // ticks up to it are decided on; zero before the first look
	Due      int       // ticks that wait for their runs to begin
	LeftOut  int64     // ticks that begin no run, since these flows are served
	LastRuns []string  // the latest runs of it, the oldest first
	Paused   bool      // somebody paused it where the runs are carried
	Note     string    // what was noted there
}

// hasCallers reports whether requests begin runs of a trigger: their senders may
// know these. Runs of a schedule are the operators' business.
func (r *route) hasCallers() bool { return r != nil && (r.trigger.Path != "" || r.trigger.Tool != nil) }

// Schedules lists the schedules that are served, in the order of the flows. Of those that
// others follow it says what the flows say; GET /-/schedules asks them.
func (s *Server) Schedules() []Schedule {
	var list []Schedule
	for _, k := range s.now.Load().clocks {
		list = append(list, k.state())
	}
	return list
}

// state returns how a schedule stands.
func (k *ticking) state() Schedule {
	t := k.route.trigger
	v := Schedule{Flow: k.route.served.Flow.Name(), Trigger: t.Name, Times: t.Schedule, Zone: t.Zone}
	after := k.server.config.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	v.LeftOut = k.leftOut
	if k.kept != nil {
		v.Seen, v.Due, v.LastRuns = k.kept.Seen, len(k.kept.Due), slices.Clone(k.kept.Runs)
		if ahead := v.Seen.Sub(after); ahead > 0 && ahead <= tick.MostAhead {
			after = v.Seen // the clock was set back: these have ticked
		}
	}
	v.Next, _ = k.rules.Schedule.Next(after)
	return v
}

// listSchedules lists the schedules, with their next ticks.
func (s *Server) listSchedules(x *exchange, req *http.Request) {
	x.access.Route = "GET /-/schedules"
	all := s.Schedules()
	if with, ok := s.config.Carrier.(Scheduler); ok {
		ctx, cancel := context.WithTimeout(req.Context(), 10*time.Second)
		defer cancel()
		all = nil
		for _, k := range s.now.Load().clocks {
			one, err := k.carriedState(ctx, with)
			if err != nil {
				x.refuse(s.unreadJournal(err))
				return
			}
			all = append(all, one)
		}
	}
	list := []map[string]any{}
	for _, k := range all {
		v := map[string]any{
			"flow": k.Flow, "trigger": k.Trigger, "schedule": k.Times, "timezone": k.Zone,
			"waiting": k.Due, "leftOut": k.LeftOut, "runs": k.LastRuns, "next": nil,
		}
		if s.config.Carrier != nil {
			v["paused"], v["note"] = k.Paused, k.Note
		}
		if k.LastRuns == nil {
			v["runs"] = []string{}
		}
		if !k.Next.IsZero() {
			v["next"] = value.FormatTime(k.Next)
		}
		list = append(list, v)
	}
	x.sendJSON(http.StatusOK, map[string]any{"schedules": list})
}
