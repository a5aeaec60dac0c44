package serve_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/serve"
)

// Whoever reaches a server below a path is told paths below it, and can follow them.
func TestPathsBelowAnother(t *testing.T) {
	tests := map[string]struct {
		mount, public string
		below         string // what paths begin with
		kept          bool   // callers write it: the server gets paths without it
	}{
		"the root":                         {"", "", "", true},
		"a public address alone":           {"", "https://flows.test", "", true},
		"mounted":                          {"/in/flows", "", "/in/flows", true},
		"mounted below a route's name":     {"/late", "", "/late", true},
		"mounted below what is escaped":    {"/a%20b", "", "/a%20b", true},
		"mounted, and a public address":    {"/flows", "https://flows.test/flows/", "/flows", true},
		"a proxy takes the path off":       {"", "https://flows.test/flows", "/flows", false},
		"a proxy, with a slash at its end": {"", "https://flows.test/out/flows/", "/out/flows", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := &bank{}
			a := started(t, serve.Config{PublicURL: tt.public, Registry: b.registry(t), Flows: []serve.Served{{Flow: b.flow(t, `flow: slow
triggers: [{http: POST /late}]
steps: [{id: paid, call: bank.pay, with: {amount: 1}}]
output: "${steps.paid.id}"
`)}}})
			mount := strings.ReplaceAll(tt.mount, "%20", " ")
			web := httptest.NewServer(http.StripPrefix(mount, a.Server))
			t.Cleanup(web.Close)
			a.url = web.URL
			inside := func(path string) string { // as the proxy asks
				if !tt.kept {
					return strings.TrimPrefix(path, tt.below)
				}
				return path
			}
			late := a.send("POST", tt.mount+"/late?", "", "Prefer: respond-async")
			where := late.header.Get("Location")
			if late.status != http.StatusAccepted || !strings.HasPrefix(where, tt.below+"/-/runs/") || late.member("location") != where {
				t.Fatalf("%d %q %s", late.status, where, late.body)
			}
			eventually(t, "the run ends", func() bool { return a.send("GET", inside(where), "").member("state") == "done" })
			answer, _ := a.send("GET", inside(where), "").member("answer").(string)
			if got := a.send("GET", inside(answer), ""); answer != where+"/answer" || got.status != 200 {
				t.Errorf("answer %q: %d %s", answer, got.status, got.body)
			}
			if got := a.send("GET", tt.mount+"/none", ""); !strings.Contains(got.body, "see "+tt.below+"/-/openapi.json") {
				t.Errorf("help: %s", got.body)
			}
			servers := tt.below
			if servers == "" {
				servers = "/"
			}
			if got := a.send("GET", tt.mount+"/-/openapi.json", ""); !strings.Contains(got.body, `"url": "`+servers+`"`) {
				t.Errorf("the document: %s", got.body)
			}
			run := strings.TrimPrefix(where, tt.below)
			if got := a.admin().send("GET", run, ""); got.member("answer") != run+"/answer" {
				t.Errorf("operators: %s", got.body)
			}
		})
	}
}
