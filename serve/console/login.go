package console

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/internal/limit"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/people"
)

// attempts bounds how often somebody tries to log in: from one address, and under one
// name from wherever.
type attempts struct{ from, as *limit.Keys }

const (
	triesFrom    = 30 // a minute
	triesAs      = 10
	mostTried    = 4096
	mostPending  = 256 // logins that are under way at the issuer
	pendingTime  = 10 * time.Minute
	mostUserName = 255 // bytes
)

func (a *attempts) init() {
	a.from = limit.NewKeys(limit.Rate{Count: triesFrom, Per: time.Minute}, mostTried)
	a.as = limit.NewKeys(limit.Rate{Count: triesAs, Per: time.Minute}, mostTried)
}

// allow counts an attempt. Where it is one too many it says how long to wait.
func (a *attempts) allow(req *http.Request, name string, now time.Time) (wait time.Duration, ok bool) {
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		host = req.RemoteAddr
	}
	if wait, ok = a.from.Allow(host, now); !ok || name == "" {
		return wait, ok
	}
	return a.as.Allow(name, now)
}

// loginPage is what the page of the login shows.
type loginPage struct {
	Next  string
	Token bool // asked for
	Users bool // name and password are asked for
	Name  string
	OIDC  bool // leads to an issuer
}

func (c *Console) showLogin(w http.ResponseWriter, req *http.Request) {
	c.loginPage(w, http.StatusOK, req.URL.Query().Get("next"), "", "")
}

func (c *Console) loginPage(w http.ResponseWriter, status int, next, name, problem string) {
	c.render(w, nil, status, "login", page{Title: "Log in", Problem: problem, Bare: true, Body: loginPage{
		Next: c.next(next), Token: c.config.Token != "", Users: c.config.Users != nil, Name: name, OIDC: c.config.OIDC != nil,
	}})
}

// refuseLogin says why somebody has not logged in. The log tells as whom, which may be
// a password that was written into the wrong entry; so only names of users are told.
func (c *Console) refuseLogin(w http.ResponseWriter, r *request, status int, name, why, problem string) {
	c.audit(r, Action{What: "login", Err: errors.New(why)})
	c.loginPage(w, status, r.PostFormValue("next"), name, problem)
}

// login takes the token, or a name and a password, and gives a cookie for it.
func (c *Console) login(w http.ResponseWriter, req *http.Request) {
	r := &request{Request: req}
	token, name := strings.TrimSpace(req.PostFormValue("token")), req.PostFormValue("name")
	if len(name) > mostUserName {
		name = ""
	}
	if wait, ok := c.attempts.allow(req, name, c.config.Now()); !ok {
		seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
		w.Header().Set("Retry-After", seconds)
		c.refuseLogin(w, r, http.StatusTooManyRequests, name, "too many attempts", "Too many attempts. Try again in "+seconds+" s.")
		return
	}
	if token != "" || c.config.Users == nil {
		if c.config.Token == "" || !same(token, string(c.config.Token)) {
			c.refuseLogin(w, r, http.StatusUnauthorized, "", "the token is another one", "That is not the token. It was printed when the console was started.")
			return
		}
		c.enter(w, r, visitor{owner: true})
	} else {
		who, ok, err := c.config.Users.Check(req.Context(), name, schema.Secret(req.PostFormValue("password")))
		if err != nil {
			return // nobody waits for it
		}
		if !ok {
			c.refuseLogin(w, r, http.StatusUnauthorized, name, "no user has this name and password", "No user has this name and password.")
			return
		}
		c.enter(w, r, visitor{Person: who, user: true})
	}
	http.Redirect(w, req, c.next(req.PostFormValue("next")), http.StatusSeeOther)
}

// same compares in a time that tells nothing, not even a length.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// pendings are logins that are under way at the issuer, by what the cookie of a browser
// holds: an answer that comes with another browser is not taken.
type pendings struct {
	mu  sync.Mutex
	all map[string]pending
}

type pending struct {
	of   *people.Pending
	next string
	ends time.Time
}

// add keeps a login, and gives up the oldest of very many.
func (p *pendings) add(one pending, now time.Time) (key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[string]pending{}
	}
	oldest := ""
	for name, other := range p.all {
		switch {
		case now.After(other.ends):
			delete(p.all, name)
		case oldest == "" || other.ends.Before(p.all[oldest].ends):
			oldest = name
		}
	}
	if len(p.all) >= mostPending {
		delete(p.all, oldest)
	}
	key = rand.Text()
	p.all[key] = one
	return key
}

// take returns a login, once.
func (p *pendings) take(key string, now time.Time) (one pending, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one, ok = p.all[key]
	delete(p.all, key)
	return one, ok && now.Before(one.ends)
}

func issuerCookie(req *http.Request) string { return cookieName(req) + "-issuer" }

// leave sends somebody to the issuer.
func (c *Console) leave(w http.ResponseWriter, req *http.Request) {
	r := &request{Request: req}
	if c.config.OIDC == nil {
		http.NotFound(w, req)
		return
	}
	if _, ok := c.attempts.allow(req, "", c.config.Now()); !ok {
		c.refuseLogin(w, r, http.StatusTooManyRequests, "", "too many attempts", "Too many attempts. Try again in a minute.")
		return
	}
	address, of, err := c.config.OIDC.Begin(req.Context())
	if err != nil {
		c.refuseLogin(w, r, http.StatusBadGateway, "", err.Error(), "The issuer that knows who you are cannot be reached. Try again; the log says why.")
		return
	}
	now := c.config.Now()
	key := c.pendings.add(pending{of: of, next: c.next(req.URL.Query().Get("next")), ends: now.Add(pendingTime)}, now)
	// The issuer leads back from another site: a strict cookie would not come along.
	http.SetCookie(w, c.cookie(req, issuerCookie(req), key, http.SameSiteLaxMode, pendingTime))
	http.Redirect(w, req, address, http.StatusSeeOther)
}

// comeBack takes the answer of the issuer. It answers with a page that leads on by
// itself: after a redirect from another site the browser would not send the strict
// cookie.
func (c *Console) comeBack(w http.ResponseWriter, req *http.Request) {
	r := &request{Request: req}
	if c.config.OIDC == nil {
		http.NotFound(w, req)
		return
	}
	var key string
	if cookie, err := req.Cookie(issuerCookie(req)); err == nil {
		key = cookie.Value
	}
	one, ok := c.pendings.take(key, c.config.Now())
	http.SetCookie(w, c.cookie(req, issuerCookie(req), "", http.SameSiteLaxMode, 0))
	if !ok {
		c.refuseLogin(w, r, http.StatusBadRequest, "", "no login is under way in this browser", "This login is over, or was begun in another browser. Try again.")
		return
	}
	who, err := c.config.OIDC.End(req.Context(), one.of, req.URL.Query())
	if err != nil {
		c.refuseLogin(w, r, http.StatusForbidden, "", err.Error(), "You are not logged in: "+err.Error()+".")
		return
	}
	c.enter(w, r, visitor{Person: who})
	c.render(w, nil, http.StatusOK, "entered", page{Title: "Logged in", Bare: true, Body: one.next})
}
