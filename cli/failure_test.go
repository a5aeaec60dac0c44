package cli

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/operations/awsapi"
)

func TestDescribeFailure(t *testing.T) {
	e := &report.RunError{
		Failure: report.Failure{
			Code: "AccessDeniedException", Class: connector.ClassDenied, Message: "not authorized\x1b[31m",
			Operation: "lambda.updateAlias", Status: 403, RequestID: "6f3c",
		},
		Step: "/alias", Attempts: 2,
		Params:    map[string]any{"name": "live", "functionName": "orders", "routingConfig": map[string]any{"x": 0.1}, "token": "***"},
		Undone:    []string{"/b", "/a"},
		NotUndone: []string{"/before"},
		UndoErrors: []*report.RunError{
			{Step: "/before", Failure: report.Failure{Operation: "lambda.deleteAlias", Code: "ResourceConflictException", Message: "busy"}},
		},
	}
	op := &connector.Operation{Annotations: connector.Annotations{awsapi.IAM("lambda:UpdateAlias")}}
	want := `error: step /alias: lambda.updateAlias: AccessDeniedException: not authorized [31m
  class       denied
  status      403
  request id  6f3c
  attempts    2
  parameters  functionName: orders
              name: live
              routingConfig: {"x":0.1}
              token: ***
  undone      /b
              /a
  not undone  /before
  undo error  step /before: lambda.deleteAlias: ResourceConflictException: busy
  help: the caller needs the permission lambda:UpdateAlias: add it to a policy of its role or user
  help: what is listed as not undone is still in place: look at it and take it back by hand
`
	if diff := cmp.Diff(want, describeFailure(e, advice(e, op, false))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDescribeFunctionError(t *testing.T) {
	e := &report.RunError{Step: "/a", Failure: report.Failure{
		Code: "Lambda.FunctionError", Class: connector.ClassFunction, Message: "boom", Operation: "lambda.invoke",
		Cause: map[string]any{
			"errorMessage": "boom", "errorType": "Error", "logTail": "START\nboom\nEND\n", "stackTrace": []any{"at x"}, "none": nil,
		},
	}}
	want := `error: step /a: lambda.invoke: Lambda.FunctionError: boom
  class       function
  cause       errorType: Error
              errorMessage: boom
              logTail:
                START
                boom
                END
              stackTrace: ["at x"]
`
	if diff := cmp.Diff(want, describeFailure(e, nil)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDescribeCauses(t *testing.T) {
	e := &report.RunError{Failure: report.Failure{
		Code: "Unhealthy", Message: "gave up", Outcome: connector.OutcomeUnknown,
		Cause: &report.RunError{Step: "/a", Failure: report.Failure{Code: "Timeout", Cause: strings.Repeat("x", 400)}},
	}}
	want := "error: Unhealthy: gave up\n  class       internal\n  outcome     unknown: it may have happened\n" +
		"  cause       step /a: Timeout\n  cause       \"" + strings.Repeat("x", 299) + "…\n"
	if diff := cmp.Diff(want, describeFailure(e, nil)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLongTextKeepsItsEnd(t *testing.T) {
	got := textMember("log", strings.Repeat("line\n", 30)+"last\n")
	if !strings.HasPrefix(got, "log:\n  … 11 lines before\n") || !strings.HasSuffix(got, "\n  last") {
		t.Errorf("got %q", got)
	}
}

func TestLogFailure(t *testing.T) {
	var out bytes.Buffer
	e := &report.RunError{Failure: report.Failure{Code: "Oops", Class: connector.ClassInternal}, Params: map[string]any{"a": "***"}, Undone: []string{"/x"}, NotUndone: []string{"/y"}}
	logFailure(newLogger(&out, "json", "info", false, watching{}), e, []string{"do it"})
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line["level"] != "error" || line["message"] != "run failed" || line["error"].(map[string]any)["code"] != "Oops" {
		t.Errorf("got %s", out.String())
	}
}

func TestEncodeResult(t *testing.T) {
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	v := map[string]any{"b": huge, "a": []any{"1", "text", nil, true, 0.5, "two\nlines"}, "c": []byte("hi"), "<": map[string]any{}}
	tests := []struct{ format, want string }{
		{"none", ""},
		{"json", `{
  "<": {},
  "a": [
    "1",
    "text",
    null,
    true,
    0.5,
    "two\nlines"
  ],
  "b": 123456789012345678901234567890,
  "c": {
    "$bytes": "aGk="
  }
}
`},
		{"yaml", `<: {}
a:
  - "1"
  - text
  - null
  - true
  - 0.5
  - |-
    two
    lines
b: 123456789012345678901234567890
c:
  $bytes: aGk=
`},
	}
	for _, tt := range tests {
		t.Run(tt.format, func(t *testing.T) {
			got, err := encodeResult(v, tt.format)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A status, or an answer of somebody else, gets its own help.
func TestAdviceForAnswers(t *testing.T) {
	invoke := &connector.Operation{Annotations: connector.Annotations{awsapi.IAM("lambda:InvokeFunction")}}
	page := map[string]any{"contentType": "text/html"}
	tests := map[string]struct {
		failure report.Failure
		op      *connector.Operation
		want    string
	}{
		"307":                        {report.Failure{Code: "UnexpectedStatus", Class: connector.ClassPrecondition, Status: 307}, nil, "Location"},
		"307 of AWS":                 {report.Failure{Code: "InvalidResponse", Class: connector.ClassInvalid, Status: 307, Details: page}, invoke, "Location"},
		"304":                        {report.Failure{Code: "UnexpectedStatus", Class: connector.ClassPrecondition, Status: 304}, nil, "expectStatus"},
		"201":                        {report.Failure{Code: "UnexpectedStatus", Class: connector.ClassPrecondition, Status: 201}, nil, "expectStatus"},
		"407":                        {report.Failure{Class: connector.ClassDenied, Status: 407}, invoke, "HTTPS_PROXY"},
		"408":                        {report.Failure{Code: "RequestTimeout", Class: connector.ClassTimeout, Status: 408}, nil, "on: [timeout]"},
		"a proxy's 403":              {report.Failure{Code: "InvalidResponse", Class: connector.ClassDenied, Status: 403, Details: page}, invoke, "proxy"},
		"AWS's 403":                  {report.Failure{Code: "AccessDeniedException", Class: connector.ClassDenied, Status: 403}, invoke, "lambda:InvokeFunction"},
		"412":                        {report.Failure{Class: connector.ClassPrecondition, Status: 412}, nil, "read it again"},
		"a revision":                 {report.Failure{Code: "PreconditionFailedException", Class: connector.ClassPrecondition}, nil, "read it again"},
		"a condition of a table":     {report.Failure{Code: "ConditionalCheckFailedException", Class: connector.ClassPrecondition, Status: 400}, nil, "what the call relies on is not so"},
		"one of a program's own":     {report.Failure{Code: "OutOfStock", Class: connector.ClassPrecondition, Operation: "stock.reserve"}, nil, "what the call relies on is not so"},
		"no public address":          {report.Failure{Code: "NoPublicUrl", Class: connector.ClassPrecondition}, nil, "--public-url"},
		"a function":                 {report.Failure{Code: "Lambda.FunctionError", Class: connector.ClassFunction, Operation: "lambda.invoke"}, nil, "logType: Tail"},
		"503 with a delay, unknown":  {report.Failure{Class: connector.ClassThrottled, Status: 503, Outcome: connector.OutcomeUnknown}, nil, "look whether it happened"},
		"a time limit of the step":   {report.Failure{Code: "Timeout", Class: connector.ClassTimeout}, nil, "raise the timeout"},
		"a repeat that ran out":      {report.Failure{Code: "RepeatExhausted", Class: connector.ClassTimeout}, nil, "raise maxAttempts"},
		"a signal that did not come": {report.Failure{Code: "SignalTimeout", Class: connector.ClassTimeout}, nil, "give the wait a longer timeout"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(advice(&report.RunError{Failure: tt.failure}, tt.op, false), "\n"); !strings.Contains(got, tt.want) {
				t.Errorf("the help is %q, want %q in it", got, tt.want)
			}
		})
	}
	own := report.Failure{Code: "Failed", Class: connector.ClassFunction, Operation: "jobs.run"} // has no logType
	if got := advice(&report.RunError{Failure: own}, nil, false); len(got) > 0 {
		t.Errorf("the help for a function of a program's own is %q", got)
	}
}
