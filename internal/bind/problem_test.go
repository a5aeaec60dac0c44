package bind

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProblems(t *testing.T) {
	const members = "lambda.updateAlias gives: AliasArn, Description, Routing"
	const inputs = "it has: n, x, name, x-amz-log-type, on, raw, any, nothing, open, numbers, users, user, labels, at"
	const roots = "in scope: ctx, steps, secrets, env, run, item, huge"
	const quote = `put the whole value in quotes: YAML ends a plain value at " #" and at ": "`
	const beyond = "put it in quotes: it can be passed on, and not computed with"
	const decimal = "write it in decimal digits, such as 12 or 1.5e3; an integer may also be such as 0x1F"
	const dashes = `names have letters, digits and _, and no -; a difference has spaces around the minus sign`
	tests := []struct {
		text string
		want []string
	}{
		// Delimiters.
		{"a ${ctx.n", []string{"unclosed-expression | «${» | this ${ has no closing } | " + quote}},
		{"${all(steps.smoke,", []string{"unclosed-expression | «${» | this ${ has no closing } | " + quote}},
		{`${"a}`, []string{"unclosed-expression | «${» | this ${ has no closing } | " + quote}},
		{"${ctx.nn} ${ctx.n", []string{
			`unknown-input | «nn» | unknown name "nn" in ctx | did you mean "n"? ` + inputs,
			"unclosed-expression | «${» | this ${ has no closing } | " + quote,
		}},
		{"x ${ }", []string{"empty-expression | «${ }» | ${} holds no expression | write a literal ${ as $${"}},
		{"{$ctx:name}", []string{"wso2-expression | «{$ctx:name}» | this is not how a flow spells a binding | write ${ctx.name}"}},
		{"a {$ctx:n.m} ${ctx.nn} ${{$ctx:b}}", []string{
			"wso2-expression | «{$ctx:n.m}» | this is not how a flow spells a binding | write ${ctx.n.m}",
			`unknown-input | «nn» | unknown name "nn" in ctx | did you mean "n"? ` + inputs,
			"wso2-expression | «{$ctx:b}» | this is not how a flow spells a binding | write ${ctx.b}",
		}},
		{"${" + strings.Repeat("(", 101) + "}", []string{"expression-too-long | «${» | the expression nests too deep | set parts of it as variables first"}},
		{"${1 " + strings.Repeat("+ 1 ", 20000) + "}", []string{"expression-too-long | «${» | the expression is longer than 64 KiB | set parts of it as variables first"}},

		// Names.
		{"${cts.n}", []string{`unknown-name | «cts» | unknown name "cts" | did you mean "ctx"? ` + roots}},
		{"${ctx.no-such}", []string{`unknown-input | «no-such» | unknown name "no-such" in ctx | ` + inputs + `; a name with - in it stands in brackets: ctx["no-such"]`}},
		{"${upper(ctx.n-so-much + 'a')}", []string{`unknown-name | «so» | unknown name "so" | a name with - in it stands in brackets: ["n-so-much"]; a difference has spaces around the minus sign`}},
		{"${ctx.a-ctx.n}", []string{`unknown-input | «a» | unknown name "a" in ctx | did you mean "at"? ` + inputs + `; a name with - in it stands in brackets: ctx["a-ctx"]`}},
		{"${ctx.user.full-name}", []string{`unknown-field | «full-name» | unknown field "full-name" in ctx.user | it has: name, age, password; a name with - in it stands in brackets: ctx.user["full-name"]`}},
		{"${x-amz-log-type}", []string{`unknown-name | «x-amz-log-type» | unknown name "x-amz-log-type" | write ctx["x-amz-log-type"]`}},
		{"${steps.a-b.x}", []string{`unknown-name | «a-b» | unknown name "a-b" in steps | ` + dashes}},
		{"${secrets.api-key}", []string{`unknown-name | «api-key» | unknown name "api-key" in secrets | ` + dashes}},
		{"${env.A-B}", []string{`unknown-field | «A-B» | "A-B" is read as A minus B | a name with - in it stands in brackets: env["A-B"]`}},
		{"${1 + nam}", []string{`unknown-name | «nam» | unknown name "nam" | ` + roots}},
		{"${name}", []string{`unknown-name | «name» | unknown name "name" | write ctx.name`}},
		{"${map([1], upper)}", []string{`unknown-name | «upper» | unknown name "upper" | upper is a function: write upper(...)`}},
		{"${steps.alia.x}", []string{`unknown-name | «alia» | unknown name "alia" in steps`}},
		{"ü ${steps.later.x == 'ü' or steps['later'] == 1}", []string{
			"unreachable-step | «later» | step later runs after this one",
			"unreachable-step | «'later'» | step later runs after this one",
		}},
		{"${steps}", []string{"whole-scope | «steps» | steps cannot be used as a whole | name the member: steps.stepId"}},
		{"${keys(secrets)}", []string{"whole-scope | «secrets» | secrets cannot be used as a whole | name the member: secrets.token"}},
		{"${env[ctx.name]}", []string{"whole-scope | «env» | the member of env must be a literal name | name the member: env.HOME"}},
		{"${steps[0]}", []string{"whole-scope | «steps» | the member of steps must be a literal name | name the member: steps.stepId"}},
		{"${toJSON($env)}", []string{"whole-scope | «$env» | $env cannot be used | name what you need, such as ctx.name or steps.stepId"}},
		{"${$env['ctx']}", []string{"whole-scope | «$env» | $env cannot be used | name what you need, such as ctx.name or steps.stepId"}},
		{"${$get(ctx, 'n')}", []string{`unknown-function | «$get(ctx, 'n')» | unknown function "$get" | write get(ctx, 'n')`}},
		{"${$0}", []string{`unknown-name | «$0» | unknown name "$0" | ` + roots}},
		{"${let ctx = 1; ctx}", []string{`expression-syntax | «ctx» | cannot declare "ctx": the name is taken | take another name`}},

		// Members.
		{"${steps.alias.AliasArnn}", []string{`unknown-field | «AliasArnn» | unknown field "AliasArnn" in steps.alias | did you mean "AliasArn"? ` + members}},
		{"ü${ upper(steps.alias.AliasArnn) }", []string{`unknown-field | «AliasArnn» | unknown field "AliasArnn" in steps.alias | did you mean "AliasArn"? ` + members}},
		{"${steps.alias['x y']}", []string{`unknown-field | «'x y'» | unknown field "x y" in steps.alias | ` + members}},
		{"${steps.alias.Routing.Wights}", []string{`unknown-field | «Wights» | unknown field "Wights" in steps.alias.Routing | did you mean "Weights"? it has: Weights`}},
		{"${steps.alias.Routing.Wights.a ?? 1}", []string{`unknown-field | «Wights» | unknown field "Wights" in steps.alias.Routing | did you mean "Weights"? it has: Weights`}},
		{"${ctx.users[0].nme}", []string{`unknown-field | «nme» | unknown field "nme" in ctx.users[] | did you mean "name"? it has: name, age, password`}},
		{"${ctx.users[ctx.n].nme}", []string{`unknown-field | «nme» | unknown field "nme" in ctx.users[] | did you mean "name"? it has: name, age, password`}},
		{"${map(ctx.users, .nme)}", []string{`unknown-field | «nme» | unknown field "nme" in this value | did you mean "name"? it has: name, age, password`}},
		{"${find(ctx.users, .age > 1).nme}", []string{`unknown-field | «nme» | unknown field "nme" in this value | did you mean "name"? it has: name, age, password`}},
		{"${let u = ctx.user; u.nme}", []string{`unknown-field | «nme» | unknown field "nme" in u | did you mean "name"? it has: name, age, password`}},
		{"${first(ctx.users).nme}", []string{`unknown-field | «nme» | unknown field "nme" in this value | did you mean "name"? it has: name, age, password`}},
		{"${ctx.name.x}", []string{`expression-type | «x» | a string has no member "x"`}},
		{"${ctx.numbers.x}", []string{`expression-type | «x» | a list has no member "x"`}},
		{"${ctx.n[0]}", []string{"expression-type | «0» | an integer has no elements"}},
		{"${ctx.labels[0]}", []string{"expression-type | «0» | the members of a map have names, not numbers"}},
		{"${ctx[0]}", []string{"expression-type | «0» | the members of an object have names, not numbers"}},

		// Several at once, in names and types.
		{"${ctx.a1 + steps.alias.b2 + foo(bar)}", []string{
			`unknown-input | «a1» | unknown name "a1" in ctx | did you mean "at"? ` + inputs,
			`unknown-field | «b2» | unknown field "b2" in steps.alias | ` + members,
			`unknown-name | «bar» | unknown name "bar" | ` + roots,
			`unknown-function | «foo» | unknown function "foo" | runner functions lists them`,
		}},
		{"${[ctx.nosuchname, ctx.name * 2]}", []string{
			`unknown-input | «nosuchname» | unknown name "nosuchname" in ctx | ` + inputs,
			"expression-type | «ctx.name * 2» | * cannot take a string and an integer | write int(ctx.name) * 2",
		}},

		{"${1 < ctx.nosuchname < 3}", []string{`unknown-input | «nosuchname» | unknown name "nosuchname" in ctx | ` + inputs}},

		// Types.
		{"${ctx.name + 1}", []string{"expression-type | «ctx.name + 1» | + cannot take a string and an integer | write ctx.name + '1'"}},
		{"${ctx.n and true}", []string{"expression-type | «ctx.n and true» | and cannot take an integer and a boolean | write ctx.n != 0 and true"}},
		{"${not ctx.n}", []string{"expression-type | «not ctx.n» | not cannot take an integer | write ctx.n == 0"}},
		{"${ctx.labels > 1}", []string{"expression-type | «>» | > cannot take a map and an integer"}},
		{"${ctx.n == ctx.name}", []string{"expression-type | «ctx.n == ctx.name» | == cannot take an integer and a string | write string(ctx.n) == ctx.name"}},
		{"${ctx.n ? 1 : 2}", []string{"expression-type | «ctx.n ? 1 : 2» | the condition is an integer, not a boolean | write ctx.n != 0 ? 1 : 2"}},
		{"${upper(ctx.n)}", []string{"expression-type | «ctx.n» | upper takes a string here, not an integer | upper(text: string) → string"}},
		{"${upper()}", []string{"expression-type | «upper» | not enough arguments to call upper | upper(text: string) → string"}},
		{"${len(ctx.n)}", []string{"expression-type | «len» | len takes a string, bytes, a list or a map, not an integer | len(value: any) → integer"}},
		{"${all(ctx.name, # == 1)}", []string{"expression-type | «ctx.name» | all takes a list, not a string | all(list: list, predicate) → boolean"}},
		{"${all(ctx.numbers, # + 1)}", []string{"expression-type | «+» | the predicate takes a boolean, and this is an integer"}},
		{"${all(ctx.numbers, # > 'a')}", []string{"expression-type | «>» | > cannot take an integer and a string | make a number of the text: int(x) or float(x)"}},
		{"${map(ctx.users, .age > 'a')}", []string{"expression-type | «>» | > cannot take an integer and a string | make a number of the text: int(x) or float(x)"}},
		{"${filter(values({x: 1}), # > ctx.name)}", []string{"expression-type | «>» | > cannot take an integer and a string | make a number of the text: int(x) or float(x)"}},
		{"${values({x: 1})[0] + ctx.name}", []string{"expression-type | «values({x: 1})[0] + ctx.name» | + cannot take an integer and a string | write string(values({x: 1})[0]) + ctx.name"}},
		{"${values({x: true})[0] - 1}", []string{"expression-type | «-» | - cannot take a boolean and an integer"}},
		{"${not values({x: 1})[0]}", []string{"expression-type | «not values({x: 1})[0]» | not takes a boolean, and this is an integer | write values({x: 1})[0] == 0"}},
		{"${values({x: 1})[0] ? 1 : 2}", []string{"expression-type | «values({x: 1})[0] ? 1 : 2» | a condition takes a boolean, and this is an integer | write values({x: 1})[0] != 0 ? 1 : 2"}},
		{"${map(values({x: 1})[0], #)}", []string{"expression-type | «0» | map takes a list, and this is an integer"}},
		{"${filter(values({x: 1}), values({y: 's'})[0])}", []string{"expression-type | «0» | the predicate takes a boolean, and this is a string"}},
		{"${upper(ctx.any.n + 1)}", []string{"expression-type | «+» | upper takes a string, and this can be an integer or a number"}},
		{"${5 // 2}", []string{"expression-syntax | «5 // 2» | this is not how a flow writes it | what stands behind // is a comment: write int(5 / 2)"}},
		{"${5 /* 2 */}", []string{"expression-syntax | «/*» | what stands behind /* is a comment, and is not read | int(a / b) divides integers; comments stand behind a # of the file"}},
		{"${ctx.numbers[ctx.name]}", []string{"expression-type | «ctx.name» | an element of a list is selected by an integer, and this is a string"}},
		{"${ctx.numbers[ctx.n / 2]}", []string{"expression-type | «/» | an element of a list is selected by an integer, and this is a number | int(round(x)) makes an integer of a number x"}},
		{"${get(ctx.numbers, ctx.n > 1)}", []string{"expression-type | «>» | an element of a list is selected by an integer, and this is a boolean"}},
		{"${{x: 1}[ctx.n]}", []string{"expression-type | «ctx.n» | a member of a map is selected by a string, and this is an integer"}},
		{"${get({x: 1}, ctx.n > 1 ? 1 : 'a')}", []string{"expression-type | «>» | a member of a map is selected by a string, and this can be an integer"}},
		{"${ctx.any[ctx.numbers]}", []string{"expression-type | «ctx.numbers» | a member is selected by a string or an integer, and this is a list"}},
		{"${ctx.numbers[ctx.n / 2:]}", []string{"expression-type | «/» | a slice's end takes an integer, and this is a number | int(round(x)) makes an integer of a number x"}},
		{"${ctx.numbers[:ctx.n > 1 ? 'x' : 1]}", []string{"expression-type | «>» | a slice's end takes an integer, and this can be a string"}},
		{"${len((ctx.n > 1 ? 1 : 2.5) .. 4)}", []string{"expression-type | «>» | .. takes an integer, and this is a number | int(round(x)) makes an integer of a number x"}},
		{"${(ctx.n > 1 ? 1 : 2.5) % 4}", []string{"expression-type | «>» | % takes an integer, and this is a number | int(round(x)) makes an integer of a number x"}},
		{"${any(ctx.n > 1 ? 1 : 2.5, # > 4)}", []string{"expression-type | «>» | any takes a list, and this is a number"}},
		{"${len(ctx.n > 1 ? 1 : 2.5)}", []string{"expression-type | «>» | len takes a string, bytes, a list or a map, and this is a number"}},
		{"${len(ctx.n > 1 ? 1 : [])}", []string{"expression-type | «>» | len takes a string, bytes, a list or a map, and this can be an integer"}},
		{"${first(ctx.n > 1 ? 1 : 2.5)}", []string{"expression-type | «>» | first takes a list, not a number"}},
		{"${last(ctx.name)}", []string{"expression-type | «ctx.name» | last takes a list, not a string"}},
		{"${not (ctx.n > 1 ? 1 : 2.5)}", []string{"expression-type | «not (ctx.n > 1 ? 1 : 2.5)» | not takes a boolean, and this is a number | write (ctx.n > 1 ? 1 : 2.5) == 0"}},
		{"${int(ctx.n > 1 ? true : 2)}", []string{"expression-type | «>» | int takes a string, an integer or a number, and this can be a boolean"}},
		{"${findLast(ctx.numbers, #index > 0)}", []string{"expression-type | «#» | there is no #index here"}},
		{"${#}", []string{`expression-syntax | «#» | unexpected "#" | # is the element in a predicate: filter(list, # > 1)`}},

		// Functions and patterns.
		{"${uper(ctx.name)}", []string{`unknown-function | «uper» | unknown function "uper" | did you mean "upper"? upper(text: string) → string; runner functions lists them`}},
		{"${date('2020-01-01')}", []string{`unknown-function | «date» | unknown function "date" | times are RFC 3339 text: use parseTime(text) or now()`}},
		{"${::now(1)}", []string{"expression-type | «now» | too many arguments to call now | now() → timestamp"}},
		{"${ctx.name.upper()}", []string{`expression-type | «ctx.name.upper()» | a string has no member "upper" | write upper(ctx.name)`}},
		{"${ctx.name matches '['}", []string{"bad-pattern | «'['» | error parsing regexp: missing closing ]: `[` | patterns are those of RE2: https://github.com/google/re2/wiki/Syntax"}},
		{"${regexReplace(ctx.name, '(', '')}", []string{"bad-pattern | «'('» | error parsing regexp: missing closing ): `(` | patterns are those of RE2: https://github.com/google/re2/wiki/Syntax"}},

		// Syntax.
		{"${ctx.}", []string{"expression-syntax | «.» | unexpected end of the expression | write what is missing at the end, or take out the last operator"}},
		{"${ctx.n = 1}", []string{`expression-syntax | «=» | this is not how a flow writes it | write ==`}},
		{"${(ctx.n}", []string{"expression-syntax | «n» | unexpected end of the expression | close the ("}},
		{"ü ${'ü' ctx.n}", []string{`expression-syntax | «ctx» | unexpected "ctx"`}},
		{"${'\\q'}", []string{"expression-syntax | «q» | invalid char escape"}},
		{"${9223372036854775808}", []string{"expression-syntax | «9223372036854775808» | 9223372036854775808 does not fit into 64 bits | " + beyond}},
		{"${1e400}", []string{"expression-syntax | «1e400» | 1e400 does not fit into 64 bits | numbers go up to 1.7e308"}},
		{"${'a' + 1E400}", []string{"expression-syntax | «1E400» | 1E400 does not fit into 64 bits | numbers go up to 1.7e308"}},
		{"${ctx.n > 1.5e+400 and true}", []string{"expression-syntax | «1.5e+400» | 1.5e+400 does not fit into 64 bits | numbers go up to 1.7e308"}},
		{"${[1_0e500, 2]}", []string{"expression-syntax | «1_0e500» | 1_0e500 does not fit into 64 bits | numbers go up to 1.7e308"}},
		{"${-99999999999999999999 + 2}", []string{"expression-syntax | «99999999999999999999» | 99999999999999999999 does not fit into 64 bits | " + beyond}},
		{"${[0x1p3][0]}", []string{"expression-syntax | «0x1p3» | 0x1p3 is no number | " + decimal}},
		{"${1 + 12abc}", []string{"expression-syntax | «12abc» | 12abc is no number | " + decimal}},
		{"${1e}", []string{"expression-syntax | «1e» | 1e is no number | " + decimal}},
		{"${1 ?? 2 + 3}", []string{"expression-syntax | «+» | + beside ?? needs parentheses | write (a ?? b) + c, or a ?? (b + c)"}},
	}
	e, s := NewEngine(), newScope()
	for _, tt := range tests {
		t.Run(tt.text[:min(len(tt.text), 60)], func(t *testing.T) {
			p, problems := e.Compile(tt.text, s)
			if p != nil {
				t.Error("there is a program")
			}
			var got []string
			for _, problem := range problems {
				got = append(got, quoted(tt.text, problem))
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestScopeWarning(t *testing.T) {
	s := newScope()
	p, problems := NewEngine().Compile("${ctx.n}", warningScope{s})
	if p == nil || len(problems) != 1 || problems[0].Offset != 2 || problems[0].Length != 3 {
		t.Errorf("got %v, %v", p, problems)
	}
}

type warningScope struct{ *testScope }

func (s warningScope) Resolve(ref Ref) (Binding, *Problem) {
	b, _ := s.testScope.Resolve(ref)
	return b, &Problem{Rule: "perhaps", Message: "perhaps not", Warning: true}
}
