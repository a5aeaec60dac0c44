package direct

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// The first call leaves nothing to be used later; the second makes the plan,
// and the third goes by it.
func TestTheSecondCallIsLearntFrom(t *testing.T) {
	both := newInvoking(aws.Config{}, answering("1"), nil)
	for call, want := range []bool{false, true, true} {
		if _, err := both.direct.Do(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("f")}); err != nil {
			t.Fatal(err)
		}
		if got := both.direct.plan.Load() != nil; got != want {
			t.Errorf("after call %d there is a plan: %v, want %v", call+1, got, want)
		}
	}
}

// A client without a transport has that of net/http.
func TestTheFirstCallNeedsNoTransport(t *testing.T) {
	s := serve(t)
	both := newInvoking(aws.Config{}, nil, nil, func(o *lambda.Options) { o.BaseEndpoint = &s.URL })
	for range 3 {
		if _, err := both.direct.Do(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("f")}); err != nil {
			t.Fatal(err)
		}
	}
	if both.direct.plan.Load() != nil {
		t.Error("there is a plan")
	}
}

// The SDK's own trace is kept from the client's transport from the first call
// on, and a transport that somebody else gave the client stays.
func TestTheFirstCallUsesTheClientsTransport(t *testing.T) {
	for _, foreign := range []bool{false, true} {
		var own, other, traced int
		both := newInvoking(aws.Config{}, roundTrip(func(r *http.Request) (*http.Response, error) {
			own++
			if httptrace.ContextClientTrace(r.Context()) != nil {
				traced++
			}
			return answering("1")(r)
		}), nil, func(o *lambda.Options) {
			if foreign {
				o.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
					other++
					return answering("1")(r)
				})}
			}
		})
		for range 3 {
			if _, err := both.direct.Do(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("f")}); err != nil {
				t.Fatal(err)
			}
		}
		if foreign && (own != 0 || other != 3) || !foreign && (own != 3 || traced != 0) {
			t.Errorf("foreign %v: %d requests by the client's transport, %d of them traced, %d by the other", foreign, own, traced, other)
		}
	}
}
