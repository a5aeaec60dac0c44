package flows

import (
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
)

// SignalLink is what an address that signalUrl made leads to.
type SignalLink struct {
	RunID  string            // of the run that takes the signal now
	Flow   *Flow             // whose run it is
	Signal report.SignalInfo // that the run is given
	Key    string            // that it is given with; empty for none
	// Closed says why the run takes no signal there any more: SignalConflict where
	// it was given one, SignalRanOut or SignalEnded. It is empty where it takes one.
	Closed report.SignalReason
}

// MakesSignalURLs reports whether the flow, or one that it calls, calls signalUrl.
func (f *Flow) MakesSignalURLs() bool { return f.program.MakesLinks() }

// LinkTo describes the signal of an address of signalUrl, for what carries a run;
// nil where the flow waits for no signal of that name.
func (f *Flow) LinkTo(run, name, key string) *SignalLink {
	info, ok := f.program.SignalNamed(name)
	if !ok {
		return nil
	}
	return &SignalLink{RunID: run, Flow: f, Signal: info, Key: key}
}

// Link finds out to what an address leads that signalUrl made in this run; nil
// where it made no such address. The parts of an address are those behind the
// public address: /-/links/TOKEN/RUN/NAME?key=KEY, where a NAME with a slash in it
// has one more in front.
func (h *Handle) Link(name, key, token string) *SignalLink {
	info, closed, ok := h.run.Link(runtime.SignalID{Name: name, Key: key}, token)
	if !ok {
		return nil
	}
	return &SignalLink{RunID: h.id, Flow: h.flow, Signal: info, Key: key, Closed: closed}
}
