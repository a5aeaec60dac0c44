package awsemu_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

// withFault is an emulator with functions f and g and one fault.
func withFault(t *testing.T, fault string) *rig {
	t.Helper()
	return start(t, "functions: {f: {reply: 1}, g: {reply: 2}}\nfaults: [{"+fault+"}]")
}

func (r *rig) invoke(t *testing.T, name string) error {
	t.Helper()
	_, err := r.lambda(t).Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &name})
	return err
}

func TestFaultRefusals(t *testing.T) {
	for _, row := range []struct {
		fault, code string
		status      int
	}{
		{"kind: throttle", "TooManyRequestsException", 429},
		{"kind: error", "ServiceException", 500},
		{"kind: error, code: EC2UnexpectedException, status: 502, message: no machine", "EC2UnexpectedException", 502},
		{"kind: expire", "ExpiredTokenException", 403},
		{"kind: deny", "AccessDeniedException", 403},
	} {
		t.Run(row.fault, func(t *testing.T) {
			r := withFault(t, row.fault+", operation: lambda.invoke, function: f, times: 2, after: 1")
			for n, fail := range []bool{false, true, true, false} {
				if err := r.invoke(t, "g"); err != nil {
					t.Errorf("the other function: %v", err)
				}
				err := r.invoke(t, "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST")
				if !fail && err != nil {
					t.Errorf("call %d: %v", n, err)
				}
				if fail {
					fails(t, err, row.code, row.status)
				}
			}
		})
	}
}

func TestFaultsOfSTS(t *testing.T) {
	for fault, code := range map[string]string{
		"throttle": "ThrottlingException", "error": "InternalFailure", "expire": "ExpiredToken", "deny": "AccessDenied",
	} {
		r := withFault(t, "kind: "+fault+", operation: sts")
		_, err := r.sts(t).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		if api, found := errors.AsType[smithy.APIError](err); !found || api.ErrorCode() != code {
			t.Errorf("%s gave %v", fault, err)
		}
		if err := r.invoke(t, "f"); err != nil {
			t.Error(err)
		}
	}
}

func TestThrottleHasAReason(t *testing.T) {
	err := withFault(t, "kind: throttle").invoke(t, "f")
	if refusal, found := errors.AsType[*types.TooManyRequestsException](err); !found || refusal.Reason != types.ThrottleReasonCallerRateLimitExceeded {
		t.Errorf("got %v", err)
	}
}

func TestDeniedMessageCanBeDecoded(t *testing.T) {
	r := withFault(t, "kind: deny, operation: lambda")
	err := r.invoke(t, "f")
	fails(t, err, "AccessDeniedException", 403)
	m := encodedMessage.FindStringSubmatch(err.Error())
	if m == nil {
		t.Fatalf("no message in %v", err)
	}
	out := ok(r.sts(t).DecodeAuthorizationMessage(t.Context(), &sts.DecodeAuthorizationMessageInput{EncodedMessage: &m[1]}))(t)
	var decision struct {
		Allowed bool
		Context struct {
			Action, Resource string
			Principal        struct{ Arn string }
		}
	}
	if err := json.Unmarshal([]byte(*out.DecodedMessage), &decision); err != nil {
		t.Fatal(err)
	}
	same(t, "lambda:InvokeFunction arn:aws:lambda:us-east-1:000000000000:function:f arn:aws:iam::000000000000:root",
		decision.Context.Action+" "+decision.Context.Resource+" "+decision.Context.Principal.Arn)
	_, err = start(t, "").sts(t).DecodeAuthorizationMessage(t.Context(), &sts.DecodeAuthorizationMessageInput{EncodedMessage: &m[1]})
	fails(t, err, "InvalidAuthorizationMessageException", 400)
}

func TestFaultsOfTheConnection(t *testing.T) {
	drop := withFault(t, "kind: drop, operation: lambda.createAlias, times: 1")
	half := withFault(t, "kind: half, operation: lambda.createAlias, times: 1")
	for want, r := range map[bool]*rig{false: drop, true: half} {
		in := &lambda.CreateAliasInput{FunctionName: aws.String("f"), Name: aws.String("a"), FunctionVersion: aws.String("$LATEST")}
		_, err := r.lambda(t).CreateAlias(t.Context(), in)
		if _, isAPI := errors.AsType[smithy.APIError](err); err == nil || isAPI {
			t.Errorf("got %v", err)
		}
		_, err = r.lambda(t).GetAlias(t.Context(), &lambda.GetAliasInput{FunctionName: in.FunctionName, Name: in.Name})
		if made := err == nil; made != want {
			t.Errorf("the alias was made: %v, want %v (%v)", made, want, err)
		}
		eventually(t, "the log", func() bool { return len(r.requests()) == 2 })
		if kind := r.requests()[0].Fault; kind != map[bool]string{false: "drop", true: "half"}[want] {
			t.Errorf("the log says %q", kind)
		}
	}
}

func TestLatency(t *testing.T) {
	r := withFault(t, "kind: latency, delay: 60ms")
	started := time.Now()
	if err := r.invoke(t, "f"); err != nil {
		t.Error(err)
	}
	if took := time.Since(started); took < 60*time.Millisecond {
		t.Errorf("took %s", took)
	}
}

// The same seed spoils the same requests, and about the share that was asked
// for.
func TestFaultsAreDeterministic(t *testing.T) {
	pattern := func(seed int) string {
		r := start(t, fmt.Sprintf("functions: {f: {reply: 1}}\nseed: %d\nfaults: [{kind: throttle, share: 0.3}]", seed))
		var b strings.Builder
		for range 100 {
			b.WriteByte(map[bool]byte{true: '.', false: 'x'}[r.invoke(t, "f") == nil])
		}
		return b.String()
	}
	first, again, other := pattern(7), pattern(7), pattern(8)
	same(t, first, again)
	if first == other {
		t.Error("another seed spoils the same requests")
	}
	if n := strings.Count(first, "x"); n < 15 || n > 45 {
		t.Errorf("%d of 100 are spoilt, want about 30", n)
	}
}

func TestFixtureMistakesOfFaults(t *testing.T) {
	for src, want := range map[string]string{
		"faults: {}":                "f.yaml:1:9: error: expected a list of faults, found a mapping",
		"faults: [{}]":              "f.yaml:1:10: error: a fault needs its kind: throttle, error, latency, drop, half, expire, deny",
		"faults: [{kind: x}]":       `f.yaml:1:17: error: "x" is no kind of fault: expected throttle, error, latency, drop, half, expire, deny`,
		"faults: [{kind: throtle}]": `f.yaml:1:17: error: "throtle" is no kind of fault: did you mean "throttle"?`,
		"faults: [{kind: latency}]": "f.yaml:1:10: error: latency needs a delay",
		"faults: [{kind: drop, operation: lambda.invoek}]":         `f.yaml:1:34: error: unknown operation "lambda.invoek": did you mean "lambda.invoke"?`,
		"faults: [{kind: drop, share: 2}]":                         "f.yaml:1:30: error: expected a share from 0 to 1, found a number",
		"faults: [{kind: drop, delay: soon}]":                      "f.yaml:1:30: error: expected a duration such as 250ms or 5s, found a text",
		"buckets: {b: ./nothing}":                                  "f.yaml:1:14: error: there is no folder ",
		"functions: {f: {code: ./nothing, runtime: provided}}":     "f.yaml:1:23: error: there is no folder or zip ",
		"functions: {f: {code: ., runtime: nodejs22.x}}":           "f.yaml:1:23: error: a function with code for nodejs22.x needs its handler",
		"functions: {f: {code: ., handler: h}}":                    "f.yaml:1:23: error: a function with code needs its runtime",
		"functions: {f: {code: ., runtime: provided, reply: 1}}":   "f.yaml:1:52: error: a function with code answers and logs by itself",
		"functions: {f: {code: fault_test.go, runtime: provided}}": "is no usable zip: not a readable zip",
		"functions: {f: {reply: 1, concurrency: -1}}":              "f.yaml:1:40: error: expected a number from 0 to 1000000, found -1",
		"limits: {session: -5s}":                                   "f.yaml:1:19: error: expected a duration such as 250ms or 5s, found a text",
	} {
		_, err := awsemu.ReadFixture("f.yaml", []byte(src))
		if err == nil || !strings.HasPrefix(err.Error(), want) && !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot  %v\nwant %s", src, err, want)
		}
	}
}
