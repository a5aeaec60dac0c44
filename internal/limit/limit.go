// Package limit bounds how often something happens: a [Rate] as flows write it,
// a [Gate] through which calls pass one after the other, and [Keys] with a rate
// for each caller.
package limit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/schema"
)

// Rate is how often something may happen.
type Rate struct {
	// Count is how often in each Per.
	Count int
	// Per is a second, a minute and so on.
	Per time.Duration
}

const (
	mostCount  = 1_000_000
	longestPer = 24 * time.Hour
)

// units are the words for a time.
var units = late.Value[map[string]time.Duration]{Make: func() map[string]time.Duration {
	return map[string]time.Duration{
		"s": time.Second, "sec": time.Second, "second": time.Second, "m": time.Minute, "min": time.Minute, "minute": time.Minute,
		"h": time.Hour, "hour": time.Hour, "d": 24 * time.Hour, "day": 24 * time.Hour,
	}
}}

// Parse reads a rate: 10/s, 600/m, 1000/h, 5000/d, or 1/10s. The error says what
// to write.
func Parse(text string) (Rate, error) {
	count, per, found := strings.Cut(strings.TrimSpace(text), "/")
	if !found {
		return Rate{}, fmt.Errorf("%.40q is no rate%s", text, spoken(text))
	}
	n, err := strconv.Atoi(strings.TrimSpace(count))
	if err != nil || n < 1 || n > mostCount {
		return Rate{}, fmt.Errorf("the rate %.40q does not begin with a number from 1 to %d: %s", text, mostCount, example)
	}
	per = strings.TrimSpace(per)
	d, short := units.Get()[per]
	if !short {
		if d, err = schema.ParseDuration(per); err != nil || d <= 0 || d > longestPer {
			return Rate{}, fmt.Errorf("the rate %.40q does not end with a time from 1ms to a day: %s", text, example)
		}
	}
	if d < time.Millisecond {
		return Rate{}, errors.New("the time of a rate is at least 1ms: " + example)
	}
	return Rate{Count: n, Per: d}, nil
}

const example = "write 10/s, 600/m, or 1/10s"

// spoken says how to write a rate that is written otherwise: 10 per second, 10rps.
func spoken(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	digits := strings.TrimRight(strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz "), " ")
	if n, err := strconv.Atoi(digits); err == nil && n > 0 {
		for unit, written := range map[string]string{"s": "s", "second": "s", "minute": "m", "hour": "h", "day": "d"} {
			rest := strings.TrimSpace(strings.TrimPrefix(text, digits))
			if rest == "per "+unit || rest == "a "+unit || rest == "rp"+unit {
				return fmt.Sprintf(": write %d/%s", n, written)
			}
		}
	}
	return ": " + example
}

// String returns the rate as Parse reads it.
func (r Rate) String() string {
	for _, unit := range []string{"s", "m", "h", "d"} {
		if r.Per == units.Get()[unit] {
			return fmt.Sprintf("%d/%s", r.Count, unit)
		}
	}
	return fmt.Sprintf("%d/%s", r.Count, r.Per)
}

func (r Rate) limit() rate.Limit { return rate.Limit(float64(r.Count) / r.Per.Seconds()) }

// Gate lets calls pass at a rate, evenly, in the order in which they come. It is
// safe for concurrent use.
type Gate struct{ limiter *rate.Limiter }

// NewGate returns a gate that is open for burst calls at once.
func NewGate(r Rate, burst int) *Gate { return &Gate{rate.NewLimiter(r.limit(), max(burst, 1))} }

// Wait returns when the call may pass, or the error of ctx when that ends first:
// the call then takes nobody's turn.
func (g *Gate) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err //nolint:wrapcheck // the caller knows what it waits for
	}
	turn := g.limiter.Reserve()
	delay := turn.Delay()
	if delay <= 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		turn.Cancel()
		return ctx.Err() //nolint:wrapcheck // the caller knows what it waits for
	}
}
