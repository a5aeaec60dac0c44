package browser

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/medlar-flow/medlar/internal/issuer"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/console"
	"github.com/medlar-flow/medlar/serve/people"
)

const payFlow = `flow: pay
steps:
  - id: ok
    wait: {signal: approval, roles: finance, accepts: {approved: {type: boolean, required: true}}}
  - {id: after, call: test.do, with: {name: "approved ${steps.ok.approved}"}}
`

// People log in by name and password, see what they may do, and no more; of two who
// watch a run the one with the role answers, and the other sees it.
func peopleLogIn(t *testing.T, browser context.Context) {
	var lines strings.Builder
	for name, roles := range map[string]string{"vera": "view", "fay": "view,finance"} {
		hash, err := bcrypt.GenerateFromPassword([]byte("of "+name), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		lines.WriteString(name + ":" + string(hash) + ":" + roles + "\n")
	}
	file := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, map[string]string{"approval.yaml": payFlow}, func(c *console.Config) {
		users, err := people.OpenUsers(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Users, c.Token = users, ""
	})
	w.start("approval.yaml", "pay-1", nil)
	script := axeScript(t)
	vera, fay := newTab(t, browser, w), newTab(t, browser, w)
	for name, b := range map[string]*tab{"vera": vera, "fay": fay} {
		b.open("/runs/pay-1")
		b.write("Name", name)
		b.write("Password", "wrong")
		b.press("Log in")
		b.sees("No user has this name and password.")
		for _, found := range b.axe(script) {
			t.Errorf("the login: %s", found)
		}
		b.write("Password", "of "+name)
		b.press("Log in")
		if at := b.at(); at != "/runs/pay-1" {
			t.Errorf("the login leads to %s", at)
		}
		b.sees(name, "waiting")
	}
	vera.sees("To answer approval needs the role finance.")
	for _, found := range vera.axe(script) {
		t.Errorf("a run without buttons: %s", found)
	}
	for _, b := range []*tab{vera, fay} {
		if buttons, _ := ask[int](b, `[...document.querySelectorAll("main button, main a.button")].filter(e => e.innerText !== "Answer").length`); buttons != 0 {
			t.Errorf("%d buttons for somebody who may not press them", buttons)
		}
	}
	fay.write("approved (required)", "true")
	fay.press("Answer")
	for _, b := range []*tab{vera, fay} {
		b.until("the run has ended", `document.querySelector("#live [role=status]").innerText === "done"`)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.Index(w.acts, "signal"); i < 0 || w.who[i] != "fay" {
		t.Errorf("the log tells %q of %q", w.acts, w.who)
	}
}

// Somebody logs in at an issuer of another site, and comes back to the page that they
// wanted, with a cookie that other sites do not make the browser send.
func issuerLogsIn(t *testing.T, browser context.Context) {
	i := issuer.New(t)
	i.URL = strings.Replace(i.URL, "127.0.0.1", "localhost", 1) // another site than the console's
	i.Claims = map[string]any{"email": "ann@example.com", "email_verified": true, "groups": []string{"sre"}}
	w := newWorld(t, map[string]string{"charge.yaml": chargeFlow}, func(c *console.Config) {
		var err error
		c.OIDC, err = people.NewOIDC(people.OIDCConfig{
			Issuer: i.URL, ClientID: i.ClientID, ClientSecret: schema.Secret(i.ClientSecret), Redirect: "http://" + c.Hosts[0] + "/login/back",
			Roles: map[string][]string{"sre": {people.Run}},
		})
		if err != nil {
			t.Fatal(err)
		}
		c.Token = ""
	})
	b := newTab(t, browser, w)
	b.open("/runs?state=failed")
	b.press("Log in with your organisation")
	b.until("it leads back to the page", `location.pathname + location.search === "/runs?state=failed" && document.body.innerText.includes("ann@example.com")`)
	b.press("Flows")
	b.press("charge")
	b.press("Start")
	b.sees("The run has begun.")
	b.press("Log out")
	b.sees("Log in with your organisation")
	i.Claims["groups"] = []string{"sales"}
	b.press("Log in with your organisation")
	b.sees("You are not logged in", "no role")
}
