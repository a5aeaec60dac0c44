package bind

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/medlar-flow/medlar/internal/value"
)

func bigOf(digits string) *big.Int {
	n, _ := new(big.Int).SetString(digits, 10)
	return n
}

// Text without an expression comes back as it is, also when its ${ are escaped.
func TestLiteralProperty(t *testing.T) {
	e, s := NewEngine(), newScope()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("a$ {}\n'\"ü"))).Draw(t, "text")
		// A $ before a ${ would become part of its escape.
		for strings.Contains(text, "$${") {
			text = strings.ReplaceAll(text, "$${", "${")
		}
		p, problems := e.Compile(strings.ReplaceAll(text, "${", "$${"), s)
		if p == nil {
			t.Fatal(problems)
		}
		if got, ok := p.Constant(); !ok || got != text {
			t.Fatalf("got %q, %v; want %q", got, ok, text)
		}
	})
}

// A path gives the same through its own resolver and through expr.
func TestPathProperty(t *testing.T) {
	e, s, v := NewEngine(), newScope(), newVars()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"ctx", "item", "steps.invoke", "huge"}).Draw(t, "root")
		member := rapid.SampledFrom([]string{".any", ".list", ".users", ".Payload", ".a", `["x-amz-log-type"]`, "[0]", "[-1]", "[3]", ".name", "?.labels", ".numbers"})
		for _, m := range rapid.SliceOfN(member, 0, 4).Draw(t, "members") {
			text += m
		}
		short, problems := e.Compile("${"+text+"}", s)
		long, others := e.Compile("${("+text+")}", s)
		if len(problems) != len(others) {
			t.Fatalf("%v and %v", problems, others)
		}
		if short == nil {
			return
		}
		a, err := short.Eval(v)
		b, err2 := long.Eval(v)
		if (err == nil) != (err2 == nil) || !equal(a, b) {
			t.Fatalf("%v, %v and %v, %v", a, err, b, err2)
		}
		if short.Secret() != long.Secret() {
			t.Fatal("one of them is secret")
		}
	})
}

func seeds(f *testing.F) {
	for _, text := range []string{
		"", "a", "$${", "${", "${}", "${ctx.n}", "${ctx.users[0].name}", `${ctx["x"]}`, "a ${ctx.n + 1} b", "${steps.alias.x}",
		"${all(steps.smoke, # == true)}", "${ctx.users | map(.name) | join(',')}", "${1..3}", "${let a = 1; a}", "{$ctx:a}",
		"${ctx.any?.a ?? {}}", "${if true { 1 } else { 2 }}", "${{a: [1, 'ü']}}", "${sortBy(ctx.users, .age, 'desc')}",
		"${reduce(1..9, #acc + #)}", "${regexReplace('a', '[', '')}", "${b'\\x00'}", "${::len(ctx)}", "${/* } */ 1}", "${0x1F + 1_0}",
		"${ctx.name[1:]}", "${huge * 2}", "${secrets.token matches '('}", "${$env}", "${toJSON($env)}", "${not not true}",
		"${1 < ctx.n + 1 < 9}", "${(ctx.n + 1 > 5) ?: upper(ctx.name)}",
		"${ctx.at - now() > '1d'}", "${sort([ctx.at, now()])[0] + '1h'}", "${'1s' < ctx.at - now() < '1h'}", "${max(ctx.at, ctx.name)}", "${sortBy(ctx.users, .age > 1)}",
		"${groupBy(ctx.users, .age)['30'][0].name}", "${format('%s', ctx.n)}", "${fromXML(ctx.name)}", "${toCSV(ctx.users)}", "${ctx.x-amz-log-type}", "${ctx.n ?? 1 + 2}",
	} {
		f.Add(text)
	}
}

func FuzzCompile(f *testing.F) {
	seeds(f)
	e, s := NewEngine(), newScope()
	f.Fuzz(func(t *testing.T, text string) {
		p, problems := e.Compile(text, s)
		if (p == nil) != (len(problems) > 0) {
			t.Fatalf("program %v, problems %v", p, problems)
		}
		for _, pr := range problems {
			if pr.Offset < 0 || pr.Length < 0 || pr.Offset+pr.Length > len(text) || pr.Rule == "" || pr.Message == "" {
				t.Errorf("%+v", pr)
			}
			if pr.Message == uncompiled {
				t.Errorf("a panic: %+v", pr)
			}
		}
		if p != nil && HasExpr(text) == p.literal {
			t.Error("HasExpr and Compile disagree")
		}
	})
}

func FuzzEval(f *testing.F) {
	seeds(f)
	e, s, v := NewEngine(), newScope(), newVars()
	before, err := value.EncodeJSON([]any(newVars()))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, _ := e.Compile(text, s)
		if p == nil {
			return
		}
		out, err := p.Eval(v)
		var fault *EvalError
		if errors.As(err, &fault) {
			if fault.Message == uncompiled {
				t.Error("a panic")
			}
			if fault.Offset < 0 || fault.Length <= 0 || fault.Offset+fault.Length > len(text) || fault.Message == "" {
				t.Errorf("%+v", fault)
			}
			if !p.Secret() && strings.Contains(fault.Message, "s3cret") {
				t.Errorf("a secret in %q", fault.Message)
			}
		}
		checkValue(t, out)
		if !p.Secret() && hasSecret(out) {
			t.Errorf("%v shows a secret", out)
		}
		if after, err := value.EncodeJSON([]any(v)); err != nil || string(after) != string(before) {
			t.Fatal("the values have changed")
		}
	})
}

// checkValue fails for what is not a value of flows.
func checkValue(t *testing.T, v any) {
	switch x := v.(type) {
	case nil, bool, int64, float64, string, []byte, *big.Int:
	case []any:
		for _, e := range x {
			checkValue(t, e)
		}
	case map[string]any:
		for _, e := range x {
			checkValue(t, e)
		}
	default:
		t.Errorf("the result has a %T", v)
	}
}

func hasSecret(v any) bool {
	switch x := v.(type) {
	case string:
		return strings.Contains(x, "s3cret-token")
	case []any:
		for _, e := range x {
			if hasSecret(e) {
				return true
			}
		}
	case map[string]any:
		for k, e := range x {
			if hasSecret(k) || hasSecret(e) {
				return true
			}
		}
	}
	return false
}
