package bind

import (
	"encoding/json"
	"strings"
	"testing"
)

// What another language writes is told with what a flow writes, which can be put
// in its place, and which then has a value.
func TestElsewhere(t *testing.T) {
	tests := []struct{ expr, mended, value string }{
		// Groovy, Kotlin, DataWeave, Camel, Bloblang, templates of Go, CEL.
		{"ctx.name ?: 'x'", "ctx.name ?? 'x'", `"Grüße"`},
		{"ctx.n + 1 ?: 2", "(ctx.n + 1) ?? 2", "6"},
		{"ctx.name ?: 'x' ?: 'y'", "ctx.name ?? 'x' ?? 'y'", `"Grüße"`},
		{"ctx.numbers.collect { it * 2 }", "map(ctx.numbers, # * 2)", "[6,2,4]"},
		{"ctx.numbers.findAll { x -> x > 1 }", "filter(ctx.numbers, # > 1)", "[3,2]"},
		{"ctx.users.any { it.age > 25 }", "any(ctx.users, #.age > 25)", "true"},
		{"ctx.name =~ /^G.*/", "ctx.name matches '^G.*'", "true"},
		{"ctx.name ==~ /^x/", "ctx.name matches '^x'", "false"},
		{"'3' as Integer", "int('3')", "3"},
		{"ctx.name instanceof String", "type(ctx.name) == 'string'", "true"},
		{"ctx.numbers << 4", "concat(ctx.numbers, [4])", "[3,1,2,4]"},
		{"ctx.name!!", "ctx.name", `"Grüße"`},
		{"ctx.users map ((item, index) -> item.age)", "map(ctx.users, #.age)", "[30,30,20]"},
		{"ctx.users map $.age", "map(ctx.users, #.age)", "[30,30,20]"},
		{"ctx.numbers filter ($ > 1)", "filter(ctx.numbers, # > 1)", "[3,2]"},
		{"ctx.numbers orderBy $", "sortBy(ctx.numbers, #)", "[1,2,3]"},
		{"ctx.numbers distinctBy $", "uniq(ctx.numbers)", "[3,1,2]"},
		{"ctx.name splitBy 'r'", "split(ctx.name, 'r')", `["G","üße"]`},
		{"ctx.numbers joinBy ','", "join(ctx.numbers, ',')", `"3,1,2"`},
		{"now() as String {format: 'yyyy-MM-dd'}", "formatTime(now(), '2006-01-02')", `"2026-07-01"`},
		{"ctx.numbers[0 to 1]", "ctx.numbers[0:2]", "[3,1]"},
		{"ctx.numbers contains 3", "3 in ctx.numbers", "true"},
		{"ctx.name regex '^G'", "ctx.name matches '^G'", "true"},
		{"ctx.name ~~ 'g'", "lower(ctx.name) contains lower('g')", "true"},
		{"ctx.name | 'x'", "ctx.name ?? 'x'", `"Grüße"`},
		{"ctx.n is odd", "ctx.n % 2 == 1", "true"},
		{"ctx.numbers != empty", "len(ctx.numbers) != 0", "true"},
		{"eq ctx.n 5", "ctx.n == 5", "true"},
		{"default 'x' ctx.name", "ctx.name ?? 'x'", `"Grüße"`},
		{"index ctx.numbers 0", "ctx.numbers[0]", "3"},
		{"printf '%s!' ctx.name", "format('%s!', ctx.name)", `"Grüße!"`},
		{"hasKey ctx.labels 'a'", "'a' in ctx.labels", "true"},
		{"ternary 1 2 ctx.on", "ctx.on ? 1 : 2", "1"},
		{"ctx.numbers.map(x, x * 2)", "map(ctx.numbers, # * 2)", "[6,2,4]"},
		{"ctx.numbers.filter(x, x > 1)[0]", "filter(ctx.numbers, # > 1)[0]", "3"},
		{"ctx.labels ++ {c: '3'}", "merge(ctx.labels, {c: '3'})", `{"a":"1","b":"2","c":"3"}`},
		{"math.greatest(ctx.n, 7)", "max(ctx.n, 7)", "7"},
		{"isset(ctx.name)", "ctx.name != null", "true"},
		{"implode(',', ctx.numbers)", "join(ctx.numbers, ',')", `"3,1,2"`},

		// JavaScript.
		{"typeof ctx.n", "type(ctx.n)", `"integer"`},
		{"typeof(ctx.n) + '!'", "type(ctx.n) + '!'", `"integer!"`},
		{"new Date()", "now()", `"2026-07-01T12:00:00.5Z"`},
		{"new Date('2026-01-31T08:00:00Z')", "parseTime('2026-01-31T08:00:00Z')", `"2026-01-31T08:00:00Z"`},
		{"string(new Date()) + 'x'", "string(now()) + 'x'", `"2026-07-01T12:00:00.5Zx"`},
		{"new Date().toISOString()", "now()", `"2026-07-01T12:00:00.5Z"`},
		{"Date.now()", "epochSeconds(now()) * 1000", "1782907200000"},
		{"Object.keys(ctx.labels)", "keys(ctx.labels)", `["a","b"]`},
		{"Object.keys(ctx.labels).length", "len(keys(ctx.labels))", "2"},
		{"Object.values(ctx.labels)", "values(ctx.labels)", `["1","2"]`},
		{"Object.entries(ctx.labels)", "toPairs(ctx.labels)", `[["a","1"],["b","2"]]`},
		{"Object.assign({}, ctx.labels)", "merge({}, ctx.labels)", `{"a":"1","b":"2"}`},
		{"Array.isArray(ctx.numbers) and ctx.on", "(type(ctx.numbers) == 'list') and ctx.on", "true"},
		{"Math.max(ctx.n, 7) + 1", "max(ctx.n, 7) + 1", "8"},
		{"Math.round(ctx.x)", "round(ctx.x)", "2"},
		{"Math.pow(ctx.n, 2)", "ctx.n ** 2", "25"},
		{"JSON.stringify(ctx.labels)", "json(ctx.labels)", `"{\"a\":\"1\",\"b\":\"2\"}"`},
		{"JSON.parse('[1]')[0]", "fromJSON('[1]')[0]", "1"},
		{"[...ctx.numbers, 4]", "concat(ctx.numbers, [4])", "[3,1,2,4]"},
		{"[0, ...ctx.numbers, ...ctx.numbers]", "concat([0], ctx.numbers, ctx.numbers)", "[0,3,1,2,3,1,2]"},
		{"{...ctx.labels, c: '3'}", "merge(ctx.labels, {c: '3'})", `{"a":"1","b":"2","c":"3"}`},
		{"{...ctx.labels}", "ctx.labels", `{"a":"1","b":"2"}`},
		{"ctx.n === 5", "ctx.n == 5", "true"},
		{"ctx.n !== 5", "ctx.n != 5", "false"},
		{"'abc' =~ '^a'", "'abc' matches '^a'", "true"},
		{"'abc' !~ '^a'", "not ('abc' matches '^a')", "false"},
		{"ctx.numbers.length", "len(ctx.numbers)", "3"},
		{"ctx.numbers.length > 2", "len(ctx.numbers) > 2", "true"},
		{"ctx.numbers.filter(x => x > 1)", "filter(ctx.numbers, # > 1)", "[3,2]"},
		{"ctx.numbers.map((x) => x * 2)", "map(ctx.numbers, # * 2)", "[6,2,4]"},
		{"ctx.numbers.map(x => x * 2).filter(y => y > 2)", "filter(map(ctx.numbers, # * 2), # > 2)", "[6,4]"},
		{"ctx.users.find(u => u.name == 'Ann').age", "find(ctx.users, #.name == 'Ann').age", "30"},
		{"ctx.users.some(u => u.age > 25)", "any(ctx.users, #.age > 25)", "true"},
		{"ctx.users.map(u => ({n: u.name}))", "map(ctx.users, ({n: #.name}))", `[{"n":"Zoe"},{"n":"Ann"},{"n":"Bob"}]`},
		{"ctx.numbers.reduce((a, b) => a + b, 0)", "reduce(ctx.numbers, #acc + #, 0)", "6"},
		{"filter(ctx.numbers, x => x > 1)", "filter(ctx.numbers, # > 1)", "[3,2]"},
		{"ctx.numbers.includes(1)", "1 in ctx.numbers", "true"},
		{"ctx.name.includes('r')", "ctx.name contains 'r'", "true"},
		{"not ctx.name.startsWith('x')", "not (ctx.name startsWith 'x')", "true"},
		{"ctx.name.toUpperCase() + '!'", "upper(ctx.name) + '!'", `"GRÜßE!"`},
		{"ctx.name.split('r')[0]", "split(ctx.name, 'r')[0]", `"G"`},
		{"ctx.name.replace('r', 'R').toUpperCase()", "upper(replace(ctx.name, 'r', 'R'))", `"GRÜßE"`},
		{"ctx.numbers.join('-')", "join(ctx.numbers, '-')", `"3-1-2"`},
		{"ctx.numbers.slice(0, 2)", "ctx.numbers[0:2]", "[3,1]"},
		{"ctx.name.substring(1)", "ctx.name[1:]", `"rüße"`},
		{"ctx.x.toFixed(2)", "format('%.2f', ctx.x)", `"1.50"`},
		{"ctx.n.toString()", "string(ctx.n)", `"5"`},
		{"ctx.name.concat('x')", "ctx.name + 'x'", `"Grüßex"`},
		{"ctx.name.padStart(8, '0')", "padLeft(ctx.name, 8, '0')", `"000Grüße"`},
		{"String(ctx.n) + 'x'", "string(ctx.n) + 'x'", `"5x"`},
		{"Number('4.5') * 2", "float('4.5') * 2", "9"},
		{"parseInt('42') + 1", "int('42') + 1", "43"},
		{"process.env.HOME ?? ''", "env.HOME ?? ''", `"/home/x"`},
		{"ctx.numbers.map(function(x) { return x + 1; })", "map(ctx.numbers, # + 1)", "[4,2,3]"},

		// Python.
		{"f'Hi {ctx.name}, {ctx.n}'", "format('Hi %s, %s', ctx.name, ctx.n)", `"Hi Grüße, 5"`},
		{"f'{ctx.x:.2f}'", "format('%.2f', ctx.x)", `"1.50"`},
		{"'%s' % ctx.name", "format('%s', ctx.name)", `"Grüße"`},
		{"'%s-%d' % (ctx.name, ctx.n)", "format('%s-%d', ctx.name, ctx.n)", `"Grüße-5"`},
		{"'{} is {}'.format(ctx.name, ctx.n)", "format('%s is %s', ctx.name, ctx.n)", `"Grüße is 5"`},
		{"'a' * 3", "repeat('a', 3)", `"aaa"`},
		{"2 * 'a' + 'b'", "repeat('a', 2) + 'b'", `"aab"`},
		{"ctx.name[::-1]", "join(reverse(split(ctx.name, '')))", `"eßürG"`},
		{"ctx.numbers[::-1]", "reverse(ctx.numbers)", "[2,1,3]"},
		{"[x * 2 for x in ctx.numbers]", "map(ctx.numbers, # * 2)", "[6,2,4]"},
		{"[u.name for u in ctx.users if u.age > 25]", "map(filter(ctx.users, #.age > 25), #.name)", `["Zoe","Ann"]`},
		{"map(ctx.numbers, lambda x: x + 1)", "map(ctx.numbers, # + 1)", "[4,2,3]"},
		{"'a' if ctx.on else 'b'", "ctx.on ? 'a' : 'b'", `"a"`},
		{"ctx.name is None", "ctx.name == null", "false"},
		{"ctx.name is not None and ctx.on", "(ctx.name != null) and ctx.on", "true"},
		{"str(ctx.n)", "string(ctx.n)", `"5"`},
		{"', '.join(keys(ctx.labels))", "join(keys(ctx.labels), ', ')", `"a, b"`},
		{"ctx.labels.get('a', 'none')", "ctx.labels['a'] ?? 'none'", `"1"`},
		{"ctx.labels.items()", "toPairs(ctx.labels)", `[["a","1"],["b","2"]]`},
		{"ctx.name.upper().lower()", "lower(upper(ctx.name))", `"grüße"`},
		{"isinstance(ctx.name, str)", "type(ctx.name) == 'string'", "true"},
		{"datetime.utcnow() > '2020-01-01T00:00:00Z'", "now() > '2020-01-01T00:00:00Z'", "true"},
		{"json.dumps(ctx.numbers)", "json(ctx.numbers)", `"[3,1,2]"`},
		{"os.environ['HOME'] ?? 'x'", "env.HOME ?? 'x'", `"/home/x"`},
		{"range(3)", "0..3 - 1", "[0,1,2]"},
		{"ctx.numbers.append(4)", "concat(ctx.numbers, [4])", "[3,1,2,4]"},
		{"sorted(ctx.numbers)", "sort(ctx.numbers)", "[1,2,3]"},

		// Numbers, texts and times.
		{"round(ctx.x, 2)", "round(ctx.x * 100) / 100", "1.5"},
		{"round(ctx.x + 1, 1) * 2", "(round((ctx.x + 1) * 10) / 10) * 2", "5"},
		{"ctx.n * '1s'", "duration('1s') * ctx.n", `"5s"`},
		{"'2m' * 3", "duration('2m') * 3", `"6m0s"`},
		{"now() - 90", "now() - '90s'", `"2026-07-01T11:58:30.5Z"`},
		{"now() - ctx.n", "now() - duration('1s') * ctx.n", `"2026-07-01T11:59:55.5Z"`},
		{"now() + 3600", "now() + '3600s'", `"2026-07-01T13:00:00.5Z"`},
		{"'1h' - now()", "now() - '1h'", `"2026-07-01T11:00:00.5Z"`},
		{"'1h' - ctx.at", "ctx.at - '1h'", `"2026-07-01T11:00:00Z"`},
		{"ctx.name + ctx.n", "ctx.name + string(ctx.n)", `"Grüße5"`},
		{"ctx.n + ' pieces'", "string(ctx.n) + ' pieces'", `"5 pieces"`},
		{"ctx.n + '1'", "string(ctx.n) + '1'", `"51"`},
		{"ctx.on + 1", "(ctx.on ? 1 : 0) + 1", "2"},
		{"'7' * 2", "7 * 2", "14"},
		{"ctx.n == '5'", "ctx.n == 5", "true"},
		{"ctx.n == ctx.name", "string(ctx.n) == ctx.name", "false"},
		{"ctx.n > '3'", "ctx.n > 3", "true"},
		{"ctx.numbers + ctx.numbers", "concat(ctx.numbers, ctx.numbers)", "[3,1,2,3,1,2]"},
		{"ctx.numbers + 4", "concat(ctx.numbers, [4])", "[3,1,2,4]"},
		{"ctx.labels + {c: '3'}", "merge(ctx.labels, {c: '3'})", `{"a":"1","b":"2","c":"3"}`},
		{"ctx.numbers - [1]", "filter(ctx.numbers, # not in [1])", "[3,2]"},
		{"ctx.labels - 'a'", "fromPairs(filter(toPairs(ctx.labels), #[0] != 'a'))", `{"b":"2"}`},
		{"ctx.n and ctx.on", "ctx.n != 0 and ctx.on", "true"},
		{"ctx.name || 'none'", "ctx.name ?? 'none'", `"Grüße"`},
		{"not ctx.numbers", "len(ctx.numbers) == 0", "false"},
		{"!ctx.n", "ctx.n == 0", "false"},
		{"ctx.n ? 'some' : 'none'", "ctx.n != 0 ? 'some' : 'none'", `"some"`},
		{"ctx.numbers ? 'some' : 'none'", "len(ctx.numbers) > 0 ? 'some' : 'none'", `"some"`},

		// Jinja, Pebble, Liquid.
		{"ctx.name ~ ' is ' ~ ctx.n", "(ctx.name + ' is ') + string(ctx.n)", `"Grüße is 5"`},
		{"ctx.name | upper", "upper(ctx.name)", `"GRÜßE"`},
		{"ctx.name | trim | lower", "lower(trim(ctx.name))", `"grüße"`},
		{"ctx.nothing | default('x')", "ctx.nothing ?? 'x'", `"x"`},
		{"ctx.name | length", "len(ctx.name)", "5"},
		{"ctx.at | date('yyyy-MM-dd')", "formatTime(ctx.at, '2006-01-02')", `"2026-07-01"`},
		{"ctx.labels | tojson", "json(ctx.labels)", `"{\"a\":\"1\",\"b\":\"2\"}"`},
		{"ctx.name is defined", "ctx.name != null", "true"},
		{"ctx.name is not defined", "ctx.name == null", "false"},

		// JSONata.
		{"$uppercase(ctx.name)", "upper(ctx.name)", `"GRÜßE"`},
		{"$count(ctx.numbers)", "len(ctx.numbers)", "3"},
		{"$join(keys(ctx.labels), ',')", "join(keys(ctx.labels), ',')", `"a,b"`},
		{"$sum(ctx.numbers)", "sum(ctx.numbers)", "6"},
		{"$exists(ctx.name)", "ctx.name != null", "true"},
		{"$substringBefore('a-b', '-')", "split('a-b', '-')[0]", `"a"`},
		{"ctx.name & '!'", "ctx.name + '!'", `"Grüße!"`},
		{"$string(ctx.n)", "string(ctx.n)", `"5"`},
		{"$now()", "now()", `"2026-07-01T12:00:00.5Z"`},
		{"filter(ctx.numbers, function($x) { $x > 1 })", "filter(ctx.numbers, # > 1)", "[3,2]"},

		// Step Functions.
		{"States.Format('Hi {}, {}', ctx.name, ctx.n)", "format('Hi %s, %s', ctx.name, ctx.n)", `"Hi Grüße, 5"`},
		{"States.JsonToString(ctx.labels)", "json(ctx.labels)", `"{\"a\":\"1\",\"b\":\"2\"}"`},
		{"States.StringToJson('[1]')", "fromJSON('[1]')", "[1]"},
		{"States.Array(1, ctx.n)", "[1, ctx.n]", "[1,5]"},
		{"States.ArrayLength(ctx.numbers)", "len(ctx.numbers)", "3"},
		{"States.ArrayGetItem(ctx.numbers, 1)", "ctx.numbers[1]", "1"},
		{"States.ArrayContains(ctx.numbers, 1)", "1 in ctx.numbers", "true"},
		{"States.MathAdd(ctx.n, 1)", "ctx.n + 1", "6"},
		{"States.Hash('x', 'SHA-256')", "sha256('x')", `"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"`},
		{"States.UUID()", "uuid()", `"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`},
		{"States.StringSplit('a,b', ',')", "split('a,b', ',')", `["a","b"]`},

		// Camel Simple.
		{"date:now:yyyyMMdd", "formatTime(now(), '20060102')", `"20260701"`},
		{"env:HOME", "env.HOME", `"/home/x"`},

		// Bloblang.
		{"ctx.name.uppercase()", "upper(ctx.name)", `"GRÜßE"`},
		{"ctx.nothing.or('x')", "ctx.nothing ?? 'x'", `"x"`},
		{"ctx.nothing.catch('x') + '!'", "(ctx.nothing ?? 'x') + '!'", `"x!"`},
		{"ctx.numbers.map_each(x -> x * 2)", "map(ctx.numbers, # * 2)", "[6,2,4]"},
		{"ctx.labels.format_json()", "json(ctx.labels)", `"{\"a\":\"1\",\"b\":\"2\"}"`},
		{"'[1]'.parse_json()", "fromJSON('[1]')", "[1]"},
		{"uuid_v4()", "uuid()", `"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`},
		{"ctx.numbers.index(0)", "ctx.numbers[0]", "3"},

		// GitHub Actions.
		{"format('Hi {0}, {1}', ctx.name, ctx.n)", "format('Hi %s, %s', ctx.name, ctx.n)", `"Hi Grüße, 5"`},
		{"contains(ctx.name, 'r')", "ctx.name contains 'r'", "true"},
		{"contains(ctx.numbers, 3)", "3 in ctx.numbers", "true"},
		{"startsWith(ctx.name, 'G') and ctx.on", "(ctx.name startsWith 'G') and ctx.on", "true"},

		// jq, DataWeave, CEL, SQL.
		{"ctx.nothing // 'x'", "ctx.nothing ?? 'x'", `"x"`},
		{"if ctx.on then 1 else 2", "ctx.on ? 1 : 2", "1"},
		{"if (ctx.on) 1 else 2", "ctx.on ? 1 : 2", "1"},
		{"ctx.numbers | select(# > 1)", "filter(ctx.numbers, # > 1)", "[3,2]"},
		{"ctx.name ++ '!'", "ctx.name + '!'", `"Grüße!"`},
		{"ctx.numbers ++ [1]", "concat(ctx.numbers, [1])", "[3,1,2,1]"},
		{"ctx.nothing default 'x'", "ctx.nothing ?? 'x'", `"x"`},
		{"ctx.n as String", "string(ctx.n)", `"5"`},
		{"ctx.numbers.exists(x, x > 2)", "any(ctx.numbers, # > 2)", "true"},
		{"size(ctx.numbers)", "len(ctx.numbers)", "3"},
		{"ctx.name like 'G%'", "ctx.name startsWith 'G'", "true"},
		{"ctx.n between 1 and 9", "1 <= ctx.n and ctx.n <= 9", "true"},
		{"ctx.n <> 5", "ctx.n != 5", "false"},
		{"ctx.n = 5", "ctx.n == 5", "true"},
		{"ctx.on AND ctx.on", "ctx.on and ctx.on", "true"},
		{"NOT ctx.on", "not ctx.on", "false"},
		{"IF(ctx.n > 3, 'a', 'b')", "ctx.n > 3 ? 'a' : 'b'", `"a"`},
		{"coalesce(ctx.nothing, 'x')", "ctx.nothing ?? 'x'", `"x"`},
		{"join(',', keys(ctx.labels))", "join(keys(ctx.labels), ',')", `"a,b"`},
		{"concat(ctx.name, '-', ctx.n)", "ctx.name + '-' + string(ctx.n)", `"Grüße-5"`},

		// Shells.
		{"ctx.nothing:-none", "ctx.nothing ?? 'none'", `"none"`},
		{"name:-none", "ctx.name ?? 'none'", `"Grüße"`},
		{"HOME:-/tmp", "env.HOME ?? '/tmp'", `"/home/x"`},
		{"#ctx.name", "len(ctx.name)", "5"},
		{"ctx.name^^", "upper(ctx.name)", `"GRÜßE"`},
		{"ctx.name:1:2", "ctx.name[1:3]", `"rü"`},

		// The element of a predicate.
		{"map(ctx.numbers, e + 1)", "map(ctx.numbers, # + 1)", "[4,2,3]"},
		{"map(ctx.users, u.name + string(u.age))", "map(ctx.users, #.name + string(#.age))", `["Zoe30","Ann30","Bob20"]`},
		{"filter(ctx.numbers, it > 1)", "filter(ctx.numbers, # > 1)", "[3,2]"},
		{"ctx.numbers | map(value * 2)", "ctx.numbers | map(# * 2)", "[6,2,4]"},
		{"groupBy(ctx.users, u.age) | keys()", "groupBy(ctx.users, #.age) | keys()", `["20","30"]`},
	}
	e, s := NewEngine(), newScope()
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			text := "${" + tt.expr + "}"
			p, problems := e.Compile(text, s)
			if p != nil {
				t.Fatal("it is taken")
			}
			if len(problems) != 1 || !problems[0].Replaces {
				t.Fatalf("got %v, want one problem with what replaces it", problems)
			}
			mended := pasted(t, text, problems[0])
			if got := mended[2 : len(mended)-1]; got != tt.mended {
				t.Errorf("got %s, want %s", got, tt.mended)
			}
			if p, problems = e.Compile(mended, s); p == nil {
				t.Fatalf("%s: %v", mended, problems)
			}
			v, err := p.Eval(newVars())
			if err != nil {
				t.Fatalf("%s: %v", mended, err)
			}
			if got, _ := json.Marshal(v); string(got) != tt.value { //nolint:errcheck,errchkjson // values of flows can be written
				t.Errorf("%s: got %s, want %s", mended, got, tt.value)
			}
		})
	}
}

// pasted puts what a help says in the place of the problem.
func pasted(t *testing.T, text string, p Problem) string {
	t.Helper()
	i := strings.Index(p.Help, "write ")
	if i < 0 {
		t.Fatalf("no help: %q", p.Help)
	}
	return text[:p.Offset] + p.Help[i+len("write "):] + text[p.Offset+p.Length:]
}
