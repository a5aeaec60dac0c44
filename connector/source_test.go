package connector_test

import (
	"context"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

// shelf is a source that counts how often it makes a connector.
type shelf struct{ made map[string]int }

// Prefix is what means the shelf's.
func (*shelf) Prefix() string { return "shelf" }

// Names lists the connectors.
func (*shelf) Names() []string { return []string{"bad", "box", "tin"} }

// Offers lists nothing.
func (*shelf) Offers() []connector.Offer { return nil }

// Connector makes a connector, anew each time.
func (s *shelf) Connector(name string) *connector.Connector {
	s.made[name]++
	switch name {
	case "box", "crate":
		return &connector.Connector{Name: "box", Aliases: []string{"crate"}, Operations: []*connector.Operation{step("box.open", "Open")}}
	case "tin":
		return &connector.Connector{Name: "tin", Operations: []*connector.Operation{step("tin.open")}}
	case "bad":
		return &connector.Connector{Name: "bad", Operations: []*connector.Operation{step("other.open")}}
	}
	return nil
}

func step(name string, aliases ...string) *connector.Operation {
	return &connector.Operation{
		Name: name, Aliases: aliases, Run: func(context.Context, *connector.Call) (any, error) { return nil, nil },
	}
}

func TestSource(t *testing.T) {
	own := &connector.Connector{Name: "tin", Operations: []*connector.Operation{step("tin.cut")}}
	plain, err := connector.NewRegistry(own)
	if err != nil {
		t.Fatal(err)
	}
	if plain.Source() != nil || plain.Opened() != nil || plain.Shadows("tin") {
		t.Error("a registry has a source that it was not given")
	}
	s := &shelf{made: map[string]int{}}
	reg := plain.WithSource(s)
	if len(s.made) != 0 {
		t.Errorf("made before anything was asked for: %v", s.made)
	}
	for _, tt := range []struct {
		name  string
		owner string // empty where there is no such operation
	}{
		{"box.open", "box"},
		{"box.Open", "box"},
		{"crate.open", "box"},
		{"shelf.box.open", "box"},
		{"tin.cut", "tin"},
		{"tin.open", ""}, // the registry's own has no such operation
		{"shelf.tin.open", "tin"},
		{"bad.open", ""},
		{"nothing.open", ""},
		{"nothing.open", ""},
		{"shelf.box", ""},
		{"box", ""},
	} {
		op, ok := reg.Operation(tt.name)
		if ok != (tt.owner != "") {
			t.Errorf("%s: found %v", tt.name, ok)
			continue
		}
		if ok && reg.Owner(op).Name != tt.owner {
			t.Errorf("%s belongs to %s, want %s", tt.name, reg.Owner(op).Name, tt.owner)
		}
	}
	if s.made["box"] != 1 || s.made["nothing"] != 1 {
		t.Errorf("made %v, want each once", s.made)
	}
	if c, ok := reg.Connector("tin"); !ok || c != own {
		t.Error("the registry's own connector does not go first")
	}
	if !reg.Shadows("tin") || reg.Shadows("box") {
		t.Errorf("shadows: tin %v, box %v", reg.Shadows("tin"), reg.Shadows("box"))
	}
	if opened := reg.Opened(); len(opened) != 2 || opened[0].Name != "box" || opened[1].Name != "tin" {
		t.Errorf("opened %v", opened)
	}
	if n := len(reg.Connectors()); n != 1 {
		t.Errorf("%d connectors, want the registry's own alone", n)
	}
}
