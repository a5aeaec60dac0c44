package sqssvc

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/entropy"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

const (
	version   = "2012-11-05"
	namespace = "http://queue.amazonaws.com/doc/" + version + "/"
	target    = "AmazonSQS."
	// bodyLimit has room for a batch of 1 MiB, escaped or in base64.
	bodyLimit = 8 << 20
)

// Options are what an API needs.
type Options struct {
	Clock   func() time.Time // of everything but how long a poll waits
	Entropy *entropy.Source  // of the ids of messages
	Closing <-chan struct{}  // polls end with it
	// Declared are the queues that each account begins with.
	Declared []Declared
}

// Declared is a queue that is there from the start.
type Declared struct {
	Name       string            // of the queue
	Attributes map[string]string // as CreateQueue takes them
	// DeadLetters is the queue of the same account that takes what was received
	// MaxReceives times; empty for none.
	DeadLetters string
	MaxReceives int
}

// API answers SQS.
type API struct {
	now     func() time.Time
	entropy *entropy.Source
	closing <-chan struct{}
	given   []Declared

	operations map[string]service.Operation

	mu     sync.Mutex
	realms map[service.Place]*realm
	kept   int64 // bytes of all messages
	serial int64 // of the last message
}

// missing are the operations that SQS has and this package does not.
var missing = []string{"AddPermission", "CancelMessageMoveTask", "ListMessageMoveTasks", "RemovePermission", "StartMessageMoveTask"}

// New makes an SQS.
func New(o Options) *API {
	a := &API{now: o.Clock, entropy: o.Entropy, closing: o.Closing, given: o.Declared, operations: map[string]service.Operation{}, realms: map[service.Place]*realm{}}
	for _, op := range a.table() {
		a.operations[op.Name] = op
	}
	return a
}

func (a *API) table() []service.Operation {
	return []service.Operation{
		operation("ChangeMessageVisibility", a.changeMessageVisibility),
		operation("ChangeMessageVisibilityBatch", a.changeMessageVisibilityBatch),
		operation("CreateQueue", a.createQueue),
		operation("DeleteMessage", a.deleteMessage),
		operation("DeleteMessageBatch", a.deleteMessageBatch),
		operation("DeleteQueue", a.deleteQueue),
		operation("GetQueueAttributes", a.getQueueAttributes),
		operation("GetQueueUrl", a.getQueueURL),
		operation("ListDeadLetterSourceQueues", a.listDeadLetterSourceQueues),
		operation("ListQueueTags", a.listQueueTags),
		operation("ListQueues", a.listQueues),
		operation("PurgeQueue", a.purgeQueue),
		operation("ReceiveMessage", a.receiveMessage),
		operation("SendMessage", a.sendMessage),
		operation("SendMessageBatch", a.sendMessageBatch),
		operation("SetQueueAttributes", a.setQueueAttributes),
		operation("TagQueue", a.tagQueue),
		operation("UntagQueue", a.untagQueue),
	}
}

// operation returns a row of the table, whose handler is given what was asked for.
func operation[In any](name string, handle func(*service.Call, *In) (any, error)) service.Operation {
	return service.NewOperation(name, http.StatusOK, func(c *service.Call) (any, error) {
		in := new(In)
		if err := decode(c, in); err != nil {
			return nil, err
		}
		return handle(c, in)
	})
}

// Names lists the operations of SQS that are there, and those that are refused.
func Names() (real, refused []string) {
	for _, op := range (&API{}).table() {
		real = append(real, op.Name)
	}
	return real, missing
}

// Operations names SQS and its operations, in lower case.
func Operations() []string {
	names := []string{"sqs"}
	there, refused := Names()
	for _, name := range slices.Concat(there, refused) {
		names = append(names, "sqs."+strings.ToLower(name))
	}
	return names
}

// IsCall reports whether a request is one to SQS whatever it is signed for.
func IsCall(r *http.Request) bool { return strings.HasPrefix(r.Header.Get("X-Amz-Target"), target) }

// Name is what signatures name SQS.
func (a *API) Name() string { return "sqs" }

// Limit is how many bytes a body may have.
func (a *API) Limit(*service.Call) int64 { return bodyLimit }

// Anonymous reports that nobody may ask without a signature.
func (a *API) Anonymous(service.Operation) bool { return false }

// Action is the IAM action of an operation.
func (a *API) Action(op service.Operation) string {
	name := op.Name
	if one, ok := strings.CutSuffix(name, "Batch"); ok {
		name = one
	}
	return "sqs:" + name
}

// Resource is the queue that the request is about, if any.
func (a *API) Resource(c *service.Call) string {
	if c.Subject == "" {
		return "*"
	}
	return arnOf(c.Place(), c.Subject)
}

// DeniedCode is the error where a policy denies.
func (a *API) DeniedCode() string { return "AccessDenied" }

// Denial refuses a signature as SQS does.
func (a *API) Denial(fault access.AuthFault, message string) *service.APIError {
	codes := map[access.AuthFault]string{
		access.FaultMissing:    "MissingAuthenticationToken",
		access.FaultIncomplete: "IncompleteSignature",
		access.FaultUnknownKey: "InvalidClientTokenId",
		access.FaultSignature:  "SignatureDoesNotMatch",
		access.FaultExpired:    "ExpiredToken",
	}
	return service.Failure(codes[fault], http.StatusForbidden, "%s", message)
}

// Route finds the operation by the header of the JSON protocol, else by the form.
func (a *API) Route(c *service.Call) service.Operation {
	name, ok := strings.CutPrefix(c.HTTP.Header.Get("X-Amz-Target"), target)
	if !ok {
		form, err := formOf(c)
		if err != nil {
			return service.Failing("", err)
		}
		c.Form = form
		name = form.Get("Action")
		if v := form.Get("Version"); v != "" && v != version {
			return service.Failing("", failure("InvalidAction", "The action or operation requested is invalid. Could not find operation %s for version %s", name, v))
		}
	}
	c.Subject = subjectOf(c)
	switch op, known := a.operations[name]; {
	case known:
		return op
	case name == "":
		return service.Failing("", failure("MissingAction", "The request must contain the parameter Action"))
	case slices.Contains(missing, name):
		return service.Failing(name, service.Failure("NotImplemented", http.StatusNotImplemented, "awsemu does not have sqs.%s yet", name))
	}
	return service.Failing("", failure("InvalidAction", "The action or operation requested is invalid. Verify that the action is typed correctly."))
}
