package awsemu

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// bodyLimit is the most that a request may hold where its operation has no
// other limit: a payload of 6 MiB and room for its envelope.
const bodyLimit = 7 << 20

// drainLimit is how much more of a refused body is read, so that the client
// gets to see the refusal.
const drainLimit = 64 << 20

var datedPath = newPattern(`^/20\d\d-\d\d-\d\d/`)

// ServeHTTP answers one request to Lambda or to STS. It works without Start,
// too, behind a server of the caller's own.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !e.tasks.enter() {
		http.Error(w, `{"message":"the emulator is closed"}`, http.StatusServiceUnavailable)
		return
	}
	defer e.tasks.leave()
	if e.guarded.Load() && !isLocal(r.Host) {
		http.Error(w, `{"message":"the emulator answers requests to this machine's loopback address only"}`, http.StatusForbidden)
		return
	}
	if strings.HasPrefix(r.URL.Path, ownPath) {
		e.serveOwn(w, r)
		return
	}
	c := &call{http: r, query: r.URL.Query(), now: e.now(), region: e.region}
	c.requestID, _ = e.entropy.uuid()
	svc := e.serviceOf(r)
	size := bodySize(r, svc.limit(r))
	if !e.bodies.take(size, r.Context().Done()) {
		return // the client has gone
	}
	defer e.bodies.give(size)
	op, out := e.answer(c, svc)
	whole := writeAnswer(w, c, out)
	if e.onRequest != nil {
		e.onRequest(e.record(c, svc, op, out))
	}
	if !whole {
		panic(http.ErrAbortHandler) // how net/http is told to end the connection
	}
}

// serviceOf picks the service by the path, and where that says nothing by the
// service that the request is signed for.
func (e *Emulator) serviceOf(r *http.Request) service {
	auth, err := parseAuthorization(r.Header.Get("Authorization"))
	switch {
	case datedPath.MatchString(r.URL.Path):
		return e.lambda
	case err == nil && auth.service == e.lambda.name():
		return e.lambda
	case err == nil && auth.service == e.sts.name(), r.URL.Path == "/", r.URL.Path == "":
		return e.sts
	}
	return e.lambda
}

// answer takes a request through its service: body, operation, signature,
// handler, encoding.
func (e *Emulator) answer(c *call, svc service) (operation, answer) {
	body, err := readBody(c.http, svc.limit(c.http))
	if err != nil {
		return operation{}, svc.encodeError(c, asAPIError(err))
	}
	c.body = body
	op := svc.route(c)
	if err := e.admit(c, svc, op); err != nil {
		return op, svc.encodeError(c, asAPIError(err))
	}
	if svc.name() == e.lambda.name() && op.name == "CreateFunction" {
		c.subject = createdName(c.body)
	}
	delay, hit := e.faults.strike(c, svc, op)
	if !e.waitFor(c, delay) {
		return op, answer{cut: cutAll, fault: "latency"}
	}
	if hit == nil {
		return op, e.perform(c, svc, op)
	}
	out := answer{cut: cutAll}
	if err := hit.refusal(c, svc, op, e.secret); err != nil {
		out = svc.encodeError(c, err)
	} else if hit.kind == "half" {
		out = e.perform(c, svc, op)
		out.cut = cutHalf
	}
	out.fault = hit.kind
	return op, out
}

// perform does what was asked for.
func (e *Emulator) perform(c *call, svc service, op operation) answer {
	result, err := op.handle(c)
	if err != nil {
		return svc.encodeError(c, asAPIError(err))
	}
	out, err := svc.encode(c, op, result)
	if err != nil {
		return svc.encodeError(c, asAPIError(err))
	}
	return out
}

// waitFor delays an answer; it gives false where nobody waits for it any more.
func (e *Emulator) waitFor(c *call, delay time.Duration) bool {
	if delay <= 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-e.tasks.closing:
	case <-c.http.Context().Done():
	}
	return false
}

// admit checks the signature and fills in who calls, and in which region.
func (e *Emulator) admit(c *call, svc service, op operation) error {
	if svc.anonymous(op) && c.http.Header.Get("Authorization") == "" {
		return nil
	}
	key, auth, err := e.verifier.verify(c.http, c.body, svc.name(), c.now)
	if refusal, ok := errors.AsType[*denied](err); ok {
		return svc.denial(refusal.fault, refusal.message)
	}
	if err != nil {
		return err
	}
	c.caller, c.session, c.region = key.who, key.session, auth.region
	c.temporary = key.token != ""
	return nil
}

// readBody reads at most limit bytes.
func readBody(r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	if r.ContentLength > limit {
		drain(r.Body)
		return nil, tooLarge("Request must be smaller than %d bytes", limit)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, badContent("could not read the request body")
	}
	if int64(len(body)) > limit {
		drain(r.Body)
		return nil, tooLarge("Request must be smaller than %d bytes", limit)
	}
	return body, nil
}

func drain(body io.Reader) { _, _ = io.CopyN(io.Discard, body, drainLimit) }

// How much of an answer is left out.
const (
	cutNothing = iota
	cutHalf
	cutAll
)

// writeAnswer writes an answer; it gives false where the connection is to end
// in the middle of it.
func writeAnswer(w http.ResponseWriter, c *call, out answer) (whole bool) {
	if out.cut == cutAll {
		return false
	}
	header := w.Header()
	for name, values := range out.header {
		header[name] = values
	}
	header.Set("X-Amzn-RequestId", c.requestID)
	body := out.body
	if out.cut == cutHalf {
		header.Set("Content-Length", strconv.Itoa(max(1, len(body))))
		body = body[:len(body)/2]
	}
	w.WriteHeader(out.status)
	switch {
	case out.stream != nil && out.cut == cutHalf:
		out.stream(io.Discard)
	case out.stream != nil:
		out.stream(w)
	case c.http.Method != http.MethodHead && out.status != http.StatusNoContent:
		_, _ = w.Write(body) // the client may have gone; the log still tells
	}
	if f, ok := w.(http.Flusher); ok && out.cut == cutHalf {
		f.Flush()
	}
	return out.cut == cutNothing
}

func (e *Emulator) record(c *call, svc service, op operation, out answer) Request {
	return Request{
		Time:      c.now,
		Service:   svc.name(),
		Operation: op.name,
		Function:  strings.ToValidUTF8(c.subject, "?"),
		Status:    out.status,
		RequestID: c.requestID,
		Duration:  float64(e.now().Sub(c.now)) / float64(time.Millisecond),
		ErrorCode: out.errorCode,
		Fault:     out.fault,
	}
}
