package console

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/people"
)

// isBeside reports whether a request is for what stands beside the console.
func (c *Console) isBeside(req *http.Request) bool {
	return c.config.Beside != nil && !strings.HasPrefix(req.URL.Path, c.config.Prefix+"/")
}

// beside answers what stands beside the console, for whoever has the role.
func (c *Console) beside(w http.ResponseWriter, req *http.Request) {
	if reads(req) && slices.Contains(c.config.Open, req.URL.Path) {
		c.config.Beside.ServeHTTP(w, req)
		return
	}
	who, ok := c.sessions.find(req)
	if !ok {
		if who, ok = c.known(w, req); !ok {
			return
		}
	}
	r := &request{Request: req, visitor: who}
	a := besideAction(req)
	if why := c.besideRefuses(r, a); why != "" {
		if !reads(req) {
			a.Err = errors.New(why)
			c.audit(r, a)
		}
		problem(w, report.Problem{Status: http.StatusForbidden, Code: "Forbidden", Detail: why, Help: "ask for it whoever gives out the roles of the console"})
		return
	}
	if reads(req) {
		c.config.Beside.ServeHTTP(w, req)
		return
	}
	s := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	c.config.Beside.ServeHTTP(s, req)
	if s.status >= http.StatusBadRequest {
		a.Err = errors.New(strings.ToLower(http.StatusText(s.status)))
	}
	c.audit(r, a)
}

// reads reports whether a request changes nothing.
func reads(req *http.Request) bool {
	return req.Method == http.MethodGet || req.Method == http.MethodHead
}

// besideAction says what a request asks for: "/-/runs/RUN/cancel", say. A name of a run
// may hold what is escaped in an address.
func besideAction(req *http.Request) Action {
	parts := strings.Split(strings.TrimPrefix(req.URL.EscapedPath(), "/-/"), "/")
	for i := range parts {
		if text, err := url.PathUnescape(parts[i]); err == nil {
			parts[i] = text
		}
	}
	switch {
	case parts[0] == "signals" && len(parts) > 2:
		name := strings.Join(parts[2:], "/")
		if strings.Contains(name, "/") {
			name = "/" + name // one of a flow that the run calls
		}
		return Action{What: "signal", Run: parts[1], Detail: name}
	case parts[0] == "runs" && len(parts) == 3:
		return Action{What: parts[2], Run: parts[1]}
	}
	return Action{What: req.Method + " " + req.URL.Path}
}

// besideRefuses says which role somebody lacks; empty for none.
func (c *Console) besideRefuses(r *request, a Action) (why string) {
	switch {
	case reads(r.Request):
		if !r.may(people.View) {
			return "that needs the role " + people.View
		}
	case a.What == "signal":
		var roles []string
		if flow, err := c.config.Journal.Load(r.Context(), a.Run, c.config.Registry); err == nil {
			for _, known := range flow.Signals() {
				if known.Name == a.Detail {
					roles = known.Roles
				}
			}
		}
		if !r.mayAnswer(roles) {
			return "to answer " + a.Detail + " needs " + oneOf(roles)
		}
	case !r.may(people.Run):
		return "that needs the role " + people.Run
	}
	return ""
}

// known finds who sends a name and a password with a request, or refuses it.
func (c *Console) known(w http.ResponseWriter, req *http.Request) (who visitor, ok bool) {
	help := "log in at " + c.config.Prefix + "/"
	challenge := `Session realm="medlar"`
	if c.config.Users != nil {
		help += ", or send the name and the password of a user (basic authentication)"
		challenge = `Basic realm="medlar", charset="UTF-8"`
	}
	refuse := func(p report.Problem) (visitor, bool) {
		if p.Status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", challenge)
		}
		problem(w, p)
		return visitor{}, false
	}
	unknown := report.Problem{Status: http.StatusUnauthorized, Code: "Unauthorized", Detail: "nobody has logged in", Help: help}
	name, password, given := req.BasicAuth()
	if !given || c.config.Users == nil {
		return refuse(unknown)
	}
	key := c.passed.key(name, password)
	if stamp, ok := c.passed.find(key); ok {
		if p, ok := c.config.Users.Find(name, stamp); ok {
			return visitor{Person: p, user: true}, true
		}
	}
	if len(name) > mostUserName {
		name = ""
	}
	if wait, ok := c.attempts.allow(req, name, c.config.Now()); !ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		return refuse(report.Problem{Status: http.StatusTooManyRequests, Code: "TooManyRequests", Detail: "there were too many attempts to log in", Help: "try again later"})
	}
	p, ok, err := c.config.Users.Check(req.Context(), name, schema.Secret(password))
	if err != nil {
		return who, false // nobody waits for it
	}
	if !ok {
		c.audit(&request{Request: req}, Action{What: "login", Err: errors.New("no user has this name and password")})
		unknown.Detail = "no user has this name and password"
		return refuse(unknown)
	}
	c.passed.add(key, p.Stamp)
	return visitor{Person: p, user: true}, true
}

// problem writes a refusal.
func problem(w http.ResponseWriter, p report.Problem) {
	a := p.Answer()
	for name, text := range a.Headers {
		w.Header().Set(name, text)
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

// passed are names with passwords that were right a moment ago: to find that out takes
// long, and programs send them each time. It keeps what tells them from others, by a key
// that ends with the process.
type passed struct {
	mu     sync.Mutex
	secret []byte
	all    map[[sha256.Size]byte]string // stamps of users
}

const mostPassed = 256

func (p *passed) key(name, password string) (key [sha256.Size]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.secret == nil {
		p.secret = []byte(rand.Text())
	}
	sum := hmac.New(sha256.New, p.secret)
	sum.Write([]byte(name + ":" + password)) // no name has a colon
	sum.Sum(key[:0])
	return key
}

func (p *passed) find(key [sha256.Size]byte) (stamp string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	stamp, ok = p.all[key]
	return stamp, ok
}

func (p *passed) add(key [sha256.Size]byte, stamp string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil || len(p.all) >= mostPassed {
		p.all = map[[sha256.Size]byte]string{}
	}
	p.all[key] = stamp
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter

	status int
}

// WriteHeader notes it.
func (s *statusWriter) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }
