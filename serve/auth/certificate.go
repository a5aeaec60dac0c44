package auth

import (
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

const certificateChallenge = `ClientCertificate realm="medlar"`

// certificate takes those of some authorities.
type certificate struct {
	roots *x509.CertPool
	names []string // nil for all
	now   func() time.Time
}

func newCertificate(in *certificateIn, now func() time.Time) (*certificate, error) {
	c := &certificate{roots: x509.NewCertPool(), names: in.Names, now: now}
	if !c.roots.AppendCertsFromPEM(in.CA) {
		return nil, errors.New("ca holds no certificate in PEM")
	}
	return c, nil
}

// verify takes the certificate of the connection: that the client has its key
// was proven when it was made.
func (c *certificate) verify(r *http.Request, _ Body) (Caller, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return Caller{}, unauthorized(certificateChallenge, "the client shows no certificate")
	}
	leaf := r.TLS.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, one := range r.TLS.PeerCertificates[1:] {
		between.AddCert(one)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: c.roots, Intermediates: between, CurrentTime: c.now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		refused := unauthorized(certificateChallenge, "the client's certificate is not valid here")
		refused.Cause = err
		return Caller{}, refused
	}
	names := namesOf(leaf)
	if c.names != nil && !slices.ContainsFunc(names, func(name string) bool { return slices.Contains(c.names, name) }) {
		return Caller{}, &Refusal{Status: http.StatusForbidden, Challenge: certificateChallenge, Message: "the client's certificate is valid, but not for this"}
	}
	caller := Caller{ID: identity("certificate", string(leaf.RawSubject), strings.Join(names, "\n"))}
	if len(names) > 0 {
		caller.Name = names[0]
	}
	return caller, nil
}

// namesOf returns the names of a certificate, the most exact ones first.
func namesOf(leaf *x509.Certificate) []string {
	var names []string
	for _, uri := range leaf.URIs {
		names = append(names, uri.String())
	}
	names = append(append(names, leaf.DNSNames...), leaf.EmailAddresses...)
	if leaf.Subject.CommonName != "" {
		names = append(names, leaf.Subject.CommonName)
	}
	return names
}
