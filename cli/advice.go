package cli

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsapi"
)

// advice says what to do about a failure, where that is known. op is what was
// called; nil where it was no call. local is true where it was on the local AWS.
func advice(e *report.RunError, op *connector.Operation, local bool) []string {
	var help []string
	if text := adviceFor(e, op, local); text != "" {
		help = append(help, text)
	}
	if len(e.NotUndone) > 0 {
		help = append(help, "what is listed as not undone is still in place: look at it and take it back by hand")
	}
	return help
}

func adviceFor(e *report.RunError, op *connector.Operation, local bool) string {
	var action string
	if op != nil {
		action, _ = awsapi.IAMAction(op)
	}
	if text := adviceForAnswer(e); text != "" {
		return text
	}
	switch {
	case e.Code == "CredentialsError":
		return "--profile names one for every connection; with --local the flow needs no credentials at all"
	case local && op != nil && e.Code == "InvalidConnection" && strings.HasPrefix(e.Message, "the local emulator has no "):
		return "give the step an answer in a test (runner test), or run it without --local on an emulator that has the service: AWS_ENDPOINT_URL, or endpoint on the connection, names one"
	case local && e.Code == "ResourceNotFoundException" && strings.HasPrefix(action, "lambda:"):
		return "the local AWS has the functions of FLOW.functions.yaml, else of functions.yaml beside the flow; --functions names another file"
	case e.Class == connector.ClassDenied && action != "":
		return fmt.Sprintf("the caller needs the permission %s: add it to a policy of its role or user", action)
	}
	switch {
	case e.Outcome == connector.OutcomeUnknown && (e.Class == connector.ClassUnavailable || e.Class == connector.ClassThrottled):
		return "look whether it happened before it is made again; idempotent: true on the step says that it may be made twice, and lets retry: do so"
	case e.Class == connector.ClassUnavailable && e.Attempts > 1:
		return "try again later, or give the step's retry more attempts"
	}
	if e.Class == connector.ClassFunction && !strings.HasPrefix(e.Operation, "lambda.") {
		return "" // an operation of a program's own calls functions in its own way
	}
	return byClass.Get()[e.Class]
}

// adviceForAnswer says what to do about a status, or an answer, whose class alone
// would lead astray; empty for any other.
func adviceForAnswer(e *report.RunError) string {
	_, foreign := e.Details["contentType"] // see awsapi
	switch {
	case e.Status >= http.StatusMultipleChoices && e.Status < http.StatusBadRequest && e.Status != http.StatusNotModified:
		return "the service is to be asked elsewhere, as the Location of its answer says: give that address as url, baseUrl or endpoint"
	case e.Status == http.StatusProxyAuthRequired:
		return "a proxy in between asks who calls: look at HTTP_PROXY and HTTPS_PROXY"
	case e.Status == http.StatusRequestTimeout:
		return "the service did not get the whole request in time and did nothing: try again; retry: {on: [timeout]} on the step does so by itself"
	case foreign:
		return "something in between answered, such as a proxy: look at what it says, at HTTP_PROXY and HTTPS_PROXY, and at the connection's endpoint"
	case e.Code == "WaitTimeout":
		return "give the step a longer maxWait if that really takes longer"
	case e.Code == "RepeatExhausted":
		return "raise maxAttempts of the repeat, or every, if it really takes longer; a catch says what it means that it did not come"
	case e.Code == "SignalTimeout":
		return "give the wait a longer timeout, or catch the code and say what silence means"
	case e.Code == "NoPublicUrl":
		return "serve the flow (runner serve --public-url), or catch the code and go on without an address"
	case e.Class == connector.ClassPrecondition && (e.Status == http.StatusPreconditionFailed || strings.HasPrefix(e.Code, "PreconditionFailed")):
		return "it has changed since it was read: read it again and use the new revision"
	case e.Code == "UnexpectedStatus":
		return "name the statuses that are no failure in expectStatus"
	}
	return ""
}

var byClass = late.Value[map[connector.Class]string]{Make: func() map[connector.Class]string {
	return map[connector.Class]string{
		connector.ClassThrottled:    "give the step more attempts (retry: {attempts: 6}), or lower the concurrency of the loop that it is in",
		connector.ClassUnavailable:  "try again later; retry: on the step does so by itself",
		connector.ClassTimeout:      "raise the timeout of the step or of the flow if the work really needs longer",
		connector.ClassConflict:     "it exists already or is being changed: wait with retry: {on: [conflict]}, or catch the error",
		connector.ClassPrecondition: "what the call relies on is not so: look at what is there now, or catch the code and say what it means to the flow",
		connector.ClassExpired:      "the credentials are too old: log in again, or let the connection assume a role, which renews them",
		connector.ClassFunction:     "the function itself failed; logType: Tail shows the end of its log here, onFunctionError: return gives its error to the flow",
	}
}}
