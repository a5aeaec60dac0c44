package serve

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/internal/late"
)

// linksPrefix is where the addresses begin that signalUrl makes.
const linksPrefix = ownPrefix + "/links/"

// linkRoutes adds the pages of signalUrl. Opening one changes nothing, since mail
// scanners and previews open addresses: only what its form sends does. Who has the
// address may answer, and nobody else.
func (s *Server) linkRoutes(mux *http.ServeMux) {
	for method, answer := range map[string]func(x *exchange, req *http.Request, l *link){
		http.MethodGet: s.showLink, http.MethodPost: s.answerLink,
	} {
		pattern := method + " " + linksPrefix + "{token}/{run}/{name...}"
		mux.Handle(pattern, ownHandler(func(x *exchange, req *http.Request) {
			x.access.Route = pattern
			if l := s.linked(x, req); l != nil {
				answer(x, req, l)
			}
		}))
	}
}

// withoutToken returns a path as logs may show it: an address of signalUrl is a
// secret, also where a proxy left something in front of it.
func withoutToken(path string) string {
	before, _, found := strings.Cut(path, linksPrefix)
	if !found {
		return path
	}
	return before + linksPrefix + "***"
}

// helpKey says how a journal gets a key, to whoever starts the command and to who embeds
// this package.
const helpKey = "open it with a key: a program by journal.WithKeys, the command by " + journal.KeyVariable + " (openssl rand -base64 32)"

// checkLinks says what keeps the addresses of a flow from working.
func (s *Server) checkLinks(served Served) error {
	if !served.Flow.MakesSignalURLs() {
		return nil
	}
	if s.config.Carrier != nil {
		return fmt.Errorf("flow %s makes addresses with signalUrl, which no run has that others carry: serve it with a journal, or give the signal by a request", served.Flow.Name())
	}
	if s.config.Journal != nil && !s.config.Journal.Encrypts() {
		return fmt.Errorf("flow %s makes addresses with signalUrl, whose secret a journal keeps only encrypted: "+helpKey, served.Flow.Name())
	}
	if s.config.PublicURL == "" {
		s.config.Notice(Notice{Problem: true, Text: "flow " + served.Flow.Name() + " makes addresses with signalUrl, and the server has no public address: these steps fail with NoPublicUrl"})
	}
	return nil
}

// CheckPublicURL reports whether a text can be the public address of a server.
func CheckPublicURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Opaque != "":
		return errors.New("it is no address such as https://flows.example.com")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("it has more than a host and a path")
	}
	return nil
}

// link is an address of signalUrl that somebody opened.
type link struct {
	flows.SignalLink
	give func(ctx context.Context, values map[string]any) error
}

// linked finds what an address leads to, or answers that there is nothing.
func (s *Server) linked(x *exchange, req *http.Request) *link {
	run, name, token := req.PathValue("run"), req.PathValue("name"), req.PathValue("token")
	if strings.Contains(name, "/") {
		name = "/" + name // of a flow that the run calls
	}
	query, p := event.Query(req.URL.RawQuery)
	if p != nil {
		x.noLink(req)
		return nil
	}
	key, _ := query["key"].(string)
	l, err := s.findLink(req.Context(), run, name, key, token)
	switch {
	case err != nil:
		s.config.Notice(Notice{Problem: true, Text: "an address of signalUrl cannot be answered", Run: shownPath(run), Err: err})
		x.turnDown(req,
			report.Problem{Status: http.StatusServiceUnavailable, Code: codeJournalFailed, Detail: "nothing was taken: what keeps it cannot be reached", Help: helpLater},
			message{Title: "Try again later", Text: "Nothing was taken: what keeps it cannot be reached."})
		return nil
	case l == nil:
		x.noLink(req)
		return nil
	}
	x.access.Run, x.access.Flow = l.RunID, l.Flow.Name()
	return l
}

// noLink answers at an address that no run made.
func (x *exchange) noLink(req *http.Request) {
	x.turnDown(req, report.Problem{Status: http.StatusNotFound, Code: "UnknownLink", Detail: "nothing is asked for under this address"}, noLink)
}

// turnDown answers a program with a problem, and others with a page.
func (x *exchange) turnDown(req *http.Request, p report.Problem, page content) {
	if ofProgram(req) {
		x.refuse(p)
		return
	}
	x.access.Code = p.Code
	x.page(p.Status, page)
}

// ofProgram is true of a request with a body of JSON, which no form sends: a program
// answers, such as a service that calls back.
func ofProgram(req *http.Request) bool {
	media, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

func (s *Server) findLink(ctx context.Context, run, name, key, token string) (*link, error) {
	if j := s.config.Journal; j != nil {
		found, err := j.Link(ctx, s.config.Registry, run, name, key, token)
		if found == nil || err != nil {
			return nil, err //nolint:wrapcheck // it says all
		}
		return &link{*found, func(ctx context.Context, values map[string]any) error {
			return j.Signal(ctx, found.RunID, s.config.Registry, name, key, values) //nolint:wrapcheck // as above
		}}, nil
	}
	g := s.runs.find(run)
	if g == nil {
		return nil, nil
	}
	h, ok := s.runs.handleOf(g).(*flows.Handle)
	if !ok {
		return nil, nil
	}
	found := h.Link(name, key, token)
	if found == nil {
		return nil, nil
	}
	return &link{*found, func(ctx context.Context, values map[string]any) error { return h.Signal(ctx, name, key, values) }}, nil
}

// closedPages say why nothing can be answered any more.
var closedPages = late.Value[map[report.SignalReason]message]{Make: func() map[report.SignalReason]message {
	return map[report.SignalReason]message{
		report.SignalConflict: {Title: "Answered", Text: "This was answered already. An answer cannot be changed."},
		report.SignalEnded:    {Title: "Over", Text: "What asked for this has ended."},
		report.SignalRanOut:   {Title: "Too late", Text: "The time to answer is over."},
	}
}}

// showLink shows the form, as long as the run takes the signal.
func (s *Server) showLink(x *exchange, _ *http.Request, l *link) {
	if l.Closed != "" {
		x.access.Code = signalCode(l.Closed)
		x.page(http.StatusGone, closedPages.Get()[l.Closed])
		return
	}
	x.page(http.StatusOK, newForm(&l.SignalLink))
}

// callBack gives the run what a program sends: the values by their names, as JSON.
func (s *Server) callBack(x *exchange, req *http.Request, l *link) {
	values, p := s.signalValues(x, req)
	if p != nil {
		x.refuse(*p)
		return
	}
	err := l.give(req.Context(), values)
	if err == nil {
		x.sendJSON(http.StatusOK, map[string]any{"run": l.RunID, "signal": l.Signal.Name})
		return
	}
	problem := s.signalProblem(l.RunID, err)
	var refused *report.SignalError
	if errors.As(err, &refused) && (refused.Reason == report.SignalEnded || refused.Reason == report.SignalRanOut) {
		problem.Status, problem.Help = http.StatusGone, "" // who has the address alone cannot ask for the run
	}
	x.refuse(problem)
}

// answerLink gives the run what the form holds, or the JSON of a program.
func (s *Server) answerLink(x *exchange, req *http.Request, l *link) {
	if ofProgram(req) {
		s.callBack(x, req, l)
		return
	}
	form := newForm(&l.SignalLink)
	raw, p := s.readPlain(x, req)
	if media, _, err := mime.ParseMediaType(req.Header.Get("Content-Type")); p == nil && len(raw) > 0 && (err != nil || media != "application/x-www-form-urlencoded") {
		p = &report.Problem{Status: http.StatusUnsupportedMediaType, Code: "NotAForm", Detail: "only the form of this page is taken, or JSON with Content-Type: application/json"}
	}
	var given any
	if p == nil {
		given, p = event.Body("application/x-www-form-urlencoded", raw)
	}
	if p != nil {
		x.access.Code = p.Code
		form.problem = p.Detail
		x.page(p.Status, form)
		return
	}
	texts, _ := given.(map[string]any)
	values, err := form.read(l.Flow, texts)
	if err == nil {
		err = l.give(req.Context(), values)
	}
	if err == nil {
		x.page(http.StatusOK, message{Title: "Thank you", Text: "The answer was taken. You can close this page."})
		return
	}
	problem := s.signalProblem(l.RunID, err)
	x.access.Code = problem.Code
	var refused *report.SignalError
	switch errors.As(err, &refused); {
	case refused == nil:
		x.page(problem.Status, message{Title: "Not taken", Text: "The answer could not be taken. Try again later."})
	case refused.Reason == report.SignalInvalid:
		form.mistakes(refused)
		x.page(problem.Status, form)
	case closedPages.Get()[refused.Reason].Title != "":
		status := http.StatusGone
		if refused.Reason == report.SignalConflict {
			status = http.StatusConflict
		}
		x.page(status, closedPages.Get()[refused.Reason])
	default:
		x.page(problem.Status, message{Title: "Not taken", Text: "The answer could not be taken. Try again later."})
	}
}
