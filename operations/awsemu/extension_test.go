package awsemu_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// extended makes functions with a layer whose extensions are the test function,
// each with what the extensions do; it gives the file they write to.
func extended(t *testing.T, r *rig, names []string, does map[string]string) string {
	t.Helper()
	ctx, client := t.Context(), r.lambda(t)
	program := filepath.Join(goFolder(t), "bootstrap")
	log := filepath.Join(t.TempDir(), "events")
	files := map[string]string{"extensions/README": "no program"}
	for _, name := range names {
		files["extensions/"+name+"*"] = fmt.Sprintf("#!/bin/sh\nexec %q extension %s\n", program, name)
	}
	layer := ok(client.PublishLayerVersion(ctx, &lambda.PublishLayerVersionInput{
		LayerName: aws.String("beside"), Content: &types.LayerVersionContentInput{ZipFile: zipOf(t, files)},
	}))(t)
	for function, what := range does {
		in := newFunction(t, function)
		in.Code.ZipFile = zipOf(t, map[string]string{"bootstrap*": fmt.Sprintf("#!/bin/sh\nexec %q\n", program)})
		in.Layers, in.Timeout = []string{*layer.LayerVersionArn}, aws.Int32(5)
		in.Environment = &types.Environment{Variables: map[string]string{"EXTENSION_LOG": log, "EXTENSION_DOES": what}}
		if what == "slow" {
			in.Timeout = aws.Int32(1)
		}
		ok(client.CreateFunction(ctx, in))(t)
	}
	return log
}

// Programs in extensions/ of a layer are told of each invocation and of the end.
func TestExtensions(t *testing.T) {
	r := start(t, "")
	log := extended(t, r, []string{"first", "second"}, map[string]string{"f": ""})
	for range 2 {
		out := r.call(t, "f", `{"N":1}`)
		same(t, "", out.failure)
		same(t, any(1.0), out.body["N"])
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	// While extensions are busy, their environment takes no further invocation:
	// there may have been two of them.
	text := string(ok(os.ReadFile(log))(t))
	for _, name := range []string{"first", "second"} {
		environments := strings.Count(text, name+" registered true true\n")
		if environments < 1 || environments > 2 {
			t.Errorf("%s has registered %d times in\n%s", name, environments, text)
		}
		same(t, 2, strings.Count(text, name+" INVOKE"))
		same(t, environments, strings.Count(text, name+" SHUTDOWN spindown\n"))
		same(t, environments+2+environments, strings.Count(text, name+" "))
	}
}

// What becomes of a function whose extensions do not behave.
func TestExtensionsThatFail(t *testing.T) {
	r := start(t, "")
	log := extended(t, r, []string{"one"}, map[string]string{"exits": "exit", "reports": "init error", "crashes": "crash", "slow": "slow"})
	for _, row := range []struct{ function, payload, kind, message string }{
		{"exits", `{}`, "Extension.Crash", "the extension one: exit status 5"},
		{"reports", `{}`, "Extension.InitError", "the extension one has failed"},
		{"crashes", `{"Sleep":2000}`, "Extension.Crash", "the extension one: exit status 6"},
		{"slow", `{"Sleep":4000}`, "Sandbox.Timedout", "Task timed out after 1.00 seconds"},
	} {
		t.Run(row.function, func(t *testing.T) {
			out := r.call(t, row.function, row.payload)
			same(t, "Unhandled", out.failure)
			same(t, any(row.kind), out.body["errorType"])
			if message, _ := out.body["errorMessage"].(string); !strings.Contains(message, row.message) {
				t.Errorf("the message is %q", message)
			}
		})
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if text := string(ok(os.ReadFile(log))(t)); !strings.Contains(text, "one SHUTDOWN timeout\n") {
		t.Errorf("the extension was told\n%s", text)
	}
}

// The metadata endpoint tells the zone to who has the token.
func TestMetadata(t *testing.T) {
	r := start(t, goFixture(t, ""))
	env := r.call(t, "go", `{"Do":"env"}`).body
	address := fmt.Sprintf("http://%s/2026-01-15/metadata/execution-environment", env["api"])
	with := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", value) }
	}
	token, _ := env["token"].(string)
	answer := ask(t, "GET", address, "", with("Bearer "+token))
	same(t, http.StatusOK, answer.status)
	var told struct{ AvailabilityZoneID string }
	if err := json.Unmarshal([]byte(answer.body), &told); err != nil || told.AvailabilityZoneID != "use1-az1" {
		t.Errorf("got %s", answer.body)
	}
	same(t, "private, max-age=43200, immutable", answer.header.Get("Cache-Control"))
	same(t, http.StatusUnauthorized, ask(t, "GET", address, "", with("Bearer other")).status)
	same(t, http.StatusMethodNotAllowed, ask(t, "POST", address, "", with("Bearer "+token)).status)
}
