package bind

import (
	"testing"

	"github.com/medlar-flow/medlar/schema"
)

// Where values of several types come together, each of them can be what stands
// there when the expression runs.
func TestUnlikeTypes(t *testing.T) {
	s := newScope()
	texts := &schema.Field{Type: schema.List, Elem: typed("", schema.String)}
	s.add(Ref{"texts", ""}, Binding{Type: texts})
	s.add(Ref{"lists", ""}, Binding{Type: &schema.Field{Type: schema.List, Elem: texts, Nullable: true}})
	s.add(Ref{"flags", ""}, Binding{Type: &schema.Field{Type: schema.List, Elem: typed("", schema.Boolean)}})
	s.add(Ref{"blobs", ""}, Binding{Type: &schema.Field{Type: schema.List, Elem: typed("", schema.Bytes)}})
	s.add(Ref{"span", ""}, Binding{Type: typed("", schema.Duration)})
	s.add(Ref{"pair", ""}, Binding{Type: object(typed("name", schema.String), typed("age", schema.Integer))})
	const both = "a string or an integer"
	tests := []struct{ expr, want string }{
		{"sort(lists ?? ['a'])", "sort takes numbers, or text: an element can be a list"},
		{"sort(lists ?? [])", "sort takes numbers, or text: an element can be a list"},
		{"sort(flags)", "sort takes numbers, or text: an element can be a boolean"},
		{"sort([1, 'a'])", "sort takes numbers, or text, and not both: an element can be " + both},
		{"sort([1 + 1, upper('a')])", "sort takes numbers, or text, and not both: an element can be " + both},
		{"sort([1, 2 > 1])", "sort takes numbers, or text: an element can be a boolean"},
		{"sort(concat(texts, [1]))", "sort takes numbers, or text, and not both: an element can be " + both},
		{"sort(values({a: 1, b: 'x'}))", "sort takes numbers, or text, and not both: an element can be " + both},
		{"sort(values(merge({a: 1}, {b: 'x'})))", "sort takes numbers, or text, and not both: an element can be " + both},
		{"sort(flatten([texts, 1]))", "sort takes numbers, or text, and not both: an element can be a string or an integer"},
		{"flatten([['a']])[0] + 1", "+ cannot take a string and an integer"},
		{"sum(flatten([[1], ['a']]))", "sum takes numbers or durations: an element can be a string"},
		{"sum(flatten(chunk(concat([1], ['a']), 2)))", "sum takes numbers or durations: an element can be a string"},
		{"flatten(zip([1], ['a']))[0] + 1", "+ takes an integer or a number, and this can be a string"},
		{"zip(['a'], ['b'])[0][0] + 1", "+ cannot take a string and an integer"},
		{"chunk(['a'], 2)[0][0] + 1", "+ cannot take a string and an integer"},
		{"values({x: ['a']})[0][0] + 1", "+ cannot take a string and an integer"},
		{"(ctx.on ? [['a']] : [])[0][0] - 1", "- cannot take a string and an integer"},
		{"map([1], [string(#)])[0][0] + 1", "+ cannot take a string and an integer"},
		{"map(['a'], ({x: #}))[0].y + 1", ""},
		{"map(1..3, .a)", `this is an integer, which has no member "a"`},
		{"map(1..3, # + 'a')", "+ cannot take an integer and a string"},
		{"{(ctx.n): 1}", "the names of a map are strings, and this can be an integer"},
		{"{(ctx.name): 1}", ""},
		{"map(toPairs({a: 1}), #[1] + 1)", ""}, // each has its place in a pair
		{"map([[1, 'a']], #[0] + 1)", ""},
		{"zip([1], ['a'])[0][0] + 1", ""},
		{"sum(flatten([[1], [2, [3]]])[:2])", ""}, // of all depths
		{"sum(['x' == ctx.name ? 1 : 2]) < 'a'", "< cannot take an integer and a string"},
		{"count([1, 'a'], # > sum([1]))", "> takes an integer or a number, and this can be a string"},
		{"flatten([[ctx.any.text], [1]])[0] + 1", ""},
		{"sort(reverse(take([1, 'a'], 2)))", "sort takes numbers, or text, and not both: an element can be " + both},
		{"sort(map([1], ctx.on ? # : 'a'))", "sort takes numbers, or text, and not both: an element can be " + both},
		{"let l = [1, 'a']; sort(l)", "sort takes numbers, or text, and not both: an element can be " + both},
		{"sort(ctx.on ? [1] : ['a'])", "sort takes numbers, or text, and not both: an element can be " + both},
		{"sortBy(texts, [#])", "sortBy takes numbers, or text: an element can be a list"},
		{"sortBy([1, 2], ctx.on ? # : 'a')", "sortBy takes numbers, or text, and not both: an element can be " + both},
		{"mean([1, ctx.labels])", "mean takes numbers, and lists of them: an element can be a map"},
		{"mean([1, (let x = 2; ctx.user)])", "mean takes numbers, and lists of them: an element can be a map"},
		{"max(1, ctx.on ? 2 : 'a')", "max takes an integer, a number or a list, and this can be a string"},
		{"min([[1], ['a']][1])", ""},
		{"max(lists ?? [])", "max takes numbers, and lists of them: an element can be a string"},
		{"median([1, 'a'])", "median takes numbers, and lists of them: an element can be a string"},
		{"sum([1, 'a'])", "sum takes numbers or durations: an element can be a string"},
		{"sum(texts)", "sum takes numbers or durations: an element can be a string"},
		{"sum([1, 2], ctx.on ? # : 'a')", "sum takes numbers or durations: an element can be a string"},
		{"groupBy([1, 2], [#])", "a group's key must be a string, an integer or a boolean, and this can be a list"},
		{"sumBy(texts, 'a', 'b')", "sumBy takes maps: an element can be a string"},
		{"meanBy([{a: 1}, 2], 'a', 'b')", "meanBy takes maps: an element can be an integer"},
		{"fromPairs([['a', 1], 'b'])", "fromPairs takes pairs: an element can be a string"},
		{"toCSV(texts)", "toCSV takes rows that are all maps, or all lists: an element can be a string"},
		{"toCSV([[1], {a: 1}])", "toCSV takes rows that are all maps, or all lists: an element can be a list or a map"},
		{"join(blobs, ',')", "join takes text and what can be text: an element can be bytes"},
		{"join([1, 'a', true, [2]], ',')", ""},
		{"(ctx.on ? 1 : 'a') > 2", "> takes an integer or a number, and this can be a string"},
		{"(ctx.on ? 1 : [2]) < 'a'", "< takes a string, and this can be an integer or a list"},
		{"(ctx.on ? 1 : 'a') + 2", "+ takes an integer or a number, and this can be a string"},
		{"(ctx.on ? 1 : 'a') * 2", "* takes an integer or a number, and this can be a string"},
		{"-(ctx.on ? 1 : 'a')", "- takes an integer or a number, and this can be a string"},
		{"not (ctx.on ? 1 : true)", "not takes a boolean, and this can be an integer"},
		{"(ctx.on ? 1 : true) and ctx.on", "and takes a boolean, and this can be an integer"},
		{"(ctx.on ? 1 : true) ? 1 : 2", "a condition takes a boolean, and this can be an integer"},
		{"filter([1], ctx.on ? 1 : true)", "the predicate takes a boolean, and this can be an integer"},
		{"map(ctx.on ? [1] : {a: 1}, #)", "map takes a list, and this can be a map"},
		{"(ctx.on ? ctx.on : duration('1s')) ? 1 : 2", "a condition takes a boolean, and this can be a duration"},
		{"upper(ctx.on ? duration('1s') : 'a')", ""},
		{"(ctx.on ? duration('1s') : '2s') > '1s'", ""},
		{"upper(ctx.on ? 1 : 'a')", "upper takes a string, and this can be an integer"},
		{"(ctx.on ? {a: 1} : 'b').a", `this can be a string, which has no member "a"`},
		{"(ctx.on ? [1] : 5)[0]", "this can be an integer, which has no elements"},
		{"1 in (ctx.on ? [1] : 5)", "in takes a list or a map, and this can be an integer"},
		{"first([1, 'a']) > 1", "> takes an integer or a number, and this can be a string"},
		{"map([1, 'a'], # + 1)", "+ takes an integer or a number, and this can be a string"},
		{"any(texts, # > (get([1], 0) ?? 2))", "> cannot take a string and an integer"},
		{"get(texts, 0) * 2", "* cannot take a string and an integer"},
		{"(ctx.any.text ?? '7') + ctx.x", "+ takes an integer or a number, and this can be a string"},
		{"(ctx.any.text ?? '7') * 2", "* takes an integer or a number, and this can be a string"},
		{"first([ctx.any.text, 'a']) - 1", "- takes an integer or a number, and this can be a string"},
		{"(ctx.any.text ?? '7') + 'a'", ""},
		{"upper(ctx.any.text ?? 'x')", ""},
		{"format('%d', abs(ctx.x))", "format: value 1 must be an integer for %d, not a number"},
		{"format('%d', round(2.5))", "format: value 1 must be an integer for %d, not a number"},
		{"format('%d', abs(ctx.n))", ""},
		{"format('%f', ctx.on ? 1 : 'a')", "format: value 1 must be a number for %f, not a string"},
		{"(ctx.on ? 1 : 'a')[0:2]", "a slice takes a string or a list, and this can be an integer"},
		{"(ctx.n + ctx.any.text)[0:2]", "a slice takes a string or a list, and this can be an integer or a number"},
		{"upper(ctx.any.text + 1)", "upper takes a string, and this can be an integer or a number"},
		{"(ctx.any.text + 'a')[0:2]", ""},
		{"(ctx.any.text + ctx.any.text)[0:2]", ""},
		{"(0.5 - ctx.any.text) % 1000", "% takes an integer, and this is a number"},
		{"7 % (ctx.any.text * 1.5)", "% takes an integer, and this is a number"},
		{"(ctx.n - ctx.any.text) % 7", ""},
		{"int(0.5 - ctx.any.text) % 7", ""},
		// Beside a time, and in place of one.
		{"span > (ctx.on ? ctx.any.text : 8.5)", "> takes a duration here, and this can be a number"},
		{"(ctx.on ? span : 5) > '1s'", "> takes a duration here, and this can be an integer"},
		{"'1s' < span < (ctx.on ? ctx.any.text : 8.5)", "< takes a duration here, and this can be a number"},
		{"span == (ctx.on ? ctx.any.text : 8.5)", ""},
		{"span > (ctx.on ? ctx.any.text : '1s')", ""},
		{"span + (ctx.on ? ctx.any.text : 8.5)", "+ takes a duration here, and this can be a number"},
		{"(ctx.on ? ctx.at : [1]) - span", "- takes a timestamp here, and this can be a list"},
		{"span * (ctx.on ? 2 : 'a')", "* takes an integer or a number, and this can be a string"},
		{"span / (ctx.on ? 2 : ctx.any.text)", ""},
		{"(ctx.on ? span : 2) / 2", "/ takes a duration here, and this can be an integer"},
		{"-(ctx.on ? span : 2)", "- takes a duration here, and this can be an integer"},
		{"max(span, ctx.on ? ctx.any.text : 8.5)", "max cannot take a duration and what can be a number"},
		{"min([span, 5])", "min cannot take a duration and what can be an integer"},
		{"max(ctx.on ? span : 5)", "max cannot take a duration and what can be an integer"},
		{"max(span, ctx.any.text, '1s')", ""},
		{"max(span, float(ctx.any.text))", "max cannot take a duration and a number"},
		{"max(int(ctx.any.text), span)", "max cannot take a duration and an integer"},
		{"min(span, epochSeconds(ctx.any.text))", "min cannot take a duration and an integer"},
		{"min(span, string(ctx.any.text))", ""},
		{"sort([span, 5])", "sort takes durations: an element can be an integer"},
		{"sort([span, ctx.any.text])", ""},
		{"max(map([ctx.at], #)) > 5", "> cannot take a timestamp and an integer"},
		{"(first(ctx.on ? [ctx.at] : [ctx.at]) ?? 0) * 2", "* cannot take a timestamp and an integer"},
		{"sort(concat(ctx.numbers, [ctx.at]))", "sort takes timestamps: an element can be an integer"},
		{"sort(concat(values({x: 1}), [(let t = ctx.at; t)]))", "sort takes timestamps: an element can be an integer"},
		{"sort(concat([ctx.at], ['2026-01-01T00:00:00Z']))", ""},
		{"sort(concat([ctx.at], [span]))", ""}, // texts
		{"sort(values({a: ctx.at, b: 5}))", "sort takes timestamps: an element can be an integer"},
		{"sort(values(merge({a: ctx.at}, {b: 5})))", "sort takes timestamps: an element can be an integer"},
		{"max(flatten([[ctx.at], [5]]))", ""}, // what lies deeper is not followed
		{"{a: ctx.at, b: 5}.b > 3", ""},
		{"{a: ctx.at} == {a: '2026-01-01T00:00:00Z'}", ""},
		// The members of an object.
		{"sum(map(values(pair), # % 10))", "% takes an integer or a number, and this can be a string"},
		{"sort(values(pair))", "sort takes numbers, or text, and not both: an element can be a string or an integer"},
		{"upper(pair[ctx.name])", "upper takes a string, and this can be an integer"},
		{"values(merge(pair, {c: true})) | all(#)", "the predicate takes a boolean, and this can be a string or an integer"},
		{"string(pair[ctx.name])", ""},
		// Not everything is known, and what is asked for is known better.
		{"sort([1, ctx.any.text])", ""},
		{"sort([ctx.at, '2026-01-01T00:00:00Z'])", ""},
		{"map([1, 'a'], type(#) == 'string' ? upper(#) : string(# + 1))", ""},
		{"map([1, 'a', true], type(#) == 'string' ? upper(#) : string(# + 1))", "+ takes an integer or a number, and this can be a boolean"},
		{"map([1, 'a'], type(#) in ['string', 'list'] and upper(#) == 'A')", ""},
		{"map([1, 'a'], type(#) == 'integer' and upper(#) == 'A')", "upper takes a string here, not an integer"},
		{"type(ctx.n) == 'integer' ? sort([1, 'a']) : []", "sort takes numbers, or text, and not both: an element can be a string or an integer"},
		{"let t = type(ctx.any.text); t == 'string' ? 1 : sort([1, 'a'])", ""}, // which is not followed
		{"map([1, 'a'], # == 'a' ? # + 'x' : 'n')", ""},
		{"map([1, 'a'], # != 'a' ? # + 1 : 0)", "+ takes an integer or a number, and this can be a string"},
		{"map([1, 'a'], # in [1, 2] ? # + 1 : 0)", ""},
		{"map([1, 'a'], not (# in [1, 2]) or # + 1 > 1)", ""},
		{"map([1, 'a'], # == 1 or # == 'a' ? # + 1 : 0)", "+ takes an integer or a number, and this can be a string"},
		{"let x = ctx.on ? 1 : 'a'; x matches 'a' ? x + 'b' : ''", "matches takes a string, and this can be an integer"},
		{"let x = ctx.on ? 1 : 'a'; x == 'a' ? x + 'b' : ''", ""},
		{"let x = ctx.on ? 1 : 'a'; map(['y'], x == 'a' ? x + # : #)", ""},
		{"let x = ctx.on ? {a: 1} : 5; type(x) == 'map' ? x.a : 0", ""},
		{"let m = {a: 1, b: 'x'}; type(m.a) == 'string' ? upper(m.a) : ''", ""},
		{"type(pair[ctx.name]) == 'string' ? upper(pair[ctx.name]) : ''", ""}, // which is not followed
		{"find([1, 'a'], # == 'a') + 'b'", ""},
		{"find([1, 'a'], # == 1) + 'b'", "+ cannot take an integer and a string"},
		{"filter([1, 'a', true], # == 'a' or # == 'b')[0] + 'b'", ""},
		{"map(filter([1, 'a', true], # in ['a']), # + 'b')", ""},
		{"find([1, 'a', true], # != 'a') + 'b'", "+ takes a string, and this can be an integer or a boolean"},
		{"null in {a: 1}", "in looks for a member of a map by its name, which is a string, and this is null"},
		{"1 in {a: 1}", "in looks for a member of a map by its name, which is a string, and this is an integer"},
		{"null in [1]", ""},
		{"{a: 1}.a + 'x'", "+ cannot take an integer and a string"},
		{"upper({a: 1}.a)", "upper takes a string here, not an integer"},
		{"let m = {a: 1, b: 'x'}; upper(m.b) + string(m.a)", ""},
		{"let m = {a: 1, b: 'x'}; type(m.a) == 'string' ? upper(m.b) : ''", ""},
		{"get({a: 1}, 'a') + 'x'", "+ cannot take an integer and a string"},
		{"merge({a: 1}, {b: 2}).a + 'x'", "+ cannot take an integer and a string"},
		{"merge({a: 1}, {a: 'x'}).a + 'x'", ""},
		{"merge({a: 1}, ctx.labels).a + 'x'", ""},
		{"map([{a: 1}], .a[0])", "this is an integer, which has no elements"},
		{"map([[1]], .a)", "a list has no member \"a\""},
		{"map([1], ({a: #}))[0].a + 'x'", "+ cannot take an integer and a string"},
		{"sum(map([{a: 'x'}], .a))", "sum takes numbers or durations: an element can be a string"},
		{"map([{a: 1}, {a: 'x'}], .a + 1)", "+ takes an integer or a number, and this can be a string"},
		{"map([{a: 1}, {a: 'x'}], type(#.a) == 'integer' ? #.a + 1 : 0)", ""},
		{"{(ctx.name): 1, a: 'x'}.a + 1", ""}, // which the name may be
		{"{a: ctx.at}.a > '2026-01-01T00:00:00Z'", ""},
		{"[{a: 1}, 5][0].a + 1", ""},
		{"'abc'[1:][0]", "this is a string, which has no elements"},
		{"'abc'[1:] + 'd'", ""},
		{"reduce(ctx.numbers, #acc + #, 'a')", "+ cannot take a string and an integer"},
		{"reduce(ctx.numbers, upper(#acc), 0)", "upper takes a string here, not an integer"},
		{"reduce(ctx.numbers, #acc == '' ? string(#) : #acc + ',' + string(#), '')", ""},
		{"reduce(ctx.numbers, #acc == null ? # : max(#acc, #), null)", ""},
		{"reduce(ctx.numbers, upper(#acc))", "upper takes a string here, not an integer"},
		{"mean(ctx.labels)", "mean takes an integer, a number or a list here, not a map"},
		{"median(ctx.name)", "median takes an integer, a number or a list here, not a string"},
		{"mean(5, [6])", ""},
		{"max(ctx.numbers) ? 1 : 2", "a condition takes a boolean, and this is an integer"},
		{"upper(min(ctx.numbers, 2))", "upper takes a string here, not an integer"},
		{"max(ctx.numbers) + 1", ""},
		{"max(ctx.any.list) ? 1 : 2", ""},
		{"-9223372036854775808 < 0", ""},
		{"[1, - 9223372036854775808]", ""},
		{"9223372036854775808", "9223372036854775808 does not fit into 64 bits"},
		{"1-9223372036854775808", "9223372036854775808 does not fit into 64 bits"},
		{"(ctx.on ? 1 : 'a') == 2", ""},
		{"(ctx.on ? 1 : 2.5) > 2", ""},
		{"get(ctx.on ? [1] : {a: 1}, 0)", ""},
		{"string(ctx.on ? 1 : 'a')", ""},
		{"len(ctx.on ? [1] : 'a')", ""},
		{"int(ctx.on ? 1 : '2')", ""},
		{"merge(ctx.on ? {a: 1} : ctx.labels)", ""},
	}
	e := NewEngine()
	for _, tt := range tests {
		_, problems := e.Compile("${"+tt.expr+"}", s)
		got := ""
		if len(problems) > 0 {
			got = problems[0].Message
		}
		if got != tt.want || len(problems) > 1 {
			t.Errorf("%s:\ngot  %v\nwant %s", tt.expr, problems, tt.want)
		}
	}
}

// What a run began with before this was known goes on: it may never come to a
// value that does not fit.
func TestUnlikeTypesAreLeft(t *testing.T) {
	s := newScope()
	e := NewEngine(WithUnlikeTypes())
	for _, expr := range []string{
		"sort([1, 'a'])", "sort(ctx.on ? [1] : ['a'])", "sortBy([1, 2], ctx.on ? # : 'a')", "max(1, ctx.on ? 2 : 'a')", "sum([1, 'a'])",
		"toCSV([[1], {a: 1}])", "(ctx.on ? 1 : 'a') > 2", "(ctx.on ? 1 : 'a') * 2", "not (ctx.on ? 1 : true)", "(ctx.on ? 1 : true) ? 1 : 2",
		"filter([1], ctx.on ? 1 : true)", "upper(ctx.on ? 1 : 'a')", "(ctx.on ? {a: 1} : 'b').a", "(ctx.on ? [1] : 5)[0]",
		"1 in (ctx.on ? [1] : 5)", "map([1, 'a'], # + 1)", "(ctx.any.text ?? '7') * 2", "format('%f', ctx.on ? 1 : 'a')",
	} {
		if _, problems := e.Compile("${"+expr+"}", s); len(problems) > 0 {
			t.Errorf("%s: %v", expr, problems)
		}
	}
}
