package foreign

import (
	"slices"
	"strconv"
	"strings"
)

func bothAre(typ string) func(m *match) bool {
	return func(m *match) bool { return m.typ("1") == typ && m.typ("2") == typ }
}

// isPrefix reports whether nothing stands before a form that it could belong to.
func isPrefix(m *match) bool { return begins(m.list, m.from, '$') }

func isList(m *match) bool { return m.typ("1") == "list" }

// calledBare reports whether a function stands before its one argument, without
// parentheses, and nothing else does.
func calledBare(m *match) bool {
	return alone(m) && !m.parts["2"][0].is("(") && !m.parts["2"][0].is("[") && m.scope.Function(m.text("1"))
}

// others are words for what is none of the cases.
var others = []string{"_", "else", "default", "otherwise"}

// arm is one of the cases of a match: what it is for, empty for all others, and its value.
type arm struct{ is, then []token }

// arms is match x { 1 => 'a', _ => 'b' }, and when, and switch, as conditions one behind
// the other.
func arms(m *match) string {
	open := m.end - 1
	end := partner(m.list, open)
	if end < 0 {
		return ""
	}
	list, ok := armsOf(m.list[open+1 : end-1])
	if !ok {
		return ""
	}
	subject, isGiven := m.parts["1"]
	what := grouped(textOf(m.src, subject), subject)
	if isGiven && subject[0].is("(") && partner(subject, 0) == len(subject) && len(subject) > 2 {
		subject = subject[1 : len(subject)-1]
		what = grouped(textOf(m.src, subject), subject)
	}
	m.end = end
	otherwise, out := "null", ""
	for i, a := range list {
		value := grouped(textOf(m.src, a.then), a.then)
		if a.is == nil {
			if otherwise = value; i != len(list)-1 {
				return ""
			}
			continue
		}
		condition := textOf(m.src, a.is)
		if isGiven {
			condition = m.armIs(what, a.is)
		}
		out += condition + " ? " + value + " : "
	}
	if out == "" {
		return ""
	}
	return "(" + out + otherwise + ")"
}

// armIs is the condition that a value is what a case is for.
func (m *match) armIs(what string, is []token) string {
	text := textOf(m.src, is)
	switch {
	case hasMark(is, "|") || hasMark(is, ","):
		return what + " in [" + strings.NewReplacer(" | ", ", ", "|", ", ").Replace(text) + "]"
	case hasMark(is, ".."):
		return what + " in " + text
	case is[0].is("in"):
		return what + " " + text
	case is[0].is("if") && len(is) > 1:
		return textOf(m.src, is[1:])
	}
	return what + " == " + grouped(text, is)
}

// armsOf reads the cases between the braces.
func armsOf(list []token) (out []arm, ok bool) {
	arrow := func(t token) bool { return t.is("=>") || t.is("->") || t.is(":") }
	for i := 0; i < len(list); {
		if list[i].is(",") || list[i].is(";") {
			i++
			continue
		}
		begin := i
		for i < len(list) && !arrow(list[i]) {
			if list[i].is("(") || list[i].is("[") || list[i].is("{") {
				if i = partner(list, i); i < 0 {
					return nil, false
				}
				continue
			}
			i++
		}
		a := arm{is: list[begin:i]}
		if len(a.is) > 0 && a.is[0].is("case") {
			a.is = a.is[1:]
		}
		if len(a.is) == 0 || i+1 >= len(list) {
			return nil, false
		}
		if len(a.is) == 1 && contains(others, a.is[0].text) {
			a.is = nil
		}
		end := valueEnd(list, i+1, arrow)
		if end <= i+1 {
			return nil, false
		}
		a.then, i = list[i+1:end], end
		out = append(out, a)
	}
	return out, len(out) > 0
}

// valueEnd returns where the value of a case ends that begins at i: before a comma, or
// before what the next one is for, which is one token then.
func valueEnd(list []token, i int, arrow func(token) bool) int {
	for end := i; end < len(list); {
		switch t := list[end]; {
		case t.is(",") || t.is(";"):
			return end
		case t.is("(") || t.is("[") || t.is("{"):
			if end = partner(list, end); end < 0 {
				return -1
			}
			continue
		case t.is("case") && end > i:
			return end
		case end > i && end+1 < len(list) && arrow(list[end+1]) && t.kind != mark:
			return end
		}
		end++
	}
	return len(list)
}

// caseWhen is SQL's case when a then b else c end.
func caseWhen(m *match) string {
	i := m.end
	upTo := func(words ...string) []token {
		begin := i
		for i < len(m.list) && !contains(words, strings.ToLower(m.list[i].text)) {
			i++
		}
		return m.list[begin:i]
	}
	next := func(want string) bool {
		if i < len(m.list) && strings.ToLower(m.list[i].text) == want {
			i++
			return true
		}
		return false
	}
	subject := upTo("when")
	out := ""
	for next("when") {
		is := upTo("then")
		if !next("then") {
			return ""
		}
		then := upTo("when", "else", "end")
		if len(is) == 0 || len(then) == 0 {
			return ""
		}
		condition := textOf(m.src, is)
		if len(subject) > 0 {
			condition = m.armIs(grouped(textOf(m.src, subject), subject), is)
		}
		out += condition + " ? " + grouped(textOf(m.src, then), then) + " : "
	}
	otherwise := "null"
	if next("else") {
		rest := upTo("end")
		if len(rest) == 0 {
			return ""
		}
		otherwise = grouped(textOf(m.src, rest), rest)
	}
	if out == "" || !next("end") {
		return ""
	}
	m.end = i
	return "(" + out + otherwise + ")"
}

// rangeOf is range of numbers that are written: its last one is known.
func rangeOf(m *match) string {
	from, step := 0, 1
	last, err := strconv.Atoi(m.text("1"))
	if m.parts["2"] != nil && err == nil {
		from = last
		last, err = strconv.Atoi(m.text("2"))
	}
	if m.parts["3"] != nil && err == nil {
		step, err = strconv.Atoi(m.text("3"))
	}
	switch {
	case err != nil || step < 1:
		return ""
	case last <= from:
		return "[]"
	case step == 1:
		return "(" + strconv.Itoa(from) + ".." + strconv.Itoa(last-1) + ")"
	}
	body := "# * " + strconv.Itoa(step)
	if from != 0 {
		body = strconv.Itoa(from) + " + " + body
	}
	return "map(0.." + strconv.Itoa((last-from-1)/step) + ", " + body + ")"
}

// pairs is a function of the values and names of a map, of which % is the place; empty
// for what a flow cannot say so.
func pairs(to string) func(m *match) string {
	return func(m *match) string {
		if to == "" {
			return ""
		}
		names := map[string]string{m.text("2"): "#[1]", m.text("4"): "#[0]"}
		body := renamed(m, m.parts["5"], names)
		if m.parts["6"] != nil {
			body += ", " + renamed(m, m.parts["6"], names)
		}
		return fill(strings.Replace(to, "%", body, 1), m)
	}
}

// reduced is a function of what was made and of an element, with a value to begin with.
func reduced(m *match) string {
	names := map[string]string{"$$": "#acc", "$": "#"}
	if m.parts["2"] != nil {
		element, made := m.text("2"), m.text("4")
		if m.list[m.from+len(m.parts["1"])].is(".") { // Groovy and Kotlin begin with what was made
			element, made = made, element
		}
		names = map[string]string{element: "#", made: "#acc"}
	} else if !hasWord(m.parts["6"], "$$") {
		return ""
	}
	first := ""
	if m.parts["5"] != nil {
		first = ", " + m.text("5")
	}
	return "reduce(" + m.text("1") + ", " + mapInParentheses(renamed(m, m.parts["6"], names)) + first + ")"
}

// picked is the first or last element in the order of a closure.
func picked(function string) func(m *match) string {
	return func(m *match) string {
		if use := closure("sortBy")(m); use != "" {
			return function + "(" + use + ")"
		}
		return ""
	}
}

func flatMapped(m *match) string {
	use := closure("map")(m)
	switch {
	case use != "":
		return "flatten(" + use + ")"
	case m.text("3") == "$":
		return "flatten(" + m.text("1") + ")"
	}
	return ""
}

// attribute is a template with the member that a text names in the place of %.
func attribute(to string) func(m *match) string {
	return func(m *match) string {
		name := content(m.text("2"))
		if !isMember(name) {
			return ""
		}
		return strings.Replace(fill(to, m), "%", name, 1)
	}
}

// isMember reports whether a text is a name, or several with points between them.
func isMember(name string) bool {
	list, ok := scan(name)
	return ok && len(list) > 0 && list[0].kind == word && !strings.ContainsAny(name, " $#@") && len(operands(list, 0)) > 0 && operands(list, 0)[0] == len(list) && !strings.ContainsAny(name, "[(")
}

// testOf returns the operator of one of Jinja's tests; empty for what has none.
func testOf(name string) string {
	switch name {
	case "eq", "==", "equalto":
		return "=="
	case "ne", "!=":
		return "!="
	case "gt", ">", "greaterthan":
		return ">"
	case "lt", "<", "lessthan":
		return "<"
	case "ge", ">=":
		return ">="
	case "le", "<=":
		return "<="
	case "in", "contains":
		return name
	case "match", "search":
		return "matches"
	}
	return ""
}

// selected is selectattr('name', 'gt', 3), and rejectattr.
func selected(not string) func(m *match) string {
	return func(m *match) string {
		name, op := content(m.text("2")), testOf(content(m.text("3")))
		if op == "" || !isMember(name) {
			return ""
		}
		condition := "." + name + " " + op + " " + grouped(m.text("4"), m.parts["4"])
		if not != "" {
			condition = "not (" + condition + ")"
		}
		return "filter(" + m.text("1") + ", " + condition + ")"
	}
}

// sorted is a sort by a function that compares two elements.
func sorted(m *match) string {
	a, b := m.text("2"), m.text("3")
	left, right, ok := strings.Cut(m.text("4"), " - ")
	if !ok {
		return ""
	}
	order := ""
	if left == b || strings.HasPrefix(left, b+".") {
		a, b, order = b, a, ", 'desc'"
	}
	member, isA := strings.CutPrefix(left, a)
	other, isB := strings.CutPrefix(right, b)
	switch {
	case !isA || !isB || member != other:
		return ""
	case member == "":
		return "sort(" + m.text("1") + order + ")"
	case !isMember(strings.TrimPrefix(member, ".")):
		return ""
	}
	return "sortBy(" + m.text("1") + ", " + member + order + ")"
}

// withRegex is a method whose first argument is a pattern between slashes, which is the
// place %.
func withRegex(to string) func(m *match) string {
	return func(m *match) string {
		slash := m.list[m.end-1].end
		length := strings.IndexByte(m.src[slash:], '/')
		if length < 1 || m.src[slash+length-1] == '\\' {
			return ""
		}
		open := m.end - 2
		end := partner(m.list, open)
		behind := slices.IndexFunc(m.list, func(t token) bool { return t.off >= slash+length+1 })
		if end < 0 || behind < 0 || behind >= end {
			return ""
		}
		if m.list[behind].kind == word && m.list[behind].joined {
			if strings.Trim(m.list[behind].text, "gmsu") != "" {
				return ""
			}
			behind++
		}
		m.parts["0"] = m.parts["1"]
		if strings.Contains(to, "@2") {
			if behind >= end || !m.list[behind].is(",") || end-1 <= behind+1 {
				return ""
			}
			m.parts["2"] = m.list[behind+1 : end-1]
		} else if behind != end-1 {
			return ""
		}
		m.end = end
		return strings.Replace(fill(to, m), "%", Quoted(m.src[slash:slash+length]), 1)
	}
}

// pythonCall is a function of Python's that takes a lambda; name says what to call, and
// what around it.
func pythonCall(name string) func(m *match) string {
	return func(m *match) string {
		call, order, _ := strings.Cut(name, " ")
		body := mapInParentheses(renamed(m, m.parts["2"], map[string]string{m.text("1"): "#"}))
		switch order {
		case "sortBy":
			return call + "(sortBy(" + m.text("3") + ", " + body + "))"
		case "desc":
			return call + "(" + m.text("3") + ", " + body + ", 'desc')"
		}
		return call + "(" + m.text("3") + ", " + body + ")"
	}
}

func timedelta(m *match) string {
	unit := map[string]string{"days": "d", "hours": "h", "minutes": "m", "seconds": "s", "milliseconds": "ms"}[m.text("1")]
	if unit == "" {
		return ""
	}
	return "duration(" + Quoted(m.text("2")+unit) + ")"
}

// timeLayout is strftime('%Y') of a time; of the place 1 where that is empty.
func timeLayout(of string) func(m *match) string {
	return func(m *match) string {
		time, place := of, "1"
		if of == "" {
			time, place = m.text("1"), "2"
		}
		layout := javaLayout(content(m.text(place)))
		if layout == "" {
			return ""
		}
		return "formatTime(" + time + ", " + Quoted(layout) + ")"
	}
}

// entriesOf is a map made of a pair for each element.
func entriesOf(m *match) string {
	element := map[string]string{"it": "#"}
	if m.parts["2"] != nil {
		element = map[string]string{m.text("2"): "#"}
	}
	return "fromPairs(map(" + m.text("1") + ", [" + renamed(m, m.parts["3"], element) + ", " + renamed(m, m.parts["4"], element) + "]))"
}

// ofThis is a method whose argument speaks of the element as this.
func ofThis(name string) func(m *match) string {
	return func(m *match) string {
		if !hasWord(m.parts["3"], "this") || hasMark(m.parts["3"], "->") {
			return ""
		}
		return name + "(" + m.text("1") + ", " + mapInParentheses(renamed(m, m.parts["3"], map[string]string{"this": "#"})) + ")"
	}
}

// named is a member of a root that a text names.
func named(root string) func(m *match) string {
	return func(m *match) string {
		if name := content(m.text("1")); isMember(name) && m.scope.Has(root, name) {
			return root + "." + name
		}
		return ""
	}
}

// jsonPath is a path of names in a value.
func jsonPath(m *match) string {
	name, ok := strings.CutPrefix(content(m.text("2")), "$.")
	if !ok || !isMember(name) {
		return ""
	}
	return m.text("1") + "." + name
}
