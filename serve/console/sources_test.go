package console_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve/console"
)

// Of two files with flows of one name each has its page, and its form begins its flow; a
// file that cannot be read keeps nobody from the others.
func TestFilesOfOneName(t *testing.T) {
	const one = "flow: same\nsteps: [{call: test.do, with: {name: first}}]\n"
	w := newWorld(t, map[string]string{"a.yaml": one})
	w.write("b.yaml", strings.ReplaceAll(one, "first", "second"))
	gone := console.Source{File: "gone.yaml", Load: func(context.Context) (*flows.Flow, *flows.CheckError, error) {
		return nil, nil, errors.New("gone.yaml cannot be read")
	}, Text: func(string) []byte { return nil }}
	w.sources = []console.Source{gone, w.source("a.yaml"), w.source("b.yaml")}
	w.login()
	has(t, w.get("/flows"), `href="/flows/same"`, `href="/flows/b.yaml"`, `href="/flows/gone.yaml"`)
	for path, call := range map[string]string{"/flows/same": "first", "/flows/b.yaml": "second"} {
		page := w.get(path)
		has(t, page, `action="`+path+`"`, "name: "+call)
		a := w.post(path, sends(page.body)...)
		run, _, _ := strings.Cut(a.url, "?")
		if w.until(run, stands("done")); !strings.HasSuffix(w.called(), call) {
			t.Errorf("%s begins %s", path, w.called())
		}
	}
	// A run is of the file that it began with, where several have its flow.
	w.set("second", true)
	w.run("b.yaml", "r", nil)
	has(t, w.get("/runs/r"), `href="/flows/b.yaml?like=r"`)
	has(t, w.get("/runs/r/restart"), "b.yaml as it is now")
	w.run("a.yaml", "other", nil)
	has(t, w.get("/runs/other"), `href="/flows/same?like=other"`)
	if a := w.get("/flows/gone.yaml"); a.status != http.StatusInternalServerError || !strings.Contains(a.body, "cannot be read") {
		t.Errorf("the file that is gone: %d %s", a.status, a.body)
	}
	// A run whose file cannot be read is restarted as it began.
	w.sources = []console.Source{gone}
	w.write("gone.yaml", strings.ReplaceAll(one, "first", "third"))
	w.set("third", true)
	w.run("gone.yaml", "lost", nil)
	has(t, w.get("/runs/lost/restart?from=/1&with=file"), "cannot be read")
	has(t, w.get("/runs/lost/restart?from=/1"), ">Restart now<")
}
