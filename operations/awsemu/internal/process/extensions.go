package process

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// About is what an execution environment tells of the function in it.
type About struct {
	Function string // its name
	Version  string // $LATEST or a number
	Handler  string // "" where its runtime needs none
	Account  string // of twelve digits
	Zone     string // the id of an availability zone, such as use1-az1
}

// extensions is the Lambda Extensions API as one execution environment sees
// it: programs beside the function, and parts of it that register themselves.
type extensions struct {
	about    About
	external []string // names of the programs

	mu      sync.Mutex
	list    []*extension
	closed  bool          // the runtime is ready: too late to register
	changed chan struct{} // closed when something of this changes
	failed  chan struct{} // closed when an extension has failed
	failure *extensionFailure
}

type extension struct {
	id       string
	name     string
	external bool
	invoke   bool        // it wants to know of invocations
	shutdown bool        // it wants to know of the end
	waiting  bool        // it has asked for the next event
	events   chan []byte // holds one of each kind
}

// extensionFailure is what ended an environment before its time.
type extensionFailure struct{ kind, message string }

// extensionLimit is how many extensions may register.
const extensionLimit = 10

func newExtensions(about About, external []string) *extensions {
	return &extensions{about: about, external: external, changed: make(chan struct{}), failed: make(chan struct{})}
}

func (x *extensions) routes(mux *http.ServeMux) {
	const base = "/2020-01-01/extension/"
	mux.HandleFunc("POST "+base+"register", x.register)
	mux.HandleFunc("GET "+base+"event/next", x.next)
	mux.HandleFunc("POST "+base+"init/error", x.reports("Extension.InitError"))
	mux.HandleFunc("POST "+base+"exit/error", x.reports("Extension.ExitError"))
	// As AWS's own interface emulator answers; extensions go on without it.
	mux.HandleFunc("PUT /2020-08-15/logs", unsupported("Logs"))
	mux.HandleFunc("PUT /2022-07-01/telemetry", unsupported("Telemetry"))
}

func unsupported(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusAccepted, name+".NotSupported", name+" API is not supported")
	}
}

// change tells whoever waits that something has changed; mu is held.
func (x *extensions) change() {
	close(x.changed)
	x.changed = make(chan struct{})
}

func (x *extensions) register(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Events []string `json:"events"`
	}
	name := r.Header.Get("Lambda-Extension-Name")
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&in); err != nil || name == "" {
		refuse(w, http.StatusBadRequest, "InvalidRequestFormat", "a name in Lambda-Extension-Name and a body with events are needed")
		return
	}
	e := &extension{id: newID(), name: name, external: slices.Contains(x.external, name), events: make(chan []byte, 2)}
	for _, event := range in.Events {
		switch {
		case event == "INVOKE":
			e.invoke = true
		case event == "SHUTDOWN" && e.external:
			e.shutdown = true
		case event == "SHUTDOWN":
			refuse(w, http.StatusBadRequest, "ShutdownEventNotSupportedForInternalExtension", "SHUTDOWN is for programs in extensions/ of a layer")
			return
		default:
			refuse(w, http.StatusBadRequest, "Extension.InvalidEventType", event+": Invalid event type")
			return
		}
	}
	if kind, message := x.add(e); kind != "" {
		refuse(w, http.StatusForbidden, kind, message)
		return
	}
	w.Header().Set("Lambda-Extension-Identifier", e.id)
	told := map[string]string{"functionName": x.about.Function, "functionVersion": x.about.Version, "handler": x.about.Handler}
	if strings.Contains(r.Header.Get("Lambda-Extension-Accept-Feature"), "accountId") {
		told["accountId"] = x.about.Account
	}
	respond(w, http.StatusOK, told)
}

// add keeps a new extension; it gives the kind of the refusal and its message
// where that is not possible.
func (x *extensions) add(e *extension) (kind, message string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.closed:
		return "Extension.RegistrationClosed", "the function has been initialized"
	case slices.ContainsFunc(x.list, func(other *extension) bool { return other.name == e.name }):
		return "Extension.AlreadyRegistered", "an extension of this name is registered"
	case len(x.list) >= extensionLimit:
		return "Extension.TooManyExtensions", "at most 10 extensions can register"
	}
	x.list = append(x.list, e)
	x.change()
	return "", ""
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// caller finds the extension that a request is of; nil has been answered.
func (x *extensions) caller(w http.ResponseWriter, r *http.Request) *extension {
	id := r.Header.Get("Lambda-Extension-Identifier")
	if id == "" {
		refuse(w, http.StatusForbidden, "Extension.MissingExtensionIdentifier", "Lambda-Extension-Identifier is missing")
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range x.list {
		if e.id == id {
			return e
		}
	}
	refuse(w, http.StatusForbidden, "Extension.UnknownExtensionIdentifier", "no extension has this identifier")
	return nil
}

// next waits until there is something to tell.
func (x *extensions) next(w http.ResponseWriter, r *http.Request) {
	e := x.caller(w, r)
	if e == nil {
		return
	}
	x.wait(e, true)
	select {
	case event := <-e.events:
		x.wait(e, false)
		w.Header().Set("Lambda-Extension-Event-Identifier", newID())
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(event)
	case <-r.Context().Done():
		x.wait(e, false)
	}
}

func (x *extensions) wait(e *extension, waits bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	e.waiting = waits
	x.change()
}

// reports takes what an extension says of its own failure.
func (x *extensions) reports(usual string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		e := x.caller(w, r)
		if e == nil {
			return
		}
		kind := r.Header.Get("Lambda-Extension-Function-Error-Type")
		if kind == "" {
			kind = usual
		}
		accept(w, http.StatusAccepted)
		x.fail(kind, "the extension "+e.name+" has failed")
	}
}

// fail ends the environment; only the first failure counts.
func (x *extensions) fail(kind, message string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.failure == nil {
		x.failure = &extensionFailure{kind, message}
		close(x.failed)
	}
}

// reason is the failure; nil for none.
func (x *extensions) reason() *extensionFailure {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.failure
}

// close refuses further extensions.
func (x *extensions) close() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.closed = true
}

// registered reports whether every program has registered, and what to wait
// for where not.
func (x *extensions) registered() (bool, <-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, name := range x.external {
		if !slices.ContainsFunc(x.list, func(e *extension) bool { return e.name == name }) {
			return false, x.changed
		}
	}
	return true, nil
}

// quiet reports whether every extension waits for the next event, and what to
// wait for where not.
func (x *extensions) quiet() (bool, <-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range x.list {
		if !e.waiting {
			return false, x.changed
		}
	}
	return true, nil
}

// invoked tells of an invocation.
func (x *extensions) invoked(j *job) {
	x.tell(func(e *extension) bool { return e.invoke }, map[string]any{
		"eventType": "INVOKE", "deadlineMs": j.deadline.UnixMilli(), "requestId": j.ID, "invokedFunctionArn": j.ARN,
		"tracing": map[string]string{"type": "X-Amzn-Trace-Id", "value": j.trace()},
	})
}

// ending tells of the end, and reports whether anybody wants to know.
func (x *extensions) ending(reason string, deadline time.Time) bool {
	return x.tell(func(e *extension) bool { return e.shutdown }, map[string]any{
		"eventType": "SHUTDOWN", "shutdownReason": reason, "deadlineMs": deadline.UnixMilli(),
	})
}

func (x *extensions) tell(wants func(*extension) bool, event map[string]any) (told bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	text, _ := json.Marshal(event) // texts and numbers always encode
	for _, e := range x.list {
		if !wants(e) {
			continue
		}
		select {
		case e.events <- text:
			e.waiting, told = false, true
		default: // it has not taken the last one
		}
	}
	return told
}
