package cli

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/serve"
)

// clientOf makes a certificate for clients that an authority signs; nil has it sign
// itself.
func clientOf(t *testing.T, authority *testenv.Certificate) *tls.Certificate {
	t.Helper()
	return new(testenv.Issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "shop"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, authority).TLS())
}

// A server asks for certificates as long as a route knows its callers by them, over
// HTTP/1.1 and HTTP/2; other routes take callers that have none. Nobody is served HTTP/2
// without TLS.
func TestMutualTLS(t *testing.T) {
	own := ownCertificate(t, 1)
	cert, _ := own.PEM()
	registry, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	load := func(text string) []serve.Served {
		flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}, "ca.pem": {Data: cert}}, "f.yaml", registry)
		if err != nil {
			t.Fatal(err)
		}
		return []serve.Served{{Flow: flow}}
	}
	const open = "flow: f\ntriggers:\n  - {http: POST /open, auth: none}\n"
	const known = open + "  - {http: POST /known, auth: {mutualTls: {ca: {file: ca.pem}, names: shop}}, with: {}}\n"
	server, err := serve.New(t.Context(), serve.Config{Flows: load(known + "output: 1\n"), Public: true})
	if err != nil {
		t.Fatal(err)
	}
	address, stop := listening(t, server, &tls.Config{Certificates: []tls.Certificate{own.TLS()}, MinVersion: tls.VersionTLS12})
	roots := x509.NewCertPool()
	roots.AddCert(own.Certificate)
	good, stranger := clientOf(t, own), clientOf(t, nil)
	status := func(path string, with *tls.Certificate, protocol int) (status int, asked bool) {
		t.Helper()
		config := &tls.Config{RootCAs: roots, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = true
			if with == nil {
				return &tls.Certificate{}, nil
			}
			return with, nil
		}}
		transport := &http.Transport{TLSClientConfig: config, Protocols: new(http.Protocols)}
		transport.Protocols.SetHTTP1(protocol == 1)
		transport.Protocols.SetHTTP2(protocol == 2)
		defer transport.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := (&http.Client{Transport: transport}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.ProtoMajor != protocol {
			t.Errorf("%s over HTTP/%d", path, res.ProtoMajor)
		}
		return res.StatusCode, asked
	}
	for _, protocol := range []int{1, 2} {
		for _, c := range []struct {
			path string
			with *tls.Certificate
			want int
		}{{"/known", good, 200}, {"/known", stranger, 401}, {"/known", nil, 401}, {"/open", nil, 200}, {"/open", stranger, 200}} {
			if got, asked := status(c.path, c.with, protocol); got != c.want || !asked {
				t.Errorf("%s over HTTP/%d: %d, want %d; asked for a certificate: %t", c.path, protocol, got, c.want, asked)
			}
		}
	}
	if err := server.Reload(t.Context(), load(open+"output: 1\n"), nil); err != nil {
		t.Fatal(err)
	}
	if got, asked := status("/open", good, 2); got != 200 || asked {
		t.Errorf("without such a route: %d; asked for a certificate: %t", got, asked)
	}
	stop()
	if _, err := serve.New(t.Context(), serve.Config{Flows: load(known + "output: 1\n"), Plain: true}); err == nil {
		t.Error("certificates are asked for without TLS")
	}
}

// HTTP/2 without TLS is not spoken.
func TestNoHTTP2WithoutTLS(t *testing.T) {
	server, err := serve.New(t.Context(), serve.Config{})
	if err != nil {
		t.Fatal(err)
	}
	address, stop := listening(t, server, nil)
	for _, spoken := range []int{1, 2} {
		transport := &http.Transport{Protocols: new(http.Protocols)}
		transport.Protocols.SetHTTP1(spoken == 1)
		transport.Protocols.SetUnencryptedHTTP2(spoken == 2)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/-/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := (&http.Client{Transport: transport}).Do(req)
		if err == nil {
			_ = res.Body.Close()
		}
		if (err == nil) != (spoken == 1) {
			t.Errorf("HTTP/%d: %v", spoken, err)
		}
		transport.CloseIdleConnections()
	}
	stop()
}
