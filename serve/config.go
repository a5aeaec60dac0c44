// Package serve makes an HTTP API and a schedule of flows: what their triggers
// say. Each run is one of a journal, so that it survives the end of the process,
// and an event that comes twice begins one run.
//
// Begin with [New], then call [Server.Serve] with a listener. A Server is an
// http.Handler too, for programs that have a server of their own; these call
// [Server.Run] beside it, which goes on with runs that were interrupted, follows
// the schedules, and waits for the runs at the end.
//
// The package distributes nothing: for several processes give each the same
// journal.
package serve

import (
	"context"
	"net/http"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/serve/notify"
)

// Served is a flow whose triggers are followed.
type Served struct {
	// Flow is the flow.
	Flow *flows.Flow
	// File is what people call its file; may be empty.
	File string
	// Options are those of its runs, after those of the Config.
	Options []flows.RunOption
}

// Config says what is served, and within which bounds. The zero value of each
// bound is its default.
type Config struct {
	// Flows are those whose triggers are followed, until Reload says others.
	Flows []Served
	// Done is called, once, when nothing needs the files of the flows any more, since
	// others are served or Run has returned; nil for nothing to do.
	Done func()
	// Title names the API in its OpenAPI document; "Flows" where it is empty.
	Title string
	// Registry has the operations that runs which go on are checked against.
	Registry *connector.Registry
	// Journal keeps the runs; nil for runs that end with the process.
	Journal *journal.Journal
	// Carrier has the runs carried by other processes, in place of a Journal; nil for
	// none.
	Carrier Carrier
	// Options are those of every run, such as flows.WithSecrets.
	Options []flows.RunOption
	// Public is true where callers beyond this machine reach the server: each
	// route says then how its callers are known, if only with auth: none.
	Public bool
	// PublicURL is the address under which people reach the server, such as
	// https://flows.example.com, with a path where a proxy has one: signalUrl makes
	// addresses below it. CheckPublicURL says whether it can be one. Empty for none:
	// steps that call signalUrl fail with the code NoPublicUrl.
	PublicURL string
	// Plain is true where nobody can show a certificate, as there is no TLS: a route
	// that knows its callers by theirs is refused.
	Plain bool

	// MaxBody bounds the body of a request, in bytes; 1 MiB by default.
	MaxBody int64
	// MaxHeader bounds the headers of a request, in bytes; 32 KiB by default.
	MaxHeader int
	// MaxRuns bounds the runs that do something at the same time; 256 by default.
	// Those that only wait, and were put down, do not count.
	MaxRuns int
	// MaxQueue bounds the events that wait for room; those beyond it are refused.
	// 256 by default.
	MaxQueue int
	// QueueTime is how long an event waits for room; 5 s by default.
	QueueTime time.Duration
	// HeaderTime is how long the headers of a request may take to arrive; 10 s by
	// default. It and IdleTime bind Serve; a program with a server of its own sets them
	// there.
	HeaderTime time.Duration
	// ReadTime is how long the body of a request may take to arrive; 30 s by default.
	ReadTime time.Duration
	// IdleTime is how long a connection stays open on which no request comes; 2 minutes
	// by default.
	IdleTime time.Duration
	// DrainTime is how long runs may take to end once the server is to; then they
	// are put down. 25 s by default.
	DrainTime time.Duration
	// KeepKeys is how long the run of a key is remembered at least, after its end; 24 h
	// by default. A journal is told to keep the runs of these flows so long, whatever
	// prunes it; without one the answers are remembered so long, as far as there is
	// room.
	KeepKeys time.Duration
	// Origins are those of pages that browsers let send requests to routes that do not
	// say cors, as browsers write them: https://app.example.com, or * for all.
	Origins []string

	// OnlyTools is true where tools alone are served, to whoever has the process: no
	// route, no schedule, and nobody is asked who calls.
	OnlyTools bool
	// Metrics is true where the server is to count requests, runs and calls, for
	// GET /metrics of Admin, in the text format of Prometheus. Each run has one
	// listener more then.
	Metrics bool

	// Observer watches the runs, and is told where in a trace those stand who ask for
	// them; nil for nobody. The listeners of Options hear of it, too.
	Observer report.Observer

	// Notify are those who are told, by signed requests, of runs that could not undo
	// what they did and of flows that fail too often; none for nobody.
	Notify []notify.Target

	// Access is told of each request; nil for nobody. It is called at the same
	// time for several.
	Access func(Access)
	// Notice is told what operators are to know; nil for nobody.
	Notice func(Notice)
	// Now is the clock; nil for the system's.
	Now func() time.Time

	// sleep waits for a while, for early or for the end of ctx; tests set the clock.
	sleep func(ctx context.Context, d time.Duration, early <-chan struct{})
}

// Access is one request, for a log. It holds no header, no query and no body,
// which may be secret.
type Access struct {
	Time     time.Time     // when it came
	Method   string        // of the request
	Path     string        // the path, without its query
	Route    string        // the route's pattern; empty where none fits
	Flow     string        // the route's flow
	Status   int           // of the answer
	Bytes    int64         // of the answer's body
	Duration time.Duration // until the answer was written
	Remote   string        // the address of the caller
	Caller   string        // whom the caller was known as; empty for nobody
	Run      string        // the run; empty where none is concerned
	Code     string        // of a refusal or a failure
}

// Notice is something that operators are to know.
type Notice struct {
	Problem bool   // it is to be looked at
	Passing bool   // it hinders nothing yet: the server tries again, or goes on without
	Text    string // what happened
	Run     string // the run that it is about; may be empty
	Err     error  // why; nil for no reason. It holds no secret
}

func (c Config) withDefaults() Config {
	bound(&c.MaxBody, 1<<20)
	bound(&c.MaxHeader, 32<<10)
	bound(&c.MaxRuns, 256)
	bound(&c.MaxQueue, 256)
	bound(&c.QueueTime, 5*time.Second)
	bound(&c.HeaderTime, 10*time.Second)
	bound(&c.ReadTime, 30*time.Second)
	bound(&c.IdleTime, 2*time.Minute)
	bound(&c.DrainTime, 25*time.Second)
	bound(&c.KeepKeys, 24*time.Hour)
	if c.Access == nil {
		c.Access = func(Access) {}
	}
	if c.Notice == nil {
		c.Notice = func(Notice) {}
	}
	if c.sleep == nil {
		c.sleep = sleep
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func bound[T int | int64 | time.Duration](n *T, otherwise T) {
	if *n <= 0 {
		*n = otherwise
	}
}

var _ http.Handler = (*Server)(nil)
