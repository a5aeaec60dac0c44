package awsemu

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// codeLimit is the most that a request may hold that carries code.
const codeLimit = 70 << 20

// lambdaAPI answers Lambda in the REST protocol with JSON. It decodes requests
// and encodes answers; what they do is the store's business.
type lambdaAPI struct {
	store  *store
	runner runner
	tasks  *tasks
	events *events
	router router
}

func newLambda(s *store, r runner, t *tasks, e *events) *lambdaAPI {
	l := &lambdaAPI{store: s, runner: r, tasks: t, events: e}
	rows := l.routes()
	if s.file != "" {
		for i := range rows {
			if rows[i].method != http.MethodGet && !strings.HasPrefix(rows[i].name, "Invoke") {
				rows[i].handle = l.saving(rows[i].handle)
			}
		}
	}
	l.router = newRouter(append(rows, missingRoutes()...)...)
	return l
}

// saving writes the state down before an operation that changes it answers.
func (l *lambdaAPI) saving(handle func(*call) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		out, err := handle(c)
		if err != nil {
			return nil, err
		}
		return out, l.store.save()
	}
}

func (l *lambdaAPI) anonymous(operation) bool { return false }

// action is the IAM action of an operation, which is not always its name.
func (l *lambdaAPI) action(op operation) string {
	if strings.HasPrefix(op.name, "Invoke") {
		return "lambda:InvokeFunction"
	}
	return "lambda:" + op.name
}

func (l *lambdaAPI) resource(c *call) string {
	switch {
	case strings.HasPrefix(c.subject, "arn:"):
		return c.subject
	case c.vars["LayerName"] != "":
		return c.place().arn("layer:" + c.subject)
	case c.subject != "":
		return c.place().arn("function:" + c.subject)
	}
	return "*"
}

func (l *lambdaAPI) deniedCode() string { return "AccessDeniedException" }

func (l *lambdaAPI) name() string { return "lambda" }

func (l *lambdaAPI) limit(r *http.Request) int64 {
	if row, _, ok := l.router.find(r.Method, r.URL); ok {
		return row.limit
	}
	return bodyLimit
}

func (l *lambdaAPI) route(c *call) operation {
	row, vars, ok := l.router.find(c.http.Method, c.http.URL)
	if !ok {
		return unknown(c.http)
	}
	c.vars = vars
	c.subject = vars["FunctionName"] + vars["LayerName"]
	return row.operation
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

func (l *lambdaAPI) encode(_ *call, op operation, result any) (answer, error) {
	if ready, ok := result.(answer); ok {
		return ready, nil
	}
	if op.status == http.StatusNoContent {
		return answer{status: op.status}, nil
	}
	body, err := encodeJSON(result)
	return answer{status: op.status, header: jsonHeader(), body: body}, err
}

// The codes whose message member AWS spells with a capital; the others have
// "message".
var capitalMessage = map[string]bool{
	"ResourceNotFoundException": true,
	"ServiceException":          true,
	"NotImplementedException":   true,
}

func (l *lambdaAPI) encodeError(_ *call, err *apiError) answer {
	body := map[string]string{}
	for name, value := range err.members {
		body[name] = value
	}
	member := "message"
	if capitalMessage[err.code] {
		member = "Message"
	}
	body[member] = err.message
	if !err.bare {
		body["Type"] = "User"
		if err.server() {
			body["Type"] = "Service"
		}
	}
	text, _ := encodeJSON(body) // a map of strings always encodes
	header := jsonHeader()
	header.Set("X-Amzn-Errortype", err.code)
	return answer{status: err.status, header: header, body: text, errorCode: err.code}
}

func (l *lambdaAPI) denial(fault authFault, message string) *apiError {
	codes := map[authFault]string{
		faultMissing:    "MissingAuthenticationTokenException",
		faultIncomplete: "IncompleteSignatureException",
		faultUnknownKey: "UnrecognizedClientException",
		faultSignature:  "InvalidSignatureException",
		faultExpired:    "ExpiredTokenException",
	}
	err := failure(codes[fault], http.StatusForbidden, "%s", message)
	err.bare = true
	return err
}

// decode reads the JSON body of a request.
func decode[T any](c *call) (T, error) {
	var in T
	if len(bytes.TrimSpace(c.body)) == 0 {
		return in, nil
	}
	if err := json.Unmarshal(c.body, &in); err != nil {
		return in, failure("SerializationException", http.StatusBadRequest, "could not read the request: %s", whatIsWrong(err))
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

// function reads the function that the path names, with its qualifier.
func (c *call) function() (functionRef, error) {
	return parseFunction(c.place(), c.vars["FunctionName"], c.query.Get("Qualifier"))
}

// layer reads the layer and the version that the path names.
func (c *call) layer() (layerRef, int64, error) {
	ref, err := parseLayer(c.place(), c.vars["LayerName"])
	if err != nil {
		return ref, 0, err
	}
	text, ok := c.vars["VersionNumber"]
	if !ok {
		return ref, 0, nil
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 1 {
		return ref, 0, invalidMember(text, "versionNumber", "Member must be a version number")
	}
	return ref, number, nil
}

// createdName is the function that CreateFunction names, which no path does.
func createdName(body []byte) string {
	var in struct{ FunctionName string }
	_ = json.Unmarshal(body, &in) // what is wrong with it is for the operation to say
	return in.FunctionName
}

func (l *lambdaAPI) getAccountSettings(c *call) (any, error) {
	return within(l.store, c.place(), (*realm).settings)
}
