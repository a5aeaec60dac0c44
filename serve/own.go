package serve

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/internal/value"
)

// ownHandler answers by itself, under /-/.
type ownHandler func(x *exchange, req *http.Request)

// ServeHTTP answers.
func (h ownHandler) ServeHTTP(w http.ResponseWriter, req *http.Request) { h(w.(*exchange), req) }

// ownRoutes adds what is asked and told about the server and its runs. Operators
// may ask for every run; callers of a route for those that its trigger began.
func (s *Server) ownRoutes(mux *http.ServeMux, operators bool) {
	mux.Handle("GET /-/healthz", ownHandler(s.health))
	mux.Handle("GET /-/readyz", ownHandler(func(x *exchange, req *http.Request) { s.ready(x, req, operators) }))
	mux.Handle("GET /-/openapi.json", ownHandler(s.document))
	add := func(pattern string, answer func(x *exchange, req *http.Request, k *known)) {
		mux.Handle(pattern, ownHandler(func(x *exchange, req *http.Request) {
			x.access.Route = pattern
			if k := s.known(x, req, operators); k != nil {
				answer(x, req, k)
			}
		}))
	}
	add("GET /-/runs/{run}", s.showRun)
	add("GET /-/runs/{run}/answer", s.showAnswer)
	add("POST /-/signals/{run}/{name...}", s.signal)
	if operators {
		add("POST /-/runs/{run}/cancel", s.cancelRun)
		mux.Handle("GET /-/runs", ownHandler(s.listRuns))
		mux.Handle("GET /-/schedules", ownHandler(s.listSchedules))
		if s.measures != nil {
			mux.Handle("GET /metrics", ownHandler(s.showMetrics))
		}
	}
}

// Mount answers at a path of its own under /-/ by another handler, from before the server
// serves: GET, POST and DELETE. The context of a GET, which can be a stream, ends with the
// runs of the server.
func (s *Server) Mount(path string, h http.Handler) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		s.own.Handle(method+" "+path, ownHandler(func(x *exchange, req *http.Request) {
			x.access.Route = path
			if req.Method == http.MethodHead { // its GET can be a stream
				x.notAllowed(http.MethodGet, http.MethodPost, http.MethodDelete)
				return
			}
			if req.Method == http.MethodGet {
				ctx, stop := context.WithCancel(req.Context())
				defer stop()
				defer context.AfterFunc(s.life, stop)()
				req = req.WithContext(ctx)
			}
			h.ServeHTTP(x, req)
		}))
	}
}

// Admin returns what operators need, without authentication: the runs of the
// journal, signals, and requests to cancel. It belongs on an address that they
// alone reach, or behind something that asks who they are, as a console is by its
// Beside.
//
// Where hosts are given, a request has to name one of them, without a port, or an IP
// address; others get 421. An address of this machine is reached by pages of other
// sites as well, whose names can be made to mean it, and that cannot know who sent what.
func (s *Server) Admin(hosts ...string) http.Handler {
	mux := http.NewServeMux()
	s.ownRoutes(mux, true)
	origin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		x := s.exchange(w, req)
		x.operator, x.access.Caller = true, "operator"
		defer x.done()
		switch {
		case !named(req.Host, hosts):
			x.refuse(report.Problem{Status: http.StatusMisdirectedRequest, Code: "UnknownHost", Detail: "operators do not reach this server by that name", Help: "use its IP address or localhost"})
		case origin.Check(req) != nil:
			x.refuse(report.Problem{Status: http.StatusForbidden, Code: "CrossOrigin", Detail: "the request comes from a page of another site", Help: "send it from a program, or from a page of this address"})
		case !event.PlainPath(req.URL.Path):
			x.refuse(notFound())
		default:
			s.dispatch(mux, x, req, nil)
		}
	})
}

// named reports whether a request names one of these hosts, or an address.
func named(host string, hosts []string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil || len(hosts) == 0 {
		return true
	}
	return slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, name) })
}

func (s *Server) health(x *exchange, _ *http.Request) {
	x.access.Route = "GET /-/healthz"
	x.sendJSON(http.StatusOK, map[string]any{"status": "ok"})
}

func (s *Server) ready(x *exchange, req *http.Request, operators bool) {
	x.access.Route = "GET /-/readyz"
	if s.drains.Load() {
		x.refuse(*shuttingDown())
		return
	}
	ctx, cancel := context.WithTimeout(req.Context(), 5*time.Second)
	defer cancel()
	if p := s.notReady(ctx, operators); p != nil {
		x.refuse(*p)
		return
	}
	v := map[string]any{"status": "ready"}
	s.standing(v, operators)
	x.sendJSON(http.StatusOK, v)
}

// unreadJournal is the problem of a request for which the journal cannot be read, or those
// who carry the runs cannot be asked.
func (s *Server) unreadJournal(err error) report.Problem {
	if s.config.Carrier != nil {
		s.config.Notice(Notice{Problem: true, Text: "who carries the runs cannot be asked", Err: err})
		return report.Problem{Status: http.StatusServiceUnavailable, Code: "CarrierFailed", Detail: "who carries the runs, such as a server of Temporal, cannot be asked", Help: helpLater}
	}
	if !s.unwritten(err, 0, 0) {
		s.config.Notice(Notice{Problem: true, Text: "the journal cannot be read", Err: err})
	}
	return report.Problem{Status: http.StatusServiceUnavailable, Code: codeJournalFailed, Detail: "the journal cannot be read", Help: helpLater}
}

// sendJSON answers with a value.
func (x *exchange) sendJSON(status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // texts, numbers and times
		body = []byte("{}")
	}
	x.send(&flows.Answer{Status: status, Headers: map[string]string{"Content-Type": "application/json"}, Body: append(body, '\n')})
}

// known is a run that somebody asks about.
type known struct {
	id    string
	route *route             // of the trigger that began it; nil where it is not served
	here  *running           // nil where this process does not know it
	began *journal.Beginning // nil without a journal
}

// known finds the run of a request whose caller may know it, or refuses.
func (s *Server) known(x *exchange, req *http.Request, operators bool) *known {
	k := &known{id: req.PathValue("run")}
	x.access.Run = shownPath(k.id)
	k.here = s.runs.find(k.id)
	switch {
	case s.records != nil:
		b, err := s.records.Beginning(req.Context(), k.id)
		var unknown *journal.UnknownRunError
		switch {
		case err == nil:
			k.began, k.route = b, s.onceRouteOf(b)
		case !errors.As(err, &unknown):
			x.refuse(s.unreadJournal(err))
			return nil
		}
	}
	if k.route == nil && k.here != nil {
		k.route = k.here.route // of files that are served no more
	}
	if k.began == nil && (k.here == nil || s.records != nil) || !operators && !k.route.hasCallers() {
		x.refuse(report.Problem{Status: http.StatusNotFound, Code: "UnknownRun", Detail: "there is no such run, or none that callers may know", Help: "ask by the Location of the answer that named it"})
		return nil
	}
	switch {
	case k.began != nil:
		x.version(k.began.Version)
	case k.here != nil:
		<-k.here.begun
		x.version(k.here.version)
	}
	if operators {
		return k
	}
	x.share(k.route, req)
	if _, p := k.route.caller(x, req); p != nil {
		x.refuse(*p)
		return nil
	}
	return k
}

// showRun says where a run stands.
func (s *Server) showRun(x *exchange, _ *http.Request, k *known) {
	v := map[string]any{"run": k.id}
	ended := false
	if b := k.began; b != nil {
		v["flow"], v["state"], v["startedAt"] = b.Flow, string(b.State), value.FormatTime(b.Started)
		if !b.Ended.IsZero() {
			ended = true
			v["endedAt"] = value.FormatTime(b.Ended)
		}
		if b.Code != "" {
			v["code"], v["class"] = b.Code, b.Class
		}
	} else {
		v["flow"], v["state"] = k.here.route.served.Flow.Name(), string(journal.Running)
		select {
		case <-k.here.done:
			ended = true
			v["state"] = string(k.here.state)
		default:
		}
	}
	if ended && k.route.hasCallers() {
		v["answer"] = x.ownPath("/runs/" + k.id + "/answer")
	} else if !ended {
		x.Header().Set("Retry-After", "1")
	}
	x.sendJSON(http.StatusOK, v)
}

// showAnswer gives the answer of a run again.
func (s *Server) showAnswer(x *exchange, req *http.Request, k *known) {
	var a *flows.Answer
	if k.here != nil {
		select {
		case <-k.here.done:
			a = k.here.answer
		default:
		}
	}
	if a == nil && s.records != nil {
		var err error
		if a, err = s.records.Answer(req.Context(), k.id); err != nil {
			s.config.Notice(Notice{Problem: true, Text: "the answer of a run that has ended is not to be had", Run: k.id, Err: err})
		}
	}
	if a == nil {
		x.refuse(report.Problem{Status: http.StatusNotFound, Code: "NoAnswer", Run: k.id, Detail: "the run has no answer yet, or none at all", Help: "ask for " + ownPrefix + "/runs/" + k.id})
		return
	}
	x.send(a)
}

// signal gives a run a signal.
func (s *Server) signal(x *exchange, req *http.Request, k *known) {
	name := req.PathValue("name")
	if strings.Contains(name, "/") {
		name = "/" + name // one of a flow that the run calls
	}
	query, p := event.Query(req.URL.RawQuery)
	if p != nil {
		x.refuse(*p)
		return
	}
	key, _ := query["key"].(string)
	given, p := s.signalValues(x, req)
	if p != nil {
		x.refuse(*p)
		return
	}
	var err error
	if s.records != nil {
		err = s.records.signal(req.Context(), k.id, name, key, given)
	} else if err = s.signalHere(req.Context(), k, name, key, given); err == nil {
		s.runs.gave(k.here, signalHash(name, key, given))
	}
	if err != nil {
		x.refuse(s.signalProblem(k.id, err))
		return
	}
	x.sendJSON(http.StatusOK, map[string]any{"run": k.id, "signal": name})
}

// signalValues reads the values of a signal: the members of the body, by the names of
// what the wait accepts.
func (s *Server) signalValues(x *exchange, req *http.Request) (map[string]any, *report.Problem) {
	raw, p := s.readPlain(x, req)
	if p != nil {
		return nil, p
	}
	values, p := event.Body(req.Header.Get("Content-Type"), raw)
	given, ok := values.(map[string]any)
	switch {
	case p != nil:
		return nil, p
	case values == nil:
		return map[string]any{}, nil
	case !ok:
		return nil, &report.Problem{Status: http.StatusBadRequest, Code: "NotAnObject", Detail: "the body is no object, whose members would be the values", Help: "send an object, or nothing"}
	}
	return given, nil
}

// signalStatus is the status for each reason not to take a signal.
var signalStatus = late.Value[map[report.SignalReason]int]{Make: func() map[report.SignalReason]int {
	return map[report.SignalReason]int{
		report.SignalUnknown: http.StatusNotFound, report.SignalInvalid: http.StatusUnprocessableEntity,
		report.SignalConflict: http.StatusConflict, report.SignalEnded: http.StatusConflict, report.SignalRanOut: http.StatusConflict,
		report.SignalTooMany: http.StatusServiceUnavailable,
	}
}}

// signalCode is the code of a problem for a reason.
func signalCode(reason report.SignalReason) string {
	return "Signal" + strings.ToUpper(string(reason[:1])) + string(reason[1:])
}

// signalProblem says why a signal was not taken.
func (s *Server) signalProblem(run string, err error) report.Problem {
	var refused *report.SignalError
	if s.unwritten(err, 0, 0) {
		return nothingTaken(run)
	}
	if !errors.As(err, &refused) || signalStatus.Get()[refused.Reason] == 0 {
		s.config.Notice(Notice{Problem: true, Text: "a signal could not be taken", Run: run, Err: err})
		return report.Problem{Status: http.StatusInternalServerError, Code: "SignalFailed", Run: run}
	}
	p := report.Problem{
		Status: signalStatus.Get()[refused.Reason], Run: run,
		Code: signalCode(refused.Reason),
	}
	for i, e := range refused.Errors {
		if i == event.MostErrors {
			break
		}
		p.Errors = append(p.Errors, report.ProblemError{Detail: e.Message, Pointer: event.PointerOf(e.Way()), Help: event.Instead(refused.Accepts, e)})
	}
	switch refused.Reason {
	case report.SignalUnknown:
		p.Detail, p.Help = "the run waits for no such signal", "write the name that its flow waits for, with ?key= where that has a key"
	case report.SignalConflict:
		p.Detail, p.Help = "the run was given other values under this name", "what was given cannot be changed"
	case report.SignalEnded:
		p.Detail, p.Help = "the run has ended", "ask for "+ownPrefix+"/runs/"+run
	case report.SignalRanOut:
		p.Detail, p.Help = "the time for the signal is over", "ask for "+ownPrefix+"/runs/"+run
	case report.SignalInvalid:
		p.Detail = "the values are not those that the run waits for"
		if n := len(refused.Errors); n > event.MostErrors {
			p.Detail += event.LeftOut(n)
		}
	case report.SignalTooMany:
		p.Detail, p.Help = "the run keeps no more signals that come before their waits", helpLater
	}
	return p
}

// cancelRun asks for a run to be canceled.
func (s *Server) cancelRun(x *exchange, req *http.Request, k *known) {
	var err error
	if s.records != nil {
		err = s.records.Cancel(req.Context(), k.id)
	} else if h := s.runs.handleOf(k.here); h != nil {
		h.Cancel()
	} else {
		err = &journal.StateError{RunID: k.id, State: k.here.state, Want: "cancel"}
	}
	var ended *journal.StateError
	switch {
	case errors.As(err, &ended):
		x.refuse(report.Problem{Status: http.StatusConflict, Code: "Ended", Run: k.id, Detail: "the run has ended", Help: "ask for " + ownPrefix + "/runs/" + k.id})
	case s.unwritten(err, 0, 0):
		x.refuse(nothingTaken(k.id))
	case err != nil:
		s.config.Notice(Notice{Problem: true, Text: "a run could not be canceled", Run: k.id, Err: err})
		x.refuse(report.Problem{Status: http.StatusInternalServerError, Code: "CancelFailed", Run: k.id})
	default:
		x.sendJSON(http.StatusAccepted, map[string]any{"run": k.id})
	}
}

// mostListed is how many runs a list shows.
const mostListed = 100

// listRuns lists the latest runs: ?flow=NAME&state=failed&after=KEY.
func (s *Server) listRuns(x *exchange, req *http.Request) {
	x.access.Route = "GET /-/runs"
	query, p := event.Query(req.URL.RawQuery)
	if p != nil {
		x.refuse(*p)
		return
	}
	list := []map[string]any{}
	if s.records != nil {
		text := func(name string) string { v, _ := query[name].(string); return v }
		found, err := s.records.Runs(req.Context(), journal.Filter{Flow: text("flow"), State: journal.State(text("state")), After: text("after"), Limit: mostListed})
		if err != nil {
			x.refuse(s.unreadJournal(err))
			return
		}
		for _, r := range found {
			list = append(list, map[string]any{
				"run": r.ID, "flow": r.Flow, "state": string(r.State), "startedAt": value.FormatTime(r.Started), "key": r.Key,
			})
		}
	} else {
		for _, g := range s.runs.list() {
			list = append(list, map[string]any{"run": g.id, "flow": g.route.served.Flow.Name(), "state": string(journal.Running)})
		}
	}
	x.sendJSON(http.StatusOK, map[string]any{"runs": list})
}
