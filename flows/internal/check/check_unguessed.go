package check

import (
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/schema"
)

// unguessed is a key that is no parameter and is like none.
type unguessed struct {
	many  bool // it is not the only one
	key   *node
	value interp.Value
	at    int  // the mistake that was reported of it
	wrong bool // its value has mistakes, so that its type says nothing
}

// fits reports whether the one parameter that is missing can be what the key was
// meant as.
func (u *unguessed) fits(f *schema.Field) bool {
	if u.wrong {
		return true
	}
	if fixed, ok := u.value.(interp.Constant); ok {
		v, err := f.Convert(fixed.V)
		return err == nil && v != nil
	}
	return canFit(interp.TypeOf(u.value), f)
}

// meantMembers notes as given what misspelt keys mean, so that none is two
// mistakes: one, and a parameter that is missing.
func (c *checker) meantMembers(n *node, s *schema.Schema, given map[string]*node, misspelt []string, strange *unguessed, what string) {
	for _, name := range misspelt {
		if given[name] == nil {
			given[name] = n
		}
	}
	for _, f := range s.Fields() {
		if len(f.Into) > 0 && given[f.Name] != nil {
			given[f.Into[0]] = given[f.Name]
		}
	}
	if strange.key == nil || strange.many {
		return
	}
	if f := c.onlyMissing(s, n, given, what); f != nil && strange.fits(f) {
		c.diags[strange.at].Help = c.spell("write ‹" + f.Name + ":›, which is missing. it takes: " + strings.Join(s.Names(), ", "))
		given[f.Name] = n
	}
}

// onlyMissing returns the one required member that is not given; nil where there
// are others, or none.
func (c *checker) onlyMissing(s *schema.Schema, n *node, given map[string]*node, what string) (only *schema.Field) {
	for _, f := range s.Fields() {
		if !c.lacks(f, given, what) {
			continue
		}
		if only != nil {
			return nil
		}
		only = f
	}
	if n.Partial {
		return nil
	}
	return only
}

// lacks reports whether a required member is not given.
func (c *checker) lacks(f *schema.Field, given map[string]*node, what string) bool {
	return f.Required && f.Default == nil && !f.Drop && given[f.Name] == nil && (what != "with" || !c.beside[f.Name])
}
