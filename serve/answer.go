package serve

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/serve/auth"
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
	in := &request{}
	caller, p := r.read(x, req, in)
	if p != nil {
		x.refuse(*p)
		return
	}
	now := s.config.Now()
	event := flows.TriggerEvent{Request: r.requestValue(req, in, caller.Name, now), Now: now}
	if wanted, err := r.trigger.Wants(event); err != nil || !wanted {
		if err == nil {
			x.send(&flows.Answer{Status: http.StatusNoContent})
			return
		}
		x.refuse(*r.unfit(err))
		return
	}
	g, p := r.begin(req, in, caller, event)
	if p != nil {
		x.refuse(*p)
		return
	}
	x.access.Run = g.id
	x.version(g.version)
	x.await(req, r, g)
}

// begin begins the run that a request asks for, or finds the one that it has begun
// already.
func (r *route) begin(req *http.Request, in *request, caller auth.Caller, event flows.TriggerEvent) (*running, *report.Problem) {
	id, digest, p := r.identity(req, in, caller, event)
	if p != nil {
		return nil, p
	}
	inputs, p := r.inputs(req, in, event)
	if p != nil {
		return nil, p
	}
	return r.server.begin(req.Context(), r, id, digest, inputs)
}

// read authenticates a request and reads it: the body last, unless it is what
// says who the caller is.
func (r *route) read(x *exchange, req *http.Request, in *request) (who auth.Caller, p *report.Problem) {
	if who, p = r.caller(x, req); p != nil {
		return who, p
	}
	if p = r.mayCall(x, req, who, r.server.config.Now()); p != nil {
		return who, p
	}
	if in.path, p = r.readPath(req); p != nil {
		return who, p
	}
	if in.query, p = readQuery(req.URL.RawQuery); p != nil {
		return who, p
	}
	if encoding := req.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return who, &report.Problem{Status: http.StatusUnsupportedMediaType, Code: "Encoded", Detail: "the body is compressed", Help: "send it as it is"}
	}
	if in.raw, p = r.server.readBody(x, req); p != nil {
		return who, p
	}
	in.body, p = decodeBody(req.Header.Get("Content-Type"), in.raw)
	return who, p
}

// identity returns the name of the run that a request begins, empty where it has
// none, and what tells the request from others of its identity.
func (r *route) identity(req *http.Request, in *request, who auth.Caller, event flows.TriggerEvent) (id string, digest []byte, p *report.Problem) {
	flow, trigger := r.served.Flow.Name(), r.trigger.Name
	own, err := r.trigger.Identity(event)
	if err != nil {
		return "", nil, r.unfit(err)
	}
	key, p := idempotencyKey(req.Header)
	switch {
	case p != nil:
		return "", nil, p
	case own != "":
		return runName(flow, trigger, "id", own), r.digest(in, ""), nil
	case who.Event != "":
		return runName(flow, trigger, "event", who.Event), r.digest(in, ""), nil
	case key != "":
		return runName(flow, trigger, "key", string(who.ID), key), r.digest(in, key), nil
	}
	return "", r.digest(in, ""), nil
}

// inputs makes the inputs of a run, and holds them against the flow.
func (r *route) inputs(req *http.Request, in *request, event flows.TriggerEvent) (inputs map[string]any, p *report.Problem) {
	var err error
	if r.trigger.ByName {
		if inputs, p = r.byName(req, in); p != nil {
			return nil, p
		}
	} else if inputs, err = r.trigger.Inputs(event); err != nil {
		return nil, r.unfit(err)
	}
	var wrong *report.InputError
	if err := r.served.Flow.CheckInputs(inputs); errors.As(err, &wrong) {
		return nil, r.wrongInputs(wrong)
	} else if err != nil {
		return nil, r.unfit(err)
	}
	return inputs, nil
}

// unfit is the problem of a request that an expression of the trigger cannot take:
// one of its members is missing, or another type. What the expression says stands
// in the notice for operators alone.
func (r *route) unfit(err error) *report.Problem {
	r.server.config.Notice(Notice{Text: "a request does not fit what the trigger " + r.trigger.Name + " of flow " + r.served.Flow.Name() + " makes of it", Err: err})
	return &report.Problem{
		Status: http.StatusUnprocessableEntity, Code: "DoesNotFit", Detail: "the request has not what the route needs",
		Help: "see what the route takes",
	}
}

// await waits for the answer of a run, as long as the caller is to wait.
func (x *exchange) await(req *http.Request, r *route, g *running) {
	within := r.trigger.AnswerWithin
	if asked, ok := preferred(req.Header); ok {
		x.Header().Add("Vary", "Prefer")
		if asked < within {
			within = asked
			x.Header().Set("Preference-Applied", "respond-async")
		}
	}
	select {
	case <-g.done:
		x.finish(g)
		return
	default:
	}
	if within <= 0 {
		x.accepted(g.id)
		return
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-g.done:
		x.finish(g)
	case <-timer.C:
		x.accepted(g.id)
	case <-req.Context().Done(): // the run goes on all the same
		x.access.Code = "CallerGone"
	}
}

// preferred returns how long a caller wants to wait: Prefer: respond-async,
// wait=10.
func preferred(h http.Header) (time.Duration, bool) {
	async, wait := false, time.Duration(0)
	for _, line := range h.Values("Prefer") {
		for part := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ';' }) {
			name, text, _ := strings.Cut(strings.TrimSpace(part), "=")
			switch strings.ToLower(name) {
			case "respond-async":
				async = true
			case "wait":
				if n, err := strconv.Atoi(strings.Trim(text, `"`)); err == nil && n >= 0 && n < 86400 {
					wait = time.Duration(n) * time.Second
				}
			}
		}
	}
	return wait, async
}
