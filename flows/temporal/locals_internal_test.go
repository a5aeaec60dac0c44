package temporal

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
)

// counted is a connection that counts how many are open.
type counted struct{ open *int }

func (c counted) Close() error {
	*c.open--
	return nil
}

// TestLocals: what attempts of a run share is kept while a connection is open that the
// run may use once more.
func TestLocals(t *testing.T) {
	const run = "r"
	open := 0
	owner := &connector.Connector{Name: "shop", Open: func(context.Context, connector.OpenRequest) (connector.Connection, error) {
		open++
		return counted{&open}, nil
	}}
	connecting := runtime.Attempt{Owner: owner, Connection: &runtime.ConnectionRef{Key: "k"}, Operation: &connector.Operation{
		Name: "shop.get", Run: func(context.Context, *connector.Call) (any, error) { return nil, nil },
	}}
	without := runtime.Attempt{Owner: owner, Operation: connecting.Operation}
	refused := connecting
	refused.Owner = &connector.Connector{Name: "closed", Open: func(context.Context, connector.OpenRequest) (connector.Connection, error) {
		return nil, errors.New("closed")
	}}
	for name, tt := range map[string]struct {
		attempts  []runtime.Attempt
		ended     bool          // the run has
		later     time.Duration // when something else asks
		kept      int           // runs of which something is kept at once
		open      int           // connections then
		openLater int
	}{
		"no connection":                    {attempts: []runtime.Attempt{without, without}},
		"no connection could be opened":    {attempts: []runtime.Attempt{refused}},
		"one that is used again":           {attempts: []runtime.Attempt{connecting, without, connecting}, later: keepOpen / 2, kept: 1, open: 1, openLater: 1},
		"one that nobody uses for a while": {attempts: []runtime.Attempt{connecting}, later: 2 * keepOpen, kept: 1, open: 1},
		"one of a run that has ended":      {attempts: []runtime.Attempt{connecting}, ended: true, later: 2 * sweepEvery, kept: 1, open: 1},
		"one that was just looked for":     {attempts: []runtime.Attempt{connecting}, ended: true, kept: 1, open: 1, openLater: 1},
	} {
		t.Run(name, func(t *testing.T) {
			open = 0
			l := &locals{}
			for _, a := range tt.attempts {
				rt, done := l.use(run, nil)
				_, _ = rt.Attempt(a) // one is to fail
				done()
			}
			if len(l.runs) != tt.kept || open != tt.open {
				t.Errorf("%d runs are kept and %d connections open, want %d and %d", len(l.runs), open, tt.kept, tt.open)
			}
			if tt.ended {
				l.over(run)
				l.over("another")
			}
			for _, found := range l.unused(l.swept.Add(tt.later)) {
				_ = found.close()
			}
			if open != tt.openLater {
				t.Errorf("%d connections are open later, want %d", open, tt.openLater)
			}
			l.close()
			if open != 0 || len(l.runs) != 0 {
				t.Errorf("%d connections and %d runs at the end", open, len(l.runs))
			}
		})
	}
}

// TestLocalsInUse: nothing is closed that an attempt uses, also when its run has ended.
func TestLocalsInUse(t *testing.T) {
	l := &locals{}
	_, first := l.use("r", nil)
	_, second := l.use("r", nil)
	first()
	l.over("r")
	if all := l.unused(l.swept.Add(2 * keepOpen)); len(all) != 0 || len(l.runs) != 1 {
		t.Errorf("%d are taken away of %d", len(all), len(l.runs))
	}
	second()
	if len(l.runs) != 0 {
		t.Error("one is kept that nobody uses")
	}
}
