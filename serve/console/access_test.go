package console_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/internal/issuer"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/console"
	"github.com/medlar-flow/medlar/serve/people"
)

// staff is a password file: each user of it has the password "of NAME".
type staff struct {
	t    *testing.T
	path string
	n    int64
}

// newStaff writes users with their roles: "ann:run,finance".
func newStaff(t *testing.T, users ...string) *staff {
	t.Helper()
	s := &staff{t: t, path: filepath.Join(t.TempDir(), "users")}
	s.write(users...)
	return s
}

func (s *staff) write(users ...string) {
	s.t.Helper()
	var text strings.Builder
	for _, user := range users {
		name, roles, _ := strings.Cut(user, ":")
		hash, err := bcrypt.GenerateFromPassword([]byte("of "+name), bcrypt.MinCost)
		if err != nil {
			s.t.Fatal(err)
		}
		text.WriteString(name + ":" + string(hash))
		if roles != "" {
			text.WriteString(":" + roles)
		}
		text.WriteString("\n")
	}
	s.writeText(text.String())
}

func (s *staff) text() string {
	s.t.Helper()
	text, err := os.ReadFile(s.path)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// writeText changes the file, and its time, however coarse the file system's clock is.
func (s *staff) writeText(text string) {
	s.t.Helper()
	if err := os.WriteFile(s.path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.n++
	if err := os.Chtimes(s.path, time.Time{}, time.Unix(1_700_000_000+s.n, 0)); err != nil {
		s.t.Fatal(err)
	}
}

// opened has the users log in, in the place of the token.
func (s *staff) opened(c *console.Config) {
	s.t.Helper()
	users, err := people.OpenUsers(s.path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	c.Users, c.Token = users, ""
}

// as logs a user in, in a browser of its own.
func (w *world) as(name string) {
	w.t.Helper()
	w.client = w.newClient()
	if a := w.post("/login", "name="+name, "password=of "+name); a.status != http.StatusOK || strings.HasPrefix(a.url, "/login") {
		w.t.Fatalf("%s does not get in: %d %s\n%s", name, a.status, a.url, a.body)
	}
}

// clients logs users in, each in a browser.
func (w *world) clients(names ...string) map[string]*http.Client {
	w.t.Helper()
	all := map[string]*http.Client{}
	for _, name := range names {
		w.as(name)
		all[name] = w.client
	}
	return all
}

const financeFlow = `flow: pay
steps:
  - id: ok
    wait: {signal: approval, roles: [finance, cfo], accepts: {approved: {type: boolean, required: true}}}
output: "${steps.ok.approved}"
`

// Every page and action is refused to whoever lacks its role, whatever the page shows.
func TestRolesOfRoutes(t *testing.T) {
	s := newStaff(t, "vera", "rob:run", "ada:admin")
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow}, s.opened)
	routes := console.Routes(w.console)
	roles := map[string][]string{"vera": {"", "view"}, "rob": {"", "view", "run"}, "ada": {"", "view", "run", "admin"}}
	if len(routes) < 19 {
		t.Fatalf("%d routes", len(routes))
	}
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		w.as(name)
		for _, pattern := range slices.Sorted(maps.Keys(routes)) {
			if strings.HasSuffix(pattern, "/signal") || strings.HasSuffix(pattern, "/logout") {
				continue // TestRolesOfWaits, TestSessionsEnd
			}
			w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			method, path, _ := strings.Cut(pattern, " ")
			path = strings.NewReplacer("{$}", "", "{run}", "none", "{flow}", "none", "{operation}", "none").Replace(path)
			status := 0
			switch {
			case strings.HasPrefix(path, "/live/"):
				status = w.begins(path)
			case method == http.MethodPost:
				status = w.post(path).status
			default:
				status = w.get(path).status
			}
			may := slices.Contains(roles[name], routes[pattern])
			if (status == http.StatusForbidden) == may || status >= 500 || status == http.StatusUnauthorized {
				t.Errorf("%s %s: %d, needs %q", name, pattern, status, routes[pattern])
			}
		}
	}
	if did := w.did(); !slices.Contains(did, "cancel none refused") {
		t.Errorf("what was refused is not told: %q", did)
	}
}

// Nobody gets anything without a login, but for the login.
func TestNoRouteIsOpen(t *testing.T) {
	w := newWorld(t, nil)
	for pattern := range console.Routes(w.console) {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{$}", "", "{run}", "none", "{flow}", "none", "{operation}", "none").Replace(path)
		a := answer{}
		if method == http.MethodPost {
			a = w.post(path)
		} else {
			a = w.get(path)
		}
		if a.status != http.StatusUnauthorized && !strings.HasPrefix(a.url, "/login?next=") {
			t.Errorf("%s: %d %s", pattern, a.status, a.url)
		}
	}
}

// Pages show no button that its reader may not press.
func TestRolesOfButtons(t *testing.T) {
	s := newStaff(t, "vera:view", "rob:run", "ada:admin")
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow}, s.opened)
	w.set("charge", true)
	w.run("charge.yaml", "r", nil)
	release := w.hold("reserve")
	h, err := w.journal.Start(t.Context(), w.load("charge.yaml"), nil, flows.WithRunID("runs"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		release()
		_, _ = h.Wait(t.Context())
	}()
	clients := w.clients("vera", "rob", "ada")
	for _, tt := range []struct{ path, text, who string }{
		{"/runs/r", ">Restart<", "rob ada"},
		{"/runs/r", ">Run again<", "rob ada"},
		{"/runs/r", "Broken", "vera rob ada"},
		{"/runs/runs", ">Cancel<", "rob ada"},
		{"/flows/charge", ">Start<", "rob ada"},
		{"/flows/charge", "Source", "vera rob ada"},
		{"/runs/r/restart?from=/reserve", ">Restart now<", "rob ada"},
		{"/runs/r/restart", "Make once more", "ada"},
		{"/", ">Log out<", "vera rob ada"},
	} {
		for name, client := range clients {
			w.client = client
			shows := strings.Contains(w.get(tt.path).body, tt.text)
			if want := slices.Contains(strings.Fields(tt.who), name); shows != want {
				t.Errorf("%s sees %s on %s: %v", name, tt.text, tt.path, shows)
			}
		}
	}
	for _, field := range []string{"again=charge", `results=charge={"name":"x"}`} {
		w.client = clients["rob"]
		if a := w.post("/runs/r/restart", field); a.status != http.StatusForbidden {
			t.Errorf("rob settles %s: %d", field, a.status)
		}
		has(t, w.get("/runs/r/restart?"+field), "need the role admin")
		w.client = clients["ada"]
		if a := w.post("/runs/r/restart", field); a.status == http.StatusForbidden {
			t.Errorf("ada does not settle %s: %s", field, a.body)
		}
	}
}

// A wait says who may answer it; one that says nothing is for whoever may run flows.
func TestRolesOfWaits(t *testing.T) {
	s := newStaff(t, "vera:view", "rob:run", "ada:admin", "fay:view,finance", "chef:cfo,run")
	w := newWorld(t, map[string]string{"pay.yaml": financeFlow, "approval.yaml": approvalFlow}, s.opened)
	clients := w.clients("vera", "rob", "ada", "fay", "chef")
	for _, tt := range []struct{ flow, who string }{{"pay", "fay chef"}, {"approval", "rob ada chef"}} {
		for name, client := range clients {
			id := tt.flow + "-" + name
			if _, err := w.journal.Start(t.Context(), w.load(tt.flow+".yaml"), nil, flows.WithRunID(id)); err != nil {
				t.Fatal(err)
			}
			w.client = client
			page := w.until("/runs/"+id, "The run waits at")
			may := slices.Contains(strings.Fields(tt.who), name)
			if strings.Contains(page.body, ">Answer<") != may {
				t.Errorf("%s sees the form of %s: %v", name, tt.flow, !may)
			}
			if !may && tt.flow == "pay" {
				has(t, page, "needs one of the roles finance, cfo")
			}
			a := w.post("/runs/"+id+"/signal", "signal=approval", "v.approved=true")
			if (a.status == http.StatusForbidden) == may {
				t.Errorf("%s answers %s: %d", name, tt.flow, a.status)
			}
			if may {
				w.until("/runs/"+id, stands("done"))
			} else if a := w.get("/runs/" + id); strings.Contains(a.body, stands("done")) {
				t.Errorf("%s is answered by %s", tt.flow, name)
			}
		}
	}
	w.client = clients["fay"]
	if a := w.post("/runs/pay-vera/signal", "signal=none"); a.status != http.StatusForbidden {
		t.Errorf("a signal that nothing waits for, without the role run: %d", a.status)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, who := range []string{"fay", "chef", "vera"} {
		if !slices.ContainsFunc(w.actions, func(a console.Action) bool { return a.What == "signal" && a.Who == who && a.Run == "pay-"+who }) {
			t.Errorf("the log does not tell what %s did", who)
		}
	}
}

// The token may do everything: it is printed for who starts the console.
func TestTokenAnswers(t *testing.T) {
	w := newWorld(t, map[string]string{"pay.yaml": financeFlow})
	if _, err := w.journal.Start(t.Context(), w.load("pay.yaml"), nil, flows.WithRunID("r")); err != nil {
		t.Fatal(err)
	}
	w.login()
	w.until("/runs/r", ">Answer<")
	w.post("/runs/r/signal", "signal=approval", "v.approved=true")
	w.until("/runs/r", stands("done"))
}

// A password is asked for beside the name, and the log names who came.
func TestUsersLogIn(t *testing.T) {
	s := newStaff(t, "ann:run")
	w := newWorld(t, nil, s.opened)
	has(t, w.get("/"), `for="name"`, `for="password"`, `autocomplete="current-password"`)
	for _, fields := range [][]string{{"name=ann"}, {"name=ann", "password=wrong"}, {"name=", "password=of ann"}, {"name=bob", "password=of bob"}, {"token=" + token}, {"token="}, {}} {
		a := w.post("/login", fields...)
		if a.status != http.StatusUnauthorized || strings.Contains(a.body, "of ann") || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%q: %d %q", fields, a.status, a.header.Get("Set-Cookie"))
		}
	}
	w.as("ann")
	has(t, w.get("/"), `<span class="dim">ann</span>`)
	w.post("/logout")
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.actions[len(w.actions)-2:]
	if last[0].What != "login" || last[0].Who != "ann" || last[0].Err != nil || last[1].What != "logout" || last[1].Who != "ann" {
		t.Errorf("told %+v", last)
	}
}

// What a login began ends with the logout, with time, and with the line of its user.
func TestSessionsEnd(t *testing.T) {
	var hours time.Duration
	began := time.Now()
	s := newStaff(t, "ann:run", "bob:run")
	w := newWorld(t, nil, s.opened, func(c *console.Config) { c.Now = func() time.Time { return began.Add(hours * time.Hour) } })
	in := func() bool { return w.get("/runs").url == "/runs" }
	cookieOf := func() []*http.Cookie {
		req := httptest.NewRequest(http.MethodGet, w.server.URL, nil)
		return w.client.Jar.Cookies(req.URL)
	}
	w.as("ann")
	kept := cookieOf()
	hours = 11
	if !in() {
		t.Fatal("a login ends after 11 hours")
	}
	w.post("/logout")
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+"/runs", nil)
	req.AddCookie(kept[0])
	w.client = w.newClient()
	if a := w.send(req); a.url == "/runs" {
		t.Error("a cookie is good after the logout")
	}
	w.as("ann")
	hours = 24
	if in() {
		t.Error("a login lasts for 13 hours")
	}
	w.as("ann")
	both := s.text()
	s.writeText(strings.Replace(both, ":run", ":view", 1))
	if a := w.post("/runs/none/cancel"); a.status != http.StatusForbidden {
		t.Errorf("who lost a role has it until the login ends: %d", a.status)
	}
	s.write("ann:run", "bob:run") // the same passwords, hashed anew
	if in() {
		t.Error("a login outlives its password")
	}
	w.as("ann")
	s.write("bob:run")
	if in() {
		t.Error("a login outlives its user")
	}
	w.as("bob")
	first := cookieOf()[0].Value
	if a := w.post("/login", "name=bob", "password=of bob"); a.status != http.StatusOK || cookieOf()[0].Value == first {
		t.Errorf("a login goes on with the cookie of another: %d", a.status)
	}
}

// A cookie goes by HTTPS alone where browsers come by HTTPS.
func TestCookiesAreSecure(t *testing.T) {
	for name, tt := range map[string]struct {
		tls, secure, want bool
	}{"plain": {false, false, false}, "HTTPS": {true, false, true}, "behind a proxy": {false, true, true}} {
		w := newWorld(t, nil, func(c *console.Config) { c.Secure, c.Hosts = tt.secure, []string{"example.com"} })
		target := "http://example.com/login"
		if tt.tls {
			target = "https://example.com/login"
		}
		req := httptest.NewRequest(http.MethodPost, target, strings.NewReader("token="+token))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		w.console.ServeHTTP(rec, req)
		if cookie := rec.Header().Get("Set-Cookie"); rec.Code != http.StatusSeeOther || strings.Contains(cookie, "; Secure") != tt.want || !strings.Contains(cookie, "; HttpOnly; ") || !strings.Contains(cookie, "SameSite=Strict") {
			t.Errorf("%s: %d %q", name, rec.Code, cookie)
		}
	}
}

// Who tries very often is refused for a while, also with the right password.
func TestAttemptsAreBounded(t *testing.T) {
	s := newStaff(t, "ann:run", "bob:run")
	began := time.Now()
	var later time.Duration
	w := newWorld(t, nil, s.opened, func(c *console.Config) { c.Now = func() time.Time { return began.Add(later) } })
	for n := range 10 {
		if a := w.post("/login", "name=ann", "password=x"); a.status != http.StatusUnauthorized {
			t.Fatalf("attempt %d: %d", n, a.status)
		}
	}
	a := w.post("/login", "name=ann", "password=of ann")
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("attempt 11: %d", a.status)
	}
	has(t, a, "Too many attempts")
	w.as("bob") // under another name
	for n := range 18 {
		if a := w.post("/login", "name=u"+string(rune('a'+n)), "password=x"); a.status != http.StatusUnauthorized {
			t.Fatalf("%d: %d", n, a.status)
		}
	}
	if a := w.post("/login", "name=bob", "password=of bob"); a.status != http.StatusTooManyRequests {
		t.Errorf("attempt 31 of one address: %d", a.status)
	}
	if did := w.did(); did[len(did)-1] != "login refused" {
		t.Errorf("told %q", did)
	}
	later = time.Minute
	w.as("ann")
}

// Somebody goes to the issuer and comes back; only the browser that went does.
func TestIssuerLogin(t *testing.T) {
	i := issuer.New(t)
	i.Claims = map[string]any{"email": "ann@example.com", "email_verified": true, "groups": []string{"sre"}}
	w := newWorld(t, nil, func(c *console.Config) {
		config := people.OIDCConfig{
			Issuer: i.URL, ClientID: i.ClientID, ClientSecret: schema.Secret(i.ClientSecret), Redirect: "http://" + c.Hosts[0] + "/login/back",
			Roles: map[string][]string{"sre": {"run"}},
		}
		var err error
		if c.OIDC, err = people.NewOIDC(config); err != nil {
			t.Fatal(err)
		}
		c.Token = ""
	})
	a := w.get("/runs?state=failed")
	if a.url != "/login?next=%2Fruns%3Fstate%3Dfailed" {
		t.Fatalf("%s", a.url)
	}
	has(t, a, `href="/login/issuer?next=%2fruns%3fstate%3dfailed"`)
	a = w.get("/login/issuer?next=/runs?state=failed")
	if a.status != http.StatusOK || !strings.HasPrefix(a.url, "/login/back?") {
		t.Fatalf("%d %s\n%s", a.status, a.url, a.body)
	}
	has(t, a, `content="0;url=/runs?state=failed"`, "Go on")
	answered := a.url
	if a := w.get("/runs"); a.url != "/runs" {
		t.Errorf("not logged in: %s", a.url)
	}
	if a := w.post("/runs/none/cancel"); a.status == http.StatusForbidden {
		t.Error("the group gives no role")
	}
	if a := w.get(answered); a.status != http.StatusBadRequest {
		t.Errorf("an answer is taken twice: %d", a.status)
	}
	i.Claims["groups"] = []string{"sales"}
	w.client = w.newClient()
	if a := w.get("/login/issuer"); a.status != http.StatusForbidden || !strings.Contains(a.body, "no role that may see pages") {
		t.Errorf("somebody without a role: %d", a.status)
	}
	i.Claims["groups"] = []string{"sre"}
	w.client.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(req.URL.Path, "/login/back") {
			req.Header.Del("Cookie") // the answer reaches another browser
			w.client.Jar = nil
		}
		return nil
	}
	if a := w.get("/login/issuer"); a.status != http.StatusBadRequest {
		t.Errorf("the answer comes with another browser: %d", a.status)
	}
	i.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.actions {
		if a.Who != "" && a.Who != "ann@example.com (u-1)" || a.Err != nil && strings.Contains(a.Err.Error(), i.ClientSecret) {
			t.Errorf("told %+v", a)
		}
	}
}

// begins returns the status of a stream, and leaves it.
func (w *world) begins(path string) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.server.URL+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
