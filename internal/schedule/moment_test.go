package schedule_test

import (
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/schedule"
)

func TestMoment(t *testing.T) {
	now := time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)
	tests := []struct {
		text string
		want time.Time
		ok   bool
	}{
		{"", time.Time{}, true},
		{"24h", now.Add(-24 * time.Hour), true},
		{"7d", now.AddDate(0, 0, -7), true},
		{"2026-11-27", time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC), true},
		{"2026-11-27T10:00:00.5+01:00", time.Date(2026, 11, 27, 9, 0, 0, 500_000_000, time.UTC), true},
		{"-1h", time.Time{}, false},
		{"yesterday", time.Time{}, false},
	}
	for _, tt := range tests {
		if got, ok := schedule.Moment(tt.text, now); ok != tt.ok || !got.Equal(tt.want) {
			t.Errorf("%q is %s, %t; want %s, %t", tt.text, got, ok, tt.want, tt.ok)
		}
	}
}
