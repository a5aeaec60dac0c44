package bind

import (
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/schema"
)

// This file knows how other systems write what a flow writes otherwise.

// foreignFunctions are names of functions elsewhere, in lower case without
// underscores, and what to use.
var foreignFunctions = map[string]string{
	"date": "times are RFC 3339 text: use parseTime(text) or now()", "timezone": "times are in UTC: use parseTime(text) and formatTime(time, layout)",
	"length": "use len(x)", "size": "use len(x)", "strlen": "use len(text)", "arraylength": "use len(list)",
	"str": "use string(x)", "tostring": "use string(x)", "text": "use string(x)", "parseint": "use int(text)", "toint": "use int(x)", "number": "use float(x)", "parsefloat": "use float(text)", "tonumber": "use float(x)",
	"touppercase": "use upper(text)", "uppercase": "use upper(text)", "toupper": "use upper(text)", "tolowercase": "use lower(text)", "lowercase": "use lower(text)", "tolower": "use lower(text)",
	"strip": "use trim(text)", "substring": "write text[0:10]", "substr": "write text[0:10]", "slice": "write list[1:3] or text[1:3]", "charat": "write text[0:1]",
	"startswith": "write text startsWith 'x'", "endswith": "write text endsWith 'x'", "includes": "write text contains 'x', or x in list", "contains": "write text contains 'x', or x in list", "haskey": "write 'name' in map", "has": "write 'name' in map",
	"isnull": "write x == null", "isempty": "write len(x) == 0", "empty": "write len(x) == 0", "defined": "write x != null", "exists": "write x != null", "ispresent": "write x != null",
	"coalesce": "write a ?? b", "ifnull": "write a ?? b", "nvl": "write a ?? b", "default": "write a ?? b", "ornull": "write a ?? b", "try": "write a ?? b",
	"if": "write c ? a : b", "iif": "write c ? a : b", "not": "write not x", "and": "write a and b", "or": "write a or b", "eq": "write a == b", "ne": "write a != b", "gt": "write a > b", "lt": "write a < b",
	"append": "use concat(list, [x])", "push": "use concat(list, [x])", "add": "write a + b, or concat(list, [x])", "extend": "use concat(list, list)", "union": "use uniq(concat(a, b))", "distinct": "use uniq(list)", "unique": "use uniq(list)",
	"range": "write 1..5", "sorted": "use sort(list)", "reversed": "use reverse(list)", "avg": "use mean(list)", "average": "use mean(list)", "foreach": "use map(list, #), or a step forEach",
	"tojsonstring": "use json(x)", "jsonencode": "use json(x)", "stringify": "use json(x)", "jsonstringify": "use json(x)", "dumps": "use json(x)", "jsondecode": "use fromJSON(text)", "jsonparse": "use fromJSON(text)", "parsejson": "use fromJSON(text)", "loads": "use fromJSON(text)",
	"base64encode": "use base64(x)", "b64encode": "use base64(x)", "base64decode": "use unbase64(text)", "b64decode": "use unbase64(text)", "encodeuricomponent": "use urlencode(text)",
	"sprintf": "use format(template, ...)", "printf": "use format(template, ...)", "padstart": "use padLeft(text, width)", "padend": "use padRight(text, width)", "lpad": "use padLeft(text, width)", "rpad": "use padRight(text, width)", "ljust": "use padRight(text, width)", "rjust": "use padLeft(text, width)", "zfill": "use padLeft(n, width, '0')",
	"match": "write text matches 'pattern', or use regexFind(text, pattern)", "regex": "write text matches 'pattern', or use regexFind(text, pattern)", "regexmatch": "write text matches 'pattern', or use regexFind(text, pattern)", "test": "write text matches 'pattern'", "findall": "use regexFindAll(text, pattern)",
	"utcnow": "use now()", "timestamp": "use now(), or parseTime(text)", "currenttime": "use now()", "strftime": "use formatTime(time, layout)", "formatdate": "use formatTime(time, layout)", "dateformat": "use formatTime(time, layout)", "fromisoformat": "use parseTime(text)", "strptime": "use parseTime(text)", "todate": "use parseTime(text)", "timedelta": "use duration(text), such as duration('90d')", "totalseconds": "use seconds(duration)",
	"datediff": "write a - b: it is a duration", "dateadd": "write time + duration, such as now() + '1h'", "newguid": "use uuid()", "guid": "use uuid()", "random": "there is no randomness but uuid()", "rand": "there is no randomness but uuid()", "env": "write env.NAME", "getenv": "write env.NAME",
	"lookup": "write map[name] ?? 'default'", "items": "use toPairs(map)", "entries": "use toPairs(map)", "fromentries": "use fromPairs(pairs)", "typeof": "use type(x)", "isinstance": "use type(x)", "xmlparse": "use fromXML(text)", "parsexml": "use fromXML(text)", "parsecsv": "use fromCSV(text)",
	"md5": "use sha256(text)", "sha1": "use sha256(text)", "sha512": "use sha256(text)", "hash": "use sha256(text)", "hmacsha256": "use hmac(key, text)",
}

// elsewhere is the help for a function of another system.
func elsewhere(name string) string {
	return foreignFunctions[strings.ReplaceAll(strings.ToLower(name), "_", "")]
}

// foreignNames are words for values elsewhere.
var foreignNames = map[string]string{
	"none": "null", "null": "null", "nil": "null", "undefined": "null", "true": "true", "false": "false", "yes": "true", "no": "false",
}

// nameHabit is the help for a name that no scope has.
func nameHabit(name string) string {
	if value := foreignNames[strings.ToLower(name)]; value != "" {
		return "write " + value
	}
	return ""
}

// memberFunctions are members elsewhere that are functions here. _ stands for
// the value.
var memberFunctions = map[string]string{
	"length": "len(_)", "size": "len(_)", "count": "len(_)", "len": "len(_)", "first": "first(_)", "last": "last(_)", "keys": "keys(_)", "values": "values(_)",
	"upper": "upper(_)", "lower": "lower(_)", "trim": "trim(_)", "strip": "trim(_)", "toUpperCase": "upper(_)", "toLowerCase": "lower(_)", "join": "join(_, ', ')", "split": "split(_, ',')",
	"push": "concat(_, [x])", "append": "concat(_, [x])", "concat": "concat(_, [x])", "map": "map(_, #)", "filter": "filter(_, # > 1)", "sort": "sort(_)", "reverse": "reverse(_)",
	"includes": "x in _", "contains": "x in _", "indexOf": "indexOf(_, part)", "substring": "_[0:10]", "slice": "_[0:10]", "toString": "string(_)",
	"year": "formatTime(_, '2006')", "month": "formatTime(_, '01')", "day": "formatTime(_, '02')", "hour": "formatTime(_, '15')", "minute": "formatTime(_, '04')", "timestamp": "epochSeconds(_)",
	"total_seconds": "seconds(_)", "seconds": "seconds(_)", "isoformat": "string(_)", "format": "formatTime(_, '2006-01-02')", "replace": "replace(_, old, new)",
	"startsWith": "_ startsWith 'x'", "endsWith": "_ endsWith 'x'", "startswith": "_ startsWith 'x'", "endswith": "_ endsWith 'x'",
}

// memberHabit is the help for a member of what has none.
func memberHabit(name string, path []segment, of schema.Type) string {
	use := memberFunctions[name]
	if of == schema.String && (name == "includes" || name == "contains") {
		use = "_ contains 'x'"
	}
	if use == "" {
		return ""
	}
	label := "x"
	if len(path) > 0 {
		label = pathLabel(path)
	}
	return "write " + strings.Replace(use, "_", label, 1)
}

// betweenHabit is the help for what others write between a step and the members
// of its result.
func betweenHabit(name string, path []segment) string {
	if len(path) != 2 || path[0].name != "steps" {
		return ""
	}
	switch strings.ToLower(name) {
	case "outputs", "output", "result", "results", "response":
		return pathLabel(path) + " is the result itself: write its member in place of " + name
	}
	return ""
}

const (
	predicateHelp    = "a predicate is the expression alone, with # as the element: filter(list, # > 1), map(list, .name)"
	predicateMapHelp = "a map that a predicate gives stands in parentheses: map(list, ({name: .name}))"
	joinTextsHelp    = "join texts with +, or write a text with ${...} in it"
	smallHelp        = "operators are written in small letters: and, or, not, in"
)

// syntaxHabits are what stands before or at the place where an expression
// cannot be read, and what to write.
var syntaxHabits = []struct {
	at   *regex.Late // of the rest, from the place on
	back *regex.Late // of what stands before; nil: anything
	help string
}{
	{at: &regex.Late{Text: `^=>`}, help: predicateHelp},
	{at: &regex.Late{Text: `^>`}, back: &regex.Late{Text: `[\w)]\s*=$`}, help: predicateHelp},
	{at: &regex.Late{Text: `^->`}, help: predicateHelp},
	{at: &regex.Late{Text: `^>`}, back: &regex.Late{Text: `-$`}, help: predicateHelp},
	{at: &regex.Late{Text: `^is\s+not\b`}, help: "write != null"},
	{at: &regex.Late{Text: `^is\b`}, help: "write == null"},
	{at: &regex.Late{Text: `^(?i:like|ilike)\b`}, help: "write text contains 'x', or text matches 'pattern'"},
	{at: &regex.Late{Text: `^(?i:between)\b`}, help: "write 1 <= x and x <= 5"},
	{at: &regex.Late{Text: `^(AND|OR|NOT|IN|And|Or|Not|In)\b`}, help: smallHelp},
	{at: &regex.Late{Text: `^(?i:eq|ne|gt|ge|lt|le)\b`}, help: "write ==, !=, >, >=, <, <="},
	{at: &regex.Late{Text: `^contains\s*\(`}, help: "contains stands between its operands: text contains 'x'; an element of a list is x in list"},
	{at: &regex.Late{Text: `^startsWith\s*\(`}, help: "startsWith stands between its operands: text startsWith 'x'"},
	{at: &regex.Late{Text: `^endsWith\s*\(`}, help: "endsWith stands between its operands: text endsWith 'x'"},
	{at: &regex.Late{Text: `^matches\s*\(`}, help: "matches stands between its operands: text matches 'pattern'"},
	{at: &regex.Late{Text: `^(in|and|or)\s*\(`}, help: "in, and, or stand between their operands: x in list"},
	{at: &regex.Late{Text: `^==`}, back: &regex.Late{Text: `[=!]=?$`}, help: "write == or !="},
	{at: &regex.Late{Text: `^=`}, back: &regex.Late{Text: `[=!]=$`}, help: "write == or !="},
	{at: &regex.Late{Text: `^>`}, back: &regex.Late{Text: `<$`}, help: "write !="},
	{at: &regex.Late{Text: `^&`}, help: "write and; texts are joined with +"},
	{at: &regex.Late{Text: `^=\s`}, help: "compare with =="},
	{at: &regex.Late{Text: `^=[^=]`}, help: "compare with =="},
	{at: &regex.Late{Text: `^:`}, back: &regex.Late{Text: `[,(]\s*\{\s*[\w'"]+\s*$`}, help: predicateMapHelp},
	{at: &regex.Late{Text: `^,`}, back: &regex.Late{Text: `[,(]\s*\{[^{}]*$`}, help: predicateMapHelp},
	{at: &regex.Late{Text: `^\.\w`}, back: &regex.Late{Text: `\b(sumBy|meanBy)\([^()]*$`}, help: "the members are named in quotes: sumBy(list, 'key', 'amount')"},
	{at: &regex.Late{Text: `^\.\w`}, back: &regex.Late{Text: `(^|[,(=<>+*/&|-]|\b(?:and|or|not))\s*$`}, help: "a member with nothing before it is that of a predicate's element, in all, any, none, one, filter, map, find, count, sum, sortBy, groupBy; elsewhere write map(list, .name)"},
	{at: &regex.Late{Text: `^\.`}, back: &regex.Late{Text: `\{\s*[\w.]+$`}, help: "write ${ctx.name}: one { is enough"},
	{at: &regex.Late{Text: `^\}`}, back: &regex.Late{Text: `\{\s*[\w.]+\s*$`}, help: "write ${ctx.name}: one { is enough"},
	{at: &regex.Late{Text: `^#`}, help: "# is the element in a predicate: filter(list, # > 1)"},
	{at: &regex.Late{Text: `^\?`}, help: "write a ?? b, or c ? a : b"},
	{at: &regex.Late{Text: `^if\b`}, help: "write c ? a : b"},
	{at: &regex.Late{Text: `^for\b`}, help: "write map(list, # * 2), filter(list, # > 1), or a step forEach"},
	{at: &regex.Late{Text: `^(lambda|function)\b`}, help: predicateHelp},
	{at: &regex.Late{Text: `^\w`}, back: &regex.Late{Text: `\blambda\s+$`}, help: predicateHelp},
	{at: &regex.Late{Text: `^\w`}, back: &regex.Late{Text: `\b(NOT|Not)\s+$`}, help: smallHelp},
	{at: &regex.Late{Text: `^\}`}, back: &regex.Late{Text: `[,(]\s*\{\s*$`}, help: predicateMapHelp},
	{at: &regex.Late{Text: `^\*`}, back: &regex.Late{Text: `\[\s*$`}, help: "the members of all elements are map(list, .name)"},
	{at: &regex.Late{Text: `^'`}, back: &regex.Late{Text: `'$`}, help: `a quote within quotes is \', or put the text in "..."`},
	{at: &regex.Late{Text: `^\$`}, help: "names stand without $: ctx.name"},
	{at: &regex.Late{Text: `^~`}, help: joinTextsHelp},
	{at: &regex.Late{Text: `^['"]`}, back: &regex.Late{Text: `\.\s*(['"][^'"]*)?$`}, help: joinTextsHelp},
	{at: &regex.Late{Text: `^\n`}, back: &regex.Late{Text: `['"][^'"\n]*$`}, help: `close the text with a quote; in a value within "...", \n is written \\n`},
	{at: &regex.Late{Text: `^\s*$`}, back: &regex.Late{Text: `\|\s*\w+\s*$`}, help: "a function behind | has its parentheses, too: x | len()"},
}

// syntaxHelp is the help for an expression that cannot be read. at is where
// the reader stopped, a byte of src.
func syntaxHelp(src string, at int) string {
	at = min(max(at, 0), len(src))
	for _, h := range syntaxHabits {
		if h.at.Get().MatchString(src[at:]) && (h.back == nil || h.back.Get().MatchString(src[:at])) {
			return h.help
		}
	}
	c, _ := utf8.DecodeRuneInString(src[at:])
	switch {
	case strings.ContainsRune("“”„‟‘’‚‛«»‹›", c):
		return `write straight quotes: "text" or 'text'`
	case c == '\u00a0' || c == '\u2003' || c == '\u202f' || c == '\u200b':
		return "this is not a plain space: write one in its place"
	case strings.ContainsRune("–—−", c):
		return "write the minus sign -"
	case strings.ContainsRune("≤≥≠×÷", c):
		return "write <=, >=, !=, * or /"
	}
	if strings.TrimSpace(src[at:]) == "" {
		return unfinished(src)
	}
	if before := strings.TrimRight(src[:at], " \t"); len(before) < at {
		if f, ok := Describe(before[strings.LastIndexFunc(before, func(c rune) bool { return c > 0x7f || !isWordByte(byte(c)) })+1:]); ok {
			return "a function has its arguments in parentheses: " + f.Usage()
		}
	}
	return ""
}

// dashed is the name with dashes that begins at a name's end, as in
// ctx.my-name: off is a byte of text where name ends.
func dashed(text string, name string, end int) string {
	i := end
	for i < len(text) && text[i] == '-' {
		next := scanName(text, i+1, len(text))
		for next < len(text) && text[next] >= '0' && text[next] <= '9' && next == i+1 { // -2
			next++
		}
		if next == i+1 {
			break
		}
		i = next
	}
	if i == end {
		return ""
	}
	return name + text[end:i]
}

// choice is a condition with a value behind it, and no other one.
var choice = regex.Late{Text: `[^?]\?[^?:.][^:]*$`}

// unfinished is the help for an expression that stops too early.
func unfinished(src string) string {
	var open []byte
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case '\'', '"', '`':
			if i = quoteEnd(src, i); i < 0 {
				return "close the text with its quote"
			}
		case '(', '[', '{':
			open = append(open, c)
		case ')', ']', '}':
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
	}
	if len(open) > 0 {
		return "close the " + string(open[len(open)-1:])
	}
	if choice.Get().MatchString(src) {
		return "write c ? a : b"
	}
	return "write what is missing at the end, or take out the last operator"
}
