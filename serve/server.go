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
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/internal/stack"
	"github.com/medlar-flow/medlar/serve/notify"
)

// Server serves flows. Its methods may be called at the same time.
type Server struct {
	config Config
	own    *http.ServeMux
	// below is the path of the public address, which a proxy takes off; may be empty.
	below string
	// now is what is served at the moment.
	now     atomic.Pointer[table]
	reloads reloads
	gone    gone
	trouble trouble
	// ticks keeps how far schedules have come; changed has others followed.
	ticks   tickKeeper
	changed chan struct{}

	// records is where runs are kept; nil where they end with the process.
	records records
	room    *room
	runs    runs
	// measures is nil where nobody is to ask for them.
	measures *measures
	notifier *notify.Notifier // nil where nobody is told anything
	drains   atomic.Bool
	ran      atomic.Bool // Run was called
	// life ends when runs are to stop that no journal keeps.
	life context.Context //nolint:containedctx // it is that of the runs, which outlive requests
	end  context.CancelFunc
	work sync.WaitGroup
	// goroutines are those of the runs, which go deep and do not last.
	goroutines stack.Pool
	timers     timers

	hurried chan struct{}
	hurry   func()
}

// New returns a server of flows. The error says everything that keeps them from
// being served: routes in conflict, routes that do not say how their callers are
// known, secrets that are missing, or that a journal without a key would have to
// keep.
func New(ctx context.Context, config Config) (*Server, error) {
	s := &Server{config: config.withDefaults(), own: http.NewServeMux(), below: pathOf(config.PublicURL)}
	var err error
	if config.PublicURL != "" {
		if err = CheckPublicURL(config.PublicURL); err != nil {
			return nil, fmt.Errorf("the PublicURL %q: %w", config.PublicURL, err)
		}
	}
	if s.records, err = recordsOf(s.config); err != nil {
		return nil, err
	}
	s.life, s.end = context.WithCancel(context.WithoutCancel(ctx))
	s.room = newRoom(s.config.MaxRuns, s.config.MaxQueue)
	s.runs.init(s)
	if config.Metrics {
		s.measure()
	}
	if o := config.Observer; o != nil {
		s.config.Options = append(slices.Clip(s.config.Options), flows.WithObserver(o))
	}
	if err := s.notifies(); err != nil {
		s.end()
		return nil, err
	}
	s.trouble.over = make(chan struct{}, 1)
	s.hurried = make(chan struct{})
	s.hurry = sync.OnceFunc(func() { close(s.hurried) })
	s.ownRoutes(s.own, false)
	s.ticks, s.changed = keeperOf(s), make(chan struct{}, 1)
	s.linkRoutes(s.own)
	if err := checkOrigins(s.config.Origins); err != nil {
		s.end()
		return nil, err
	}
	t, err := s.tableOf(ctx, s.config.Flows, s.config.Done)
	if err != nil {
		s.end()
		return nil, err
	}
	s.reloads.at = s.config.Now()
	t.bounded()
	s.now.Store(t)
	return s, nil
}

// options are those of the runs of a flow.
func (s *Server) options(served Served) []flows.RunOption {
	return slices.Concat(s.config.Options, served.Options, []flows.RunOption{
		flows.WithPublicURL(s.config.PublicURL), flows.WithGoroutines(s.goroutines.Go),
	})
}

// Routes lists what requests begin runs of: "POST /orders/{customer}", in the
// order of the flows.
func (s *Server) Routes() []string {
	var list []string
	for _, r := range s.now.Load().routes {
		list = append(list, r.pattern())
	}
	return list
}

// ServeHTTP answers a request: of a route, or of the server's own under /-/.
func (s *Server) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	x := s.exchange(w, req)
	defer x.done()
	if s.below != "" {
		x.below = s.below
	}
	if !event.PlainPath(req.URL.Path) {
		x.refuse(notFound())
		return
	}
	if req.URL.Path == ownPrefix || strings.HasPrefix(req.URL.Path, ownPrefix+"/") {
		s.dispatch(s.own, x, req, s.now.Load())
		return
	}
	t := s.table()
	if t == nil {
		x.refuse(*shuttingDown())
		return
	}
	defer t.drop()
	s.dispatch(t.mux, x, req, t)
}

// ownPrefix is where the server answers by itself.
const ownPrefix = event.OwnPrefix

// dispatch finds who answers. What net/http would answer itself is a problem in
// the form of all others. pages is what browsers are told of when they ask what pages
// may; nil for nothing.
func (s *Server) dispatch(mux *http.ServeMux, x *exchange, req *http.Request, pages *table) {
	if handler, _ := mux.Handler(req); !isOurs(handler) {
		if pages != nil && s.preflight(x, req, mux, pages) {
			return
		}
		x.unrouted(mux, req)
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

// unrouted says why nothing takes a request.
func (x *exchange) unrouted(mux *http.ServeMux, req *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := req.Clone(req.Context())
		other.Method = method
		if handler, _ := mux.Handler(other); isOurs(handler) {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		x.refuse(notFound())
		return
	}
	x.notAllowed(allowed...)
}

// notAllowed refuses a method where the path takes others.
func (x *exchange) notAllowed(allowed ...string) {
	list := strings.Join(allowed, ", ")
	x.Header().Set("Allow", list)
	x.refuse(report.Problem{
		Status: http.StatusMethodNotAllowed, Code: "MethodNotAllowed",
		Help: "send " + strings.Join(allowed, " or "), Detail: "the path takes " + list,
	})
}

func notFound() report.Problem {
	return report.Problem{Status: http.StatusNotFound, Code: "NotFound", Detail: "no route takes this path", Help: "see " + ownPrefix + "/openapi.json for those that there are"}
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
		Handler: h, ReadHeaderTimeout: s.config.HeaderTime, IdleTimeout: s.config.IdleTime,
		MaxHeaderBytes: s.config.MaxHeader, ErrorLog: quiet(),
	}
}
