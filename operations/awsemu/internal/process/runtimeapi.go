package process

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// job is an invocation on its way through a process.
type job struct {
	Invocation
	deadline time.Time
	done     chan Result // holds one
	once     sync.Once
}

func newJob(in Invocation) *job { return &job{Invocation: in, done: make(chan Result, 1)} }

// finish settles the job; only the first call counts.
func (j *job) finish(r Result) { j.once.Do(func() { j.done <- r }) }

// trace is the trace id of the invocation: that of its caller, or one of its
// own.
func (j *job) trace() string {
	if j.Trace != "" {
		return j.Trace
	}
	return "Root=1-" + strconv.FormatInt(j.deadline.Unix(), 16) + "-000000000000000000000000;Parent=0000000000000000;Sampled=0"
}

// runtimeAPI is the Lambda Runtime API as one process sees it.
type runtimeAPI struct {
	mux    *http.ServeMux
	beside *extensions
	jobs   chan *job
	ready  chan struct{} // closed when the process asks for its first invocation

	once sync.Once // closes ready
	mu   sync.Mutex
	now  *job   // what the process has taken and not answered
	last string // the id of what it has answered last
	busy bool   // it has taken an invocation once
	init []byte // what the process reported instead of getting ready
}

const apiPath = "/2018-06-01/runtime/"

func newRuntimeAPI(beside *extensions) *runtimeAPI {
	a := &runtimeAPI{mux: http.NewServeMux(), beside: beside, jobs: make(chan *job), ready: make(chan struct{})}
	beside.routes(a.mux)
	a.mux.HandleFunc("GET "+apiPath+"invocation/next", a.next)
	a.mux.HandleFunc("POST "+apiPath+"invocation/{id}/response", a.response)
	a.mux.HandleFunc("POST "+apiPath+"invocation/{id}/error", a.failure)
	a.mux.HandleFunc("POST "+apiPath+"init/error", a.initFailure)
	return a
}

// next waits until there is something to do.
func (a *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	if a.current("") != nil {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "the last invocation has not been answered")
		return
	}
	a.once.Do(func() {
		a.beside.close()
		close(a.ready)
	})
	select {
	case j := <-a.jobs:
		a.set(j)
		a.beside.invoked(j)
		hand(w, j)
	case <-r.Context().Done(): // the process has gone, or is to go
	}
}

func hand(w http.ResponseWriter, j *job) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", j.ID)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(j.deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", j.ARN)
	h.Set("Lambda-Runtime-Trace-Id", j.trace())
	if j.Tenant != "" {
		h.Set("Lambda-Runtime-Aws-Tenant-Id", j.Tenant)
	}
	if j.ClientContext != nil {
		h.Set("Lambda-Runtime-Client-Context", oneLine(j.ClientContext))
	}
	h.Set("Content-Length", strconv.Itoa(len(j.Payload)))
	_, _ = w.Write(j.Payload)
}

// oneLine writes JSON so that a header can hold it. What it was before was
// checked to be JSON; else the process gets it in base64.
func oneLine(text []byte) string {
	var v any
	if json.Unmarshal(text, &v) == nil {
		if flat, err := json.Marshal(v); err == nil {
			return string(flat)
		}
	}
	return base64.StdEncoding.EncodeToString(text)
}

func (a *runtimeAPI) set(j *job) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now != nil {
		a.last = a.now.ID
	}
	a.now, a.busy = j, true
}

// refuseID answers for an invocation that is not the one under way: one that
// has been answered is in another state, any other is none of this process's.
func (a *runtimeAPI) refuseID(w http.ResponseWriter, id, wanted string) {
	a.mu.Lock()
	answered := id != "" && a.last == id
	a.mu.Unlock()
	if answered {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "Transition from RuntimeResponseSentState to "+wanted+" is not allowed")
		return
	}
	refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
}

// current is the invocation under way, where it is the one of that id; "" is
// any.
func (a *runtimeAPI) current(id string) *job {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now == nil || id != "" && a.now.ID != id {
		return nil
	}
	return a.now
}

// answered ends the invocation under way. The process may go on to the next.
func (a *runtimeAPI) answered(w http.ResponseWriter, j *job, r Result) {
	a.set(nil)
	status := http.StatusAccepted
	if r.Failure == failSize {
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "the answer is too large")
	} else {
		accept(w, status)
	}
	j.finish(r)
}

func (a *runtimeAPI) response(w http.ResponseWriter, r *http.Request) {
	j := a.current(r.PathValue("id"))
	if j == nil {
		a.refuseID(w, r.PathValue("id"), "InvocationResponse")
		return
	}
	if j.Stream != nil { // not every runtime says that it streams
		a.answered(w, j, stream(j, r))
		return
	}
	payload, err := io.ReadAll(io.LimitReader(r.Body, PayloadLimit+1))
	switch {
	case err != nil:
		a.answered(w, j, failed(j.ID, failTruncated, "the response ended before its end"))
	case len(payload) > PayloadLimit:
		_, _ = io.CopyN(io.Discard, r.Body, 10*PayloadLimit) // so that the process reads the refusal
		a.answered(w, j, tooLarge(PayloadLimit))
	default:
		a.answered(w, j, streamedFailure(r, Result{Payload: payload}))
	}
}

// stream hands chunks on as they come.
func stream(j *job, r *http.Request) Result {
	buf, kind := make([]byte, 32<<10), r.Header.Get("Content-Type")
	for sent := 0; ; {
		n, err := r.Body.Read(buf)
		if sent += n; sent > streamLimit {
			return tooLarge(streamLimit)
		}
		if n > 0 && j.Stream(kind, buf[:n]) != nil {
			return Result{Streamed: true} // nobody listens any more
		}
		if err == io.EOF {
			return streamedFailure(r, Result{Streamed: true})
		}
		if err != nil {
			return failed(j.ID, failTruncated, "the response ended before its end")
		}
	}
}

// streamedFailure reads the trailers that tell of an error in the middle of a
// stream.
func streamedFailure(r *http.Request, out Result) Result {
	kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type")
	if kind == "" {
		return out
	}
	out.Failure = kind
	body, err := base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body"))
	if err == nil && len(body) > 0 {
		out.Payload = body
	}
	return out
}

func (a *runtimeAPI) failure(w http.ResponseWriter, r *http.Request) {
	j := a.current(r.PathValue("id"))
	if j == nil {
		a.refuseID(w, r.PathValue("id"), "InvocationError")
		return
	}
	body, _ := readError(r)
	a.answered(w, j, Result{Payload: body, Failure: errorType(r)})
}

func (a *runtimeAPI) initFailure(w http.ResponseWriter, r *http.Request) {
	body, ok := readError(r)
	if !ok || len(body) == 0 {
		body, _ = json.Marshal(map[string]string{"errorType": errorType(r), "errorMessage": "the runtime did not start"})
	}
	a.mu.Lock()
	late := a.busy
	if !late {
		a.init = body
	}
	a.mu.Unlock()
	if late {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "Transition from RuntimeReadyState to InitError is not allowed")
		return
	}
	accept(w, http.StatusAccepted)
}

// initError is what the process reported instead of getting ready, else nil.
func (a *runtimeAPI) initError() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.init
}

// readError reads a reported error as it is, which need not be JSON; ok is
// false where nothing was to be read.
func readError(r *http.Request) (body []byte, ok bool) {
	body, err := io.ReadAll(io.LimitReader(r.Body, PayloadLimit))
	if err != nil {
		return []byte("{}"), false
	}
	return body, true
}

func errorType(r *http.Request) string {
	if kind := r.Header.Get("Lambda-Runtime-Function-Error-Type"); kind != "" {
		return kind
	}
	return "Unhandled"
}

func accept(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	respond(w, status, map[string]string{"errorType": kind, "errorMessage": message})
}

func respond(w http.ResponseWriter, status int, members map[string]string) {
	text, _ := json.Marshal(members) // texts always encode
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
