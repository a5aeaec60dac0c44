package service

import (
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
)

// Call is one request on its way through a service.
type Call struct {
	HTTP      *http.Request     // its body is read already
	Body      []byte            // read whole
	Query     url.Values        // of the URL
	Vars      map[string]string // the parts of the path that the route names
	Form      url.Values        // the parameters of a query protocol request
	Caller    access.Identity   // zero for an anonymous one
	KeyID     string            // of the caller's key; "" for an anonymous one
	Session   access.Session    // of the credentials that the caller signed with
	Temporary bool              // the caller signed with credentials that expire
	Region    string            // that it is signed for
	RequestID string            // that the caller sees
	Now       time.Time         // when it arrived
	Subject   string            // what Request.Function shows
	Found     any               // what the service knows of the request already
}

// Place is where the caller's own resources are.
func (c *Call) Place() Place { return Place{Account: c.Caller.Account, Region: c.Region} }

// Operation is one row of a service's table.
type Operation struct {
	Name   string // as AWS spells it
	Status int    // of a successful answer
	// Handle does it. Its error is an *APIError, or the emulator's own fault.
	Handle func(*Call) (any, error)
	// Open says that anybody may ask for it; a signature is not even looked at.
	Open bool
}

// NewOperation returns a row of a table.
func NewOperation(name string, status int, handle func(*Call) (any, error)) Operation {
	return Operation{Name: name, Status: status, Handle: handle}
}

// Answer is what a handler gives that decides more than the body.
type Answer struct {
	Status    int         // of HTTP
	Header    http.Header // beside the request id
	Body      []byte      // without what Stream writes
	ErrorCode string      // for the request log
	Fault     string      // the kind of the fault that was met, for the request log
	Cut       int         // how much is left out before the connection ends
	// Stream writes the rest of the body as it comes; nil for none. It gives
	// false where the body breaks off, and the connection has to end.
	Stream func(w io.Writer) (whole bool)
}

// Service is one AWS API: its table of operations and its wire format.
type Service interface {
	// Name is the service as signatures name it, such as lambda.
	Name() string
	// Limit is how many bytes the body of this request may have, which is not
	// read yet.
	Limit(c *Call) int64
	// Route finds the operation. It always gives one: what is unknown gets an
	// operation that fails, so that it is refused only after its signature.
	Route(c *Call) Operation
	// Encode writes a result down as the service does.
	Encode(c *Call, op Operation, result any) (Answer, error)
	// EncodeError writes a refusal down as the service does.
	EncodeError(c *Call, err *APIError) Answer
	// Denial names an authentication fault as this service does.
	Denial(fault access.AuthFault, message string) *APIError
	// Anonymous says whether an operation may come without a signature.
	Anonymous(op Operation) bool
	// Action and Resource are what a policy would call an operation and what
	// it is about; DeniedCode is the error where it may not.
	Action(op Operation) string
	Resource(c *Call) string
	DeniedCode() string
}

// Failing is an operation that is known, if at all, but not to be had.
func Failing(name string, err *APIError) Operation {
	return Operation{Name: name, Handle: func(*Call) (any, error) { return nil, err }}
}
