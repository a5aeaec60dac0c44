// Package reach says why an HTTP request that the program makes for itself failed,
// without what may be secret: the address, and what was sent and received. net/http puts
// the whole address around its errors, and parts of an answer into some of them.
package reach

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
)

// Failure returns why http.Client could not make a request, or the body of its answer
// could not be read, for operators. It is a context's error where it was that.
func Failure(err error) error {
	if err == nil {
		return nil
	}
	f := &failure{why: reason(err)}
	for _, ended := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, ended) {
			f.err = ended
		}
	}
	return f
}

// Address returns where a request goes, without user, password, query and fragment.
func Address(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return shown.String()
}

// failure is an error that says no more than its text.
type failure struct {
	why string
	err error // of a context; nil for none
}

// Error says why.
func (f *failure) Error() string { return f.why }

// Unwrap returns the error of a context.
func (f *failure) Unwrap() error { return f.err }

// reason words an error. What is not known here may hold the address or a part of an
// answer, and is not shown.
func reason(err error) string {
	var (
		timed net.Error
		dns   *net.DNSError
		op    *net.OpError
		errno syscall.Errno
	)
	switch {
	case errors.Is(err, context.Canceled):
		return "the request was stopped"
	case errors.As(err, &timed) && timed.Timeout():
		return "no answer in time"
	case errors.As(err, &dns):
		return "the name of the host is not found"
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return "the proxy does not answer"
	case errors.As(err, &op) && op.Op == "remote error": // an alert of TLS
		return "it ends the handshake: " + op.Err.Error()
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed before the end of the answer"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "it does not speak TLS there"
	default:
		return ofTLS(err)
	}
}

// ofTLS words an error of the handshake, and what is left.
func ofTLS(err error) string {
	var (
		name    x509.HostnameError
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		other   *tls.CertificateVerificationError
		record  tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &name):
		return "its certificate is for another name"
	case errors.As(err, &unknown):
		return "its certificate is signed by an unknown authority"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired or is not yet valid"
	case errors.As(err, &other):
		return "its certificate is not accepted"
	case errors.As(err, &record):
		return "it does not speak TLS there"
	default:
		return "what it sent is no HTTP, or the exchange broke off"
	}
}
