// Package schedule says when a schedule ticks: crontab(5)'s five fields, @daily
// and its kind, and "every 15m", in a time zone with its changes of the clock.
//
// Begin with [Parse], then ask [Schedule.Next]. The package reads no clock,
// starts nothing and remembers nothing: which ticks have run is the caller's
// business, as is what becomes of those that nobody was there for
// ([Schedule.Between]).
//
// Where a zone changes its clock:
//
//   - a time that does not exist that day ticks at the first moment that does;
//     several such times are one tick;
//   - a time that comes twice ticks once, the first time;
//   - where the minute or the hour begins with *, and for "every", ticks go by
//     what the clock shows: what it leaves out does not tick, what it shows
//     twice ticks twice. An hourly schedule so ticks each hour.
package schedule

import (
	"strings"
	"time"
)

// Schedule is when something is to happen. Make one with Parse; it does not
// change afterwards and may be used by many goroutines.
type Schedule struct {
	zone *time.Location
	text string
	// every is the distance between two ticks on the clock, in seconds; 0 where the
	// fields say when.
	every int64

	minute, hour, day, month, weekday field
}

// Parse reads a schedule whose times are those of a zone; nil is UTC. The error
// is Mistakes.
func Parse(text string, zone *time.Location) (*Schedule, error) {
	if zone == nil {
		zone = time.UTC
	}
	p := &parser{text: text}
	s := p.schedule()
	if len(p.mistakes) > 0 {
		return nil, p.mistakes
	}
	s.zone = zone
	return s, nil
}

// String returns the schedule in one spelling for all that mean the same fields:
// numbers for names, five fields for @daily. It does not name the zone.
func (s *Schedule) String() string { return s.text }

// Zone returns the zone of the times.
func (s *Schedule) Zone() *time.Location { return s.zone }

// literal reports whether ticks go by what the clock shows, without a time made
// up for or left out.
func (s *Schedule) literal() bool { return s.every > 0 || s.minute.star || s.hour.star }

// Mistake is something in a schedule that cannot be.
type Mistake struct {
	// Start and End are where it stands in the text, as offsets in bytes.
	Start, End int
	// Message says what is wrong.
	Message string
	// Help says what to write instead; may be empty.
	Help string
}

// Error returns message and help.
func (m Mistake) Error() string {
	if m.Help == "" {
		return m.Message
	}
	return m.Message + ": " + m.Help
}

// Mistakes are all that is wrong with a schedule, in the order of the text.
type Mistakes []Mistake

// Error returns the mistakes in one line.
func (m Mistakes) Error() string {
	all := make([]string, len(m))
	for i, one := range m {
		all[i] = one.Error()
	}
	return strings.Join(all, "; ")
}
