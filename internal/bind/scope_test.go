package bind

import (
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/schema"
)

// testScope is a flow of a few names. It counts as its slots the names' order.
type testScope struct {
	names    []string
	bindings map[Ref]Binding
	problems map[Ref]Problem
}

func (s *testScope) Roots() []string { return s.names }

func (s *testScope) Resolve(ref Ref) (Binding, *Problem) {
	if b, ok := s.bindings[ref]; ok {
		return b, nil
	}
	p := s.problems[ref]
	return Binding{}, &p
}

func (s *testScope) SignalURL(name string, _ bool, _, _ int) *Problem {
	if name == "approval" {
		return nil
	}
	return &Problem{Rule: RuleUnknownName, Message: "no wait of the flow is for the signal " + name}
}

func (s *testScope) add(ref Ref, b Binding) {
	if !slices.Contains(s.names, ref.Root) {
		s.names = append(s.names, ref.Root)
	}
	b.Slot = len(s.bindings)
	s.bindings[ref] = b
}

func typed(name string, t schema.Type) *schema.Field { return &schema.Field{Name: name, Type: t} }

func object(fields ...*schema.Field) *schema.Field {
	return &schema.Field{Type: schema.Object, Members: schema.MustNew(fields...)}
}

func listField(name string, elem *schema.Field) *schema.Field {
	return &schema.Field{Name: name, Type: schema.List, Elem: elem}
}

// newScope is the scope of the tests; testVars has its values.
func newScope() *testScope {
	s := &testScope{bindings: map[Ref]Binding{}, problems: map[Ref]Problem{}}
	user := object(typed("name", schema.String), typed("age", schema.Integer),
		&schema.Field{Name: "password", Type: schema.String, Secret: true})
	aliasType := typed("AliasArn", schema.String)
	aliasType.Aliases = []string{"aliasArn"}
	weights := &schema.Field{Name: "Weights", Type: schema.Map, Elem: typed("", schema.Number)}
	routing := object(weights)
	routing.Name, routing.Nullable = "Routing", true
	login := object(user.Members.Fields()...)
	login.Name = "user"
	openField := object(typed("known", schema.String))
	openField.Name, openField.Members = "open", openField.Members.Open()
	s.add(Ref{"ctx", ""}, Binding{Type: object(
		typed("n", schema.Integer), typed("x", schema.Number), typed("name", schema.String),
		typed("x-amz-log-type", schema.String), typed("on", schema.Boolean), typed("raw", schema.Bytes),
		typed("any", schema.Any), typed("nothing", schema.String), openField,
		listField("numbers", typed("", schema.Integer)), listField("users", user), login,
		&schema.Field{Name: "labels", Type: schema.Map, Elem: typed("", schema.String)},
		typed("at", schema.Timestamp),
	)})
	s.add(Ref{"steps", "alias"}, Binding{Source: "lambda.updateAlias", Type: object(
		aliasType, typed("Description", schema.String), routing)})
	s.add(Ref{"steps", "smoke"}, Binding{Type: listField("", typed("", schema.Boolean))})
	s.add(Ref{"steps", "invoke"}, Binding{Type: object(typed("Payload", schema.Any))})
	s.add(Ref{"secrets", "token"}, Binding{Type: typed("", schema.String), Secret: true})
	s.add(Ref{"env", "HOME"}, Binding{Type: &schema.Field{Type: schema.String, Nullable: true}})
	s.add(Ref{"run", ""}, Binding{Type: object(typed("id", schema.String))})
	s.add(Ref{"item", ""}, Binding{})
	s.add(Ref{"huge", ""}, Binding{})
	s.problems[Ref{"steps", "later"}] = Problem{Rule: "unreachable-step", Message: "step later runs after this one"}
	return s
}

// testVars are values for newScope, in the order of its slots.
type testVars []any

func (v testVars) Load(slot int, _ bool) any { return v[slot] }
func (testVars) Payloads() bool              { return true }
func (testVars) Now() time.Time              { return time.Date(2026, 7, 1, 12, 0, 0, 5e8, time.UTC) }
func (testVars) UUID() string                { return "6ba7b810-9dad-11d1-80b4-00c04fd430c8" }

func (testVars) SignalURL(name, key string) (string, error) {
	return "https://flows.example.com/-/links/token/run/" + name + "?key=" + key, nil
}

func newVars() testVars {
	users := []any{
		map[string]any{"name": "Zoe", "age": int64(30), "password": "p1"},
		map[string]any{"name": "Ann", "age": int64(30), "password": "p2"},
		map[string]any{"name": "Bob", "age": int64(20), "password": "p3"},
	}
	return testVars{
		map[string]any{
			"n": int64(5), "x": 1.5, "name": "Grüße", "x-amz-log-type": "Tail", "on": true, "raw": []byte{1, 2},
			"any":     map[string]any{"list": []any{int64(1), map[string]any{"deep": "d"}}, "text": "t", "zero": int64(0)},
			"numbers": []any{int64(3), int64(1), int64(2)}, "users": users, "user": users[0],
			"labels": map[string]any{"b": "2", "a": "1"}, "at": "2026-07-01T12:00:00Z",
			"open": map[string]any{"known": "k", "extra": int64(7)},
		},
		map[string]any{"AliasArn": "arn:1", "Description": "d"},
		[]any{true, true},
		map[string]any{"Payload": map[string]any{"ok": true, "id": int64(12345678901)}},
		"s3cret-token", "/home/x",
		map[string]any{"id": "r-1"},
		map[string]any{"a": []any{"x"}},
		new(big.Int).Lsh(big.NewInt(1), 70),
	}
}

func mustCompile(tb testing.TB, text string) *Program {
	tb.Helper()
	p, problems := NewEngine().Compile(text, newScope())
	if p == nil {
		tb.Fatalf("Compile(%q): %v", text, problems)
	}
	return p
}

// quoted shows a problem with the text that it is placed on.
func quoted(text string, p Problem) string {
	place := text[p.Offset : p.Offset+p.Length]
	parts := []string{p.Rule, "«" + place + "»", p.Message}
	if p.Help != "" {
		parts = append(parts, p.Help)
	}
	return strings.Join(parts, " | ")
}
