package console_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/console"
)

// A console whose path is taken off before it says how to mount it, in place of leading
// out of where it stands.
func TestMountedByStripPrefix(t *testing.T) {
	j, err := journal.Open(filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		prefix, strips, path string
		want                 string // in the body
		status               int
	}{
		{"", "", "/", "", http.StatusSeeOther},
		{"/c", "", "/c/", "", http.StatusSeeOther},
		{"", "/c", "/c/runs", `the Prefix "/c"`, http.StatusInternalServerError},
		{"/c", "/c", "/c/runs", `the Prefix "/c"`, http.StatusInternalServerError},
		{"/c", "/a", "/a/c/runs?x=1", `the Prefix "/a/c"`, http.StatusInternalServerError},
	} {
		c, err := console.New(t.Context(), console.Config{Journal: j, Registry: reg, Token: schema.Secret(strings.Repeat("t", 20)), Hosts: []string{"example.com"}, Prefix: row.prefix})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		http.StripPrefix(row.strips, c).ServeHTTP(w, httptest.NewRequest(http.MethodGet, row.path, nil))
		if w.Code != row.status || !strings.Contains(w.Body.String(), row.want) {
			t.Errorf("%+v: %d %s %s", row, w.Code, w.Header().Get("Location"), w.Body)
		}
		if location := w.Header().Get("Location"); location != "" && !strings.HasPrefix(location, row.prefix+"/login") {
			t.Errorf("%+v leads to %s", row, location)
		}
	}
}
