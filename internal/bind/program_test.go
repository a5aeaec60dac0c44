package bind

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/schema"
)

func TestTypeAndSecret(t *testing.T) {
	tests := []struct {
		text   string
		typ    string
		secret bool
	}{
		{"live", "string", false},
		{"a ${ctx.n}", "string", false},
		{"${ctx.n}", "integer", false},
		{"${ctx.at}", "timestamp", false},
		{"${ctx.users}", "list of object", true},
		{"${ctx.users[0].name}", "string", false},
		{"${ctx.users[0].password}", "secret", true},
		{"${item}", "any", false},
		{"${item.x}", "any", false},
		{"${steps.alias.Routing.Weights.v1}", "number", false},
		{"${ctx.labels.a}", "string", false},
		{"${ctx.n + 1}", "integer", false},
		{"${ctx.n + ctx.x}", "number", false},
		{"${ctx.n / 2}", "number", false},
		{"${ctx.n == 1}", "boolean", false},
		{"${ctx.name + 'x'}", "string", false},
		{"${ctx.nothing ?? 'x'}", "string", false},
		{"${ctx.any ?? 'x'}", "any", false},
		{"${[1, 2]}", "list of integer", false},
		{"${map(ctx.numbers, # > 1)}", "list of boolean", false},
		{"${{a: 1}}", "map", false},
		{"${1..3}", "list of integer", false},
		{"${ctx.on ? ctx.user : ctx.user}", "object", true},
		{"${ctx.raw}", "bytes", false},
		{"${null}", "any", false},

		{"${secrets.token}", "secret", true},
		{"Bearer ${secrets.token}", "string", true},
		{"${secrets.token + 'x'}", "string", true},
		{"${upper(secrets.token)}", "string", true},
		{"${[secrets.token]}", "list of string", true},
		{"${{a: {b: secrets.token}}}", "map", true},
		{"${ctx.on ? secrets.token : 'none'}", "string", true},
		{"${secrets.token == 'x' ? 1 : 2}", "integer", false},
		{"${secrets.token == 'x'}", "boolean", false},
		{"${secrets.token matches '^x' and hasPrefix(secrets.token, 'y')}", "boolean", false},
		{"${len(secrets.token)}", "integer", false},
		{"${type(secrets.token)}", "string", false},
		{"${secrets.token[0:2]}", "string", true},
		{"${secrets.token | upper() | lower()}", "string", true},
		{"${let a = secrets.token; a + 'x'}", "string", true},
		{"${let a = secrets.token; 'x'}", "string", false},
		{"${sha256(secrets.token)}", "string", true},

		{"${ctx}", "object", true},
		{"${toJSON(ctx.user)}", "string", true},
		{"${ctx.user.name + 'x'}", "string", false},
		{"${ctx.user ?? 1}", "any", true},
		{"${map(ctx.users, .name)}", "list of string", false},
		{"${map(ctx.users, .password)}", "list of secret", true},
		{"${map(ctx.users, #)}", "list of object", true},
		{"${filter(ctx.users, .age > 20)}", "list of object", true},
		{"${find(ctx.users, .age > 20).name}", "string", false},
		{"${first(ctx.users).password}", "secret", true},
		{"${reverse(ctx.users)[0].name}", "string", false},
		{"${all(ctx.users, .password != '')}", "boolean", false},
		{"${join(map(ctx.users, .password), ',')}", "string", true},
		{"${reduce(ctx.users, #acc + .password, '')}", "any", true},
		{"${groupBy(ctx.users, .age)}", "map of list of object", true},
		{"${groupBy(ctx.users, .age)['30'][0].name}", "string", false},
		{"${groupBy(ctx.numbers, #)}", "map of list of integer", false},
		{"${ctx.user[ctx.name]}", "any", true},
		{"${keys(ctx.user)}", "list of string", true},
		{"${count(ctx.users, .age > 1)}", "integer", false},
		{"${sum(ctx.users, .age)}", "integer", false},
		{"${map(ctx.users, {{n: .name}})}", "list of map", false},
		{"${map(ctx.users, [.name, .password])}", "list of list of string", true},
		{"${secrets.token ?? 'none'}", "string", true},
		{"${string(secrets.token)}", "string", true},
		{"${merge(ctx.user, {})}", "map", true},
	}
	e, s := NewEngine(), newScope()
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			p, problems := e.Compile(tt.text, s)
			if p == nil {
				t.Fatal(problems)
			}
			typ := *p.Type()
			if tt.text == "${secrets.token}" {
				typ.Secret = p.Secret()
			}
			if typ.TypeName() != tt.typ || p.Secret() != tt.secret {
				t.Errorf("got %s, %v; want %s, %v", typ.TypeName(), p.Secret(), tt.typ, tt.secret)
			}
		})
	}
}

func TestTypeOfPath(t *testing.T) {
	s := newScope()
	field := s.bindings[Ref{"steps", "alias"}].Type.Members.Field("AliasArn")
	p := mustCompileIn(t, s, "${steps.alias.AliasArn}")
	if p.Type() != field {
		t.Error("a path has another type than its field")
	}
	if !mustCompileIn(t, s, "${steps.alias.Routing.Weights}").Type().Nullable {
		t.Error("what a nullable object holds is not nullable")
	}
	if !mustCompileIn(t, s, "${env.HOME}").Type().Nullable {
		t.Error("a nullable value is not nullable")
	}
	if mustCompileIn(t, s, "${env.HOME ?? ''}").Type().Nullable {
		t.Error("what ?? gives is nullable")
	}
}

func mustCompileIn(t *testing.T, s Scope, text string) *Program {
	t.Helper()
	p, problems := NewEngine().Compile(text, s)
	if p == nil {
		t.Fatalf("Compile(%q): %v", text, problems)
	}
	return p
}

func TestRefs(t *testing.T) {
	p := mustCompile(t, "${ctx.n} ${upper(steps.alias.AliasArn) + ctx.name} ${secrets['token']} ${map(steps.smoke, # and item.x)} ${env.HOME}")
	want := []Ref{{"ctx", ""}, {"steps", "alias"}, {"secrets", "token"}, {"steps", "smoke"}, {"item", ""}, {"env", "HOME"}}
	if diff := cmp.Diff(want, p.Refs()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAccessors(t *testing.T) {
	tests := []struct {
		text     string
		constant any
		literal  bool
		whole    bool
		has      bool
	}{
		{"", "", true, false, false},
		{"a", "a", true, false, false},
		{"$${a}", "${a}", true, false, false},
		{"$${a} ${ctx.n}", nil, false, false, true},
		{"${ctx.n}", nil, false, true, true},
		{" ${ctx.n + 1}\n", nil, false, true, true},
		{"${ctx.n} x", nil, false, false, true},
	}
	for _, tt := range tests {
		p := mustCompile(t, tt.text)
		constant, literal := p.Constant()
		if constant != tt.constant || literal != tt.literal || p.Whole() != tt.whole || HasExpr(tt.text) != tt.has || p.Text() != tt.text {
			t.Errorf("%q: constant %v, %v; whole %v; has %v; text %q", tt.text, constant, literal, p.Whole(), HasExpr(tt.text), p.Text())
		}
	}
}

// A type that holds itself, as a tree's does.
func TestRecursiveType(t *testing.T) {
	node := &schema.Field{Type: schema.Object}
	children := &schema.Field{Name: "children", Type: schema.List, Elem: node}
	node.Members = schema.MustNew(typed("name", schema.String), children)
	lists := &schema.Field{Name: "lists", Type: schema.List}
	lists.Elem = lists
	s := &testScope{bindings: map[Ref]Binding{}}
	s.add(Ref{"tree", ""}, Binding{Type: node})
	s.add(Ref{"lists", ""}, Binding{Type: lists})
	p := mustCompileIn(t, s, "${map(tree.children[0].children, .name)}")
	if got := p.Type().TypeName(); got != "list of string" {
		t.Errorf("got %s", got)
	}
	mustCompileIn(t, s, "${len(lists[0][0])}")
}
