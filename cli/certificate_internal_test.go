package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/serve"
)

// ownCertificate makes a certificate of 127.0.0.1.
func ownCertificate(t *testing.T, serial int64) *testenv.Certificate {
	t.Helper()
	return testenv.Issue(t, &x509.Certificate{
		SerialNumber: big.NewInt(serial), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}, nil)
}

// listening serves on a port of this machine; config is nil for plain HTTP. stop ends
// that and waits for it.
func listening(t *testing.T, server *serve.Server, config *tls.Config) (address string, stop func()) {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := serve.Listener{Listener: ln, Handler: server}
	if config != nil {
		l.TLS = askingForCertificates(config, server)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	return ln.Addr().String(), func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// A server shows the certificate that its files hold: a new one once both files are
// there, and the old one as long as they do not fit together. Connections that are open
// go on.
func TestCertificatesChangeOnDisk(t *testing.T) {
	folder := t.TempDir()
	c := &certificate{cert: filepath.Join(folder, "cert.pem"), key: filepath.Join(folder, "key.pem")}
	changed := time.Now().Add(-time.Hour)
	write := func(path string, text []byte) {
		t.Helper()
		changed = changed.Add(time.Minute) // clocks of file systems are coarse
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, changed, changed); err != nil {
			t.Fatal(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.looked = time.Time{} // time has passed
	}
	firstCert, firstKey := ownCertificate(t, 1).PEM()
	secondCert, secondKey := ownCertificate(t, 2).PEM()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(firstCert)
	roots.AppendCertsFromPEM(secondCert)

	if _, err := c.get(nil); err == nil {
		t.Error("there is a certificate without files")
	}
	write(c.cert, firstCert)
	write(c.key, firstKey)
	server, err := serve.New(t.Context(), serve.Config{})
	if err != nil {
		t.Fatal(err)
	}
	address, stop := listening(t, server, &tls.Config{GetCertificate: c.get, MinVersion: tls.VersionTLS12})
	client := func() *http.Client {
		return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	}
	shown := func(with *http.Client, want int64) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+address+"/-/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := with.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if serial := res.TLS.PeerCertificates[0].SerialNumber.Int64(); serial != want || res.ProtoMajor != 2 || res.StatusCode != 200 {
			t.Errorf("%s %d with the certificate %d, want HTTP/2, 200 and %d", res.Proto, res.StatusCode, serial, want)
		}
	}
	before := client()
	shown(before, 1)
	write(c.cert, secondCert)
	shown(client(), 1) // the key is still that of the first
	write(c.key, secondKey)
	shown(client(), 2)
	shown(before, 1)
	write(c.cert, []byte("-----BEGIN"))
	shown(client(), 2)
	if err := os.Remove(c.key); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	c.looked = time.Time{}
	c.mu.Unlock()
	shown(client(), 2)
	before.CloseIdleConnections()
	stop()
}
