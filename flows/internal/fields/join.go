package fields

import (
	"slices"

	"github.com/medlar-flow/medlar/schema"
)

// Null is the type of a literal null, which is of no type: a name that is set to
// it first takes the type of the value after it.
var Null = &schema.Field{Nullable: true}

// IsNull reports whether a type is that of a literal null.
func IsNull(t *schema.Field) bool { return t == Null }

// comparison bounds the work on two types: one that holds itself has no end.
type comparison struct{ left int }

const (
	mostLevels = 16
	mostParts  = 10_000
)

// spent counts a part of the types, and reports whether it is one too many.
func (c *comparison) spent(levels int) bool {
	c.left--
	return c.left < 0 || levels == 0
}

// Join returns the type of what is a or b.
func Join(a, b *schema.Field) *schema.Field {
	return (&comparison{mostParts}).join(a, b, mostLevels)
}

func (c *comparison) join(a, b *schema.Field, levels int) *schema.Field {
	switch {
	case a == b:
		return a
	case IsNull(a):
		return OrNull(b)
	case IsNull(b):
		return OrNull(a)
	case c.spent(levels) || a.Type == schema.Any || b.Type == schema.Any:
		return unknown(a, b)
	}
	switch {
	case saysAll(a, b):
		return a
	case saysAll(b, a):
		return b
	}
	out := schema.Field{Type: a.Type, Nullable: a.Nullable || b.Nullable, Absent: a.Absent || b.Absent, Secret: a.Secret || b.Secret}
	out.NotNull = out.Nullable && !NullByFlow(a) && !NullByFlow(b)
	switch {
	case isMap(a) && isMap(b):
		if a.Keys == b.Keys {
			out.Keys = a.Keys
		}
		c.joinMaps(&out, a, b, levels-1)
	case a.Type == b.Type:
		if a.Type == schema.List {
			out.Elem = c.joinElems(a.Elem, b.Elem, levels-1)
		}
	case isNumber(a) && isNumber(b):
		out.Type = schema.Number
	case isText(a) && isText(b):
		out.Type = schema.String
	default:
		return unknown(a, b)
	}
	return &out
}

// unknown is the type of what is of one type or another.
func unknown(a, b *schema.Field) *schema.Field {
	out := &schema.Field{Nullable: a.Nullable || b.Nullable, Absent: a.Absent || b.Absent, Secret: a.HasSecret() || b.HasSecret()}
	out.NotNull = out.Nullable && !NullByFlow(a) && !NullByFlow(b)
	return out
}

// NullByFlow reports whether a name of ctx can be null by what the flow does. A
// null that only a service or the environment can give is known by NotNull, which
// means nothing else in the type of a name.
func NullByFlow(t *schema.Field) bool { return t.Nullable && !t.NotNull }

// OrNull returns the type with null, by what the flow does, among its values.
func OrNull(t *schema.Field) *schema.Field {
	if NullByFlow(t) {
		return t
	}
	out := *t
	out.Nullable, out.NotNull = true, false
	return &out
}

// NullElsewhere returns the type of what is null only where a service or the
// environment says so.
func NullElsewhere(t *schema.Field) *schema.Field {
	out := *t
	out.Nullable, out.NotNull = true, true
	return &out
}

func (c *comparison) joinElems(a, b *schema.Field, levels int) *schema.Field {
	if a == nil || b == nil {
		if a.HasSecret() || b.HasSecret() {
			return &schema.Field{Nullable: true, Secret: true}
		}
		return nil
	}
	return c.join(a, b, levels)
}

// joinMaps joins maps and objects: a member that only one of two objects has can
// be null.
func (c *comparison) joinMaps(out, a, b *schema.Field, levels int) {
	if a.Type == schema.Object && b.Type == schema.Object && a.Members != nil && b.Members != nil {
		out.Members = c.joinMembers(a.Members, b.Members, levels)
		if out.Members == nil {
			out.Type, out.Secret = schema.Map, a.HasSecret() || b.HasSecret()
		}
		return
	}
	out.Type = schema.Map
	if a.Type == schema.Map && b.Type == schema.Map {
		out.Elem = c.joinElems(a.Elem, b.Elem, levels)
		return
	}
	out.Secret = a.HasSecret() || b.HasSecret()
}

func (c *comparison) joinMembers(a, b *schema.Schema, levels int) *schema.Schema {
	if a == b {
		return a
	}
	var members []*schema.Field
	for _, f := range a.Fields() {
		members = append(members, c.memberOr(f, b.Field(f.Name), levels))
	}
	for _, f := range b.Fields() {
		if a.Field(f.Name) == nil {
			members = append(members, c.memberOr(f, nil, levels))
		}
	}
	out, err := schema.New(members...)
	if err != nil {
		return nil
	}
	if a.IsOpen() || b.IsOpen() {
		return out.Open()
	}
	return out
}

// memberOr is a member that is f or other, which is nil where there is none.
func (c *comparison) memberOr(f, other *schema.Field, levels int) *schema.Field {
	if other == nil {
		other = Null
	}
	out := *c.join(f, other, levels)
	out.Absent = out.Absent || f.Absent || IsNull(other)
	out.Name, out.Aliases = f.Name, f.Aliases
	return &out
}

// saysAll reports whether a scalar type is what the two are together.
func saysAll(t, other *schema.Field) bool {
	return t.Type == other.Type && t.Type >= schema.String && t.Type <= schema.Bytes && t.Enum == nil &&
		(t.Nullable || !other.Nullable) && (t.Absent || !other.Absent) && (t.Secret || !other.Secret) && (NullByFlow(t) || !NullByFlow(other))
}

func isMap(t *schema.Field) bool    { return t.Type == schema.Map || t.Type == schema.Object }
func isNumber(t *schema.Field) bool { return t.Type == schema.Integer || t.Type == schema.Number }

func isText(t *schema.Field) bool {
	return slices.Contains([]schema.Type{schema.String, schema.Duration, schema.Timestamp}, t.Type)
}

// Holds reports whether every value of have is one of want as it is, without a
// conversion. What is not known of have counts as right; null is no matter
// here. Where it is not, within is the path of the part that is not, and what
// the two are there.
func Holds(want, have *schema.Field) (ok bool, m Mismatch) {
	return (&comparison{mostParts}).holds(want, have, "", mostLevels)
}

// Mismatch is where two types differ.
type Mismatch struct {
	Path       string // of the part, such as .a[]; empty for the whole
	Want, Have *schema.Field
}

func (c *comparison) holds(want, have *schema.Field, path string, levels int) (bool, Mismatch) {
	wrong := Mismatch{path, want, have}
	switch {
	case want == have || want == nil || have == nil || want.Type == schema.Any || have.Type == schema.Any, c.spent(levels):
		return true, Mismatch{}
	case isMap(want) && isMap(have):
		return c.holdsMap(want, have, path, levels-1)
	case want.Type == schema.List && have.Type == schema.List:
		return c.holds(want.Elem, have.Elem, path+"[]", levels-1)
	case want.Type == schema.Number && have.Type == schema.Integer:
		return true, Mismatch{}
	default:
		return want.Type == have.Type, wrong
	}
}

// holdsMap looks at the members that both know.
func (c *comparison) holdsMap(want, have *schema.Field, path string, levels int) (bool, Mismatch) {
	switch {
	case want.Type == schema.Map && have.Type == schema.Map:
		return c.holds(want.Elem, have.Elem, path+"[]", levels)
	case want.Type == schema.Map && want.Elem == nil, have.Type == schema.Map && have.Elem == nil:
		return true, Mismatch{}
	}
	for _, f := range have.Members.Fields() {
		if ok, wrong := c.holds(want.Member(f.Name), f, path+"."+f.Name, levels); !ok {
			return false, wrong
		}
	}
	if have.Type == schema.Map && want.Members != nil {
		for _, f := range want.Members.Fields() {
			if ok, wrong := c.holds(f, have.Elem, path+"."+f.Name, levels); !ok {
				return false, wrong
			}
		}
	}
	return true, Mismatch{}
}

// Same reports whether the same is known of the values of two types.
func Same(a, b *schema.Field) bool {
	return a == b || Covers(a, b) && Covers(b, a) && (&comparison{mostParts}).sameMembers(a, b, mostLevels)
}

// sameMembers reports whether two types have members of the same names.
func (c *comparison) sameMembers(a, b *schema.Field, levels int) bool {
	switch {
	case a == b || a == nil || b == nil || c.spent(levels):
		return true
	case a.Elem != nil || b.Elem != nil:
		return c.sameMembers(a.Elem, b.Elem, levels-1)
	case a.Members == b.Members:
		return true
	case len(a.Members.Fields()) != len(b.Members.Fields()):
		return false
	}
	for _, f := range a.Members.Fields() {
		if other := b.Members.Field(f.Name); other == nil || !c.sameMembers(f, other, levels-1) {
			return false
		}
	}
	return true
}

// Covers reports whether what is known of the values of wide is true of those of
// narrow, too: an expression that may use the one may use the other.
func Covers(wide, narrow *schema.Field) bool {
	return (&comparison{mostParts}).covers(wide, narrow, mostLevels)
}

func (c *comparison) covers(wide, narrow *schema.Field, levels int) bool {
	switch {
	case wide == narrow || wide == nil || c.spent(levels):
		return true
	case narrow == nil:
		return wide.Type == schema.Any
	case IsNull(narrow):
		return NullByFlow(wide) || wide.Type == schema.Any
	case narrow.HasSecret() && !wide.HasSecret():
		return false
	case wide.Type != schema.Any && (narrow.Nullable && !wide.Nullable || NullByFlow(narrow) && !NullByFlow(wide)), narrow.Absent && !wide.Absent:
		return false
	case wide.Type == schema.Any:
		return true
	case wide.Keys != nil && wide.Keys != narrow.Keys:
		return false
	case wide.Type == schema.Map && narrow.Type == schema.Object:
		return wide.Elem == nil || narrow.Members != nil && !slices.ContainsFunc(narrow.Members.Fields(), func(f *schema.Field) bool {
			return !c.covers(wide.Elem, f, levels-1)
		})
	case wide.Type != narrow.Type:
		return wide.Type == schema.Number && narrow.Type == schema.Integer || wide.Type == schema.String && isText(narrow)
	case wide.Type == schema.Object:
		return c.coversMembers(wide.Members, narrow.Members, levels-1)
	default:
		return c.covers(wide.Elem, narrow.Elem, levels-1)
	}
}

func (c *comparison) coversMembers(wide, narrow *schema.Schema, levels int) bool {
	if wide == nil || wide == narrow {
		return true
	}
	if narrow == nil || narrow.IsOpen() && !wide.IsOpen() {
		return false
	}
	for _, f := range wide.Fields() {
		n := narrow.Field(f.Name)
		if n == nil && !f.Nullable || n != nil && !c.covers(f, n, levels) {
			return false
		}
	}
	return true
}
