package bind

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/expr-lang/expr/builtin"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

var updateReference = flag.Bool("update", false, "write docs/functions.md")

func described() map[string]Function {
	all := map[string]Function{}
	for _, group := range Reference() {
		for _, f := range group.Functions {
			all[f.Name] = f
		}
	}
	return all
}

// Every function has a description, every description a function, and every
// function of expr one of ours or a help.
func TestReferenceIsComplete(t *testing.T) {
	e, all := NewEngine(), described()
	for _, name := range e.names {
		if _, ok := all[name]; !ok && !(name == "findLastIndex") {
			t.Errorf("%s is not described", name)
		}
	}
	for _, b := range builtin.Builtins {
		_, ok := all[b.Name]
		if !ok && elsewhere(b.Name) == "" {
			t.Errorf("expr's %s is neither described nor refused with a help", b.Name)
		}
		if ok != e.isFunction(b.Name) {
			t.Errorf("expr's %s is described: %v, is a function: %v", b.Name, ok, e.isFunction(b.Name))
		}
	}
	for name, f := range all {
		if !e.isFunction(name) {
			t.Errorf("%s is described and no function", name)
		}
		if !strings.HasSuffix(f.Doc, ".") || f.Example == "" || f.Result == "" {
			t.Errorf("%s lacks a sentence, an example or its result", name)
		}
	}
	for name := range foreignFunctions {
		if e.isFunction(name) {
			t.Errorf("%s has a help and is a function", name)
		}
	}
}

func TestReferenceExamples(t *testing.T) {
	e, s, v := NewEngine(), newScope(), newVars()
	for name, f := range described() {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(f.Example, name+"(") {
				t.Errorf("the example does not call %s", name)
			}
			p, problems := e.Compile("${"+f.Example+"}", s)
			if p == nil {
				t.Fatal(problems)
			}
			got, err := p.Eval(v)
			if err != nil {
				t.Fatal(err)
			}
			if text, err := value.EncodeJSON(got); string(text) != f.Result || err != nil {
				t.Errorf("got %s, %v; want %s", text, err, f.Result)
			}
		})
	}
}

// failure is what is said of an expression when it is compiled or runs.
func failure(t *testing.T, e *Engine, expr string) string {
	t.Helper()
	p, problems := e.Compile("${"+expr+"}", newScope())
	if p == nil {
		return problems[0].Message
	}
	_, err := p.Eval(newVars())
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestReferenceErrors(t *testing.T) {
	e := NewEngine()
	for name, f := range described() {
		for _, want := range f.Errors {
			got := failure(t, e, want.Expr)
			if !strings.Contains(want.Expr, name+"(") || strings.TrimPrefix(got, name+": ") != want.Message {
				t.Errorf("%s: %s\ngot  %s\nwant %s", name, want.Expr, got, want.Message)
			}
		}
	}
}

// arguments are values of the types that signatures name.
var arguments = map[string]string{
	"string": "ctx.name", "integer": "ctx.n", "number": "ctx.x", "any": "ctx.any.text", "list": "ctx.numbers", "map": "ctx.labels", "list of string": "['a']", "list of list": "[[ctx.name, 1]]", "list of map": "ctx.users", "list of map or list": "ctx.users",
	"signal": "'approval'", "timestamp": "ctx.at", "duration": "addedDuration", "boolean": "ctx.on", "integer or string": "ctx.n", "string or number": "ctx.x", "string or bytes": "ctx.raw",
}

// wrongArguments are values that fit no such parameter.
var wrongArguments = map[string]string{
	"signal": "ctx.name",
	"string": "ctx.n", "integer": "ctx.name", "number": "ctx.name", "list": "ctx.n", "list of list": "ctx.numbers", "list of map": "ctx.numbers", "list of map or list": "ctx.numbers", "map": "ctx.n", "timestamp": "ctx.n", "duration": "ctx.n", "boolean": "ctx.n",
	"integer or string": "ctx.labels", "string or number": "ctx.on", "string or bytes": "ctx.n",
}

// A signature tells how many arguments there are, of which types, and the type
// of the result.
func TestReferenceSignatures(t *testing.T) {
	e, s := NewEngine(), newScope()
	s.add(Ref{"addedDuration", ""}, Binding{Type: typed("", schema.Duration)})
	compiles := func(name string, args []string) (*Program, []Problem) {
		return e.Compile("${"+name+"("+strings.Join(args, ", ")+")}", s)
	}
	for name, f := range described() {
		t.Run(name, func(t *testing.T) {
			params, result, ok := strings.Cut(strings.TrimPrefix(f.Signature, "("), ") → ")
			if !ok {
				t.Fatalf("the signature is %q", f.Signature)
			}
			var args, types []string
			least, most := 0, 0
			for param := range strings.SplitSeq(params, ", ") {
				if param == "" {
					continue
				}
				label, typ, isTyped := strings.Cut(param, ": ")
				optional := strings.HasSuffix(label, "?")
				if !optional && !strings.HasSuffix(label, "…") {
					least++
				}
				if most++; strings.HasSuffix(label, "…") {
					most = 100
				}
				arg := arguments[typ]
				if !isTyped { // a predicate
					arg = map[bool]string{true: "# > 1", false: "#"}[result == "boolean"]
				}
				if !isTyped && slices.Contains([]string{"filter", "find", "findLast", "findIndex", "findLastIndex", "count"}, name) {
					arg = "# > 1"
				}
				args, types = append(args, arg), append(types, typ)
			}
			p, problems := compiles(name, args)
			if p == nil {
				t.Fatalf("%v is refused: %v", args, problems)
			}
			if got := p.Type().TypeName(); !gives(result, got) {
				t.Errorf("it gives %s, the signature says %s", got, result)
			}
			if name == "count" { // whose elements are the conditions then
				args[0] = "[true]"
				args[1] = "#"
			}
			if p, _ := compiles(name, args[:least]); p == nil {
				t.Errorf("%d arguments are refused", least)
			}
			if p, _ := compiles(name, args[:max(least-1, 0)]); p != nil && least > 0 {
				t.Errorf("%d arguments are taken", least-1)
			}
			if p, _ := compiles(name, append(slices.Clone(args), "1")); p != nil && most == len(args) {
				t.Errorf("%d arguments are taken", len(args)+1)
			}
			for i, typ := range types {
				wrong := slices.Clone(args)
				if wrong[i] = wrongArguments[typ]; wrong[i] == "" {
					continue
				}
				if p, _ := compiles(name, wrong); p != nil {
					t.Errorf("%v is taken, argument %d should be %s", wrong, i+1, typ)
				}
			}
		})
	}
}

// gives is true where a type is what a signature says, or more precise.
func gives(says, typ string) bool {
	return says == "any" || typ == says || strings.HasPrefix(typ, says+" of ") || says == "number" && typ == "integer"
}

func TestReferenceMarkdown(t *testing.T) {
	const file = "../../docs/functions.md"
	want := ReferenceMarkdown()
	if *updateReference {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); string(got) != want || err != nil {
		t.Errorf("docs/functions.md is not what the descriptions say (%v): run go test ./internal/bind -run TestReferenceMarkdown -update", err)
	}
}
