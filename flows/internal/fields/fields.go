package fields

import (
	"strings"
	"time"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/schema"
)

var (
	BooleanField = &schema.Field{Type: schema.Boolean}
	NumberField  = &schema.Field{Type: schema.Number}
	CountField   = AtLeast(0)
	StringsField = &schema.Field{Type: schema.List, Elem: &schema.Field{Type: schema.String}, Accept: schema.Accept{BareElement: true}}
)

func AtLeast(least float64) *schema.Field {
	return &schema.Field{Type: schema.Integer, Minimum: &least}
}

var DurationField = positiveDuration()

func positiveDuration() *schema.Field {
	least := 0.0
	return &schema.Field{Type: schema.Duration, Minimum: &least}
}

// ConcurrencyField bounds how many iterations run at once.
var ConcurrencyField = func() *schema.Field {
	f := AtLeast(1)
	most := 10_000.0
	f.Maximum = &most
	return f
}()

// MaxSignalKey bounds the key of a signal, in characters.
const MaxSignalKey = 200

// SignalKeyField is what the key of a signal is.
var SignalKeyField = func() *schema.Field {
	least, most := 1, MaxSignalKey
	return &schema.Field{Type: schema.String, MinLength: &least, MaxLength: &most}
}()

// RolesField are the roles of people who may answer a wait for a signal: one, or
// a list.
var RolesField = func() *schema.Field {
	least, most := 1, 32
	return schema.MustNew(&schema.Field{
		Name: "roles", Type: schema.List, MinLength: &least, MaxLength: &most, Accept: schema.Accept{BareElement: true},
		Elem: &schema.Field{Type: schema.String, Pattern: `^[A-Za-z][A-Za-z0-9_-]{0,63}$`},
	}).Field("roles")
}()

var TimestampField = &schema.Field{Type: schema.Timestamp}

// MaxLabels is how many labels a flow may have.
const MaxLabels = 16

// LabelField is the value of a label: short enough for an index.
var LabelField = func() *schema.Field {
	most := 256
	return &schema.Field{Type: schema.String, Nullable: true, MaxLength: &most}
}()

// Article names a type in a sentence.
func Article(f *schema.Field) string {
	name := f.TypeName()
	switch {
	case name == "string":
		return "text"
	case name == "bytes":
		return name
	case name == "any":
		return "any value"
	case strings.ContainsRune("aeio", rune(name[0])):
		return "an " + name
	}
	if outer, inner, ok := strings.Cut(name, " of "); ok {
		name = outer + " of " + plural(inner)
	}
	return "a " + name
}

// plural names several values of a type: lists of strings.
func plural(name string) string {
	outer, inner, ok := strings.Cut(name, " of ")
	switch {
	case ok:
		return outer + "s of " + plural(inner)
	case name == "bytes":
		return name
	case name == "any":
		return "any values"
	}
	return name + "s"
}

// WithoutKeys returns a type of which nothing is known of the names of the members
// of maps, however deep: what keeps the type may be another map by now.
func WithoutKeys(t *schema.Field) *schema.Field {
	return withoutKeys(t, mostLevels)
}

func withoutKeys(t *schema.Field, levels int) *schema.Field {
	switch {
	case !t.Reaches(func(f *schema.Field) bool { return f != nil && f.Keys != nil }):
		return t
	case levels == 0:
		return nil
	}
	out := *t
	out.Keys, out.Elem = nil, withoutKeys(t.Elem, levels-1)
	if t.Members != nil {
		members := make([]*schema.Field, len(t.Members.Fields()))
		for i, f := range t.Members.Fields() {
			if members[i] = withoutKeys(f, levels-1); members[i] == nil {
				members[i] = &schema.Field{Name: f.Name, Nullable: true, Secret: f.HasSecret()}
			}
		}
		out.Members = ObjectOf(members).Members
		if out.Members != nil && t.Members.IsOpen() {
			out.Members = out.Members.Open()
		}
	}
	return &out
}

func ObjectOf(fields []*schema.Field) *schema.Field {
	s, err := schema.New(fields...)
	if err != nil {
		return &schema.Field{Type: schema.Map}
	}
	return &schema.Field{Type: schema.Object, Members: s}
}

var Anything = &schema.Field{Nullable: true}

// IsTextual reports whether a plain scalar is its source text.
func IsTextual(f *schema.Field) bool {
	switch f.Type {
	case schema.String, schema.Duration, schema.Timestamp, schema.Bytes:
		return true
	case schema.List:
		return f.BareElement && f.Elem != nil && IsTextual(f.Elem)
	default:
		return false
	}
}

// leastStatus and mostStatus bound the statuses of HTTP that tell a failure.
var leastStatus, mostStatus = 400.0, 599.0

// StatusField is what fail.status is.
var StatusField = &schema.Field{Type: schema.Integer, Minimum: &leastStatus, Maximum: &mostStatus}

var FailSchema = schema.MustNew(
	&schema.Field{
		Name: "code", Type: schema.String, Required: true, Pattern: `^[A-Za-z_][A-Za-z0-9_.]*$`,
		Description: "a name for the failure, such as Unhealthy",
	},
	&schema.Field{Name: "message", Type: schema.String, Required: true, Description: "what went wrong, for people"},
	&schema.Field{
		Name: "status", Type: schema.Integer, Minimum: &leastStatus, Maximum: &mostStatus,
		Description: "the status of HTTP that the caller of a served flow gets; 422 if left out",
	},
	&schema.Field{Name: "details", Type: schema.Map, Elem: &schema.Field{Nullable: true}, Description: "values that belong to it"},
)

// The retry of a step that says no more than retry: 3.
const (
	DefaultAttempts = 3
	DefaultDelay    = 500 * time.Millisecond
	DefaultMaxDelay = 30 * time.Second
	DefaultFactor   = 2
)

var AttemptsField = func() *schema.Field {
	f := AtLeast(1)
	most := 1000.0
	f.Maximum = &most
	return f
}()

var RetrySchema = func() *schema.Schema {
	one := 1.0
	duration := func(name, doc string) *schema.Field {
		f := positiveDuration()
		f.Name, f.Description = name, doc
		return f
	}
	attempts := *AttemptsField
	attempts.Name, attempts.Description = "attempts", "how often to try, with the first time"
	return schema.MustNew(
		&attempts,
		duration("delay", "wait before the second attempt"),
		duration("maxDelay", "the longest wait"),
		&schema.Field{Name: "factor", Type: schema.Number, Minimum: &one, Description: "what each wait is multiplied with"},
		&schema.Field{Name: "jitter", Type: schema.Boolean, Description: "wait a random part of the delay"},
		duration("within", "bound of all attempts together"),
		&schema.Field{
			Name: "on", Type: schema.List, Elem: &schema.Field{Type: schema.String}, Accept: schema.Accept{BareElement: true},
			Description: "classes and codes to retry on",
		},
	)
}()

// CallerLimitField says how often one caller may call a route.
var CallerLimitField = &schema.Field{Type: schema.Object, Members: schema.MustNew(
	&schema.Field{Name: "rate", Type: schema.String, Required: true, Description: "How many requests of one caller begin something: 10/s, 600/m, or 1/10s. So many may come at once.", Example: "10/s"},
)}

// LimitField says how often calls of a connection begin.
var LimitField = func() *schema.Field {
	burst := AtLeast(1)
	most := 10_000.0
	burst.Name, burst.Maximum, burst.Description = "burst", &most, "How many calls may begin at once after a while without any; 1 if left out."
	return &schema.Field{Type: schema.Object, Members: schema.MustNew(
		&schema.Field{Name: "rate", Type: schema.String, Required: true, Description: "How many calls may begin: 10/s, 600/m, or 1/10s.", Example: "10/s"}, burst,
	)}
}()

// CircuitField is the circuit breaker of a connection.
var CircuitField = late.Value[*schema.Field]{Make: func() *schema.Field {
	failures := AtLeast(1)
	most := 1000.0
	failures.Name, failures.Maximum, failures.Default = "failures", &most, int64(5)
	failures.Description = "How many calls in a row fail before no more are made: without an answer, or with one of class unavailable."
	shortest, longest := 0.01, 86400.0
	open := &schema.Field{
		Name: "open", Type: schema.Duration, Minimum: &shortest, Maximum: &longest, Default: "30s", Description: "How long none is made then, until one tries whether the service is there again.",
	}
	return &schema.Field{Type: schema.Object, Members: schema.MustNew(failures, open)}
}}

// EnoughField is how many branches or items have to succeed.
var EnoughField = func() *schema.Field {
	f := AtLeast(1)
	f.Required = true
	return f
}()
