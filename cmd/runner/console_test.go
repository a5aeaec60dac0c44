package main

import (
	"bufio"
	"io"
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
)

// The console says where it is and what to log in with, logs what is done there, and
// ends with a signal.
func TestConsole(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs SIGTERM")
	}
	dir := t.TempDir()
	flow := filepath.Join(dir, "hello.yaml")
	if err := os.WriteFile(flow, []byte("flow: hello\nsteps:\n  - {call: log.info, with: {message: hello}}\noutput: done\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "runner", "console", flow, "--journal", filepath.Join(dir, "runs.db"), "--log-format", "json")
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewReader(said)
	next := func(mark string) string {
		line, err := lines.ReadString('\n')
		_, text, ok := strings.Cut(strings.TrimSpace(line), mark)
		if err != nil || !ok {
			t.Fatalf("it says %q, not %q: %v", line, mark, err)
		}
		return text
	}
	address, token := next("the console is at "), next("log in with the token ")
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar}
	defer client.CloseIdleConnections()
	send := func(path string, form url.Values) string {
		resp, err := client.PostForm(address+path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.Request.URL.Path + " " + string(body)
	}
	send("login", url.Values{"token": {token}})
	if page := send("flows/hello", nil); !strings.HasPrefix(page, "/runs/") {
		t.Errorf("the flow is not started: %s", page)
	}
	resp, err := client.Get(address + "operations/log.info")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if !strings.Contains(string(body), "parameters:") {
		t.Errorf("the page of an operation is not what ops says: %s", body)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	log, _ := io.ReadAll(lines)
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
	if !strings.Contains(string(log), `"action":"start"`) || strings.Contains(string(log), token) {
		t.Errorf("it logs\n%s", log)
	}
}
