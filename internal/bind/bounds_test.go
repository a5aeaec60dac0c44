package bind

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// Whatever a text holds, compiling it ends soon and panics nowhere.
func TestBounds(t *testing.T) {
	many := strings.Repeat
	texts := map[string]string{
		"not":         "${" + many("!", 60000) + "true}",
		"minus":       "${" + many("-", 60000) + "1}",
		"brackets":    "${" + many("(", 100) + "1" + many(")", 100) + "}",
		"ternary":     "${" + many("true ? 1 : ", 5000) + "2}",
		"power":       "${" + many("2 ** ", 9000) + "2}",
		"members":     "${ctx" + many(".a", 20000) + "}",
		"any members": "${(item" + many(".a", 4000) + ")}",
		"indexes":     "${item" + many("[0]", 9000) + " + 1}",
		"wide":        "${'" + many("ü", 30000) + "' + ctx.nosuch + ctx.name}",
		"wide names":  "${'ü' == ctx.name" + many(" or item.ä == 1", 1200) + "}",
		"sum":         "${" + many("ctx.n + ", 3000) + "1}",
		"unknown":     "${" + many("nosuch + ", 3000) + "1}",
		"let":         "${" + many("let a = 1; ", 3000) + "1}",
		"list":        "${[" + many("1,", 9000) + "1]}",
		"texts":       many("${ctx.n} ", 100000),
		"unclosed":    many("${ctx.n ", 10000),
		"dollars":     many("$", 1<<20) + "{",
		"if":          "${" + many("if true { 1 } else ", 2000) + "{ 2 }}",
		"pipes":       "${ctx.name" + many(" | upper()", 3000) + "}",
		"long":        "${ctx.n}" + many("x", 1<<20),
	}
	e, s, v := NewEngine(), newScope(), newVars()
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			p, problems := e.Compile(text, s)
			if p != nil {
				var fault *EvalError
				if _, err := p.Eval(v); errors.As(err, &fault) && fault.Message == uncompiled {
					t.Error("a panic")
				}
			}
			for _, pr := range problems {
				if pr.Message == uncompiled {
					t.Error("a panic")
				}
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
			t.Log(time.Since(start), len(problems))
		})
	}
}
