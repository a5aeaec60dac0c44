package bind

import (
	"time"

	"github.com/medlar-flow/medlar/schema"
)

// Ref is a root value that an expression refers to: {"ctx", ""},
// {"steps", "alias"}, {"secrets", "token"}, {"env", "HOME"}, {"item", ""}.
type Ref struct{ Root, Name string }

// String returns the reference as an expression spells it.
func (r Ref) String() string {
	if r.Name == "" {
		return r.Root
	}
	return r.Root + "." + r.Name
}

// Binding is what a scope knows of a reference.
type Binding struct {
	Slot   int           // where Vars keeps its value
	Type   *schema.Field // static type; nil: any
	Secret bool          // the whole value is secret
	// Members, where set, are those of Type, which declares none.
	Members Members
	Source  string // who gives the value, for help: "lambda.updateAlias"
	// Types are what the value can be beside others, where Type does not say.
	Types []schema.Type
	// MayBeNull is true of a name without members, such as a loop's, that can be
	// null by what the flow does. The scope is a NullScope then.
	MayBeNull bool
}

// Members are the members of a value that are looked up one by one.
type Members interface {
	// Member returns the type of a member, and its canonical name; nil where
	// there is none.
	Member(name string) (t *schema.Field, canonical string)
	// Names lists them, for suggestions.
	Names() []string
	// IsOpen reports whether there can be others.
	IsOpen() bool
	// Whole returns the type where the value is taken as a whole, and not a
	// member by its name.
	Whole() *schema.Field
}

// Scope resolves references while an expression is compiled.
type Scope interface {
	// Resolve says what ref is, or what is wrong with it. A Problem without
	// Offset and Length is placed on the reference. One without a Message gets
	// that of an unknown name with a suggestion.
	Resolve(ref Ref) (Binding, *Problem)
	// Roots lists the root names in scope, for suggestions.
	Roots() []string
}

// MixedScope is what a Scope may also be: one that knows of which types a value can be
// that is declared to be of any.
type MixedScope interface {
	// Mixed lists the types of a value, or of the elements of a list, by their
	// declaration; none where it knows nothing. path is where they stand:
	// item.value. Conditions around may say that they are not of each.
	Mixed(t *schema.Field, path string) []schema.Type
}

// Vars gives values while an expression is evaluated. The values are those of
// flows (see value.Normalize) and are not changed.
type Vars interface {
	// Load returns a value. kept is true where it may be kept as it is, and not
	// only be looked into until the evaluation ends.
	Load(slot int, kept bool) any
	// Payloads is false where no value holds a *value.Payload.
	Payloads() bool
}

// Spelling is what Vars may also implement: Exact is true where a computed name finds a
// header in its own case alone.
type Spelling interface{ Exact() bool }

// World is what Vars may also implement: what now() and uuid() read.
type World interface {
	Now() time.Time
	UUID() string
}
