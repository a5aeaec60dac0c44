package lambdasvc

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
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
	trace         string
	tenant        string
	stream        func(contentType string, chunk []byte) error
}

func (l *API) invoke(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	in, err := readInvoke(c)
	if err != nil {
		return nil, err
	}
	f, isDurable, err := l.pinned(ref)
	switch {
	case err != nil:
		return nil, err
	case isDurable && in.kind != "DryRun":
		return l.invokeDurable(c, f, in)
	case !isDurable && c.HTTP.Header.Get("X-Amz-Durable-Execution-Name") != "":
		return nil, service.Invalid("A durable execution name was given, and the function %s is not durable.", ref.name)
	}
	switch in.kind {
	case "DryRun":
		_, err := l.target(ref)
		return service.Answer{Status: http.StatusNoContent}, err
	case "Event":
		return l.enqueue(c, ref, in)
	}
	p, err := l.begin(ref, in, c.RequestID)
	if err != nil {
		return nil, err
	}
	out, err := l.run(p)
	if err != nil {
		return nil, err
	}
	header := jsonHeader()
	header.Set("X-Amz-Executed-Version", p.config.Version)
	if out.functionError != "" {
		header.Set("X-Amz-Function-Error", out.functionError)
	}
	if in.tail {
		header.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString(logTail(p.invocation, out)))
	}
	return service.Answer{Status: http.StatusOK, Header: header, Body: out.payload, ErrorCode: out.functionError}, nil
}

// enqueue takes an event and answers before it has run.
func (l *API) enqueue(c *service.Call, ref functionRef, in invokeInput) (any, error) {
	t, err := l.target(ref)
	if err != nil {
		return nil, err
	}
	if err := l.events.accept(in.payload); err != nil {
		return nil, err
	}
	l.tasks.Start(func() { l.runEvent(t, in, c.RequestID) })
	return service.Answer{Status: http.StatusAccepted}, nil
}

// target is a function that can be invoked.
type target struct {
	ref  functionRef
	rule eventRule
}

// target makes sure that the function is there and can be invoked now.
func (l *API) target(ref functionRef) (target, error) {
	return within(l.store, ref.place, func(r *realm) (target, error) {
		f, v, err := r.resolve(ref)
		if err != nil {
			return target{}, err
		}
		return target{ref: ref, rule: f.eventRule(ref.qualifier, len(l.events.delays))}, r.runnable(v)
	})
}

// runnable refuses a version that is still being made. One that is being
// changed runs with the change.
func (r *realm) runnable(v *version) error {
	if !v.changing && r.clock().Before(v.settles) {
		return pending()
	}
	return nil
}

func readInvoke(c *service.Call) (invokeInput, error) {
	in := invokeInput{
		kind: c.HTTP.Header.Get("X-Amz-Invocation-Type"), payload: c.Body,
		trace: traceOf(c.HTTP.Header.Get("X-Amzn-Trace-Id")), tenant: c.HTTP.Header.Get("X-Amz-Tenant-Id"),
	}
	limit := payloadLimit
	switch in.kind {
	case "":
		in.kind = "RequestResponse"
	case "RequestResponse", "DryRun":
	case "Event":
		limit = eventLimit
	default:
		return in, service.InvalidMember(in.kind, "invocationType", "Member must satisfy enum value set: [Event, RequestResponse, DryRun]")
	}
	if len(c.Body) > limit {
		return in, service.TooLarge("%d byte payload is too large for the %s invocation type (limit %d bytes)", len(c.Body), in.kind, limit)
	}
	switch log := c.HTTP.Header.Get("X-Amz-Log-Type"); log {
	case "", "None":
	case "Tail":
		in.tail = true
	default:
		return in, service.InvalidMember(log, "logType", "Member must satisfy enum value set: [None, Tail]")
	}
	if len(in.tenant) > 256 {
		return in, service.InvalidMember(in.tenant, "tenantId", "Member must have length less than or equal to 256")
	}
	if len(bytes.TrimSpace(in.payload)) == 0 {
		in.payload = []byte("{}")
	}
	if !json.Valid(in.payload) {
		return in, service.BadContent("Could not parse request body into json: the payload is not valid JSON")
	}
	var err error
	in.clientContext, err = readClientContext(c.HTTP.Header.Get("X-Amz-Client-Context"))
	return in, err
}

// traceOf returns a trace id that a function may be told; "" for any other text.
func traceOf(text string) string {
	if len(text) > 256 || strings.IndexFunc(text, func(c rune) bool { return c < ' ' || c > '~' }) >= 0 {
		return ""
	}
	return text
}

func readClientContext(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	if len(text) > clientContextLimit {
		return nil, service.BadContent("Client context must be at most %d bytes when encoded.", clientContextLimit)
	}
	plain, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !json.Valid(plain) {
		return nil, service.BadContent("Client context must be a valid Base64-encoded JSON object.")
	}
	return plain, nil
}

// permit is an invocation that was counted in.
type permit struct {
	invocation
	f     *function
	share share // what it was counted in
}

// begin picks the version that runs, which with an alias is where the split
// counts, and counts the invocation in.
func (l *API) begin(ref functionRef, in invokeInput, requestID string) (permit, error) {
	return within(l.store, ref.place, func(r *realm) (permit, error) {
		f, err := r.function(ref)
		if err != nil {
			return permit{}, err
		}
		number := ref.qualifier
		if a, ok := f.aliases[number]; ok {
			number = a.pick()
		}
		v, err := f.resolve(number)
		if err != nil {
			return permit{}, err
		}
		if err := r.runnable(v); err != nil {
			return permit{}, err
		}
		if err := checkTenant(v.config, in.tenant); err != nil {
			return permit{}, err
		}
		counted, err := r.begin(f, v.config.Version)
		if err != nil {
			return permit{}, err
		}
		one := r.invocation(f, v, ref)
		one.requestID, one.payload, one.clientContext, one.stream = requestID, in.payload, in.clientContext, in.stream
		one.trace, one.tenant = in.trace, in.tenant
		return permit{f: f, share: counted, invocation: one}, nil
	})
}

// invocation is a call of a version of which nothing is known yet.
func (r *realm) invocation(f *function, v *version, ref functionRef) invocation {
	return invocation{
		place: ref.place, config: v.config, code: v.code, layers: r.layerCode(v), arn: ref.arn(ref.qualifier),
		provisioned: f.provisionedOf(v.config.Version) > 0,
	}
}

// checkTenant makes sure that a function which keeps its tenants apart is told
// one, and no other is.
func checkTenant(config configuration, tenant string) error {
	switch isolated := config.TenancyConfig["TenantIsolationMode"] == "PER_TENANT"; {
	case isolated && tenant == "":
		return service.Invalid("The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.")
	case !isolated && tenant != "":
		return service.Invalid("The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.")
	}
	return nil
}

// layerCode returns the zips of a version's layers, as far as they are here.
func (r *realm) layerCode(v *version) []string {
	var list []string
	for _, ref := range v.config.Layers {
		if found := r.layerByARN(ref.Arn); found != nil && found.code.Archive != "" {
			list = append(list, found.code.Archive)
		}
	}
	return list
}

// run runs a function, whether its caller still waits or not, and counts it
// out.
func (l *API) run(p permit) (outcome, error) {
	ctx, cancel := l.tasks.Background()
	defer cancel()
	return l.runIn(ctx, p)
}

func (l *API) runIn(ctx context.Context, p permit) (outcome, error) {
	defer func() {
		_, _ = within(l.store, p.place, func(r *realm) (struct{}, error) {
			r.end(p.f, p.config.Version, p.share)
			return struct{}{}, nil
		})
	}()
	out, err := l.runner.run(ctx, p.invocation)
	if len(out.payload) > payloadLimit {
		large := unhandled("Function.ResponseSizeTooLarge", fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", payloadLimit))
		large.log, large.took = out.log, out.took
		out = large
	}
	if errors.Is(err, context.Canceled) {
		err = service.Failure("ServiceException", http.StatusServiceUnavailable, "the emulator closes")
	}
	return out, err
}

// logTail is the end of what Lambda would have logged.
func logTail(in invocation, out outcome) []byte {
	var log bytes.Buffer
	ms := float64(out.took) / float64(time.Millisecond)
	fmt.Fprintf(&log, "START RequestId: %s Version: %s\n", in.requestID, in.config.Version)
	log.Write(out.log)
	if n := len(out.log); n > 0 && out.log[n-1] != '\n' {
		log.WriteByte('\n')
	}
	fmt.Fprintf(&log, "END RequestId: %s\n", in.requestID)
	used := min(32, in.config.MemorySize)
	if out.memory > 0 {
		used = int(out.memory >> 20)
	}
	fmt.Fprintf(&log, "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB\t",
		in.requestID, ms, int64(math.Ceil(ms)), in.config.MemorySize, used)
	if out.started > 0 {
		fmt.Fprintf(&log, "Init Duration: %.2f ms\t", float64(out.started)/float64(time.Millisecond))
	}
	log.WriteByte('\n')
	tail := log.Bytes()
	return tail[max(0, len(tail)-logTailLimit):]
}
