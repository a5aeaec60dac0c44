package awsapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/medlar-flow/medlar/connector"
)

// answered wraps err as the SDK does where there was an answer.
func answered(status int, header http.Header, err error) error {
	if header == nil {
		header = http.Header{}
	}
	return &smithy.OperationError{ServiceID: "Lambda", OperationName: "Invoke", Err: &awshttp.ResponseError{
		RequestID: "req-1",
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: header}}, Err: err,
		},
	}}
}

// sent wraps err as the SDK does where there was none.
func sent(err error) error {
	return &smithy.OperationError{ServiceID: "Lambda", OperationName: "Invoke", Err: &smithyhttp.RequestSendError{
		Err: &url.Error{Op: "Post", URL: "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/s3cr3t", Err: err},
	}}
}

func TestErrors(t *testing.T) {
	var invalidParams smithy.InvalidParamsError
	invalidParams.Context = "CreateAliasInput"
	invalidParams.Add(smithy.NewErrParamRequired("FunctionName"))
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	reset := &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
	denied := answered(403, nil, &smithy.GenericAPIError{Code: "AccessDenied", Message: "no"})
	tests := []struct {
		name   string
		err    error
		effect connector.Effect
		want   connector.Error
	}{
		{
			"typed", answered(404, nil, &types.ResourceNotFoundException{Message: aws.String("no function"), Type: aws.String("User")}), connector.EffectMutating,
			connector.Error{Code: "ResourceNotFoundException", Class: connector.ClassNotFound, Message: "no function", Status: 404, RequestID: "req-1", Details: map[string]any{"Type": "User"}},
		},
		{
			"sent under another name than the type's", answered(403, nil, &ststypes.IDPRejectedClaimException{Message: aws.String("no")}), connector.EffectMutating,
			connector.Error{Code: "IDPRejectedClaim", Aliases: []string{"IDPRejectedClaimException"}, Class: connector.ClassDenied, Message: "no", Status: 403, RequestID: "req-1"},
		},
		{
			"class by the type's name", answered(400, nil, &types.ResourceNotFoundException{ErrorCodeOverride: aws.String("Old.Name")}), connector.EffectMutating,
			connector.Error{Code: "Old.Name", Aliases: []string{"ResourceNotFoundException"}, Class: connector.ClassNotFound, Status: 400, RequestID: "req-1"},
		},
		{
			"throttled, header", answered(429, http.Header{"Retry-After": {"1.5"}}, &types.TooManyRequestsException{Reason: types.ThrottleReasonCallerRateLimitExceeded}), connector.EffectMutating,
			connector.Error{
				Code: "TooManyRequestsException", Class: connector.ClassThrottled, Status: 429, RequestID: "req-1", RetryAfter: 1500 * time.Millisecond,
				Details: map[string]any{"Reason": "CallerRateLimitExceeded"},
			},
		},
		{
			"throttled, member", answered(429, nil, &types.TooManyRequestsException{RetryAfterSeconds: aws.String("3")}), connector.EffectMutating,
			connector.Error{
				Code: "TooManyRequestsException", Class: connector.ClassThrottled, Status: 429, RequestID: "req-1", RetryAfter: 3 * time.Second,
				Details: map[string]any{"RetryAfterSeconds": "3"},
			},
		},
		{
			"5xx of a change", answered(500, nil, &smithy.GenericAPIError{Code: "Strange", Message: "m"}), connector.EffectMutating,
			connector.Error{Code: "Strange", Class: connector.ClassUnavailable, Message: "m", Status: 500, RequestID: "req-1", Outcome: connector.OutcomeUnknown},
		},
		{
			"5xx of a read", answered(503, nil, &smithy.GenericAPIError{Code: "Strange", Message: "m"}), connector.EffectReadOnly,
			connector.Error{Code: "Strange", Class: connector.ClassUnavailable, Message: "m", Status: 503, RequestID: "req-1", Outcome: connector.OutcomeFailed},
		},
		{
			"5xx that refuses", answered(502, nil, &types.KMSAccessDeniedException{Message: aws.String("m")}), connector.EffectMutating,
			connector.Error{Code: "KMSAccessDeniedException", Class: connector.ClassDenied, Message: "m", Status: 502, RequestID: "req-1"},
		},
		{
			"answer cut short", answered(200, nil, io.ErrUnexpectedEOF), connector.EffectMutating,
			connector.Error{Code: "InvalidResponse", Class: connector.ClassUnavailable, Message: "the answer could not be read", Status: 200, RequestID: "req-1", Outcome: connector.OutcomeUnknown},
		},
		{
			"unreadable answer", answered(200, nil, &smithy.DeserializationError{Err: io.ErrUnexpectedEOF, Snapshot: []byte("s3cr3t")}), connector.EffectMutating,
			connector.Error{Code: "InvalidResponse", Class: connector.ClassUnavailable, Message: "the answer could not be read", Status: 200, RequestID: "req-1", Outcome: connector.OutcomeUnknown},
		},
		{
			"refused connection", sent(refused), connector.EffectMutating,
			connector.Error{Code: "NetworkError", Class: connector.ClassUnavailable, Message: "no answer from lambda.eu-west-1.amazonaws.com: dial tcp: connection refused", Outcome: connector.OutcomeFailed},
		},
		{
			"broken connection", sent(reset), connector.EffectMutating,
			connector.Error{Code: "NetworkError", Class: connector.ClassUnavailable, Message: "no answer from lambda.eu-west-1.amazonaws.com: read tcp: connection reset by peer", Outcome: connector.OutcomeUnknown},
		},
		{
			"timeout of the SDK", sent(&net.OpError{Op: "read", Net: "tcp", Err: timeoutError{}}), connector.EffectMutating,
			connector.Error{Code: "Timeout", Class: connector.ClassTimeout, Message: "no answer from lambda.eu-west-1.amazonaws.com: read tcp: late", Outcome: connector.OutcomeUnknown},
		},
		{
			"deadline", sent(context.DeadlineExceeded), connector.EffectMutating,
			connector.Error{Code: "Timeout", Class: connector.ClassTimeout, Message: "no answer in time", Outcome: connector.OutcomeUnknown},
		},
		{
			"canceled", &smithy.CanceledError{Err: context.Canceled}, connector.EffectMutating,
			connector.Error{Code: "Canceled", Class: connector.ClassCanceled, Message: "the call was canceled", Outcome: connector.OutcomeUnknown},
		},
		{
			"missing members", &smithy.OperationError{Err: invalidParams}, connector.EffectMutating,
			connector.Error{Code: "InvalidParameters", Class: connector.ClassInvalid, Message: "missing parameters: functionName"},
		},
		{
			"role that may not be assumed", &smithy.OperationError{Err: fmt.Errorf("get identity: %w", &credentialsError{what: "role r could not be assumed", err: denied})}, connector.EffectMutating,
			connector.Error{Code: "AccessDenied", Class: connector.ClassDenied, Message: "role r could not be assumed: no", Status: 403, RequestID: "req-1", Outcome: connector.OutcomeFailed},
		},
		{
			"no credentials", &credentialsError{what: "no AWS credentials could be had", err: errors.New("none\nat all")}, connector.EffectMutating,
			connector.Error{Code: "CredentialsError", Class: connector.ClassDenied, Message: "no AWS credentials could be had: none", Outcome: connector.OutcomeFailed},
		},
		{"anything else", errors.New("odd"), connector.EffectMutating, connector.Error{Code: "Internal", Class: connector.ClassInternal, Message: "odd"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := connector.AsError(Error(context.Background(), tt.err, tt.effect))
			if !errors.Is(got, tt.err) && got.Err == nil {
				t.Error("the Go error is not kept")
			}
			if diff := cmp.Diff(&tt.want, got, cmpopts.IgnoreFields(connector.Error{}, "Err")); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if strings.Contains(got.Error(), "s3cr3t") {
				t.Errorf("the message shows what was sent: %v", got)
			}
		})
	}
}

type timeoutError struct{}

func (timeoutError) Error() string { return "late" }
func (timeoutError) Timeout() bool { return true }

func TestErrorKeepsOneOfOurs(t *testing.T) {
	own := &connector.Error{Code: "Mine"}
	if got := Error(context.Background(), fmt.Errorf("around: %w", own), connector.EffectMutating); got != error(own) { //nolint:errorlint // the same one
		t.Errorf("got %v", got)
	}
	if got := Error(context.Background(), nil, connector.EffectMutating); got != nil {
		t.Errorf("got %v for none", got)
	}
}

// The rows are the table of error classes in the documentation.
func TestClassOf(t *testing.T) {
	documented := map[connector.Class]string{
		connector.ClassThrottled:    "TooManyRequestsException ThrottlingException EC2ThrottledException",
		connector.ClassUnavailable:  "ServiceException EC2UnexpectedException IDPCommunicationError",
		connector.ClassConflict:     "ResourceConflictException ResourceInUseException ResourceNotReadyException",
		connector.ClassPrecondition: "PreconditionFailedException",
		connector.ClassNotFound:     "ResourceNotFoundException",
		connector.ClassDenied:       "AccessDenied AccessDeniedException IDPRejectedClaim RegionDisabledException KMSAccessDeniedException",
		connector.ClassExpired:      "ExpiredToken ExpiredTokenException RequestExpired",
		connector.ClassInvalid: "InvalidParameterValueException InvalidRequestContentException ValidationError " +
			"InvalidAuthorizationMessageException InvalidIdentityToken MalformedPolicyDocument",
		connector.ClassQuota: "PackedPolicyTooLarge PolicyLengthExceededException CodeStorageExceededException " +
			"AliasLimitExceededException RequestTooLargeException",
		connector.ClassFunction: "Lambda.FunctionError",
	}
	for class, codes := range documented {
		for code := range strings.FieldsSeq(codes) {
			if got := ClassOf(code, 400); got != class {
				t.Errorf("%s is %s, want %s", code, got, class)
			}
		}
	}
	for status, class := range map[int]connector.Class{
		0: connector.ClassInternal, 200: connector.ClassInternal, 400: connector.ClassInvalid, 403: connector.ClassDenied, 404: connector.ClassNotFound, 409: connector.ClassConflict,
		412: connector.ClassPrecondition, 413: connector.ClassQuota, 429: connector.ClassThrottled, 500: connector.ClassUnavailable, 504: connector.ClassUnavailable,
	} {
		if got := ClassOf("SomethingNew", status); got != class {
			t.Errorf("status %d is %s, want %s", status, got, class)
		}
	}
	for code, class := range map[string]connector.Class{
		"QueueDoesNotExist": connector.ClassNotFound, "NoSuchBucket": connector.ClassNotFound, "EntityAlreadyExists": connector.ClassConflict,
		"ProvisionedThroughputExceededException": connector.ClassThrottled, "UserNotAuthorized": connector.ClassDenied, "LimitExceeded": connector.ClassQuota,
	} {
		if got := ClassOf(code, 400); got != class {
			t.Errorf("%s is %s, want %s", code, got, class)
		}
	}
	if got := ClassOf("IDPCommunicationErrorException", 400); !connector.IsClass(string(got)) {
		t.Errorf("%s is no class", got)
	}
}

// The second names that operations document are those that errors carry.
func TestSecondNamesOfErrors(t *testing.T) {
	for _, err := range []smithy.APIError{
		&ststypes.IDPCommunicationErrorException{}, &ststypes.IDPRejectedClaimException{}, &ststypes.InvalidIdentityTokenException{},
		&ststypes.MalformedPolicyDocumentException{}, &ststypes.PackedPolicyTooLargeException{},
		&ststypes.ExpiredTokenException{}, &ststypes.RegionDisabledException{}, &ststypes.InvalidAuthorizationMessageException{},
	} {
		got := connector.AsError(Error(context.Background(), answered(400, nil, err), connector.EffectReadOnly))
		if diff := cmp.Diff(typeNames(got.Code), got.Aliases); diff != "" {
			t.Errorf("%s (-documented +carried):\n%s", got.Code, diff)
		}
	}
}
