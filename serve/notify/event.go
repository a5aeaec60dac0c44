package notify

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/flows/journal"
)

// The types of what is told.
const (
	// TypeNotUndone tells of runs that failed, or were canceled, and left something that
	// could not be undone.
	TypeNotUndone = "run.not_undone"
	// TypeRate tells of a flow whose rate of failures went beyond its bound.
	TypeRate = "flow.failure_rate"
	// TypeRecovered tells of one whose rate is within its bound again.
	TypeRecovered = "flow.failure_rate.recovered"
)

// Run is what is told of a run.
type Run struct {
	Run       string    `json:"run"`               // its name
	Flow      string    `json:"flow"`              // the name of its flow
	Trigger   string    `json:"trigger,omitempty"` // of the trigger that began it
	State     string    `json:"state"`             // failed or canceled
	Code      string    `json:"code,omitempty"`    // of the failure
	Class     string    `json:"class,omitempty"`   // of the failure
	Step      string    `json:"step,omitempty"`    // the path of the step that failed
	NotUndone []string  `json:"notUndone"`         // the paths of what was not undone, at most 20
	More      int       `json:"notUndoneMore"`     // how many there are beyond these
	StartedAt time.Time `json:"startedAt"`         // when it began
	EndedAt   time.Time `json:"endedAt"`           // when it ended
}

// Flow is what is told of the runs of a flow.
type Flow struct {
	Flow   string    `json:"flow"`   // its name
	Failed int       `json:"failed"` // runs that failed within that time
	Ended  int       `json:"ended"`  // runs that ended within that time
	Over   float64   `json:"over"`   // the bound, as it is set
	Within string    `json:"within"` // the time
	At     time.Time `json:"at"`     // when the bound was crossed
}

// mostPaths bounds the steps that are named of a run.
const mostPaths = 20

// kept is a notice as the outbox has it.
type kept struct {
	Type string          `json:"type"`
	Item json.RawMessage `json:"item"`
}

// about reports whether the target is told of a flow.
func (r *recipient) about(flow string) bool {
	return len(r.Flows) == 0 || slices.ContainsFunc(r.Flows, func(pattern string) bool {
		ok, _ := path.Match(pattern, flow) // the patterns are checked
		return ok
	})
}

// ended is what is to be told of the end of a run.
func (r *recipient) ended(end journal.RunEnd) []journal.Notice {
	if !r.about(end.Flow) {
		return nil
	}
	var list []journal.Notice
	if f := end.Failure; r.NotUndone && f != nil && (len(f.NotUndone) > 0 || len(f.UndoErrors) > 0) {
		paths := f.NotUndone
		if len(paths) == 0 {
			for _, e := range f.UndoErrors {
				paths = append(paths, e.Step)
			}
		}
		list = append(list, r.notice(TypeNotUndone, end.Ended, end.ID, Run{
			Run: end.ID, Flow: end.Flow, Trigger: end.Trigger, State: string(end.State), Code: f.Code, Class: string(f.Class), Step: f.Step,
			NotUndone: slices.Clone(paths[:min(len(paths), mostPaths)]), More: max(0, len(paths)-mostPaths),
			StartedAt: end.Started.UTC(), EndedAt: end.Ended.UTC(),
		}))
	}
	if r.Rate.On && end.State != journal.Canceled {
		if n := r.count(end.Flow, end.State == journal.Failed); n != nil {
			list = append(list, *n)
		}
	}
	return list
}

// notice makes a notice; of the same type, target and subject there is one.
func (r *recipient) notice(kind string, at time.Time, subject string, item any) journal.Notice {
	text, _ := json.Marshal(item) // texts, numbers and times
	data, _ := json.Marshal(kept{Type: kind, Item: text})
	return journal.Notice{ID: hash(kind, r.Name, subject), To: r.Name, At: at, Data: data}
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// rate counts the runs of a flow that have ended lately, by parts of the time.
type rate struct {
	parts [rateParts]struct{ at, failed, ended int64 }
	over  bool // it was told that it is
}

// rateParts is into how many parts the time is cut: what is counted is that of so
// many parts, the present one among them.
const rateParts = 20

// mostFlows bounds the flows that are counted.
const mostFlows = 10_000

// add counts a run.
func (c *rate) add(part int64, failed bool) {
	p := &c.parts[part%rateParts]
	if p.at != part {
		p.at, p.failed, p.ended = part, 0, 0
	}
	p.ended++
	if failed {
		p.failed++
	}
}

// sum counts the runs of the time.
func (c *rate) sum(part int64) (failed, ended int64) {
	for _, p := range c.parts {
		if p.at > part-rateParts && p.at <= part {
			failed, ended = failed+p.failed, ended+p.ended
		}
	}
	return failed, ended
}

// count counts a run, and returns what is to be told of that; nil for nothing.
func (r *recipient) count(flow string, failed bool) *journal.Notice {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.rates[flow]
	if c == nil {
		if len(r.rates) == mostFlows {
			return nil
		}
		c = &rate{}
		r.rates[flow] = c
	}
	c.add(r.part(), failed)
	return r.crossed(flow, c)
}

// recovered returns what is to be told of flows whose failures have become old.
func (r *recipient) recovered() (list []journal.Notice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for flow, c := range r.rates {
		if n := r.crossed(flow, c); n != nil {
			list = append(list, *n)
		}
		if _, ended := c.sum(r.part()); ended == 0 && !c.over {
			delete(r.rates, flow)
		}
	}
	return list
}

// part is the present part of the time.
func (r *recipient) part() int64 {
	return r.notifier.config.Now().UnixNano() / max(1, int64(r.Rate.Within)/rateParts)
}

// crossed returns what is to be told of a flow's rate; nil where that is on the side
// of its bound where it was. r.mu is held.
func (r *recipient) crossed(flow string, c *rate) *journal.Notice {
	failed, ended := c.sum(r.part())
	over := ended >= int64(r.Rate.AtLeast) && float64(failed) > r.Rate.Over*float64(ended)
	if over == c.over {
		return nil
	}
	c.over = over
	kind, now := TypeRecovered, r.notifier.config.Now()
	if over {
		kind = TypeRate
	}
	n := r.notice(kind, now, flow+strconv.FormatInt(now.UnixNano(), 10), Flow{
		Flow: flow, Failed: int(failed), Ended: int(ended), Over: r.Rate.Over, Within: r.Rate.Within.String(), At: now.UTC(),
	})
	return &n
}

// byAge orders notices.
func byAge(a, b journal.Notice) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) }
