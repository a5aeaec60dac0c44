package bind

import "testing"

func benchmarkCompile(b *testing.B, text string) {
	e, s := NewEngine(), newScope()
	b.ReportAllocs()
	for b.Loop() {
		if p, problems := e.Compile(text, s); p == nil {
			b.Fatal(problems)
		}
	}
}

func BenchmarkCompileLiteral(b *testing.B) { benchmarkCompile(b, "live") }
func BenchmarkCompilePath(b *testing.B)    { benchmarkCompile(b, "${steps.alias.AliasArn}") }
func BenchmarkCompileText(b *testing.B)    { benchmarkCompile(b, "version ${ctx.name} of ${ctx.n}") }

func BenchmarkCompileExpr(b *testing.B) {
	benchmarkCompile(b, `${ctx.n > 3 and ctx.name != "x"}`)
}

func BenchmarkCompileCalls(b *testing.B) {
	benchmarkCompile(b, `${upper(ctx.name) + "-" + string(ctx.n + 1)}`)
}

// BenchmarkFirstEval is what the first evaluation of an expression costs, which makes
// its code, with what compiling it costs.
func BenchmarkFirstEval(b *testing.B) {
	e, s, v := NewEngine(), newScope(), Vars(newVars())
	b.ReportAllocs()
	for b.Loop() {
		p, _ := e.Compile(`${ctx.n > 3 and ctx.name != "x"}`, s)
		if _, err := p.Eval(v); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkEval(b *testing.B, text string) {
	p, v := mustCompile(b, text), Vars(newVars())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Eval(v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEvalPath(b *testing.B)      { benchmarkEval(b, "${steps.alias.AliasArn}") }
func BenchmarkEvalCondition(b *testing.B) { benchmarkEval(b, `${ctx.n > 3 and ctx.name != "x"}`) }
func BenchmarkEvalAmong(b *testing.B) {
	benchmarkEval(b, `${ctx.n > 3 and ctx.name in ["x", "Grüße"]}`)
}
func BenchmarkEvalText(b *testing.B)       { benchmarkEval(b, `order ${ctx.name} is done`) }
func BenchmarkEvalArithmetic(b *testing.B) { benchmarkEval(b, `${ctx.n * 2 + 1}`) }
func BenchmarkEvalObjectText(b *testing.B) {
	benchmarkEval(b, `{"user": ${ctx.user}, "n": ${ctx.n}}`)
}
func BenchmarkEvalPredicate(b *testing.B) { benchmarkEval(b, `${all(steps.smoke, # == true)}`) }
