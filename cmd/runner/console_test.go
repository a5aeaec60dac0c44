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

// consoleProcess is a console in a process of its own.
type consoleProcess struct {
	cmd   *exec.Cmd
	lines *bufio.Reader // what it says
}

func startConsole(t *testing.T, args ...string) *consoleProcess {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "runner", append([]string{"console", "--log-format", "json"}, args...)...)
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return &consoleProcess{cmd, bufio.NewReader(said)}
}

// next returns what stands behind a mark in the next line.
func (c *consoleProcess) next(t *testing.T, mark string) string {
	t.Helper()
	line, err := c.lines.ReadString('\n')
	_, text, ok := strings.Cut(strings.TrimSpace(line), mark)
	if err != nil || !ok {
		t.Fatalf("it says %q, not %q: %v", line, mark, err)
	}
	return text
}

// end ends it with a signal, and returns the rest of what it says.
func (c *consoleProcess) end(t *testing.T) (log string) {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(c.lines)
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
	return string(rest)
}

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
	c := startConsole(t, flow, "--journal", filepath.Join(dir, "runs.db"))
	address, token := c.next(t, "the console is at "), c.next(t, "log in with the token ")
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
	log := c.end(t)
	if !strings.Contains(log, `"action":"start"`) || strings.Contains(log, token) {
		t.Errorf("it logs\n%s", log)
	}
}

const pagedFlow = `flow: pay
secrets: {token: {env: TOKEN}}
inputs: {customer: {type: string, required: true}, amount: {type: integer, required: true}, card: {type: object, required: true, members: {number: {type: string}}}, note: {type: string}}
triggers:
  - http: POST /pay/{customer}
    auth: {bearer: "${secrets.token}"}
  - name: nightly
    schedule: "0 3 * * *"
    timezone: Europe/Berlin
    with: {customer: none, amount: 1, card: {}}
steps:
  - {call: log.info, with: {message: "${ctx.customer}"}}
output: "${ctx.amount}"
`

// Beside a server the console stands on the address for operators, shows the runs of
// requests, and begins runs itself; what is watched does not hold up the end.
func TestServeConsole(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs SIGTERM")
	}
	dir := t.TempDir()
	flow := filepath.Join(dir, "pay.yaml")
	if err := os.WriteFile(flow, []byte(pagedFlow), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServing(t, []string{"TOKEN=quince-token"}, flow, "--journal", filepath.Join(dir, "runs.db"), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--log-level", "off")
	address, token := "", ""
	for _, line := range s.said {
		if _, text, ok := strings.Cut(line, "the console is at "); ok {
			address = text
		}
		if _, text, ok := strings.Cut(line, "log in with the token "); ok {
			token = text
		}
	}
	if address != s.admin+"/-/console/" || token == "" {
		t.Fatalf("it says %q", s.said)
	}
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar}
	defer client.CloseIdleConnections()
	send := func(method, url string, form url.Values) (path, body string) {
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.Request.URL.Path, string(text)
	}
	if path, _ := send("GET", s.admin+"/-/console", nil); path != "/-/console/login" {
		t.Errorf("without a login one comes to %s", path)
	}
	send("POST", address+"login", url.Values{"token": {token}})
	_, page := send("GET", address+"flows/pay", nil)
	for _, want := range []string{
		`curl -X POST -H &#39;Authorization: Bearer …&#39; -H &#39;Content-Type: application/json&#39; -d &#39;{&#34;amount&#34;:1,&#34;card&#34;:{}}&#39; &#34;` + s.url + `/pay/{customer}&#34;`,
		"03:00:00 CE",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the flow does not hold %s:\n%s", want, page)
		}
	}
	if strings.Contains(page, "quince") {
		t.Errorf("the page of the flow shows a secret:\n%s", page)
	}
	if _, page := send("GET", address, nil); !strings.Contains(page, "<h2>Triggers</h2>") || !strings.Contains(page, "03:00:00 CE") {
		t.Errorf("the overview does not say when the schedule ticks:\n%s", page)
	}
	req, _ := http.NewRequestWithContext(t.Context(), "POST", s.url+"/pay/ada", strings.NewReader(`{"amount":1,"card":{}}`))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer quince-token")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("the request that the page shows: %d %s", resp.StatusCode, body)
	}
	if path, page := send("POST", address+"flows/pay", url.Values{"i.customer": {"bob"}, "i.amount": {"2"}, "i.card": {"{}"}}); !strings.HasPrefix(path, "/-/console/runs/") {
		t.Errorf("the form does not begin a run: %s\n%s", path, page)
	}
	if _, page := send("GET", address+"runs", nil); strings.Count(page, "/-/console/runs/") != 2 {
		t.Errorf("there are other runs than the two that were begun:\n%s", page)
	}
	if _, text := send("GET", s.admin+"/-/runs", nil); strings.Count(text, `"flow":"pay"`) != 2 {
		t.Errorf("operators are told %s", text)
	}
	live, err := client.Get(address + "live/runs")
	if err != nil {
		t.Fatal(err)
	}
	defer live.Body.Close()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(live.Body); err != nil {
		t.Errorf("what is watched ends with %v", err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
}
