package bind

import "testing"

// What fails with the arguments that stand there is refused by the check.
func TestLiteralArguments(t *testing.T) {
	e, older := NewEngine(WithFunction("boom", func(string) (string, error) { panic("called by the check") })), NewEngine(WithUnlikeTypes())
	for expr, want := range map[string]string{
		"int('abc')":                       "int: the text is not an integer of 64 bits",
		"float('1e400')":                   "float: the text is not a number",
		"unbase64('???')":                  "unbase64: the text is not base64",
		"fromJSON('{')":                    "fromJSON: the text is not JSON",
		"fromXML('<a>')":                   "fromXML: the text is not XML with one element at its top",
		"repeat(ctx.name, -1)":             "repeat: a negative count",
		"take(ctx.numbers, -1)":            "take: a negative number of elements",
		"chunk(ctx.numbers, 0)":            "chunk: a chunk has at least one element",
		"padLeft(ctx.name, 3, '--')":       "padLeft: the filling must be one character",
		"sort(ctx.numbers, 'up')":          `sort: the order must be "asc" or "desc"`,
		"sortBy(ctx.users, .age, 'up')":    `the order must be "asc" or "desc"`,
		"bitshl(1, -1)":                    "bitshl: a shift by a negative count",
		"ctx.n / 0":                        "division by zero",
		"ctx.n % 0":                        "division by zero",
		"ctx.x / 0.0":                      "division by zero",
		"count([1, 2, 3])":                 "count without a predicate takes booleans: an element can be an integer",
		"count(ctx.numbers)":               "count without a predicate takes booleans: an element can be an integer",
		"trim(1)":                          "trim takes a string here, not an integer",
		"split('a', 1)":                    "split takes a string here, not an integer",
		"base64(1)":                        "base64 takes a string or bytes here, not an integer",
		"regexFind(ctx.name, 'a', true)":   "regexFind takes an integer or a string here, not a boolean",
		"sumBy(ctx.users, 'name', 'name')": `sumBy adds numbers, and "name" is a string`,
		// Where values are always the same, too.
		"let x = 'abc'; int(x)":                    "int: the text is not an integer of 64 bits",
		"let x = 'abc'; int(trim(x))":              "int: the text is not an integer of 64 bits",
		"int(trim(' abc '))":                       "int: the text is not an integer of 64 bits",
		"1 + int(upper('abc') + '1')":              "",
		"fromJSON(unbase64('ew=='))":               "fromJSON: the text is not JSON",
		"let n = 0; ctx.n / n":                     "division by zero",
		"ctx.n % (2 - 2)":                          "division by zero",
		"ctx.n / len('')":                          "",
		"ctx.n / int('0')":                         "division by zero",
		"let n = 1 - 2; repeat('a', n)":            "repeat: a negative count",
		"chunk(ctx.numbers, int('2') * 0)":         "chunk: a chunk has at least one element",
		"map([1], let x = 'a'; int(x))":            "int: the text is not an integer of 64 bits",
		"padLeft('a', 3, replace('-', '-', '--'))": "padLeft: the filling must be one character",
	} {
		if want == "" {
			if p, problems := e.Compile("${"+expr+"}", newScope()); p == nil {
				t.Errorf("%s is refused: %v", expr, problems)
			}
			continue
		}
		p, problems := e.Compile("${"+expr+"}", newScope())
		if p != nil {
			t.Errorf("%s is taken", expr)
		} else if len(problems) != 1 || problems[0].Message != want {
			t.Errorf("%s\ngot  %v\nwant %s", expr, problems, want)
		}
	}
	for _, expr := range []string{"let n = 0; n == 0 ? 0 : ctx.n / n", "let s = ''; s != '' and int(s) > 1", "let n = ctx.n; 1 / n", "1 / int(ctx.name)", "repeat('x', 60000000)", "boom('x')", "int('7')", "take([1], 2)", "format('%d', 1)", "len('abc')", "sort(ctx.numbers, 'desc')"} {
		if p, problems := e.Compile("${"+expr+"}", newScope()); p == nil {
			t.Errorf("%s is refused: %v", expr, problems)
		}
	}
	// Runs that began before are left as they were.
	for _, expr := range []string{"int('abc')", "ctx.n / 0", "count([1, 2])", "sortBy(ctx.users, .age, 'up')"} {
		if p, problems := older.Compile("${"+expr+"}", newScope()); p == nil {
			t.Errorf("%s is refused in an old run: %v", expr, problems)
		}
	}
}
