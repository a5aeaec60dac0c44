package serve

import (
	"context"
	"slices"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/internal/value"
)

// signalHere gives a signal to a run of this process alone. One that has ended takes
// what it was given before.
func (s *Server) signalHere(ctx context.Context, k *known, name, key string, given map[string]any) error {
	if h := s.runs.handleOf(k.here); h != nil {
		return h.Signal(ctx, name, key, given) //nolint:wrapcheck // it says all
	}
	if s.runs.wasGiven(k.here, signalHash(name, key, given)) {
		return nil
	}
	return &report.SignalError{RunID: k.id, Name: name, Key: key, Reason: report.SignalEnded}
}

// signalHash tells a signal and its values from others.
func signalHash(name, key string, given map[string]any) string {
	values, _ := value.EncodeJSON(given)
	return string(event.Hash("signal", name, key, string(values)))
}

// mostTaken bounds what is kept of the signals of a run.
const mostTaken = 100

// gave notes that a run took a signal.
func (r *runs) gave(g *running, hash string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(g.taken) < mostTaken && !slices.Contains(g.taken, hash) {
		g.taken = append(g.taken, hash)
	}
}

// wasGiven reports whether a run took a signal.
func (r *runs) wasGiven(g *running, hash string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Contains(g.taken, hash)
}
