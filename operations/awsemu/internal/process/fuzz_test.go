package process

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// FuzzRuntimeAPI is a process that sends whatever it likes. Its invocation
// ends once at the most, and never with more than a function may answer.
func FuzzRuntimeAPI(f *testing.F) {
	for _, seed := range []struct{ method, path, header, body string }{
		{"GET", "invocation/next", "", ""},
		{"POST", "invocation/id-1/response", "", `{"ok":true}`},
		{"POST", "invocation/id-1/error", "Broken", `{"errorType":"x"}`},
		{"POST", "init/error", "Broken", "{"},
		{"POST", "invocation/other/response", "", ""},
		{"PUT", "../..//invocation/id-1/response", "", ""},
	} {
		f.Add(seed.method, seed.path, seed.header, seed.body)
	}
	f.Fuzz(func(t *testing.T, method, path, header, body string) {
		r, err := http.NewRequestWithContext(t.Context(), method, "http://localhost"+apiPath+path, strings.NewReader(body))
		if err != nil || strings.HasPrefix(path, "invocation/next") {
			return
		}
		r.Header["Lambda-Runtime-Function-Error-Type"] = []string{header}
		api := newRuntimeAPI(newExtensions(About{}, nil))
		j := newJob(Invocation{ID: "id-1", Timeout: time.Second})
		api.set(j)
		for range 2 {
			api.mux.ServeHTTP(httptest.NewRecorder(), r)
		}
		select {
		case out := <-j.done:
			if len(out.Payload) > PayloadLimit {
				t.Errorf("%d bytes", len(out.Payload))
			}
		default:
		}
		if len(j.done) > 0 {
			t.Error("the invocation ended twice")
		}
	})
}
