package flows

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// omitted is the value of a parameter that an expression leaves out on purpose.
var omitted any = new(omission)

type omission struct{ _ byte }

// omitEnd is the end of an expression that may leave its parameter out.
var omitEnd = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\?\?\s*omit\s*\}$`) })

// keepsNull reports whether null would make a call touch something else than
// the flow says: in a connection that is so of every field, elsewhere the field
// says so.
func (c *checker) keepsNull(f *schema.Field) bool {
	return f != anything && f.Type != schema.Any && (f.NotNull || c.connecting)
}

// withoutOmit takes ?? omit off an expression that stands where it may. The
// places in the rest stay what they are.
func (c *checker) withoutOmit(n *node, f *schema.Field) (rest *node, omits bool) {
	if !c.keepsNull(f) && !c.connecting || !strings.HasPrefix(n.text, "${") || strings.Count(n.text, "${") != 1 {
		return n, false
	}
	at := omitEnd().FindStringIndex(n.text)
	if at == nil {
		return n, false
	}
	plain := *n
	plain.expr = 0 // it is another text than the one that was compiled ahead
	plain.text = n.text[:at[0]] + strings.Repeat(" ", at[1]-at[0]-1) + "}"
	return &plain, true
}

// nullNarrows warns of an expression that may be null where null is refused.
// Of a bare environment variable the run says which one is missing.
func (c *checker) nullNarrows(n *node, p *bind.Program, f *schema.Field, what string) {
	t := p.Type()
	if !c.keepsNull(f) || c.forgives() || !p.Whole() || !t.Nullable || t.Type == schema.Any || bareVariable(p) || ofResult(p) {
		return
	}
	c.warn(n, "null-refused", "give another value with ??, or write ?? omit to leave it out where it is null",
		"%s: this can be null, and null is no way to leave it out here: the call would not be made", what)
}

// ofResult reports whether an expression takes something of a result: every
// member of a service's answer can be null by its type, and hardly any is.
func ofResult(p *bind.Program) bool {
	for _, ref := range p.Refs() {
		if ref.Root == "steps" || ref.Root == "result" {
			return true
		}
	}
	return false
}

func bareVariable(p *bind.Program) bool {
	refs := p.Refs()
	return len(refs) == 1 && refs[0].Root == "env" && strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(p.Text(), "${"), "}")) == "env."+refs[0].Name
}

// nullLiteral reports null that stands where null is refused.
func (c *checker) nullLiteral(n *node, f *schema.Field, what string) {
	if c.keepsNull(f) && !c.forgives() {
		c.fail(n, "null-refused", "leave it out", "%s is null, which is no way to leave it out here", what)
	}
}

// nullIn finds a null where none is taken, in values as they were evaluated: the
// path of it, and the expression that gave it. all is true in a connection.
func nullIn(v value, f *schema.Field, got any, all bool) (path, from string) {
	switch x := v.(type) {
	case *mapValue:
		given, _ := got.(map[string]any)
		for i, key := range x.keys {
			if path, from := nullMember(x.items[i], f, key, given, all); path != "" {
				return path, from
			}
		}
	case *dynamicMap:
		if f == nil || f.Members.Rest() == nil || !all {
			return "", ""
		}
		given, _ := got.(map[string]any)
		for _, key := range schema.SortedKeys(given) {
			if given[key] == nil {
				return key, ""
			}
		}
	case listValue:
		list, _ := got.([]any)
		for i := range min(len(x), len(list)) {
			if f != nil && f.Elem != nil {
				if path, from := nullIn(x[i], f.Elem, list[i], all); path != "" {
					return fmt.Sprintf("[%d].%s", i, path), from
				}
			}
		}
	}
	return "", ""
}

func nullMember(item value, of *schema.Field, key string, given map[string]any, all bool) (path, from string) {
	if of == nil || of.Coerce != nil {
		return "", ""
	}
	f := of.Members.Field(key)
	if f == nil {
		f = of.Members.Rest()
	}
	got, is := given[key]
	if !is || f == nil || f.Type == schema.Any {
		return "", ""
	}
	if got == nil && (f.NotNull || all) {
		if b, ok := item.(*binding); ok {
			from = b.program.Text()
		}
		return key, from
	}
	path, from = nullIn(item, elementOf(f, item), got, all)
	if path != "" && !strings.HasPrefix(path, "[") {
		path = "." + path
	}
	if path != "" {
		path = key + path
	}
	return path, from
}

// elementOf returns the field of one element where it stands for the list.
func elementOf(f *schema.Field, item value) *schema.Field {
	if _, list := item.(listValue); !list && f.BareElement && f.Elem != nil {
		return f.Elem
	}
	return f
}

// refusesNull reports whether a null could be found in a call's parameters.
func refusesNull(v value, f *schema.Field) bool {
	m, ok := v.(*mapValue)
	if !ok || f == nil || f.Members == nil {
		return false
	}
	for i, key := range m.keys {
		of := f.Members.Field(key)
		if _, fixed := m.items[i].(constant); fixed || of == nil {
			continue
		}
		if of.NotNull || refusesNull(m.items[i], of) {
			return true
		}
	}
	return false
}

// nullError says what is null and how to mend it.
func nullError(path, from string) error {
	if from == "" {
		return fmt.Errorf("%s is null: leave it out, or write ?? omit behind its expression", path)
	}
	name := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(from, "${"), "}"))
	if variable, ok := strings.CutPrefix(name, "env."); ok && !strings.ContainsAny(variable, " .[?+(") {
		return fmt.Errorf("%s is null: the environment variable %s is not set; ${%s ?? omit} leaves %s out then", path, variable, name, path)
	}
	return fmt.Errorf("%s is null: %s gave none; ${%s ?? omit} leaves it out then", path, from, name)
}
