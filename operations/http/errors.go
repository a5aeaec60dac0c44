package http

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/url"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/retryafter"
	"github.com/medlar-flow/medlar/schema"
)

// Codes of our own; those of statuses are their names.
const (
	codeStatus     = "UnexpectedStatus" // neither expected nor an error of HTTP
	codeNetwork    = "NetworkError"
	codeHost       = "UnknownHost"
	codeTLS        = "CertificateRefused"
	codeTimeout    = "Timeout"
	codeAnswer     = "InvalidResponse"
	codeTooLarge   = "ResponseTooLarge"
	codeRedirects  = "TooManyRedirects"
	codeOutside    = "OutsideSandbox"
	codeParameters = "InvalidParameters"
	codeConnection = "InvalidConnection"
)

// failure words what went wrong on the way. What net/http puts around it, and
// errors that are not known here, may hold the whole URL: they are not shown.
func (x *exchange) failure(ctx context.Context, err error) error {
	host := x.first.URL.Host
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		if u, parsed := url.Parse(wrapped.URL); parsed == nil && u.Host != "" {
			host = u.Host
		}
		err = wrapped.Err
	}
	e := &connector.Error{Code: codeNetwork, Class: connector.ClassUnavailable, Outcome: x.unknown(), Err: err}
	if !x.watch.Sent() {
		e.Outcome = connector.OutcomeFailed
	}
	var (
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
	)
	switch {
	case ctx.Err() != nil && !errors.Is(context.Cause(ctx), errTooSlow) && !errors.Is(err, errTooSlow):
		return connector.AsError(fmt.Errorf("%s: %w", host, ctx.Err())) // the runtime knows why it was stopped
	case x.isLate(ctx, err):
		e.Code, e.Class, e.Message = codeTimeout, connector.ClassTimeout, fmt.Sprintf("no answer from %s within %s", host, x.in.Timeout)
	case isTimeout(err):
		e.Code, e.Class, e.Message = codeTimeout, connector.ClassTimeout, "no connection to "+host+" in time"
	case errors.Is(err, errOutside):
		e.Code, e.Class, e.Message = codeOutside, connector.ClassDenied, host+": "+errOutside.Error()
	case errors.Is(err, errRedirects):
		e.Code, e.Class, e.Message = codeRedirects, connector.ClassInvalid, fmt.Sprintf("%s: more than %d redirects", x.first.URL.Host, x.in.MaxRedirects)
	case errors.As(err, &dns):
		e.Code, e.Message = codeHost, fmt.Sprintf("the address of %s was not found", host)
	case errors.As(err, &certificate), errors.As(err, &authority):
		e.Code, e.Class, e.Message = codeTLS, connector.ClassDenied, fmt.Sprintf("the certificate of %s is not accepted: %v", host, err)
	default:
		why, known := reason(err)
		if !known {
			e.Err = nil
		}
		e.Message = fmt.Sprintf("no answer from %s: %s", host, why)
	}
	return e
}

// isLate reports whether the time for all of it is over.
func (x *exchange) isLate(ctx context.Context, err error) bool {
	return errors.Is(err, errTooSlow) || ctx.Err() != nil || !x.until.IsZero() && !time.Now().Before(x.until)
}

// reason words an error without what was sent or received. known is false for
// one that may hold that itself.
func reason(err error) (why string, known bool) {
	var op *net.OpError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &op):
		return op.Error(), true
	case errors.As(err, &record), errors.Is(err, nethttp.ErrSchemeMismatch):
		return "it does not speak TLS there", true
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed before the end of the answer", true
	default:
		return "what it sent is no HTTP, or the exchange broke off", false
	}
}

// unknown is the outcome of a request that a server has seen.
func (x *exchange) unknown() connector.Outcome {
	if x.effect == connector.EffectReadOnly {
		return connector.OutcomeFailed
	}
	return connector.OutcomeUnknown
}

// place says which request was answered, without its query.
func (x *exchange) place(resp *nethttp.Response) string {
	u := url.URL{Scheme: resp.Request.URL.Scheme, Host: resp.Request.URL.Host, Path: resp.Request.URL.Path}
	return resp.Request.Method + " " + u.String()
}

// maxDetails is the largest body of a failed request that its error holds.
const maxDetails = 64 << 10

// unexpected is the failure of a request that was answered with a status that
// the flow does not expect.
func (x *exchange) unexpected(resp *nethttp.Response, body []byte) error {
	delay := retryafter.Of(resp.Header, time.Now())
	e := &connector.Error{
		Code: codeOf(resp.StatusCode), Class: classOf(resp.StatusCode, delay > 0), Status: resp.StatusCode,
		RequestID: requestID(resp), RetryAfter: delay, Outcome: x.unknown(),
		Message: strings.TrimSpace(fmt.Sprintf("%s was answered with %d %s", x.place(resp), resp.StatusCode, nethttp.StatusText(resp.StatusCode))),
	}
	if sendsOn(resp.StatusCode) && x.in.MaxRedirects > 0 {
		e.Message += "; a body is not sent to another host"
		if to, err := resp.Location(); err == nil {
			e.Message += ", here " + to.Host
		}
	}
	if refused(resp.StatusCode) {
		e.Outcome = connector.OutcomeFailed
	}
	if x.token != "" {
		body = bytes.ReplaceAll(body, []byte(x.token), []byte(schema.Masked))
	}
	if len(body) > 0 && len(body) <= maxDetails {
		said, err := decode(resp.Header.Get("Content-Type"), body)
		if err != nil {
			said = text("", body) // not the JSON that it says it is
		}
		e.Details = map[string]any{"body": said}
	}
	return e
}

func (x *exchange) tooLarge(resp *nethttp.Response) error {
	return &connector.Error{
		Code: codeTooLarge, Class: connector.ClassQuota, Status: resp.StatusCode, RequestID: requestID(resp), Outcome: x.unknown(),
		Message: fmt.Sprintf("%s: the body has more than %d bytes; maxResponseBytes allows more", x.place(resp), x.in.MaxResponseBytes),
	}
}

// unreadable is the failure of a request whose answer cannot be read.
func (x *exchange) unreadable(resp *nethttp.Response, class connector.Class, why string) error {
	return &connector.Error{
		Code: codeAnswer, Class: class, Status: resp.StatusCode, RequestID: requestID(resp), Outcome: x.unknown(),
		Message: x.place(resp) + ": " + why,
	}
}
