package connector_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// A registry and those made of it share the calls of a name.
func TestPass(t *testing.T) {
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	other := reg.WithSource(nil)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		for _, r := range []*connector.Registry{reg, other, reg} {
			if err := r.Pass(t.Context(), "a", 1, time.Minute, 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := reg.Pass(t.Context(), "b", 1, time.Minute, 1); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began).Round(time.Second); took != 2*time.Minute {
			t.Errorf("three calls and one of another name took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := reg.Pass(ctx, "a", 1, time.Minute, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}
