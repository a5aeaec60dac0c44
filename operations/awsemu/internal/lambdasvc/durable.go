package lambdasvc

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/durable"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// functions is what durable executions know of the functions.
type functions struct{ *API }

// errUnqualified refuses a durable function that is named without a version.
func errUnqualified() error {
	return service.Invalid("You cannot invoke a durable function using an unqualified ARN.")
}

// Find finds what a chained invoke names.
func (l functions) Find(from service.Place, name string) (durable.Function, error) {
	ref, err := parseFunction(from, name, "")
	if err != nil {
		return durable.Function{}, err
	}
	if ref.place != from {
		return durable.Function{}, service.Invalid("The function of a chained invoke must be in the account and the region of its caller.")
	}
	f, isDurable, err := l.pinned(ref)
	if err != nil || isDurable {
		return f, err
	}
	return within(l.store, ref.place, func(r *realm) (durable.Function, error) {
		_, v, err := r.resolve(ref)
		if err != nil {
			return durable.Function{}, err
		}
		return durable.Function{Place: ref.place, Name: ref.name, Version: v.config.Version}, r.runnable(v)
	})
}

// Invoke runs a version of a function once.
func (l functions) Invoke(ctx context.Context, f durable.Function, in durable.Invocation) (durable.Outcome, error) {
	ref := functionRef{place: f.Place, name: f.Name, qualifier: f.Version}
	p, err := l.begin(ref, invokeInput{payload: in.Payload, trace: traceOf(in.Trace), tenant: in.Tenant}, in.RequestID)
	if err != nil {
		return durable.Outcome{}, err
	}
	out, err := l.runIn(ctx, p)
	return durable.Outcome{Payload: out.payload, Failed: out.functionError != "", Log: out.log}, err
}

// Buried keeps an execution that failed for good as a dead letter.
func (l functions) Buried(e durable.Ended) {
	dead := letter{
		Time: l.store.clock(), RequestID: e.ARN[len(e.ARN)-36:], FunctionArn: e.ARN[:strings.Index(e.ARN, "/durable-execution/")],
		Condition: "RetriesExhausted", Attempts: 1, FunctionError: "Unhandled", Request: e.Input,
	}
	if e.Error != nil {
		text, _ := json.Marshal(e.Error) // texts always encode
		dead.Response = string(text)
	}
	l.events.bury(dead)
}

// pinned finds the version of a durable function that an execution is to run.
// isDurable is false, and nothing is counted, where the function is plain.
func (l *API) pinned(ref functionRef) (f durable.Function, isDurable bool, err error) {
	f, err = within(l.store, ref.place, func(r *realm) (durable.Function, error) {
		found, err := r.function(ref)
		if err != nil || found.latest.config.DurableConfig == nil {
			return durable.Function{}, err
		}
		isDurable = true
		if ref.qualifier == "" {
			return durable.Function{}, errUnqualified()
		}
		number := ref.qualifier
		if a, ok := found.aliases[number]; ok {
			number = a.pick()
		}
		v, err := found.resolve(number)
		if err != nil {
			return durable.Function{}, err
		}
		return durable.Function{
			Place: ref.place, Name: ref.name, Version: v.config.Version, Config: v.config.DurableConfig,
			Timeout: time.Duration(v.config.Timeout) * time.Second,
		}, r.runnable(v)
	})
	return f, isDurable, err
}

// invokeDurable starts an execution, and waits for it unless it is an event.
func (l *API) invokeDurable(c *service.Call, f durable.Function, in invokeInput) (any, error) {
	arn, err := l.durable.Start(durable.Start{
		Function: f, Name: c.HTTP.Header.Get("X-Amz-Durable-Execution-Name"), Input: in.payload, Async: in.kind == "Event",
		Trace: c.HTTP.Header.Get("X-Amzn-Trace-Id"), Tenant: c.HTTP.Header.Get("X-Amz-Tenant-Id"),
	})
	if err != nil {
		return nil, err
	}
	header := jsonHeader()
	header.Set("X-Amz-Durable-Execution-Arn", arn)
	if in.kind == "Event" {
		return service.Answer{Status: http.StatusAccepted, Header: header}, nil
	}
	header.Set("X-Amz-Executed-Version", f.Version)
	ctx, cancel := l.tasks.Background()
	defer cancel()
	out, err := l.durable.Wait(ctx, arn)
	if err != nil {
		return nil, service.Failure("ServiceException", http.StatusServiceUnavailable, "the emulator closes")
	}
	if out.Status == "SUCCEEDED" {
		body := "null"
		if out.Result != nil {
			body = *out.Result
		}
		return service.Answer{Status: http.StatusOK, Header: header, Body: []byte(body)}, nil
	}
	header.Set("X-Amz-Function-Error", "Unhandled")
	failure := functionFailure{}
	if out.Error != nil {
		failure = functionFailure{ErrorType: out.Error.ErrorType, ErrorMessage: out.Error.ErrorMessage, StackTrace: out.Error.StackTrace}
	}
	body, _ := json.Marshal(failure) // texts always encode
	return service.Answer{Status: http.StatusOK, Header: header, Body: body, ErrorCode: "Unhandled"}, nil
}

func durableARN(c *service.Call) string {
	arn := c.Vars["DurableExecutionArn"]
	c.Subject = arn
	return arn
}

func (l *API) checkpoint(c *service.Call) (any, error) {
	arn := durableARN(c)
	in, quick := durable.ReadCheckpoint(c.Body)
	if !quick {
		var err error
		if in, err = decode[durable.Checkpoint](c); err != nil {
			return nil, err
		}
	}
	body, err := l.durable.Checkpoint(arn, in)
	return service.Answer{Status: http.StatusOK, Header: jsonHeader(), Body: body}, err
}

func (l *API) getDurableState(c *service.Call) (any, error) {
	most, err := maxItems(c)
	if err != nil {
		return nil, err
	}
	return l.durable.State(durableARN(c), c.Query.Get("CheckpointToken"), c.Query.Get("Marker"), most)
}

func (l *API) getDurableExecution(c *service.Call) (any, error) {
	data, err := flag(c, "IncludeExecutionData", true)
	if err != nil {
		return nil, err
	}
	return l.durable.Get(durableARN(c), data)
}

func (l *API) getDurableHistory(c *service.Call) (any, error) {
	data, err := flag(c, "IncludeExecutionData", true)
	if err != nil {
		return nil, err
	}
	reverse, err := flag(c, "ReverseOrder", false)
	if err != nil {
		return nil, err
	}
	most, err := maxItems(c)
	if err != nil {
		return nil, err
	}
	return l.durable.History(durableARN(c), durable.HistoryQuery{Data: data, Reverse: reverse, Marker: c.Query.Get("Marker"), Most: most})
}

// executionStatuses are those that executions can be asked for by.
var executionStatuses = []string{"RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED", "PAUSING", "PAUSED", "DELETING"}

func (l *API) listDurableExecutions(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	q := durable.Query{Place: ref.place, Function: ref.name, Name: c.Query.Get("DurableExecutionName"), Marker: c.Query.Get("Marker")}
	if q.Most, err = maxItems(c); err != nil {
		return nil, err
	}
	if q.Ascending, err = flag(c, "ReverseOrder", false); err != nil {
		return nil, err
	}
	for name, to := range map[string]*time.Time{"StartedAfter": &q.After, "StartedBefore": &q.Before} {
		if *to, err = date(c, name); err != nil {
			return nil, err
		}
	}
	switch statuses := c.Query["Statuses"]; {
	case len(statuses) > 1:
		return nil, service.Invalid("Cannot filter by more than one status")
	case len(statuses) == 1:
		if q.Status = statuses[0]; !slices.Contains(executionStatuses, q.Status) {
			return nil, validationOf(q.Status, "statuses", "Member must satisfy enum value set: ["+strings.Join(executionStatuses, ", ")+"]")
		}
	}
	if ref.qualifier != "" {
		q.Version, err = within(l.store, ref.place, func(r *realm) (string, error) {
			_, v, err := r.resolve(ref)
			if err != nil {
				return "", err
			}
			return v.config.Version, nil
		})
	} else {
		_, err = within(l.store, ref.place, func(r *realm) (*function, error) { return r.function(ref) })
	}
	if err != nil {
		return nil, err
	}
	return l.durable.List(q)
}

func (l *API) stopDurable(c *service.Call) (any, error) {
	arn := durableARN(c)
	why, err := decode[durable.ErrorObject](c)
	if err != nil {
		return nil, err
	}
	return l.durable.Stop(arn, why)
}

func (l *API) callbackSucceeds(c *service.Call) (any, error) {
	var result *string
	if len(c.Body) > 0 {
		result = new(string(c.Body))
	}
	return struct{}{}, l.durable.Succeed(c.Vars["CallbackId"], result)
}

func (l *API) callbackFails(c *service.Call) (any, error) {
	why, err := decode[durable.ErrorObject](c)
	if err != nil {
		return nil, err
	}
	return struct{}{}, l.durable.Fail(c.Vars["CallbackId"], why)
}

func (l *API) callbackBeats(c *service.Call) (any, error) {
	return struct{}{}, l.durable.Heartbeat(c.Vars["CallbackId"])
}

// validationOf reports one broken constraint as the newer operations do.
func validationOf(value, member, constraint string) error {
	return service.Failure("ValidationException", http.StatusBadRequest,
		"1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s", value, member, constraint)
}

// maxItems reads how many items a page of durable executions is to have.
func maxItems(c *service.Call) (int, error) {
	text := c.Query.Get("MaxItems")
	if text == "" {
		return 100, nil
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return 0, unreadable(text, "Integer")
	case n < 0:
		return 0, validationOf(text, "maxItems", "Member must have value greater than or equal to 0")
	case n > 1000:
		return 0, validationOf(text, "maxItems", "Member must have value less than or equal to 1000")
	case n == 0:
		return 100, nil
	}
	return n, nil
}

func unreadable(text, kind string) error {
	return service.Failure("SerializationException", http.StatusBadRequest, "'%s' can not be converted to %s", text, kind)
}

func flag(c *service.Call, name string, otherwise bool) (bool, error) {
	switch text := c.Query.Get(name); text {
	case "":
		return otherwise, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, unreadable(text, "Boolean")
	}
}

// date reads a time of the query; the zero time is none.
func date(c *service.Call, name string) (time.Time, error) {
	text := c.Query.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, unreadable(text, "Timestamp")
	}
	return at, nil
}
