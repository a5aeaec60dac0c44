package check

import (
	"strings"

	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/schema"
)

// omitEnd is the end of an expression that may leave its parameter out.
var omitEnd = regex.Late{Text: `\?\?\s*omit\s*\}$`}

// keepsNull reports whether null would make a call touch something else than
// the flow says: in a connection that is so of every field, elsewhere the field
// says so.
func (c *checker) keepsNull(f *schema.Field) bool {
	return f != fields.Anything && f.Type != schema.Any && (f.NotNull || c.connecting)
}

// withoutOmit takes ?? omit off an expression that stands where it may. The
// places in the rest stay what they are.
func (c *checker) withoutOmit(n *node, f *schema.Field) (rest *node, omits bool) {
	if !c.keepsNull(f) && !c.connecting && !f.Omit || !strings.HasPrefix(n.Text, "${") || strings.Count(n.Text, "${") != 1 {
		return n, false
	}
	at := omitEnd.Get().FindStringIndex(n.Text)
	if at == nil {
		return n, false
	}
	plain := *n
	plain.Expr = 0 // it is another text than the one that was compiled ahead
	plain.Text = n.Text[:at[0]] + strings.Repeat(" ", at[1]-at[0]-1) + "}"
	return &plain, true
}

// nullNarrows warns of an expression that may be null where null is refused.
// Of a bare environment variable the run says which one is missing.
func (c *checker) nullNarrows(n *node, p *bind.Program, f *schema.Field, what string) {
	t := p.Type()
	if !c.keepsNull(f) || c.forgives() || !p.Whole() || !t.Nullable || t.Type == schema.Any || bareVariable(p) {
		return
	}
	c.warn(n, "null-refused", "give another value with ??, or write ?? omit to leave it out where it is null",
		"%s: this can be null, and null is no way to leave it out here: the call would not be made", what)
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
