package journal_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
)

const secretFlow = `flow: t
inputs: {password: {type: secret}}
secrets: {apiKey: {env: API_KEY}}
steps:
  - {id: l, call: test.login, with: {name: login}}
  - {id: e, call: test.change, with: {name: echo, value: "${steps.l.token}"}}
  - {id: k, call: test.change, with: {name: key, value: "${secrets.apiKey}"}}
  - {id: s, call: test.change, sensitive: true, with: {name: sensitive, value: "${'a sensitive ' + 'value'}"}}
  - {try: [{call: test.change, with: {name: leak}}], catch: [{do: [{id: m, call: test.change, with: {name: handler, value: "${error.message}"}}]}]}
  - {id: n, call: test.change, with: {name: last, value: plain}}
output: "${steps.n}"
`

var secrets = []string{"a-token-that-is-secret", "the-key-of-the-api", "a sensitive value", "the-password-of-ada"}

func secretEnv() flows.RunOption {
	return flows.WithEnv(func(string) (string, bool) { return secrets[1], true })
}

func leaking() *calls {
	return &calls{fail: func(name string) error {
		if name == "leak" {
			return &connector.Error{Code: "Leaked", Class: connector.ClassDenied, Message: "the token a-token-that-is-secret is refused"}
		}
		return nil
	}}
}

func onDisk(t *testing.T, path string) []byte {
	t.Helper()
	var all []byte
	for _, name := range []string{path, path + "-wal"} {
		text, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}

// TestSecretsAreEncrypted: with a key everything is there, and nothing can be
// read without it.
func TestSecretsAreEncrypted(t *testing.T) {
	path := newPath(t)
	j := open(t, path, journal.WithKeys(testKeys(t, 1)))
	inputs := map[string]any{"password": secrets[3]}
	if _, err := j.Run(t.Context(), load(t, leaking(), secretFlow), inputs, flows.WithRunID("r"), secretEnv()); err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		if bytes.Contains(onDisk(t, path), []byte(secret)) {
			t.Errorf("%q is on the disk", secret)
		}
	}
	d, err := j.Show(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range d.Steps {
		for _, secret := range secrets {
			if text := jsonOf(t, s.Result); strings.Contains(text, secret) || s.Err != nil && strings.Contains(s.Err.Message, secret) {
				t.Errorf("%s shows %s", s.Path, text)
			}
		}
	}
	last := count(t, path, "SELECT max(seq) FROM records")
	cutAt(t, j, path, last-1)
	closed(t, j)

	j = open(t, path)
	var locked *journal.LockedError
	if _, err := j.Resume(t.Context(), "r", leaking().registry(t), secretEnv()); !errors.As(err, &locked) {
		t.Errorf("without the key: %v", err)
	}
	if d, err := j.Show(t.Context(), "r"); err != nil || d.Inputs["password"] != "***" {
		t.Errorf("without the key %v is shown (%v)", d, err)
	}
	closed(t, j)

	rotated, err := journal.ParseKeys(keyText(2) + "," + keyText(1))
	if err != nil {
		t.Fatal(err)
	}
	j = open(t, path, journal.WithKeys(rotated))
	rest := leaking()
	if _, err := j.Resume(t.Context(), "r", rest.registry(t), secretEnv()); err != nil || len(rest.noted()) > 0 {
		t.Errorf("with the old key behind a new one: %v, calls %v", err, rest.noted())
	}
}

// TestSecretsWithoutKey: what would be in the clear is not stored, the step
// runs again, and that is said.
func TestSecretsWithoutKey(t *testing.T) {
	path := newPath(t)
	j := open(t, path)
	flow := load(t, leaking(), secretFlow)
	if _, err := j.Run(t.Context(), flow, map[string]any{"password": secrets[3]}, secretEnv()); err == nil ||
		!strings.Contains(err.Error(), journal.KeyVariable) {
		t.Errorf("an input that is secret gives %v", err)
	}
	var said []string
	listen := flows.WithListener(func(e report.Event) {
		if e.Type == report.StepLogged {
			said = append(said, e.Message)
		}
	})
	if _, err := j.Run(t.Context(), flow, nil, flows.WithRunID("r"), secretEnv(), listen); err != nil {
		t.Fatal(err)
	}
	if len(said) != 1 || !strings.Contains(said[0], "not stored") {
		t.Errorf("it says %q", said)
	}
	for _, secret := range secrets {
		if bytes.Contains(onDisk(t, path), []byte(secret)) {
			t.Errorf("%q is on the disk", secret)
		}
	}
	cutAt(t, j, path, count(t, path, "SELECT max(seq) FROM records")-1)
	said = nil
	rest := leaking()
	if _, err := j.Resume(t.Context(), "r", rest.registry(t), secretEnv(), listen); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rest.noted(), " "); got != "login echo key sensitive handler" {
		t.Errorf("calls: %s", got)
	}
	if len(said) != 5 || !strings.Contains(said[0], "runs again") {
		t.Errorf("it says %q", said)
	}
}
