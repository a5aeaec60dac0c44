package awsapi_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
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
