package flows_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsemu"
)

// staticKey is a secret key as AWS gives them, 40 characters, declared in the
// functions file of these tests.
const staticKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz"

// local is an emulator that keeps what secrets it gave out.
type local struct {
	server  *httptest.Server
	sandbox connector.Sandbox

	mu     sync.Mutex
	issued []string
}

var issuedSecret = regexp.MustCompile(`<(SecretAccessKey|SessionToken)>([^<]+)<`)

func startLocal(t *testing.T) *local {
	t.Helper()
	src, err := os.ReadFile("examples/functions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	src = append(src, "\naccounts:\n  \"000000000000\": {accessKeyId: AKIAIOSFODNN7EXAMPLE, secretAccessKey: "+staticKey+"}\n"...)
	fixture, err := awsemu.ReadFixture("functions.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	emulator, err := awsemu.New(awsemu.Options{Fixture: fixture})
	if err != nil {
		t.Fatal(err)
	}
	l := &local{}
	l.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		emulator.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		l.keep(body)
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body)
	}))
	t.Cleanup(func() {
		l.server.Close()
		if err := emulator.Close(); err != nil {
			t.Error(err)
		}
	})
	l.sandbox = connector.Sandbox{
		Endpoint: l.server.URL, Services: emulator.Services(), Annotations: connector.Annotations{awsapi.SandboxKeys{
			Region: "us-east-1", AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: staticKey,
		}},
	}
	return l
}

func (l *local) keep(body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range issuedSecret.FindAllSubmatch(body, -1) {
		l.issued = append(l.issued, string(m[2]))
	}
}

// secrets returns everything that nobody may see.
func (l *local) secrets() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{staticKey}, l.issued...)
}

func examples(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, path := range all {
		if !strings.HasSuffix(path, "functions.yaml") && !strings.HasSuffix(path, ".test.yaml") {
			paths = append(paths, path)
		}
	}
	if len(paths) < 5 {
		t.Fatalf("only %d examples", len(paths))
	}
	return paths
}

func loadExample(t *testing.T, path string) *flows.Flow {
	t.Helper()
	flow, err := loadWith(os.DirFS(filepath.Dir(path)), filepath.Base(path), (&recorder{}).registry(t))
	if err != nil {
		t.Fatal(err)
	}
	if warnings := flow.Warnings(); warnings != nil {
		t.Errorf("an example has warnings: %v", warnings)
	}
	return flow
}

// runShown runs a flow on the emulator and writes down all that could be seen.
func (l *local) runShown(t *testing.T, path string, inputs map[string]any, seen io.Writer) (*flows.Result, error) {
	t.Helper()
	return l.runFlow(t, loadExample(t, path), inputs, seen)
}

// runFile is runShown for a flow that has warnings.
func (l *local) runFile(t *testing.T, path string, seen io.Writer) (*flows.Result, error) {
	t.Helper()
	flow, err := loadWith(os.DirFS(filepath.Dir(path)), filepath.Base(path), (&recorder{}).registry(t))
	if err != nil {
		t.Fatal(err)
	}
	return l.runFlow(t, flow, nil, seen)
}

func (l *local) runFlow(t *testing.T, flow *flows.Flow, inputs map[string]any, seen io.Writer) (*flows.Result, error) {
	t.Helper()
	log := flows.LogEvents(zerolog.New(seen).Level(zerolog.DebugLevel))
	record := func(e report.Event) { fmt.Fprintf(seen, "%+v %+v\n", e, e.Err) }
	result, err := carry(t.Context(), t, flow, inputs,
		flows.WithSandbox(l.sandbox), flows.WithListener(log), flows.WithListener(record))
	if err != nil {
		fmt.Fprintf(seen, "%v\n%+v\n", err, err)
		return nil, err
	}
	shown, err := value.EncodeJSON(result.Shown)
	fmt.Fprintf(seen, "%s\n%v\n", shown, err)
	return result, err
}

func TestExamples(t *testing.T) {
	want := map[string]string{
		"account-settings.yaml": `{"concurrentExecutions":1000,"functions":2,`,
		"assume-role.yaml":      `{"caller":"arn:aws:sts::000000000000:assumed-role/deployer/medlar-example","message":"hello arn:aws:sts`,
		"canary-release.yaml":   `{"alias":"arn:aws:lambda:eu-west-1:000000000000:function:orders:live","probes":20,"weights":{"2":0.1}}`,
		"faults.yaml":           `{"greetings":["hello Ada","hello Grace","hello Edsger","hello Barbara"]}`,
		"invoke.yaml":           `{"greeting":"hello world","status":200,"version":"$LATEST"}`,
		"place-order.yaml":      `{"order":"o-1","payment":"pay-1"}`,
		"share-layer.yaml":      `{"layer":"shared-lib","statements":["{\"Sid\":\"share-with-111122223333\"`,
	}
	for _, path := range examples(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil || !bytes.HasPrefix(text, []byte("# ")) {
				t.Errorf("the example does not begin with a comment that says what it shows (%v)", err)
			}
			l := startLocal(t)
			var seen bytes.Buffer
			result, err := l.runShown(t, path, exampleInputs(t, path), &seen)
			if err != nil {
				t.Fatal(err)
			}
			out, err := value.EncodeJSON(result.Output)
			if err != nil || want[filepath.Base(path)] == "" || !strings.HasPrefix(string(out), want[filepath.Base(path)]) {
				t.Errorf("the output is %s (%v), want %s", out, err, want[filepath.Base(path)])
			}
			l.mustNotShow(t, seen.String())
		})
	}
}

// exampleInputs returns the place of a shop to the example that needs one.
func exampleInputs(t *testing.T, path string) map[string]any {
	t.Helper()
	if filepath.Base(path) != "place-order.yaml" {
		return nil
	}
	answers := map[string]string{"GET": `{"available": 1}`, "POST": `{"id": "pay-1"}`, "PUT": `{"order": "o-1"}`}
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Idempotency-Key")
		if (key == "") != (r.Method == http.MethodGet) || r.Method == http.MethodPut && r.URL.Path != "/orders/"+key {
			t.Errorf("%s %s has the idempotency key %q", r.Method, r.URL.Path, key)
		}
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
		}
		_, _ = io.WriteString(w, answers[r.Method])
	}))
	t.Cleanup(shop.Close)
	return map[string]any{"api": shop.URL}
}

func (l *local) mustNotShow(t *testing.T, seen string) {
	t.Helper()
	for _, secret := range l.secrets() {
		if strings.Contains(seen, secret) {
			t.Errorf("a secret of %d characters is shown in:\n%s", len(secret), seen)
		}
	}
}

// liveWeights asks the endpoint for the alias's weights.
func (l *local) liveWeights(t *testing.T) map[string]float64 {
	t.Helper()
	client := lambda.New(lambda.Options{
		Region: "eu-west-1", BaseEndpoint: &l.sandbox.Endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", staticKey, ""),
	})
	alias, err := client.GetAlias(t.Context(), &lambda.GetAliasInput{FunctionName: aws.String("orders"), Name: aws.String("live")})
	if err != nil {
		t.Fatal(err)
	}
	if alias.RoutingConfig == nil {
		return nil
	}
	return alias.RoutingConfig.AdditionalVersionWeights
}

// A canary that is not healthy leaves the alias as it was.
func TestFailingCanaryIsUndone(t *testing.T) {
	tests := map[string]struct{ code, step, operation string }{
		"3": {"Unhealthy", "/4/then/1", ""},
		"4": {"Lambda.FunctionError", "/smoke[", "lambda.invoke"},
		"9": {"ResourceNotFoundException", "/alias", "lambda.updateAlias"},
	}
	for version, want := range tests {
		t.Run(version, func(t *testing.T) {
			l := startLocal(t)
			var seen bytes.Buffer
			_, err := l.runShown(t, "examples/canary-release.yaml", map[string]any{"version": version}, &seen)
			var failure *report.RunError
			if !errors.As(err, &failure) {
				t.Fatalf("the run gave %v", err)
			}
			if failure.Code != want.code || !strings.HasPrefix(failure.Step, want.step) || failure.Operation != want.operation {
				t.Errorf("the error is %s at %s of %s", failure.Code, failure.Step, failure.Operation)
			}
			if version != "9" {
				if diff := cmp.Diff([]string{"/alias"}, failure.Undone); diff != "" {
					t.Errorf("undone (-want +got):\n%s", diff)
				}
			}
			if weights := l.liveWeights(t); len(weights) != 0 {
				t.Errorf("the alias has the weights %v", weights)
			}
			l.mustNotShow(t, seen.String())
		})
	}
}

func TestCanaryChangesTheAlias(t *testing.T) {
	l := startLocal(t)
	if _, err := l.runShown(t, "examples/canary-release.yaml", nil, io.Discard); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]float64{"2": 0.1}, l.liveWeights(t)); diff != "" {
		t.Errorf("weights (-want +got):\n%s", diff)
	}
}

// Credentials that a flow carries about are never shown, whatever it does with
// them.
func TestIssuedCredentialsAreNotShown(t *testing.T) {
	l := startLocal(t)
	var seen bytes.Buffer
	result, err := l.runFile(t, "testdata/leaky.yaml", &seen)
	if err == nil {
		t.Fatalf("the run gave %v", result)
	}
	if len(l.issued) < 2 {
		t.Fatalf("the emulator issued %d secrets", len(l.issued))
	}
	l.mustNotShow(t, seen.String())
	for _, token := range l.issued {
		if encoded := base64.StdEncoding.EncodeToString([]byte(token)); strings.Contains(seen.String(), encoded[:40]) {
			t.Error("a token is shown in base64")
		}
	}
	if !strings.Contains(seen.String(), "the key is ***") {
		t.Errorf("the message is not there:\n%s", seen.String())
	}
}
