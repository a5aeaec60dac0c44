package check

import (
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/yamlfile"
	"github.com/medlar-flow/medlar/schema"
)

// spelt returns the path of a parameter as the flow spells its first name.
func spelt(path string, with *node, params *schema.Schema) string {
	name, end := path, strings.IndexAny(path, ".[")
	if end >= 0 {
		name = path[:end]
	}
	for _, key := range with.Keys() {
		if f := params.Field(key.Text); f != nil && f.Name == name {
			return key.Text + path[len(name):]
		}
	}
	return path
}

// knownOf returns the parameters that are there, as far as they are known. n is
// where they stand; nil where nothing begins with a known text. sc is what their
// expressions see; nil where no condition was asked before.
func (c *checker) knownOf(v interp.Value, n *node, sc *scope, params *schema.Schema) map[string]any {
	known := map[string]any{}
	put := func(name string, v any) {
		if f := params.Field(name); f != nil {
			name = f.Name
		}
		known[name] = v
	}
	switch m := v.(type) {
	case interp.Constant:
		given, _ := m.V.(map[string]any)
		for name, v := range given {
			put(name, v)
		}
	case *interp.MapValue:
		for i, name := range m.Keys {
			known := c.knownPart(m.Items[i], sc)
			if unknown, ok := known.(connector.Unknown); ok && n != nil && n.Get(name) != nil && n.Get(name).Kind == yamlfile.Scalar {
				unknown.Begins, _, _ = strings.Cut(n.Get(name).Text, "${")
				known = unknown
			}
			put(name, known)
		}
	}
	return known
}

// knownPart returns a value with an Unknown in the place of each part of it that
// only a run knows.
func (c *checker) knownPart(v interp.Value, sc *scope) any {
	switch x := v.(type) {
	case interp.Constant:
		return x.V
	case interp.ListValue:
		list := make([]any, len(x))
		for i, item := range x {
			list[i] = c.knownPart(item, sc)
		}
		return list
	case *interp.MapValue:
		m := make(map[string]any, len(x.Keys))
		for i, key := range x.Keys {
			m[key] = c.knownPart(x.Items[i], sc)
		}
		return m
	case *interp.Binding:
		if v, ok := x.Program.Fixed(); ok {
			return v
		}
		return connector.Unknown{From: c.giverOf(x.Program), MayBeNull: mayBeNull(x) && !sc.provesPath(x.Program)}
	default:
		return connector.Unknown{}
	}
}

// mayBeNull reports whether an expression can be null as far as its type, or the
// flow, says. Of a bare environment variable the run says which one is missing.
func mayBeNull(b *interp.Binding) bool {
	t := b.Program.Type()
	if b.Omits || !b.Program.Whole() || bareVariable(b.Program) {
		return false
	}
	return b.Program.Null() != "" || t.Nullable && t.Type != schema.Any
}

// giverOf returns the operation of whose result the value of a path is a part;
// empty where there is none.
func (c *checker) giverOf(p *bind.Program) string {
	refs := p.Refs()
	if !p.Bare() || len(refs) != 1 || refs[0].Root != "steps" {
		return ""
	}
	info := c.steps[refs[0].Name]
	if info == nil || info.verb != "call" {
		return ""
	}
	return info.source
}
