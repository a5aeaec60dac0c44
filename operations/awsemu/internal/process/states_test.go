package process

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// What a runtime may say, in order, and how it is answered.
func TestRuntimeStates(t *testing.T) {
	for _, row := range []struct {
		name   string
		paths  []string
		status int
	}{
		{"answer", []string{"invocation/1/response"}, http.StatusAccepted},
		{"answered twice", []string{"invocation/1/response", "invocation/1/response"}, http.StatusForbidden},
		{"failed after the answer", []string{"invocation/1/response", "invocation/1/error"}, http.StatusForbidden},
		{"another invocation", []string{"invocation/2/response"}, http.StatusBadRequest},
		{"init fails after it was ready", []string{"init/error"}, http.StatusForbidden},
	} {
		t.Run(row.name, func(t *testing.T) {
			api := newRuntimeAPI(newExtensions(About{}, nil))
			api.set(newJob(Invocation{ID: "1", Timeout: time.Second}))
			var w *httptest.ResponseRecorder
			for _, path := range row.paths {
				w = httptest.NewRecorder()
				api.mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, apiPath+path, strings.NewReader("{}")))
			}
			if w.Code != row.status || row.status == http.StatusForbidden && !strings.Contains(w.Body.String(), "InvalidStateTransition") {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
}

// An error that is no JSON keeps its text.
func TestErrorsKeepTheirText(t *testing.T) {
	api := newRuntimeAPI(newExtensions(About{}, nil))
	j := newJob(Invocation{ID: "1", Timeout: time.Second})
	api.set(j)
	api.mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, apiPath+"invocation/1/error", strings.NewReader("it broke")))
	if out := <-j.done; string(out.Payload) != "it broke" || out.Failure != "Unhandled" {
		t.Errorf("got %+v", out)
	}
}

// A start that is too slow is tried again, with the function's own timeout.
func TestSlowStartIsTriedAgain(t *testing.T) {
	spawner := &Spawner{}
	defer spawner.Close()
	pool := NewPool(spawner, Spec{Command: []string{"/bin/sh", "-c", "sleep 30"}, Dir: t.TempDir()}, 1, time.Second)
	defer pool.Close()
	pool.initLimit = 50 * time.Millisecond
	out, err := pool.Invoke(t.Context(), Invocation{ID: "1", Timeout: 100 * time.Millisecond})
	if err != nil || out.Failure != failTimeout || !strings.Contains(string(out.Payload), "Task timed out after 0.10 seconds") {
		t.Errorf("got %+v, %v", out, err)
	}
}

// A runtime that connects at once and then loads its code for as long as a
// function may run keeps its connection.
func TestSlowStartKeepsItsConnection(t *testing.T) {
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := newProcess(Spec{}, listener)
	defer p.end()
	if limit := p.server.ReadHeaderTimeout; limit < 15*time.Minute || p.server.ReadTimeout != 0 || p.server.IdleTimeout != 0 {
		t.Errorf("a connection that sends nothing ends after %s", limit)
	}
}
