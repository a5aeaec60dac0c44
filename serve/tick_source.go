package serve

import (
	"context"
	"sync"
)

// source begins runs by itself, until ctx ends.
type source interface {
	follow(ctx context.Context)
}

// addSchedule adds the schedule of a trigger.
func (t *table) addSchedule(ctx context.Context, r *route) error {
	k, err := newTicking(r)
	if err != nil {
		return err
	}
	if with, ok := t.server.config.Carrier.(Scheduler); ok {
		if err := with.CheckSchedule(ctx, r.scheduled()); err != nil {
			return err //nolint:wrapcheck // it says all
		}
	}
	t.clocks = append(t.clocks, k)
	t.byName[r.key()] = r
	return nil
}

// sources are what begins runs by itself.
func (t *table) sources() []source {
	var list []source
	if with, ok := t.server.config.Carrier.(Scheduler); ok && !t.server.config.OnlyTools {
		return []source{&carriedSchedules{t.server, t, with}}
	}
	for _, k := range t.clocks {
		list = append(list, k)
	}
	for _, f := range t.feeds {
		list = append(list, f)
	}
	return list
}

// followSources follows those of what is served, until ctx ends.
func (s *Server) followSources(ctx context.Context) {
	for ctx.Err() == nil {
		t := s.table()
		if t == nil {
			return
		}
		if s.config.Carrier == nil {
			s.forgetTriggers(ctx, t)
		}
		inner, stop := context.WithCancel(ctx)
		var following sync.WaitGroup
		for _, one := range t.sources() {
			following.Go(func() { one.follow(inner) })
		}
		select {
		case <-ctx.Done():
		case <-s.changed:
		}
		stop()
		following.Wait()
		t.drop()
	}
}

// forgetTriggers forgets how far the schedules had come that the flows have not
// any more: one that comes back later has missed nothing.
func (s *Server) forgetTriggers(ctx context.Context, t *table) {
	for _, served := range t.flows {
		var names []string
		for _, trigger := range served.Flow.Triggers() {
			if trigger.Path == "" {
				names = append(names, trigger.Name)
			}
		}
		if err := s.ticks.forget(ctx, served.Flow.Name(), names); err != nil && ctx.Err() == nil {
			s.config.Notice(Notice{Problem: true, Text: "schedules that are gone could not be forgotten", Err: err})
		}
	}
}
