package awsemu

import (
	"io"
	"net/http"
	"net/url"
	"time"
)

// Request is one line of the request log. It never holds keys, tokens,
// payloads or environment variables.
type Request struct {
	Time      time.Time `json:"time"`                // when the request arrived
	Service   string    `json:"service"`             // "lambda" or "sts"
	Operation string    `json:"operation,omitempty"` // as AWS spells it; empty where the request names none
	Function  string    `json:"function,omitempty"`  // the function or layer as the request names it
	Status    int       `json:"status"`              // the HTTP status of the answer
	RequestID string    `json:"requestId"`           // the id that the caller saw, too
	Duration  float64   `json:"durationMs"`          // in milliseconds
	ErrorCode string    `json:"errorCode,omitempty"` // as AWS spells it; for a failed function "Handled" or "Unhandled"
	Fault     string    `json:"fault,omitempty"`     // the kind of the injected fault that it met
}

// call is one request on its way through a service.
type call struct {
	http      *http.Request
	body      []byte
	query     url.Values
	vars      map[string]string // the parts of the path that the route names
	form      url.Values        // the parameters of a query protocol request
	caller    identity
	session   session // of the credentials that the caller signed with
	temporary bool    // the caller signed with credentials that expire
	region    string
	requestID string
	now       time.Time
	subject   string // what Request.Function shows
}

// place is where the caller's own resources are.
func (c *call) place() place { return place{account: c.caller.Account, region: c.region} }

// operation is one row of a service's table.
type operation struct {
	name   string
	status int // of a successful answer
	handle func(*call) (any, error)
}

// answer is what a handler gives that decides more than the body.
type answer struct {
	status    int
	header    http.Header
	body      []byte
	errorCode string // for the request log
	fault     string // the kind of the fault that was met, for the request log
	cut       int    // how much is left out before the connection ends
	// stream writes the rest of the body as it comes; nil for none.
	stream func(w io.Writer)
}

// service is one AWS API: its table of operations and its wire format.
type service interface {
	name() string
	// limit is how many bytes the body of this request may have.
	limit(r *http.Request) int64
	// route finds the operation. It always gives one: what is unknown gets an
	// operation that fails, so that it is refused only after its signature.
	route(c *call) operation
	encode(c *call, op operation, result any) (answer, error)
	encodeError(c *call, err *apiError) answer
	// denial names an authentication fault as this service does.
	denial(fault authFault, message string) *apiError
	// anonymous says whether an operation may come without a signature.
	anonymous(op operation) bool
	// action and resource are what a policy would call an operation and what
	// it is about; deniedCode is the error where it may not.
	action(op operation) string
	resource(c *call) string
	deniedCode() string
}
