package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, parent *authority) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a := &authority{}
	a.cert, a.key = makeCertificate(t, template, parent)
	return a
}

func makeCertificate(t *testing.T, template *x509.Certificate, parent *authority) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, by := key, template
	if parent != nil {
		signer, by = parent.key, parent.cert
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, by, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// client makes a certificate for clients, with those between it and the first
// authority.
func client(t *testing.T, by *authority, change func(c *x509.Certificate), between ...*authority) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "shop"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, DNSNames: []string{"shop.example"},
	}
	if change != nil {
		change(template)
	}
	cert, key := makeCertificate(t, template, by)
	c := tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
	for _, one := range between {
		c.Certificate = append(c.Certificate, one.cert.Raw)
	}
	return c
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
			in := fields{"ca": ca.pem()}
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
	if _, err := mustParse(t, fields{"mutualTls": fields{"ca": ca.pem()}}, time.Now()).Verify(request(), unread(t)); err == nil {
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
