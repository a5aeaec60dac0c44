package flows_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/flows/temporal/temporaltest"
	"github.com/medlar-flow/medlar/internal/lending"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/schema"
)

// bank keeps secrets as AWS and Vault do, and lets those in who know them.
type bank struct {
	mu     sync.Mutex
	values map[string]string
	asked  map[string]int // by what is asked for
	with   []string       // keys of the connections that asked
	denied int
	fails  *connector.Error // in place of a secret
	vague  bool             // nobody knows whether what is denied was done
}

func newBank(values map[string]string) *bank {
	return &bank{values: values, asked: map[string]int{}}
}

func (b *bank) set(name, value string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.values[name] = value
}

func (b *bank) count(name string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked[name]
}

type bankConn struct{ key string }

func (bankConn) Close() error { return nil }

func (b *bank) get(call *connector.Call, name string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked[name]++
	b.with = append(b.with, call.Connection.(bankConn).key)
	v, ok := b.values[name]
	switch {
	case b.fails != nil:
		return "", b.fails
	case !ok:
		return "", &connector.Error{Code: "ResourceNotFoundException", Class: connector.ClassNotFound, Message: "there is no " + name}
	}
	return v, nil
}

type (
	secretIn    struct{ SecretId string }
	parameterIn struct {
		Name           string
		WithDecryption bool
	}
	readIn  struct{ Path string }
	enterIn struct {
		Token schema.Secret
		Name  string
	}
	enterOut struct{ Name string }
	rotateIn struct{ Name, To string }
)

// connectors are the stores, and what asks for a token.
func (b *bank) connectors() []*connector.Connector {
	open := func(_ context.Context, req connector.OpenRequest) (connector.Connection, error) {
		key, _ := req.Params["key"].(string)
		return bankConn{key}, nil
	}
	params := func() *schema.Schema {
		return schema.MustNew(&schema.Field{Name: "region", Type: schema.String}, &schema.Field{Name: "key", Type: schema.String, Secret: true})
	}
	only := connector.WithEffect(connector.EffectReadOnly)
	secret := func(_ context.Context, call *connector.Call, in secretIn) (any, error) {
		v, err := b.get(call, in.SecretId)
		return map[string]any{"SecretString": v}, err
	}
	parameter := func(_ context.Context, call *connector.Call, in parameterIn) (any, error) {
		v, err := b.get(call, in.Name)
		if !in.WithDecryption {
			v = "in cipher"
		}
		return map[string]any{"Parameter": map[string]any{"Value": v}}, err
	}
	read := func(_ context.Context, call *connector.Call, in readIn) (any, error) {
		v, err := b.get(call, in.Path)
		return map[string]any{"data": map[string]any{"key": v, "list": []any{}}}, err
	}
	return []*connector.Connector{
		{Name: "secretsmanager", Family: "aws", Connection: params(), Open: open, Operations: []*connector.Operation{connector.OpWith("secretsmanager.getSecretValue", "Read.", secret, only)}},
		{Name: "ssm", Family: "aws", Connection: params(), Open: open, Operations: []*connector.Operation{connector.OpWith("ssm.getParameter", "Read.", parameter, only)}},
		{Name: "vault", Connection: params(), Open: open, Operations: []*connector.Operation{connector.OpWith("vault.read", "Read.", read, only)}},
		{
			Name: "guard", Connection: params(), Open: open, Operations: []*connector.Operation{
				connector.OpWith("guard.enter", "Let in who knows the token.", b.enter), connector.OpWith("guard.rotate", "Change a secret.", b.rotate),
			},
		},
	}
}

// enter lets in who gives the token t, by the parameter or by the connection.
func (b *bank) enter(_ context.Context, call *connector.Call, in enterIn) (enterOut, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	token := strings.TrimPrefix(in.Token.Reveal(), "Bearer ")
	if token == "" {
		token = call.Connection.(bankConn).key
	}
	if token != b.values["t"] {
		b.denied++
		e := &connector.Error{Code: "Forbidden", Class: connector.ClassDenied, Outcome: connector.OutcomeFailed, Requests: 1, Message: "nobody knows " + token}
		if b.vague {
			e.Outcome = connector.OutcomeUnknown
		}
		return enterOut{}, e
	}
	return enterOut(struct{ Name string }{in.Name}), nil
}

func (b *bank) rotate(_ context.Context, _ *connector.Call, in rotateIn) (any, error) {
	b.set(in.Name, in.To)
	return nil, nil
}

func (b *bank) load(t *testing.T, text string) *flows.Flow {
	t.Helper()
	registry, err := connector.NewRegistry(b.connectors()...)
	if err != nil {
		t.Fatal(err)
	}
	f, err := loadWith(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry)
	if err != nil {
		t.Fatalf("the flow is refused:\n%v\n%s", err, text)
	}
	return f
}

// everywhere runs a test in process, on a journal and on Temporal.
func everywhere(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Run("in process", test)
	onJournal = true
	t.Run("on a journal", test)
	onJournal, onTemporal = false, true
	t.Run("on Temporal", test)
	onTemporal = false
}

// carryStored is carry, without the second reading of a journal, which has
// another registry.
func carryStored(t *testing.T, f *flows.Flow, options ...flows.RunOption) (*flows.Result, error) {
	t.Helper()
	if !onJournal {
		return carry(t.Context(), t, f, nil, options...)
	}
	j := openJournal(t, filepath.Join(t.TempDir(), "test.db"))
	defer j.Close()
	return j.Run(t.Context(), f, nil, options...)
}

func env(values map[string]string) flows.RunOption {
	return flows.WithEnv(func(name string) (string, bool) { v, ok := values[name]; return v, ok })
}

// TestSecretStores: secrets come from their stores before the first step, with
// connections that may be made of other secrets.
func TestSecretStores(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("of-a-file-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`flow: t
inputs: {region: {type: string, default: eu-west-1}}
secrets:
  k: {vault: {path: kv/data/k, key: key}}
  db: {secretsmanager: prod/db, key: password}
  user: {secretsmanager: prod/db, key: user}
  p: {ssm: /prod/p}
  f: {file: %q}
  boot: {env: BOOT}
connections:
  aws: {region: "${ctx.region}", key: "${secrets.boot}"}
  vault: {key: "${secrets.p}"}
steps:
  - set: {all: ["${secrets.k}", "${secrets.db}", "${secrets.user}", "${secrets.p}", "${secrets.f}"]}
output: "${ctx.all}"
`, path)
	everywhere(t, func(t *testing.T) {
		b := newBank(map[string]string{"prod/db": `{"password": "of-the-manager", "user": 17}`, "/prod/p": "of-the-store-1", "kv/data/k": "of-the-vault-1"})
		result, err := carryStored(t, b.load(t, text), env(map[string]string{"BOOT": "to-begin-with"}))
		if err != nil {
			t.Fatal(err)
		}
		want := []any{"of-the-vault-1", "of-the-manager", "17", "of-the-store-1", "of-a-file-1"}
		if onTemporal {
			want = []any{"***", "***", "17", "***", "***"} // whoever asks for a result is given no secret
		}
		if diff := cmp.Diff(any(want), result.Output); diff != "" {
			t.Errorf("output (-want +got):\n%s", diff)
		}
		if text := fmt.Sprint(result.Shown); strings.Contains(text, "of-") {
			t.Errorf("people see %s", text)
		}
		if got := strings.Join(b.with, " "); !strings.HasPrefix(got, "to-begin-with of-the-store-1 to-begin-with") {
			t.Errorf("the stores are asked with %s", got)
		}
		if n := b.count("prod/db"); n > 1 && !onTemporal {
			t.Errorf("Secrets Manager is asked %d times for one secret", n)
		}
	})
}

const rotating = `flow: t
secrets: {t: {ssm: t}, other: {ssm: other}}
connections: {guard: {key: "${secrets.t}"}, aws: {region: eu-west-1}}
steps:
  - set: {header: "Bearer ${secrets.t}"}
  - {id: a, call: guard.enter, with: {token: "${ctx.header}", name: "${len(secrets.other)}"}}
  - {call: guard.rotate, with: {name: t, to: second-token}}
  - {id: b, call: guard.enter, with: {token: "${ctx.header}", name: b}, atMostOnce: true}
  - {id: c, call: guard.enter, with: {name: c}, retry: 2}
  - {id: d, call: guard.enter, with: {token: "${ctx.header}", name: d}}
output: "${steps.a.name}${steps.b.name}${steps.c.name}${steps.d.name}"
`

// TestSecretsAreRenewed: a secret that is refused is read again, once, and what
// is made of it later has the new value, in the call and in its connection.
func TestSecretsAreRenewed(t *testing.T) {
	everywhere(t, func(t *testing.T) {
		b := newBank(map[string]string{"t": "first-token", "other": "x"})
		result, err := carryStored(t, b.load(t, rotating), env(nil))
		if err != nil {
			t.Fatal(err)
		}
		if result.Output != any("1bcd") {
			t.Errorf("the output is %v", result.Output)
		}
		if b.denied != 1 || b.count("t") != 2 || b.count("other") != 1 {
			t.Errorf("%d calls are denied, the secret is read %d times, the other %d times", b.denied, b.count("t"), b.count("other"))
		}
	})
}

// TestStoredSecretsTravelByReference: without a key nothing of them is stored or
// reaches a Temporal server, which would be refused.
func TestStoredSecretsTravelByReference(t *testing.T) {
	b := newBank(map[string]string{"t": "first-token", "other": "x"})
	registry, err := connector.NewRegistry(b.connectors()...)
	if err != nil {
		t.Fatal(err)
	}
	f := b.load(t, rotating)
	worker := []temporal.Option{temporal.WithEnv(func(string) (string, bool) { return "", false })}
	result, err := temporaltest.Run(t.Context(), f, registry, nil, temporal.PrepareOptions{}, worker, env(nil))
	if err != nil || result.Output != any("1bcd") {
		t.Errorf("on Temporal: %v, %v", result, err)
	}

	path := filepath.Join(t.TempDir(), "test.db")
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	b.set("t", "first-token")
	result, err = j.Run(t.Context(), f, nil, env(nil))
	if err != nil || result.Output != any("1bcd") {
		t.Errorf("on a journal: %v, %v", result, err)
	}
	j.Close()
	for _, name := range []string{path, path + "-wal"} {
		if text, _ := os.ReadFile(name); strings.Contains(string(text), "first-token") {
			t.Errorf("%s holds the secret", filepath.Base(name))
		}
	}
}

// Where the secret is as it was, the refusal is the answer, and the store is not
// asked at each one.
func TestSecretsThatStayTheSame(t *testing.T) {
	const text = `flow: t
secrets: {t: {ssm: x}}
steps:
  - id: all
    forEach: "${1..5}"
    onError: collect
    do: [{call: guard.enter, with: {token: "${secrets.t}", name: a}}]
output: "${len(steps.all.errors)}"
`
	everywhere(t, func(t *testing.T) {
		b := newBank(map[string]string{"t": "right-token", "x": "wrong-token"})
		result, err := carryStored(t, b.load(t, text), env(nil))
		if err != nil {
			t.Fatal(err)
		}
		if result.Output != any(int64(5)) || b.denied != 5 || b.count("x") != 2 {
			t.Errorf("%v failures, %d denied, %d times read", result.Output, b.denied, b.count("x"))
		}
	})
}

// What may have been done is not done again, and no failure shows a secret.
func TestSecretsOfUnknownOutcome(t *testing.T) {
	const text = `flow: t
secrets: {t: {ssm: t}}
steps:
  - {call: guard.rotate, with: {name: t, to: second-token}}
  - {call: guard.enter, with: {token: "${secrets.t}", name: a}}
`
	everywhere(t, func(t *testing.T) {
		b := newBank(map[string]string{"t": "first-token"})
		b.vague = true
		_, err := carryStored(t, b.load(t, text), env(nil))
		var failure *report.RunError
		if !errors.As(err, &failure) || failure.Class != connector.ClassDenied || b.denied != 1 || strings.Contains(failure.Error(), "first-token") {
			t.Errorf("%v, %d denied", err, b.denied)
		}
	})
}

// With a stand-in for the services, secrets come from the caller.
func TestSecretStoresAreReplaced(t *testing.T) {
	b := newBank(map[string]string{"t": "real"})
	real := filepath.Join(t.TempDir(), "real")
	if err := os.WriteFile(real, []byte("of-a-file"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := b.load(t, "flow: t\nsecrets: {t: {ssm: t}, k: {vault: {path: x, key: key}}, f: {file: "+strconv.Quote(real)+"}}\nsteps: [{set: {a: 1}}]\noutput: '${secrets.t}${secrets.k}${secrets.f}'\n")
	values := map[string]string{"t": "a", "k": "b", "f": "c"}
	given := flows.WithSecrets(func(_ context.Context, name string) (string, bool, error) { v, ok := values[name]; return v, ok, nil })
	result, err := f.Run(t.Context(), nil, flows.WithSandbox(connector.Sandbox{Endpoint: "http://127.0.0.1:1"}), given, env(nil))
	if err != nil || result.Output != any("abc") || len(b.asked) != 0 {
		t.Errorf("%v, %v, asked %v", result, err, b.asked)
	}
	for _, name := range []string{"t", "f"} {
		before := values[name]
		delete(values, name)
		_, err = f.Run(t.Context(), nil, flows.WithSandbox(connector.Sandbox{Endpoint: "http://127.0.0.1:1"}), given, env(nil))
		if err == nil || !strings.Contains(err.Error(), "secret "+name) {
			t.Errorf("without %s: %v", name, err)
		}
		values[name] = before
	}
}

// Secrets that are not to be had are all named, with what to do.
func TestSecretStoresFail(t *testing.T) {
	b := newBank(map[string]string{"here": `{"a": []}`})
	f := b.load(t, `flow: t
secrets:
  missing: {ssm: missing}
  member: {secretsmanager: here, key: b}
  list: {secretsmanager: here, key: a}
  plain: {ssm: here}
  text: {vault: {path: here, key: list}}
  file: {file: no/such/file}
steps: [{set: {a: "${secrets.plain}"}}]
`)
	_, err := f.Run(t.Context(), nil, env(nil))
	var inputs *report.InputError
	if !errors.As(err, &inputs) {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range inputs.Errors {
		got[e.Path] = e.Message + "; " + e.Help
	}
	want := map[string]string{
		"secret missing": "cannot be read from SSM's Parameter Store: ResourceNotFoundException: there is no missing; is the name of a parameter right, and the account, the Region or the address?",
		"secret member":  `cannot be read from Secrets Manager: it has no key "b"; `,
		"secret list":    `cannot be read from Secrets Manager: its key "a" is no text; `,
		"secret text":    `cannot be read from Vault: its key "list" is no text; `,
		"secret file":    "cannot be read: there is no file no/such/file; ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.fails = &connector.Error{Code: "AccessDeniedException", Class: connector.ClassDenied, Message: "no"}
	_, err = f.Run(t.Context(), nil, env(nil))
	if err == nil || !strings.Contains(fmt.Sprint(err), "AccessDeniedException") {
		t.Errorf("%v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	var failure *report.RunError
	if _, err = f.Run(stopped, nil, env(nil)); !errors.As(err, &failure) || failure.Class != connector.ClassCanceled {
		t.Errorf("a run that is stopped gives %v", err)
	}
}

// storing is a registry with the stores, for the files of testdata/errors.
func storing(t *testing.T, r *recorder) *connector.Registry {
	t.Helper()
	all := append(operations.All(), r.connector())
	var others []*connector.Connector
	for _, c := range newBank(nil).connectors() {
		if c.Name != "vault" {
			others = append(others, c)
		}
	}
	registry, err := connector.NewRegistry(append(all, others...)...)
	if err != nil {
		t.Fatal(err)
	}
	return registry
}

// TestLogsOfRefusedAttempts: what an attempt writes to the log that was made once more
// with a secret's new value is a line of its own step, also when it comes late.
func TestLogsOfRefusedAttempts(t *testing.T) {
	b := newBank(map[string]string{"t": "first-token"})
	connectors := b.connectors()
	var kept connector.LogFunc
	late := connector.OpWith("guard.late", "Go on to write to the log where that fails, of which no promise says anything.", func(ctx context.Context, call *connector.Call, in enterIn) (enterOut, error) {
		out, err := b.enter(ctx, call, in)
		if err != nil {
			kept = call.Log
		}
		return out, err
	})
	lending.PromiseCall(late)
	guard := connectors[len(connectors)-1]
	guard.Operations = append(guard.Operations, late)
	registry, err := connector.NewRegistry(connectors...)
	if err != nil {
		t.Fatal(err)
	}
	const text = `
flow: f
secrets:
  token: {ssm: t}
steps:
  - {call: guard.rotate, with: {name: t, to: second-token}}
  - {id: first, call: guard.late, with: {token: "${secrets.token}", name: a}}
  - {id: second, call: guard.late, with: {token: "${secrets.token}", name: b}}
`
	flow, err := loadWith(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	listen := flows.WithListener(func(e flows.Event) {
		if e.Type == report.StepLogged && e.Message == "late" {
			lines = append(lines, e.Step)
		}
	})
	if _, err := flow.Run(t.Context(), nil, listen, env(nil)); err != nil {
		t.Fatal(err)
	}
	if kept == nil {
		t.Fatal("no attempt was refused")
	}
	if kept(connector.LogInfo, "late", nil); len(lines) != 1 || lines[0] != "/first" {
		t.Errorf("the line is one of %q", lines)
	}
}
