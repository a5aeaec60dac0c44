package http

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	nethttp "net/http"
	"net/http/httptest"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/testenv"
)

// selfSigned returns a certificate that is its own authority, and its key, in
// PEM.
func selfSigned(t *testing.T, name string) (certificate, key []byte) {
	t.Helper()
	return testenv.Issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, nil).PEM()
}

// A server that asks for a certificate gets it.
func TestClientCertificates(t *testing.T) {
	certificate, key := selfSigned(t, "medlar")
	_, otherKey := selfSigned(t, "other")
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(certificate)
	server := httptest.NewUnstartedServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		_, _ = w.Write([]byte(r.TLS.PeerCertificates[0].Subject.CommonName))
	}))
	server.Config.ErrorLog = discard()
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trusted}
	server.StartTLS()
	defer server.Close()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})

	for name, in := range map[string]params{
		"bytes":    {"clientCertificate": certificate, "clientKey": key},
		"text":     {"clientCertificate": string(certificate), "clientKey": string(key)},
		"one file": {"clientCertificate": append(append([]byte{}, certificate...), key...)},
	} {
		in["caCertificates"] = string(authority)
		conn, err := opened(t, in, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := call(t.Context(), t, conn, params{"url": server.URL})
		if err != nil || got["body"] != any("medlar") {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	conn, err := opened(t, params{"caCertificates": authority}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if failure := failed(t, conn, params{"url": server.URL}); failure.Class != connector.ClassUnavailable && failure.Class != connector.ClassDenied {
		t.Errorf("without a certificate: %v", failure)
	}
	for name, in := range map[string]params{
		"a key alone":       {"clientKey": key},
		"another's key":     {"clientCertificate": certificate, "clientKey": otherKey},
		"no key":            {"clientCertificate": certificate},
		"no certificate":    {"clientCertificate": []byte("x"), "clientKey": key},
		"with a bearer too": {"bearer": "x", "oauth2": params{"tokenUrl": "https://a/", "clientId": "a", "clientSecret": "b"}},
		"no token URL":      {"oauth2": params{"tokenUrl": "nowhere", "clientId": "a", "clientSecret": "b"}},
	} {
		if _, err := opened(t, in, nil); connector.AsError(err).Code != codeConnection {
			t.Errorf("%s: %v", name, err)
		}
	}
}
