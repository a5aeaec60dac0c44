package check

import (
	"slices"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
)

// signalURL is a call of signalUrl. The wait that it is for may stand further
// down, so it is looked for at the end.
type signalURL struct {
	name  string
	keyed bool
	at    diag.Span

	offset, length int // in the text, whose node is not known to a scope
}

var _ bind.SignalScope = (*scope)(nil)

// SignalURL notes a call of signalUrl.
func (sc *scope) SignalURL(name string, keyed bool, offset, length int) *bind.Problem {
	if sc.trigger != nil || sc.labels || sc.header || sc.connection != nil || sc.check == nil {
		return &bind.Problem{
			Rule: bind.RuleUnknownFunction, Message: "signalUrl can be called in the steps of a flow alone",
			Help: "call it in the step that sends the address",
		}
	}
	if one := (signalURL{name: name, keyed: keyed, offset: offset, length: length}); !slices.Contains(sc.check.urls, one) { // looked at once more
		sc.check.urls = append(sc.check.urls, one)
	}
	return nil
}

// placeURLs says where the calls of signalUrl stand that a text has.
func (c *checker) placeURLs(before int, n *node) {
	for i := range c.urls[before:] {
		u := &c.urls[before+i]
		u.at = c.src.Inside(n, u.offset, u.length)
	}
}

// signalURLs checks that each call of signalUrl is for a signal that the flow, or
// one that it calls, waits for.
func (c *checker) signalURLs() {
	if len(c.urls) == 0 {
		return
	}
	c.program.SignalURLs = true
	waits := c.program.Signals()
	var names []string
	for _, s := range waits {
		names = append(names, s.Name)
	}
	told := map[diag.Span]bool{}
	for _, u := range c.urls {
		if told[u.at] {
			continue // a text in a loop is looked at more than once
		}
		told[u.at] = true
		i := slices.Index(names, u.name)
		switch {
		case i < 0 && len(names) == 0:
			c.report(diag.Error, u.at, "unknown-signal", "add ‹wait: {signal: "+u.name+"}›", "the flow waits for no signal")
		case i < 0 && len(waits) < interp.MaxListed:
			c.report(diag.Error, u.at, "unknown-signal", diag.Suggest(u.name, names, "signals are"), "the flow waits for no signal "+u.name)
		case i < 0:
		case waits[i].Keyed && !u.keyed:
			c.report(diag.Error, u.at, "signal-without-key", "write signalUrl('"+u.name+"', key), with the key of the wait", "the signal "+u.name+" is given with a key")
		case !waits[i].Keyed && u.keyed:
			c.report(diag.Error, u.at, "signal-key", "write signalUrl('"+u.name+"')", "the signal "+u.name+" takes no key")
		}
	}
}
