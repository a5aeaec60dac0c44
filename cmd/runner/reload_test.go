package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/testenv"
)

// The command takes files that have changed, when it is told to or sees it, keeps those
// before where the new ones have a mistake, and drops no request meanwhile.
func TestServeReloads(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs SIGHUP")
	}
	ways := []string{"SIGHUP"}
	if testenv.Thorough() { // which looks every second
		ways = append(ways, "--watch")
	}
	for _, how := range ways {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write := func(text, token string) {
				t.Helper()
				for name, text := range map[string]string{"flows/f.yaml": text, "secrets.yaml": "token: " + token + "\n", "flows/sub.yaml": "flow: sub\noutput: " + token + "\n"} {
					path := filepath.Join(dir, name)
					if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path+"~", []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
					if err := os.Rename(path+"~", path); err != nil {
						t.Fatal(err)
					}
				}
			}
			flow := func(n int) string {
				return fmt.Sprintf("flow: f\nsecrets: {token: {}}\ntriggers: [{http: POST /f, auth: {bearer: \"${secrets.token}\"}}]\nsteps: [{id: s, flow: sub.yaml}]\noutput: {n: %d, sub: \"${steps.s}\"}\n", n)
			}
			write(flow(1), "one")
			args := []string{filepath.Join(dir, "flows"), "--volatile", "--secrets-file", filepath.Join(dir, "secrets.yaml"), "--listen", "127.0.0.1:0", "--log-level", "off", "--admin", "127.0.0.1:0"}
			if how == "--watch" {
				args = append(args, "--watch")
			}
			s := startServing(t, nil, args...)
			if !strings.Contains(strings.Join(s.said, "\n"), "--volatile: runs, their answers and the keys of requests end with this process") {
				t.Errorf("it says %q", s.said)
			}
			reload := func() {
				if how == "SIGHUP" {
					if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
						t.Fatal(err)
					}
				}
			}
			comesTo := func(token, want string) {
				t.Helper()
				for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
					status, text := s.get(t, http.MethodPost, "/f", "Authorization", "Bearer "+token)
					if status == 200 && text == want+"\n" {
						return
					}
					if status != 200 && status != 401 || time.Now().After(deadline) {
						t.Fatalf("%d %s, and not %s", status, text, want)
					}
				}
			}
			comesTo("one", `{"n":1,"sub":"one"}`)
			write(flow(2), "two")
			reload()
			comesTo("two", `{"n":2,"sub":"two"}`)
			if status, _ := s.get(t, http.MethodPost, "/f", "Authorization", "Bearer one"); status != 401 {
				t.Errorf("the old token: %d", status)
			}
			write("flow: f\ntriggers: [{http: POST f}]\n", "three")
			reload()
			s.operators(t, func(text string) bool {
				return strings.Contains(text, `f.yaml:2:`) && strings.Contains(text, "bad-route")
			})
			if status, text := s.get(t, http.MethodPost, "/f", "Authorization", "Bearer two"); status != 200 || text != `{"n":2,"sub":"two"}`+"\n" {
				t.Errorf("with files that have a mistake: %d %s", status, text)
			}
			// Secrets that are missing change nothing, those of steps too.
			for _, secrets := range []string{"other: x\n", "token: three\n"} {
				write(strings.Replace(flow(3), "{token: {}}", "{token: {}, ofStep: {}}", 1), "three")
				if err := os.WriteFile(filepath.Join(dir, "secrets.yaml"), []byte(secrets), 0o600); err != nil {
					t.Fatal(err)
				}
				reload()
				s.operators(t, func(text string) bool { return strings.Contains(text, "secret ofStep of flow f: not found") })
				if status, text := s.get(t, http.MethodPost, "/f", "Authorization", "Bearer two"); status != 200 || text != `{"n":2,"sub":"two"}`+"\n" {
					t.Errorf("with files whose secrets are missing: %d %s", status, text)
				}
			}
			write(flow(4), "four")
			reload()
			comesTo("four", `{"n":4,"sub":"four"}`)
			s.operators(t, func(text string) bool { return !strings.Contains(text, "refused") })
		})
	}
}
