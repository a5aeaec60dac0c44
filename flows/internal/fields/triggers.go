package fields

import "time"

// AnswerWithin is how long the caller of a route waits at most that says no time.
const AnswerWithin = 30 * time.Second
