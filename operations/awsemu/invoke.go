package awsemu

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	payloadLimit       = 6 << 20 // of RequestResponse, both ways
	eventLimit         = 1 << 20 // of Event
	clientContextLimit = 3583    // encoded
	logTailLimit       = 4 << 10
)

// invokeInput is what the headers of Invoke say.
type invokeInput struct {
	kind          string
	tail          bool
	clientContext []byte
	payload       []byte
}

func (l *lambdaAPI) invoke(c *call) (any, error) {
	ref, err := c.function()
	if err != nil {
		return nil, err
	}
	in, err := readInvoke(c)
	if err != nil {
		return nil, err
	}
	if in.kind == "DryRun" {
		_, err := within(l.store, ref.place, func(r *realm) (configuration, error) { return r.configured(ref) })
		return answer{status: http.StatusNoContent}, err
	}
	target, err := l.aim(c, ref, in)
	if err != nil {
		return nil, err
	}
	if in.kind == "Event" {
		l.tasks.start(func() { l.runEvent(target) })
		return answer{status: http.StatusAccepted}, nil
	}
	return l.runNow(c, ref.place, target, in.tail)
}

func readInvoke(c *call) (invokeInput, error) {
	in := invokeInput{kind: c.http.Header.Get("X-Amz-Invocation-Type"), payload: c.body}
	limit := payloadLimit
	switch in.kind {
	case "":
		in.kind = "RequestResponse"
	case "RequestResponse", "DryRun":
	case "Event":
		limit = eventLimit
	default:
		return in, invalidMember(in.kind, "invocationType", "Member must satisfy enum value set: [Event, RequestResponse, DryRun]")
	}
	if len(c.body) > limit {
		return in, tooLarge("%d byte payload is too large for the %s invocation type (limit %d bytes)", len(c.body), in.kind, limit)
	}
	switch log := c.http.Header.Get("X-Amz-Log-Type"); log {
	case "", "None":
	case "Tail":
		in.tail = true
	default:
		return in, invalidMember(log, "logType", "Member must satisfy enum value set: [None, Tail]")
	}
	if len(bytes.TrimSpace(in.payload)) == 0 {
		in.payload = []byte("{}")
	}
	if !json.Valid(in.payload) {
		return in, badContent("Could not parse request body into json: the payload is not valid JSON")
	}
	var err error
	in.clientContext, err = readClientContext(c.http.Header.Get("X-Amz-Client-Context"))
	return in, err
}

func readClientContext(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	if len(text) > clientContextLimit {
		return nil, badContent("Client context must be at most %d bytes when encoded.", clientContextLimit)
	}
	plain, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !json.Valid(plain) {
		return nil, badContent("Client context must be a valid Base64-encoded JSON object.")
	}
	return plain, nil
}

// aim picks the version that runs; with an alias that is where the split
// counts.
func (l *lambdaAPI) aim(c *call, ref functionRef, in invokeInput) (invocation, error) {
	return within(l.store, ref.place, func(r *realm) (invocation, error) {
		f, err := r.function(ref)
		if err != nil {
			return invocation{}, err
		}
		number := ref.qualifier
		if a, ok := f.aliases[number]; ok {
			number = a.pick()
		}
		v, err := f.resolve(number)
		if err != nil {
			return invocation{}, err
		}
		return invocation{
			config: v.config, code: v.code, arn: ref.arn(ref.qualifier), requestID: c.requestID,
			payload: in.payload, clientContext: in.clientContext,
		}, nil
	})
}

// runEvent runs a function whose caller does not wait. There is nobody to tell
// of a failure.
func (l *lambdaAPI) runEvent(in invocation) {
	_, _, _ = l.run(context.Background(), in)
}

// run runs a function within its timeout and tells how long it took.
func (l *lambdaAPI) run(ctx context.Context, in invocation) (outcome, time.Duration, error) {
	limit := time.Duration(in.config.Timeout) * time.Second
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	started := l.store.clock()
	in.deadline = started.Add(limit)
	out, err := l.runner.run(ctx, in)
	if len(out.payload) > payloadLimit {
		lines := out.lines
		out = unhandled("Function.ResponseSizeTooLarge", fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", payloadLimit))
		out.lines = lines
	}
	return out, l.store.clock().Sub(started), err
}

// runNow runs a function for a caller who waits, where the account has a place
// left for it.
func (l *lambdaAPI) runNow(c *call, p place, in invocation, tail bool) (any, error) {
	if _, err := within(l.store, p, (*realm).begin); err != nil {
		return nil, err
	}
	out, took, err := l.run(c.http.Context(), in)
	_, _ = within(l.store, p, (*realm).end)
	if err != nil {
		return nil, err
	}
	header := jsonHeader()
	header.Set("X-Amz-Executed-Version", in.config.Version)
	if out.functionError != "" {
		header.Set("X-Amz-Function-Error", out.functionError)
	}
	if tail {
		header.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString(logTail(in, out, took)))
	}
	return answer{status: http.StatusOK, header: header, body: out.payload, errorCode: out.functionError}, nil
}

func (r *realm) begin() (struct{}, error) {
	if r.running >= r.concurrency {
		err := failure("TooManyRequestsException", http.StatusTooManyRequests, "Rate Exceeded.")
		err.members = map[string]string{"Reason": "ConcurrentInvocationLimitExceeded"}
		return struct{}{}, err
	}
	r.running++
	return struct{}{}, nil
}

func (r *realm) end() (struct{}, error) {
	r.running--
	return struct{}{}, nil
}

// logTail is the end of what Lambda would have logged.
func logTail(in invocation, out outcome, took time.Duration) []byte {
	var log bytes.Buffer
	ms := float64(took) / float64(time.Millisecond)
	fmt.Fprintf(&log, "START RequestId: %s Version: %s\n", in.requestID, in.config.Version)
	for _, line := range out.lines {
		fmt.Fprintln(&log, line)
	}
	fmt.Fprintf(&log, "END RequestId: %s\n", in.requestID)
	fmt.Fprintf(&log, "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB\t\n",
		in.requestID, ms, int64(ms)+1, in.config.MemorySize, min(32, in.config.MemorySize))
	tail := log.Bytes()
	return tail[max(0, len(tail)-logTailLimit):]
}
