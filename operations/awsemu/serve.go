package awsemu

import (
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// bodyLimit is the most that a request may hold where its operation has no
// other limit: a payload of 6 MiB and room for its envelope.
const bodyLimit = 7 << 20

// drainLimit is how much more of a refused body is read, so that the client
// gets to see the refusal.
const drainLimit = 64 << 20

var datedPath = regexp.MustCompile(`^/20\d\d-\d\d-\d\d/`)

// ServeHTTP answers one request to Lambda or to STS. It works without Start,
// too, behind a server of the caller's own.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !e.tasks.enter() {
		http.Error(w, `{"message":"the emulator is closed"}`, http.StatusServiceUnavailable)
		return
	}
	defer e.tasks.leave()

	c := &call{http: r, query: r.URL.Query(), now: e.now(), region: e.region}
	c.requestID, _ = e.entropy.uuid()
	svc := e.serviceOf(r)
	op, out := e.answer(c, svc)
	writeAnswer(w, c, out)
	if e.onRequest != nil {
		e.onRequest(e.record(c, svc, op, out))
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
	if err := e.admit(c, svc); err != nil {
		return op, svc.encodeError(c, asAPIError(err))
	}
	result, err := op.handle(c)
	if err != nil {
		return op, svc.encodeError(c, asAPIError(err))
	}
	out, err := svc.encode(c, op, result)
	if err != nil {
		return op, svc.encodeError(c, asAPIError(err))
	}
	return op, out
}

// admit checks the signature and fills in who calls, and in which region.
func (e *Emulator) admit(c *call, svc service) error {
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

func writeAnswer(w http.ResponseWriter, c *call, out answer) {
	header := w.Header()
	for name, values := range out.header {
		header[name] = values
	}
	header.Set("X-Amzn-RequestId", c.requestID)
	w.WriteHeader(out.status)
	if c.http.Method != http.MethodHead && out.status != http.StatusNoContent {
		_, _ = w.Write(out.body) // the client may have gone; the log still tells
	}
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
	}
}
