package check

import "github.com/medlar-flow/medlar/schema"

// ctxScope is what ctx holds at one place. An inner one sees the outer one's
// names; what it sets itself stays inside until it is merged.
type ctxScope struct {
	check  *checker
	schema *schema.Schema           // every name; a new one after each change
	own    []string                 // the names that were set here, in order
	types  map[string]*schema.Field // what each name was set to here last
	parent *ctxScope
	inputs *schema.Schema           // of the outermost one
	kept   map[string]kept          // what the names keep that were set here first
	past   map[string]*schema.Field // what each name that was set here has been; nil where nobody asks
	guards map[string]string        // the condition under which a name was set that can be null else
	// again is true in a repeat, where what later steps set can be there.
	again bool
	// nested is true once a name holds all of ctx as it was.
	nested        bool
	object, whole *schema.Field // see asObject and asWhole, once somebody asked
}

// wholeCtx stands in checker.grown for all of ctx: a repeat sets a secret under
// a name that is not known where its first round begins.
const wholeCtx = ""

func (c *checker) newCtxScope(s *schema.Schema) *ctxScope {
	return &ctxScope{check: c, schema: s, types: map[string]*schema.Field{}}
}

func (c *ctxScope) child() *ctxScope {
	inner := c.check.newCtxScope(c.schema)
	inner.again, inner.nested, inner.parent = c.again, c.nested, c
	if c.past != nil {
		inner.remember()
	}
	return inner
}

func (c *ctxScope) set(name string, t *schema.Field) {
	if c.types[name] == t {
		return
	}
	f := *t
	f.Name, f.Aliases = name, nil
	if c.types[name] == nil {
		c.own = append(c.own, name)
	}
	c.put(&f)
	c.types[name] = t
	c.note(name, t)
}

func (c *ctxScope) put(f *schema.Field) {
	delete(c.guards, f.Name)
	c.schema, c.object, c.whole = c.schema.With(f), nil, nil
	c.nested = c.nested || c.check.holdsSnapshot(f)
}

// asObject returns the type of ctx where a member is taken out of it.
func (c *ctxScope) asObject() *schema.Field {
	if c.object == nil {
		c.object = &schema.Field{Type: schema.Object, Members: c.schema}
	}
	return c.object
}

// asWhole returns the type of ctx where it is taken whole, as it is at this
// moment. Where it holds an earlier whole already, the members of the new one
// are not declared: types within types within types would have no end.
func (c *ctxScope) asWhole() *schema.Field {
	if c.whole != nil {
		return c.whole
	}
	whole := *c.asObject()
	whole.Secret = c.again && c.check.grown[wholeCtx]
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
