package main

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/devserver"
	"github.com/medlar-flow/medlar/internal/testenv"
)

// authority makes certificates for a test.
type authority struct {
	t      *testing.T
	folder string
	own    *testenv.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, folder: t.TempDir()}
	a.own = a.issue("ca", &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// path returns the file of a certificate or of its key.
func (a *authority) path(name string) string { return filepath.Join(a.folder, name+".pem") }

// issue makes a certificate and writes it and its key to files.
func (a *authority) issue(name string, template *x509.Certificate) *testenv.Certificate {
	a.t.Helper()
	template.Subject = pkix.Name{CommonName: name}
	made := testenv.Issue(a.t, template, a.own)
	text, key := made.PEM()
	for name, text := range map[string][]byte{name: text, name + "-key": key} {
		if err := os.WriteFile(a.path(name), text, 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	return made
}

// guarded puts TLS before a server: it lets callers through that have a
// certificate of the authority and the API key, and gives its address.
func guarded(t *testing.T, a *authority, server *devserver.Server, apiKey string) string {
	t.Helper()
	pair := a.issue("server", &x509.Certificate{DNSNames: []string{"temporal.example"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	a.issue("client", &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	callers := x509.NewCertPool()
	callers.AddCert(a.own.Certificate)
	plain := &http.Transport{Protocols: &http.Protocols{}}
	plain.Protocols.SetUnencryptedHTTP2(true)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: server.Address})
	proxy.Transport, proxy.FlushInterval = plain, -1
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	front := &http.Server{
		ReadHeaderTimeout: time.Minute,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{pair.TLS()}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: callers},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer "+apiKey {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			proxy.ServeHTTP(w, r)
		}),
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = front.ServeTLS(listener, "", "")
	}()
	t.Cleanup(func() {
		_ = front.Close()
		<-done
		plain.CloseIdleConnections()
	})
	return listener.Addr().String()
}

// A server that wants certificates and an API key.
func testTLS(t *testing.T, server *devserver.Server) {
	const apiKey = "the-key-of-the-namespace"
	a := newAuthority(t)
	address := guarded(t, a, server, apiKey)
	flags := []string{"--tls-ca", a.path("ca"), "--tls-cert", a.path("client"), "--tls-key", a.path("client-key"), "--tls-server-name", "temporal.example"}
	front := &devserver.Server{Address: address}
	b := newBench(t, front, "TEMPORAL_API_KEY="+apiKey)
	b.worker(flags...)
	path := b.flow("flow: guarded\nsteps: [{id: a, call: probe.read, with: {name: a, value: 7}}]\noutput: \"${steps.a}\"\n")
	if out := strings.TrimSpace(b.must(path, flags...)); out != "7" {
		t.Errorf("the result is %q", out)
	}
	for name, tt := range map[string]struct {
		env   string
		flags []string
	}{
		"another key":      {"TEMPORAL_API_KEY=another", flags},
		"no certificate":   {"TEMPORAL_API_KEY=" + apiKey, append([]string{"--tls-ca", a.path("ca")}, flags[6:]...)},
		"unknown server":   {"TEMPORAL_API_KEY=" + apiKey, flags[2:]},
		"another's server": {"TEMPORAL_API_KEY=" + apiKey, flags[:6]},
	} {
		other := newBench(t, front, tt.env)
		c := other.run(path, tt.flags...)
		if code := c.code(t); code != 1 || !strings.Contains(c.err.String(), address) || strings.Contains(c.err.String(), apiKey) {
			t.Errorf("%s: exit code %d:\n%s", name, code, c.err.String())
		}
	}
}
