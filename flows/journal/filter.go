package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Filter chooses runs; the zero Filter all of them. A run has to meet all that
// is given.
type Filter struct {
	State State  // only runs in this state; empty for all
	Flow  string // only runs of the flow of this name; empty for all
	// Labels that a run has, with these values; nil for any.
	Labels map[string]string
	// Since and Until bound when a run began: at Since or later, before Until;
	// zero for no bound.
	Since, Until time.Time
	Code         string // of the failure of a run that failed, such as Timeout; empty for all
	Class        string // of that failure, such as unavailable; empty for all
	// Step is the path of the step that failed, or of one around it, such as
	// /smoke; without its slash the name of the step or of one around it. Empty
	// for all.
	Step string
	// Text stands in the message of the failure, in upper or lower case; empty
	// for all. Step and Text are looked for in the runs that the other
	// conditions leave.
	Text string
	// Limit is the most to give, the latest first; 0 for no limit.
	Limit int
	// After is the Key of the last run of the page before; empty for the first.
	After string
}

// ErrNoKey refuses to list what comes behind something that is no key of a run.
var ErrNoKey = errors.New("it is no key of a run")

// Searcher is a Store that finds runs by the conditions of a Filter. Of one that
// is none all runs of a state and a flow are read. A run that has not ended is
// Waiting or Running where its owner is alive, by WaitRun, else Interrupted; where
// that is not known, as in a store that is not [Shared], it may be found as each of
// them, and the journal leaves out what is none. Its Key orders it among the others,
// and its State stays Running.
type Searcher interface {
	Store
	// Search lists runs, the latest first.
	Search(ctx context.Context, filter Filter) ([]Run, error)
}

// Runs lists runs, the latest first. Behind the last one is an empty page.
func (j *Journal) Runs(ctx context.Context, filter Filter) ([]Run, error) {
	if (filter.State == Running || filter.State == Waiting) && j.nobodyRuns(ctx) {
		return []Run{}, nil // there may be many that can be resumed, and are not looked at
	}
	found, seen := []Run{}, map[string]bool{}
	for {
		list, last, err := j.page(ctx, filter, seen)
		if err != nil {
			return nil, fmt.Errorf("listing runs: %w", err)
		}
		found = append(found, list...)
		switch {
		case filter.Limit > 0 && len(found) > filter.Limit:
			return found[:filter.Limit], nil
		case last == "" || len(found) == filter.Limit:
			return found, nil
		}
		filter.After = last // not all of the page were like that
	}
}

// page lists runs that the store finds, without those that are in another state after
// all. last is the key of the last that it found; empty where there are no more.
func (j *Journal) page(ctx context.Context, filter Filter, seen map[string]bool) (list []Run, last string, err error) {
	if list, err = j.search(ctx, filter); err != nil {
		return nil, "", err
	}
	if filter.Limit > 0 && len(list) == filter.Limit {
		last = list[len(list)-1].Key
	}
	for i := range list {
		if list[i].State, err = j.standing(ctx, list[i], seen); err != nil {
			return nil, "", err
		}
	}
	if filter.State != "" {
		list = slices.DeleteFunc(list, func(r Run) bool { return r.State != filter.State })
	}
	return list, last, nil
}

// nobodyRuns reports whether no process runs any run: this one has none, and there is no
// other one. It is false where that cannot be said.
func (j *Journal) nobodyRuns(ctx context.Context) bool {
	s, ok := j.store.(interface {
		living(ctx context.Context) ([]string, error)
	})
	if !ok {
		return false
	}
	names, err := s.living(ctx)
	own := j.owner()
	if err != nil || slices.ContainsFunc(names, func(name string) bool { return name != own }) {
		return false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.active)+len(j.parked.all) == 0
}

// search has the store find runs, or looks for them in its list.
func (j *Journal) search(ctx context.Context, filter Filter) ([]Run, error) {
	if s, ok := j.store.(Searcher); ok {
		return s.Search(ctx, filter) //nolint:wrapcheck // the caller says what was done
	}
	stored := Filter{State: State(filter.State.stored()), Flow: filter.Flow}
	list, err := j.store.Runs(ctx, stored)
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what was done
	}
	found := list[:0]
	for _, r := range list {
		r.Key = fmt.Sprintf("%d.%s", nanosOf(r.Started), r.ID)
		if filter.matches(r) {
			found = append(found, r)
		}
	}
	return found, nil
}

// matches reports whether a run meets the conditions, but for its state.
func (f *Filter) matches(r Run) bool {
	for name, text := range f.Labels {
		if r.Labels[name] != text {
			return false
		}
	}
	switch {
	case f.Flow != "" && r.Flow != f.Flow, f.Code != "" && r.Code != f.Code, f.Class != "" && r.Class != f.Class,
		!f.Since.IsZero() && r.Started.Before(f.Since), !f.Until.IsZero() && !r.Started.Before(f.Until),
		f.After != "" && !behind(r.Key, f.After):
		return false
	}
	return f.within(r)
}

// behind reports whether a run comes after one of another key.
func behind(key, after string) bool {
	a, idA, _ := strings.Cut(key, ".")
	b, idB, _ := strings.Cut(after, ".")
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b || a == b && idA < idB
}

// within reports whether a run failed at the step, with the text, of the filter.
func (f *Filter) within(r Run) bool {
	return atStep(r.Step, f.Step) && strings.Contains(strings.ToLower(r.Message), strings.ToLower(f.Text))
}

// atStep reports whether a step is the wanted one, or stands in it.
func atStep(path, wanted string) bool {
	if wanted == "" {
		return true
	}
	if strings.HasPrefix(wanted, "/") {
		rest, ok := strings.CutPrefix(path, wanted)
		return ok && (rest == "" || strings.ContainsAny(rest[:1], "/[#"))
	}
	return slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool {
		name, _, _ := strings.Cut(part, "[")
		name, _, _ = strings.Cut(name, "#")
		return name == wanted
	})
}
