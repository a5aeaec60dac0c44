package awsapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
)

// bySDK is the constructor of a client that has middleware of its own, so that
// all its calls are the SDK's.
func bySDK(cfg aws.Config, options ...func(*lambda.Options)) *lambda.Client {
	return lambda.NewFromConfig(cfg, append(options, func(o *lambda.Options) {
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			return s.Initialize.Add(middleware.InitializeMiddlewareFunc("Own", func(
				ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
			) (middleware.InitializeOutput, middleware.Metadata, error) {
				return next.HandleInitialize(ctx, in)
			}), middleware.Before)
		})
	})...)
}

// answerWith is a transport that answers the first two calls well, which are
// the SDK's either way, and the others as it is told.
func answerWith(status int, headers map[string]string, body string, err error) func(http.RoundTripper) http.RoundTripper {
	return func(http.RoundTripper) http.RoundTripper {
		var n atomic.Int32
		return transportFunc(func(r *http.Request) (*http.Response, error) {
			if r.Body != nil {
				_, _ = io.Copy(io.Discard, r.Body)
				_ = r.Body.Close()
			}
			resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"X-Amzn-Requestid": {"id-1"}}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}
			if n.Add(1) <= 2 {
				return resp, nil
			}
			resp.StatusCode, resp.Body = status, io.NopCloser(strings.NewReader(body))
			for name, value := range headers {
				resp.Header.Set(name, value)
			}
			if err != nil {
				return nil, err
			}
			return resp, nil
		})
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A step gets the same result and the same error, whichever way its call goes.
func TestDirectCallsFailAsOthers(t *testing.T) {
	code := func(code string) map[string]string {
		return map[string]string{"X-Amzn-ErrorType": code, "Retry-After": "3"}
	}
	const message = `{"message":"said so","Type":"User","retryAfterSeconds":"7","Reason":"ConcurrentInvocationLimitExceeded"}`
	for _, tt := range []struct {
		name    string
		status  int
		headers map[string]string
		body    string
		err     error
	}{
		{"well", 200, map[string]string{"X-Amz-Executed-Version": "3"}, `{"a":1}`, nil},
		{"queued", 202, nil, "", nil},
		{"throttled", 429, code("TooManyRequestsException"), message, nil},
		{"not found", 404, code("ResourceNotFoundException"), message, nil},
		{"invalid", 400, code("InvalidRequestContentException"), message, nil},
		{"too large", 413, code("RequestTooLargeException"), message, nil},
		{"conflict", 409, code("ResourceConflictException"), message, nil},
		{"not ready", 502, code("ResourceNotReadyException"), message, nil},
		{"denied", 403, code("AccessDeniedException"), message, nil},
		{"key denied", 502, code("KMSAccessDeniedException"), message, nil},
		{"expired", 403, code("ExpiredTokenException"), message, nil},
		{"signature", 403, code("InvalidSignatureException"), message, nil},
		{"service", 500, code("ServiceException"), message, nil},
		{"unknown code", 418, code("TeapotException"), message, nil},
		{"gateway", 502, nil, "<html>", nil},
		{"empty 503", 503, nil, "", nil},
		{"malformed", 400, nil, "{", nil},
		{"redirect", 307, map[string]string{"Location": "https://elsewhere"}, "", nil},
		{"no answer", 0, nil, "", io.ErrUnexpectedEOF},
		{"canceled", 0, nil, "", context.Canceled},
		{"time-out", 0, nil, "", context.DeadlineExceeded},
		{"other", 0, nil, "", errors.New("something else")},
	} {
		for _, single := range []bool{true, false} {
			t.Run(tt.name, func(t *testing.T) {
				var results [2]any
				var errs [2]*connector.Error
				for i, constructor := range []func(aws.Config, ...func(*lambda.Options)) *lambda.Client{bySDK, lambda.NewFromConfig} {
					c := awsapi.Connector("lambda", constructor, awsapi.Transport(answerWith(tt.status, tt.headers, tt.body, tt.err)))
					conn := awstest.Open(t, c, map[string]any{
						"region": "eu-west-1", "accessKeyId": "AKID", "secretAccessKey": "s", "maxAttempts": 1,
					})
					call := func() (any, error) {
						params := map[string]any{"functionName": "f", "payload": []byte("{}")}
						return awstest.Find(t, c, "invoke").Run(context.Background(), &connector.Call{Params: params, Connection: conn, SingleAttempt: single})
					}
					for range 2 {
						if _, err := call(); err != nil {
							t.Fatal(err)
						}
					}
					v, err := call()
					results[i], errs[i] = v, connector.AsError(err)
				}
				if diff := cmp.Diff(results[0], results[1]); diff != "" {
					t.Errorf("result (-SDK +direct):\n%s", diff)
				}
				if diff := cmp.Diff(errs[0], errs[1], cmpopts.IgnoreFields(connector.Error{}, "Err")); diff != "" {
					t.Errorf("error (-SDK +direct):\n%s", diff)
				}
				if (errs[0] == nil) != (tt.status/100 == 2) {
					t.Errorf("error %v", errs[0])
				}
			})
		}
	}
}

// A refusal that came late, of credentials that other calls have renewed since,
// does not renew them once more.
func TestLateRefusalRenewsNothing(t *testing.T) {
	aloneOnEarth(t)
	a := newAuthority(t, time.Hour)
	c := lambdaConnector()
	conn := awstest.Open(t, c, a.chain("first"))
	for range 3 {
		if err := ask(t, c, conn); err != nil {
			t.Fatal(err)
		}
	}
	a.revoke()
	done := make(chan error, 20)
	for range 20 {
		go func() { done <- ask(t, c, conn) }()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := a.sessions("first"); got != 2 {
		t.Errorf("%d sessions, want 2", got)
	}
}
