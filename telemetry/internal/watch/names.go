package watch

import (
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/connector"
)

// The attributes of spans.
const (
	Run         = "medlar.run.id"
	Flow        = "medlar.flow"
	Trigger     = "medlar.trigger"
	Outcome     = "medlar.outcome"
	Resumed     = "medlar.resumed"
	Step        = "medlar.step"
	Verb        = "medlar.verb"
	Operation   = "medlar.operation"
	Undo        = "medlar.undo"
	Items       = "medlar.items"
	AttemptNo   = "medlar.attempt"
	Delay       = "medlar.delay"
	ErrorType   = "error.type"
	ErrorClass  = "medlar.error.class"
	RequestID   = "medlar.request.id"
	Status      = "http.response.status_code"
	FaaSTrigger = "faas.trigger"
)

// name is one of them, in a byte.
type name uint8

const (
	ofFlow name = iota
	ofTrigger
	ofOutcome
	ofResumed
	ofStep
	ofVerb
	ofOperation
	ofUndo
	ofItems
	ofAttemptNo
	ofErrorType
	ofErrorClass
	ofRequestID
	ofStatus
	ofFaaSTrigger
)

// names are the attributes by their bytes.
var names = [...]string{
	ofFlow: Flow, ofTrigger: Trigger, ofOutcome: Outcome, ofResumed: Resumed, ofStep: Step, ofVerb: Verb, ofOperation: Operation,
	ofUndo: Undo, ofItems: Items, ofAttemptNo: AttemptNo, ofErrorType: ErrorType, ofErrorClass: ErrorClass,
	ofRequestID: RequestID, ofStatus: Status, ofFaaSTrigger: FaaSTrigger,
}

// Attribute is an attribute, for documentation.
type Attribute struct{ Name, Of, Doc string }

// Attributes lists those of all spans.
func Attributes() []Attribute {
	return []Attribute{
		{Run, "all", "the name of the run"},
		{Flow, "run, step, undo", "the name of the flow; of a step in a flow that another one calls that flow's"},
		{Trigger, "run", "the name of the trigger that began the run"},
		{FaaSTrigger, "run", "the kind of that trigger: `http`, `timer`, `pubsub`, `datasource` or `other`"},
		{Outcome, "run, step, undo", "of a run `done`, `failed` or `canceled`; `interrupted` of what a process left before its end"},
		{Resumed, "run, step, undo", "true where it began in a process before"},
		{Step, "step, undo, attempt", "the path of the step, with the numbers of items: `/smoke[17]/answer`"},
		{Verb, "step", "what the step is: `call`, `forEach`"},
		{Operation, "step, attempt", "what a call calls: `lambda.invoke`"},
		{Undo, "step", "true in an undo"},
		{Items, "step", "how many items a `forEach` has"},
		{AttemptNo, "attempt, event `retry`", "counts the attempts of a call from 1"},
		{Delay, "event `retry`", "milliseconds until the next attempt"},
		{ErrorType, "all, event `retry`", "the code of the failure"},
		{ErrorClass, "all", "the class of the failure"},
		{Status, "attempt", "of HTTP, of a failure that has one"},
		{RequestID, "attempt", "what the service calls the request, of a failure that has it"},
	}
}

// nameOf returns the path of a step without the numbers of items: /smoke/answer.
func nameOf(path string) string {
	if !strings.Contains(path, "[") {
		return path
	}
	var b strings.Builder
	for path != "" {
		before, after, _ := strings.Cut(path, "[")
		b.WriteString(before)
		_, path, _ = strings.Cut(after, "]")
	}
	return b.String()
}

// known is cut for what a flow's file or a registry holds, which is valid UTF-8.
func known(text string) string {
	if len(text) > maxText {
		return cut(text)
	}
	return text
}

// cut returns a text that is no longer than maxText, in valid UTF-8.
func cut(text string) string {
	if len(text) > maxText {
		return strings.ToValidUTF8(text[:maxText], "")
	}
	if utf8.ValidString(text) { // fast where it is ASCII
		return text
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// kindOf returns the kind of the span of a run by the kind of its trigger, and how
// the conventions call that.
func kindOf(trigger string) (kind Kind, faas string) {
	switch trigger {
	case "":
		return Internal, ""
	case "http":
		return Server, "http"
	case "tool":
		return Server, "other"
	case "schedule":
		return Internal, "timer"
	case "sqs":
		return Consumer, "pubsub"
	case "files":
		return Consumer, "datasource"
	default:
		return Consumer, "other"
	}
}

// failure adds the code and the class of a failure.
func (s *Span) failure(e *connector.Error) {
	s.put(ofErrorType, e.Code)
	s.put(ofErrorClass, string(e.Class))
	s.Failed = e.Class != connector.ClassCanceled
}
