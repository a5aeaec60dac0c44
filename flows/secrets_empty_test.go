package flows_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/flows"
)

// A secret of a variable that is set and empty, or of an empty file, is missing; one
// that somebody gives as an empty text is a value.
func TestEmptySecrets(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := flows.WithEnv(func(name string) (string, bool) { return "", name == "TOKEN" || name == "plain" })
	given := flows.WithSecrets(func(context.Context, string) (string, bool, error) { return "", true, nil })
	for name, test := range map[string]struct {
		secrets, want string
		options       []flows.RunOption
	}{
		"a variable":            {"token: {env: TOKEN}", "secret token: cannot be read: the environment variable TOKEN is set and empty", nil},
		"that of its name":      {"plain: ", "secret plain: cannot be read: the environment variable plain is set and empty", nil},
		"one that is not there": {"token: {env: NONE}", "secret token: not found", nil},
		"a file":                {"token: {file: " + empty + "}", "is empty", nil},
		"given":                 {"plain: ", "", []flows.RunOption{given}},
	} {
		_, err := run(t, &recorder{}, "flow: t\nsecrets: {"+test.secrets+"}\nsteps: [{call: test.echo}]", nil, append(test.options, env)...)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}
