package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/internal/limit"
	"github.com/medlar-flow/medlar/serve/auth"
)

// table is what is served at a time. It does not change: new files make a new one.
type table struct {
	server *Server
	flows  []Served
	mux    *http.ServeMux
	routes []*route
	feeds  []*feed           // by the events of sources
	byName map[string]*route // by flow and trigger
	tools  map[string]*route // that agents call, by the names of these
	clocks []*ticking        // the schedules
	// version tells it from others, and document is its OpenAPI document.
	version  string
	document func() ([]byte, error)
	mounted  mounted
	// certificates is true where a route knows its callers by them.
	certificates bool

	// users counts who needs the files of the flows: the server while it serves them,
	// requests, and runs that do something. done is called when nobody does.
	users atomic.Int64
	done  func()
}

// route is a trigger that requests begin runs of.
type route struct {
	server  *Server
	table   *table
	served  Served
	version string // of the flow
	trigger *flows.Trigger
	options []flows.RunOption // of its runs
	text    string            // pattern
	auth    *auth.Auth        // nil where everybody may call
	maker   *event.Route
	answers []flows.TriggerAnswer
	callers *limit.Keys // who called how often; nil where nothing is counted
	rate    limit.Rate  // that callers have
	places  *room       // of its runs; nil where only the server's bound them
}

// key names a route among those of all flows.
func (r *route) key() string { return routeKey(r.served.Flow.Name(), r.trigger.Name) }

func routeKey(flow, trigger string) string { return flow + "\x00" + trigger }

// pattern is the route as net/http writes it.
func (r *route) pattern() string { return r.text }

func patternOf(t *flows.Trigger) string {
	if t.Tool != nil {
		return t.Name
	}
	return t.Method + " " + t.Path
}

// ServeHTTP lets a route be a handler, by which it is found. The server answers
// itself.
func (r *route) ServeHTTP(w http.ResponseWriter, req *http.Request) { r.server.answerRoute(w, req, r) }

// routeOf returns the route that a run of the journal began by; nil where it is not
// served.
func (s *Server) routeOf(b *journal.Beginning) *route {
	return s.now.Load().byName[routeKey(b.Flow, b.Trigger)]
}

// onceRouteOf is routeOf, also for a route that was served by this process before.
func (s *Server) onceRouteOf(b *journal.Beginning) *route {
	if r := s.routeOf(b); r != nil {
		return r
	}
	return s.gone.find(routeKey(b.Flow, b.Trigger))
}

// tableOf makes a table of flows. The error says everything that keeps them from
// being served.
func (s *Server) tableOf(ctx context.Context, list []Served, done func()) (*table, error) {
	if i := slices.IndexFunc(list, func(s Served) bool { return s.Flow == nil }); i >= 0 {
		return nil, fmt.Errorf("flow %d of %d is nil", i+1, len(list))
	}
	t := &table{server: s, flows: list, mux: http.NewServeMux(), byName: map[string]*route{}, tools: map[string]*route{}, version: versionOf(list), done: done}
	t.document = sync.OnceValues(func() ([]byte, error) { return documentOf(s.config.Title, list, s.below) })
	t.users.Store(1)
	var problems []error
	names := map[string]string{}
	for i, served := range list {
		name, file := served.Flow.Name(), cmp.Or(served.File, fmt.Sprintf("flow %d of %d", i+1, len(list)))
		if other, twice := names[name]; twice {
			problems = append(problems, fmt.Errorf("%s: the flow of %s is named %q, too: runs are known by the name of their flow, so give one of them another", file, other, name))
			continue
		}
		names[name] = file
		problems = append(problems, t.add(ctx, served)...)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	if err := s.keepKeys(ctx, t); err != nil {
		return nil, err
	}
	return t, nil
}

// keepKeys has the journal keep the runs of the flows, whose names are the keys of
// requests.
func (s *Server) keepKeys(ctx context.Context, t *table) error {
	if s.config.Journal == nil {
		return nil
	}
	names := map[time.Duration][]string{}
	for _, served := range t.flows {
		triggers := served.Flow.Triggers()
		if len(triggers) == 0 {
			continue
		}
		long := s.config.KeepKeys
		if slices.ContainsFunc(triggers, func(t *flows.Trigger) bool { return t.Source != "" }) {
			long = max(long, eventsKept)
		}
		names[long] = append(names[long], served.Flow.Name())
	}
	for long, list := range names {
		if err := s.config.Journal.KeepAtLeast(ctx, long, list...); err != nil {
			return ignoreUnsupported(err)
		}
	}
	return nil
}

// add adds the triggers of a flow.
func (t *table) add(ctx context.Context, served Served) (problems []error) {
	flow, config := served.Flow, t.server.config
	refuse := func(place, format string, args ...any) {
		if place != "" {
			format, args = "%s: "+format, append([]any{place}, args...)
		}
		problems = append(problems, fmt.Errorf(format, args...))
	}
	triggers, version := flow.Triggers(), flow.Version()
	if len(triggers) > 0 && config.Journal != nil && !config.Journal.Encrypts() && flow.TakesSecrets() {
		refuse(served.File, "flow %s takes secret values, which a journal keeps only encrypted: "+helpKey, flow.Name())
	}
	if len(triggers) > 0 && config.Carrier != nil && !config.Carrier.Encrypts() && flow.TakesSecrets() {
		refuse(served.File, "flow %s takes secret values, which reach those who carry its runs only encrypted: give their key", flow.Name())
	}
	if err := t.server.checkLinks(served); err != nil {
		refuse(served.File, "%w", err)
	}
	options := t.server.options(served)
	for _, trigger := range triggers {
		r := &route{
			server: t.server, table: t, served: served, version: version, trigger: trigger, options: options, text: patternOf(trigger),
		}
		r.placed(t.server.now.Load())
		if trigger.Concurrency > 0 && config.Carrier != nil {
			refuse(trigger.Place, "concurrency bounds runs that others carry here: leave it out and bound what each worker does, or serve it with a journal")
		}
		if trigger.Tool != nil {
			if err := t.addTool(ctx, r); err != nil {
				refuse(trigger.Place, "%w", err)
			}
			continue
		}
		if config.OnlyTools {
			continue
		}
		if trigger.Source != "" && config.Carrier != nil {
			refuse(trigger.Place, "%s begins runs of events that have to be settled by them, which others carry here: serve it with a journal", trigger.Name)
			continue
		}
		if trigger.Source != "" {
			if err := t.addFeed(r); err != nil {
				refuse(trigger.Place, "%w", err)
			}
			continue
		}
		if trigger.Path == "" {
			if err := t.addSchedule(ctx, r); err != nil {
				refuse(trigger.Place, "%w", err)
			}
			continue
		}
		r.maker, r.answers = event.NewRoute(flow, trigger), trigger.Answers()
		if other := t.inConflict(r); other != nil {
			refuse(trigger.Place, "%s is in conflict with %s of %s: both take some of the same requests", r.pattern(), other.pattern(), other.trigger.Place)
			continue
		}
		if config.Journal != nil && !config.Journal.Encrypts() && trigger.AnswerSecret {
			refuse(trigger.Place, "the answers of %s show a secret, which a journal keeps only encrypted: "+helpKey, r.pattern())
		}
		if err := r.authenticated(ctx, config); err != nil {
			refuse(trigger.Place, "%w", err)
		}
		r.limited(t.server.now.Load())
		t.mux.Handle(r.pattern(), r)
		t.routes = append(t.routes, r)
		t.byName[r.key()] = r
	}
	return problems
}

// inConflict returns a route that takes some of the same requests; nil for none.
func (t *table) inConflict(r *route) *route {
	for _, other := range t.routes {
		if report.RoutesConflict(other.pattern(), r.pattern()) {
			return other
		}
	}
	return nil
}

// use keeps the files of the flows open until drop; false where they are closed, and
// other flows are served.
func (t *table) use() bool {
	for {
		n := t.users.Load()
		if n == 0 {
			return false
		}
		if t.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// drop is what follows use, once.
func (t *table) drop() {
	if t.users.Add(-1) == 0 && t.done != nil {
		t.done()
	}
}

// held keeps the files open until leave is called: by a run, until it has ended, or
// was put down; what goes on later is read from the journal.
func (t *table) held(leave func()) func() {
	t.use() // the request that begins the run has it in use
	return sync.OnceFunc(func() { leave(); t.drop() })
}

// table returns what is served at the moment, in use.
func (s *Server) table() *table {
	for {
		if t := s.now.Load(); t.use() {
			return t
		} else if t == s.now.Load() { // the server has ended
			return nil
		}
	}
}
