package agents_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/medlar-flow/medlar/serve/agents"
)

const (
	beginSession = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}`
	listTools    = `{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{}}`
)

// asks sends a message of a session, which may be empty, and returns the status and the
// session that the answer names.
func asks(t *testing.T, server http.Handler, method, session, token, message string) (status int, named string) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, "http://example.com"+mounted, strings.NewReader(message))
	for name, v := range map[string]string{
		"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Mcp-Session-Id": session, "Authorization": token,
	} {
		if v != "" {
			req.Header.Set(name, v)
		}
	}
	w := httptest.NewRecorder()
	server.ServeHTTP(w, req)
	return w.Code, w.Header().Get("Mcp-Session-Id")
}

// A session is that of the caller who began it, and nobody else's.
func TestSessionsAreTheCallers(t *testing.T) {
	server, a := serving(t, &shop{held: make(chan struct{})}, nil)
	defer a.Close()
	const token = "Bearer s3cret-token"
	status, session := asks(t, server, http.MethodPost, "", token, beginSession)
	if status != http.StatusOK || session == "" {
		t.Fatalf("no session: %d", status)
	}
	for _, c := range []struct {
		name, method, session, token, message string
		status                                int
	}{
		{"its caller", http.MethodPost, session, token, listTools, 200},
		{"another caller", http.MethodPost, session, "", listTools, 404},
		{"another caller cancels", http.MethodPost, session, "", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}`, 404},
		{"another caller ends it", http.MethodDelete, session, "", "", 404},
		{"nobody's", http.MethodPost, "no-session", "", listTools, 404},
		{"its caller again", http.MethodPost, session, token, listTools, 200},
		{"its caller ends it", http.MethodDelete, session, token, "", 204},
		{"it has ended", http.MethodPost, session, token, listTools, 404},
	} {
		if got, _ := asks(t, server, c.method, c.session, c.token, c.message); got != c.status {
			t.Errorf("%s: %d, want %d", c.name, got, c.status)
		}
	}
}

// Sessions are bounded, and so is what begins one; those that ended make room.
func TestSessionsAreBounded(t *testing.T) {
	server, a := serving(t, &shop{held: make(chan struct{})}, nil)
	defer a.Close()
	agents.SetMostSessions(a, 3)
	var last string
	for i := range 3 {
		status, session := asks(t, server, http.MethodPost, "", "", beginSession)
		if status != http.StatusOK || session == "" {
			t.Fatalf("session %d: %d", i, status)
		}
		last = session
	}
	if status, _ := asks(t, server, http.MethodPost, "", "", beginSession); status != http.StatusServiceUnavailable {
		t.Errorf("one too many: %d", status)
	}
	if status, _ := asks(t, server, http.MethodDelete, last, "", ""); status != http.StatusNoContent {
		t.Errorf("the end of one: %d", status)
	}
	if status, _ := asks(t, server, http.MethodPost, "", "", strings.Replace(beginSession, `"name":"a"`, `"name":"`+strings.Repeat("a", 100_000)+`"`, 1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large one: %d", status)
	}
	if status, _ := asks(t, server, http.MethodPost, "", "", beginSession); status != http.StatusOK {
		t.Errorf("in its place: %d", status)
	}
}

// After Close no agent has a session: not one that comes, and not one that came before and
// begins later.
func TestClosedTakesNoSessions(t *testing.T) {
	server, a := serving(t, &shop{held: make(chan struct{})}, nil)
	came, goes := make(chan struct{}), make(chan struct{})
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://example.com"+mounted, &heldBody{Reader: strings.NewReader(beginSession), came: came, goes: goes})
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	w, answered := httptest.NewRecorder(), make(chan struct{})
	go func() {
		defer close(answered)
		server.ServeHTTP(w, req)
	}()
	<-came
	a.Close()
	close(goes)
	<-answered
	if n := agents.Sessions(a); n != 0 {
		t.Errorf("%d sessions live on", n)
	}
	if status, session := asks(t, server, http.MethodPost, "", "", beginSession); status != http.StatusServiceUnavailable || session != "" {
		t.Errorf("it is answered with %d, session %q", status, session)
	}
	in, out := io.Pipe()
	defer out.Close()
	if err := a.Serve(t.Context(), in, out); !errors.Is(err, agents.ErrClosed) {
		t.Errorf("an agent on standard input is given %v", err)
	}
	a.Close()
}

// heldBody tells that somebody reads it, and waits.
type heldBody struct {
	*strings.Reader

	once       sync.Once
	came, goes chan struct{}
}

func (b *heldBody) Read(p []byte) (int, error) {
	b.once.Do(func() { close(b.came); <-b.goes })
	return b.Reader.Read(p)
}

// Close ends who speaks on standard input.
func TestCloseEndsServe(t *testing.T) {
	_, a := serving(t, &shop{held: make(chan struct{})}, nil)
	in, toAgents := io.Pipe()
	defer toAgents.Close()
	fromAgents, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(t.Context(), in, out) }()
	go func() { _, _ = io.WriteString(toAgents, beginSession+"\n") }()
	if _, err := bufio.NewReader(fromAgents).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	a.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
