package runtime

import (
	"context"
	"maps"
	"os"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
)

// Execution is a run as the runtime that carries it may know it.
type Execution interface {
	// ID names the run.
	ID() string
	// Named reports whether the caller gave the run its name; else it is one that
	// nobody knew before.
	Named() bool
	// Registry returns the operations that the flow was checked against.
	Registry() *connector.Registry
	// Local returns the runtime in process, where the run begins; nil for a run
	// that is carried elsewhere.
	Local() Local
	// Inputs are what the flow was given, with defaults, as they are.
	Inputs() map[string]any
	// Timeout is the caller's bound of the run; 0 for none.
	Timeout() time.Duration
	// Sandboxed reports whether a sandbox replaces the services.
	Sandboxed() bool
	// ConnectionDefaults returns the caller's defaults, by connector or family.
	ConnectionDefaults() map[string]any
	// OfProcess returns where something stands that a connection has and that holds
	// within one process, of the flow or one that it calls, and what: "a limit". Both
	// are empty where none has any.
	OfProcess() (at, what string)
	// Origin says where the flow's files are, for people.
	Origin() string
	// File is the name of the flow's file.
	File() string
	// Env returns the environment variables that the flow and those that it
	// calls refer to; null where one is unset.
	Env() map[string]any
	// SecretEnv names the environment variables that are set and that the flow
	// gives to something secret, such as the password of a connection.
	SecretEnv() []string
	// Secrets returns what the flow, and those that it calls, declare, in the
	// order of their names.
	Secrets() []Secret
	// Files returns the texts that the run depends on, by their names: the
	// flow's file as it was checked, those that it calls, and the files that
	// their parameters name, as far as they are there.
	Files() map[string][]byte
	// Pinned returns what pin makes of Files. Where none of them can be another in
	// the next run, it is made once for the program.
	Pinned(pin func(files map[string][]byte) (any, error)) (any, error)
	// HoldsSecret reports whether a secret that the run has seen stands in v.
	HoldsSecret(v any) bool
	// HoldsSecretInput reports whether an input of a secret type is given.
	HoldsSecretInput() bool
	// Learn makes a text a secret of the run, which Shown hides in all its forms.
	Learn(text string)
	// Shown returns v without the secrets that the run has seen.
	Shown(v any) any
	// ShownInputs are the inputs for people.
	ShownInputs() map[string]any
	// Owed returns the paths of the steps that the run would have to undo if it
	// failed now, and of those whose undo failed or cannot run; the latest first.
	Owed() []string
	// Undone returns how often the step of a path was taken back by now, by its
	// own undo or by that of a step around it.
	Undone(path string) int
	// Labels are the names and values by which the run is found; nil for none.
	Labels() map[string]string
	// Began says by which event the run began.
	Began() Event
	// Caller is who asked for the run.
	Caller() report.Caller
	// Links says where the addresses of signalUrl lead, for a run that can make
	// some; the zero value for others.
	Links() Links
	// Observed reports whether somebody wants to watch the run.
	Observed() bool
	// Observe begins to watch the run, where somebody does, and returns the place of
	// the part that begins in a trace; before is that of the part before, and id what
	// the run is called.
	Observe(id string, before connector.Trace) connector.Trace
	// Answer is what the caller of the route that began the run is told of its
	// end; nil for a run that no route began. output is what it gave as it is.
	Answer(output any, failure *report.RunError, now time.Time) *report.Answer
}

// Event is what began a run of a flow that is served.
type Event struct {
	Trigger string // the name of the trigger; empty for a run that none began
	Digest  []byte // tells the same event from another one with its identity
}

// Local is the runtime in process of one branch, for a runtime that adds
// something to it. It has a context that ends when the run is to stop, and one
// that also ends when a branch beside it fails.
type Local interface {
	// Stopped says why the branch is to stop; NotStopped while it is not.
	Stopped() Cause
	// Random is that of Runtime.
	Random(path string, count int) uint64
	// Emit is that of Runtime.
	Emit(e report.Event)
	// Replayed tells who watches the run of an event that is read back.
	Replayed(e report.Event)
	// Listened reports whether the run has a listener.
	Listened() bool
	// Attempt calls the operation, unless the branch is to stop.
	Attempt(a Attempt) (any, error)
	// Sleep waits until a time, or until the branch is to stop.
	Sleep(until time.Time) error
	// Await waits until something came, until a time, or until the branch is to
	// stop. The zero time is never.
	Await(until time.Time, came <-chan struct{})
	// OnStop calls f, in a goroutine of its own, when the branch is to stop,
	// until unhook is called.
	OnStop(f func()) (unhook func() bool)
	// Branch returns a runtime that also ends by stop: calls that read are
	// interrupted, calls that change something are not.
	Branch() (branch Local, stop func(Cause))
	// Unbranched returns a runtime that does not end when a branch beside it
	// fails.
	Unbranched() Local
	// Until returns a runtime that ends at a time. Call done at the end.
	Until(deadline time.Time) (inner Local, done func())
	// Detached returns a runtime that goes on when this one was stopped, until
	// stop is called. Call it at the end.
	Detached() (inner Local, stop func(Cause))
	// In returns a runtime that ends with ctx instead.
	In(ctx context.Context) Local
}

// Options are what a caller says of a run, and the package that carries it.
type Options struct {
	RunID     string
	OwnRunID  bool // RunID was made for the run, and nobody knew it before
	Listeners []report.Listener
	// Observer watches the run; nil for nobody. Caller is who asked for it.
	Observer report.Observer
	Caller   report.Caller
	Timeout  time.Duration
	Sandbox  *connector.Sandbox
	Defaults []ConnectionDefaults
	Env      func(string) (string, bool)
	Provider func(ctx context.Context, name string) (value string, ok bool, err error)
	Origin   string
	// Runtime runs the flow instead of the one in process; it calls the
	// operations and keeps the time, and listeners, sandbox and the context of
	// Run are then its business.
	Runtime Runtime
	// Begin makes the runtime of this run. Where it fails, its error is given
	// back and nothing ran; where it returns no runtime, the run is carried
	// elsewhere. Unlike with runtime, what the runtime leaves to e.Local has
	// the run's listeners, connections and context.
	Begin func(e Execution) (Runtime, error)
	// Net is told what takes the secrets of the run out of a value, before the
	// run begins: those that it has seen by the time that somebody asks.
	Net func(hide func(any) any)
	// Answered is told, at the end of the run, what makes the answer that its
	// caller gets; nil where nobody asks.
	Answered func(answer func(now time.Time) *report.Answer)
	// Remote says that the run is carried by another process: secrets that
	// are not to be had here are not missed, they are read where the flow runs.
	Remote bool
	// Inputless says that the run is only looked at, and what it will be given is not
	// known yet: it has no inputs and no labels.
	Inputless bool
	// TimesAsText lets the cases of a switch compare durations and timestamps as
	// the text that they are, for runs that began when that was so.
	TimesAsText bool
	// RetriesAtMostOnce lets the retry of a step repeat a call with atMostOnce that
	// surely was not done, for runs that began when it did.
	RetriesAtMostOnce bool
	// WholeExpressions lets no expression ask whether its branch is to stop, for
	// runs that began when none did: their records count who asked.
	WholeExpressions bool
	// UndosTogether lets the undos of a block share one time limit, of which the
	// first can take all, for runs that began when they did.
	UndosTogether bool
	// ExactHeaders lets computed names find headers in their own case alone, for runs
	// that began when they did.
	ExactHeaders bool
	// Sandboxed says that something stands in for services that the caller of an
	// operation knows, and nobody here.
	Sandboxed bool
	// Event is what began the run, where it was a trigger.
	Event Event
	// Restarted says that the run is a later generation of one, whose runtime is a
	// KeyKeeper.
	Restarted bool
	// StartedAt is when a run began that is only looked at; zero for others.
	StartedAt time.Time
	// Links says where the addresses of signalUrl lead.
	Links Links
	// Go begins a goroutine of the run; nil for the go statement.
	Go func(work func())
	// Ended is called by the goroutine that carried a run which nobody waits for in
	// its own, when it has ended; Rested when it is put down for the first time, since
	// it only waits. Nil for nobody.
	Ended, Rested func()
	// Kept keeps what stores gave between runs; nil where each run asks.
	Kept SecretCache

	// Room for what most runs have of lists.
	aListener [1]report.Listener
	aDefault  [1]ConnectionDefaults
}

// ConnectionDefaults are parameters for the connections of a connector or of a
// family.
type ConnectionDefaults struct {
	Of     string
	Params map[string]any
}

// Begin has work done by another goroutine, which start begins; nil for the go
// statement.
func Begin(start func(work func()), work func()) {
	if start != nil {
		start(work)
		return
	}
	go work()
}

// Reset makes the options of a caller that says nothing.
func (o *Options) Reset() {
	o.Env = os.LookupEnv
	o.Listeners, o.Defaults = o.aListener[:0], o.aDefault[:0]
}

// DefaultsOf returns the defaults for a connector, or for a family.
func (o *Options) DefaultsOf(name string) map[string]any {
	for i := range o.Defaults {
		if o.Defaults[i].Of == name {
			return o.Defaults[i].Params
		}
	}
	return nil
}

// SetDefaults gives parameters to a connector or a family.
func (o *Options) SetDefaults(of string, params map[string]any) {
	for i := range o.Defaults {
		if o.Defaults[i].Of == of {
			o.Defaults[i].Params = params
			return
		}
	}
	o.Defaults = append(o.Defaults, ConnectionDefaults{of, params})
}

// WithConnections gives parameters to connectors and families by their names, as
// records have them.
func WithConnections(all map[string]any) func(*Options) {
	return func(o *Options) {
		for name, params := range all {
			given, _ := params.(map[string]any)
			o.SetDefaults(name, given)
		}
	}
}

// WithoutInputs looks at runs of which it is not known yet what they are given.
func WithoutInputs() func(*Options) { return func(o *Options) { o.Inputless = true } }

// WithStartedAt says when a run began whose execution is only looked at.
func WithStartedAt(at time.Time) func(*Options) {
	return func(o *Options) { o.StartedAt = at }
}

// On carries the run on the runtime that begin makes for it.
func On(begin func(e Execution) (Runtime, error)) func(*Options) {
	return func(o *Options) { o.Begin = begin }
}

// Remotely hands the run to begin, for another process to carry; nothing runs
// here.
func Remotely(begin func(e Execution) error) func(*Options) {
	return func(o *Options) {
		o.Remote = true
		o.Begin = func(e Execution) (Runtime, error) { return nil, begin(e) }
	}
}

// WithRuntime runs the flow on a runtime of the caller's instead of in
// process.
func WithRuntime(rt Runtime) func(*Options) { return func(o *Options) { o.Runtime = rt } }

// WithTimesAsText lets the cases of a switch compare times as text, for a run that
// began when that was so.
func WithTimesAsText(yes bool) func(*Options) {
	return func(o *Options) { o.TimesAsText = yes }
}

// WithRestarted says that the run is a later generation of one.
func WithRestarted() func(*Options) { return func(o *Options) { o.Restarted = true } }

// StandIn has nothing asked of stores of secrets: the caller's provider has them
// all.
func StandIn() func(*Options) { return func(o *Options) { o.Sandboxed = true } }

// WithRetriesAtMostOnce lets the retry of a step repeat a call with atMostOnce, for
// a run that began when it did.
func WithRetriesAtMostOnce(yes bool) func(*Options) {
	return func(o *Options) { o.RetriesAtMostOnce = yes }
}

// WithWholeExpressions lets no expression ask whether to stop, for a run that began
// when none did.
func WithWholeExpressions(yes bool) func(*Options) {
	return func(o *Options) { o.WholeExpressions = yes }
}

// WithUndosTogether lets the undos of a block share one time limit, for a run that
// began when they did.
func WithUndosTogether(yes bool) func(*Options) {
	return func(o *Options) { o.UndosTogether = yes }
}

// WithExactHeaders lets computed names find headers in their own case alone, for a run
// that began when they did.
func WithExactHeaders(yes bool) func(*Options) {
	return func(o *Options) { o.ExactHeaders = yes }
}

// WithNet tells net what hides the secrets of the run.
func WithNet(net func(hide func(any) any)) func(*Options) { return func(o *Options) { o.Net = net } }

// WithAnswered tells told, at the end of the run, what makes the answer that its
// caller gets.
func WithAnswered(told func(answer func(now time.Time) *report.Answer)) func(*Options) {
	return func(o *Options) { o.Answered = told }
}

// WithPinnedEnv gives the run the values of Execution.Env of an earlier run; for
// other names the environment is asked.
func WithPinnedEnv(values map[string]any) func(*Options) {
	pinned := maps.Clone(values)
	return func(o *Options) {
		lookup := o.Env
		o.Env = func(name string) (string, bool) {
			v, known := pinned[name]
			if !known {
				return lookup(name)
			}
			text, ok := v.(string)
			return text, ok
		}
	}
}
