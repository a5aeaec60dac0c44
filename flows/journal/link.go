package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// Link finds out to what an address leads that signalUrl made in a run, for whoever
// answers it: the parts are those behind the public address, as [flows.Handle.Link]
// has them. An address of a run that was restarted leads to its newest generation.
// It is nil where no run made such an address. registry has the operations of the
// run's program.
func (j *Journal) Link(ctx context.Context, registry *connector.Registry, run, name, key, token string) (*flows.SignalLink, error) {
	row, err := j.generationOf(ctx, run)
	if err != nil || row == nil {
		return nil, err
	}
	s, err := j.start(ctx, row)
	switch {
	case err != nil:
		return nil, &DamagedError{RunID: run, Err: err}
	case s.locked != nil:
		return nil, &LockedError{RunID: run, Err: s.locked}
	case s.name != run || !s.links.Fits(runtime.SignalID{Name: name, Key: key}, token):
		return nil, nil
	}
	var unknown *UnknownRunError
	for row.Next != "" {
		if row, err = j.find(ctx, row.Next); errors.As(err, &unknown) {
			return nil, nil // it was deleted
		} else if err != nil {
			return nil, err
		}
	}
	flow, err := j.Load(ctx, row.ID, registry)
	if err != nil {
		return nil, err
	}
	link := flow.LinkTo(row.ID, name, key)
	if link != nil {
		link.Closed, err = j.whyClosed(ctx, row, SignalID{row.ID, name, key})
	}
	return link, err
}

// whyClosed says why a run takes no value of a signal any more; empty where it does.
func (j *Journal) whyClosed(ctx context.Context, row *StoredRun, id SignalID) (report.SignalReason, error) {
	if j.signals == nil {
		return report.SignalEnded, nil // such a flow did not begin here
	}
	kept, err := j.signals.Signal(ctx, id)
	switch {
	case err != nil:
		return "", fmt.Errorf("reading the signals of run %s: %w", id.RunID, err)
	case kept != nil && !kept.Closed:
		return report.SignalConflict, nil
	case row.State != Running:
		return report.SignalEnded, nil
	case kept != nil:
		return report.SignalRanOut, nil
	}
	return "", nil
}

// lastLooked is the last generation that is looked for where those before it were
// deleted.
const lastLooked = 20

// generationOf returns the oldest generation of a run that is there; nil for none.
func (j *Journal) generationOf(ctx context.Context, run string) (*StoredRun, error) {
	id := run
	for n := 2; ; n++ {
		row, err := j.find(ctx, id)
		var unknown *UnknownRunError
		switch {
		case !errors.As(err, &unknown):
			return row, err
		case n > lastLooked:
			return nil, nil
		}
		id = run + "." + strconv.Itoa(n)
	}
}
