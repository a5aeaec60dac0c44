package retryafter

import (
	"net/http"
	"testing"
	"time"
)

func TestOf(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name, value, date string
		want              time.Duration
	}{
		{"none", "", "", 0},
		{"seconds", "120", "", 2 * time.Minute},
		{"a part of a second", "1.5", "", 1500 * time.Millisecond},
		{"blanks", " 3 ", "", 3 * time.Second},
		{"a date", "Sat, 31 Jan 2026 12:00:30 GMT", "", 30 * time.Second},
		{"a date by the service's clock", "Sat, 31 Jan 2026 13:00:30 GMT", "Sat, 31 Jan 2026 13:00:00 GMT", 30 * time.Second},
		{"a date in RFC 850", "Saturday, 31-Jan-26 12:00:30 GMT", "", 30 * time.Second},
		{"a date that is over", "Sat, 31 Jan 2026 11:00:30 GMT", "", 0},
		{"less than nothing", "-1", "", 0},
		{"a day", "86400", "", 24 * time.Hour},
		{"more than a day", "86401", "", 0},
		{"no number", "NaN", "", 0},
		{"endless", "Inf", "", 0},
		{"words", "soon", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			h.Set("Retry-After", tt.value)
			if tt.date != "" {
				h.Set("Date", tt.date)
			}
			if got := Of(h, now); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
