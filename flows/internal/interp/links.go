package interp

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/bind"
)

var _ bind.Linker = (*state)(nil)

// SignalURL is what signalUrl() gives: the same again when the step is run again.
func (s *state) SignalURL(name, key string) (string, error) {
	links := s.run.config.Links
	if links.Base == "" {
		return "", &connector.Error{
			Code: "NoPublicUrl", Class: connector.ClassPrecondition,
			Message: "signalUrl: the run began in a process without a public address: runner serve has one with --public-url, a program by flows.WithPublicURL",
		}
	}
	id := runtime.SignalID{Name: s.run.signals + name, Key: key}
	if !strings.HasPrefix(name, "/") {
		id.Name = nameIn(s.run.signals, name)
	}
	if key != "" {
		if _, err := fields.SignalKeyField.Convert(key); err != nil {
			return "", &connector.Error{Code: "InvalidKey", Class: connector.ClassInvalid, Message: "signalUrl: the key: " + err.Error(), Err: err}
		}
	}
	s.run.secrets.deriveText(links.Token(id)) // also where it stands in something else than the address
	return links.URL(s.run.id, id), nil
}

// MakesLinks reports whether an expression of the flow, or of one that it calls,
// calls signalUrl.
func (p *Program) MakesLinks() bool {
	return slices.ContainsFunc(p.allPrograms(), func(sub *Program) bool { return sub.SignalURLs })
}

// Links says where the addresses of signalUrl lead.
func (e *carried) Links() runtime.Links { return e.x.linked() }

// linked returns the links of a run that can make some.
func (x *execution) linked() runtime.Links {
	if x.config.Links.Base == "" || !x.program.MakesLinks() {
		return runtime.Links{}
	}
	return x.config.Links
}

// Link finds the signal of an address of signalUrl. ok is false where the run made
// no such address.
func (x *Run) Link(id runtime.SignalID, token string) (info report.SignalInfo, closed report.SignalReason, ok bool) {
	info, found := x.program.SignalNamed(id.Name)
	if !found || !x.linked().Fits(id, token) {
		return report.SignalInfo{}, "", false
	}
	return info, x.shared.signals.Closed(id), true
}

// SignalNamed describes a signal; ok is false where the program waits for none of
// that name.
func (p *Program) SignalNamed(name string) (info report.SignalInfo, ok bool) {
	s := p.signal(name)
	if s == nil {
		return report.SignalInfo{}, false
	}
	return report.SignalInfo{Name: name, Keyed: s.Keyed, Accepts: s.Accepts, Roles: s.Roles, File: s.At.File, Line: s.At.Line, Col: s.At.Col}, true
}
