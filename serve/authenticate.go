package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/serve/auth"
)

// authenticated reads how the callers of a route are known.
func (r *route) authenticated(ctx context.Context, c Config) error {
	t := r.trigger
	switch t.Auth {
	case "none":
		return nil
	case "":
		if c.Public {
			return fmt.Errorf("%s does not say how its callers are known, and the server is reached from beyond this machine: give it auth, or write auth: none", r.pattern())
		}
		return nil
	}
	params, err := t.Authentication(ctx, r.server.options(r.served)...)
	if err != nil {
		return fmt.Errorf("%s: %w", r.pattern(), err)
	}
	if r.auth, err = auth.Parse(params, auth.Options{Now: c.Now}); err != nil {
		return fmt.Errorf("%s: auth: %w", r.pattern(), err)
	}
	if r.auth.AsksForCertificate() {
		if c.Plain {
			return fmt.Errorf("%s knows its callers by their certificates, which they show over TLS alone: give --tls-cert and --tls-key, or in Go a Listener with TLS and a Config that is not Plain", r.pattern())
		}
		r.table.certificates = true
	}
	return nil
}

// AsksForCertificates reports whether a route knows its callers by certificates:
// the server has to ask for them, by tls.RequestClientCert.
func (s *Server) AsksForCertificates() bool { return s.now.Load().certificates }

// caller finds out who sends a request. A body that is read for that can be read
// again.
func (r *route) caller(x *exchange, req *http.Request) (auth.Caller, *report.Problem) {
	if r.auth == nil {
		return auth.Caller{}, nil
	}
	var unread *report.Problem // why the body was not read
	who, err := r.auth.Verify(req, func() ([]byte, error) {
		raw, p := r.server.readBody(x, req)
		if p != nil {
			unread = p
			return nil, errBody
		}
		req.Body = io.NopCloser(bytes.NewReader(raw))
		return raw, nil
	})
	x.access.Caller = who.Name
	switch {
	case unread != nil:
		return who, unread
	case err != nil:
		return who, x.unknown(err)
	}
	return who, nil
}

var errBody = errors.New("the body was not read")

// unknown is the problem of a request whose caller is not known.
func (x *exchange) unknown(err error) *report.Problem {
	p := &report.Problem{Status: http.StatusUnauthorized, Code: "Unauthorized", Detail: "the caller is not known", Help: "send the credentials that WWW-Authenticate asks for"}
	var refused *auth.Refusal
	if !errors.As(err, &refused) {
		return p
	}
	if refused.Challenge != "" {
		x.Header().Set("WWW-Authenticate", refused.Challenge)
	}
	p.Status, p.Detail = refused.Status, refused.Message
	switch refused.Status {
	case http.StatusForbidden:
		p.Code, p.Help = "Forbidden", "ask those who run the server to let this caller in"
	case http.StatusServiceUnavailable:
		p.Code, p.Help = "Unavailable", helpLater
	}
	if refused.Cause != nil {
		x.server.config.Notice(Notice{Problem: refused.Status == http.StatusServiceUnavailable, Text: "a caller is not known", Err: refused.Cause})
	}
	return p
}
