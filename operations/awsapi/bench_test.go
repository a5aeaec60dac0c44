package awsapi

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/connector"
)

// inMemory answers without a network.
type inMemory struct{ body string }

func (m inMemory) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(m.body)), Request: r,
	}, nil
}

const benchAnswer = `{"AliasArn":"arn:aws:lambda:eu-west-1:000000000000:function:orders:live","Description":"d","FunctionVersion":"1",` +
	`"Name":"live","RevisionId":"be8925ae-a634-4303-92e2-5364d0724406","RoutingConfig":{"AdditionalVersionWeights":{"2":0.1}}}`

func benchConfig() aws.Config {
	return aws.Config{
		Region: "eu-west-1", HTTPClient: inMemory{benchAnswer},
		Credentials: credentials.NewStaticCredentialsProvider("AKID", "s", ""),
	}
}

func BenchmarkCallDirect(b *testing.B) {
	client := lambda.NewFromConfig(benchConfig())
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		_, err := client.CreateAlias(ctx, &lambda.CreateAliasInput{
			FunctionName: aws.String("orders"), Name: aws.String("live"), FunctionVersion: aws.String("1"), Description: aws.String("d"),
			RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.1}},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func benchOperation(b *testing.B) (*connector.Operation, *connector.Call) {
	b.Helper()
	c := Connector("lambda", lambda.NewFromConfig)
	service := newService(lambda.NewFromConfig)
	conn := &Connection{client: &client{service: service, sdk: service.open(benchConfig())}}
	for _, op := range c.Operations {
		if op.Name != "lambda.createAlias" {
			continue
		}
		params, err := op.Params().Convert(map[string]any{
			"functionName": "orders", "name": "live", "functionVersion": "1", "description": "d",
			"routingConfig": map[string]any{"additionalVersionWeights": map[string]any{"2": 0.1}},
		})
		if err != nil {
			b.Fatal(err)
		}
		return op, &connector.Call{Params: params, Connection: conn}
	}
	b.Fatal("there is no createAlias")
	return nil, nil
}

func BenchmarkCall(b *testing.B) {
	for _, single := range []bool{false, true} {
		name := "sdk-retries"
		if single {
			name = "single-attempt"
		}
		b.Run(name, func(b *testing.B) {
			op, call := benchOperation(b)
			call.SingleAttempt = single
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := op.Run(ctx, call); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOwnOverhead is what a call adds to the SDK's: the input set, the
// answer read.
func BenchmarkOwnOverhead(b *testing.B) {
	c := Connector("fake", newFakeClient)
	service := newService(newFakeClient)
	conn := &Connection{client: &client{service: service, sdk: service.open(probeConfig())}}
	params, err := c.Operations[1].Params().Convert(map[string]any{"kmsKey": "k", "long": 1, "short": 2, "tags": map[string]any{"a": "b"}})
	if err != nil {
		b.Fatal(err)
	}
	call := &connector.Call{Params: params, Connection: conn}
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Operations[1].Run(ctx, call); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenShared is what a run pays for a connection that another run has
// open or had a moment ago; BenchmarkOpenFirst for one of its own.
func BenchmarkOpenShared(b *testing.B) { benchmarkOpen(b, defaultLinger) }

func BenchmarkOpenFirst(b *testing.B) { benchmarkOpen(b, 0) }

func benchmarkOpen(b *testing.B, linger time.Duration) {
	b.Helper()
	c := Connector("lambda", lambda.NewFromConfig, Linger(linger))
	params, err := c.Connection.Convert(map[string]any{
		"region": "eu-west-1", "accessKeyId": "AKID", "secretAccessKey": "s",
		"assumeRole": map[string]any{"roleArn": "arn:aws:iam::000000000000:role/r", "roleSessionName": "bench"},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		conn, err := c.Open(b.Context(), connector.OpenRequest{Params: params, RunID: "run"})
		if err != nil {
			b.Fatal(err)
		}
		_ = conn.Close()
	}
}

// BenchmarkOpenKeyed is BenchmarkOpenShared as a flow opens it: with a key for
// the parameters.
func BenchmarkOpenKeyed(b *testing.B) {
	c := Connector("lambda", lambda.NewFromConfig)
	req := connector.OpenRequest{
		Params: map[string]any{"region": "eu-west-1", "endpoint": "http://127.0.0.1:1"}, Key: strings.Repeat("0a", 32), RunID: "run",
	}
	b.ReportAllocs()
	for b.Loop() {
		conn, err := c.Open(b.Context(), req)
		if err != nil {
			b.Fatal(err)
		}
		_ = conn.Close()
	}
}
