// Package retryafter reads how long a service asks to be left alone.
package retryafter

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Longest is the longest delay that is taken seriously.
const Longest = 24 * time.Hour

// Of returns the delay that the header Retry-After asks for, in seconds or up
// to a date (RFC 9110, section 10.2.3); 0 for none, and for one that is none to
// take seriously. now stands in for a Date that the answer does not have.
func Of(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		return Seconds(seconds)
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return bounded(until.Sub(now))
}

// Seconds returns a delay of seconds, 0 for one that is none.
func Seconds(n float64) time.Duration {
	if !(n > 0 && n <= Longest.Seconds()) { // also no number
		return 0
	}
	return time.Duration(n * float64(time.Second))
}

func bounded(d time.Duration) time.Duration {
	if d <= 0 || d > Longest {
		return 0
	}
	return d
}
