package bind

import (
	"errors"
	"math"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var bigIntegers = cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })

func huge() *big.Int { return new(big.Int).Lsh(big.NewInt(1), 70) }

func TestEval(t *testing.T) {
	type list = []any
	type dict = map[string]any
	tests := []struct {
		text string
		want any
	}{
		// Text.
		{"plain", "plain"},
		{"$5 and $$ and {x}", "$5 and $$ and {x}"},
		{"$${ctx.n}", "${ctx.n}"},
		{"$$${ctx.n}", "$${ctx.n}"},
		{"$${a} ${ctx.n}", "${a} 5"},
		{"n=${ctx.n} x=${ctx.x} on=${ctx.on}", "n=5 x=1.5 on=true"},
		{"${ctx.labels}|${ctx.numbers}|${huge}", `{"a":"1","b":"2"}|[3,1,2]|1180591620717411303424`},
		{" ${ctx.n} ", int64(5)},
		{"\n${ctx.n}", int64(5)},
		{"${ctx.n}${ctx.n}", "55"},
		{"a${ctx.n}b${ctx.on}c${ctx.name}d${ctx.x}e${ctx.numbers}f", "a5btruecGrüßed1.5e[3,1,2]f"},
		{"${[1, -2, 1.5, 'a', true, null, [2, []]]}", list{int64(1), int64(-2), 1.5, "a", true, nil, list{int64(2), list{}}}},
		{"${[-9223372036854775808, - 9223372036854775808 + 1]}", list{int64(math.MinInt64), int64(math.MinInt64 + 1)}},
		{"${'ü' + string(-9223372036854775808)}", "ü-9223372036854775808"},
		{"${[1, ctx.n, [2, ctx.n]]}", list{int64(1), int64(5), list{int64(2), int64(5)}}},
		{"${ctx.name in ['x', 'Grüße'] and ctx.n in [1, 5] and not (ctx.n in [])}", true},
		{"${map(1..2, [#, 0])}", list{list{int64(1), int64(0)}, list{int64(2), int64(0)}}},
		{`${"}"}`, "}"},
		{"${`a}b`}", "a}b"},
		{`${"\"}"}`, `"}`},
		{"${ {'a': {'b': 1}} }", dict{"a": dict{"b": int64(1)}}},

		// Paths.
		{"${ctx.name}", "Grüße"},
		{`${ctx["x-amz-log-type"]}`, "Tail"},
		{`${ ctx['x-amz-log-type'] }`, "Tail"},
		{`${ctx?.["x-amz-log-type"]}`, "Tail"},
		{"${steps.alias.AliasArn}", "arn:1"},
		{`${steps["alias"].AliasArn}`, "arn:1"},
		{"${steps.alias.aliasArn}", "arn:1"}, // another spelling
		{"${steps.alias.aliasArn + ''}", "arn:1"},
		{"${steps.alias.Routing.Weights.v1}", nil},
		{"${steps.alias.Routing.Weights.v1 ?? 0.5}", 0.5},
		{"${steps.alias.Routing.Weights ?? {}}", dict{}},
		{"${ctx.numbers[0]}", int64(3)},
		{"${ctx.numbers[-1]}", int64(2)},
		{"${ctx.any.list[1].deep}", "d"},
		{"${ctx.any.missing.deeper[3].still}", nil},
		{"${ctx.any.missing.deeper[ctx.n].still ?? 'none'}", "none"},
		{"${ctx.open.extra}", int64(7)},
		{"${ctx.labels.none}", nil},
		{"${ctx.labels['a'] + ctx.labels[\"b\"]}", "12"},
		{"${steps.invoke.Payload.id}", int64(12345678901)},
		{"${item.a[0]}", "x"},
		{"${huge}", huge()},
		{"${huge ?? 1}", huge()},
		{"${[huge ?? 1]}", list{huge()}},
		{"${ctx.raw}", []byte{1, 2}},
		{"${run.id}", "r-1"},
		{"${env.HOME}", "/home/x"},
		{"${ctx.numbers[ctx.n - 4]}", int64(1)},

		// Operators.
		{"${ctx.n + 1}", int64(6)},
		{"${ctx.n - 7}", int64(-2)},
		{"${ctx.n * ctx.n}", int64(25)},
		{"${ctx.n / 2}", 2.5},
		{"${ctx.n % 3}", int64(2)},
		{"${2 ** 3}", 8.0},
		{"${-ctx.n}", int64(-5)},
		{"${-3 - -4}", int64(1)},
		{"${+ctx.n}", int64(5)},
		{"${ctx.n + ctx.x}", 6.5},
		{"${ctx.any.zero + 1}", int64(1)},
		{"${ctx.any.text + '!'}", "t!"},
		{"${ctx.name + '!'}", "Grüße!"},
		{"${ctx.n == 5 and ctx.n == 5.0 and ctx.x == 1.5}", true},
		{"${ctx.n != 5 || not ctx.on}", false},
		{"${ctx.n in [1, 5]}", true},
		{"${ctx.n not in ctx.numbers}", true},
		{"${'a' in ctx.labels}", true},
		{"${1 in ctx.any.missing}", false},
		{"${ctx.numbers == [3, 1, 2]}", true},
		{"${ctx.any == {'a': 1}}", false},
		{"${huge == huge}", true},
		{"${huge == 1}", false},
		{"${ctx.nothing == null and null == nil}", true},
		{"${ctx.nothing == 'x'}", false},
		{"${ctx.nothing ?? 'none'}", "none"},
		{"${ctx.on ? 'yes' : 'no'}", "yes"},
		{"${if ctx.n > 3 { 'big' } else { 'small' }}", "big"},
		{"${ctx.name matches '^Gr' and ctx.name contains 'üß'}", true},
		{"${ctx.name matches ('^' + 'x')}", false},
		{"${ctx.nothing matches 'x'}", false},
		{"${ctx.nothing startsWith 'x'}", false},
		{"${1 < 2 < 3}", true},
		{"${1 < ctx.n + 1 < int('7') < ctx.n * 2 <= 10}", true},
		{"${1 < ctx.n < 3}", false},
		{"${1 < len(upper(ctx.name)) < len(ctx.name + 'x') and 2 < max(ctx.numbers) < 4}", true},
		{"${all(ctx.users, 10 < .age + 1 < 40)}", true},
		{"${(ctx.n + 1 > 5) ?: false}", true},
		{"${hasPrefix(upper(ctx.name), 'x') ?: upper('no')}", "NO"},
		{"${1; ctx.n}", int64(5)},
		{"${let a = ctx.n; a + a}", int64(10)},
		{"${[ctx.n, 'a', null]}", list{int64(5), "a", nil}},
		{"${{a: ctx.n, (ctx.name): [1]}}", dict{"a": int64(5), "Grüße": list{int64(1)}}},

		// Slices and lengths count characters.
		{"${len(ctx.name)}", int64(5)},
		{"${ctx.name[2:4]}", "üß"},
		{"${ctx.name[:2]}", "Gr"},
		{"${ctx.name[-1:]}", "e"},
		{"${ctx.name[9:]}", ""},
		{"${ctx.numbers[1:]}", list{int64(1), int64(2)}},
		{"${ctx.nothing[1:]}", nil},
		{"${indexOf(ctx.name, 'ß')}", int64(3)},

		// Predicates.
		{"${all(steps.smoke, # == true)}", true},
		{"${any(ctx.numbers, # > 2)}", true},
		{"${none(ctx.numbers, # > 3)}", true},
		{"${one(ctx.numbers, # == 1)}", true},
		{"${map(ctx.numbers, # * 2)}", list{int64(6), int64(2), int64(4)}},
		{"${'a // b'}", "a // b"},
		{"${5 // five\n + 2}", int64(7)},
		{"${5 /* five */ + 2}", int64(7)},
		{"${map(ctx.numbers, #index)}", list{int64(0), int64(1), int64(2)}},
		{"${map(ctx.users, .name)}", list{"Zoe", "Ann", "Bob"}},
		{"${filter(ctx.numbers, # > 1)}", list{int64(3), int64(2)}},
		{"${ctx.users | filter(.age > 20) | map(.name) | join(', ')}", "Zoe, Ann"},
		{"${find(ctx.users, .age == 20).name}", "Bob"},
		{"${find(ctx.users, .age == 99).name}", nil},
		{"${findIndex(ctx.numbers, # == 2)}", int64(2)},
		{"${findLast(ctx.numbers, # > 1)}", int64(2)},
		{"${findLastIndex(ctx.numbers, # > 9)}", nil},
		{"${count(ctx.numbers, # > 1)}", int64(2)},
		{"${sum(ctx.numbers)}", int64(6)},
		{"${sum(ctx.users, .age)}", int64(80)},
		{"${reduce(ctx.numbers, #acc + #, 10)}", int64(16)},
		{"${map(sortBy(ctx.users, .age), .name)}", list{"Bob", "Zoe", "Ann"}},
		{"${map(sortBy(ctx.users, .name, 'desc'), .name)}", list{"Zoe", "Bob", "Ann"}},
		{"${groupBy(ctx.numbers, # > 1)}", dict{"true": list{int64(3), int64(2)}, "false": list{int64(1)}}},
		{"${map(1..3, # + 1)}", list{int64(2), int64(3), int64(4)}},
		{"${map(ctx.numbers, let y = #; map([10], # + y))}", list{list{int64(13)}, list{int64(11)}, list{int64(12)}}},
		{"${1..3}", list{int64(1), int64(2), int64(3)}},
		{"${3..1}", list{}},
		{"${[1..2]}", list{list{int64(1), int64(2)}}},
	}
	e, s, v := NewEngine(), newScope(), newVars()
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			p, problems := e.Compile(tt.text, s)
			if p == nil {
				t.Fatal(problems)
			}
			got, err := p.Eval(v)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, bigIntegers); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff(newVars(), v, bigIntegers); diff != "" {
		t.Errorf("Eval changed what it read (-want +got)\n%s", diff)
	}
}

func TestEvalErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{"${ctx.n / 0}", "«/» division by zero"},
		{"${ctx.n % (ctx.n - 5)}", "«%» division by zero"},
		{"${9223372036854775807 + ctx.n}", "«+» integer overflow in +"},
		{"${-9223372036854775807 - ctx.n}", "«-» integer overflow in -"},
		{"${ctx.n * 9223372036854775807}", "«*» integer overflow in *"},
		{"${-(-9223372036854775807 - 1)}", "«-» integer overflow"},
		{"${sum([9223372036854775807, 1])}", "«sum» integer overflow in +"},
		{"${1e308 * 10}", "«*» the result is too large for a number"},
		{"${huge + 1}", "«+» integers beyond 64 bits can be passed on but not computed with"},
		{"${huge < 1}", "«<» cannot compare an integer beyond 64 bits with an integer"},
		{"${ctx.any.missing < 1}", "«<» cannot compare null with an integer"},
		{"${ctx.any.missing + 1}", "«+» + takes numbers, not null"},
		{"${ctx.any.text + 1}", "«+» + cannot take a string and an integer: use string(...), or text with ${...} in it"},
		{"${ctx.any.text and true}", "«and» expected a boolean, found a string"},
		{"${ctx.any.missing ? 1 : 2}", "«missing» expected a boolean, found null"},
		{"${ctx.any.zero matches 'a'}", "«matches» expected a string, found an integer"},
		{"${not ctx.any.text}", "«not» expected a boolean, found a string"},
		{"${ctx.numbers[7]}", "«7» list index out of range"},
		{"${ctx.numbers[ctx.n]}", "«ctx.n» list index out of range"},
		{"${ctx.any.text.more}", "«more» a string has no members"},
		{"${ctx.any.text[0] == 'a'}", "«0» a string has no elements"},
		{"${ctx.any[ctx.x] == 1}", "«ctx.x» a member is selected by a string or an integer, not a number"},
		{"text ${ctx.nothing}", "«ctx.nothing» ${ctx.nothing} is null, which text cannot hold: add ?? ''"},
		{"text ${ ctx.raw }", "«ctx.raw» ${ctx.raw} is bytes, which text cannot hold: use base64(...), or ?? '' where there are none"},
		{"${all(ctx.any.missing, # == 1)}", "«missing» expected a list, found null: add ?? []"},
		{"ü ${len(ctx.any.missing)}", "«len» len: expected a string, list or map, found null"},
		{"${upper(ctx.nothing)}", "«upper» upper: expected a string, found null"},
		{"${int(ctx.name)}", "«int» int: the text is not an integer of 64 bits"},
		{"${fromJSON(ctx.name)}", "«fromJSON» fromJSON: the text is not JSON"},
		{"${ctx.name matches ('[' + ctx.name)}", "«matches» the pattern does not compile"},
		{"${reduce([], #acc + #)}", "«reduce» reduce of an empty list needs an initial value"},
		{"${1..2000000}", "«1..2000000» the " + tooMany},
		{"${len(1..2000000)}", "«..» the " + tooMany},
		{"${len(-9223372036854775807..9223372036854775807)}", "«..» the " + tooMany},
		{"${map(1..900, 1..9000)}", "«..» the " + tooMany},
		{"${repeat('x', 100000000)}", "«repeat» repeat: the " + tooMuch},
		{"${reduce(1..100, #acc + #acc, 'abcd')}", "«+» the " + tooMuch},
		{"${let l = 1..300000; all(l, all(l, # > 0))}", "«l» the " + tooLong},
		{"${let l = 1..300000; all(l, max(l) > 0)}", "«max» max: the " + tooLong},
		{"${1..ctx.any.text}", "«text» the end of a range must be an integer, not a string"},
		{"${sort([1, ctx.any.text])}", "«sort» sort: cannot order a string and an integer"},
		{"${{(ctx.any.zero): 1}}", "«{» expected a string, found an integer"},
		{"${sortBy(ctx.users, .age, ctx.name)}", `«sortBy» the order must be "asc" or "desc"`},
	}
	older := NewEngine(WithUnlikeTypes())
	e, s, v := NewEngine(), newScope(), newVars()
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			p, problems := e.Compile(tt.text, s)
			if p == nil { // a literal that the check refuses, and old runs did not
				p, problems = older.Compile(tt.text, s)
			}
			if p == nil {
				t.Fatal(problems)
			}
			got, err := p.Eval(v)
			var fault *EvalError
			if !errors.As(err, &fault) {
				t.Fatalf("got %v, %v; want an EvalError", got, err)
			}
			place := tt.text[fault.Offset : fault.Offset+fault.Length]
			if diff := cmp.Diff(tt.want, "«"+place+"» "+fault.Error()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Vars should give values of flows; other Go values work where they are read.
func TestGoValues(t *testing.T) {
	v := newVars()
	v[7] = map[string]any{
		"names": []string{"x", "y"}, "n": 3,
		"d": 90 * time.Second, "m": map[string]int{"k": 1}, "bad": make(chan int),
	}
	tests := []struct {
		text string
		want any
	}{
		{"${item.names[1]}", "y"},
		{"${map(item.names, upper(#))}", []any{"X", "Y"}},
		{"${len(item.names)}", int64(2)},
		{"${item.n + 1}", int64(4)},
		{"${item.n}", int64(3)},
		{"${item.d}", "1m30s"},
		{"${keys(item.m)}", []any{"k"}},
		{"${'k' in item.m}", true},
		{"${item.names == ['x', 'y']}", true},
		{"${item.bad}", nil},
		{"${item.bad.x}", nil},
	}
	for _, tt := range tests {
		got, err := mustCompile(t, tt.text).Eval(v)
		if (err != nil) != (tt.want == nil) {
			t.Errorf("%s: %v", tt.text, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.text, diff)
		}
	}
}

func TestRange(t *testing.T) {
	v := newVars()
	p := mustCompile(t, "${ctx.n - 4 .. 1000000}")
	from, to, ok := p.Range()
	if !ok {
		t.Fatal("no range")
	}
	a, err := from(v)
	if a != 1 || err != nil {
		t.Errorf("from: %d, %v", a, err)
	}
	b, err := to(v)
	if b != 1000000 || err != nil {
		t.Errorf("to: %d, %v", b, err)
	}
	from, _, _ = mustCompile(t, "${ctx.any.missing..2}").Range()
	if _, err := from(v); err == nil {
		t.Error("a range from null has no error")
	}
	for _, text := range []string{"${ctx.numbers}", "a ${1..2}", "${len(1..2)}", "1..2"} {
		if _, _, ok := mustCompile(t, text).Range(); ok {
			t.Errorf("%s is a range", text)
		}
	}
}

func TestConcurrentEval(t *testing.T) {
	e, s := NewEngine(), newScope()
	texts := []string{"${ctx.name}", "${ctx.n * 2}", "${map(ctx.users, .name)}", "a ${upper(ctx.name)}", "${let a = ctx.n; a}"}
	var programs []*Program
	for _, text := range texts {
		p, problems := e.Compile(text, s)
		if p == nil {
			t.Fatal(problems)
		}
		programs = append(programs, p)
	}
	v := newVars()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for i := range 200 {
				if _, err := programs[i%len(programs)].Eval(v); err != nil {
					t.Error(err)
				}
				if p, problems := e.Compile(texts[i%len(texts)], s); p == nil {
					t.Error(problems)
				}
			}
		})
	}
	wait.Wait()
}

// A machine goes back to the engine without anything of the evaluation.
func TestMachineForgets(t *testing.T) {
	p := mustCompile(t, "${let a = ctx.name; [a + '!', ctx.n + 1]}")
	if _, err := p.Eval(newVars()); err != nil {
		t.Fatal(err)
	}
	m := p.expr.code.engine.machines.Get().(*machine)
	if len(m.env) != 0 || m.frame.vars != nil {
		t.Errorf("env %v, frame %v", m.env, m.frame)
	}
	for _, kept := range [][]any{m.vm.Stack[:cap(m.vm.Stack)], m.vm.Variables} {
		for _, v := range kept {
			if v != nil {
				t.Errorf("the machine keeps %v", v)
			}
		}
	}
}
