package flows

import (
	"errors"
	"math"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// The retry of a step that says no more than retry: 3.
const (
	defaultAttempts = 3
	defaultDelay    = 500 * time.Millisecond
	defaultMaxDelay = 30 * time.Second
	defaultFactor   = 2
)

var attemptsField = func() *schema.Field {
	f := atLeast(1)
	most := 1000.0
	f.Maximum = &most
	return f
}()

var retrySchema = func() *schema.Schema {
	one := 1.0
	duration := func(name, doc string) *schema.Field {
		f := positiveDuration()
		f.Name, f.Description = name, doc
		return f
	}
	attempts := *attemptsField
	attempts.Name, attempts.Description = "attempts", "how often to try, with the first time"
	return schema.MustNew(
		&attempts,
		duration("delay", "wait before the second attempt"),
		duration("maxDelay", "the longest wait"),
		&schema.Field{Name: "factor", Type: schema.Number, Minimum: &one, Description: "what each wait is multiplied with"},
		&schema.Field{Name: "jitter", Type: schema.Boolean, Description: "wait a random part of the delay"},
		duration("within", "bound of all attempts together"),
		&schema.Field{
			Name: "on", Type: schema.List, Elem: &schema.Field{Type: schema.String}, BareElement: true,
			Description: "classes and codes to retry on",
		},
	)
}()

func defaultRetry() *retryPolicy {
	return &retryPolicy{
		attempts: defaultAttempts, delay: defaultDelay, maxDelay: defaultMaxDelay, factor: defaultFactor, jitter: true,
		on: map[string]bool{string(connector.Throttled): true, string(connector.Unavailable): true},
	}
}

// read takes what a retry: {...} gives, converted.
func (p *retryPolicy) read(v map[string]any) {
	if n, ok := v["attempts"].(int64); ok {
		p.attempts = int(n)
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

// wait gives the time between an attempt and the next. random is in [0, 1);
// with jitter the wait is that part of the delay ("full jitter").
func (p *retryPolicy) wait(attempt int, asked time.Duration, random float64) time.Duration {
	d := float64(p.delay) * math.Pow(p.factor, float64(attempt-1))
	d = min(d, float64(p.maxDelay))
	if p.jitter {
		d *= random
	}
	return max(time.Duration(d), asked)
}

// again is true if a failed attempt is one to try again after.
func (p *retryPolicy) again(attempt int, err *connector.Error) bool {
	return attempt < p.attempts && !errors.Is(err, errStopped) && err.Matches(p.on)
}

// errStopped marks the errors of a run that was told to stop.
var errStopped = errors.New("the run was stopped")
