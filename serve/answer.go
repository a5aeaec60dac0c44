package serve

import (
	"net/http"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
)

// answerRoute answers a request of a route.
func (s *Server) answerRoute(w http.ResponseWriter, req *http.Request, r *route) {
	x := w.(*exchange)
	x.access.Route, x.access.Flow = r.pattern(), r.served.Flow.Name()
	x.share(r, req)
	x.version(r.version)
	if s.drains.Load() {
		x.Header().Set("Connection", "close")
		x.refuse(*shuttingDown())
		return
	}
	in, p := r.read(x, req)
	if p != nil {
		x.refuse(*p)
		return
	}
	start, no := r.maker.Start(in)
	switch {
	case no != nil:
		r.tell(no)
		x.refuse(no.Problem)
		return
	case start == nil:
		x.send(&flows.Answer{Status: http.StatusNoContent})
		return
	}
	g, p := s.begin(req.Context(), r, start, s.calledBy(r, req.Header)...)
	if p != nil {
		x.refuse(*p)
		return
	}
	x.access.Run = g.id
	if g.version != r.version {
		x.version(g.version)
	}
	x.await(req, r, g, start.Run != "")
}

// read authenticates a request and reads it: the body last, unless it is what
// says who the caller is.
func (r *route) read(x *exchange, req *http.Request) (*event.Request, *report.Problem) {
	in := &event.Request{Method: r.trigger.Method, Header: req.Header} // HEAD begins what GET does
	var p *report.Problem
	if in.Caller, p = r.caller(x, req); p != nil {
		return nil, p
	}
	if p = r.mayCall(x, req, in.Caller, r.server.config.Now()); p != nil {
		return nil, p
	}
	if in.Path, p = r.maker.Path(req.PathValue); p != nil {
		return nil, p
	}
	if in.Query, p = r.maker.Query(req.URL.RawQuery); p != nil {
		return nil, p
	}
	if p = event.Uncompressed(req.Header); p != nil {
		return nil, p
	}
	if in.Raw, p = r.server.readBody(x, req); p != nil {
		return nil, p
	}
	in.Body, p = event.Body(req.Header.Get("Content-Type"), in.Raw)
	in.At = r.server.config.Now()
	return in, p
}

// tell tells operators what the caller of a refused request is not told.
func (r *route) tell(no *event.Refusal) {
	if no.Cause != nil {
		r.server.config.Notice(Notice{Text: "a request does not fit what the trigger " + r.trigger.Name + " of flow " + r.served.Flow.Name() + " makes of it", Err: no.Cause})
	}
}

// await waits for the answer of a run, as long as the caller is to wait. keyed says
// that the request can find a run that another one began: then its end counts, also
// for a caller that does not wait.
func (x *exchange) await(req *http.Request, r *route, g *running, keyed bool) {
	within := event.Patience(req.Header, r.trigger.AnswerWithin)
	if _, asked := event.Preferred(req.Header); asked {
		x.Header().Add("Vary", "Prefer")
		if within < r.trigger.AnswerWithin {
			x.Header().Set("Preference-Applied", "respond-async")
		}
	}
	if keyed || within > 0 {
		select {
		case <-g.done:
			x.finish(g)
			return
		default:
		}
	}
	if within <= 0 {
		x.accepted(g)
		return
	}
	if x.server.config.Carrier != nil { // its run does not keep the server from ending, but this caller does
		x.server.runs.works(1)
		defer x.server.runs.works(-1)
	}
	timer := x.server.timers.get(within)
	defer x.server.timers.put(timer)
	select {
	case <-g.done:
		x.finish(g)
	case <-timer.C:
		x.accepted(g)
	case <-req.Context().Done(): // the run goes on all the same
		x.access.Code = codeCallerGone
	}
}

// timers are those of callers that have waited.
type timers struct{ pool sync.Pool }

// get returns a timer that sends once after d.
func (t *timers) get(d time.Duration) *time.Timer {
	if timer, ok := t.pool.Get().(*time.Timer); ok {
		timer.Reset(d)
		return timer
	}
	return time.NewTimer(d)
}

// put takes back a timer; what it has not sent by now it does not send.
func (t *timers) put(timer *time.Timer) {
	timer.Stop()
	t.pool.Put(timer)
}
