package connector

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func noRun(context.Context, *Call) (any, error) { return nil, nil }

func operation(name string, aliases ...string) *Operation {
	return &Operation{Name: name, Aliases: aliases, Run: noRun}
}

func TestRegistryLookup(t *testing.T) {
	create, list := operation("pay.create", "Create", "make"), operation("pay.list")
	get := operation("http.get")
	pay := &Connector{Name: "pay", Aliases: []string{"acme_pay", "payments"}, Operations: []*Operation{list, create}}
	http := &Connector{Name: "http", Operations: []*Operation{get}}
	r, err := NewRegistry(pay, http)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		want *Operation
	}{
		{"pay.create", create},
		{"pay.Create", create},
		{"pay.make", create},
		{"acme_pay.create", create},
		{"payments.make", create},
		{"payments.list", list},
		{"http.get", get},
		{"http.create", nil},
		{"create", nil},
		{"pay.CREATE", nil},
		{"pay.", nil},
		{"", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := r.Operation(tt.name); got != tt.want || ok != (tt.want != nil) {
				t.Errorf("Operation(%q) = %v, %t", tt.name, got, ok)
			}
		})
	}
	for name, want := range map[string]*Connector{"pay": pay, "acme_pay": pay, "payments": pay, "http": http, "pay.create": nil} {
		if got, ok := r.Connector(name); got != want || ok != (want != nil) {
			t.Errorf("Connector(%q) = %v, %t", name, got, ok)
		}
	}
	if r.Owner(create) != pay || r.Owner(get) != http || r.Owner(operation("pay.create")) != nil {
		t.Error("Owner gives the wrong connector")
	}
	var names []string
	for _, op := range r.Operations() {
		names = append(names, op.Name)
	}
	if diff := cmp.Diff([]string{"http.get", "pay.create", "pay.list"}, names); diff != "" {
		t.Errorf("Operations (-want +got):\n%s", diff)
	}
	r.Connectors()[0] = nil
	if got := r.Connectors(); got[0] != pay || got[1] != http {
		t.Errorf("Connectors gives %v, want the order given, and a list of its own", got)
	}
}

func TestRegistryRefuses(t *testing.T) {
	of := func(ops ...*Operation) []*Connector { return []*Connector{{Name: "pay", Operations: ops}} }
	tests := []struct {
		name       string
		connectors []*Connector
		want       string // part of the error
	}{
		{"two connectors of a name", []*Connector{{Name: "pay"}, {Name: "pay"}}, `two connectors are named "pay"`},
		{"a name and a spelling", []*Connector{{Name: "pay"}, {Name: "cash", Aliases: []string{"pay"}}}, `two connectors are named "pay"`},
		{"a connector without a name", []*Connector{{}}, `connector name ""`},
		{"a dot in a connector's name", []*Connector{{Name: "a.b"}}, `connector name "a.b"`},
		{"a bad spelling of a connector", []*Connector{{Name: "a", Aliases: []string{"1a"}}}, `connector name "1a"`},
		{"two operations of a name", of(operation("pay.a"), operation("pay.a")), `two operations are named "pay.a"`},
		{"an operation and a spelling", of(operation("pay.a"), operation("pay.b", "a")), `two operations are named "pay.a"`},
		{"another connector's operation", of(operation("http.a")), `its name must be "pay.name"`},
		{"an operation without a connector", of(operation("a")), `its name must be "pay.name"`},
		{"an operation named by a spelling", []*Connector{{Name: "pay", Aliases: []string{"p"}, Operations: []*Operation{operation("p.a")}}}, `its name must be "pay.name"`},
		{"an operation without a name", of(operation("pay.")), `its name must be "pay.name"`},
		{"two dots", of(operation("pay.a.b")), `its name must be "pay.name"`},
		{"a bad spelling of an operation", of(operation("pay.a", "b c")), `its other name "b c"`},
		{"an empty spelling", of(operation("pay.a", "")), `its other name ""`},
		{"nothing to run", of(&Operation{Name: "pay.a"}), `operation "pay.a" has no Run`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := NewRegistry(tt.connectors...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("NewRegistry fails with %v, want %q in it", err, tt.want)
			}
		})
	}
}
