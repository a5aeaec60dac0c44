package fields

import (
	"time"

	"github.com/medlar-flow/medlar/schema"
)

// AnswerWithin is how long the caller of a route waits at most that says no time.
const AnswerWithin = 30 * time.Second

// AuthSchemes are the ways in which the callers of a route are known, each with
// what it needs.
var AuthSchemes = schema.MustNew(
	&schema.Field{
		Name: "bearer", Type: schema.List, Elem: &schema.Field{Type: schema.String, Secret: true}, Accept: schema.Accept{BareElement: true},
		Description: "the tokens of which one is the caller's, sent as Authorization: Bearer TOKEN",
	},
)
