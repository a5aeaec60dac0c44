package direct

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/medlar-flow/medlar/operations/internal/http1"
)

// httpDate is a time of a server whose clock is ahead.
func httpDate(ahead time.Duration) string { return time.Now().Add(ahead).UTC().Format(http.TimeFormat) }

func failed(code string, status int, headers ...string) http.HandlerFunc {
	body := `{"message":"said by the service","Type":"User","Reason":"r","retryAfterSeconds":"2"}`
	return says(status, body, append([]string{"X-Amzn-ErrorType", code, "Content-Type", "application/json"}, headers...)...)
}

// torn ends an answer before all that it promised, or before any of it.
func torn(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	}
}

// reset ends the connection so that the other side gets an error.
func reset(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, text)
		time.Sleep(5 * time.Millisecond) // so that the text is read first
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
}

const halfBody = "HTTP/1.1 200 OK\r\nX-Amzn-Requestid: id-1\r\nContent-Length: 1000\r\n\r\n{\"half"

// scripts are what a server may answer, one after the other; then it answers
// well.
func scripts() map[string][]http.HandlerFunc {
	toTheEnd := func(h http.HandlerFunc) []http.HandlerFunc { return []http.HandlerFunc{h, h, h, h, h} }
	redirect := func(status int) http.HandlerFunc { return says(status, "", "Location", "http://127.0.0.1:1/elsewhere") }
	return map[string][]http.HandlerFunc{
		"well":                   {ok(`{"a":1}`, "X-Amz-Executed-Version", "7", "X-Amz-Log-Result", "Ym9vbQ==")},
		"well, durable":          {ok(`1`, "X-Amz-Durable-Execution-Arn", "arn:x")},
		"well, empty":            {says(202, "")},
		"no content":             {says(204, "")},
		"well, other request id": {says(200, "1", "X-Amzn-Requestid", "", "X-Amz-Request-Id", "other")},
		"not JSON":               {ok("\xff\x00not json")},
		"large":                  {ok(strings.Repeat("x", 1<<20))},
		"chunked": {func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "chunk")
		}},
		"function error":               {ok(`{"errorMessage":"m"}`, "X-Amz-Function-Error", "Unhandled")},
		"throttled":                    {failed("TooManyRequestsException", 429)},
		"throttled to the end":         toTheEnd(failed("TooManyRequestsException", 429)),
		"throttled, retry after":       {failed("TooManyRequestsException", 429, "Retry-After", "0", "X-Amz-Retry-After", "1")},
		"5xx":                          {failed("ServiceException", 500)},
		"5xx to the end":               toTheEnd(failed("ServiceException", 500)),
		"502, 503, well":               {says(502, "<html>bad gateway</html>"), says(503, "")},
		"504 to the end":               toTheEnd(says(504, "gateway time-out")),
		"modelled":                     {failed("ResourceNotFoundException", 404)},
		"modelled, with namespace":     {failed("com.amazonaws.lambda#InvalidRequestContentException:http://x/", 400)},
		"code in the body":             {says(400, `{"__type":"InvalidParameterValueException","message":"m"}`)},
		"EC2 throttled":                {failed("EC2ThrottledException", 502)},
		"KMS denied":                   {failed("KMSAccessDeniedException", 502)},
		"not modelled":                 {failed("SomethingNewException", 418)},
		"denied":                       {failed("AccessDeniedException", 403)},
		"malformed error":              {says(400, "{not json")},
		"malformed 5xx":                {says(500, "{not json")},
		"empty error":                  {says(400, "")},
		"too large":                    {failed("RequestTooLargeException", 413)},
		"too large, by a proxy":        {says(413, "<html>")},
		"expired token":                {failed("ExpiredTokenException", 403)},
		"unknown token":                {failed("UnrecognizedClientException", 403)},
		"301":                          {redirect(301)},
		"302":                          {redirect(302)},
		"307":                          {redirect(307)},
		"308":                          {redirect(308)},
		"redirect without address":     {says(307, "")},
		"dropped":                      {torn("")},
		"dropped to the end":           toTheEnd(torn("")),
		"no HTTP":                      {torn("hello\r\n\r\n")},
		"half a header":                {torn("HTTP/1.1 200 OK\r\nX-Am")},
		"half a body":                  {torn(halfBody)},
		"reset":                        {reset("")},
		"reset in the body":            {reset(halfBody)},
		"reset in the body to the end": toTheEnd(reset(halfBody)),
		"half an error":                {torn("HTTP/1.1 500 Oh\r\nContent-Length: 1000\r\n\r\n{\"half")},
		"skewed":                       {failed("InvalidSignatureException", 403, "Date", httpDate(time.Hour))},
		"skewed, behind":               {failed("RequestTimeTooSkewed", 403, "Date", httpDate(-time.Hour))},
		"skewed a little":              {failed("InvalidSignatureException", 403, "Date", httpDate(time.Minute))},
		"skewed, from a cache":         {failed("InvalidSignatureException", 403, "Date", httpDate(time.Hour), "Age", "3")},
		"skewed and well":              {ok("1", "Date", httpDate(time.Hour)), ok("2", "Date", httpDate(time.Hour))},
		"wrong date":                   {ok("1", "Date", "yesterday")},
		"signature":                    {failed("InvalidSignatureException", 403)},
	}
}

// result is what a caller and a server see of some calls.
type result struct {
	Outputs  []any
	Errors   []string
	Kinds    []string
	IDs      []string
	Attempts []string
	Times    []string // of the signatures, from now, in minutes
	Bodies   []string
	SameID   bool // within a call
}

// play makes calls by one of the ways against a script.
func play(t *testing.T, s *served, script []http.HandlerFunc, calls int, call func(context.Context, *lambda.InvokeInput) (any, error)) result {
	t.Helper()
	s.play(script...)
	r := result{SameID: true}
	for range calls {
		before, _ := s.asked()
		out, err := call(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("orders"), Payload: []byte(`{"n":1}`)})
		if o, ok := out.(*lambda.InvokeOutput); ok {
			id, _ := awsmiddleware.GetRequestIDMetadata(o.ResultMetadata)
			r.IDs = append(r.IDs, id)
		}
		r.Outputs = append(r.Outputs, out)
		r.Errors, r.Kinds = append(r.Errors, plain(err)), append(r.Kinds, kinds(err))
		after, _ := s.asked()
		for _, request := range after[len(before):] {
			r.SameID = r.SameID && request.Header.Get(headerInvocation) == after[len(before)].Header.Get(headerInvocation)
		}
	}
	requests, bodies := s.asked()
	for _, request := range requests {
		r.Attempts = append(r.Attempts, request.Header.Get(headerAttempt))
		at, err := time.Parse("20060102T150405Z", request.Header.Get("X-Amz-Date"))
		r.Times = append(r.Times, fmt.Sprint(err, int(time.Until(at).Round(time.Minute).Minutes())))
	}
	r.Bodies = bodies
	return r
}

var (
	ports = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	// Which of the ends of a connection an error tells of is chance.
	broken = regexp.MustCompile(`(read|write) tcp .*`)
	memory = regexp.MustCompile(`0x[0-9a-f]+`)
)

func plain(err error) string {
	if err == nil {
		return ""
	}
	text := broken.ReplaceAllString(err.Error(), "broken connection")
	return memory.ReplaceAllString(ports.ReplaceAllString(text, "host"), "address")
}

// kinds returns the types of an error and of what it wraps.
func kinds(err error) string {
	if err == nil {
		return ""
	}
	list := []string{fmt.Sprintf("%T", err)}
	if _, ok := err.(*net.OpError); ok { //nolint:errorlint // this one
		return list[0]
	}
	switch x := err.(type) { //nolint:errorlint // the chain itself is looked at
	case interface{ Unwrap() error }:
		list = append(list, kinds(x.Unwrap()))
	case interface{ Unwrap() []error }:
		for _, e := range x.Unwrap() {
			list = append(list, kinds(e))
		}
	}
	return strings.Join(list, " ")
}

var metadata = cmpopts.IgnoreFields(lambda.InvokeOutput{}, "ResultMetadata")

var payloads = cmp.Comparer(bytes.Equal)

var unexported = cmpopts.IgnoreUnexported(lambda.InvokeOutput{})

// bodiesRead has bodies read and not written: else net/http can end the connection
// under an answer that the SDK reads.
type bodiesRead struct{ *http.Transport }

func (t bodiesRead) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.Transport.RoundTrip(http1.WithoutWriteTo(req))
}

// Whatever the server answers, callers and servers see what they see of the
// SDK.
func TestOutcomesAreTheSDKs(t *testing.T) {
	retryers := map[string]func() (aws.Config, []Setting){
		"retries": func() (aws.Config, []Setting) {
			return aws.Config{Retryer: func() aws.Retryer { return retry.NewStandard(quick) }}, nil
		},
		"one attempt": func() (aws.Config, []Setting) { return aws.Config{}, []Setting{{"Retryer", aws.NopRetryer{}}} },
		"further codes": func() (aws.Config, []Setting) {
			return aws.Config{Retryer: func() aws.Retryer {
				return retry.AddWithMaxAttempts(retry.AddWithErrorCodes(retry.NewStandard(quick), "SomethingNewException"), 2)
			}}, nil
		},
		"few tokens": func() (aws.Config, []Setting) {
			return aws.Config{Retryer: func() aws.Retryer {
				return retry.NewStandard(quick, func(o *retry.StandardOptions) {
					o.RateLimiter = ratelimit.NewTokenRateLimit(11) // two retries, and what successes give back
				})
			}}, nil
		},
	}
	for kind, settings := range retryers {
		for name := range scripts() {
			t.Run(kind+"/"+name, func(t *testing.T) {
				cfg, set := settings()
				compareOutcomes(t, cfg, set, name)
			})
		}
	}
}

func compareOutcomes(t *testing.T, cfg aws.Config, set []Setting, name string) {
	t.Parallel()
	s := serve(t)
	toServer := func(o *lambda.Options) { o.BaseEndpoint = &s.URL }
	type idler interface {
		http.RoundTripper
		CloseIdleConnections()
	}
	sdk, form, stack := (*invoking).sdkAlone, (*invoking).itself, (*invoking).inStacks
	var results []result
	for _, way := range []struct {
		name      string
		transport idler
		take      func(*invoking) *invoking
	}{
		{"SDK", bodiesRead{&http.Transport{}}, sdk},
		{"form", &http.Transport{}, form},
		{"stack", &http.Transport{}, stack},
		{"form over http1", http1.New(&http.Transport{}), form},
		{"stack over http1", http1.New(&http.Transport{}), stack},
	} {
		defer way.transport.CloseIdleConnections()
		both := way.take(newInvoking(cfg, way.transport, set, toServer))
		s.play()
		both.learn(t)
		// Three calls: what one leaves behind shows in the next.
		results = append(results, play(t, s, scripts()[name], 3, both.call))
		if both.direct.Why() != "" || both.direct.plan.Load() == nil {
			t.Error("the operation was given up")
		}
		if diff := cmp.Diff(results[0], results[len(results)-1], metadata, unexported, payloads); diff != "" {
			t.Errorf("(-SDK +%s):\n%s", way.name, diff)
		}
	}
	if !results[1].SameID {
		t.Error("the attempts of a call have several ids")
	}
}

// The clock of the server is learnt by either way and used by both.
func TestClockIsShared(t *testing.T) {
	s := serve(t)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	both := newInvoking(aws.Config{}, transport, nil, func(o *lambda.Options) { o.BaseEndpoint = &s.URL })
	both.learn(t)
	direct := func(ctx context.Context, in *lambda.InvokeInput) (any, error) { return both.direct.Do(ctx, in) }
	ahead := func() []http.HandlerFunc { return []http.HandlerFunc{ok("1", "Date", httpDate(2*time.Hour))} }
	play(t, s, ahead(), 1, direct)
	if r := play(t, s, ahead(), 1, both.bySDK); r.Times[0] != "<nil> 120" {
		t.Errorf("signed at %s", r.Times)
	}
	play(t, s, nil, 1, both.bySDK) // it is right again
	play(t, s, ahead(), 1, both.bySDK)
	if r := play(t, s, nil, 2, direct); cmp.Diff(r.Times, []string{"<nil> 120", "<nil> 0"}) != "" {
		t.Errorf("signed at %s", r.Times)
	}
}

// A call ends with its context, by both ways with the same kind of error.
func TestCallsEndWithTheirContext(t *testing.T) {
	for name, end := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"canceled": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, stop := context.WithCancel(ctx)
			time.AfterFunc(30*time.Millisecond, stop)
			return ctx, stop
		},
		"timed out": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 30*time.Millisecond)
		},
		"ended before": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, stop := context.WithCancel(ctx)
			stop()
			return ctx, stop
		},
	} {
		t.Run(name, func(t *testing.T) {
			released := make(chan struct{})
			slow := func(http.ResponseWriter, *http.Request) { <-released }
			s := serve(t)
			defer close(released)
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			both := newInvoking(aws.Config{}, transport, nil, func(o *lambda.Options) { o.BaseEndpoint = &s.URL })
			both.learn(t)
			var want [2]error
			for i, call := range []func(context.Context, *lambda.InvokeInput) (any, error){
				both.bySDK, func(ctx context.Context, in *lambda.InvokeInput) (any, error) { return both.direct.Do(ctx, in) },
			} {
				s.play(slow, slow, slow)
				ctx, stop := end(context.Background())
				_, want[i] = call(ctx, &lambda.InvokeInput{FunctionName: aws.String("f")})
				stop()
				if requests, _ := s.asked(); len(requests) > 1 {
					t.Errorf("%d requests", len(requests))
				}
			}
			for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
				if errors.Is(want[0], cause) != errors.Is(want[1], cause) || want[1] == nil {
					t.Errorf("error %v, want %v", want[1], want[0])
				}
			}
		})
	}
}
