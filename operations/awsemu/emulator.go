package awsemu

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/bundle"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/entropy"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/lambdasvc"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/scratch"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/sqssvc"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/stssvc"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/tasks"
)

// The key pair that every emulator knows, and the account it belongs to.
const (
	AccessKeyID     = "test"
	SecretAccessKey = "test"
	Account         = "000000000000"
)

// Options configure an Emulator; the zero value is useful.
type Options struct {
	// Listen is the address of Start, by default a free port of 127.0.0.1.
	Listen string
	// AllowRemote lets Listen be an address that other machines can reach.
	// The keys of an emulator are public, so whoever reaches it may use it.
	AllowRemote bool
	// Region is what Env tells, by default us-east-1. Resources are in the
	// region that a request is signed for.
	Region string
	// Fixture declares functions and the rest; nil is an empty account.
	Fixture *Fixture
	// Clock is time.Now by default; it is called from several goroutines.
	Clock func() time.Time
	// Rand is where ids and keys come from, by default crypto/rand.
	Rand io.Reader
	// Handlers are functions in this process, by name. Every account and
	// region has them, beside those of the Fixture.
	Handlers map[string]Handler
	// Data is a folder that keeps the state and the code of Lambda between
	// runs; without it both are gone after Close. One emulator may use it at a
	// time. Sessions of STS, events, and queues are not kept.
	Data string
	// SessionLimit shortens every session that STS opens, so that what happens
	// at its end can be tried; 0 leaves AWS's limits.
	SessionLimit time.Duration
	// Settling is how long a new function is Pending and a changed one
	// InProgress, by default 100 ms; a negative one is no time at all.
	Settling time.Duration
	// EventDelays are the waits before a failed event is tried again, by
	// default one second and two. AWSEventDelays are those of AWS.
	EventDelays []time.Duration
	// Processes is how many processes a version of a function has at the most,
	// by default 8. Further invocations wait, up to QueueLimit.
	Processes int
	// QueueLimit is how long an invocation waits for a process, by default 30 s.
	QueueLimit time.Duration
	// DurableJump lets the clock of durable executions jump to the end of the
	// next wait or delay while no function runs, so that a wait of a day takes
	// no time. What functions are told stays as it would be.
	DurableJump bool
	// OnRequest is called once for each finished request, from several
	// goroutines at once, and not after Close has returned.
	OnRequest func(Request)
}

// Handler is a function that runs in this process. It gets the payload, which
// is JSON, and what it gives is the answer as it is; an error is what the
// function failed with. ctx ends with the function's timeout.
type Handler func(ctx context.Context, payload []byte) ([]byte, error)

// Emulator is Lambda, STS and SQS on one port. Make one with New.
type Emulator struct {
	listen      string
	allowRemote bool
	region      string
	now         func() time.Time
	onRequest   func(Request)

	entropy  *entropy.Source
	verifier access.Verifier
	lambda   *lambdasvc.API
	sts      service.Service
	sqs      *sqssvc.API
	tasks    *tasks.Group
	faults   *faults
	bodies   *budget
	secret   *access.Sealer
	codes    *bundle.Store
	scratch  *scratch.Folder // of code and programs, where it goes with the emulator
	kept     *os.File        // the lock of the folder that Options.Data names
	guarded  atomic.Bool     // only requests to a loopback address are answered
	url      atomic.Pointer[string]

	mu     sync.Mutex
	server *http.Server
	served chan struct{} // closed when the server's goroutine has ended
	closed bool
}

// New makes an emulator that does not listen yet. It fails where Region is
// not the name of a region.
func New(o Options) (*Emulator, error) {
	o = o.withDefaults()
	if !access.RegionName.Get().MatchString(o.Region) {
		return nil, fmt.Errorf("awsemu: expected a region such as us-east-1, found %q", o.Region)
	}
	e := &Emulator{
		listen: o.Listen, allowRemote: o.AllowRemote, region: o.Region,
		now: o.Clock, onRequest: o.OnRequest,
		entropy: entropy.New(o.Rand),
		tasks:   tasks.New(),
		faults:  newFaults(o.Fixture.file.Faults, o.Fixture.file.Seed),
		bodies:  newBudget(bodiesLimit),
	}
	var err error
	if e.secret, err = access.NewSealer(e.entropy); err != nil {
		return nil, fmt.Errorf("awsemu: %w", err)
	}
	keys := access.NewKeyring()
	keys.AddRoot(Account, AccessKeyID, SecretAccessKey)
	for _, a := range o.Fixture.file.Accounts {
		if a.KeyID != "" {
			keys.AddRoot(a.Account, a.KeyID, a.Secret)
		}
	}
	e.verifier = access.NewVerifier(keys)
	issuer := access.NewIssuer(keys, e.entropy, cmp.Or(o.SessionLimit, o.Fixture.file.Session))
	e.sts = stssvc.New(issuer, e.secret, o.Fixture.file.Roles)
	e.sqs = sqssvc.New(sqssvc.Options{Clock: o.Clock, Entropy: e.entropy, Closing: e.tasks.Closing, Declared: declaredQueues(&o.Fixture.file)})
	if err := e.build(o, issuer); err != nil {
		_ = e.leaveFolder()
		return nil, fmt.Errorf("awsemu: %w", err)
	}
	return e, nil
}

// build puts Lambda together: where code is, what runs it, and the state.
func (e *Emulator) build(o Options, i *access.Issuer) error {
	folder, err := e.dataFolder(o.Data)
	if err != nil {
		return fmt.Errorf("the data folder: %w", err)
	}
	e.codes = bundle.Open(filepath.Join(folder, "code"))
	handlers := map[string]lambdasvc.Handler{}
	for name, h := range o.Handlers {
		handlers[name] = lambdasvc.Handler(h)
	}
	e.lambda, err = lambdasvc.New(lambdasvc.Options{
		Fixture: &o.Fixture.file, Entropy: e.entropy, Clock: o.Clock, Tasks: e.tasks, Issuer: i, Codes: e.codes,
		Folder: folder, Keep: o.Data != "", Handlers: handlers, Settling: o.Settling, EventDelays: o.EventDelays,
		Processes: o.Processes, QueueLimit: o.QueueLimit, Endpoint: e.URL, Jump: o.DurableJump, Queues: e.sqs,
	})
	return err
}

// AWSEventDelays are the waits of AWS before a failed event is tried again:
// one minute and two.
func AWSEventDelays() []time.Duration { return []time.Duration{time.Minute, 2 * time.Minute} }

func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Fixture == nil {
		o.Fixture = &Fixture{}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.EventDelays == nil {
		o.EventDelays = []time.Duration{time.Second, 2 * time.Second}
	}
	o.Settling = max(0, cmp.Or(o.Settling, 100*time.Millisecond))
	o.Processes = max(1, cmp.Or(o.Processes, 8))
	o.QueueLimit = cmp.Or(o.QueueLimit, 30*time.Second)
	return o
}

// Start listens and serves until Close. It refuses an address that other
// machines can reach unless Options.AllowRemote says otherwise.
func (e *Emulator) Start() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || e.server != nil {
		return errors.New("awsemu: an emulator starts once")
	}
	if err := e.checkAddress(); err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", e.listen)
	if err != nil {
		return fmt.Errorf("awsemu: listening: %w", err)
	}
	url := "http://" + listener.Addr().String()
	e.url.Store(&url)
	e.guarded.Store(!e.allowRemote)
	e.served = make(chan struct{})
	e.server = &http.Server{
		Handler:           e,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
	}
	if e.tasks.Enter() {
		e.lambda.Resume()
		if e.scratch != nil {
			e.tasks.Start(func() { scratch.Sweep(os.TempDir()) })
		}
		e.tasks.Leave()
	}
	go func() {
		defer close(e.served)
		_ = e.server.Serve(listener) // always ends with ErrServerClosed or with the listener
	}()
	return nil
}

func (e *Emulator) checkAddress() error {
	host, _, err := net.SplitHostPort(e.listen)
	if err != nil {
		return fmt.Errorf("awsemu: expected an address such as 127.0.0.1:4566, found %q", e.listen)
	}
	if e.allowRemote || host == "localhost" || net.ParseIP(host).IsLoopback() {
		return nil
	}
	return fmt.Errorf("awsemu: %q can be reached from other machines: listen on 127.0.0.1, or allow it", e.listen)
}

// closeGrace is how long Close lets requests under way finish by themselves.
const closeGrace = 2 * time.Second

// Close stops listening and returns when every request, every function invoked
// as an event and every process has ended. Events that wait to be tried again
// are dropped. Closing again does nothing.
func (e *Emulator) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	e.tasks.Shut()
	err := e.stopServer()
	e.tasks.Wait(closeGrace)
	err = errors.Join(err, e.lambda.Close())
	err = errors.Join(err, e.leaveFolder())
	return err
}

// stopServer lets requests under way finish, and cuts off those that do not.
func (e *Emulator) stopServer() error {
	if e.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	err := e.server.Shutdown(ctx)
	if err != nil {
		e.tasks.Cut()
		err = e.server.Close()
	}
	<-e.served
	return err
}

// DeadLetters returns the events that their functions did not handle, oldest
// first: the last thousand of them. GET /_awsemu/dead-letters gives the same.
func (e *Emulator) DeadLetters() []DeadLetter {
	letters := []DeadLetter{}
	for _, l := range e.lambda.DeadLetters() {
		letters = append(letters, DeadLetter(l))
	}
	return letters
}

// URL is where the emulator answers, such as http://127.0.0.1:41234; it is
// empty before Start.
func (e *Emulator) URL() string {
	if url := e.url.Load(); url != nil {
		return *url
	}
	return ""
}

// Env returns the environment, as NAME=value, that makes the SDKs and the AWS
// CLI use this emulator.
func (e *Emulator) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + e.URL(),
		"AWS_REGION=" + e.region,
		"AWS_DEFAULT_REGION=" + e.region,
		"AWS_ACCESS_KEY_ID=" + AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + SecretAccessKey,
	}
}

// Services names the services that the emulator answers for.
func (e *Emulator) Services() []string {
	return []string{e.lambda.Name(), e.sts.Name(), e.sqs.Name()}
}
