package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/medlar-flow/medlar/internal/testenv"
)

// writeCertificate writes a certificate for this machine, and its key.
func writeCertificate(t *testing.T, dir string) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	own := testenv.Issue(t, &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}, nil)
	cert, key, pool = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), x509.NewCertPool()
	text, secret := own.PEM()
	for name, text := range map[string][]byte{cert: text, key: secret} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool.AddCert(own.Certificate)
	return cert, key, pool
}

// A console with users speaks HTTPS, gives no token, and logs who did what.
func TestConsoleOfUsers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs SIGTERM")
	}
	dir := t.TempDir()
	cert, key, pool := writeCertificate(t, dir)
	users := filepath.Join(dir, "users")
	passwd := exec.CommandContext(t.Context(), "runner", "console", "passwd", users, "ann", "--roles", "run")
	passwd.Stdin = strings.NewReader("correct horse\n")
	if out, err := passwd.CombinedOutput(); err != nil || bytes.Contains(out, []byte("horse")) {
		t.Fatalf("%v\n%s", err, out)
	}
	c := startConsole(t, "--journal", filepath.Join(dir, "runs.db"), "--users", users, "--tls-cert", cert, "--tls-key", key)
	address := c.next(t, "the console is at ")
	if !strings.HasPrefix(address, "https://127.0.0.1:") {
		t.Fatalf("it is at %s", address)
	}
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	defer client.CloseIdleConnections()
	post := func(path string, form url.Values) (status int, body string, cookie string) {
		resp, err := client.PostForm(address+path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		for _, c := range jar.Cookies(resp.Request.URL) {
			cookie += c.Name
		}
		return resp.StatusCode, string(text), cookie
	}
	if status, body, cookie := post("login", url.Values{"name": {"ann"}, "password": {"wrong horse"}}); status != http.StatusUnauthorized || cookie != "" {
		t.Errorf("%d %q %s", status, cookie, body)
	}
	if status, body, cookie := post("login", url.Values{"name": {"ann"}, "password": {"correct horse"}}); status != http.StatusOK || cookie == "" {
		t.Errorf("%d %q %s", status, cookie, body)
	}
	if status, _, _ := post("runs/none/cancel", nil); status != http.StatusNotFound {
		t.Errorf("%d", status)
	}
	log := c.end(t)
	for _, line := range []string{`"action":"cancel"`, `"who":"ann"`, `"error":"no user has this name and password"`} {
		if !strings.Contains(log, line) {
			t.Errorf("the log lacks %s", line)
		}
	}
	if strings.Contains(log, "horse") || strings.Contains(log, "token") {
		t.Errorf("it logs\n%s", log)
	}
}

// On the address for operators of a server whose console knows people, the rest asks for
// the same, unless it is said to ask nobody.
func TestServeAsksOperators(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs SIGTERM")
	}
	dir := t.TempDir()
	flow, users := filepath.Join(dir, "pay.yaml"), filepath.Join(dir, "users")
	if err := os.WriteFile(flow, []byte(pagedFlow), 0o600); err != nil {
		t.Fatal(err)
	}
	passwd := exec.CommandContext(t.Context(), "runner", "console", "passwd", users, "ann")
	passwd.Stdin = strings.NewReader("correct horse\n")
	if out, err := passwd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, tt := range []struct {
		more []string
		want int // of who does not say who they are
	}{{nil, http.StatusUnauthorized}, {[]string{"--admin-open"}, http.StatusOK}} {
		args := append([]string{flow, "--journal", filepath.Join(dir, "runs.db"), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--console-users", users, "--log-level", "off"}, tt.more...)
		s := startServing(t, []string{"TOKEN=quince-token"}, args...)
		get := func(path, name, password string) int {
			t.Helper()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.admin+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if name != "" {
				req.SetBasicAuth(name, password)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			return resp.StatusCode
		}
		for path, want := range map[string]int{"/-/runs": tt.want, "/-/schedules": tt.want, "/-/healthz": 200, "/-/readyz": 200, "/metrics": 200, "/-/console": 200} {
			if got := get(path, "", ""); got != want {
				t.Errorf("%v %s: %d, not %d", tt.more, path, got, want)
			}
		}
		if got := get("/-/runs", "ann", "correct horse"); got != http.StatusOK {
			t.Errorf("%v with a password: %d", tt.more, got)
		}
		if got := get("/-/runs", "ann", "wrong"); got != tt.want {
			t.Errorf("%v with a wrong password: %d", tt.more, got)
		}
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := s.cmd.Wait(); err != nil {
			t.Errorf("it ends with %v", err)
		}
	}
}
