package foreign

import (
	"slices"
	"strings"
)

// Scope is what there is where an expression stands.
type Scope interface {
	// Reads reports whether an expression can be read; what it names need not be
	// there.
	Reads(expr string) bool
	// Type returns the type of an expression, such as string or list; empty where
	// it is not known.
	Type(expr string) string
	// Has reports whether there is a name: in ctx or env, or, for "", one that
	// stands for itself.
	Has(root, name string) bool
	// Function reports whether there is a function.
	Function(name string) bool
}

// Rewrite is what to write in the place of a part of an expression.
type Rewrite struct {
	Offset, Length int // bytes of the expression
	Use            string
	Note           string // what to think of besides; may be empty
	Work           int    // how much was looked for, also where nothing was found
}

// longest bounds what is looked at, in bytes, and mostWork how often a part of a
// form is held against it: forms within forms could be looked for without end.
const (
	longest  = 800
	mostWork = 20_000
)

// rounds bounds the forms in one expression.
const rounds = 8

// Find returns what to write for a part of an expression in which the check found
// mistakes at places, bytes of it. read is false where the expression cannot be
// read: then what is written otherwise can stand anywhere.
func Find(src string, places []int, read bool, scope Scope) (Rewrite, bool) {
	if len(src) > longest {
		return Rewrite{}, false
	}
	f := &finder{scope: scope}
	w, ok := f.find(src, places, read)
	w.Work = f.work
	return w, ok
}

func (f *finder) find(src string, places []int, read bool) (Rewrite, bool) {
	list, ok := scan(src)
	if !ok || len(list) > longest/4 {
		return Rewrite{}, false
	}
	if read {
		if w, ok := f.element(src, list, places); ok {
			return w, true
		}
		if w, ok := f.root(src, list, places); ok {
			return f.chained(src, w), true
		}
	}
	w, ok := f.first(src, list, func(own []int) bool {
		return !read || slices.ContainsFunc(own, func(i int) bool {
			return slices.ContainsFunc(places, func(p int) bool { return p >= list[i].off && p < list[i].end })
		})
	}, read)
	if !ok {
		return Rewrite{}, false
	}
	w.Use = f.settle(w.Use)
	w = f.chained(src, w)
	out := src[:w.Offset] + w.Use + src[w.Offset+w.Length:]
	if f.scope.Reads(out) {
		return w, true
	}
	for range rounds {
		list, ok := scan(out)
		if !ok {
			return Rewrite{}, false
		}
		next, ok := f.first(out, list, anywhere, false)
		if !ok {
			return Rewrite{}, false
		}
		out = out[:next.Offset] + next.Use + out[next.Offset+next.Length:]
		if f.scope.Reads(out) {
			use := strings.TrimSpace(out)
			return Rewrite{Offset: strings.Index(src, strings.TrimSpace(src)), Length: len(strings.TrimSpace(src)), Use: use, Note: w.Note}, true
		}
	}
	return Rewrite{}, false
}

// chained takes the members of others that stand behind what was rewritten:
// Object.keys(m).length.
func (f *finder) chained(src string, w Rewrite) Rewrite {
	for range rounds {
		out := src[:w.Offset] + w.Use + src[w.Offset+w.Length:]
		end := w.Offset + len(w.Use)
		list, ok := scan(out)
		i := slices.IndexFunc(list, func(t token) bool { return t.off == w.Offset })
		behind := slices.IndexFunc(list, func(t token) bool { return t.off == end })
		if !ok || i < 0 || behind < 0 || !list[behind].is(".") {
			return w
		}
		next, ok := f.member(out, list, i, func(own []int) bool { return own[0] == behind+1 }, true)
		if !ok {
			return w
		}
		w.Length += next.Length - len(w.Use)
		w.Use = f.settle(next.Use)
	}
	return w
}

type finder struct {
	scope Scope
	work  int
}

// tired reports whether enough was looked for.
func (f *finder) tired() bool {
	f.work++
	return f.work > mostWork
}

// anywhere wants a form wherever it stands.
func anywhere([]int) bool { return true }

// settle rewrites what is left in a part that was rewritten.
func (f *finder) settle(use string) string {
	for range rounds {
		list, ok := scan(use)
		if !ok || len(use) > longest {
			return use
		}
		next, ok := f.first(use, list, anywhere, false)
		if !ok {
			return use
		}
		use = use[:next.Offset] + next.Use + use[next.Offset+next.Length:]
	}
	return use
}

// first finds the first form that fits and is wanted.
func (f *finder) first(src string, list []token, wanted func(own []int) bool, refused bool) (Rewrite, bool) {
	all, known := tables.Get(), forms.Get()
	there := make(map[string]bool, len(list))
	for _, t := range list {
		there[t.text] = true
	}
	for n := range known {
		if known[n].refused && !refused || slices.ContainsFunc(all[n], func(p piece) bool { return p.place == 0 && !there[p.name] }) {
			continue
		}
		for i := range list {
			if w, ok := f.at(src, list, i, &known[n], all[n], wanted); ok {
				return w, true
			}
		}
	}
	for i := range list {
		if w, ok := f.called(src, list, i, wanted, refused); ok {
			return w, true
		}
	}
	return Rewrite{}, false
}

func (f *finder) at(src string, list []token, i int, fm *form, ps []piece, wanted func(own []int) bool) (Rewrite, bool) {
	if place := ps[0].place; (place == '$' || place == '@') && !begins(list, i, place) || place == 0 && !list[i].is(ps[0].name) || i > 0 && (list[i-1].is(".") || list[i-1].is("?.")) && list[i].kind == word {
		return Rewrite{}, false
	}
	m := &match{src: src, list: list, from: i, settle: f.settle, tired: f.tired, scope: f.scope, parts: map[string][]token{}}
	end, ok := m.find(ps, i)
	if !ok || end == i {
		return Rewrite{}, false
	}
	m.end = end
	own := m.literal
	if fm.within {
		for own = nil; i < end; i++ {
			own = append(own, i)
		}
		i = m.from
	}
	if fm.only != nil && !fm.only(m) || !wanted(own) {
		return Rewrite{}, false
	}
	use := fm.use(m)
	if use == "" || use == textOf(src, list[i:end]) {
		return Rewrite{}, false
	}
	return m.rewrite(use, fm.note), true
}

// rewrite puts parentheses around what would mean something else beside what
// stands around it.
func (m *match) rewrite(use, note string) Rewrite {
	off, end := m.list[m.from].off, m.list[m.end-1].end
	list, ok := scan(use)
	switch {
	case !ok:
	case m.amongOperators():
		use = grouped(use, list)
	case len(list) > 1 && list[0].is("(") && !list[1].is("{") && partner(list, 0) == len(list):
		use = use[1 : len(use)-1]
	}
	return Rewrite{Offset: off, Length: end - off, Use: use, Note: note}
}

func (m *match) amongOperators() bool {
	if m.end-m.from == 1 && len(m.literal) == 1 {
		return false // an operator alone
	}
	before := m.from > 0 && !slices.ContainsFunc([]string{"(", "[", "{", ",", ":", "=", ";", "?", "=>", "->"}, m.list[m.from-1].is)
	after := m.end < len(m.list) && !slices.ContainsFunc([]string{")", "]", "}", ",", ";", "?", ":"}, m.list[m.end].is)
	return before || after
}

// called finds a function or a member of another name.
func (f *finder) called(src string, list []token, i int, wanted func(own []int) bool, refused bool) (Rewrite, bool) {
	if f.tired() {
		return Rewrite{}, false
	}
	if w, ok := f.function(src, list, i, wanted); ok {
		return w, true
	}
	return f.member(src, list, i, wanted, refused)
}

func (f *finder) function(src string, list []token, i int, wanted func(own []int) bool) (Rewrite, bool) {
	t := list[i]
	isFree := i == 0 || !list[i-1].is(".") && !list[i-1].is("?.")
	if t.kind != word || !isFree || i+1 >= len(list) || !list[i+1].is("(") || f.scope.Function(t.text) {
		return Rewrite{}, false
	}
	end := partner(list, i+1)
	if end < 0 {
		return Rewrite{}, false
	}
	args := split(list[i+2 : end-1])
	name := strings.TrimLeft(t.text, "$")
	to := functions.Get()[fold(name)]
	if jsonata := functions.Get()[fold(t.text)]; jsonata != "" {
		to = jsonata
	}
	use := pickTemplate(to, len(args))
	if use == "" && name != t.text && f.scope.Function(name) {
		use = name + "(@*)"
	}
	if use == "" {
		return Rewrite{}, false
	}
	m := &match{src: src, list: list, from: i, settle: f.settle, tired: f.tired, end: end, scope: f.scope, parts: parts(args, list[i+2:end-1])}
	if !wanted([]int{i}) {
		return Rewrite{}, false
	}
	return m.rewrite(fill(use, m), ""), true
}

// member finds X.name and X.name(...).
func (f *finder) member(src string, list []token, i int, wanted func(own []int) bool, refused bool) (Rewrite, bool) {
	if !begins(list, i, '$') {
		return Rewrite{}, false
	}
	for _, end := range operands(list, i) {
		if end+1 >= len(list) || !list[end].is(".") && !list[end].is("?.") || list[end+1].kind != word {
			continue
		}
		name, behind := list[end+1].text, end+2
		m := &match{src: src, list: list, from: i, settle: f.settle, tired: f.tired, scope: f.scope}
		if behind < len(list) && list[behind].is("(") && list[behind].joined {
			if behind = partner(list, behind); behind < 0 {
				continue
			}
			args := split(list[end+3 : behind-1])
			m.parts, m.end = parts(args, list[end+3:behind-1]), behind
			m.parts["0"] = list[i:end]
			use := f.method(fold(name), len(args), m)
			if use == "" || !wanted([]int{end + 1}) {
				continue
			}
			return m.rewrite(fill(use, m), ""), true
		}
		if !refused {
			continue // it may be a member of a map
		}
		if end == i+1 && list[i].is("ctx") {
			continue // ctx.count is a name that nothing has set, and no count of names
		}
		m.parts, m.end = map[string][]token{"0": list[i:end]}, behind
		use := members.Get()[fold(name)]
		if fold(name) == "seconds" || fold(name) == "second" {
			use = map[string]string{"duration": "seconds($0)", "timestamp": "int(formatTime($0, '5'))"}[m.typ("0")]
		}
		if use != "" && wanted([]int{end + 1}) {
			return m.rewrite(fill(use, m), ""), true
		}
	}
	return Rewrite{}, false
}

// method returns the template for a method of so many arguments.
func (f *finder) method(name string, n int, m *match) string {
	if isText := m.typ("0"); name == "includes" || name == "contains" || name == "indexof" || slices.Contains([]string{"reverse", "reversed", "concat", "find", "lastindexof", "at", "take"}, name) {
		if isText == "string" {
			return pickTemplate(ofText.Get()[name], n)
		}
	}
	if name == "join" && len(m.parts["0"]) == 1 && m.parts["0"][0].kind == text {
		return "join(@1, $0)" // as Python does
	}
	return pickTemplate(methods.Get()[name], n)
}

func parts(args [][]token, all []token) map[string][]token {
	out := map[string][]token{"*": all}
	for i, arg := range args {
		if i < 9 {
			out[string(rune('1'+i))] = arg
		}
	}
	return out
}

// pickTemplate returns the one of templates, separated by |, that takes n
// arguments; one with @* takes any.
func pickTemplate(templates string, n int) string {
	for to := range strings.SplitSeq(templates, " | ") {
		if to != "" && (strings.Contains(to, "@*") || takes(to) == n) {
			return to
		}
	}
	return ""
}

// takes is the number of the arguments of a template.
func takes(to string) int {
	n := 0
	for i := 0; i+1 < len(to); i++ {
		if (to[i] == '@' || to[i] == '$') && to[i+1] >= '1' && to[i+1] <= '9' {
			n = max(n, int(to[i+1]-'0'))
		}
	}
	return n
}

// fold makes spellings of a name equal.
func fold(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}

// withPredicate are the functions that take an expression of the element.
var withPredicate = []string{"all", "any", "none", "one", "filter", "map", "count", "find", "findIndex", "findLast", "findLastIndex", "groupBy", "sortBy", "sum", "reduce"}

// element finds a predicate in which a name stands for the element that there is
// not: map(list, item.name).
func (f *finder) element(src string, list []token, places []int) (Rewrite, bool) {
	for i, t := range list {
		isFree := t.kind == word && (i == 0 || !list[i-1].is(".") && !list[i-1].is("?.")) && (i+1 == len(list) || !list[i+1].is("("))
		if !isFree || !slices.Contains(places, t.off) || f.named(t.text) {
			continue
		}
		from, end := around(list, i)
		if from < 0 {
			continue
		}
		m := &match{src: src, list: list, parts: map[string][]token{"1": list[from:end]}}
		use := mapInParentheses(renamed(m, m.parts["1"], map[string]string{t.text: "#"}))
		off := list[from].off
		return Rewrite{Offset: off, Length: list[end-1].end - off, Use: use, Note: elementNote}, true
	}
	return Rewrite{}, false
}

// named reports whether a name is likely to be meant as one that there is.
func (f *finder) named(name string) bool {
	return name[0] == '#' || f.scope.Has("", name) || f.scope.Has("ctx", name) || f.scope.Has("steps", name) || f.scope.Function(name) ||
		slices.Contains([]string{"inputs", "vars", "env", "secrets", "None", "NULL", "Null", "True", "False", "undefined", "nil"}, name)
}

// around returns the predicate that token i stands in, the innermost; -1 for
// none.
func around(list []token, i int) (from, end int) {
	for open := i - 1; open > 0; open-- {
		behind := partner(list, open)
		if !list[open].is("(") || behind <= i || !slices.Contains(withPredicate, list[open-1].text) {
			continue
		}
		if open > 1 && (list[open-2].is(".") || list[open-2].is("?.")) {
			continue // a method of others, whose first argument is no list
		}
		if from = run(list, open+1, "") + 1; open > 1 && list[open-2].is("|") {
			from = open + 1
		}
		if from > i || from >= behind-1 {
			continue
		}
		return from, run(list, from, "")
	}
	return -1, -1
}
