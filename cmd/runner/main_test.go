package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	if name := filepath.Base(os.Args[0]); name != "runner" && name != "runner.exe" && name != "queues" { // a script's command has the script's environment
		testenv.Clean()
	}
	testscript.Main(m, map[string]func(){"runner": main, "queues": queues})
}

// TestScripts runs the scripts of testdata, each in a folder of its own with
// the command as "runner".
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: setup,
		Cmds:  map[string]func(*testscript.TestScript, bool, []string){"code": code, "sqlite": sqlite},
		// UPDATE=1 writes the outputs that scripts compare with.
		UpdateScripts: os.Getenv("UPDATE") != "",
	})
}

// setup keeps the machine's AWS settings out, and makes the files that a
// script cannot hold.
func setup(env *testscript.Env) error {
	// Scripts use what every Unix has, wherever the caller's PATH leads.
	env.Setenv("PATH", strings.Join([]string{env.Getenv("PATH"), "/usr/bin", "/bin"}, string(os.PathListSeparator)))
	env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	env.Setenv("AWS_CONFIG_FILE", filepath.Join(env.WorkDir, "no-config"))
	env.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(env.WorkDir, "no-credentials"))
	examples, err := filepath.Abs("../../flows/examples")
	if err != nil {
		return err
	}
	env.Setenv("EXAMPLES", examples)
	if filepath.Base(env.WorkDir) == "script-http" {
		server := httptest.NewServer(http.HandlerFunc(echo))
		env.Defer(server.Close)
		env.Setenv("SERVER", server.URL)
	}
	if filepath.Base(env.WorkDir) == "script-killed" {
		server := httptest.NewServer(killer(env.WorkDir))
		env.Defer(server.Close)
		env.Setenv("SERVER", server.URL)
	}
	bad := filepath.Join(env.WorkDir, "bad")
	if err := os.MkdirAll(filepath.Join(bad, "folder.yaml"), 0o700); err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"empty.yaml": nil,
		"nul.yaml":   []byte("flow: a\x00b\n"),
		"large.yaml": bytes.Repeat([]byte("# padding padding padding padding\n"), 20<<20/34),
		"binary.yaml": append([]byte{0x7f, 'E', 'L', 'F', 0xff, 0xfe},
			bytes.Repeat([]byte{0x80, 0x01}, 100)...),
	} {
		if err := os.WriteFile(filepath.Join(bad, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// killer writes down what is requested of it, and kills the process whose number
// stands in a file when it is asked to charge.
func killer(folder string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		log, err := os.OpenFile(filepath.Join(folder, "requests"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = log.WriteString(r.Method + " " + r.URL.Path + "\n")
		_ = log.Close()
		if r.URL.Path != "/charge" {
			return
		}
		for range 500 {
			text, _ := os.ReadFile(filepath.Join(folder, "pid"))
			if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
				if process, err := os.FindProcess(pid); err == nil {
					_ = process.Kill()
				}
				return
			}
			time.Sleep(10 * time.Millisecond) // the shell has not written it yet
		}
	}
}

// echo answers with what it was sent; as a proxy too. A path that is a number is
// the status.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	if status, err := strconv.Atoi(strings.Trim(r.URL.Path, "/")); err == nil {
		w.WriteHeader(status)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"method": r.Method, "uri": r.RequestURI, "body": string(body),
		"authorized": r.Header.Get("Authorization") == "Bearer a-token-to-hide", "hasKey": r.Header.Get("Idempotency-Key") != "",
	})
}

// sqlite changes a journal behind the back of those who use it.
func sqlite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sqlite FILE STATEMENTS")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(args[1])
	ts.Check(err)
}

// code runs a program and compares its exit code: code 2 runner run x.yaml.
func code(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if neg || err != nil {
		ts.Fatalf("usage: code N program args...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
