package bind

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/schema"
)

// sample is a type with values of it, of which each function that takes the type
// at all takes one.
type sample struct {
	name   string
	typ    *schema.Field
	values []any
}

func sampleTypes() []sample {
	type list = []any
	type dict = map[string]any
	of := func(t schema.Type) *schema.Field { return typed("", t) }
	listOf := func(t schema.Type) *schema.Field { return listField("", of(t)) }
	return []sample{
		{"integer", of(schema.Integer), list{int64(2), int64(0)}},
		{"number", of(schema.Number), list{1.5}},
		{"string", of(schema.String), list{"a", "abc", "7", "1h", "2026-01-31T08:00:00Z", "[1]", "<a/>", "YWJj", "asc", "%s", "2006", ",", ""}},
		{"boolean", of(schema.Boolean), list{true, false}},
		{"bytes", of(schema.Bytes), list{[]byte("abc"), []byte("[1]")}},
		{"duration", of(schema.Duration), list{"1h0m0s"}},
		{"timestamp", of(schema.Timestamp), list{"2026-01-31T08:00:00Z"}},
		{"integers", listOf(schema.Integer), list{list{int64(1), int64(2)}}},
		{"texts", listOf(schema.String), list{list{"a", "b"}, list{"1h", "2h"}, list{"2026-01-31T08:00:00Z"}}},
		{"booleans", listOf(schema.Boolean), list{list{true, false}}},
		{"blobs", listOf(schema.Bytes), list{list{[]byte("a"), []byte("b")}}},
		{"durations", listOf(schema.Duration), list{list{"1h0m0s", "2h0m0s"}}},
		{"timestamps", listOf(schema.Timestamp), list{list{"2026-01-31T08:00:00Z", "2026-02-28T08:00:00Z"}}},
		{"lists", listField("", listOf(schema.Integer)), list{list{list{int64(1), int64(2)}, list{int64(1)}}}},
		{"pairs", listField("", listOf(schema.String)), list{list{list{"a", "b"}, list{"c", "d"}}, list{list{"1h"}, list{"2h"}}, list{list{"2026-01-31T08:00:00Z"}}}},
		{"maps", listField("", &schema.Field{Type: schema.Map, Elem: of(schema.Integer)}), list{list{dict{"a": int64(1)}, dict{"b": int64(2)}}}},
		{"map", &schema.Field{Type: schema.Map, Elem: of(schema.Integer)}, list{dict{"a": int64(1)}, dict{}}},
		{"object", object(typed("a", schema.Integer), typed("b", schema.String)), list{dict{"a": int64(1), "b": "x"}}},
	}
}

// agreement compiles an expression of names x, y, z with types and without, and
// tries it with values.
type agreement struct {
	engine *Engine
	all    []sample
	tried  int
	pairs  int
}

// skips leaves out two of three pairs of types, unless all are asked for.
func (a *agreement) skips() bool {
	a.pairs++
	return a.pairs%3 != 0 && !testenv.Thorough()
}

func (a *agreement) scope(types []*schema.Field) *testScope {
	s := &testScope{bindings: map[Ref]Binding{}, problems: map[Ref]Problem{}}
	for i, t := range types {
		s.add(Ref{string(rune('x' + i)), ""}, Binding{Type: t})
	}
	return s
}

// disagreement says in what check and run differ about a text of values of some
// types; empty for nothing. What is refused is held against a run of which no types
// are known: then all that the values can be must be fine.
func (a *agreement) disagreement(text string, of ...sample) string {
	a.tried++
	types := make([]*schema.Field, len(of))
	names := make([]string, len(of))
	for i := range of {
		types[i], names[i] = of[i].typ, of[i].name
	}
	p, problems := a.engine.Compile(text, a.scope(types))
	for _, problem := range problems {
		if misnamed.MatchString(problem.Message) {
			return text + " of " + strings.Join(names, ", ") + ": this is no English: " + problem.Message
		}
	}
	refused := p == nil
	if refused {
		if p, _ = a.engine.Compile(text, a.scope(make([]*schema.Field, len(of)))); p == nil {
			return "" // wrong with any types
		}
	}
	some, all, first := tryAll(p, of)
	switch {
	case !refused && !some:
		return fmt.Sprintf("%s of %s: the check is silent, and the run fails: %v", text, strings.Join(names, ", "), first)
	case refused && all && !meant(text, of, problems[0].Message):
		return fmt.Sprintf("%s of %s: the run is fine, and the check says: %s", text, strings.Join(names, ", "), problems[0].Message)
	}
	return ""
}

// misnamed are names of types as nobody says them.
var misnamed = regexp.MustCompile(`\b(a|an) (bytes|any|null)\b|\ba (integer|object)\b|\ban? (list|map) of (string|integer|number|boolean|list|map)\b|\bany\b|interface|\[\]|float64|nil\b`)

// tryAll evaluates a program with all values of some samples.
func tryAll(p *Program, of []sample) (some, all bool, first error) {
	vars := make(testVars, len(of))
	all = true
	var try func(i int)
	try = func(i int) {
		if i == len(of) {
			if _, err := p.Eval(vars); err == nil {
				some = true
			} else if all = false; first == nil {
				first = err
			}
			return
		}
		for _, v := range of[i].values {
			vars[i] = v
			try(i + 1)
		}
	}
	try(0)
	return some, all, first
}

// meant reports what the check refuses although a run would give something: what is
// never equal, or in no list; times as text; and, or, which a run leaves early.
func meant(text string, of []sample, message string) bool {
	for _, op := range []string{" == ", " != ", " in ", " not in ", " and ", " or "} {
		if strings.Contains(text, op) {
			return true
		}
	}
	for _, s := range of {
		if s.name == "duration" || s.name == "timestamp" {
			return strings.Contains(message, "duration") || strings.Contains(message, "timestamp")
		}
	}
	return false
}

// What no function takes by its value, whatever its type is: a time is no template.
var notOfTypes = []string{"the template takes", "the separator must be", `the order must be "asc"`, "the text is not JSON", "the text is not base64", "the map must have one member", "the text is not XML", "the number of fields is another", "is null, which text cannot hold"}

// TestCheckAndRunAgree: what the check takes of some types a run takes for some
// values of them, and what it refuses fails for one value at least.
func TestCheckAndRunAgree(t *testing.T) {
	a := &agreement{engine: NewEngine(), all: sampleTypes()}
	look := func(text string, of ...sample) {
		found := a.disagreement(text, of...)
		if found == "" || slices.ContainsFunc(notOfTypes, func(s string) bool { return strings.Contains(found, s) }) {
			return
		}
		t.Error(found)
	}
	a.functions(look)
	for _, op := range []string{"+", "-", "*", "/", "%", "**", "==", "!=", "<", ">", "<=", ">=", "and", "or", "in", "not in", "contains", "startsWith", "endsWith", "matches", "..", "??"} {
		for _, x := range a.all {
			for _, y := range a.all {
				if !a.skips() {
					look("${x "+op+" y}", x, y)
				}
			}
		}
	}
	for _, form := range []string{
		"-x", "+x", "not x", "x ? 1 : 2", "x ?: 1", "x[0]", "x['a']", "x.a", "x[0:1]", "x[1:]", "[1, 2][x]", "{a: 1}[x]", "[1, 2][x:]", "[x]", "{(x): 1}",
		"map(x, #)", "map(x, .a)", "map(x, #[0])", "map(x, # + 1)", "map([1], x)", "filter(x, # != null)", "filter(x, #)", "filter([1], x)", "all(x, #)", "all([1], x)", "any([1], x)",
		"count(x)", "count(x, #)", "count([1], x)", "sum(x)", "sum(x, #)", "sum([1], x)", "sortBy(x, #)", "sortBy([1, 2], x)", "groupBy(x, #)", "groupBy([1], x)", "find(x, #)", "findLast(x, #)", "findIndex(x, #)",
		"first(x)", "last(x)", "reduce(x, 1)", "let y = x; y", "'' + x", "x + ''", "{a: x}", "[x]", "x | string()", "1 < x < 3", "x in [1]", "x in ['a']", "x in {a: 1}", "x matches 'a'", "'a' matches x", "x == null", "(x ?? 1) + 1", "string([x])", "json(x)", "x == x",
	} {
		for _, x := range a.all {
			look("${"+form+"}", x)
			look("a ${"+form+"} b", x)
		}
	}
	for _, x := range a.all {
		look("${x}", x)
		look("a ${x} b", x)
	}
	t.Logf("%d texts", a.tried)
}

// functions looks at each function with each type of each of its arguments: of two
// at once, and of a third where the first ones are right.
func (a *agreement) functions(look func(text string, of ...sample)) {
	for _, name := range a.engine.names {
		f := a.engine.functions[name]
		for _, x := range a.all {
			look("${"+name+"(x)}", x)
			for _, y := range a.all {
				if a.skips() {
					continue
				}
				if f.arity(2) || f.check != nil {
					look("${"+name+"(x, y)}", x, y)
				}
				if !f.arity(3) || f.check != nil || a.disagreement("${"+name+"(x, y, '')}", x, y) != "" {
					continue
				}
				if p, _ := a.engine.Compile("${"+name+"(x, y, z)}", a.scope([]*schema.Field{x.typ, y.typ, nil})); p != nil {
					for _, z := range a.all {
						look("${"+name+"(x, y, z)}", x, y, z)
					}
				}
			}
		}
	}
}
