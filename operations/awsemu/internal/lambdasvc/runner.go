package lambdasvc

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/plainjson"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/process"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// Handler is a function that runs in this process. It gets the payload, which
// is JSON, and what it gives is the answer as it is; an error is what the
// function failed with. ctx ends with the function's timeout.
type Handler func(ctx context.Context, payload []byte) ([]byte, error)

// invocation is one call of one version of a function.
type invocation struct {
	place         service.Place
	config        configuration // of the version that runs
	code          code
	layers        []string // hashes of their zips
	arn           string   // as it was invoked
	requestID     string
	payload       []byte // valid JSON
	clientContext []byte // JSON, or nil
	trace         string // X-Amzn-Trace-Id; "" for none
	tenant        string // "" for none
	provisioned   bool   // its version has provisioned concurrency
	// stream, where it is not nil, gets the answer of a function that streams.
	stream func(contentType string, chunk []byte) error
}

// timeout is how long the function may run.
func (in invocation) timeout() time.Duration { return time.Duration(in.config.Timeout) * time.Second }

// outcome is what an invocation came to.
type outcome struct {
	payload       []byte
	functionError string        // "", "Handled" or "Unhandled"
	failure       string        // the type of the error, where a runner knows it
	log           []byte        // what the function logged, or the end of it
	streamed      bool          // the answer went to the stream
	took          time.Duration // without the start of a process
	started       time.Duration // what that took, where there was one
	memory        int64         // bytes that it held, 0 for unknown
}

// runner runs functions. An error of run means that the emulator failed; a
// function that fails has an outcome with a functionError.
type runner interface {
	run(ctx context.Context, in invocation) (outcome, error)
	// warm gets ready for so many invocations at once. The failure is the type
	// of the error where the function does not start.
	warm(ctx context.Context, in invocation, n int) (failure string, err error)
	// forget ends what is kept for a function that was deleted.
	forget(ref functionRef)
	// close ends everything, and returns when it has ended.
	close()
}

// runners picks the runner for what a version runs.
type runners struct {
	replies   replyRunner
	handlers  handlerRunner
	processes *processRunner
}

func newRunners(o Options) runners {
	return runners{
		handlers: handlerRunner{active: &sync.WaitGroup{}},
		processes: &processRunner{
			codes: o.Codes, programs: filepath.Join(o.Folder, "programs"), size: o.Processes, wait: o.QueueLimit,
			issuer: o.Issuer, clock: o.Clock, endpoint: o.Endpoint, spawner: &process.Spawner{}, pools: map[string]versionPool{},
		},
	}
}

func (r runners) run(ctx context.Context, in invocation) (outcome, error) {
	switch {
	case in.code.reply != nil:
		return r.replies.run(ctx, in)
	case in.code.handler != nil:
		return r.handlers.run(ctx, in)
	case in.code.Archive != "", in.code.folder != "":
		return r.processes.run(ctx, in)
	case in.code.ImageURI != "":
		return unhandled("Emulator.NotImplemented", "awsemu does not run images: "+in.config.FunctionName+" is one"), nil
	}
	return unhandled("Emulator.NoCode", "the functions file declares neither reply, error nor code for "+in.config.FunctionName), nil
}

func (r runners) warm(ctx context.Context, in invocation, n int) (failure string, err error) {
	if in.code.Archive == "" && in.code.folder == "" {
		return "", nil // what has no process is always ready
	}
	return r.processes.warm(ctx, in, n)
}

func (r runners) forget(ref functionRef) { r.processes.forget(ref) }

func (r runners) close() {
	r.handlers.active.Wait()
	r.processes.close()
}

// functionFailure is the payload of a failed function.
type functionFailure struct {
	ErrorType    string   `json:"errorType"`
	ErrorMessage string   `json:"errorMessage"`
	StackTrace   []string `json:"stackTrace,omitempty"`
}

// unhandled is the outcome of a function that broke off.
func unhandled(errorType, message string) outcome {
	text, _ := plainjson.Encode(functionFailure{ErrorType: errorType, ErrorMessage: message}) // strings always encode
	return outcome{payload: text, functionError: "Unhandled", failure: errorType}
}

// handlerRunner runs functions of this process.
type handlerRunner struct{ active *sync.WaitGroup }

// run waits for the handler or for the function's timeout. A handler that goes
// on after that is waited for when the emulator closes.
func (h handlerRunner) run(ctx context.Context, in invocation) (outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, in.timeout())
	done := make(chan outcome, 1)
	started := time.Now()
	h.active.Go(func() {
		defer cancel()
		done <- callHandler(ctx, in)
	})
	select {
	case out := <-done:
		out.took = time.Since(started)
		return out, nil
	case <-ctx.Done():
	}
	select {
	case out := <-done: // it was done, which is why ctx is
		out.took = time.Since(started)
		return out, nil
	default:
	}
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return outcome{}, ctx.Err()
	}
	out := unhandled("Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", in.requestID, in.timeout().Seconds()))
	out.took = in.timeout()
	return out, nil
}

func callHandler(ctx context.Context, in invocation) (out outcome) {
	defer func() {
		if broken := recover(); broken != nil {
			out = unhandled(typeName(broken), fmt.Sprint(broken))
		}
	}()
	payload, err := in.code.handler(ctx, in.payload)
	if err != nil {
		return unhandled(typeName(err), err.Error())
	}
	return outcome{payload: payload}
}

// typeName is the errorType of a Go value, as Go functions report it.
func typeName(v any) string {
	name := reflect.TypeOf(v).String()
	return name[strings.LastIndexAny(name, ".*")+1:]
}
