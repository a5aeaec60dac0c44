package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/wire"
	"github.com/medlar-flow/medlar/flows/report"
)

// ErrSecretAnswer stops the end of a run whose answer shows a secret, on a
// journal that cannot encrypt it.
var ErrSecretAnswer = errors.New("the answer of the run shows a secret, which a journal stores only encrypted: give a key in " + whereKeys + " (openssl rand -base64 32)")

// answered returns what the caller of the route that began the run is told of its
// end; nil for a run that no route began. It is kept with the end, so that everybody
// who asks is told the same.
func (r *run) answered(result *flows.Result, failed error, at int64) ([]byte, error) {
	var output any
	if result != nil {
		output = result.Output
	}
	a := r.exec.Answer(output, report.AsRunError(failed), timeOf(at))
	if a == nil {
		return nil, nil
	}
	if a.Secret && r.journal.keys.none() {
		return nil, ErrSecretAnswer
	}
	headers := map[string]any{}
	for name, text := range a.Headers {
		headers[name] = text
	}
	kept, err := blob(map[string]any{"status": int64(a.Status), "headers": headers, "body": a.Body}, r.journal.keys, a.Secret, aboutAnswer(r.id))
	if err != nil {
		return nil, fmt.Errorf("storing the answer: %w", err)
	}
	r.answer = a
	return kept, nil
}

func aboutAnswer(run string) string { return "answer " + run }

// Beginning says how a run began that an event of a trigger may have begun.
type Beginning struct {
	Run            // as it stands now
	Trigger string // the name of the trigger; empty for a run that none began
	Event   []byte // tells the event from another one with its identity
	Version string // of the flow that the run began with, as flows.Flow.Version gives it
}

// Beginning returns how a run began, without reading what it did. The error is an
// *UnknownRunError where there is none of that name.
func (j *Journal) Beginning(ctx context.Context, id string) (*Beginning, error) {
	row, err := j.find(ctx, id)
	if err != nil {
		return nil, j.orLost(id, err)
	}
	b := &Beginning{Run: row.Run}
	if b.State, err = j.standing(ctx, row.Run, map[string]bool{}); err != nil {
		return nil, fmt.Errorf("reading run %s: %w", id, err)
	}
	own, err := row.own()
	if err != nil {
		return nil, &DamagedError{RunID: id, Err: err}
	}
	event := eventIn(own)
	b.Trigger, b.Event = event.Trigger, event.Digest
	if digest, _ := own["digest"].([]byte); len(digest) == sha256.Size {
		b.Version = hex.EncodeToString(digest[:6])
	}
	return b, nil
}

// Answer returns what the caller of the route that began a run is told of its
// end, as it was made then; nil for a run that has not ended, and for one that no
// route began.
func (j *Journal) Answer(ctx context.Context, id string) (*flows.Answer, error) {
	row, err := j.find(ctx, id)
	if err != nil {
		return nil, j.orLost(id, err)
	}
	if row.State == Running {
		return nil, nil
	}
	var last *record
	err = j.store.Records(ctx, id, func(number int64, data []byte) error {
		if len(data) == 0 || kind(data[0]) != kindEnd {
			return nil
		}
		last, err = decodeRecord(id, number, data)
		return err
	})
	if err != nil {
		return nil, &DamagedError{RunID: id, Err: err}
	}
	if last == nil {
		return nil, nil
	}
	v, err := j.body(id, last)
	if err != nil {
		return nil, &DamagedError{RunID: id, Err: err}
	}
	m, _ := v.(map[string]any)
	kept, ok := m["answer"].([]byte)
	if !ok {
		return nil, nil
	}
	fields, err := opened(kept, j.keys, aboutAnswer(id))
	if errors.Is(err, wire.ErrSealed) {
		return nil, &LockedError{RunID: id, Err: err}
	}
	if err != nil {
		return nil, &DamagedError{RunID: id, Err: fmt.Errorf("its answer: %w", err)}
	}
	return answerOf(fields, kept[0] == isSealed), nil
}

func answerOf(fields map[string]any, sealed bool) *flows.Answer {
	a := &flows.Answer{Status: int(wire.IntegerAt(fields, "status")), Headers: map[string]string{}, Secret: sealed}
	a.Body, _ = fields["body"].([]byte)
	headers, _ := fields["headers"].(map[string]any)
	for name, v := range headers {
		a.Headers[name], _ = v.(string)
	}
	return a
}

// Answer returns what the caller of the route that began the run is told of its
// end; nil before that, for a run that no route began, and for one that was found
// by Attach: Journal.Answer has that of every run.
func (h *Handle) Answer() *flows.Answer {
	if h.answer == nil {
		return nil
	}
	select {
	case <-h.done:
		return h.answer()
	default:
		return nil
	}
}

// Rested is closed when the run is put down for the first time, since all that it
// does is to wait: from then on it holds nothing of the process but its name. It
// is nil for a run of another process.
func (h *Handle) Rested() <-chan struct{} { return h.rested }

// Encrypts reports whether the journal has a key to encrypt secrets with.
func (j *Journal) Encrypts() bool { return !j.keys.none() }
