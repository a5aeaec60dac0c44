package awsemu

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
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
	// OnRequest is called once for each finished request, from several
	// goroutines at once, and not after Close has returned.
	OnRequest func(Request)
}

// Emulator is Lambda and STS on one port. Make one with New.
type Emulator struct {
	listen      string
	allowRemote bool
	region      string
	now         func() time.Time
	onRequest   func(Request)

	entropy  *entropy
	verifier verifier
	lambda   service
	sts      service
	tasks    *tasks

	mu     sync.Mutex
	server *http.Server
	url    string
	served chan struct{} // closed when the server's goroutine has ended
	closed bool
}

// New makes an emulator that does not listen yet. It fails where Region is
// not the name of a region.
func New(o Options) (*Emulator, error) {
	o = o.withDefaults()
	if !regionName.MatchString(o.Region) {
		return nil, fmt.Errorf("awsemu: expected a region such as us-east-1, found %q", o.Region)
	}
	e := &Emulator{
		listen: o.Listen, allowRemote: o.AllowRemote, region: o.Region,
		now: o.Clock, onRequest: o.OnRequest,
		entropy: &entropy{source: o.Rand},
		tasks:   &tasks{},
	}
	keys := newKeyring(o.Fixture)
	e.verifier = verifier{keys: keys, signer: v4.NewSigner()}
	e.sts = newSTS(&issuer{keys: keys, entropy: e.entropy}, o.Fixture.roles)
	e.lambda = newLambda(newStore(o.Fixture, e.entropy, o.Clock), replyRunner{}, e.tasks)
	return e, nil
}

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
	listener, err := net.Listen("tcp", e.listen)
	if err != nil {
		return fmt.Errorf("awsemu: listening: %w", err)
	}
	e.url = "http://" + listener.Addr().String()
	e.served = make(chan struct{})
	e.server = &http.Server{
		Handler:           e,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
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

// Close stops listening and returns when every request and every function
// invoked as an event has ended. Closing again does nothing.
func (e *Emulator) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.tasks.shut()
	defer e.tasks.wait()
	if e.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	err := e.server.Shutdown(ctx)
	if err != nil {
		err = e.server.Close()
	}
	<-e.served
	return err
}

// URL is where the emulator answers, such as http://127.0.0.1:41234; it is
// empty before Start.
func (e *Emulator) URL() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.url
}

// Env gives the environment, as NAME=value, that makes the SDKs and the AWS
// CLI use this emulator.
func (e *Emulator) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + e.URL(),
		"AWS_REGION=" + e.region,
		"AWS_ACCESS_KEY_ID=" + AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + SecretAccessKey,
	}
}

// Services names the services that the emulator answers for.
func (e *Emulator) Services() []string { return []string{e.lambda.name(), e.sts.name()} }
