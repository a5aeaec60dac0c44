package bind

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/medlar-flow/medlar/internal/value"
)

// evaluate returns the value of an expression over the scope of the tests.
func evaluate(t *testing.T, expr string) any {
	t.Helper()
	out, err := mustCompile(t, "${"+expr+"}").Eval(newVars())
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return out
}

// Integers and numbers are equal, and in an order, only where they are the
// same: not where the integer rounds to the number.
func TestLargeIntegersAndNumbers(t *testing.T) {
	const odd = "9007199254740993" // 2^53 + 1
	for expr, want := range map[string]bool{
		odd + " == 9007199254740992.0":                                        false,
		odd + " != 9007199254740992.0":                                        true,
		odd + " > 9007199254740992.0":                                         true,
		odd + " <= 9007199254740992.0":                                        false,
		"9007199254740992 == 9007199254740992.0":                              true,
		"9007199254740992 >= 9007199254740992.0":                              true,
		odd + " == " + odd:                                                    true,
		odd + " == 9007199254740992":                                          false,
		"int('" + odd + "') == float('9007199254740992')":                     false,
		"get([" + odd + "], 0) == get([9007199254740992.0], 0)":               false,
		"get([" + odd + "], 0) > get([9007199254740992.0], 0)":                true,
		"[" + odd + "] == [9007199254740992.0]":                               false,
		"{a: " + odd + "} == {a: 9007199254740992.0}":                         false,
		odd + " in [9007199254740992.0]":                                      false,
		"9007199254740992.0 in [9007199254740992]":                            true,
		"9223372036854775807 == 9223372036854775808.0":                        false,
		"9223372036854775807 < 9223372036854775808.0":                         true,
		"1e300 > 9223372036854775807":                                         true,
		"-1e300 < -9223372036854775807":                                       true,
		"ctx.n == 5.0 and 5.0 == ctx.n and ctx.n < 5.5 and ctx.n > 4.5":       true,
		"ctx.n >= ctx.x and ctx.x < ctx.n":                                    true,
		"huge == 1180591620717411303424.0":                                    false,
		"len(uniq([" + odd + ", 9007199254740992.0, 9007199254740992])) == 2": true,
		"max(" + odd + ", 9007199254740992.0) == " + odd:                      true,
		"sort([" + odd + ", 9007199254740992.0])[1] == " + odd:                true,
		"1 < get([2.5], 0) < get([3], 0)":                                     true,
		"get([1], 0) < get([2.5], 0) < get([2], 0)":                           false,
	} {
		if got := evaluate(t, expr); got != want {
			t.Errorf("%s is %v", expr, got)
		}
	}
}

// What a function gives has a type, which its use is checked against.
func TestTypesOfResults(t *testing.T) {
	for expr, want := range map[string]string{
		"groupBy(ctx.users, .age)": "map of list of object", "keys(groupBy(ctx.numbers, #))": "list of string", "values(ctx.labels)": "list of string",
		"values(groupBy(ctx.numbers, #))": "list of list of integer", "toPairs(groupBy(ctx.numbers, #))": "list of list",
		"merge(groupBy(ctx.numbers, #), groupBy(ctx.numbers, #))": "map of list of integer", "split('a', ',')": "list of string", "concat(ctx.numbers, ctx.numbers)": "list of integer",
		"concat(ctx.numbers, ['a'])": "list", "chunk(ctx.users, 2)": "list of list of object", "max(1, 2)": "integer", "max(1, 2.5)": "number", "max(ctx.numbers)": "integer", "max(ctx.any.list)": "any",
		"sumBy(ctx.users, 'name', 'age')": "map of number", "regexFindAll('a', 'a')": "list of string", "fromCSV('a')": "list of map of string", "map(split('a', ','), #)": "list of string",
		"map(keys(ctx.labels), upper(#))": "list of string", "first(split('a', ','))": "string", "find(values(ctx.labels), # > 'a')": "string",
		"get(ctx.numbers, 0)": "integer", "get(ctx.labels, 'a') ?? 'b'": "string", "ctx.on ? 1 : 2.5": "number", "ctx.on ? [1] : [2.5]": "list of number", "last([2.5] ?? [1]) ?? 1": "number",
	} {
		if got := mustCompile(t, "${"+expr+"}").Type().TypeName(); got != want {
			t.Errorf("%s gives %s, want %s", expr, got, want)
		}
	}
	for expr, want := range map[string]string{
		"map(split('a,b', ','), # > 5)":                         "> cannot take a string and an integer",
		"map(keys(ctx.labels), # + 1)":                          "+ cannot take a string and an integer",
		"filter(values(groupBy(ctx.numbers, #)), # > 1)":        "> cannot take a list and an integer",
		"values(groupBy(ctx.users, .age))[0][0].nme":            `unknown field "nme" in this value`,
		"map(toPairs(ctx.labels), # + 'a')":                     "+ cannot take a list and a string",
		"max(1, 2) + 'a'":                                       "+ cannot take an integer and a string",
		"max('a', 'b')":                                         "max takes numbers, durations or timestamps, and lists of them, not a string",
		"sumBy(ctx.users, 'nme', 'age')":                        `unknown field "nme" in this value`,
		"meanBy(ctx.users, 'name', 'ag')":                       `unknown field "ag" in this value`,
		"map(fromCSV('a'), .a + 1)":                             "+ cannot take a string and an integer",
		"groupBy(ctx.numbers, #) + 1":                           "+ cannot take a map and an integer",
		"sum(map(split('a', ','), len(#))) + 'a'":               "+ cannot take an integer and a string",
		"map(groupBy(ctx.numbers, #), #)":                       "map takes a list, not a map",
		"map(chunk(ctx.users, 2), map(#, .nme))":                `unknown field "nme" in this value`,
		"format('%d %s', 1)":                                    "format: the template takes 2 values, and 1 is given",
		"regexFind('a', '(?P<x>a)', 'y')":                       "the pattern has no such group",
		"map(ctx.users, let u = #; map([1], u.nme))":            `unknown field "nme" in u`,
		"map(ctx.users, map([1], .name))":                       `an integer has no member "name"`,
		"let pairs = toPairs(groupBy(ctx.numbers, #)); pairs.a": `a list has no member "a"`,
	} {
		_, problems := NewEngine().Compile("${"+expr+"}", newScope())
		if len(problems) != 1 || problems[0].Message != want {
			t.Errorf("%s: got %v, want %s", expr, problems, want)
		}
	}
}

func TestMoreFunctions(t *testing.T) {
	type list = []any
	type dict = map[string]any
	tests := []struct {
		expr string
		want any
	}{
		// What groupBy gives is a map like any other.
		{"keys(groupBy([1, 2], #))", list{"1", "2"}},
		{"map(toPairs(groupBy(ctx.users, .age)), ({age: #[0], names: map(#[1], .name)}))", list{
			dict{"age": "20", "names": list{"Bob"}}, dict{"age": "30", "names": list{"Zoe", "Ann"}},
		}},
		{"merge(groupBy([1], #), groupBy([2], #))", dict{"1": list{int64(1)}, "2": list{int64(2)}}},
		{"len(groupBy([1, 2], #))", int64(2)},
		{"'1' in groupBy([1, 2], #)", true},
		{"groupBy([1, 2], #)['2'][0]", int64(2)},

		// Maps in predicates, computed keys, predicates in predicates.
		{"map([1], ({n: #}))", list{dict{"n": int64(1)}}},
		{"map([1], {{n: #}})", list{dict{"n": int64(1)}}},
		{"map(['a'], ({(# + '1'): #}))", list{dict{"a1": "a"}}},
		{"{(ctx.name): 1, ('a' + 'b'): 2}", dict{"Grüße": int64(1), "ab": int64(2)}},
		{"fromPairs(map(ctx.users, [.name, .age]))", dict{"Zoe": int64(30), "Ann": int64(30), "Bob": int64(20)}},
		{"map([1, 2], let outer = #; map([10, 20], # + outer))", list{list{int64(11), int64(21)}, list{int64(12), int64(22)}}},
		{"filter(ctx.users, let u = #; any(ctx.numbers, # * 10 == u.age))", list{newVars()[0].(dict)["users"].(list)[0], newVars()[0].(dict)["users"].(list)[1], newVars()[0].(dict)["users"].(list)[2]}},

		// ?? in parentheses.
		{"(ctx.nothing ?? 'a') + 'b'", "ab"},
		{"(ctx.any.missing ?? 0) > 1", false},
		{"ctx.n > (ctx.any.missing ?? 0)", true},

		{"padLeft('ü', 3, 'ß')", "ßßü"},
		{"padLeft('long', 2)", "long"},
		{"padRight(5, 3)", "5  "},
		{"padLeft('a', -1)", "a"},
		{"format('%5.1f|%-4s|%04d|%x|%X|%q|%%', 2.25, 'ü', -7, 255, 'az', 'a\"')", "  2.2|ü   |-007|ff|617A|\"a\\\"\"|%"},
		{"format('%s %s', [1], null ?? 'x')", "[1] x"},
		{"format('%f', 3)", "3.000000"},
		{"format('%d', huge)", huge().String()},
		{"regexFind('abc', 'b')", "b"},
		{"regexFind('abc', 'x')", nil},
		{"regexFind('k=v', '(?P<key>.)=(?P<value>.)', 'value')", "v"},
		{"regexFind('ab', 'a(x)?', 1)", nil},
		{"regexFind('abc', 'B' + '?c')", "c"},
		{"regexFindAll('a1b2', '[a-z]([0-9])', 1)", list{"1", "2"}},
		{"regexFindAll('abc', 'x')", list{}},
		{"zip([1], ['a'], [true])", list{list{int64(1), "a", true}}},
		{"zip([], [])", list{}},
		{"fromPairs(zip(['a'], [1]))", dict{"a": int64(1)}},
		{"chunk([], 3)", list{}},
		{"chunk([1, 2], 2)", list{list{int64(1), int64(2)}}},
		{"sumBy(ctx.users, 'age', 'age')", dict{"20": int64(20), "30": int64(60)}},
		{"meanBy([{k: true, v: 1}, {k: true, v: 2.5}], 'k', 'v')", dict{"true": 1.75}},
		{"meanBy([], 'k', 'v')", dict{}},

		{"fromCSV('')", list{}},
		{"fromCSV('a,b\\n1,\"x\\ny\"\\n')", list{dict{"a": "1", "b": "x\ny"}}},
		{"fromCSV('1;2', ';', [])", list{list{"1", "2"}}},
		{"fromCSV('1,2', ',', ['a', 'b'])", list{dict{"a": "1", "b": "2"}}},
		{"fromCSV('\ufeffa\\r\\n1\\r\\n')", list{dict{"a": "1"}}},
		{"toCSV([])", ""},
		{"toCSV([[1, null, true, {a: 1}]])", "1,,true,\"{\"\"a\"\":1}\"\n"},
		{"toCSV([{b: 'x', a: 'y;z'}], ';', ['b', 'a'])", "b;a\nx;\"y;z\"\n"},
		{"toCSV([[1]], ',', ['n'])", "n\n1\n"},
		{"fromCSV(toCSV([{a: ''}, {a: 'x'}]))", list{dict{"a": ""}, dict{"a": "x"}}},

		{"fromXML('<a/>')", dict{"a": ""}},
		{"fromXML('<a> x </a>')", dict{"a": " x "}},
		{"fromXML('<?xml version=\"1.0\"?>\\n<!-- c --><a b=\"1\">t<c>2</c><c/></a>\\n')", dict{"a": dict{"@b": "1", "#text": "t", "c": list{"2", ""}}}},
		{"fromXML('<a><c>1</c></a>', ['c'])", dict{"a": dict{"c": list{"1"}}}},
		{"fromXML('<s:a xmlns:s=\"u\"><s:b>&lt;&#65;<![CDATA[<x>]]></s:b></s:a>')", dict{"s:a": dict{"@xmlns:s": "u", "s:b": "<A<x>"}}},
		{"toXML({a: null})", "<a/>"},
		{"toXML({a: {'#text': 'x<&', '@q': '\"', b: [1, {c: true}]}})", `<a q="&quot;">x&lt;&amp;<b>1</b><b><c>true</c></b></a>`},
		{"fromXML(toXML({a: {b: ['1', '2'], '@c': 'd'}}))", dict{"a": dict{"b": list{"1", "2"}, "@c": "d"}}},
	}
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, evaluate(t, tt.expr), bigIntegers); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestMoreFunctionErrors(t *testing.T) {
	e := NewEngine()
	deep := strings.Repeat("<a>", 150) + strings.Repeat("</a>", 150)
	for expr, want := range map[string]string{
		"fromXML('')":                        "fromXML: the text is not XML with one element at its top",
		"fromXML('x')":                       "fromXML: the text is not XML with one element at its top",
		"fromXML('<a></b>')":                 "fromXML: the text is not XML with one element at its top",
		"fromXML('<a/><b/>')":                "fromXML: the text is not XML with one element at its top",
		"fromXML('<a/>x')":                   "fromXML: the text is not XML with one element at its top",
		"fromXML('<a b=\"1\" b=\"2\"/>')":    "fromXML: the text is not XML with one element at its top",
		"fromXML('<a>&e;</a>')":              "fromXML: the text is not XML with one element at its top",
		"fromXML('" + deep + "')":            "fromXML: elements nest too deep",
		"fromXML(repeat('<a>', 300000))":     "fromXML: the " + tooMuch,
		"toXML({})":                          "toXML: the map must have one member, which is the element at the top, not 0",
		"toXML({a: {'@x y': 1}})":            "toXML: a member's name is no name of an attribute",
		"toXML({a: {'@x': [1]}})":            "toXML: an attribute and #text must be text, a number or a boolean",
		"toXML({a: {b: [[1]]}})":             "toXML: a list in a list has no XML form",
		"toXML({a: ctx.raw})":                "toXML: a value is bytes, which text cannot hold: use base64(...), or ?? '' where there are none",
		"toXML({a: map(1..300000, 1)})":      "toXML: the element at the top cannot be a list",
		"toXML({a: {b: map(1..300000, 1)}})": "toXML: the " + tooMuch,
		"fromCSV(repeat(',', 2000000))":      "fromCSV: two columns have the same name",
		"toCSV(fromJSON('[5]'))":             "toCSV: row 1: expected a list, as the first row is, found an integer",
		"toCSV([[ctx.raw]])":                 "toCSV: row 1: a value is bytes, which text cannot hold: use base64(...), or ?? '' where there are none",
		"format('%' + 'v', 1)":               "format: after % stand s, d, f, e, x, X, q or %, with flags, a width and a precision before, such as %-10s, %05d, %.2f",
		"format('%f', 'x')":                  "format: value 1 must be a number for %f, not a string",
		"format('%s', null)":                 "format: value 1 is null, which text cannot hold: add ?? ''",
		"format('%9999d', 1)":                "format: after % stand s, d, f, e, x, X, q or %, with flags, a width and a precision before, such as %-10s, %05d, %.2f",
		"padLeft('a', 999999999)":            "padLeft: the " + tooMuch,
		"zip([1, 2], [1])":                   "zip: the lists are not equally long",
		"sumBy(fromJSON('[1]'), 'a', 'b')":   "sumBy: an element: expected a map, found an integer",
		"float('inf')":                       "float: the text is not a number",
		"float('0x1p3')":                     "float: the text is not a number",
		"float('1_0')":                       "float: the text is not a number",
		"float('1E400')":                     "float: the text is not a number",
		"1e400":                              "1e400 does not fit into 64 bits",
		"1E400":                              "1E400 does not fit into 64 bits",
		"0x1p3":                              "0x1p3 is no number",
		"fromJSON('[1E400]')":                "fromJSON: the text is not JSON",
	} {
		if got := failure(t, e, expr); strings.TrimPrefix(got, "format: ") != strings.TrimPrefix(want, "format: ") {
			t.Errorf("%s\ngot  %s\nwant %s", expr, got, want)
		}
	}
}

// The same arguments give the same result: maps are gone through in order.
func TestFunctionsAreDeterministic(t *testing.T) {
	e := NewEngine()
	for name, f := range described() {
		p, problems := e.Compile("${"+f.Example+"}", newScope())
		if p == nil {
			t.Fatal(name, problems)
		}
		for range 20 {
			got, err := p.Eval(newVars())
			if text, _ := value.EncodeJSON(got); string(text) != f.Result || err != nil {
				t.Fatalf("%s gives %s, %v", f.Example, text, err)
			}
		}
	}
	const many = `{i: 1, h: 2, g: 3, f: 4, e: 5, d: 6, c: 7, b: 8, a: 9}`
	for expr, want := range map[string]string{
		"join(keys(" + many + "))":                               "abcdefghi",
		"join(values(" + many + "))":                             "987654321",
		"join(map(toPairs(" + many + "), #[0]))":                 "abcdefghi",
		"toXML({r: " + many + "})[0:10]":                         "<r><a>9</a",
		"toCSV([" + many + "])[0:9]":                             "a,b,c,d,e",
		"string(merge(" + many + ", {a: 0}))[0:7]":               `{"a":0,`,
		"join(keys(sumBy(map(1..9, ({k: #, v: 1})), 'k', 'v')))": "123456789",
	} {
		for range 20 {
			if got := evaluate(t, expr); got != want {
				t.Fatalf("%s gives %v, want %s", expr, got, want)
			}
		}
	}
}
