// Package console shows the runs of a journal to people in a browser, and lets them
// cancel, resume, restart and answer them.
//
// Begin with New, which returns an http.Handler. People log in with a token, which is
// for a console that this machine alone reaches, with a name and a password, or at an
// issuer of OpenID Connect; their roles say what they may do. The package adds no rule of its own: what can be done is what the package
// journal can do, and what cannot is told in its words.
package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/internal/event"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/people"
)

// Config says what a console shows, and to whom.
type Config struct {
	// Journal has the runs. One of journal.Inspect is for ReadOnly.
	Journal *journal.Journal
	// JournalFile is what people call it, for the commands that pages name; may be empty.
	JournalFile string
	// Registry has the operations that flows are checked against.
	Registry *connector.Registry
	// Flows returns the files that can be looked at and started, as they are now; nil for
	// none. A run is begun anew with the one that has the name of its flow.
	Flows func() []Source
	// Options are those of every run that the console begins or goes on with, such as
	// flows.WithSecrets.
	Options []flows.RunOption
	// Describe tells about an operation, as plain text; nil for its summary alone.
	Describe func(op *connector.Operation) string
	// Token is what people log in with who may do everything. It is for a console that
	// this machine alone reaches; empty where Users or OIDC know people.
	Token schema.Secret
	// Users log in with a name and a password; may be nil.
	Users *people.Users
	// OIDC logs people in at an issuer, which leads back to /login/back of the console;
	// may be nil.
	OIDC *people.OIDC
	// Secure is true where browsers reach the console by HTTPS, though requests come
	// without it: through a proxy.
	Secure bool
	// Hosts are those that requests may name, with their ports: "127.0.0.1:8081". It is
	// required: a page of another site reaches a console by a name of its own.
	Hosts []string
	// Prefix is the path that the console is mounted under, without a slash at its end:
	// "/-/console". Empty for the root. Requests come with it: http.StripPrefix is not for
	// a console, which refuses what it gives with an error that says so.
	Prefix string
	// Beside answers what does not stand below Prefix, for whoever has logged in: with
	// the cookie of the console, or with a name and a password of Users in each request
	// (basic authentication). To read needs the role people.View, a signal
	// ("/-/signals/RUN/NAME") what its wait says, and anything else people.Run. nil for
	// nothing there.
	Beside http.Handler
	// Open are paths of Beside that everybody may read, such as "/-/healthz".
	Open []string
	// Server is the address that serves the triggers of the flows, for the requests that
	// pages show: "https://flows.example.com". Empty where it is not known.
	Server string
	// ReadOnly leaves out whatever changes something.
	ReadOnly bool
	// Audit is told of each action, also of one that was refused; nil for nobody. It is
	// called at the same time for several.
	Audit func(Action)
	// Now is the clock; nil for the system's.
	Now func() time.Time
}

// Source is a flow file.
type Source struct {
	// File is its name, for people.
	File string
	// Load reads and checks it as it is now. Where it has mistakes the flow is nil and
	// found is not.
	Load func(ctx context.Context) (flow *flows.Flow, found *flows.CheckError, err error)
	// Text reads a file as it is now, by the name that mistakes of the flow have it
	// under; nil for what cannot be read.
	Text func(file string) []byte
	// Options are those of the flow's runs, such as flows.WithOrigin.
	Options []flows.RunOption
}

// Action is something that somebody did in the console, for a log. It holds no value
// that was given.
type Action struct {
	Time   time.Time // when it was done
	What   string    // login, logout, cancel, resume, restart, signal or start
	Run    string    // the run; empty where none is concerned
	Flow   string    // the flow; empty where it is not known
	Detail string    // such as the name of the signal, or the run that was begun
	Remote string    // the address that it came from
	Who    string    // who has logged in; for the token what tells one login from another. It is no secret
	Err    error     // why nothing happened; nil where something did
}

// Console is the handler. It may be used by many goroutines.
type Console struct {
	config   Config
	life     context.Context //nolint:containedctx // it is that of streams and runs, which outlive requests
	mux      *http.ServeMux
	origin   *http.CrossOriginProtection
	sessions sessions
	attempts attempts
	pendings pendings
	passed   passed
	programs programs
	numbers  numbers
	views    views
	shown    shown
	batches  batches
	starts   starts
	streams  chan struct{}
	behind   func(context.Context) error // says why the journal shows less than was written
	look     time.Duration               // how often a page that is watched is looked at again
}

var _ http.Handler = (*Console)(nil)

// New returns a console. The end of ctx ends what it streams; the runs that it began
// are the journal's, and end with that.
func New(ctx context.Context, config Config) (*Console, error) {
	switch {
	case config.Journal == nil || config.Registry == nil:
		return nil, errors.New("a console needs a journal and a registry")
	case config.Token != "" && len(config.Token) < leastToken:
		return nil, errors.New("the token of a console has at least 16 characters")
	case config.Token == "" && config.Users == nil && config.OIDC == nil:
		return nil, errors.New("a console needs a token, users or an issuer that knows people")
	case len(config.Hosts) == 0:
		return nil, errors.New("a console needs the hosts that it is reached by")
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Flows == nil {
		config.Flows = func() []Source { return nil }
	}
	if config.Audit == nil {
		config.Audit = func(Action) {}
	}
	c := &Console{config: config, life: ctx, mux: http.NewServeMux(), origin: http.NewCrossOriginProtection(), streams: make(chan struct{}, mostStreams), look: lookEvery, behind: config.Journal.Behind}
	c.sessions.init(config.Now, config.Users)
	c.attempts.init()
	c.routes()
	return c, nil
}

const (
	leastToken  = 16
	mostStreams = 64      // pages that are watched at the same time
	mostForm    = 2 << 20 // bytes that a form may have
	readTime    = 30 * time.Second
)

// route is a page or an action, with the role that it needs.
type route struct {
	pattern string
	role    string // empty for whoever has logged in
	do      func(w http.ResponseWriter, r *request)
}

// table lists what people get who have logged in.
func (c *Console) table() []route {
	return []route{
		{"POST /logout", "", c.logout},
		{"GET /{$}", people.View, c.overview},
		{"GET /undone", people.View, c.listUndone},
		{"GET /restart", people.Run, c.planRestarts},
		{"POST /restart", people.Run, c.restarts},
		{"GET /restarts/{batch}", people.View, c.showBatch},
		{"GET /live/restarts/{batch}", people.View, c.watchBatch},
		{"GET /runs", people.View, c.listRuns},
		{"GET /live/runs", people.View, c.watchRuns},
		{"GET /runs/{run}", people.View, c.showRun},
		{"GET /runs/{run}/rest", people.View, c.showRest},
		{"GET /runs/{run}/steps", people.View, c.showSteps},
		{"GET /runs/{run}/step", people.View, c.showStep},
		{"GET /runs/{run}/params", people.View, c.showParams},
		{"GET /live/run/{run}", people.View, c.watchRun},
		{"GET /runs/{run}/restart", people.Run, c.planRestart},
		{"POST /runs/{run}/restart", people.Run, c.restart},
		{"POST /runs/{run}/cancel", people.Run, c.cancel},
		{"POST /runs/{run}/resume", people.Run, c.resume},
		{"POST /runs/{run}/signal", people.View, c.signal}, // the wait says who may
		{"GET /flows", people.View, c.listFlows},
		{"GET /flows/{flow}", people.View, c.showFlow},
		{"POST /flows/{flow}", people.Run, c.start},
		{"GET /operations", people.View, c.listOperations},
		{"GET /operations/{operation}", people.View, c.showOperation},
		{"GET /functions", people.View, c.listFunctions},
		{"GET /", "", c.noPage},
	}
}

// routes says which page answers what.
func (c *Console) routes() {
	open := func(pattern string, h http.HandlerFunc) { c.mux.HandleFunc(c.pattern(pattern), h) }
	open("GET /static/{file}", c.static)
	open("GET /login", c.showLogin)
	open("POST /login", c.login)
	open("GET /login/issuer", c.leave)
	open("GET /login/back", c.comeBack)
	for _, one := range c.table() {
		open(one.pattern, func(w http.ResponseWriter, req *http.Request) { c.admit(w, req, one) })
		if action, ok := strings.CutPrefix(one.pattern, "POST "); ok && !c.shows(action) {
			// Its address stands in the browser where an action was refused.
			open("GET "+action, func(w http.ResponseWriter, req *http.Request) {
				http.Redirect(w, req, c.pageBefore(req, action), http.StatusSeeOther)
			})
		}
	}
}

// shows reports whether there is a page under a path of the table.
func (c *Console) shows(path string) bool {
	return slices.ContainsFunc(c.table(), func(one route) bool { return one.pattern == "GET "+path })
}

// pageBefore returns the path of the page that an action was begun from.
func (c *Console) pageBefore(req *http.Request, action string) string {
	at := req.URL.EscapedPath()
	if !c.shows(action) {
		at = at[:strings.LastIndexByte(at, '/')]
	}
	return c.next(at)
}

func (c *Console) noPage(w http.ResponseWriter, r *request) {
	c.fail(w, r, http.StatusNotFound, errors.New("there is no such page"))
}

// pattern puts the prefix into a pattern.
func (c *Console) pattern(pattern string) string {
	method, path, _ := strings.Cut(pattern, " ")
	return method + " " + c.config.Prefix + path
}

// policy lets a page load what comes with the console, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP answers a request that may come from where it came from.
func (c *Console) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if before := event.Stripped(req); before != "" {
		c.misplaced(w, before)
		return
	}
	if c.isBeside(req) {
		c.beside(w, req)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if !c.knownHost(req.Host) {
		http.Error(w, "this console is not reached by that name", http.StatusMisdirectedRequest)
		return
	}
	if c.origin.Check(req) != nil {
		http.Error(w, "the request comes from a page of another site", http.StatusForbidden)
		return
	}
	if req.Method == http.MethodPost {
		req.Body = http.MaxBytesReader(w, req.Body, mostForm)
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTime)) // a writer that has none is a test's
	}
	c.mux.ServeHTTP(w, req)
}

// misplaced refuses requests of whose path something was taken off before they came here:
// pages name each other by whole paths, and would lead out of the console.
func (c *Console) misplaced(w http.ResponseWriter, before string) {
	prefix := before + c.config.Prefix
	if strings.HasSuffix(before, c.config.Prefix) {
		prefix = before
	}
	http.Error(w, fmt.Sprintf("this console is mounted in a way that takes %s off the paths of requests, as http.StripPrefix does: "+
		"mount it without that, and give the Prefix %q in its Config", before, prefix), http.StatusInternalServerError)
}

func (c *Console) knownHost(host string) bool {
	for _, known := range c.config.Hosts {
		if strings.EqualFold(host, known) {
			return true
		}
	}
	return false
}

// request is one of somebody who has logged in.
type request struct {
	*http.Request
	visitor
}

// admit answers those who have logged in and have the role, and sends others to log in.
func (c *Console) admit(w http.ResponseWriter, req *http.Request, to route) {
	who, ok := c.sessions.find(req)
	r := &request{Request: req, visitor: who}
	switch {
	case !ok && strings.HasPrefix(req.URL.Path, c.config.Prefix+"/live/"):
		c.stale(w, req, http.StatusUnauthorized, "log in first", "This page is not live any more: reload it, or log in again.")
	case !ok && req.Method != http.MethodGet:
		_, action, _ := strings.Cut(to.pattern, " ")
		c.loginPage(w, http.StatusUnauthorized, c.pageBefore(req, action), "", "You are not logged in any more. Nothing was done: log in, and do it again.")
	case !ok:
		http.Redirect(w, req, c.config.Prefix+"/login?"+nextOf(req), http.StatusSeeOther)
	case to.role != "" && !who.may(to.role):
		c.forbid(w, r, "that needs the role "+to.role)
	case to.role != "" && req.Method == http.MethodPost && c.config.ReadOnly:
		c.fail(w, r, http.StatusForbidden, errors.New("this console only shows"))
	default:
		to.do(w, r)
	}
}

// forbid refuses what somebody has no role for. The log tells of attempts to change
// something.
func (c *Console) forbid(w http.ResponseWriter, r *request, why string) {
	err := errors.New(why)
	if r.Method == http.MethodPost {
		a := Action{What: path.Base(r.URL.Path), Run: r.PathValue("run"), Flow: r.PathValue("flow"), Err: err}
		if a.Flow != "" {
			a.What = "start"
		}
		c.audit(r, a)
	}
	c.fail(w, r, http.StatusForbidden, err)
}

// audit tells of an action.
func (c *Console) audit(r *request, a Action) {
	a.Time, a.Remote, a.Who = c.config.Now(), r.RemoteAddr, r.visitor.String()
	c.config.Audit(a)
}
