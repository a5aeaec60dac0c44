// Package schema says what a parameter is: its type, whether it is required,
// what values it takes, under which other names it may be given, and what it
// is for. One Schema serves the checker, the conversion of values, the
// command's help, the JSON Schema for editors and the typed expressions.
//
// Begin with [For], which reads a Go struct's tags, or with [New], which takes
// fields. [Schema.Convert] turns a map of values into the declared form or
// says which fields are wrong.
//
// The package does not read YAML and knows nothing of expressions.
package schema

import (
	"fmt"
	"slices"
	"strings"
)

// Type is the kind of value that a field takes.
type Type uint8

// The types of the flow language. The zero Type is Any.
const (
	Any       Type = iota // any value, unchanged
	String                // text
	Integer               // a 64-bit integer
	Number                // a float64, or an integer
	Boolean               // true or false
	Duration              // text such as 1m30s: Go's notation, and days
	Timestamp             // RFC 3339 text; offsets are turned into UTC
	Bytes                 // raw bytes; text is taken as base64
	Object                // members with names and types of their own
	List                  // values of one type
	Map                   // text keys, values of one type
)

var typeNames = [...]string{
	Any: "any", String: "string", Integer: "integer", Number: "number", Boolean: "boolean",
	Duration: "duration", Timestamp: "timestamp", Bytes: "bytes", Object: "object", List: "list", Map: "map",
}

// String returns the type's name as flows spell it.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("type(%d)", uint8(t))
}

// ParseType returns the type that a flow's `type:` names. secret is true for
// "secret", which is a string that is never shown.
func ParseType(name string) (t Type, secret, ok bool) {
	if name == "secret" {
		return String, true, true
	}
	i := slices.Index(typeNames[:], name)
	if i < 0 {
		return Any, false, false
	}
	return Type(i), false, true
}

// TypeNames lists every name that ParseType accepts.
func TypeNames() []string { return append(slices.Clone(typeNames[:]), "secret") }

// Field describes one value: a parameter, a member of an object, the element
// of a list or map, an input of a flow, or a result.
type Field struct {
	Name    string   // canonical name, lowerCamel; empty for an element
	Aliases []string // other accepted spellings
	Type    Type
	// Required is true where a value other than null must be given.
	Required bool
	// NotNull is true where a value that is given must not be null: left out, the
	// call would touch more than the flow says. ?? omit leaves it out.
	NotNull bool
	// Nullable is true for a result that can be null.
	Nullable bool
	// Absent is true of a Nullable member, or element, that is null where its author
	// says so, and not only where a service leaves something out: an optional member
	// of an input. The check warns where it is used as if it were there.
	Absent bool
	// Secret values are never shown to people.
	Secret bool

	Default any   // used where no value is given; nil: none
	Enum    []any // the values allowed; nil: all
	Pattern string
	Minimum *float64 // inclusive
	Maximum *float64 // inclusive
	// MinLength and MaxLength count characters of text, bytes of bytes, and
	// elements of lists and maps. Both are inclusive.
	MinLength *int
	MaxLength *int
	// Advice makes the pattern and the bounds advice: other values are passed
	// on, with a warning of the checker.
	Advice bool

	Members *Schema // of an Object; nil: members are not declared
	Elem    *Field  // of a List or Map; nil: any
	Keys    *Keys   // of a Map: which names its members never have; nil: nothing is known

	Description string
	Example     string

	// Accept is what the field takes beside that: other forms and other places.
	Accept

	pattern *pattern
}

// Accept says what a field takes beside values of its declared form, and what
// becomes of them. The zero value takes nothing else. Services whose older
// clients, command lines and consoles write one value in several ways need it;
// most fields do not.
type Accept struct {
	// OpenEnum passes values outside Enum on, with a warning of the checker.
	OpenEnum bool
	// JSONText lets text stand for a list, map or object that it holds as JSON.
	JSONText bool
	// BareElement lets one value stand for a list of it.
	BareElement bool
	// File lets {file: path} stand for the content of a file.
	File bool
	// Unread hands that file over as a *File, which nobody has read, in place of
	// its content. The field is of type Any.
	Unread bool
	// Payload lets a value of any type be a payload that nobody has decoded, or
	// hold some: a parameter of the kind takes them as they came, a result
	// gives them.
	Payload bool
	// Omit lets ?? omit leave a value out on purpose, where null is refused by some
	// calls only.
	Omit bool
	// Drop checks a value and then leaves it out.
	Drop bool
	// Into puts the value at this path of canonical names instead of under the
	// field's own: another spelling that reaches into an object.
	Into []string
	// Coerce, where set, turns other shapes into the declared one before
	// anything else is checked. It returns values that it does not know as
	// they are, and null for what counts as not given. Its errors are shown to
	// people, so those of a secret field do not hold the value.
	Coerce func(any) (any, error)
}

// TypeName returns the type as documentation shows it: "list of string",
// "map of number", "secret".
func (f *Field) TypeName() string {
	switch {
	case f.Secret && f.Type == String:
		return "secret"
	case (f.Type == List || f.Type == Map) && f.Elem != nil && f.Elem != f:
		return f.Type.String() + " of " + f.Elem.TypeName()
	default:
		return f.Type.String()
	}
}

// Schema is a set of fields. Make one with New or For; it does not change
// afterwards and may be used by many goroutines.
type Schema struct {
	fields []*Field
	index  map[string]*Field
	open   bool
	parent *Schema // an older layer, shown where a name is not ours: see With
	rest   *Field  // of an open one; nil for anything
}

// New makes a schema. It is an error if two fields share a name or spelling,
// or if a pattern does not compile.
func New(fields ...*Field) (*Schema, error) {
	s := &Schema{fields: fields, index: make(map[string]*Field, len(fields)*2)}
	for _, f := range fields {
		if err := s.add(f); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// MustNew is New for fields written in the program: it panics on a mistake.
func MustNew(fields ...*Field) *Schema {
	s, err := New(fields...)
	if err != nil {
		panic(err)
	}
	return s
}

// Open returns a schema of the same fields that lets unknown members pass.
func (s *Schema) Open() *Schema {
	return &Schema{fields: s.fields, index: s.index, open: true, parent: s.parent}
}

// OpenTo returns a schema of the same fields that lets unknown members pass where
// they are written as rest says.
func (s *Schema) OpenTo(rest *Field) *Schema {
	open := s.Open()
	open.rest = rest
	return open
}

// Rest says how members beside the fields are written; nil for anything.
func (s *Schema) Rest() *Field {
	if s == nil {
		return nil
	}
	return s.rest
}

// IsOpen reports whether members beside the fields are allowed.
func (s *Schema) IsOpen() bool { return s == nil || s.open }

func (s *Schema) add(f *Field) error {
	if err := f.compile(); err != nil {
		return fmt.Errorf("field %q: %w", f.Name, err)
	}
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		if other := s.index[name]; other != nil && other != f {
			return fmt.Errorf("the name %q belongs to the fields %q and %q", name, other.Name, f.Name)
		}
		s.index[name] = f
	}
	return nil
}

func (f *Field) compile() error {
	switch {
	case f.Advice: // read when a value is held against it, see Advised
	case f.Pattern == "" && f.pattern != nil: // copied from another field
		f.pattern = nil
	case f.Pattern != "" && (f.pattern == nil || f.pattern.text != f.Pattern):
		re, err := newPattern(f.Pattern)
		if err != nil {
			return fmt.Errorf("pattern: %w", err)
		}
		f.pattern = re
	}
	if f.Elem != nil && f.Elem != f {
		return f.Elem.compile()
	}
	return nil
}

// Member returns what is declared of a member of a map or an object, in any of its
// spellings; nil where nothing is, and for nil.
func (f *Field) Member(name string) *Field {
	switch {
	case f == nil:
		return nil
	case f.Type == Map:
		return f.Elem
	default:
		return f.Members.Field(name)
	}
}

// Compile prepares a field that stands in no schema, such as a flow's input.
// It fails where the pattern does not compile.
func (f *Field) Compile() error { return f.compile() }

// Fields returns the fields in declared order. The caller does not change it.
func (s *Schema) Fields() []*Field {
	switch {
	case s == nil:
		return nil
	case s.parent == nil:
		return s.fields
	}
	return s.layered()
}

// Field finds a field by its name or another spelling, or gives nil.
func (s *Schema) Field(name string) *Field {
	for l := s; l != nil; l = l.parent {
		// The other spelling of a field that was replaced does not count.
		if f := l.index[name]; f != nil && (l == s || f.Name == name || s.Field(f.Name) == f) {
			return f
		}
	}
	return nil
}

// Names returns the canonical names in declared order, without those fields
// that are only another spelling of a nested one.
func (s *Schema) Names() []string {
	var names []string
	for _, f := range s.Fields() {
		if len(f.Into) == 0 && !f.Drop {
			names = append(names, f.Name)
		}
	}
	return names
}

// Spellings returns every accepted name, for suggestions.
func (s *Schema) Spellings() []string {
	var names []string
	for _, f := range s.Fields() {
		names = append(names, f.Name)
		names = append(names, f.Aliases...)
	}
	return names
}

// joinPath appends a member name or an index such as [3] to a path.
func joinPath(path, name string) string {
	if path == "" || strings.HasPrefix(name, "[") {
		return path + name
	}
	return path + "." + name
}

// ListsScalars reports whether f is a list of values that are each one text: neither
// lists, maps and objects, nor anything.
func (f *Field) ListsScalars() bool {
	return f.Type == List && f.Elem != nil && f.Elem.Type != Any && !f.Elem.Composite()
}

// Composite reports whether values of f have elements or members: a list, a map or an
// object.
func (f *Field) Composite() bool { return f.Type == List || f.Type == Map || f.Type == Object }
