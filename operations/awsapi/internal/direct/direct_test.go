package direct

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/schemas"
	"go.uber.org/goleak"

	"github.com/medlar-flow/medlar/internal/testenv"
)

func TestMain(m *testing.M) {
	testenv.Clean()
	goleak.VerifyTestMain(m)
}

// invoking is a client of Lambda with both ways to call Invoke.
type invoking struct {
	sdk    *lambda.Client
	direct *Operation
	alone  bool // calls are the SDK's
}

// newInvoking makes a client that sends by a transport. set are the settings
// of each call.
func newInvoking(cfg aws.Config, transport http.RoundTripper, set []Setting, options ...func(*lambda.Options)) *invoking {
	sender := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	cfg.HTTPClient = sender
	if cfg.Region == "" {
		cfg.Region = "eu-west-1"
	}
	if cfg.Credentials == nil {
		cfg.Credentials = aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("AKIDFORTESTSONLY", "a-secret-key-for-tests", ""))
	}
	i := &invoking{sdk: lambda.NewFromConfig(cfg, options...)}
	client := &Client{
		Package: "github.com/aws/aws-sdk-go-v2/service/lambda", Options: func() any { return i.sdk.Options() }, HTTP: sender,
		Generation: func() int { return 0 }, Resume: func(ctx context.Context, _ int) context.Context { return ctx },
	}
	model := Model{Operation: schemas.Invoke, Input: schemas.InvocationRequest, Output: schemas.InvocationResponse}
	i.direct = New(client, i.method, &lambda.InvokeInput{}, &lambda.InvokeOutput{}, model, set...)
	return i
}

// inStacks has requests made and responses read by the SDK's stack, as those of
// most operations are.
func (i *invoking) inStacks() *invoking {
	i.direct.model = Model{}
	return i
}

func (i *invoking) itself() *invoking { return i }

// sdkAlone leaves calls to the SDK.
func (i *invoking) sdkAlone() *invoking {
	i.alone = true
	return i
}

// call makes a call.
func (i *invoking) call(ctx context.Context, in *lambda.InvokeInput) (any, error) {
	if i.alone {
		return i.bySDK(ctx, in)
	}
	return i.direct.Do(ctx, in)
}

// method calls Invoke of the SDK.
func (i *invoking) method(ctx context.Context, in any, set ...Setting) (any, error) {
	out, err := i.sdk.Invoke(ctx, in.(*lambda.InvokeInput), func(o *lambda.Options) {
		for _, s := range set {
			Assign(reflect.ValueOf(o).Elem().FieldByName(s.Option), s.Value)
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// bySDK calls as the operation would without this package.
func (i *invoking) bySDK(ctx context.Context, in *lambda.InvokeInput) (any, error) {
	return i.method(ctx, in, i.direct.set...)
}

// learn makes the first two calls, which the SDK makes, or one more where they
// were made.
func (i *invoking) learn(t testing.TB) {
	t.Helper()
	for first := true; first; {
		first = !i.direct.called.Load()
		if _, err := i.direct.Do(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("first"), Payload: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
	}
	if i.direct.plan.Load() == nil {
		t.Fatal("the operation is not done directly")
	}
	if i.direct.plan.Load().form != i.direct.form {
		t.Fatal("the form of the operation is not used")
	}
}

// roundTrip is a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answering gives one answer to all requests, without a network.
func answering(body string, headers ...string) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		if r.Body != nil {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return nil, err
			}
			_ = r.Body.Close()
		}
		h := http.Header{"X-Amzn-Requestid": {"id-1"}}
		for i := 0; i < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: http.StatusOK, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}, nil
	}
}

// quick retries without waiting.
func quick(o *retry.StandardOptions) {
	o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
}

// served is a server that answers the first requests from a script and the
// others well.
type served struct {
	*httptest.Server

	mu       sync.Mutex
	script   []http.HandlerFunc
	requests []*http.Request
	bodies   []string
}

func serve(t testing.TB) *served {
	s := &served{}
	s.Server = httptest.NewServer(http.HandlerFunc(s.handle))
	t.Cleanup(s.Close)
	return s
}

func (s *served) handle(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	next := ok("1")
	if len(s.script) > 0 {
		next, s.script = s.script[0], s.script[1:]
	}
	s.requests, s.bodies = append(s.requests, r), append(s.bodies, string(body))
	s.mu.Unlock()
	next(w, r)
}

// play gives the server a script and forgets what it was asked.
func (s *served) play(script ...http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script, s.requests, s.bodies = script, nil, nil
}

func (s *served) asked() ([]*http.Request, []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests, s.bodies
}

// ok answers well.
func ok(body string, headers ...string) http.HandlerFunc { return says(200, body, headers...) }

func says(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Requestid", "id-1")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}
