package bind

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/schema"
)

// What other systems write otherwise gets a help that mends, at its place, and
// nothing besides.
func TestHabits(t *testing.T) {
	tests := []struct{ expr, place, help string }{
		// Predicates.
		{"filter(ctx.numbers, x => x > 1)", "x => x > 1", "# is the element: write # > 1"},
		{"filter(ctx.numbers, (x) => x > 1)", "(x) => x > 1", "# is the element: write # > 1"},
		{"map(ctx.numbers, x -> x)", "x -> x", "# is the element: write #"},
		{"filter(ctx.numbers, lambda x: x > 1)", "lambda x: x > 1", "# is the element: write # > 1"},
		{"map(ctx.users, {name: .name})", ":", predicateMapHelp},
		{"map(ctx.users, {'name': .name})", ":", predicateMapHelp},
		{"map(ctx.users, {name: .name, age: .age})", ":", predicateMapHelp},
		{"map(ctx.users, {})", "}", predicateMapHelp},
		{"ctx.users | map({name: .name})", ":", predicateMapHelp},
		{"[x * 2 for x in ctx.numbers]", "[x * 2 for x in ctx.numbers]", "write map(ctx.numbers, # * 2)"},
		{"mean(ctx.users, .age)", ".", "a member with nothing before it is that of a predicate's element, in all, any, none, one, filter, map, find, count, sum, sortBy, groupBy; elsewhere write map(list, .name)"},
		{"ctx.users[*].name", "ctx.users[*].name", "write map(ctx.users, .name)"},
		{"len(#)", "#", "# is the element in a predicate: filter(list, # > 1)"},

		// Null, true and false.
		{"ctx.name is null", "ctx.name is null", "write ctx.name == null"},
		{"ctx.name is not null", "ctx.name is not null", "write ctx.name != null"},
		{"ctx.name is None", "ctx.name is None", "write ctx.name == null"},
		{"ctx.name == None", "None", "write null"},
		{"ctx.name == NULL", "NULL", "write null"},
		{"ctx.name == Null", "Null", "write null"},
		{"ctx.name == undefined", "undefined", "write null"},
		{"ctx.on == True", "True", "write true"},
		{"ctx.on == TRUE", "TRUE", "write true"},
		{"ctx.on == False", "False", "write false"},
		{"ctx.on == yes", "yes", "write true"},

		// Members that are functions.
		{"ctx.numbers.length", "ctx.numbers.length", "write len(ctx.numbers)"},
		{"ctx.numbers.length > 2", "ctx.numbers.length", "write len(ctx.numbers)"},
		{"ctx.numbers.size()", "ctx.numbers.size()", "write len(ctx.numbers)"},
		{"ctx.name.length", "ctx.name.length", "write len(ctx.name)"},
		{"ctx.name.upper()", "ctx.name.upper()", "write upper(ctx.name)"},
		{"ctx.name.startsWith('G')", "ctx.name.startsWith('G')", "write ctx.name startsWith 'G'"},
		{"ctx.numbers.map(# * 2)", "ctx.numbers.map(# * 2)", "write map(ctx.numbers, # * 2)"},
		{"ctx.numbers.includes(1)", "ctx.numbers.includes(1)", "write 1 in ctx.numbers"},
		{"ctx.name.contains('x')", "ctx.name.contains('x')", "write ctx.name contains 'x'"},
		{"ctx.any.list.length()", "ctx.any.list.length()", "write len(ctx.any.list)"},
		{"ctx.at.seconds", "ctx.at.seconds", "write int(formatTime(ctx.at, '5'))"},
		{"map(ctx.users, .name.length)", "length", "write len(x)"},

		// Operators.
		{"ctx.numbers + ctx.numbers", "ctx.numbers + ctx.numbers", "write concat(ctx.numbers, ctx.numbers)"},
		{"ctx.numbers + [4]", "ctx.numbers + [4]", "write concat(ctx.numbers, [4])"},
		{"ctx.numbers + 4", "ctx.numbers + 4", "write concat(ctx.numbers, [4])"},
		{"ctx.labels + ctx.labels", "ctx.labels + ctx.labels", "write merge(ctx.labels, ctx.labels)"},
		{"contains(ctx.name, 'G')", "contains(ctx.name, 'G')", "write ctx.name contains 'G'"},
		{"startsWith(ctx.name, 'G')", "startsWith(ctx.name, 'G')", "write ctx.name startsWith 'G'"},
		{"endsWith(ctx.name, 'G')", "endsWith(ctx.name, 'G')", "write ctx.name endsWith 'G'"},
		{"matches(ctx.name, 'G')", "matches(ctx.name, 'G')", "write ctx.name matches 'G'"},
		{"ctx.n === 5", "===", "write =="},
		{"ctx.n !== 5", "!==", "write !="},
		{"ctx.n <> 5", "ctx.n <> 5", "write ctx.n != 5"},
		{"ctx.n = 5", "=", "write =="},
		{"ctx.n =5", "=", "write =="},
		{"ctx.on & ctx.on", "ctx.on & ctx.on", "write ctx.on and ctx.on"},
		{"ctx.on AND ctx.on", "AND", "write and"},
		{"NOT ctx.on", "NOT", "write not"},
		{"1 if ctx.on else 2", "1 if ctx.on else 2", "write ctx.on ? 1 : 2"},
		{"ctx.name like 'G%'", "ctx.name like 'G%'", "write ctx.name startsWith 'G'"},
		{"ctx.n eq 5", "eq", "write =="},
		{"'it''s'", "'s", `a quote within quotes is \', or put the text in "..."`},
		{"ctx.n – 1", "–", "write the minus sign -"},
		{"ctx.n ≥ 1", "≥", "write <=, >=, !=, * or /"},
		{"ctx.name == “Ada”", "“", `write straight quotes: "text" or 'text'`},
		{"ctx.name == ‘Ada’", "‘", `write straight quotes: "text" or 'text'`},
		{"ctx.n\u00a0> 1", "\u00a0", ""},
		{"ctx.name ~ 'x'", "ctx.name ~ 'x'", "write ctx.name + 'x'"},
		{"ctx.name . 'x'", "'", joinTextsHelp},
		{"split(ctx.name, '\n')", "\n", `close the text with a quote; in a value within "...", \n is written \\n`},
		{"ctx.name | length", "ctx.name | length", "write len(ctx.name)"},
		{"upper(ctx.name", "e", "close the ("},
		{"ctx.name || 'x'", "ctx.name || 'x'", "write ctx.name ?? 'x'"},
		{"not ctx.name", "not ctx.name", "write ctx.name == ''"},
		{"ctx.name > 1", "ctx.name > 1", "write int(ctx.name) > 1"},

		// ?? beside another operator.
		{"ctx.n ?? 0 + 1", "+", "write (a ?? b) + c, or a ?? (b + c)"},
		{"ctx.n ?? 0 == 1", "==", "write (a ?? b) == c, or a ?? (b == c)"},
		{"ctx.n ?? 0 > 1", ">", "write (a ?? b) > c, or a ?? (b > c)"},
		{"ctx.n ?? 0 in [1]", "in", "write (a ?? b) in c, or a ?? (b in c)"},
		{"ctx.name ?? '' contains 'x'", "contains", "write (a ?? b) contains c, or a ?? (b contains c)"},
		{"ctx.on ?? true and ctx.on", "and", "write (a ?? b) and c, or a ?? (b and c)"},

		// Names with dashes.
		{"ctx.x-amz-log-type", "x-amz-log-type", `a name with - in it stands in brackets: ctx["x-amz-log-type"]`},
		{"upper(ctx.x-amz-log-type)", "x-amz-log-type", `a name with - in it stands in brackets: ctx["x-amz-log-type"]`},
		{"ctx.any.my-long-name", "long", `a name with - in it stands in brackets: ["my-long-name"]; a difference has spaces around the minus sign`},

		// Functions of other names.
		{"length(ctx.numbers)", "length(ctx.numbers)", "write len(ctx.numbers)"},
		{"toUpperCase(ctx.name)", "toUpperCase(ctx.name)", "write upper(ctx.name)"},
		{"to_upper(ctx.name)", "to_upper(ctx.name)", "write upper(ctx.name)"},
		{"isNull(ctx.name)", "isNull(ctx.name)", "write ctx.name == null"},
		{"coalesce(ctx.name, 'x')", "coalesce(ctx.name, 'x')", "write ctx.name ?? 'x'"},
		{"json_encode(ctx.name)", "json_encode(ctx.name)", "write json(ctx.name)"},
		{"sprintf('%d', 1)", "sprintf('%d', 1)", "write format('%d', 1)"},
		{"range(5)", "range(5)", "write 0..4"},
		{"date()", "date", "times are RFC 3339 text: use parseTime(text) or now()"},
		{"upcase(ctx.name)", "upcase(ctx.name)", "write upper(ctx.name)"},
		{"lenn(ctx.name)", "lenn", `did you mean "len"? len(value: any) → integer; runner functions lists them`},

		{"md5(ctx.name)", "md5", "use sha256(text)"},
		{"sha1(ctx.name)", "sha1", "use sha256(text)"},
		{"len", "len", "len is a function: write len(...)"},
		{"len > 1", "len", "len is a function: write len(...)"},
		{"now.year", "now", "now is a function: write now(...)"},
		{"upper ctx.name", "upper ctx.name", "write upper(ctx.name)"},
		{"lower ctx.name", "lower ctx.name", "write lower(ctx.name)"},
		{"upper(ctx.name", "e", "close the ("},

		// Members of what has none.
		{"now().year", "now().year", "write int(formatTime(now(), '2006'))"},
		{"now().hour", "now().hour", "write int(formatTime(now(), '15'))"},
		{"ctx.at.year", "ctx.at.year", "write int(formatTime(ctx.at, '2006'))"},
		{"ctx.name[0]", "0", "a character of a text is text[0:1]"},
		{"ctx.name[-1]", "-1", "a character of a text is text[0:1]"},
		{"'abc'[0]", "0", "a character of a text is text[0:1]"},
		{"'x' in 'abc'", "in", "a part of a text is text contains 'x'; in looks into a list or a map"},
		{"ctx.name in ctx.name", "in", "a part of a text is text contains 'x'; in looks into a list or a map"},
		{"ctx.name not in 'abc'", "in", "a part of a text is text contains 'x'; in looks into a list or a map"},
		{"5 in 5", "in", "in looks into a list or a map: x in [1, 2]"},

		// Arguments.
		{"sumBy(ctx.users, 'name')", "sumBy", "sumBy(list: list of map, key: string, member: string) → map of number"},
		{"sumBy(ctx.users, .name, .age)", ".", "the members are named in quotes: sumBy(list, 'key', 'amount')"},
		{"meanBy(ctx.users, 'name')", "meanBy", "meanBy(list: list of map, key: string, member: string) → map of number"},
		{"len()", "len", "len(value: any) → integer"},
		{"len(1, 2)", "len", "len(value: any) → integer"},
		{"len(5)", "len", "len(value: any) → integer"},
		{"now(1)", "now", "now() → timestamp"},
		{"keys()", "keys", "keys(map: map) → list of string"},
		{"filter(ctx.users)", ")", "filter(list: list, predicate) → list"},
		{"upper(map(ctx.users))", ")", "map(list: list, predicate) → list"},
		{"sortBy(ctx.users)", ")", "sortBy(list: list, predicate, order?: string) → list"},
		{"groupBy(ctx.users)", ")", "groupBy(list: list, predicate) → map of list"},
		{"count()", ")", "count(list: list, predicate?) → integer"},
		{"reduce([1, ctx.n])", ")", "reduce(list: list, predicate, initial?: any) → any"},
		{"padLeft('a')", "padLeft", "padLeft(value: any, width: integer, fill?: string) → string"},
		{"split('a', ',', 'b')", "'b'", "split(text: string, separator: string, parts?: integer) → list of string"},
		{"filter(ctx.n, # > 1)", "ctx.n", "filter(list: list, predicate) → list"},
	}
	e, s := NewEngine(), newScope()
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			text := "${" + tt.expr + "}"
			p, problems := e.Compile(text, s)
			if tt.help == "" {
				if p == nil {
					t.Errorf("it is refused: %v", problems)
				}
				return
			}
			if p != nil || len(problems) != 1 {
				t.Fatalf("got %v, %v, want one problem", p, problems)
			}
			got := problems[0]
			if place := text[got.Offset : got.Offset+got.Length]; !strings.HasPrefix(place, tt.place) || got.Help != tt.help {
				t.Errorf("«%s» %s\ngot  %s\nwant %s at «%s»", place, got.Message, got.Help, tt.help, tt.place)
			}
		})
	}
}

// A name with a dash that ctx does not have is told of beside what it has.
func TestDashedNameThatIsNone(t *testing.T) {
	s := newScope()
	_, problems := NewEngine().Compile("${ctx.nam-x}", s)
	if len(problems) == 0 || !strings.Contains(problems[0].Help, `ctx["nam-x"]`) || !strings.Contains(problems[0].Help, `did you mean "name"?`) {
		t.Errorf("got %v", problems)
	}
	s.add(Ref{"order", ""}, Binding{Type: object(typed("a-b", schema.Any), typed("a", schema.Integer))})
	if p, problems := NewEngine().Compile("${order.a-1}", s); p == nil {
		t.Errorf("a difference is refused: %v", problems)
	}
}
