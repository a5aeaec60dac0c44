package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/serve/auth"
)

// Server serves flows. Its methods may be called at the same time.
type Server struct {
	config Config
	mux    *http.ServeMux
	own    *http.ServeMux
	routes []*route
	// certificates is true where a route knows its callers by them.
	certificates bool

	byName map[string]*route // by flow and trigger
	clocks []*ticking        // the schedules

	room   *room
	runs   runs
	drains atomic.Bool
	// life ends when runs are to stop that no journal keeps.
	life context.Context //nolint:containedctx // it is that of the runs, which outlive requests
	end  context.CancelFunc
	work sync.WaitGroup

	hurried chan struct{}
	hurry   func()
}

// route is a trigger that requests begin runs of.
type route struct {
	server  *Server
	served  Served
	trigger *flows.Trigger
	auth    *auth.Auth // nil where everybody may call
	places  map[string][]string
}

// key names a route among those of all flows.
func (r *route) key() string { return routeKey(r.served.Flow.Name(), r.trigger.Name) }

func routeKey(flow, trigger string) string { return flow + "\x00" + trigger }

// routeOf returns the route that a run of the journal began by; nil where it is not
// served.
func (s *Server) routeOf(b *journal.Beginning) *route { return s.byName[routeKey(b.Flow, b.Trigger)] }

// pattern is the route as net/http writes it.
func (r *route) pattern() string { return r.trigger.Method + " " + r.trigger.Path }

// ServeHTTP lets a route be a handler, by which it is found. The server answers
// itself.
func (r *route) ServeHTTP(w http.ResponseWriter, req *http.Request) { r.server.answerRoute(w, req, r) }

// New returns a server of flows. The error says everything that keeps them from
// being served: routes in conflict, routes that do not say how their callers are
// known, secrets that are missing, or that a journal without a key would have to
// keep.
func New(ctx context.Context, config Config) (*Server, error) {
	s := &Server{config: config.withDefaults(), mux: http.NewServeMux(), own: http.NewServeMux(), byName: map[string]*route{}}
	s.room = newRoom(s.config.MaxRuns, s.config.MaxQueue)
	s.runs.init(s)
	s.hurried = make(chan struct{})
	s.hurry = sync.OnceFunc(func() { close(s.hurried) })
	s.life, s.end = context.WithCancel(context.WithoutCancel(ctx))
	var problems []error
	names := map[string]string{}
	for _, served := range s.config.Flows {
		name := served.Flow.Name()
		if other, twice := names[name]; twice {
			problems = append(problems, fmt.Errorf("%s: the flow of %s is named %q, too: runs are known by the name of their flow, so give one of them another", served.File, other, name))
			continue
		}
		names[name] = served.File
		problems = append(problems, s.add(ctx, served)...)
	}
	s.ownRoutes(s.own, false)
	if len(problems) > 0 {
		s.end()
		return nil, errors.Join(problems...)
	}
	return s, nil
}

// add adds the triggers of a flow.
func (s *Server) add(ctx context.Context, served Served) (problems []error) {
	flow := served.Flow
	refuse := func(place, format string, args ...any) {
		problems = append(problems, fmt.Errorf("%s: "+format, append([]any{place}, args...)...))
	}
	triggers := flow.Triggers()
	if len(triggers) > 0 && s.config.Journal != nil && !s.config.Journal.Encrypts() && flow.TakesSecrets() {
		refuse(served.File, "flow %s takes secret values, which a journal keeps only encrypted: give a key in MEDLAR_JOURNAL_KEY (openssl rand -base64 32)", flow.Name())
	}
	for _, t := range triggers {
		if t.Path == "" {
			if err := s.addSchedule(served, t); err != nil {
				refuse(t.Place, "%w", err)
			}
			continue
		}
		r := &route{server: s, served: served, trigger: t, places: t.InputPlaces()}
		for _, other := range s.routes {
			if report.RoutesConflict(other.pattern(), r.pattern()) {
				refuse(t.Place, "%s is in conflict with %s of %s: both take some of the same requests", r.pattern(), other.pattern(), other.trigger.Place)
				r = nil
				break
			}
		}
		if r == nil {
			continue
		}
		if s.config.Journal != nil && !s.config.Journal.Encrypts() && t.AnswerSecret {
			refuse(t.Place, "the answers of %s show a secret, which a journal keeps only encrypted: give a key in MEDLAR_JOURNAL_KEY (openssl rand -base64 32)", r.pattern())
		}
		if err := r.authenticated(ctx, s.config); err != nil {
			refuse(t.Place, "%w", err)
		}
		s.mux.Handle(r.pattern(), r)
		s.routes = append(s.routes, r)
		s.byName[r.key()] = r
	}
	return problems
}

// options are those of the runs of a flow.
func (s *Server) options(served Served) []flows.RunOption {
	return slices.Concat(s.config.Options, served.Options)
}

// Routes lists what requests begin runs of: "POST /orders/{customer}", in the
// order of the flows.
func (s *Server) Routes() []string {
	var list []string
	for _, r := range s.routes {
		list = append(list, r.pattern())
	}
	return list
}

// ServeHTTP answers a request: of a route, or of the server's own under /-/.
func (s *Server) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	x := s.exchange(w, req)
	defer x.done()
	if !plainPath(req.URL.Path) {
		x.refuse(notFound())
		return
	}
	if req.URL.Path == ownPrefix || strings.HasPrefix(req.URL.Path, ownPrefix+"/") {
		s.dispatch(s.own, x, req)
		return
	}
	s.dispatch(s.mux, x, req)
}

// ownPrefix is where the server answers by itself.
const ownPrefix = "/-"

// dispatch finds who answers. What net/http would answer itself is a problem in
// the form of all others.
func (s *Server) dispatch(mux *http.ServeMux, x *exchange, req *http.Request) {
	handler, pattern := mux.Handler(req)
	if !isOurs(handler) {
		x.refuse(unrouted(mux, req))
		return
	}
	if req.Method == http.MethodHead && !strings.HasPrefix(pattern, "HEAD ") { // net/http takes it for a GET
		x.Header().Set("Allow", methodOf(pattern))
		x.refuse(report.Problem{Status: http.StatusMethodNotAllowed, Code: "MethodNotAllowed", Help: "send a " + methodOf(pattern)})
		return
	}
	mux.ServeHTTP(x, req)
}

// isOurs tells those who answer from net/http's own, for a path that it does not
// know or would rather have written otherwise.
func isOurs(h http.Handler) bool {
	switch h.(type) {
	case *route, ownHandler:
		return true
	default:
		return false
	}
}

func methodOf(pattern string) string {
	method, _, _ := strings.Cut(pattern, " ")
	return method
}

// unrouted says why nothing takes a request.
func unrouted(mux *http.ServeMux, req *http.Request) report.Problem {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := req.Clone(req.Context())
		other.Method = method
		if handler, _ := mux.Handler(other); isOurs(handler) {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		return notFound()
	}
	return report.Problem{
		Status: http.StatusMethodNotAllowed, Code: "MethodNotAllowed",
		Help: "send " + strings.Join(allowed, " or "), Detail: "the path takes " + strings.Join(allowed, ", "),
	}
}

func notFound() report.Problem {
	return report.Problem{Status: http.StatusNotFound, Code: "NotFound", Detail: "no route takes this path"}
}

// Serve answers on a listener until ctx ends, and returns when the runs have
// ended or were put down. See Run.
func (s *Server) Serve(ctx context.Context, listeners ...Listener) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var serving sync.WaitGroup
	servers := make([]*http.Server, len(listeners))
	for i, l := range listeners {
		servers[i] = s.httpServer(l.Handler)
		serving.Go(func() {
			if err := serveOn(servers[i], l); !errors.Is(err, http.ErrServerClosed) {
				stop(fmt.Errorf("serving on %s: %w", l.Listener.Addr(), err))
			}
		})
	}
	err := s.Run(ctx)
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTime)
	defer cancel()
	for _, server := range servers {
		if server.Shutdown(late) != nil {
			_ = server.Close()
		}
	}
	serving.Wait()
	if why := context.Cause(ctx); why != nil && !errors.Is(why, ctx.Err()) {
		return why //nolint:wrapcheck // it is ours
	}
	return err
}

func serveOn(server *http.Server, l Listener) error {
	if l.TLS == nil {
		return server.Serve(l.Listener) //nolint:wrapcheck // the caller says where
	}
	server.TLSConfig = l.TLS
	return server.ServeTLS(l.Listener, "", "") //nolint:wrapcheck // the caller says where
}

// answerTime is how long an answer may take to be written.
const answerTime = 30 * time.Second

func (s *Server) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: s.config.MaxHeader, ErrorLog: quiet(),
	}
}
