package main

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/internal/devserver"
)

// A secret with characters that each encoding spells in its own way.
const (
	declared = `declared/sec+ret "one" äß`
	given    = `given/sec+ret "two" äß`
)

// spellings are the forms in which a secret could stand in a database.
func spellings(secret string) map[string]string {
	quoted := strings.NewReplacer(`"`, `\"`, "/", `\/`).Replace(secret)
	found := map[string]string{
		"plain": secret, "url": url.QueryEscape(secret), "path": url.PathEscape(secret),
		"json": strings.ReplaceAll(secret, `"`, `\"`), "json with slashes": quoted,
	}
	for offset := range 3 {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", offset) + secret))
		found["base64 at "+string(rune('0'+offset))] = text[4 : len(text)-4]
	}
	return found
}

// mustNotHold looks for secrets in the files of the server.
func mustNotHold(t *testing.T, folder string, secrets ...string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "temporal.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no database", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			for form, text := range spellings(secret) {
				if bytes.Contains(content, []byte(text)) {
					t.Errorf("%s holds the secret %.5s… (%s)", filepath.Base(file), secret, form)
				}
			}
		}
	}
}

// holds is true where a text stands in the files of the server: it shows that
// the search finds what is there.
func holds(t *testing.T, folder, text string) bool {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(folder, "temporal.db*"))
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(text)) {
			return true
		}
	}
	return false
}

const secretFlow = `flow: secretive
inputs:
  password: {type: secret}
secrets:
  api: {}
steps:
  - {id: login, call: probe.login, with: {password: "${ctx.password}"}}
  - {call: probe.step, with: {name: one, value: "Bearer ${steps.login.token} ${secrets.api}"}}
  - try: [{call: probe.step, with: {name: two, fail: true, value: {key: "${secrets.api}", list: ["${ctx.password}"]}}}]
    catch: [{do: [{id: said, call: probe.step, with: {name: three, value: "${error.message}"}}]}]
  - forEach: "${1..502}"
    concurrency: 20
    do: [{call: probe.read, with: {name: "${item}", value: "${secrets.api}"}}]
output: {user: "${steps.login.user}", token: "${steps.login.token}"}
`

// With a key no secret is in the server's files, however it is spelt; what is
// no secret is not there either, because everything is encrypted.
func testSecrets(t *testing.T, server *devserver.Server) {
	b := newBench(t, server, keyed(), "api="+declared)
	b.worker()
	out := b.must(b.flow(secretFlow), "-i", "password="+given, "--reveal", "--id", "with-a-key")
	if !strings.Contains(out, `token-of-given/sec+ret`) {
		t.Errorf("the result is %s", out)
	}
	time.Sleep(time.Second) // the server writes on
	mustNotHold(t, server.Folder, declared, given)
	if !holds(t, server.Folder, "with-a-key") {
		t.Error("the search does not even find the run's name")
	}
}

// Without a key a declared secret travels by reference, and a run whose inputs
// hold a secret is refused.
func testSecretsWithoutKey(t *testing.T, server *devserver.Server) {
	b := newBench(t, server, "api="+declared)
	b.worker()
	path := b.flow(secretFlow)
	c := b.run(path, "-i", "password="+given)
	if code := c.code(t); code != 2 || !strings.Contains(c.err.String(), "MEDLAR_TEMPORAL_KEY") {
		t.Errorf("exit code %d:\n%s", code, c.err.String())
	}
	path = b.flow(`flow: referring
secrets:
  api: {}
steps:
  - {id: echo, call: probe.step, with: {name: plainly, value: "Bearer ${secrets.api}!"}}
  - if: "${steps.echo == 'Bearer ' + secrets.api + '!'}"
    then: [{call: probe.step, with: {name: same}}]
  - try: [{call: probe.step, with: {name: coded, value: "${base64(secrets.api)}"}}]
    catch: [{on: NeedsKey, do: [{call: probe.step, with: {name: refused}}]}]
  - try: [{call: probe.login, with: {password: "${secrets.api}"}}]
    catch: [{on: NeedsKey, do: [{call: probe.step, with: {name: refused-too}}]}]
output: "${'plain output'}"
`)
	if got := b.must(path); !strings.Contains(got, "plain output") {
		t.Errorf("the result is %s", got)
	}
	if got := strings.Join(b.calls(), " "); got != "plainly same refused refused-too" {
		t.Errorf("calls: %s", got)
	}
	time.Sleep(time.Second) // the server writes on
	mustNotHold(t, server.Folder, declared, given)
	if !holds(t, server.Folder, "plain output") {
		t.Error("the search does not find what is there in the clear")
	}
}

// A worker with another key does a run no harm: it waits for one that can read
// it. Whoever asks for the result without the key is told what is missing.
func testWrongKey(t *testing.T, server *devserver.Server) {
	b := newBench(t, server, keyed()).parallel()
	other := newBench(t, server, "MEDLAR_TEMPORAL_KEY="+testKey(2))
	other.queue = b.queue
	wrong := other.worker()
	c := b.run(b.flow("flow: keyed\nsteps: [{call: probe.step, with: {name: s}}]\noutput: \"${'done'}\"\n"), "--id", "keyed")
	time.Sleep(2 * time.Second)
	_ = wrong.Process.Kill()
	<-wrong.done
	b.worker()
	if code := c.code(t); code != 0 || !strings.Contains(c.out.String(), "done") {
		t.Fatalf("exit code %d:\n%s", code, c.err.String())
	}
	for _, env := range [][]string{nil, {"MEDLAR_TEMPORAL_KEY=" + testKey(2)}} {
		asking := newBench(t, server, env...).start("attach", "keyed")
		if code := asking.code(t); code != 1 || !strings.Contains(asking.err.String(), "MEDLAR_TEMPORAL_KEY") {
			t.Errorf("attach with %v: exit code %d\n%s", env, code, asking.err.String())
		}
	}
}
