package console

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// sessions are the logins of people. They end with the process.
type sessions struct {
	now func() time.Time

	mu    sync.Mutex
	all   map[string]session // by what their cookies hold
	count int
}

type session struct {
	who  string
	ends time.Time
}

const (
	sessionTime  = 12 * time.Hour
	mostSessions = 256
)

func (s *sessions) init(now func() time.Time) { s.now, s.all = now, map[string]session{} }

// cookieName names a cookie that another console of this machine does not overwrite:
// cookies do not tell ports apart.
func cookieName(req *http.Request) string {
	_, port, _ := net.SplitHostPort(req.Host)
	return "medlar-console-" + port
}

// find returns who sent a request.
func (s *sessions) find(req *http.Request) (who string, ok bool) {
	cookie, err := req.Cookie(cookieName(req))
	if err != nil {
		return "", false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.all[cookie.Value]
	if ok && s.now().After(found.ends) {
		delete(s.all, cookie.Value)
		ok = false
	}
	return found.who, ok
}

// begin makes a session, and ends the oldest of very many.
func (s *sessions) begin() (cookie, who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) >= mostSessions {
		oldest := ""
		for name, one := range s.all {
			if oldest == "" || one.ends.Before(s.all[oldest].ends) {
				oldest = name
			}
		}
		delete(s.all, oldest)
	}
	s.count++
	cookie, who = rand.Text(), "session "+itoa(s.count)
	s.all[cookie] = session{who: who, ends: s.now().Add(sessionTime)}
	return cookie, who
}

func (s *sessions) end(req *http.Request) {
	if cookie, err := req.Cookie(cookieName(req)); err == nil {
		s.mu.Lock()
		delete(s.all, cookie.Value)
		s.mu.Unlock()
	}
}

// nextOf says in a query where somebody wanted to go.
func nextOf(req *http.Request) string { return url.Values{"next": {req.URL.RequestURI()}}.Encode() }

// next returns where somebody goes who has logged in: a page of this console.
func (c *Console) next(text string) string {
	home := c.config.Prefix + "/"
	u, err := url.Parse(text)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(text, home) || strings.HasPrefix(text, "//") || strings.ContainsAny(text, "\\\r\n\t") {
		return home
	}
	return text
}

func (c *Console) showLogin(w http.ResponseWriter, req *http.Request) {
	c.loginPage(w, http.StatusOK, req.URL.Query().Get("next"), "")
}

func (c *Console) loginPage(w http.ResponseWriter, status int, next, problem string) {
	c.render(w, status, "login", page{Title: "Log in", Problem: problem, Bare: true, Body: c.next(next)})
}

// login takes the token, and gives a cookie for it.
func (c *Console) login(w http.ResponseWriter, req *http.Request) {
	r := &request{Request: req}
	token := req.PostFormValue("token")
	if subtle.ConstantTimeCompare([]byte(strings.TrimSpace(token)), []byte(c.config.Token)) != 1 {
		c.audit(r, Action{What: "login", Err: errors.New("the token is another one")})
		c.loginPage(w, http.StatusUnauthorized, req.PostFormValue("next"), "That is not the token. It was printed when the console was started.")
		return
	}
	cookie, who := c.sessions.begin()
	r.who = who
	c.audit(r, Action{What: "login"})
	path := c.config.Prefix + "/"
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(req), Value: cookie, Path: path, HttpOnly: true, Secure: req.TLS != nil, SameSite: http.SameSiteStrictMode, MaxAge: int(sessionTime.Seconds()),
	})
	http.Redirect(w, req, c.next(req.PostFormValue("next")), http.StatusSeeOther)
}

func (c *Console) logout(w http.ResponseWriter, r *request) {
	c.sessions.end(r.Request)
	http.SetCookie(w, &http.Cookie{Name: cookieName(r.Request), Path: c.config.Prefix + "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: -1})
	http.Redirect(w, r.Request, c.config.Prefix+"/login", http.StatusSeeOther)
}
