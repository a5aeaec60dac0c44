package awsapi_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	goleak.VerifyTestMain(m)
}

// Describe and calls of one connection at the same time, for the race
// detector.
func TestConcurrentCalls(t *testing.T) {
	server := awstest.Serve(t, func(r awstest.Request) awstest.Answer {
		name := strings.Split(r.Path, "/")[5]
		return awstest.Answer{Body: `{"Name":"` + name + `"}`}
	})
	c := lambdaConnector()
	conn := server.Connect(t, c)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			name := fmt.Sprintf("alias%d", i)
			v, err := awstest.Call(t, c, conn, "getAlias", map[string]any{"functionName": "f", "name": name})
			if err != nil {
				t.Error(err)
				return
			}
			if got := v.(map[string]any)["Name"]; got != name {
				t.Errorf("got %v, want %s", got, name)
			}
		})
	}
	wg.Wait()
}

func TestAttempts(t *testing.T) {
	for _, tt := range []struct {
		single bool
		want   int
	}{{true, 1}, {false, 2}} {
		t.Run(fmt.Sprintf("single %v", tt.single), func(t *testing.T) {
			server := awstest.Serve(t, func(awstest.Request) awstest.Answer {
				return awstest.Answer{Status: 500, Header: map[string]string{"X-Amzn-ErrorType": "ServiceException"}, Body: `{}`}
			})
			c := lambdaConnector()
			conn := awstest.Open(t, c, map[string]any{
				"region": "eu-west-1", "endpoint": server.URL, "accessKeyId": "AKID", "secretAccessKey": "s", "maxAttempts": 2,
			})
			_, err := awstest.Find(t, c, "getAccountSettings").Run(context.Background(), &connector.Call{Connection: conn, SingleAttempt: tt.single})
			if e := connector.AsError(err); e == nil || e.Class != connector.ClassUnavailable {
				t.Errorf("error is %v", err)
			}
			if got := len(server.Requests()); got != tt.want {
				t.Errorf("%d requests, want %d", got, tt.want)
			}
		})
	}
}

func TestCallEndsWithItsContext(t *testing.T) {
	for _, want := range []connector.Class{connector.ClassTimeout, connector.ClassCanceled} {
		t.Run(string(want), func(t *testing.T) {
			asked, stop := make(chan struct{}), make(chan struct{})
			server := awstest.Serve(t, func(awstest.Request) awstest.Answer {
				close(asked)
				<-stop
				return awstest.Answer{}
			})
			t.Cleanup(func() { close(stop) })
			c := lambdaConnector()
			conn := server.Connect(t, c)
			ctx, cancel := context.WithCancel(context.Background())
			if want == connector.ClassTimeout {
				ctx, cancel = context.WithTimeout(context.Background(), 2*time.Second) // the request is there by then
			} else {
				go func() { <-asked; cancel() }()
			}
			defer cancel()
			op := awstest.Find(t, c, "deleteFunctionConcurrency")
			_, err := op.Run(ctx, &connector.Call{Connection: conn, Params: map[string]any{"functionName": "f"}})
			var e *connector.Error
			if !errors.As(err, &e) || e.Class != want || e.Outcome != connector.OutcomeUnknown {
				t.Errorf("error is %+v", e)
			}
		})
	}
}

func TestSecretsStayOutOfErrors(t *testing.T) {
	c := lambdaConnector()
	conn := awstest.Open(t, c, map[string]any{
		"region": "eu-west-1", "endpoint": "http://127.0.0.1:1", "accessKeyId": awstest.AccessKey, "secretAccessKey": awstest.SecretKey, "sessionToken": "t0ken-for-tests",
	})
	_, err := awstest.Call(t, c, conn, "createFunction", map[string]any{
		"functionName": "f", "role": "r", "code": map[string]any{"zipFile": []byte("z1p")}, "environment": map[string]any{"variables": map[string]any{"K": "s3cr3t"}},
	})
	e := connector.AsError(err)
	if e == nil || e.Class != connector.ClassUnavailable || e.Outcome == connector.OutcomeUnknown {
		t.Errorf("error is %+v", e)
	}
	for _, text := range []string{e.Error(), fmt.Sprint(e.Value())} {
		for _, secret := range []string{awstest.SecretKey, "t0ken", "s3cr3t", "z1p", awstest.AccessKey} {
			if strings.Contains(text, secret) {
				t.Errorf("%q shows %q", text, secret)
			}
		}
	}
}
