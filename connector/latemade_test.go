package connector_test

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

// lateOf is a late connector, and counts how often it is made.
func lateOf(c *connector.Connector, made *int) connector.Late {
	return connector.Late{Name: c.Name, Aliases: c.Aliases, Family: c.Family, Make: func() *connector.Connector { *made++; return c }}
}

func TestLateConnectorsAreMadeWhenNamed(t *testing.T) {
	create := step("pay.create", "make")
	pay := &connector.Connector{Name: "pay", Aliases: []string{"payments"}, Operations: []*connector.Operation{create}}
	tests := []struct {
		name string
		ask  func(r *connector.Registry) bool
		made int
	}{
		{"nothing", func(*connector.Registry) bool { return true }, 0},
		{"another operation", func(r *connector.Registry) bool { _, ok := r.Operation("http.get"); return ok }, 0},
		{"another connector", func(r *connector.Registry) bool { c, ok := r.Connector("http"); return ok && c.Name == "http" }, 0},
		{"its operation", func(r *connector.Registry) bool { op, ok := r.Operation("pay.create"); return ok && op == create }, 1},
		{"by other names", func(r *connector.Registry) bool { op, ok := r.Operation("payments.make"); return ok && op == create }, 1},
		{"an operation that it lacks", func(r *connector.Registry) bool { _, ok := r.Operation("pay.list"); return !ok }, 1},
		{"itself", func(r *connector.Registry) bool { c, ok := r.Connector("payments"); return ok && c == pay }, 1},
		{"whose an operation is", func(r *connector.Registry) bool { return r.Owner(create) == pay }, 1},
		{"all", func(r *connector.Registry) bool { return len(r.Connectors()) == 2 && r.Connectors()[1] == pay }, 1},
		{"all operations", func(r *connector.Registry) bool { return len(r.Operations()) == 2 && r.Operations()[1] == create }, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			own, err := connector.NewRegistry(&connector.Connector{Name: "http", Operations: []*connector.Operation{step("http.get")}})
			if err != nil {
				t.Fatal(err)
			}
			made := 0
			r, err := own.WithLate(lateOf(pay, &made))
			if err != nil {
				t.Fatal(err)
			}
			first := tt.ask(r)
			if again := tt.ask(r); !first || !again {
				t.Error("it is not found")
			}
			if made != tt.made {
				t.Errorf("it was made %d times, want %d", made, tt.made)
			}
			if _, ok := own.Connector("pay"); ok || len(own.Connectors()) != 1 {
				t.Error("the registry that it was added to has it, too")
			}
		})
	}
}

// A connector of the family that a source's prefix names is meant before the source's.
func TestLateConnectorsOfAFamily(t *testing.T) {
	for family, mine := range map[string]bool{"shelf": true, "": false} {
		made := 0
		own, err := connector.NewRegistry()
		if err != nil {
			t.Fatal(err)
		}
		put := step("box.put")
		r, err := own.WithLate(lateOf(&connector.Connector{Name: "box", Family: family, Operations: []*connector.Operation{put}}, &made))
		if err != nil {
			t.Fatal(err)
		}
		r = r.WithSource(&shelf{made: map[string]int{}})
		if r.Shadows("box") == mine || made > 0 {
			t.Errorf("family %q: a name that stands for two things is not told from one that does not", family)
		}
		if op, _ := r.Operation("shelf.box.put"); (op == put) != mine {
			t.Errorf("family %q: shelf.box.put is %v", family, op)
		}
	}
}

func TestLateConnectorsThatAreWrong(t *testing.T) {
	own, err := connector.NewRegistry(&connector.Connector{Name: "pay"})
	if err != nil {
		t.Fatal(err)
	}
	for name, late := range map[string][]connector.Late{
		`two connectors are named "pay"`:  {{Name: "pay"}},
		`two connectors are named "cash"`: {{Name: "cash"}, {Name: "money", Aliases: []string{"cash"}}},
		`connector name ""`:               {{}},
	} {
		if _, err := own.WithLate(late...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("found %v, want %s", err, name)
		}
	}
	twice := []*connector.Operation{step("cash.put"), step("cash.put")}
	for name, c := range map[string]*connector.Connector{
		"another name":      {Name: "money"},
		"another family":    {Name: "cash", Family: "aws"},
		"more names":        {Name: "cash", Aliases: []string{"coins"}},
		"operations of one": {Name: "cash", Operations: twice},
	} {
		r, err := own.WithLate(connector.Late{Name: "cash", Make: func() *connector.Connector { return c }})
		if err != nil {
			t.Fatal(err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: it is taken", name)
				}
			}()
			r.Operation("cash.put")
		}()
	}
}
