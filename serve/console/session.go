package console

import (
	"crypto/rand"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/serve/people"
)

// sessions are the logins of people. They end with the process.
type sessions struct {
	now   func() time.Time
	users *people.Users // whose sessions end when they are no longer there; nil for none

	mu    sync.Mutex
	all   map[string]session // by what their cookies hold
	count int
}

// session is one login.
type session struct {
	who  visitor
	ends time.Time
}

// visitor is who has logged in.
type visitor struct {
	people.Person
	user  bool // of the password file, which is asked each time
	owner bool // has the token, and may do everything
}

// may reports whether somebody has a role.
func (v *visitor) may(role string) bool { return v.owner || v.Has(role) }

// mayAnswer reports whether somebody may answer a wait for people with roles.
func (v *visitor) mayAnswer(roles []string) bool {
	if len(roles) == 0 {
		return v.may(people.Run)
	}
	return v.owner || v.HasAny(roles)
}

// rights tells people apart who may do different things.
func (v *visitor) rights() string {
	if v.owner {
		return "*"
	}
	return strings.Join(slices.Sorted(slices.Values(v.Roles)), ",")
}

const (
	sessionTime  = 12 * time.Hour
	mostSessions = 1024
)

func (s *sessions) init(now func() time.Time, users *people.Users) {
	s.now, s.users, s.all = now, users, map[string]session{}
}

// cookieName names a cookie that another console of this machine does not overwrite:
// cookies do not tell ports apart.
func cookieName(req *http.Request) string {
	_, port, _ := net.SplitHostPort(req.Host)
	return "medlar-console-" + port
}

// find returns who sent a request, with the roles that the person has now.
func (s *sessions) find(req *http.Request) (who visitor, ok bool) {
	cookie, err := req.Cookie(cookieName(req))
	if err != nil {
		return who, false
	}
	s.mu.Lock()
	found, ok := s.all[cookie.Value]
	s.mu.Unlock()
	if !ok {
		return who, false
	}
	if !s.now().Before(found.ends) {
		s.drop(cookie.Value)
		return who, false
	}
	if found.who.user {
		now, still := s.users.Find(found.who.Person.Name, found.who.Stamp)
		if !still {
			s.drop(cookie.Value)
			return who, false
		}
		found.who.Person = now
	}
	return found.who, true
}

func (s *sessions) drop(cookie string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, cookie)
}

// begin makes a session, and ends the oldest of very many. One with the token is named
// by its number.
func (s *sessions) begin(who visitor) (cookie string, named visitor) {
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
	if who.owner {
		who.Person = people.Person{Name: "session " + itoa(s.count)}
	}
	cookie = rand.Text()
	s.all[cookie] = session{who: who, ends: s.now().Add(sessionTime)}
	return cookie, who
}

func (s *sessions) end(req *http.Request) {
	if cookie, err := req.Cookie(cookieName(req)); err == nil {
		s.drop(cookie.Value)
	}
}

// enter gives a session a cookie that pages of other sites do not send.
func (c *Console) enter(w http.ResponseWriter, r *request, who visitor) {
	c.sessions.end(r.Request) // what the browser had before is another person's, or of no use
	cookie, named := c.sessions.begin(who)
	r.visitor = named
	c.audit(r, Action{What: "login"})
	http.SetCookie(w, c.cookie(r.Request, cookieName(r.Request), cookie, http.SameSiteStrictMode, sessionTime))
}

// cookie returns one that no script reads. A time of 0 takes it away.
func (c *Console) cookie(req *http.Request, name, text string, site http.SameSite, lives time.Duration) *http.Cookie {
	age := int(lives.Seconds())
	if age == 0 {
		age = -1
	}
	below := c.config.Prefix + "/"
	if c.config.Beside != nil {
		below = path.Dir(c.config.Prefix)
	}
	return &http.Cookie{
		Name: name, Value: text, Path: below, HttpOnly: true, SameSite: site, MaxAge: age,
		Secure: req.TLS != nil || c.config.Secure,
	}
}

func (c *Console) logout(w http.ResponseWriter, r *request) {
	c.sessions.end(r.Request)
	c.audit(r, Action{What: "logout"})
	http.SetCookie(w, c.cookie(r.Request, cookieName(r.Request), "", http.SameSiteStrictMode, 0))
	http.Redirect(w, r.Request, c.config.Prefix+"/login", http.StatusSeeOther)
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
