package vault

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	os.Exit(m.Run())
}

// server answers as Vault does.
func server(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		text := map[string]string{
			"/v1/secret/data/orders": `{"lease_duration": 0, "data": {"data": {"password": "hush", "n": 7}, "metadata": {"version": 3}}}`,
			"/v1/kv/orders":          `{"lease_duration": 2764800, "data": {"password": "hush", "data": "x"}}`,
			"/v1/ns/token":           `{"data": {"token": "` + r.Header.Get("X-Vault-Namespace") + `"}}`,
			"/v1/sys/health":         `{"initialized": true}`,
		}[r.URL.Path]
		switch {
		case r.Header.Get("X-Vault-Token") != "s.token":
			w.WriteHeader(http.StatusForbidden)
			text = `{"errors": ["permission denied"]}`
		case text == "":
			w.WriteHeader(http.StatusNotFound)
			text = `{"errors": []}`
		}
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(s.Close)
	return s
}

func read(t *testing.T, given map[string]any, path string) (any, error) {
	t.Helper()
	c := Connector()
	params, err := c.Connection.Convert(given)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Open(t.Context(), connector.OpenRequest{Params: params})
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // it was only used
	in, err := c.Operations[0].Params().Convert(map[string]any{"path": path})
	if err != nil {
		t.Fatal(err)
	}
	return c.Operations[0].Run(t.Context(), &connector.Call{Params: in, Connection: conn})
}

func TestRead(t *testing.T) {
	s := server(t)
	login := map[string]any{"address": s.URL, "token": "s.token"}
	for path, want := range map[string]map[string]any{
		"secret/data/orders": {"data": map[string]any{"password": "hush", "n": int64(7)}, "leaseDuration": int64(0)},
		"/kv/orders":         {"data": map[string]any{"password": "hush", "data": "x"}, "leaseDuration": int64(2764800)},
	} {
		got, err := read(t, login, path)
		if diff := cmp.Diff(any(want), got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", path, err, diff)
		}
	}
	for name, test := range map[string]struct {
		given map[string]any
		path  string
		class connector.Class
	}{
		"another token":       {map[string]any{"address": s.URL, "token": "other"}, "kv/orders", connector.ClassDenied},
		"no secret":           {login, "kv/nothing", connector.ClassNotFound},
		"no path of a secret": {login, "sys/health", connector.ClassInvalid},
		"no address":          {map[string]any{"token": "x"}, "kv/orders", connector.ClassInvalid},
		"no token":            {map[string]any{"address": s.URL}, "kv/orders", connector.ClassInvalid},
		"no URL":              {map[string]any{"address": "vault", "token": "x"}, "kv/orders", connector.ClassInvalid},
	} {
		_, err := read(t, test.given, test.path)
		var failure *connector.Error
		if !errors.As(err, &failure) || failure.Class != test.class || strings.Contains(failure.Error(), "s.token") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the connection does not say is where Vault's own command looks for it.
func TestEnvironment(t *testing.T) {
	s := server(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("VAULT_ADDR", s.URL)
	t.Setenv("VAULT_NAMESPACE", "team")
	if err := os.WriteFile(filepath.Join(home, ".vault-token"), []byte("s.token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := read(t, nil, "ns/token")
	want := map[string]any{"data": map[string]any{"token": "team"}, "leaseDuration": int64(0)}
	if diff := cmp.Diff(any(want), got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	t.Setenv("VAULT_TOKEN", "other")
	if _, err := read(t, nil, "ns/token"); connector.AsError(err).Class != connector.ClassDenied {
		t.Errorf("the variable goes before the file: %v", err)
	}
	t.Setenv("VAULT_CACERT", filepath.Join(home, "no.pem"))
	if _, err := read(t, nil, "ns/token"); connector.AsError(err).Code != "InvalidConnection" {
		t.Errorf("no file of authorities: %v", err)
	}
}
