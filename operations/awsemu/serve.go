package awsemu

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/lambdasvc"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/sqssvc"
)

// drainLimit is how much more of a refused body is read, so that the client
// gets to see the refusal.
const drainLimit = 64 << 20

// datedPath reports whether a path begins as those of Lambda do: /2015-03-31/.
func datedPath(path string) bool {
	const form = "/20##-##-##/"
	if len(path) < len(form) {
		return false
	}
	for i := range len(form) {
		if c := path[i]; form[i] == '#' && (c < '0' || c > '9') || form[i] != '#' && c != form[i] {
			return false
		}
	}
	return true
}

// ServeHTTP answers one request to Lambda, to STS or to SQS. It works without Start,
// too, behind a server of the caller's own.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !e.tasks.Enter() {
		http.Error(w, `{"message":"the emulator is closed"}`, http.StatusServiceUnavailable)
		return
	}
	defer e.tasks.Leave()
	e.lambda.Resume()
	if e.guarded.Load() && !isLocal(r.Host) && !lambdasvc.ByHost(r) {
		http.Error(w, `{"message":"the emulator answers requests to this machine's loopback address only"}`, http.StatusForbidden)
		return
	}
	if strings.HasPrefix(r.URL.Path, ownPath) && !lambdasvc.IsURL(r) {
		e.serveOwn(w, r)
		return
	}
	if name := e.lacked(r); name != "" {
		e.refuseLacked(w, r, name)
		return
	}
	c := &service.Call{HTTP: r, Query: r.URL.Query(), Now: e.now(), Region: e.region}
	c.RequestID, _ = e.entropy.UUID()
	svc := e.serviceOf(r)
	limit := svc.Limit(c)
	size := bodySize(r, limit)
	if !e.bodies.take(size, r.Context().Done()) {
		return // the client has gone
	}
	defer e.bodies.give(size)
	op, out := e.answer(c, svc, limit)
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
func (e *Emulator) serviceOf(r *http.Request) service.Service {
	switch {
	case lambdasvc.IsURL(r):
		return e.lambda.URLs()
	case datedPath(r.URL.Path):
		return e.lambda
	}
	auth, err := access.ParseAuthorization(r)
	switch {
	case err == nil && auth.Service == e.lambda.Name():
		return e.lambda
	case err == nil && auth.Service == e.sqs.Name(), sqssvc.IsCall(r):
		return e.sqs
	case err == nil && auth.Service == e.sts.Name(), r.URL.Path == "/", r.URL.Path == "":
		return e.sts
	}
	return e.lambda
}

// answer takes a request through its service: body, operation, signature,
// handler, encoding.
func (e *Emulator) answer(c *service.Call, svc service.Service, limit int64) (service.Operation, service.Answer) {
	body, err := readBody(c.HTTP, limit)
	if err != nil {
		return service.Operation{}, svc.EncodeError(c, service.AsAPIError(err))
	}
	c.Body = body
	op := svc.Route(c)
	if err := e.admit(c, svc, op); err != nil {
		return op, svc.EncodeError(c, service.AsAPIError(err))
	}
	if svc.Name() == e.lambda.Name() && op.Name == "CreateFunction" {
		c.Subject = lambdasvc.CreatedName(c.Body)
	}
	delay, hit := e.faults.strike(c, svc, op)
	if !e.waitFor(c, delay) {
		return op, service.Answer{Cut: cutAll, Fault: "latency"}
	}
	if hit == nil {
		return op, e.perform(c, svc, op)
	}
	out := service.Answer{Cut: cutAll}
	if err := refusal(hit, c, svc, op, e.secret); err != nil {
		out = svc.EncodeError(c, err)
	} else if hit.Kind == "half" {
		out = e.perform(c, svc, op)
		out.Cut = cutHalf
	}
	out.Fault = hit.Kind
	return op, out
}

// perform does what was asked for.
func (e *Emulator) perform(c *service.Call, svc service.Service, op service.Operation) service.Answer {
	result, err := op.Handle(c)
	if err != nil {
		return svc.EncodeError(c, service.AsAPIError(err))
	}
	out, err := svc.Encode(c, op, result)
	if err != nil {
		return svc.EncodeError(c, service.AsAPIError(err))
	}
	return out
}

// waitFor delays an answer; it gives false where nobody waits for it any more.
func (e *Emulator) waitFor(c *service.Call, delay time.Duration) bool {
	if delay <= 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-e.tasks.Closing:
	case <-c.HTTP.Context().Done():
	}
	return false
}

// admit checks the signature and fills in who calls, and in which region.
func (e *Emulator) admit(c *service.Call, svc service.Service, op service.Operation) error {
	if op.Open || svc.Anonymous(op) && !access.Signed(c.HTTP) {
		return nil
	}
	key, auth, err := e.verifier.Verify(c.HTTP, c.Body, svc.Name(), c.Now)
	if refusal, ok := errors.AsType[*access.Denied](err); ok {
		return svc.Denial(refusal.Fault, refusal.Message)
	}
	if err != nil {
		return err
	}
	c.Caller, c.KeyID, c.Session, c.Region = key.Who, key.KeyID, key.Session, auth.Region
	c.Temporary = key.Token != ""
	return nil
}

// readBody reads at most limit bytes.
func readBody(r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	if r.ContentLength > limit {
		drain(r.Body)
		return nil, service.TooLarge("Request must be smaller than %d bytes", limit)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, service.BadContent("could not read the request body")
	}
	if int64(len(body)) > limit {
		drain(r.Body)
		return nil, service.TooLarge("Request must be smaller than %d bytes", limit)
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
func writeAnswer(w http.ResponseWriter, c *service.Call, out service.Answer) (whole bool) {
	if out.Cut == cutAll {
		return false
	}
	header := w.Header()
	for name, values := range out.Header {
		header[name] = values
	}
	header.Set("X-Amzn-RequestId", c.RequestID)
	body := out.Body
	if out.Cut == cutHalf {
		header.Set("Content-Length", strconv.Itoa(max(1, len(body))))
		body = body[:len(body)/2]
	}
	w.WriteHeader(out.Status)
	whole = out.Cut == cutNothing
	switch {
	case out.Stream != nil && out.Cut == cutHalf:
		out.Stream(io.Discard)
	case out.Stream != nil:
		whole = out.Stream(w)
	case c.HTTP.Method != http.MethodHead && out.Status != http.StatusNoContent:
		_, _ = w.Write(body) // the client may have gone; the log still tells
	}
	if f, ok := w.(http.Flusher); ok && out.Cut == cutHalf {
		f.Flush()
	}
	return whole
}

func (e *Emulator) record(c *service.Call, svc service.Service, op service.Operation, out service.Answer) Request {
	return Request{
		Time:      c.Now,
		Service:   svc.Name(),
		Operation: op.Name,
		Function:  strings.ToValidUTF8(c.Subject, "?"),
		Status:    out.Status,
		RequestID: c.RequestID,
		Duration:  float64(e.now().Sub(c.Now)) / float64(time.Millisecond),
		ErrorCode: out.ErrorCode,
		Fault:     out.Fault,
	}
}
