package check

import "github.com/medlar-flow/medlar/schema"

// ctxScope is what ctx holds at one place. An inner one sees the outer one's
// names; what it sets itself stays inside until it is merged.
type ctxScope struct {
	check  *checker
	base   *schema.Schema           // of the outermost one: the inputs
	own    []string                 // the names that were set here, in order
	types  map[string]*schema.Field // what each name was set to here last
	parent *ctxScope
	inputs *schema.Schema           // of the outermost one
	kept   map[string]kept          // what the names keep that were set here first
	past   map[string]*schema.Field // what each name that was set here has been; nil where nobody asks
	guards map[string]guard         // the condition under which a name was set that can be null else
	flags  map[string]flag          // the conditions of which names say whether they held
	// again is true in a repeat, where what later steps set can be there.
	again bool
	// nested is true once a name holds all of ctx as it was.
	nested bool
	// made is every name as one schema, as it was when somebody asked for it;
	// later are the names that were set since.
	made  *schema.Schema
	later []string
	whole *schema.Field // see Whole, once somebody asked
}

// wholeCtx stands in checker.grown for all of ctx: a repeat sets a secret under
// a name that is not known where its first round begins.
const wholeCtx = ""

func (c *checker) newCtxScope(s *schema.Schema) *ctxScope { return &ctxScope{check: c, base: s} }

func (c *ctxScope) child() *ctxScope {
	inner := &some(&c.check.room.ctxs, 1)[0]
	inner.check, inner.again, inner.nested, inner.parent = c.check, c.again, c.nested, c
	if c.past != nil {
		inner.remember()
	}
	return inner
}

func (c *ctxScope) set(name string, t *schema.Field) {
	was := c.types[name]
	if was == t {
		return
	}
	if was == nil {
		c.own = append(c.own, name)
	} else {
		c.unguarded(name)
		delete(c.flags, name)
	}
	if c.types == nil {
		c.types = map[string]*schema.Field{}
	}
	c.types[name], c.whole = t, nil
	if c.made != nil {
		c.later = append(c.later, name)
	}
	c.nested = c.nested || c.check.holdsSnapshot(t)
	c.note(name, t)
}

// Member returns the type of a name, and how it is spelt; nil where nobody set
// it. An input may have other spellings.
func (c *ctxScope) Member(name string) (t *schema.Field, spelt string) {
	for l := c; ; l = l.parent {
		if t := l.types[name]; t != nil {
			return t, name
		}
		if l.parent != nil {
			continue
		}
		f := l.base.Field(name)
		if f == nil {
			return nil, ""
		}
		if f.Name != name {
			if now, _ := c.Member(f.Name); now != f {
				return nil, "" // the name was set to something else
			}
		}
		return f, f.Name
	}
}

// field is Member where only the type is asked for.
func (c *ctxScope) field(name string) *schema.Field {
	t, _ := c.Member(name)
	return t
}

// Names lists all names.
func (c *ctxScope) Names() []string { return c.schema().Names() }

// IsOpen reports whether there can be other names.
func (c *ctxScope) IsOpen() bool {
	for c.parent != nil {
		c = c.parent
	}
	return c.base.IsOpen()
}

// schema returns every name as they are at this moment. Most scopes are never
// asked for it: a name is looked up by itself.
func (c *ctxScope) schema() *schema.Schema {
	later := c.later
	if c.made == nil {
		later = c.own
		if c.made = c.base; c.parent != nil {
			c.made = c.parent.schema()
		}
		if c.made == nil {
			c.made = schema.MustNew()
		}
	}
	for _, name := range later {
		f := *c.types[name]
		f.Name, f.Aliases = name, nil
		c.made = c.made.With(&f)
	}
	c.later = nil
	return c.made
}

// ctxField is the type of ctx where a member is taken out of it: see Member.
var ctxField = &schema.Field{Type: schema.Object}

// Whole returns the type of ctx where it is taken whole, as it is at this
// moment. Where it holds an earlier whole already, the members of the new one
// are not declared: types within types within types would have no end.
func (c *ctxScope) Whole() *schema.Field {
	if c.whole != nil {
		return c.whole
	}
	whole := schema.Field{Type: schema.Object, Members: c.schema(), Secret: c.again && c.check.grown[wholeCtx]}
	if c.nested {
		whole.Secret, whole.Members = whole.Secret || whole.HasSecret(), nil
	}
	if c.whole = &whole; whole.Members != nil {
		c.check.snapshots[whole.Members] = true
	}
	return c.whole
}

// holdsSnapshot reports whether a value of type f can hold all of ctx as it was
// at some place.
func (c *checker) holdsSnapshot(f *schema.Field) bool {
	return len(c.snapshots) > 0 && f.Reaches(func(f *schema.Field) bool { return f != nil && f.Members != nil && c.snapshots[f.Members] })
}
