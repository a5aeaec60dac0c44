package operations_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations"
)

// Connectors that are made late are those of All, in its order: a registry finds
// what was said of one that is something else.
func TestLateIsAll(t *testing.T) {
	own, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	late, err := own.WithLate(operations.Late()...)
	if err != nil {
		t.Fatal(err)
	}
	names := func(connectors []*connector.Connector) (list []string) {
		for _, c := range connectors {
			list = append(list, c.Name)
		}
		return list
	}
	if diff := cmp.Diff(names(operations.All()), names(late.Connectors())); diff != "" {
		t.Errorf("connectors (-all +late):\n%s", diff)
	}
}
