package auth_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/testenv"
)

func newAuthority(t *testing.T, parent *testenv.Certificate) *testenv.Certificate {
	t.Helper()
	return testenv.Issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, parent)
}

func pemOf(c *testenv.Certificate) []byte {
	text, _ := c.PEM()
	return text
}

// client makes a certificate for clients, with those between it and the first
// authority.
func client(t *testing.T, by *testenv.Certificate, change func(c *x509.Certificate), between ...*testenv.Certificate) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "shop"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, DNSNames: []string{"shop.example"},
	}
	if change != nil {
		change(template)
	}
	return testenv.Issue(t, template, by).TLS(between...)
}

func TestCertificates(t *testing.T) {
	ca, stranger := newAuthority(t, nil), newAuthority(t, nil)
	below := newAuthority(t, ca)
	for _, c := range []struct {
		name   string
		cert   *tls.Certificate
		names  any
		status int // 0: let in
	}{
		{"good", new(client(t, ca, nil)), nil, 0},
		{"by an authority below", new(client(t, below, nil, below)), nil, 0},
		{"without that between", new(client(t, below, nil)), nil, 401},
		{"a name that may", new(client(t, ca, nil)), []any{"other", "shop.example"}, 0},
		{"a common name that may", new(client(t, ca, func(c *x509.Certificate) { c.DNSNames = nil })), "shop", 0},
		{"a name that may not", new(client(t, ca, nil)), []any{"erp.example"}, 403},
		{"of another authority", new(client(t, stranger, nil)), nil, 401},
		{"ended", new(client(t, ca, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })), nil, 401},
		{"for servers", new(client(t, ca, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })), nil, 401},
		{"none", nil, nil, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := fields{"ca": pemOf(ca)}
			if c.names != nil {
				in["names"] = c.names
			}
			a := mustParse(t, fields{"mutualTls": in}, time.Now())
			if !a.AsksForCertificate() {
				t.Error("asks for no certificate")
			}
			caller, err := a.Verify(overTLS(t, c.cert), unread(t))
			if c.status != 0 {
				refused(t, err, c.status)
				return
			}
			if err != nil || caller.Name != "shop.example" && caller.Name != "shop" || caller.ID == "" {
				t.Errorf("%+v, %v", caller, err)
			}
			again, err := a.Verify(overTLS(t, new(client(t, ca, func(x *x509.Certificate) {
				if caller.Name == "shop" {
					x.DNSNames = nil
				}
			}))), unread(t))
			if err != nil || again != caller {
				t.Errorf("a renewed certificate is another caller: %+v, %v", again, err)
			}
		})
	}
	if _, err := mustParse(t, fields{"mutualTls": fields{"ca": pemOf(ca)}}, time.Now()).Verify(request(), unread(t)); err == nil {
		t.Error("plain HTTP was let in")
	}
}

// overTLS returns a request as a server gets it from a client with this
// certificate.
func overTLS(t *testing.T, cert *tls.Certificate) *http.Request {
	t.Helper()
	var got *http.Request
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r }))
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	s.StartTLS()
	defer s.Close()
	c := s.Client()
	if cert != nil {
		c.Transport.(*http.Transport).TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	}
	resp, err := c.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return got
}
