package bind_test

import (
	"fmt"

	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/schema"
)

// inputs is a scope of ctx alone, with one input.
type inputs struct{}

func (inputs) Roots() []string { return []string{"ctx"} }

func (inputs) Resolve(ref bind.Ref) (bind.Binding, *bind.Problem) {
	if ref.Root != "ctx" {
		return bind.Binding{}, &bind.Problem{}
	}
	version := &schema.Field{Name: "version", Type: schema.Integer}
	return bind.Binding{Type: &schema.Field{Type: schema.Object, Members: schema.MustNew(version)}}, nil
}

type values map[string]any

func (v values) Load(int, bool) any { return map[string]any(v) }

func (values) Payloads() bool { return false }

func ExampleEngine_Compile() {
	engine := bind.NewEngine()
	p, _ := engine.Compile("${ctx.version + 1}", inputs{})
	v, err := p.Eval(values{"version": int64(7)})
	fmt.Println(v, err, p.Type().TypeName())

	_, problems := engine.Compile("${ctx.verison}", inputs{})
	fmt.Println(problems[0].Offset, problems[0].Message)
	fmt.Println(problems[0].Help)
	// Output:
	// 8 <nil> integer
	// 6 unknown name "verison" in ctx
	// did you mean "version"? it has: version
}

func ExampleWithFunction() {
	engine := bind.NewEngine(bind.WithFunction("double", func(n int) int { return 2 * n }))
	p, _ := engine.Compile("twice ${ctx.version} is ${double(ctx.version)}", inputs{})
	v, err := p.Eval(values{"version": int64(7)})
	fmt.Println(v, err)
	// Output: twice 7 is 14 <nil>
}

func ExampleCompileValue() {
	p, err := bind.CompileValue("hello ${event.name ?? 'you'}", "event")
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := p.Eval(map[string]any{"event": map[string]any{"name": "Ann"}})
	fmt.Println(v, err)
	// Output: hello Ann <nil>
}
