package awsapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
)

func load(t *testing.T, files fstest.MapFS, connectors ...*connector.Connector) *flows.Flow {
	t.Helper()
	registry, err := connector.NewRegistry(connectors...)
	if err != nil {
		t.Fatal(err)
	}
	flow, err := flows.Load(files, "flow.yaml", registry)
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

const longFlow = `
flow: long
inputs: {endpoint: {type: string, required: true}}
connections:
  lambda:
    region: eu-west-1
    endpoint: "${ctx.endpoint}"
    accessKeyId: AKID
    secretAccessKey: s3cr3t-of-the-flow
    assumeRole:
      - {roleArn: "arn:aws:iam::000000000000:role/first", roleSessionName: a1}
      - {roleArn: "arn:aws:iam::000000000000:role/second", roleSessionName: b2}
steps:
  - forEach: "${1..200}"
    concurrency: 4
    do:
      - call: lambda.putFunctionConcurrency
        with: {functionName: orders, reservedConcurrentExecutions: 1}
`

// 200 steps of one flow over two roles whose credentials end every 400 ms, and
// a second run right behind it that shares them.
func TestFlowOutlivesItsCredentials(t *testing.T) {
	aloneOnEarth(t)
	a := newAuthority(t, 400*time.Millisecond)
	a.slow = 30 * time.Millisecond
	flow := load(t, fstest.MapFS{"flow.yaml": {Data: []byte(longFlow)}}, lambdaConnector())
	start := time.Now()
	if _, err := flow.Run(context.Background(), map[string]any{"endpoint": a.URL}); err != nil {
		t.Fatal(err)
	}
	first, second := a.sessions("first"), a.sessions("second")
	t.Logf("%v: %d and %d sessions, %d requests refused", time.Since(start).Round(time.Millisecond), first, second, a.refused)
	if first < 4 || second < 4 {
		t.Errorf("%d and %d sessions, want at least 4 each", first, second)
	}
	a.life, a.slow = time.Hour, 0
	for range 3 {
		if _, err := flow.Run(context.Background(), map[string]any{"endpoint": a.URL}); err != nil {
			t.Fatal(err)
		}
	}
	if more := a.sessions("second") - second; more > 1 {
		t.Errorf("three more runs took %d sessions, want one", more)
	}
}

const zipFlow = `
flow: zip
inputs: {endpoint: {type: string, required: true}}
connections:
  lambda: {region: eu-west-1, endpoint: "${ctx.endpoint}", accessKeyId: AKID, secretAccessKey: s}
steps:
  - call: lambda.createFunction
    with:
      functionName: orders
      role: arn:aws:iam::000000000000:role/orders
      code: {zipFile: {file: build/orders.zip}}
`

func TestZipFileFromAFile(t *testing.T) {
	aloneOnEarth(t)
	a := newAuthority(t, time.Hour)
	files := fstest.MapFS{"flow.yaml": {Data: []byte(zipFlow)}, "build/orders.zip": {Data: []byte("PK\x05\x06")}}
	if _, err := load(t, files, lambdaConnector()).Run(context.Background(), map[string]any{"endpoint": a.URL}); err != nil {
		t.Fatal(err)
	}
	var body struct{ Code struct{ ZipFile []byte } }
	if err := json.Unmarshal([]byte(a.Last(t).Body), &body); err != nil || string(body.Code.ZipFile) != "PK\x05\x06" {
		t.Errorf("sent %q, %v", body.Code.ZipFile, err)
	}
	if !strings.HasSuffix(a.Last(t).Path, "/functions") {
		t.Errorf("sent to %s", a.Last(t).Path)
	}
}

const hangFlow = `
flow: hang
inputs: {endpoint: {type: string, required: true}, limit: {type: duration, default: 1m}}
connections:
  lambda: {region: eu-west-1, endpoint: "${ctx.endpoint}", accessKeyId: AKID, secretAccessKey: s}
steps:
  - call: lambda.getFunctionConcurrency
    with: {functionName: orders}
    timeout: "${ctx.limit}"
`

func finishing(o awsapi.Operation) awsapi.Option {
	return awsapi.Operations(map[string]awsapi.Operation{"GetFunctionConcurrency": o})
}

// A call of AWS ends with its context, so it needs no goroutine of its own once its
// client is there; one behind a transport of somebody else has one.
func TestCallsOfFlowsEndInTime(t *testing.T) {
	aloneOnEarth(t)
	for name, tt := range map[string]struct {
		options []awsapi.Option
		begun   int64 // goroutines of four runs
	}{
		"our own transport":            {nil, 1},
		"a transport of somebody else": {[]awsapi.Option{awsapi.Transport(func(next http.RoundTripper) http.RoundTripper { return next })}, 4},
		"a result that somebody makes": {[]awsapi.Option{finishing(awsapi.Operation{Finish: func(a awsapi.Answer) (any, error) { return a.Result, nil }})}, 4},
		"one that is made at once":     {[]awsapi.Option{finishing(awsapi.Operation{Simple: true, Finish: func(a awsapi.Answer) (any, error) { return a.Result, nil }})}, 1},
		"a client that is not shared":  {[]awsapi.Option{awsapi.Linger(0)}, 4},
		"the SDK's client alone, ours": {[]awsapi.Option{awsapi.Direct(false)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			hanging, over := atomic.Bool{}, make(chan struct{})
			a := awstest.Serve(t, func(awstest.Request) awstest.Answer {
				if hanging.Load() {
					<-over
				}
				return awstest.Answer{Body: "{}"}
			})
			defer close(over)
			flow := load(t, fstest.MapFS{"flow.yaml": {Data: []byte(hangFlow)}}, awsapi.Connector("lambda", lambda.NewFromConfig, tt.options...))
			var begun atomic.Int64
			run := func(limit string) error {
				_, err := flow.Run(t.Context(), map[string]any{"endpoint": a.URL, "limit": limit}, flows.WithGoroutines(func(work func()) {
					begun.Add(1)
					go work()
				}))
				return err
			}
			for range 3 {
				if err := run("1m"); err != nil {
					t.Fatal(err)
				}
			}
			hanging.Store(true)
			var failure *report.RunError
			if err := run("20ms"); !errors.As(err, &failure) || failure.Code != "Timeout" {
				t.Errorf("a service that does not answer gives %v", err)
			}
			if begun.Load() != tt.begun {
				t.Errorf("%d goroutines, want %d", begun.Load(), tt.begun)
			}
		})
	}
}
