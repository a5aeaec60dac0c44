package lambdasvc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/bundle"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/durable"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/entropy"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/fixture"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/plainjson"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/tasks"
)

// codeLimit is the most that a request may hold that carries code.
const codeLimit = 70 << 20

// bodyLimit is the most that a request may hold where its operation has no
// other limit: a payload of 6 MiB and room for its envelope.
const bodyLimit = 7 << 20

// API answers Lambda in the REST protocol with JSON. It decodes requests
// and encodes answers; what they do is the store's business.
type API struct {
	store  *store
	runner runner
	tasks  *tasks.Group
	events *events
	router router

	durable  *durable.Engine
	mappings mappings
}

// Options are what Lambda is made of; all but Handlers, Issuer and Data
// must be set.
type Options struct {
	Fixture     *fixture.File   // what accounts begin with
	Entropy     *entropy.Source // of ids
	Clock       func() time.Time
	Tasks       *tasks.Group       // where work in the background is counted
	Issuer      *access.Issuer     // of the credentials of functions
	Codes       *bundle.Store      // where zips are
	Folder      string             // for the programs that run handlers, and for the state
	Keep        bool               // the state in Folder, between runs
	Handlers    map[string]Handler // functions of this process, by name
	Settling    time.Duration      // how long functions are Pending
	EventDelays []time.Duration    // before a failed event is tried again
	Processes   int                // of a version, at most
	QueueLimit  time.Duration      // of an invocation that waits for one
	Endpoint    func() string      // where the emulator answers; "" for nowhere
	Queues      service.Queues     // that functions take messages from
	Jump        bool               // the clock of durable executions jumps while nothing runs
}

// New makes Lambda with the state that an earlier run has kept, if any.
func New(o Options) (*API, error) {
	s := newStore(o.Fixture, source{
		entropy: o.Entropy, clock: o.Clock, codes: o.Codes, settling: o.Settling, handlers: o.Handlers,
	})
	if o.Keep {
		s.file = filepath.Join(o.Folder, "state.json")
		if err := s.restore(); err != nil {
			return nil, fmt.Errorf("the data folder: %w", err)
		}
	}
	l := &API{store: s, runner: newRunners(o), tasks: o.Tasks, events: &events{delays: o.EventDelays}, mappings: mappings{queues: o.Queues, all: map[string]*mapping{}}}
	if err := l.openDurable(o); err != nil {
		return nil, fmt.Errorf("the data folder: %w", err)
	}
	rows := l.routes()
	if s.file != "" {
		for i := range rows {
			if rows[i].method != http.MethodGet && !strings.HasPrefix(rows[i].Name, "Invoke") && !strings.Contains(rows[i].pattern, "/durable-execution") && !strings.Contains(rows[i].pattern, mappingsPath) {
				rows[i].Handle = l.saving(rows[i].Handle)
			}
		}
	}
	l.router = newRouter(slices.Concat(rows, l.constants(), missingRoutes())...)
	return l, nil
}

// DeadLetters returns the events that their functions did not handle, oldest
// first.
func (l *API) DeadLetters() []letter { return l.events.all() }

// Close ends every function, and returns when it has ended.
func (l *API) Close() error {
	l.runner.close()
	return l.durable.Close()
}

// Resume goes on with the durable executions of an earlier run. It does so
// once, in a task of the caller's.
func (l *API) Resume() { l.durable.Resume() }

// DurableLogs returns what the function of a durable execution has written.
func (l *API) DurableLogs(arn string) ([]byte, error) { return l.durable.Logs(arn) }

func (l *API) openDurable(o Options) (err error) {
	options := durable.Options{
		Functions: functions{l}, Entropy: o.Entropy, Clock: o.Clock, Tasks: o.Tasks, Jump: o.Jump || o.Fixture.Durable.Jump,
		Limits: durable.Limits{
			Operations: o.Fixture.Durable.Operations, Bytes: int64(o.Fixture.Durable.Bytes), Payload: o.Fixture.Durable.Payload,
		},
	}
	if o.Keep {
		options.Data = filepath.Join(o.Folder, "durable.log")
	}
	l.durable, err = durable.New(options)
	return err
}

// saving writes the state down before an operation that changes it answers.
func (l *API) saving(handle func(*service.Call) (any, error)) func(*service.Call) (any, error) {
	return func(c *service.Call) (any, error) {
		out, err := handle(c)
		if err != nil {
			return nil, err
		}
		return out, l.store.save()
	}
}

// Anonymous reports that every operation needs a signature.
func (l *API) Anonymous(service.Operation) bool { return false }

// Action is the IAM action of an operation, which is not always its name.
func (l *API) Action(op service.Operation) string {
	if strings.HasPrefix(op.Name, "Invoke") {
		return "lambda:InvokeFunction"
	}
	return "lambda:" + op.Name
}

// Resource is the ARN that a policy would know it by.
func (l *API) Resource(c *service.Call) string {
	switch {
	case strings.HasPrefix(c.Subject, "arn:"):
		return c.Subject
	case c.Vars["LayerName"] != "":
		return lambdaARN(c.Place(), "layer:"+c.Subject)
	case c.Subject != "":
		return lambdaARN(c.Place(), "function:"+c.Subject)
	}
	return "*"
}

// DeniedCode is the error where a policy denies.
func (l *API) DeniedCode() string { return "AccessDeniedException" }

// Name is what signatures name Lambda.
func (l *API) Name() string { return "lambda" }

// Limit is how many bytes a body may have: more where it carries code.
func (l *API) Limit(c *service.Call) int64 {
	if found := l.find(c); found != nil {
		return found.limit
	}
	return bodyLimit
}

// find returns the route of a request, which it looks for once; nil is none.
func (l *API) find(c *service.Call) *compiledRoute {
	if found, known := c.Found.(*compiledRoute); known {
		return found
	}
	found, vars := l.router.find(c.HTTP.Method, c.HTTP.URL, c.Query)
	c.Found, c.Vars = found, vars
	return found
}

// Route finds the operation by method and path.
func (l *API) Route(c *service.Call) service.Operation {
	found := l.find(c)
	if found == nil {
		return unknown(c.HTTP)
	}
	c.Subject = c.Vars["FunctionName"] + c.Vars["LayerName"]
	return found.Operation
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// Encode writes a result as JSON.
func (l *API) Encode(_ *service.Call, op service.Operation, result any) (service.Answer, error) {
	if ready, ok := result.(service.Answer); ok {
		return ready, nil
	}
	if op.Status == http.StatusNoContent {
		return service.Answer{Status: op.Status}, nil
	}
	body, err := plainjson.Encode(result)
	return service.Answer{Status: op.Status, Header: jsonHeader(), Body: body}, err
}

// The codes whose message member AWS spells with a capital; the others have
// "message".
var capitalMessage = late.Value[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{
		"ResourceNotFoundException": true,
		"ServiceException":          true,
		"NotImplementedException":   true,
		"CallbackTimeoutException":  true,

		"DurableExecutionAlreadyStartedException": true,
	}
}}

// EncodeError writes a refusal as JSON, its code in a header.
func (l *API) EncodeError(_ *service.Call, err *service.APIError) service.Answer {
	body := map[string]string{}
	for name, value := range err.Members {
		body[name] = value
	}
	member := "message"
	if capitalMessage.Get()[err.Code] {
		member = "Message"
	}
	body[member] = err.Message
	if !err.Bare {
		body["Type"] = "User"
		if err.Server() {
			body["Type"] = "Service"
		}
	}
	text, _ := plainjson.Encode(body) // a map of strings always encodes
	header := jsonHeader()
	header.Set("X-Amzn-Errortype", err.Code)
	return service.Answer{Status: err.Status, Header: header, Body: text, ErrorCode: err.Code}
}

// Denial refuses a signature as the front door of Lambda does.
func (l *API) Denial(fault access.AuthFault, message string) *service.APIError {
	codes := map[access.AuthFault]string{
		access.FaultMissing:    "MissingAuthenticationTokenException",
		access.FaultIncomplete: "IncompleteSignatureException",
		access.FaultUnknownKey: "UnrecognizedClientException",
		access.FaultSignature:  "InvalidSignatureException",
		access.FaultExpired:    "ExpiredTokenException",
	}
	err := service.Failure(codes[fault], http.StatusForbidden, "%s", message)
	err.Bare = true
	return err
}

// decode reads the JSON body of a request.
func decode[T any](c *service.Call) (T, error) {
	var in T
	if len(bytes.TrimSpace(c.Body)) == 0 {
		return in, nil
	}
	if err := json.Unmarshal(c.Body, &in); err != nil {
		return in, service.Failure("SerializationException", http.StatusBadRequest, "could not read the request: %s", whatIsWrong(err))
	}
	return in, nil
}

// whatIsWrong words a mistake of a JSON body. It shows no value: one could be
// a secret.
func whatIsWrong(err error) string {
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		found, _, _ := strings.Cut(kind.Value, " ")
		return kind.Field + " cannot be a " + found
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return "not JSON at byte " + strconv.FormatInt(syntax.Offset, 10)
	}
	return "it is not what this operation takes"
}

// functionOf reads the function that the path names, with its qualifier.
func functionOf(c *service.Call) (functionRef, error) {
	return parseFunction(c.Place(), c.Vars["FunctionName"], c.Query.Get("Qualifier"))
}

// onFunction runs do on the function that the path names, as within does.
func onFunction[T any](s *store, c *service.Call, do func(*realm, functionRef) (T, error)) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	return within(s, ref.place, func(r *realm) (T, error) { return do(r, ref) })
}

// layerOf reads the layer and the version that the path names.
func layerOf(c *service.Call) (layerRef, int64, error) {
	ref, err := parseLayer(c.Place(), c.Vars["LayerName"])
	if err != nil {
		return ref, 0, err
	}
	text, ok := c.Vars["VersionNumber"]
	if !ok {
		return ref, 0, nil
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 1 {
		return ref, 0, service.InvalidMember(text, "versionNumber", "Member must be a version number")
	}
	return ref, number, nil
}

// CreatedName is the function that CreateFunction names, which no path does.
func CreatedName(body []byte) string {
	var in struct{ FunctionName string }
	_ = json.Unmarshal(body, &in) // what is wrong with it is for the operation to say
	return in.FunctionName
}

func (l *API) getAccountSettings(c *service.Call) (any, error) {
	return within(l.store, c.Place(), (*realm).settings)
}
