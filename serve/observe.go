package serve

import (
	"net/http"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
)

// callerKind is the kind of the trigger of a route, as a report.Caller has it.
func (r *route) callerKind() string {
	switch t := r.trigger; {
	case t.Tool != nil:
		return "tool"
	case t.Schedule != "":
		return "schedule"
	case t.Source != "":
		return t.Source
	default:
		return "http"
	}
}

// calledBy says who asks for a run of a route, for who watches it: h are the headers
// of a request; nil for none.
func (s *Server) calledBy(r *route, h http.Header) []flows.RunOption {
	return s.callerAt(r, connector.Trace{}, h)
}

// callerAt is calledBy of a caller that may have said elsewhere where it stands.
func (s *Server) callerAt(r *route, at connector.Trace, h http.Header) []flows.RunOption {
	if s.config.Observer == nil && s.config.Carrier == nil { // whose runs others may watch
		return nil
	}
	caller := report.Caller{Kind: r.callerKind(), Trace: at}
	if _, _, _, ok := at.IDs(); ok {
		return []flows.RunOption{flows.WithCaller(caller)}
	}
	if parents := h["Traceparent"]; len(parents) == 1 { // two of them say nothing
		caller.Trace, _ = connector.ReadTrace(parents[0], h["Tracestate"])
	}
	return []flows.RunOption{flows.WithCaller(caller)}
}
