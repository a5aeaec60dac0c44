package sound_test

import (
	"fmt"
	"math/rand/v2"
)

// kind is a type that the generator knows.
type kind string

const (
	integer  kind = "integer"
	number   kind = "number"
	text     kind = "string"
	boolean  kind = "boolean"
	duration kind = "duration"
	instant  kind = "timestamp"
	integers kind = "list of integer"
	texts    kind = "list of string"
	object   kind = "object" // {a: integer, b: string}
	counts   kind = "map of integer"
)

var kinds = []kind{integer, number, text, boolean, duration, instant, integers, texts, object, counts}

// source is a value that an expression can name.
type source struct {
	path  string
	kind  kind
	maybe bool // it may be null
	free  bool // the check does not know its type
}

// generator writes flows that are right for the most part: what is wrong in
// the others the check must find.
type generator struct {
	*rand.Rand
	ids     int
	sources []source
	wrong   int  // in how many of a thousand places another type stands than is wanted
	strict  bool // only what the check knows the type of
	// sure takes care of null at once: what is null inside of lists and maps
	// the check does not follow.
	sure bool
}

func (g *generator) id(prefix string) string {
	g.ids++
	return fmt.Sprintf("%s%d", prefix, g.ids)
}

func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

// expression gives one of a kind, of so many levels.
func (g *generator) expression(k kind, depth int) string {
	if g.IntN(1000) < g.wrong {
		g.strict = true
		defer func() { g.strict = false }()
		return g.exact(pick(g, kinds), 0)
	}
	return g.exact(k, depth)
}

// exact gives one of the very kind: where something of another kind beside it
// makes a value of which the check only knows that it is one or the other.
func (g *generator) exact(k kind, depth int) string {
	if s, ok := g.source(k); ok && (depth <= 0 || g.IntN(3) == 0) {
		return s
	}
	if depth <= 0 {
		return g.literal(k)
	}
	return g.made(k, depth-1)
}

// source names a value of a kind, as it is or with another one for null.
func (g *generator) source(k kind) (string, bool) {
	var found []source
	for _, s := range g.sources {
		if s.kind == k && (!s.free || !g.strict) {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return "", false
	}
	s := pick(g, found)
	switch {
	case !s.maybe:
		return s.path, true
	case g.sure || g.IntN(6) > 0:
		return "(" + s.path + " ?? " + g.literal(k) + ")", true
	case g.IntN(4) == 0:
		return g.proven(s, k), true
	case g.IntN(3) > 0:
		return "(" + s.path + " != null ? " + s.path + " : " + g.literal(k) + ")", true
	}
	return s.path, true
}

// proven names a value that may be null where a condition has asked.
func (g *generator) proven(s source, k kind) string {
	condition := "type(%s) != 'null'"
	switch k {
	case integer, number:
		condition = pick(g, []string{"(%s ?? 0) > 2", "not ((%s ?? 5) > 3)", "%s in [1, 2, 3, 4]"})
	case text:
		condition = pick(g, []string{"(%s ?? '') != ''", "type(%s) == 'string'", "len(%s ?? '') > 1", "%s in ['a', 'x']"})
	case boolean:
		condition = pick(g, []string{"%s ?? false", "not (%s ?? true)"})
	case integers, texts:
		condition = "len(%s ?? []) > 0"
	}
	return "(" + fmt.Sprintf(condition, s.path) + " ? " + s.path + " : " + g.literal(k) + ")"
}

func (g *generator) literal(k kind) string {
	switch k {
	case integer:
		return fmt.Sprint(g.IntN(9))
	case number:
		return fmt.Sprintf("%d.5", g.IntN(9))
	case text:
		return pick(g, []string{"'x'", "'ab c'", "''", "'7'"})
	case boolean:
		return pick(g, []string{"true", "false"})
	case duration:
		return "duration('" + pick(g, []string{"1m30s", "500ms", "2h", "-7d"}) + "')"
	case instant:
		return "parseTime('2026-01-3" + pick(g, []string{"0", "1"}) + "T08:00:00Z')"
	case integers:
		return pick(g, []string{"[]", "[1]", "[3, 1, 2]"})
	case texts:
		return pick(g, []string{"['a']", "['b', 'a', 'b']"})
	case object:
		return "{a: 1, b: 'y'}"
	default:
		return pick(g, []string{"{}", "{x: 1}", "{x: 1, 'y-z': 2}"})
	}
}

// made gives an operator or a function whose operands are expressions. What
// fails by the values alone, such as a division by zero, is left out.
func (g *generator) made(k kind, depth int) string {
	e := func(k kind) string { return g.expression(k, depth) }
	if g.IntN(8) == 0 {
		return "(" + e(boolean) + " ? " + g.exact(k, depth) + " : " + g.exact(k, depth) + ")"
	}
	if g.IntN(12) == 0 {
		name := g.id("t")
		g.sources = append(g.sources, source{path: name, kind: integer})
		inner := g.expression(k, depth)
		g.sources = g.sources[:len(g.sources)-1]
		return "(let " + name + " = " + e(integer) + "; " + inner + ")"
	}
	forms := g.forms(k, e, func(k kind) string { return g.exact(k, depth) })
	return forms[g.IntN(len(forms))]()
}

// forms are ways to make a value of a kind. Those that begin with = take exact
// operands: of lists and maps of more than one kind, and of what ?? gives then,
// the check does not know the type.
func (g *generator) forms(k kind, e, exact func(kind) string) []func() string {
	f := func(format string, of ...kind) func() string {
		operand, within := e, format[0] == '='
		if within {
			format, operand = format[1:], exact
		}
		return func() string {
			was := g.sure
			g.sure = was || within
			defer func() { g.sure = was }()
			args := make([]any, len(of))
			for i, k := range of {
				args[i] = operand(k)
			}
			return fmt.Sprintf(format, args...)
		}
	}
	any := pick(g, kinds)
	switch k {
	case integer:
		return []func() string{
			f("(%s %% 5 + %s %% 7)", integer, integer), f("(%s - %s) %% 1000", integer, integer), f("len(%s)", integers), f("len(%s)", text), f("len(%s)", counts),
			f("abs(%s)", integer), f("=(first(%s) ?? 0)", integers), f("=(last(%s) ?? 1)", integers), f("count(%s, # > %s)", integers, integer), f("int(%s)", integer),
			f("(%s).a", object), f("=(%s.x ?? 4)", counts), f("=(get(%s, 0) ?? 2)", integers), f("indexOf(%s, 'a')", text), f("=(findIndex(%s, # == %s) ?? -1)", integers, integer),
			f("(-(%s) %% 50)", integer), f("len(keys(%s))", counts), f("=(find(%s, # > 1) ?? 9)", integers), f("sum(map(%s, # %% 10))", integers),
			f("(%s == null ? 1 : 2)", any), f("=reduce(%s, (#acc + #) %% 100, 0)", integers),
			f("=(get(%s, %s) ?? 3)", integers, integer), f("=(%s[%s] ?? 5)", counts, text), f("=(get(%s, %s) ?? 6)", counts, text), f("len(%s[0:%s])", integers, integer),
		}
	case number:
		return []func() string{
			f("(%s + %s)", integer, number), f("(%s / 4)", number), f("round(%s)", number), f("float(%s)", integer), f("seconds(%s)", duration),
			f("(%s * 0.5)", integer), f("=mean([1, %s])", number), f("epochSeconds(%s)", instant), f("max(%s, %s)", number, number),
		}
	case text:
		return []func() string{
			f("(%s + %s)[0:20]", text, text), f("upper(%s)", text), f("trim(%s)", text), f("string(%s)", any), f("json(%s)", any), f("join(%s, '-')", texts),
			f("replace(%s, 'a', %s)[0:30]", text, text), f("=(first(%s) ?? 'none')", texts), f("(%s).b", object), f("formatTime(%s, '2006-01-02')", instant),
			f("padLeft(%s, 8, '0')", text), f("type(%s)", any), f("format('%%s/%%d', %s, %s)", text, integer), f("sha256(%s)[0:8]", text), f("string(%s)", duration),
			f("(regexFind(%s, '[a-z]+') ?? '')", text), f("urlencode(%s)[0:40]", text), f("base64(%s)[0:40]", text),
		}
	case boolean:
		return []func() string{
			f("(%s > %s)", integer, integer), f("(%s <= %s)", number, integer), f("(%s == %s)", text, text), f("(%s and not %s)", boolean, boolean), f("(%s or %s)", boolean, boolean),
			f("any(%s, # > %s)", integers, integer), f("all(%s, len(#) < 3)", texts), f("(%s contains 'a')", text), f("(%s in %s)", integer, integers), f("(%s < %s)", duration, duration),
			f("(%s >= %s)", instant, instant), f("(%s startsWith %s)", text, text), f("(%s matches '^a')", text), f("(%s != null)", any), f("('x' in %s)", counts),
			f("none(%s, # == %s)", texts, text), f("(1 < %s < 5)", integer), f("(%s > '60s')", duration),
		}
	case duration:
		return []func() string{
			f("(%s - %s)", instant, instant), f("(%s + duration('1s'))", duration), f("(%s * 2)", duration), f("(%s / 3)", duration), f("duration('5s')"),
		}
	case instant:
		return []func() string{f("(%s + duration('1h'))", instant), f("(%s - '1m')", instant), f("now()"), f("run.startedAt"), f("max(%s, %s)", instant, instant)}
	case integers:
		return []func() string{
			f("=[%s, %s]", integer, integer), f("map(%s, # %% 9)", integers), f("filter(%s, # > %s)", integers, integer), f("take(%s, 2)", integers), f("reverse(%s)", integers),
			f("=concat(%s, [%s])", integers, integer), f("sort(%s)", integers), f("uniq(%s)", integers), f("map(%s, len(#))", texts), f("values(%s)", counts), f("sortBy(%s, # %% 3)", integers),
			f("map(1..3, # + %s %% 5)", integer), f("=(chunk(%s, 2)[-1:] | flatten())", integers),
		}
	case texts:
		return []func() string{
			f("=[%s, %s]", text, text), f("map(%s, upper(#))", texts), f("split(%s, ' ')", text), f("keys(%s)", counts), f("map(%s, string(#))", integers), f("sort(%s)", texts),
			f("regexFindAll(%s, '[a-z]')", text), f("filter(%s, # != %s)", texts, text),
		}
	case object:
		return []func() string{f("={a: %s, b: %s}", integer, text)}
	default:
		return []func() string{f("={x: %s}", integer), f("=merge(%s, {n: %s})", counts, integer), f("=fromPairs([['k', %s]])", integer), f("groupBy(%s, # > 1) | keys() | map([#, 1]) | fromPairs()", integers)}
	}
}

// bound is an expression as a value of a flow.
func (g *generator) bound(k kind) any {
	if g.IntN(10) == 0 {
		if v := g.plain(k); v != nil {
			return v
		}
	}
	if k == text && g.IntN(4) == 0 {
		other := pick(g, []kind{integer, number, text, boolean, duration, instant, integers})
		return "t ${" + g.expression(other, 1) + "}."
	}
	return "${" + g.expression(k, 1+g.IntN(3)) + "}"
}

// plain is a value that stands in the flow; nil where there is none of the kind.
func (g *generator) plain(k kind) any {
	switch k {
	case integer:
		return g.IntN(5)
	case number:
		return 2.5
	case text:
		return "plain"
	case boolean:
		return true
	case integers:
		return []any{1, 2}
	case texts:
		return []any{"p", "q"}
	case object:
		was := g.sure
		g.sure = true
		defer func() { g.sure = was }()
		return map[string]any{"a": "${" + g.exact(integer, 1) + "}", "b": "z"}
	case counts:
		return map[string]any{"x": 1}
	default:
		return nil
	}
}
