package durable

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// begin invokes the function of an execution, unless it runs or has ended. The
// lock must be held, and a task be under way.
func (g *Engine) begin(e *execution) {
	now := g.now()
	if e.terminal() || e.busy() || e.Retry.After(now) {
		return
	}
	id, err := g.entropy.UUID()
	if err != nil {
		g.postpone(e, now)
		return
	}
	e.Retry = time.Time{}
	e.Request, e.Since = id, now
	e.answers = nil
	payload, err := g.envelope(e)
	if err != nil {
		e.Request = ""
		g.postpone(e, now)
		return
	}
	g.active++
	in := Invocation{RequestID: id, Payload: payload, Tenant: e.Tenant, Trace: e.Trace}
	f := Function{Place: e.place(), Name: e.Fn, Version: e.Version, Config: &e.Config}
	g.arm(e) // it may time out meanwhile
	g.tasks.Start(func() { g.invoke(e, f, in) })
}

// envelope is the event of the next invocation; the function has then seen
// everything.
func (g *Engine) envelope(e *execution) ([]byte, error) {
	if err := g.renew(e); err != nil {
		return nil, err
	}
	ids := []string{}
	for _, op := range e.news() {
		ids = append(ids, op.ID)
	}
	list, next := e.page(0, pageOperations, true)
	e.told()
	return json.Marshal(envelope{
		DurableExecutionArn: e.ARN, CheckpointToken: e.token, UpdatedOperationIds: ids,
		InitialExecutionState: page{list, pageMarker(next)},
	})
}

// renew gives an execution its next token.
func (g *Engine) renew(e *execution) error {
	salt, err := g.entropy.Bytes(12)
	if err != nil {
		return err
	}
	e.token = base64.StdEncoding.EncodeToString(append([]byte(e.ID+":"), salt...))
	return nil
}

func pageMarker(position int) string {
	if position == 0 {
		return ""
	}
	return base64.StdEncoding.EncodeToString([]byte("p" + strconv.Itoa(position)))
}

// position reads a marker; "" is the beginning.
func position(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	plain, err := base64.StdEncoding.DecodeString(text)
	number, ok := strings.CutPrefix(string(plain), "p")
	n, bad := strconv.Atoi(number)
	if err != nil || !ok || bad != nil || n < 1 {
		return 0, service.Invalid("Invalid Marker")
	}
	return n, nil
}

// invoke runs a function and takes its answer.
func (g *Engine) invoke(e *execution, f Function, in Invocation) {
	ctx, cancel := g.tasks.Background()
	defer cancel()
	out, err := g.functions.Invoke(ctx, f, in)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.active--
	if ctx.Err() != nil {
		return // the emulator closes: the next run goes on from here
	}
	g.ended(e, in.RequestID, out, err)
	g.saveAll(e)
	g.settle()
}

// throttleWait is how long a function rests that could not be run now.
const throttleWait = 250 * time.Millisecond

// ended takes what an invocation came to.
func (g *Engine) ended(e *execution, request string, out Outcome, err error) {
	now := g.now()
	since := e.Since
	e.Request, e.token, e.answers, e.Since = "", "", nil, time.Time{}
	e.logs = appendLog(e.logs, out.Log)
	if err != nil {
		g.refused(e, err, now)
		return
	}
	said, problem := reading(e, out)
	completed := detail{Request: request, Begin: since, End: now, Error: problem}
	if problem == nil && said.Status == failed {
		completed.Error = said.Error
	}
	e.record(invocationCompleted, "", now, completed)
	e.tell(now)
	switch {
	case e.terminal():
		g.release(e)
	case problem != nil:
		g.fail(e, now)
	case said.Status == pending:
		e.Broken = 0
		g.suspended(e, now)
	case said.Status == failed:
		g.conclude(e, failed, detail{Error: said.Error}, now)
	default:
		g.conclude(e, succeeded, detail{Result: said.Result}, now)
	}
}

// refused is about a function that did not run.
func (g *Engine) refused(e *execution, err error, now time.Time) {
	if e.terminal() {
		g.release(e)
		return
	}
	refusal := service.AsAPIError(err)
	switch refusal.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusConflict, http.StatusInternalServerError:
		e.Retry = now.Add(throttleWait)
		g.arm(e)
		return
	}
	g.conclude(e, failed, detail{Error: &ErrorObject{ErrorType: refusal.Code, ErrorMessage: refusal.Message}}, now)
}

// suspended is about a function that waits for something.
func (g *Engine) suspended(e *execution, now time.Time) {
	g.advance(e, now)
	if e.terminal() {
		return
	}
	if len(e.news()) > 0 {
		g.begin(e)
		return
	}
	g.arm(e)
}

// fail has the function invoked again after a while, which grows.
func (g *Engine) fail(e *execution, now time.Time) {
	e.Count++
	if e.Count > g.limits.Operations {
		g.conclude(e, failed, detail{Error: &ErrorObject{
			ErrorType: "InvalidParameterValueException", ErrorMessage: "The execution has reached its limit of operations.",
		}}, now)
		return
	}
	g.postpone(e, now)
}

// longestBackoff is the longest wait before a function is invoked again.
const longestBackoff = time.Minute

func (g *Engine) postpone(e *execution, now time.Time) {
	e.Retry = now.Add(min(longestBackoff, time.Second<<min(e.Broken, 6)))
	e.Broken++
	g.arm(e)
}

// reading takes the answer of an invocation apart. problem is why it counts as
// failed.
func reading(e *execution, out Outcome) (said answer, problem *ErrorObject) {
	if out.Failed {
		return answer{}, errorOf(out.Payload)
	}
	bad := func(text string) (answer, *ErrorObject) {
		return answer{}, &ErrorObject{ErrorType: "InvalidParameterValueException", ErrorMessage: text}
	}
	if json.Unmarshal(out.Payload, &said) != nil {
		return bad("Invalid Status in invocation output.")
	}
	switch said.Status {
	case succeeded:
		if said.Error != nil {
			return bad("Cannot provide an Error for SUCCEEDED status.")
		}
		if most := e.resultLimit(); int(size(said.Result)) > most {
			return bad("Execution output payload size must be less than or equal to " + strconv.Itoa(most) + " bytes")
		}
	case failed:
		if said.Result != nil {
			return bad("Cannot provide a Result for FAILED status.")
		}
		if said.Error == nil {
			said.Error = &ErrorObject{}
		}
	case pending:
		if !e.terminal() && !e.waits() {
			return bad("Cannot return PENDING status with no pending operations.")
		}
	default:
		return bad("Invalid Status in invocation output.")
	}
	return said, nil
}

func (e *execution) resultLimit() int {
	if e.Async {
		return AWSLimits().Payload
	}
	return syncLimit
}

// waits reports whether something is to come, or has come that the function
// does not know of.
func (e *execution) waits() bool {
	return len(e.open) > 0 || len(e.recent) > 0
}

// errorOf reads the payload of a failed function.
func errorOf(payload []byte) *ErrorObject {
	var told struct {
		ErrorType    string          `json:"errorType"`
		ErrorMessage string          `json:"errorMessage"`
		StackTrace   json.RawMessage `json:"stackTrace"`
		Trace        []string        `json:"trace"`
	}
	if err := json.Unmarshal(payload, &told); err != nil && !isTypeError(err) {
		return &ErrorObject{ErrorType: "Unhandled", ErrorMessage: string(payload)}
	}
	out := &ErrorObject{ErrorType: told.ErrorType, ErrorMessage: told.ErrorMessage, StackTrace: told.Trace}
	_ = json.Unmarshal(told.StackTrace, &out.StackTrace) // some runtimes write lists of lists
	return out
}

func isTypeError(err error) bool {
	_, ok := errors.AsType[*json.UnmarshalTypeError](err)
	return ok
}

// logLimit is how much of the end of its logs an execution keeps, in bytes.
const logLimit = 1 << 20

func appendLog(have, more []byte) []byte {
	have = append(have, more...)
	if n := len(have); n > 0 && have[n-1] != '\n' && len(more) > 0 {
		have = append(have, '\n')
	}
	return have[max(0, len(have)-logLimit):]
}
