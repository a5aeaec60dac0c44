package operations_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsmodel"
	"github.com/medlar-flow/medlar/operations/lambda"
)

// Where calls go through the SDK a debug line says so once, and why; nowhere
// else.
func TestPromiseCallsThroughTheSDKAreSaid(t *testing.T) {
	const keys = `accessKeyId: AKIDFORTESTSONLY, secretAccessKey: a-secret-key`
	loop := func(step string) string {
		return "flow: f\nconnections: {aws: {region: eu-west-1, endpoint: \"URL\", " + keys + "}}\nsteps: [{forEach: \"${1..5}\", do: [" + step + "]}]\n"
	}
	tests := []struct {
		name, step, variable string
		option               bool // Direct(false)
		why                  string
	}{
		{"a plain call", "{call: lambda.invoke, with: {functionName: f}}", "", false, ""},
		{"a plain call, on", "{call: lambda.invoke, with: {functionName: f}}", "on", false, ""},
		{"of a service from its model", "{call: sqs.purgeQueue, with: {queueUrl: 'http://127.0.0.1/q'}}", "", false, ""},
		{"the variable", "{call: lambda.invoke, with: {functionName: f}}", "off", false, "MEDLAR_AWS_DIRECT is off"},
		{"the variable, a service from its model", "{call: sqs.purgeQueue, with: {queueUrl: 'http://127.0.0.1/q'}}", "off", false, "MEDLAR_AWS_DIRECT is off"},
		{"the option", "{call: lambda.invoke, with: {functionName: f}}", "", true, "the program says so"},
		{"a stream", "{call: lambda.invokeWithResponseStream, with: {functionName: f}}", "", false, "its answer is a stream"},
		{"a service that signs otherwise", "{call: s3.deleteObject, with: {bucket: b-1, key: k}}", "", false, "the service signs paths in a way of its own"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(awsapi.DirectVariable, tt.variable)
			e := answerBadly(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if strings.Contains(r.URL.Path, "stream") || strings.Contains(r.URL.Path, "response-streaming") {
					w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
					_, _ = w.Write(frame(t, "InvokeComplete", `{}`))
					return
				}
				if r.Method == http.MethodDelete {
					answer(w, 204, "")
					return
				}
				answer(w, 200, `{}`)
			})
			registry, err := connector.NewRegistry(lambda.Connector(awsapi.Direct(!tt.option)))
			if err != nil {
				t.Fatal(err)
			}
			registry = registry.WithSource(awsmodel.Source())
			text := strings.ReplaceAll(loop(tt.step), "URL", e.URL)
			flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry)
			if err != nil {
				t.Fatal(err)
			}
			var said []report.Event
			if _, err := flow.Run(t.Context(), nil, flows.WithListener(func(e report.Event) {
				if e.Type == report.StepLogged && e.Message == "calls go through the SDK" {
					said = append(said, e)
				}
			})); err != nil {
				t.Fatal(err)
			}
			if tt.why == "" {
				if len(said) > 0 {
					t.Errorf("it says %v", said[0].Fields)
				}
				return
			}
			if len(said) != 1 || said[0].Fields["why"] != tt.why || said[0].Level != connector.LogDebug {
				t.Fatalf("%d lines: %+v, want one: %s", len(said), said, tt.why)
			}
		})
	}
	t.Run("a wrong value", func(t *testing.T) {
		t.Setenv(awsapi.DirectVariable, "nein")
		e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w, 200, `{}`) })
		got := runFlow(t, "memory", awsFlow("{id: s, call: lambda.invoke, with: {functionName: f}}"), e)
		if got.err == nil || e.count() != 0 || !strings.Contains(got.err.Message, `MEDLAR_AWS_DIRECT is on or off, not "nein"`) {
			t.Errorf("%d requests: %v", e.count(), got.err)
		}
	})
}
