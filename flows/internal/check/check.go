package check

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/schema"
)

// checker turns the nodes of a file into a program. It collects mistakes and
// goes on; a program is used only if there were none.
type checker struct {
	loader   *loader
	src      *source
	registry *connector.Registry
	engine   *bind.Engine
	ahead    *bind.Ahead // nil where the file is small
	diags    diag.List
	late     diag.List    // of steps that were read later
	reading  *reading     // of the steps that are not read yet; nil for none
	stepList *node        // to which they belong
	known    habits.Known // what knownIn knows
	knownIn  *scope
	inWhole  bool // the file cannot be read in parts: what was found does not count
	program  *interp.Program

	root        *frameScope
	head        *node // the connections: what calls read without saying so
	steps       map[string]*stepInfo
	room        stepRoom
	done        []string // ids in the order of their ends
	connections map[string]*connectionDecl
	secrets     map[string]int    // slots of the declared secrets
	declared    []*declaredSecret // the same, in their order
	readFor     string            // the secret whose store's connection is checked
	env         map[string]int    // slots of the environment variables that are used
	returns     []*schema.Field   // what return steps give
	hints       map[string]string // help for names that are no parameters
	foreign     bool              // among the parameters of an operation or a connection
	sharing     *scope            // of the shared connection that is checked; else nil
	connecting  bool              // within the parameters of a connection
	noted       map[*schema.Field]bool
	current     string                          // id of the step that is checked
	undoing     string                          // id of the step whose undo is checked
	inLoops     []loopSets                      // see lostSets
	loopsNoted  map[*node]bool                  // those of inLoops
	grown       map[string]bool                 // names of ctx that become secret in a repeat
	elsewhere   map[*schema.Field]*schema.Field // types that are null where a service says so: see typeOfSet
	changed     map[string][]int                // when names of ctx were set: see guard; nil before the first condition
	holding     map[string]int                  // names of ctx that hold null, and the depth of the block that they were set in
	moves       int                             // counts what is set behind the first condition
	mixed       map[*schema.Field][]schema.Type // what values of any type can be, by their declaration
	shapes      bool                            // among the inputs of another flow
	nullElems   bool                            // a list is declared whose elements can be null
	guarded     bool                            // a value is not null under a condition: see guard
	flags       bool                            // a name of ctx says whether a condition held: see ctxScope.flag
	moment      int                             // counts what conditions say nothing of any more
	nulled      []nulling                       // names of ctx that were set to what can be null
	carried     *carried                        // what names of ctx are in the later rounds of a repeat
	snapshots   map[*schema.Schema]bool         // members of all of ctx, where it was taken whole
	place       string                          // whose keys an object has, for habits.Part; usually ""
	meant       map[string]bool                 // keys of the header that misspelt ones mean
	meantIDs    []*node                         // ids that stand under another key
	beside      map[string]bool                 // parameters of a call that stand beside its with
	broken      bool                            // a value could not be read
	unclear     bool                            // a step is not understood, so that any connection may be used
	reads       []int                           // slots that the expressions checked so far read
	blocks      int                             // depth of nested blocks
	loops       int                             // depth of nested loops: forEach and repeat
	signals     map[string]*node                // the first wait for each signal
	urls        []signalURL                     // the calls of signalUrl
	inRounds    int                             // in rounds of a repeat: how many of loopKinds are around it, and one
	loopOver    string                          // the expression of the innermost forEach
	loopKinds   []string                        // the blocks around that return cannot leave
}

func newChecker(src *source, l *loader) *checker {
	c := &checker{
		loader: l, src: src, registry: l.registry, engine: l.engine,
		program: &interp.Program{File: src.Name, Fsys: l.fsys, Registry: l.registry, Cleanup: interp.DefaultCleanup},
		steps:   map[string]*stepInfo{}, connections: map[string]*connectionDecl{}, secrets: map[string]int{}, env: map[string]int{},
		grown: map[string]bool{}, carried: &carried{}, elsewhere: map[*schema.Field]*schema.Field{}, snapshots: map[*schema.Schema]bool{}, signals: map[string]*node{},
	}
	c.root = newFrameScope(nil, 0, &c.program.Slots)
	return c
}

var ignoreComment = regex.Late{Text: `#\s*medlar:ignore\s+([a-z0-9 ,-]+)`}

// unsilenced takes out the warnings that a comment in their line silences. An
// error stays: what would not run is not hidden.
func (c *checker) unsilenced(list diag.List) diag.List {
	if !bytes.Contains(c.src.Text, []byte("medlar:ignore")) {
		return list
	}
	return slices.DeleteFunc(list, func(d diag.Diagnostic) bool {
		m := ignoreComment.Get().FindStringSubmatch(c.src.Line(d.Line))
		return m != nil && d.Severity == diag.Warning &&
			slices.Contains(strings.FieldsFunc(m[1], func(r rune) bool { return r == ',' || r == ' ' }), d.Rule)
	})
}

func (c *checker) report(severity diag.Severity, span diag.Span, rule, help, message string) {
	c.diags = append(c.diags, diag.Diagnostic{Span: span, Severity: severity, Rule: rule, Message: message, Help: c.spell(help)})
}

// fail reports an error at a node.
func (c *checker) fail(n *node, rule, help, format string, args ...any) {
	severity := diag.Error
	if c.forgives() && typeRules[rule] {
		severity = diag.Warning
	}
	c.report(severity, c.src.At(n), rule, help, fmt.Sprintf(c.spell(format), args...))
}

// warn reports a warning at a node.
func (c *checker) warn(n *node, rule, help, format string, args ...any) {
	c.report(diag.Warning, c.src.At(n), rule, help, fmt.Sprintf(c.spell(format), args...))
}

// operatorWords are words of expressions that no member after a dot can be.
var operatorWords = []string{
	"true", "false", "nil", "null", "let", "in", "not", "and", "or", "if", "else",
	"matches", "contains", "startsWith", "endsWith",
}

// rootWords are the names that expressions begin with.
var rootWords = []string{"ctx", "steps", "secrets", "env", "run", "step", "error", "result"}

// identifier checks a name that expressions will use.
func (c *checker) identifier(n *node, what string) (string, bool) {
	if n.Kind != scalarNode || !schema.IsIdentifier(n.Text) {
		c.fail(n, "bad-name", nameHelp(n), "%s cannot be %s", what, describe(n))
		return "", false
	}
	if slices.Contains(operatorWords, n.Text) {
		c.fail(n, "bad-name", "choose another name", "%s cannot be %q: expressions use that word", what, n.Text)
		return "", false
	}
	return n.Text, true
}

// describe names a node for messages.
func describe(n *node) string {
	switch n.Kind {
	case listNode:
		return "a list"
	case mapNode:
		if len(n.Keys()) == 0 {
			return "an empty map"
		}
		return "a map"
	default:
		if n.IsNull() && n.Text != "" {
			return "null"
		}
		if n.IsNull() {
			return "empty"
		}
		const most = 40
		text := firstLine(n.Text)
		if utf8.RuneCountInString(text) > most {
			text = string([]rune(text)[:most]) + "…"
		}
		return fmt.Sprintf("%q", text)
	}
}

// text reads a literal text.
func (c *checker) text(n *node, what string) string {
	if n.Kind != scalarNode || n.IsNull() {
		c.fail(n, "wrong-type", textHelp(n, what), "%s must be text, found %s", what, describe(n))
		return ""
	}
	if !c.noExpression(n, what) {
		return ""
	}
	return n.Text
}

func (c *checker) noExpression(n *node, what string) bool {
	if n.Kind == scalarNode && bind.HasExpr(n.Text) {
		help := "write the value itself"
		if what == "call" {
			help = "write the name of an operation; ‹switch:› chooses between steps"
		}
		c.fail(n, "no-expression-here", help, "%s takes no expression: it is fixed when the flow is loaded", what)
		return false
	}
	return true
}

// literal reads a value without expressions that fits a field.
func (c *checker) literal(n *node, f *schema.Field, what string) (any, bool) {
	before, _ := c.diags.Count()
	v := c.value(n, f, nil, what)
	if after, _ := c.diags.Count(); after > before {
		return nil, false
	}
	fixed, ok := v.(interp.Constant)
	if !ok {
		return nil, false
	}
	out, err := f.Convert(fixed.V)
	return out, err == nil && out != nil
}

// unknownKey reports a key that does not belong where it stands.
func (c *checker) unknownKey(key *node, where string, known []string) {
	c.fail(key, "unknown-key", diag.Suggest(key.Text, known, "it takes"), "unknown key %q in %s", key.Text, where)
}
