// Package devserver starts Temporal servers for tests, on this machine alone.
package devserver

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Variable names the environment variable with the path of Temporal's command.
// Tests that need a server are skipped without it.
const Variable = "MEDLAR_TEMPORAL"

// Server is a server with a database that outlives it.
type Server struct {
	Address string
	Folder  string // of the database and the log

	t    testing.TB
	port int
	args []string
	cmd  *exec.Cmd
}

// Start starts a server with an empty database, and ends it with the test. args
// are further arguments of its command.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	if Program(t) == "" {
		t.Skip("no server: set " + Variable + " to the path of Temporal's command")
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, port: port, args: args, Address: fmt.Sprintf("127.0.0.1:%d", port), Folder: t.TempDir()}
	t.Cleanup(s.Kill)
	s.Again()
	return s
}

// Program returns the path of Temporal's command; empty where there is none.
func Program(testing.TB) string { return os.Getenv(Variable) }

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	defer l.Close() //nolint:errcheck // it only showed the port
	return l.Addr().(*net.TCPAddr).Port, nil
}

// patience is how long a server may take to start.
const patience = time.Minute

// Again starts the server, after Kill with the database that it had.
func (s *Server) Again() {
	s.t.Helper()
	log, err := os.OpenFile(filepath.Join(s.Folder, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close() // the server has it
	s.cmd = exec.Command(Program(s.t), "server", "start-dev", "--headless", "--ip", "127.0.0.1",
		"--port", fmt.Sprint(s.port), "--db-filename", filepath.Join(s.Folder, "temporal.db"), "--log-level", "error",
		"--search-attribute", "MedlarFlow=Keyword", "--search-attribute", "MedlarState=Keyword")
	s.cmd.Args = append(s.cmd.Args, s.args...)
	// It looks for newer versions of itself unless it is told not to.
	s.cmd.Env = append(os.Environ(), "HOME="+s.Folder, "TEMPORAL_VERSION_CHECK_DISABLED=1")
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		_, err := s.CLI("operator", "namespace", "describe", "default")
		if err == nil {
			return
		}
		if time.Now().After(end) {
			text, _ := os.ReadFile(log.Name())
			s.t.Fatalf("the server does not start: %v\n%s", err, text)
		}
	}
}

// Kill ends the server at once, as a loss of power would.
func (s *Server) Kill() {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
}

// CLI runs Temporal's command against the server and gives what it printed.
func (s *Server) CLI(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, Program(s.t), append(args, "--address", s.Address)...)
	cmd.Env = append(os.Environ(), "HOME="+s.Folder)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("temporal %v: %w", args, err)
	}
	return string(out), nil
}
