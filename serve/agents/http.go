package agents

import (
	"errors"
	"net/http"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/medlar-flow/medlar/serve"
	"github.com/medlar-flow/medlar/serve/auth"
)

// stateless is the first version of the protocol that has no sessions.
const stateless = "2026-07-28"

// idle is how long a session of an older version may be silent.
const idle = 10 * time.Minute

// Handler answers agents over HTTP, at the path that it is mounted on. It takes the
// versions of the protocol that have sessions and those that have none: cancellation is
// heard by a handler of the first kind only in the former, by one of the second only in
// the latter. Requests from pages of other origins are refused, and so are callers that
// may call no tool. maxBody bounds a request, in bytes; 0 is the default of the library.
func (a *Agents) Handler(maxBody int64) http.Handler {
	if maxBody <= 0 {
		maxBody = mcp.DefaultMaxRequestBodyBytes
	}
	current := func(*http.Request) *mcp.Server { return a.current() }
	newer := a.exact(mcp.NewStreamableHTTPHandler(current, &mcp.StreamableHTTPOptions{
		Stateless: true, PropagateRequestCancellation: true, MaxRequestBodyBytes: maxBody + roomForNumbers,
	}), maxBody)
	older := a.exact(mcp.NewStreamableHTTPHandler(current, &mcp.StreamableHTTPOptions{SessionTimeout: idle, MaxRequestBodyBytes: maxBody + roomForNumbers}), maxBody)
	origin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var refused *auth.Refusal
		caller, err := a.server.ToolCaller(req.Header)
		switch {
		case a.isClosed():
			http.Error(w, "the server has ended", http.StatusServiceUnavailable)
			return
		case !sameOrigin(origin, req):
			http.Error(w, "the request comes from a page of another origin", http.StatusForbidden)
			return
		case errors.Is(err, serve.ErrNoTool):
			http.Error(w, "no flow that is served has a tool", http.StatusNotFound)
			return
		case errors.As(err, &refused):
			if refused.Challenge != "" {
				w.Header().Set("WWW-Authenticate", refused.Challenge)
			}
			http.Error(w, refused.Message, refused.Status)
			return
		case err != nil:
			http.Error(w, "the caller is not known", http.StatusUnauthorized)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if req.Header.Get("Mcp-Protocol-Version") >= stateless {
			newer.ServeHTTP(w, req) // its session ends with the answer
		} else {
			a.inSessions(older, w, req, caller)
		}
	})
}

// sameOrigin reports whether a request comes from a page of this origin, or from no
// page; GET, which net/http lets pass, begins a stream here.
func sameOrigin(check *http.CrossOriginProtection, req *http.Request) bool {
	as := *req
	as.Method = http.MethodPost
	return check.Check(&as) == nil
}
