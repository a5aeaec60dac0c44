package awsapi_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
)

// openAs opens a connection for a run; the caller closes it.
func openAs(t *testing.T, c *connector.Connector, run string, params map[string]any) connector.Connection {
	t.Helper()
	converted, err := c.Connection.Convert(params)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Open(context.Background(), connector.OpenRequest{Params: converted, RunID: run})
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func sdkOf(t *testing.T, conn connector.Connection) *lambda.Client {
	t.Helper()
	client, err := awsapi.Client[*lambda.Client](conn)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestRunsShareAClient(t *testing.T) {
	aloneOnEarth(t)
	a := newAuthority(t, time.Hour)
	c := lambdaConnector()
	named, unnamed := a.chain("first"), a.chain("first")
	delete(unnamed["assumeRole"].([]any)[0].(map[string]any), "roleSessionName")
	other := a.chain("first")
	other["secretAccessKey"] = "another"
	base := sdkOf(t, openAs(t, c, "run-1", named))
	tests := []struct {
		name   string
		conn   connector.Connection
		shared bool
	}{
		{"the same run", openAs(t, c, "run-1", named), true},
		{"another run", openAs(t, c, "run-2", named), true},
		{"another secret", openAs(t, c, "run-1", other), false},
		{"a session named after the run", openAs(t, c, "run-1", unnamed), false},
		{"another connector value", openAs(t, lambdaConnector(), "run-1", named), false},
	}
	for _, tt := range tests {
		if got := sdkOf(t, tt.conn) == base; got != tt.shared {
			t.Errorf("%s: shared is %v", tt.name, got)
		}
	}
	if sdkOf(t, openAs(t, c, "run-1", unnamed)) == sdkOf(t, openAs(t, c, "run-2", unnamed)) {
		t.Error("two runs share a session that is named after one of them")
	}
	t.Setenv("AWS_PROFILE", "")
	if sdkOf(t, openAs(t, c, "run-1", named)) == base {
		t.Error("a client outlives the settings it was made with")
	}
}

func TestConcurrentRunsAssumeARoleOnce(t *testing.T) {
	aloneOnEarth(t)
	a := newAuthority(t, time.Hour)
	c := lambdaConnector()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			conn := openAs(t, c, "run", a.chain("first", "second"))
			defer func() { _ = conn.Close() }()
			if err := ask(t, c, conn); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if first, second := a.sessions("first"), a.sessions("second"); first != 1 || second != 1 {
		t.Errorf("%d and %d sessions", first, second)
	}
}

func TestUnusedClientIsLetGo(t *testing.T) {
	aloneOnEarth(t)
	a := newAuthority(t, time.Hour)
	for _, tt := range []struct {
		name   string
		linger time.Duration
		want   int
	}{{"at once", 0, 2}, {"after a while", time.Hour, 1}} {
		t.Run(tt.name, func(t *testing.T) {
			before := a.sessions("first")
			c := awsapi.Connector("lambda", lambda.NewFromConfig, awsapi.Linger(tt.linger))
			for range 2 {
				conn := openAs(t, c, "run", a.chain("first"))
				if err := ask(t, c, conn); err != nil {
					t.Error(err)
				}
				_ = conn.Close()
				_ = conn.Close() // closing again does nothing
			}
			if got := a.sessions("first") - before; got != tt.want {
				t.Errorf("%d sessions, want %d", got, tt.want)
			}
		})
	}
}
