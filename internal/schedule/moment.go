package schedule

import (
	"time"

	"github.com/medlar-flow/medlar/schema"
)

// HelpMoment says what Moment reads.
const HelpMoment = "write how long ago (24h, 7d), a day (2026-11-28) or a time (2026-11-28T08:00:00Z)"

// Moment reads what people write for a time in the past: how long before now, a day,
// which begins in UTC, or a time by RFC 3339. Nothing is the zero time; ok is false for
// anything else.
func Moment(text string, now time.Time) (t time.Time, ok bool) {
	if text == "" {
		return t, true
	}
	if ago, err := schema.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), true
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return t, false
}
