package foreign

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/late"
)

// spreadList turns [...a, b, ...c] into concat(a, [b], c).
func spreadList(m *match) string { return spread(m, "concat(", "[", "]") }

// spreadMap turns {...a, b: 1} into merge(a, {b: 1}).
func spreadMap(m *match) string { return spread(m, "merge(", "{", "}") }

func spread(m *match, call, open, end string) string {
	var list, plain []string
	flush := func() {
		if len(plain) > 0 {
			list = append(list, open+strings.Join(plain, ", ")+end)
			plain = nil
		}
	}
	for _, part := range split(m.list[m.from+1 : m.end-1]) {
		if len(part) > 1 && (part[0].is("...") || part[0].is("*") || part[0].is("**")) {
			flush()
			list = append(list, textOf(m.src, part[1:]))
		} else {
			plain = append(plain, textOf(m.src, part))
		}
	}
	flush()
	if len(list) == 1 {
		return list[0]
	}
	return call + strings.Join(list, ", ") + ")"
}

// renamed writes an expression with other names for some words, where they are
// no members.
func renamed(m *match, list []token, names map[string]string) string {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	at := list[0].off
	for i, t := range list {
		b.WriteString(m.src[at:t.off])
		use, ok := names[t.text]
		isMember := i > 0 && (list[i-1].is(".") || list[i-1].is("?."))
		isKey := i+1 < len(list) && list[i+1].is(":") && i > 0 && (list[i-1].is("{") || list[i-1].is(","))
		if !ok || t.kind != word || isMember || isKey {
			use = t.text
		}
		b.WriteString(use)
		at = t.end
	}
	return b.String()
}

// predicate is the body of a function of one element.
func predicate(m *match) string {
	name, body := "1", "2"
	if strings.HasPrefix(m.text(name), "$") && m.list[m.from+1].is("->") {
		return "" // a member of PHP's
	}
	return mapInParentheses(renamed(m, m.parts[body], map[string]string{m.text(name): "#"}))
}

// mapInParentheses is a predicate's body, which is no map.
func mapInParentheses(body string) string {
	if strings.HasPrefix(body, "{") {
		return "(" + body + ")"
	}
	return body
}

// reducer is the body of a function of what was made and of an element.
func reducer(m *match) string {
	return renamed(m, m.parts["3"], map[string]string{m.text("1"): "#acc", m.text("2"): "#"})
}

// comprehension is [a for b in c if d].
func comprehension(m *match) string {
	element := map[string]string{m.text("2"): "#"}
	list := m.text("3")
	if m.parts["4"] != nil {
		list = "filter(" + list + ", " + renamed(m, m.parts["4"], element) + ")"
	}
	if m.text("1") == m.text("2") {
		return list
	}
	return "map(" + list + ", " + mapInParentheses(renamed(m, m.parts["1"], element)) + ")"
}

// Quoted is a text as an expression writes it.
func Quoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`).Replace(s) + "'"
}

// content is what stands in quotes; what a backslash means stays.
func content(t string) string { return t[1 : len(t)-1] }

// interpolated is f'a {b} c' as format('a %s c', b).
func interpolated(m *match) string {
	if m.end-m.from != 2 || !m.list[m.from+1].joined {
		return ""
	}
	template, rest := "", content(m.text("1"))
	var args []string
	for {
		before, behind, ok := strings.Cut(rest, "{")
		template += strings.ReplaceAll(before, "%", "%%")
		if !ok {
			break
		}
		inner, after, ok := strings.Cut(behind, "}")
		if !ok || inner == "" {
			return ""
		}
		verb := "%s"
		if expr, spec, found := strings.Cut(inner, ":"); found {
			inner, verb = expr, "%"+spec
		}
		template, rest = template+verb, after
		args = append(args, inner)
	}
	return "format('" + template + "', " + strings.Join(args, ", ") + ")"
}

// braces is 'a {} {1}' with values as format('a %s %s', values).
func braces(m *match) string {
	template, rest := "", content(m.text("1"))
	values := split(m.parts["*"])
	var args []string
	next := 0
	for {
		before, behind, ok := strings.Cut(rest, "{")
		template += before
		if !ok {
			break
		}
		inner, after, ok := strings.Cut(behind, "}")
		if !ok {
			return ""
		}
		i := next
		if n, err := strconv.Atoi(inner); err == nil {
			i = n
		} else if inner != "" {
			return ""
		}
		if next++; i < 0 || i >= len(values) {
			return ""
		}
		args = append(args, textOf(m.src, values[i]))
		template, rest = template+"%s", after
	}
	if args == nil {
		return ""
	}
	return "format('" + template + "', " + strings.Join(args, ", ") + ")"
}

// percent is 'a %s' % values.
func percent(m *match) string {
	values := m.text("2")
	if m.parts["*"] != nil {
		values = m.text("*")
	}
	if !strings.Contains(m.text("1"), "%") {
		return ""
	}
	return "format(" + m.text("1") + ", " + values + ")"
}

// backwards is x[::-1].
func backwards(m *match) string {
	if m.typ("1") == "string" {
		return "join(reverse(split(" + m.text("1") + ", '')))"
	}
	return "reverse(" + m.text("1") + ")"
}

func isRepeat(text, times string) func(m *match) bool {
	return func(m *match) bool {
		s := m.text(text)
		isLiteral := s[0] == '\'' || s[0] == '"'
		return isLiteral && !isSpan(s) && strings.Trim(content(s), "0123456789.-") != "" && m.typ(times) == "integer"
	}
}

// isSpan reports whether a literal is a duration.
func isSpan(s string) bool {
	if len(s) < 3 || s[0] != '\'' && s[0] != '"' {
		return false
	}
	s = content(s)
	return s[0] >= '0' && s[0] <= '9' && strings.IndexByte("smhd", s[len(s)-1]) >= 0
}

// timesDuration is n * '1s'.
func timesDuration(m *match) string {
	a, b := "1", "2"
	if isSpan(m.text(a)) {
		a, b = b, a
	}
	if !isSpan(m.text(b)) || m.typ(a) != "integer" && m.typ(a) != "number" {
		return ""
	}
	return fill("duration($"+b+") * $"+a, m)
}

func isNumber(t string) bool { return t == "integer" || t == "number" }

func isTime(t string) bool { return t == "timestamp" || t == "duration" }

// moved is a time and a number, or a duration before a time.
func moved(m *match) string {
	op, a, b := m.operator()
	switch {
	case op == "":
		return ""
	case isTime(a) && isNumber(b) && len(m.parts["2"]) == 1:
		return fill("$1 "+op+" '$2s'", m)
	case isTime(a) && isNumber(b):
		return fill("$1 "+op+" duration('1s') * $2", m)
	case op == "-" && (isSpan(m.text("1")) || a == "duration") && b == "timestamp":
		return fill("$2 - $1", m)
	case (a == "list" || a == "map") && op == "-":
		return without(m, a, b)
	}
	return ""
}

// operator returns the operator between two operands, and their types; nothing
// where one of them is a part of what binds as tightly.
func (m *match) operator() (op, a, b string) {
	if m.from > 0 && !endsOperand(m.list[m.from-1]) || m.end < len(m.list) && !endsOperand(m.list[m.end]) {
		return "", "", ""
	}
	for _, i := range m.literal {
		if op = m.list[i].text; op != "(" {
			break
		}
	}
	return op, m.typ("1"), m.typ("2")
}

// endsOperand reports whether what stands beside operators binds less than they
// do.
func endsOperand(t token) bool {
	switch t.text {
	case "(", ")", "[", "]", "{", "}", ",", ":", ";", "?", "and", "or", "&&", "||", "not", "!":
		return true
	}
	return false
}

// added is a + b of what + does not take.
func added(m *match) string {
	_, a, b := m.operator()
	switch {
	case a == "list" && b == "list":
		return fill("concat($1, $2)", m)
	case a == "list" && b != "":
		return fill("concat($1, [$2])", m)
	case (a == "map" || a == "object") && (b == "map" || b == "object"):
		return fill("merge($1, $2)", m)
	case a == "string" && b != "" && !isTime(b):
		return fill("$1 + ", m) + m.asText("2")
	case b == "string" && a != "" && !isTime(a):
		return m.asText("1") + fill(" + $2", m)
	case a == "boolean" && isNumber(b):
		return fill("($1 ? 1 : 0) + $2", m)
	}
	return ""
}

// numbers is an operator between a number and text.
func numbers(m *match) string {
	op, a, b := m.operator()
	if op == "" || !(a == "string" && isNumber(b) || b == "string" && isNumber(a)) {
		return ""
	}
	whole := a == "integer" || b == "integer"
	side := func(name, t string) (string, bool) {
		s := m.text(name)
		switch {
		case t != "string":
			return s, true
		case s[0] == '\'' || s[0] == '"':
			_, err := strconv.ParseFloat(content(s), 64)
			return content(s), err == nil && strings.Trim(content(s), "0123456789.-") == ""
		case whole:
			return "int(" + s + ")", true
		}
		return "float(" + s + ")", true
	}
	if op == "==" || op == "!=" {
		if use := equalTexts(m, op, a, b); use != "" {
			return use
		}
	}
	x, ok := side("1", a)
	y, also := side("2", b)
	if !ok || !also {
		return ""
	}
	return x + " " + op + " " + y
}

// equalTexts compares a number with a text that is no literal as texts, which
// cannot fail.
func equalTexts(m *match, op, a, b string) string {
	isLiteral := func(s string) bool { return s[0] == '\'' || s[0] == '"' }
	switch {
	case a == "string" && !isLiteral(m.text("1")):
		return fill("$1 "+op+" ", m) + m.asText("2")
	case b == "string" && !isLiteral(m.text("2")):
		return m.asText("1") + fill(" "+op+" $2", m)
	}
	return ""
}

// logic is and, or, not of what is no boolean.
func logic(m *match) string {
	op, a, b := m.operator()
	if m.parts["2"] == nil {
		if use := isNone(m, "1", a); use != "" {
			return use
		}
		return ""
	}
	if (op == "||" || op == "or") && a == "string" && b == "string" {
		return fill("$1 ?? $2", m)
	}
	x, y := isSome(m, "1", a), isSome(m, "2", b)
	if x == "" || y == "" {
		return ""
	}
	return x + " " + op + " " + y
}

// isSome is the condition that a value is none of those that others take for
// false.
func isSome(m *match, name, t string) string {
	if t == "boolean" {
		return m.text(name)
	}
	return beside(m, name, t, "!=", ">")
}

// isNone is the condition that a value is one of them.
func isNone(m *match, name, t string) string { return beside(m, name, t, "==", "==") }

// beside compares a value with that of its type which others take for false, and its
// length with 0.
func beside(m *match, name, t, value, length string) string {
	switch t {
	case "string":
		return fill("$"+name+" "+value+" ''", m)
	case "integer", "number":
		return fill("$"+name+" "+value+" 0", m)
	case "list", "map":
		return fill("len($"+name+") "+length+" 0", m)
	}
	return ""
}

// choice is c ? a : b with a condition that is no boolean.
func choice(m *match) string {
	t := m.typ("1")
	if t == "boolean" {
		return ""
	}
	use := isSome(m, "1", t)
	if use == "" {
		return ""
	}
	return use + " ? " + m.text("2") + " : " + m.text("3")
}

// macro is list.exists(x, x > 1).
func macro(name string) func(m *match) string {
	return func(m *match) string {
		return name + "(" + m.text("1") + ", " + mapInParentheses(renamed(m, m.parts["3"], map[string]string{m.text("2"): "#"})) + ")"
	}
}

// without is a list less the elements of another, or one element.
func without(m *match, a, b string) string {
	switch {
	case a == "list" && b == "list":
		return fill("filter($1, # not in $2)", m)
	case a == "list" && b != "":
		return fill("filter($1, # != $2)", m)
	case (a == "map" || a == "object") && b == "string":
		return fill("fromPairs(filter(toPairs($1), #[0] != $2))", m)
	}
	return ""
}

// joined is a ~ b: text of both.
func joined(m *match) string {
	if op := m.list[m.literal[0]].text; op == "&" && (m.typ("1") == "boolean" || m.typ("2") == "boolean") {
		return fill("$1 and $2", m)
	} else if op == "&" && isNumber(m.typ("1")) && isNumber(m.typ("2")) {
		return "" // of bits
	} else if op == "++" {
		switch m.typ("1") {
		case "list":
			return fill("concat($1, $2)", m)
		case "map", "object":
			return fill("merge($1, $2)", m)
		}
	}
	return m.asText("1") + " + " + m.asText("2")
}

func (m *match) asText(name string) string {
	part := m.parts[name]
	switch {
	case m.typ(name) == "string":
		return grouped(m.text(name), part)
	case len(part) == 1 && part[0].kind == number:
		return Quoted(m.text(name))
	}
	return "string(" + m.text(name) + ")"
}

func concatTexts(m *match) string {
	var out []string
	for _, arg := range split(m.parts["*"]) {
		one := match{src: m.src, scope: m.scope, parts: map[string][]token{"1": arg}}
		if t := one.typ("1"); t == "list" || t == "" {
			return ""
		}
		out = append(out, one.asText("1"))
	}
	return "(" + strings.Join(out, " + ") + ")"
}

func containsCall(m *match) string {
	if t := m.typ("1"); t == "list" || t == "map" || t == "object" {
		return fill("@2 in @1", m)
	}
	return fill("@1 contains @2", m)
}

// rounded is round(x, 2).
func rounded(m *match) string {
	n, err := strconv.Atoi(m.text("2"))
	if err != nil || n < 0 || n > 15 {
		return ""
	}
	if n == 0 {
		return fill("round(@1)", m)
	}
	power := "1" + strings.Repeat("0", n)
	return fill("(round(@1 * ", m) + power + ") / " + power + ")"
}

func environment(m *match) string {
	name := content(m.text("1"))
	for i := range len(name) {
		if !isWord(name[i]) || name[i] == '$' || name[i] == '#' || name[i] == '@' {
			return ""
		}
	}
	return "env." + name
}

// like is SQL's: % stands for anything.
func like(m *match) string {
	pattern := content(m.text("2"))
	middle := strings.Trim(pattern, "%")
	if middle == "" || strings.ContainsAny(middle, "%_") {
		return ""
	}
	op := "=="
	switch before, behind := strings.HasPrefix(pattern, "%"), strings.HasSuffix(pattern, "%"); {
	case before && behind:
		op = "contains"
	case before:
		op = "endsWith"
	case behind:
		op = "startsWith"
	}
	return fill("$1 "+op+" ", m) + Quoted(middle)
}

// filtered is x | name(arguments) of a template.
func filtered(m *match) string {
	name := m.text("2")
	args := split(m.parts["*"])
	if m.scope.Function(name) {
		if m.parts["*"] != nil {
			return "" // as a flow writes it
		}
		return fill(name+"($1)", m)
	}
	to := filters.Get()[fold(name)]
	use := pickTemplate(to, len(args))
	if use == "" {
		return ""
	}
	inner := &match{src: m.src, scope: m.scope, parts: parts(args, m.parts["*"])}
	inner.parts["0"] = m.parts["1"]
	if use == dateFilter {
		layout := javaLayout(content(inner.text("1")))
		if layout == "" {
			return ""
		}
		return fill("formatTime($0, "+Quoted(layout)+")", inner)
	}
	return fill(use, inner)
}

const dateFilter = "date @1"

// filters are those of templates; $0 is what stands before |.
var filters = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"length": "len($0)", "size": "len($0)", "count": "len($0)", "default": "($0 ?? @1)", "d": "($0 ?? @1)", "tojson": "json($0)", "json": "json($0)", "fromjson": "fromJSON($0)", "string": "string($0)", "upcase": "upper($0)", "downcase": "lower($0)", "uppercase": "upper($0)", "lowercase": "lower($0)",
		"b64encode": "base64($0)", "base64encode": "base64($0)", "b64decode": "unbase64($0)", "base64decode": "unbase64($0)", "urlencode": "urlencode($0)", "unique": "uniq($0)", "list": "$0", "date": dateFilter, "tonumber": "float($0)", "number": "float($0)", "strip": "trim($0)", "append": "($0 + @1)", "plus": "($0 + @1)", "minus": "($0 - @1)", "times": "($0 * @1)", "dividedby": "($0 / @1)", "items": "toPairs($0)", "keys": "keys($0)",
		"regexreplace": "regexReplace($0, @1, @2)", "regexsearch": "regexFind($0, @1)", "regexfindall": "regexFindAll($0, @1)", "quote": "json($0)", "capitalize": "(upper($0[0:1]) + $0[1:])", "dict2items": "toPairs($0)", "items2dict": "fromPairs($0)", "combine": "merge($0, @*)", "difference": "filter($0, # not in @1)", "intersect": "filter($0, # in @1)", "union": "uniq(concat($0, @1))", "truncate": "$0[0:@1]", "round": "(round($0 * 10 ** @1) / 10 ** @1)", "dateformat": dateFilter, "strftime": dateFilter, "replaceall": "replace($0, @1, @2)", "toarray": "$0", "tolist": "$0",
		"asciidowncase": "lower($0)", "asciiupcase": "upper($0)", "tostring": "string($0)", "toentries": "toPairs($0)", "fromentries": "fromPairs($0)", "add": "sum($0)", "select": "filter($0, @*)", "test": "($0 matches @1)", "startswith": "($0 startsWith @1)", "endswith": "($0 endsWith @1)", "has": "(@1 in $0)",
	}
}}

// javaParts are the parts of a time as Java and others write them.
var javaParts = late.Value[*strings.Replacer]{Make: func() *strings.Replacer {
	return strings.NewReplacer("yyyy", "2006", "YYYY", "2006", "yy", "06", "MMMM", "January", "MMM", "Jan", "MM", "01", "dd", "02", "DD", "02", "HH", "15", "hh", "03", "mm", "04", "ss", "05", ".SSS", ".000", "XXX", "Z07:00", "%Y", "2006", "%m", "01", "%d", "02", "%H", "15", "%M", "04", "%S", "05")
}}

// javaLayout is yyyy-MM-dd as a layout of formatTime; empty for one that has
// other parts.
func javaLayout(layout string) string {
	out := javaParts.Get().Replace(strings.ReplaceAll(layout, "'", ""))
	if out == layout || strings.ContainsAny(out, "yMdHhmsS%") && !strings.ContainsAny(out, "JZ") {
		return ""
	}
	return out
}

// dateNow is Camel's date:now:yyyyMMdd.
func dateNow(m *match) string {
	if layout := javaLayout(m.text("1")); layout != "" {
		return "formatTime(now(), " + Quoted(layout) + ")"
	}
	return ""
}

// named is the flow's name for a shell's.
func (m *match) named(name string) string {
	switch {
	case strings.HasPrefix(name, "ctx."), strings.HasPrefix(name, "env."), strings.HasPrefix(name, "steps."):
		return name
	case m.scope.Has("ctx", name):
		return "ctx." + name
	case m.scope.Has("", name):
		return name
	case strings.ToUpper(name) == name && strings.Trim(name, "0123456789") != "":
		return "env." + name
	}
	return ""
}

func shellName(to string) func(m *match) string {
	return func(m *match) string {
		name := m.named(m.text("1"))
		if name == "" {
			return ""
		}
		return strings.Replace(to, "_", name, 1)
	}
}

// shellLength is ${#name}.
func shellLength(m *match) string {
	name, ok := strings.CutPrefix(m.text("1"), "#")
	switch {
	case !ok || m.from != 0 || m.end != len(m.list) || name == "" || name[0] == '.':
		return ""
	}
	if name = m.named(name); name == "" {
		return ""
	}
	return "len(" + name + ")"
}

// shellDefault is ${name:-text}.
func shellDefault(m *match) string {
	if m.end != len(m.list) || m.from != 0 {
		return ""
	}
	name := m.named(m.text("1"))
	if name == "" {
		return ""
	}
	use := strings.Trim(m.text("2"), `"'`)
	if t := m.scope.Type(name); t == "integer" || t == "number" || t == "boolean" {
		return name + " ?? " + use
	}
	return name + " ?? " + Quoted(use)
}

// shellPart is ${name:0:3}.
func shellPart(m *match) string {
	from, _ := strconv.Atoi(m.text("2"))
	n, _ := strconv.Atoi(m.text("3"))
	return shellName("_[" + strconv.Itoa(from) + ":" + strconv.Itoa(from+n) + "]")(m)
}

// elvis is a ?: b ?: c of what is no boolean.
func elvis(m *match) string {
	if m.typ("1") == "boolean" {
		return ""
	}
	operands := []string{grouped(m.text("1"), m.parts["1"])}
	for rest := m.parts["2"]; len(rest) > 0; {
		end := run(rest, 0, "?:")
		operands = append(operands, grouped(textOf(m.src, rest[:end]), rest[:end]))
		rest = rest[min(end+1, len(rest)):]
	}
	return strings.Join(operands, " ?? ")
}

// closure is list.collect { it.name }, list.map { x -> x.name } and list map $.name.
func closure(name string) func(m *match) string {
	return func(m *match) string {
		element := map[string]string{"it": "#", "$": "#", "#": "#"}
		if m.parts["2"] != nil {
			element[m.text("2")] = "#"
		}
		if m.parts["4"] != nil {
			if hasWord(m.parts["3"], m.text("4")) {
				return "" // it counts the elements, which a predicate does not
			}
		}
		if hasWord(m.parts["3"], "$$") || hasWord(m.parts["3"], "println") || !hasWord(m.parts["3"], slices.Collect(maps.Keys(element))...) {
			return ""
		}
		return name + "(" + m.text("1") + ", " + mapInParentheses(renamed(m, m.parts["3"], element)) + ")"
	}
}

// hasWord reports whether a part has one of some words.
func hasWord(list []token, words ...string) bool {
	for _, t := range list {
		if t.kind == word && contains(words, t.text) {
			return true
		}
	}
	return false
}

// alone is true of a form that is the whole expression, whose first operand stands in
// no parentheses: else it is a call.
func alone(m *match) bool {
	return m.from == 0 && m.end == len(m.list) && m.parts["1"] != nil && !m.parts["1"][0].is("(")
}

// upTo is [0 to 2].
func upTo(m *match) string {
	last, err := strconv.Atoi(m.text("2"))
	if err != nil {
		return ""
	}
	return "[" + m.text("1") + ":" + strconv.Itoa(last+1) + "]"
}

// regexMatch is x =~ /pattern/.
func regexMatch(m *match) string {
	begin := m.list[m.end-1].end
	length := strings.IndexByte(m.src[begin:], '/')
	if length < 0 || strings.TrimSpace(m.src[begin+length+1:]) != "" {
		return ""
	}
	m.end = len(m.list)
	return m.text("1") + " matches " + Quoted(m.src[begin:begin+length])
}

// isOfType is x instanceof String.
func isOfType(m *match) string {
	t := map[string]string{"String": "string", "Integer": "integer", "Long": "integer", "List": "list", "Map": "map", "Boolean": "boolean", "Array": "list"}[m.text("2")]
	if t == "" {
		return ""
	}
	return fill("type($1) == '"+t+"'", m)
}

// formatted is a time as String {format: 'yyyy'}.
func formatted(m *match) string {
	layout := javaLayout(content(m.text("2")))
	if layout == "" {
		return ""
	}
	return "formatTime(" + m.text("1") + ", " + Quoted(layout) + ")"
}
