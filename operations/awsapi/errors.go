package awsapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/retryafter"
)

// Error returns err, which a call of the SDK returned, as the error of a step.
// effect tells whether a request of unknown outcome matters. Operations made
// by hand use it; it gives nil for nil.
func Error(ctx context.Context, err error, effect connector.Effect) error {
	if err == nil {
		return nil
	}
	return toError(ctx, err, effect)
}

// toError never puts a request or a Go dump of one into the message: it may
// hold secrets.
func toError(ctx context.Context, err error, effect connector.Effect) *connector.Error {
	var done *connector.Error
	if errors.As(err, &done) {
		return done
	}
	e := &connector.Error{Err: err}
	fromResponse(e, err)
	fromCause(ctx, e, err)
	if !fromForeign(e, err) {
		e.Class = classOf(append([]string{e.Code}, e.Aliases...), e.Status)
	}
	if e.Status >= http.StatusInternalServerError && !connector.StatusNotDone(e.Status) && mayHaveRun(e.Class) {
		e.Outcome = connector.OutcomeUnknown
	}
	explainCredentials(e, err)
	if effect == connector.EffectReadOnly {
		e.Outcome = connector.OutcomeFailed
	}
	return e
}

// fromForeign sees to an answer that is none of the service's form: a proxy's
// page, or an error whose body is lost. What the header and the status tell is
// all that is known. It reports whether it is one.
func fromForeign(e *connector.Error, err error) bool {
	var response *smithyhttp.ResponseError
	if e.Code != codeAnswer && e.Code != codeUnknown || !errors.As(err, &response) || response.Response == nil ||
		response.Response.Response == nil || e.Status < http.StatusMultipleChoices && sampleOf(response.Response) == nil {
		return false
	}
	var message string
	message, e.Details = foreign(response.Response)
	e.Class = connector.ClassUnavailable
	if e.Status >= http.StatusMultipleChoices {
		e.Class, e.Outcome = classOfStatus(e.Status), connector.OutcomeFailed
	}
	if code := headerCode(response.Response.Header); code != "" {
		e.Code, e.Class = code, classOf([]string{code}, e.Status)
	}
	e.Message = message
	return true
}

// headerCode returns the code that an answer's header names, without what the
// protocols of AWS put around it; empty for none.
func headerCode(h http.Header) string {
	code, _, _ := strings.Cut(h.Get("X-Amzn-Errortype"), ":")
	if i := strings.LastIndexByte(code, '#'); i >= 0 {
		code = code[i+1:]
	}
	return strings.TrimSpace(code)
}

// explainCredentials says what failed where it was not the call itself.
func explainCredentials(e *connector.Error, err error) {
	var credentials *credentialsError
	if !errors.As(err, &credentials) {
		return
	}
	e.Outcome = connector.OutcomeFailed
	var operation *smithy.OperationError
	if errors.As(credentials.err, &operation) && operation.ServiceID == "ec2imds" && e.Class != connector.ClassCanceled {
		// The default chain tries instance metadata last, so it found nothing.
		e.Code, e.Class, e.Message = codeCredential, connector.ClassDenied, nothingFound
		e.Status, e.RequestID = 0, "" // of the instance metadata, not of the service
		return
	}
	e.Message = credentials.explain(e.Message)
	if help := signInHelp(err); help != "" {
		e.Message += "; " + help
	}
}

const nothingFound = "no AWS credentials found: give accessKeyId and secretAccessKey, credentials or a profile on the connection, " +
	"set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with the AWS CLI"

// mayHaveRun is false where a 5xx says that AWS refused the request: Lambda
// answers 502 for a key that it may not use.
func mayHaveRun(class connector.Class) bool {
	return class == connector.ClassUnavailable || class == connector.ClassTimeout || class == connector.ClassInternal
}

func fromResponse(e *connector.Error, err error) {
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil || response.Response.Response == nil {
		return
	}
	e.Status = response.HTTPStatusCode()
	e.RetryAfter = delayOf(response.Response.Header)
	var withID *awshttp.ResponseError
	if errors.As(err, &withID) {
		e.RequestID = withID.ServiceRequestID()
	}
}

// delayOf returns the delay that a service asks for: in milliseconds in AWS's
// own header, else as all of HTTP has it.
func delayOf(h http.Header) time.Duration {
	if ms, err := strconv.ParseUint(strings.TrimSpace(h.Get("X-Amz-Retry-After")), 10, 32); err == nil {
		return retryafter.Seconds(float64(ms) / 1000)
	}
	return retryafter.Of(h, time.Now())
}

// fromCause fills in code, message, outcome and details from what the error
// is, the most telling kind first.
func fromCause(ctx context.Context, e *connector.Error, err error) {
	var (
		api     smithy.APIError
		params  smithy.InvalidParamsError
		decode  *smithy.DeserializationError
		timeout interface{ Timeout() bool }
		send    *smithyhttp.RequestSendError
	)
	switch {
	case errors.As(err, &api):
		fromAPI(e, api)
	case errors.As(err, &params):
		e.Code, e.Message = codeParameters, "missing parameters: "+strings.Join(missing(err), ", ")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded):
		e.Code, e.Message, e.Outcome = codeTimeout, "no answer in time", connector.OutcomeUnknown
	case errors.Is(err, context.Canceled), ctx.Err() != nil:
		e.Code, e.Message, e.Outcome = codeCanceled, "the call was canceled", connector.OutcomeUnknown
	case errors.As(err, &decode):
		e.Code, e.Message, e.Outcome = codeAnswer, "the answer could not be read", connector.OutcomeUnknown
	case errors.As(err, &timeout) && timeout.Timeout():
		e.Code, e.Message, e.Outcome = codeTimeout, networkMessage(err), networkOutcome(err)
	case errors.As(err, &send):
		e.Code, e.Message, e.Outcome = codeNetwork, networkMessage(err), networkOutcome(err)
	default:
		fromOther(e, err)
	}
}

func fromOther(e *connector.Error, err error) {
	var credentials *credentialsError
	var operation *smithy.OperationError
	switch {
	case errors.As(err, &credentials):
		e.Code = codeCredential
	case e.Status != 0:
		e.Code, e.Message, e.Outcome = codeAnswer, "the answer could not be read", connector.OutcomeUnknown
	case errors.As(err, &operation):
		e.Code, e.Message = "Internal", operation.Err.Error()
	default:
		e.Code, e.Message = "Internal", err.Error()
	}
}

func fromAPI(e *connector.Error, api smithy.APIError) {
	e.Code, e.Message = api.ErrorCode(), api.ErrorMessage()
	if name := typeName(api); name != "" && name != e.Code {
		e.Aliases = []string{name}
	}
	e.Details = details(api)
	if seconds, ok := e.Details["RetryAfterSeconds"].(string); ok && e.RetryAfter == 0 {
		if n, err := strconv.ParseFloat(seconds, 64); err == nil {
			e.RetryAfter = retryafter.Seconds(n)
		}
	}
}

// modelError is an error that knows its name and its members in the service's
// model, because no struct of the SDK stands for it.
type modelError interface {
	ModelName() string
	ModelDetails() map[string]any
}

// modelled returns the struct of an error that the service's model has.
func modelled(api smithy.APIError) (v reflect.Value, ok bool) {
	v = reflect.ValueOf(api)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return v, false
	}
	_, generic := api.(*smithy.GenericAPIError)
	return v.Elem(), !generic
}

// typeName returns the name of an error in the service's model, which can differ
// from what is sent: IDPRejectedClaimException is sent as IDPRejectedClaim.
func typeName(api smithy.APIError) string {
	if m, ok := api.(modelError); ok {
		return m.ModelName()
	}
	v, ok := modelled(api)
	if !ok {
		return ""
	}
	return v.Type().Name()
}

// details returns the members that AWS models for an error, beside its message.
func details(api smithy.APIError) map[string]any {
	if m, ok := api.(modelError); ok {
		return m.ModelDetails()
	}
	v, ok := modelled(api)
	if !ok {
		return nil
	}
	members, err := make(readers).forStruct(v.Type()).read(v)
	if err != nil {
		return nil
	}
	delete(members, "Message")
	delete(members, "ErrorCodeOverride")
	for name, value := range members {
		if value == nil {
			delete(members, name)
		}
	}
	if len(members) == 0 {
		return nil
	}
	return members
}

// networkMessage leaves out what the SDK and net/http put around the cause:
// the latter would show the whole address.
func networkMessage(err error) string {
	var inURL *url.Error
	if !errors.As(err, &inURL) {
		return "the request could not be sent"
	}
	host := inURL.URL
	if u, err := url.Parse(inURL.URL); err == nil {
		host = u.Host
	}
	return fmt.Sprintf("no answer from %s: %v", host, inURL.Err)
}

// networkOutcome is failed only where the connection was never made.
func networkOutcome(err error) connector.Outcome {
	var op *net.OpError
	var dns *net.DNSError
	if errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial" {
		return connector.OutcomeFailed
	}
	return connector.OutcomeUnknown
}

// invalid returns err as an error of the parameters, found before anything was
// sent.
func invalid(err error) *connector.Error {
	var done *connector.Error
	if errors.As(err, &done) {
		return done
	}
	return &connector.Error{Code: codeParameters, Class: connector.ClassInvalid, Message: err.Error(), Err: err}
}

// credentialsError marks a failure to get credentials: the request that
// needed them was not sent.
type credentialsError struct {
	what string // how they were to be had
	err  error
}

func (e *credentialsError) Error() string { return e.what + ": " + e.err.Error() }

func (e *credentialsError) Unwrap() error { return e.err }

// explain puts what was tried before the service's own message.
func (e *credentialsError) explain(message string) string {
	if message == "" {
		message = firstLine(e.err)
	}
	return e.what + ": " + message
}

func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	// The SDK shows what a credential_process printed: the keys.
	if before, _, found := strings.Cut(text, "parse failed of process output: "); found {
		text = before + "the output of the process is not what AWS documents"
	}
	return strings.TrimPrefix(text, "failed to refresh cached credentials, ")
}
