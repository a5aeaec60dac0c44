package fields

import (
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// AnswerWithin is how long the caller of a route waits at most that says no time.
const AnswerWithin = 30 * time.Second

// MostScheduled bounds the runs of a schedule that are under way: so many are known.
const MostScheduled = 100

// RunsField bounds the runs of a trigger that are under way at the same time.
func RunsField(most int) *schema.Field {
	f := AtLeast(1)
	bound := float64(most)
	f.Maximum = &bound
	return f
}

// CallerRunsField is RunsField of a route and a tool, as sources have it.
var CallerRunsField = RunsField(connector.MaxConcurrency)
