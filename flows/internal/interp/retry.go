package interp

import (
	"errors"
	"math"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

func DefaultRetry() *RetryPolicy {
	return &RetryPolicy{
		Attempts: fields.DefaultAttempts, delay: fields.DefaultDelay, maxDelay: fields.DefaultMaxDelay, factor: fields.DefaultFactor, jitter: true,
		on: map[string]bool{string(connector.ClassThrottled): true, string(connector.ClassUnavailable): true},
	}
}

// Read takes what a retry: {...} gives, converted.
func (p *RetryPolicy) Read(v map[string]any) {
	if n, ok := v["attempts"].(int64); ok {
		p.Attempts = int(n)
	}
	for name, d := range map[string]*time.Duration{"delay": &p.delay, "maxDelay": &p.maxDelay, "within": &p.within} {
		if text, ok := v[name].(string); ok {
			*d, _ = time.ParseDuration(text)
		}
	}
	switch n := v["factor"].(type) {
	case int64:
		p.factor = float64(n)
	case float64:
		p.factor = n
	}
	if v["maxDelay"] == nil {
		p.maxDelay = max(p.maxDelay, p.delay)
	}
	if b, ok := v["jitter"].(bool); ok {
		p.jitter = b
	}
	if on, ok := v["on"].([]any); ok {
		p.on = map[string]bool{}
		for _, name := range on {
			p.on[name.(string)] = true
		}
	}
}

// wait returns the time between an attempt and the next. random is in [0, 1);
// with jitter the wait is that part of the delay ("full jitter").
func (p *RetryPolicy) wait(attempt int, asked time.Duration, random float64) time.Duration {
	d := float64(p.delay) * math.Pow(p.factor, float64(attempt-1))
	d = min(d, float64(p.maxDelay))
	if p.jitter {
		d *= random
	}
	return max(time.Duration(d), asked)
}

// again reports whether a failed attempt is one to try again after.
func (p *RetryPolicy) again(attempt int, err *report.RunError) bool {
	return attempt < p.Attempts && !errors.Is(err, runtime.ErrStopped) && err.Matches(p.on)
}
