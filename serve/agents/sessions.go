package agents

import (
	"encoding/json"
	"net/http"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// sessionHeader names the session of a request, in versions of the protocol that have
// some.
const sessionHeader = "Mcp-Session-Id"

const (
	// mostSessions bounds the sessions of older versions at the same time: each keeps what
	// its agent said of itself, until it is silent for a while.
	mostSessions = 1000
	// mostBegin is how many bytes the message may have that begins a session.
	mostBegin = 64 << 10
)

// sessions are those that agents have over HTTP, by their ids, with who began each:
// nobody else may go on with it.
type sessions struct {
	mu     sync.Mutex
	begun  map[string]string
	coming int // requests that may begin one
	most   int
}

// enter takes a place for a session that a request may begin; false where there is none.
// left lists the sessions that there are, for where there are too many.
func (s *sessions) enter(there func() map[string]bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.begun)+s.coming >= s.most {
		live := there()
		for id := range s.begun {
			if !live[id] {
				delete(s.begun, id)
			}
		}
	}
	if len(s.begun)+s.coming >= s.most {
		return false
	}
	s.coming++
	return true
}

func (s *sessions) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.coming--
}

func (s *sessions) begin(id, caller string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun == nil {
		s.begun = map[string]string{}
	}
	s.begun[id] = caller
}

// isAnothers reports whether another caller began a session.
func (s *sessions) isAnothers(id, caller string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	owner, known := s.begun[id]
	return known && owner != caller
}

// live are the ids of the sessions that there are.
func (a *Agents) live() map[string]bool {
	a.mu.Lock()
	servers := append([]*mcp.Server{a.made}, a.before...)
	a.mu.Unlock()
	ids := map[string]bool{}
	for _, s := range servers {
		if s == nil {
			continue
		}
		for session := range s.Sessions() {
			ids[session.ID()] = true
		}
	}
	return ids
}

// inSessions has a handler of the library answer requests that belong to sessions.
func (a *Agents) inSessions(next http.Handler, w http.ResponseWriter, req *http.Request, caller string) {
	id := req.Header.Get(sessionHeader)
	switch {
	case id != "" && a.sessions.isAnothers(id, caller):
		http.Error(w, "session not found", http.StatusNotFound) // as for one that there is not
		return
	case id != "" || req.Method != http.MethodPost:
		next.ServeHTTP(w, req)
		return
	case !a.sessions.enter(a.live):
		w.Header().Set("Retry-After", "10")
		http.Error(w, "too many agents have a session", http.StatusServiceUnavailable)
		return
	}
	defer a.sessions.leave()
	next.ServeHTTP(&sessionWriter{ResponseWriter: w, begin: sync.OnceFunc(func() {
		if id := w.Header().Get(sessionHeader); id != "" {
			a.sessions.begin(id, caller)
		}
	})}, req)
	if a.isClosed() {
		a.endSessions() // one that began meanwhile
	}
}

// sessionWriter learns the session that an answer begins before the agent does.
type sessionWriter struct {
	http.ResponseWriter

	begin func()
}

// WriteHeader writes the header.
func (w *sessionWriter) WriteHeader(status int) {
	w.begin()
	w.ResponseWriter.WriteHeader(status)
}

// Write writes a part of the body.
func (w *sessionWriter) Write(text []byte) (int, error) {
	w.begin()
	return w.ResponseWriter.Write(text) //nolint:wrapcheck // it stands in for it
}

// Unwrap is for http.ResponseController.
func (w *sessionWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// begins reports whether a message, or one of a batch, begins a session.
func begins(body []byte) bool {
	type message struct{ Method string }
	var one message
	if json.Unmarshal(body, &one) == nil {
		return one.Method == "initialize"
	}
	var list []message
	if json.Unmarshal(body, &list) != nil {
		return false
	}
	for _, one := range list {
		if one.Method == "initialize" {
			return true
		}
	}
	return false
}
