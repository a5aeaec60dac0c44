package awsmodel_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsmodel"
)

// breaking serves an object whose body breaks off the first times.
func breaking(t *testing.T, times int64) (call func(params map[string]any) (any, error), asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "11")
		_, _ = w.Write([]byte("hello"))
		if asked.Add(1) > times {
			_, _ = w.Write([]byte(" world"))
			return
		}
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	c := awsmodel.Source(awsapi.Linger(0)).Connector("s3")
	given, err := c.Connection.Convert(map[string]any{
		"region": "eu-west-1", "accessKeyId": "AKID", "secretAccessKey": "secret", "maxAttempts": 3, "endpoint": server.URL,
	})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Open(t.Context(), connector.OpenRequest{Params: given, RunID: "r"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	var get *connector.Operation
	for _, op := range c.Operations {
		if op.Name == "s3.getObject" {
			get = op
		}
	}
	return func(params map[string]any) (any, error) {
		with, err := get.Params().Convert(params)
		if err != nil {
			t.Fatal(err)
		}
		return get.Run(t.Context(), &connector.Call{Params: with, Connection: conn, IdempotencyKey: "key"})
	}, asked
}

// A body that breaks off is asked for again, and one that always does is a
// failure of the network, of which nothing is left.
func TestBrokenBodies(t *testing.T) {
	for name, test := range map[string]struct {
		times int64 // that it breaks off
		asked int64
		ok    bool
	}{
		"once":   {1, 2, true},
		"twice":  {2, 3, true},
		"always": {99, 3, false},
	} {
		for _, saveTo := range []string{"", "out"} {
			t.Run(name+" "+saveTo, func(t *testing.T) {
				t.Chdir(t.TempDir())
				call, asked := breaking(t, test.times)
				params := map[string]any{"bucket": "my-bucket", "key": "k"}
				if saveTo != "" {
					params["saveTo"] = saveTo
				}
				got, err := call(params)
				if n := asked.Load(); n != test.asked {
					t.Errorf("asked %d times, want %d", n, test.asked)
				}
				if !test.ok {
					e := connector.AsError(err)
					if e.Class != connector.ClassUnavailable || e.Code != "BrokenAnswer" || e.Outcome != connector.OutcomeFailed {
						t.Errorf("error %+v", e)
					}
					if left, _ := os.ReadDir("."); len(left) != 0 {
						t.Errorf("%v is left", left)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				text, _ := got.(map[string]any)["Body"].([]byte)
				if saveTo != "" {
					if text, err = os.ReadFile(saveTo); err != nil {
						t.Fatal(err)
					}
				}
				if left, _ := os.ReadDir("."); string(text) != "hello world" || saveTo == "" && len(left) != 0 || len(left) > 1 {
					t.Errorf("%q, in the folder %v", text, left)
				}
			})
		}
	}
}

// Where nothing can be written, nothing is asked for, and the error says why.
func TestSaveToNowhere(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"folder", "locked"} {
		if err := os.Mkdir(name, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("file", []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod("locked", 0o500); err != nil { //nolint:gosec // a folder
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"folder":   `saveTo: "folder" is a folder: name a file in it`,
		"none/x":   `saveTo: there is no folder "none" for "none/x": make it first`,
		"file/x":   `saveTo: "file" is no folder, so "file/x" cannot be in it`,
		"../x":     `saveTo: "../x" is not below the folder that the program was started in`,
		"locked/x": `saveTo: "locked/x" cannot be written: permission denied`,
	} {
		if path == "locked/x" && os.Geteuid() == 0 {
			continue // root may write anywhere
		}
		call, asked := breaking(t, 0)
		_, err := call(map[string]any{"bucket": "my-bucket", "key": "k", "saveTo": path})
		if e := connector.AsError(err); e.Class != connector.ClassInvalid || e.Message != want {
			t.Errorf("%s: %s %q, want %q", path, e.Class, e.Message, want)
		}
		if asked.Load() != 0 {
			t.Errorf("%s: the object was asked for", path)
		}
	}
	// A file that is there stays until another one is whole.
	call, _ := breaking(t, 99)
	if _, err := call(map[string]any{"bucket": "my-bucket", "key": "k", "saveTo": "file"}); err == nil {
		t.Error("a broken body is saved")
	}
	if text, _ := os.ReadFile("file"); string(text) != "before" {
		t.Errorf("the file holds %q", text)
	}
	if call, _ = breaking(t, 0); true {
		if _, err := call(map[string]any{"bucket": "my-bucket", "key": "k", "saveTo": "file"}); err != nil {
			t.Error(err)
		}
	}
	if text, _ := os.ReadFile("file"); string(text) != "hello world" {
		t.Errorf("the file holds %q", text)
	}
	entries, _ := filepath.Glob("*.part")
	if len(entries) != 0 {
		t.Errorf("%s is left", strings.Join(entries, ", "))
	}
}
