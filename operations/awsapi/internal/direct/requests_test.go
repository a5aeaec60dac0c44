package direct

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"
)

// wire keeps requests as they would be written to a connection.
type wire struct {
	body string // of the answers; 1 where it is empty

	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
	texts    []string
}

// RoundTrip keeps the request and answers it.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	kept := r.Clone(context.Background())
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		kept.Body = io.NopCloser(bytes.NewReader(body))
	}
	text, err := httputil.DumpRequestOut(kept, true)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests, w.bodies, w.texts = append(w.requests, kept), append(w.bodies, string(body)), append(w.texts, string(text))
	return answering(or(w.body, "1"))(r)
}

func or(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// alike leaves out of a request what differs each time.
func alike(text string) string {
	lines := strings.Split(text, "\r\n")
	for i, line := range lines {
		name, _, _ := strings.Cut(line, ": ")
		switch name {
		case "Amz-Sdk-Invocation-Id", "X-Amz-Date", "Authorization":
			lines[i] = name
		}
	}
	return strings.Join(lines, "\n")
}

// checkSignature signs a request again with the SDK's signer.
func checkSignature(t *testing.T, r *http.Request, body string, c aws.CredentialsProvider, region string) {
	t.Helper()
	got := r.Header.Get("Authorization")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := c.Retrieve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	again := r.Clone(context.Background())
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(context.Background(), keys, again, hex.EncodeToString(sum[:]), "lambda", region, at); err != nil {
		t.Fatal(err)
	}
	if want := again.Header.Get("Authorization"); got != want {
		t.Errorf("Authorization %s\nwant %s", got, want)
	}
	if d := time.Since(at); d > time.Minute || d < -time.Minute {
		t.Errorf("signed at %s", at)
	}
}

func inputs() map[string]*lambda.InvokeInput {
	named := func(name string) *lambda.InvokeInput {
		return &lambda.InvokeInput{FunctionName: aws.String(name), Payload: []byte(`{"a":1}`)}
	}
	with := func(change func(*lambda.InvokeInput)) *lambda.InvokeInput {
		in := named("orders")
		change(in)
		return in
	}
	return map[string]*lambda.InvokeInput{
		"name":                named("orders"),
		"empty name":          named(""),
		"name and version":    named("orders:12"),
		"name and alias":      named("orders:live"),
		"name and latest":     named("orders:$LATEST"),
		"ARN":                 named("arn:aws:lambda:eu-west-1:000000000000:function:orders"),
		"ARN and alias":       named("arn:aws:lambda:eu-west-1:000000000000:function:orders:live"),
		"ARN of China":        named("arn:aws-cn:lambda:cn-north-1:000000000000:function:orders"),
		"partial ARN":         named("000000000000:function:orders:7"),
		"unicode name":        named("bestellungen-für-größe-日本"),
		"signs in the name":   named("a b/c?d#e&f=g+h%20i;j@k~l_m-n.o'p(q)*"),
		"no payload":          with(func(in *lambda.InvokeInput) { in.Payload = nil }),
		"empty payload":       with(func(in *lambda.InvokeInput) { in.Payload = []byte{} }),
		"binary payload":      with(func(in *lambda.InvokeInput) { in.Payload = []byte{0, 1, 0xff, '\r', '\n'} }),
		"large payload":       with(func(in *lambda.InvokeInput) { in.Payload = bytes.Repeat([]byte("0123456789abcdef"), 1<<12) }),
		"unicode payload":     with(func(in *lambda.InvokeInput) { in.Payload = []byte(`{"name":"Ünïcödé 日本 🎉"}`) }),
		"qualifier":           with(func(in *lambda.InvokeInput) { in.Qualifier = aws.String("live") }),
		"latest":              with(func(in *lambda.InvokeInput) { in.Qualifier = aws.String("$LATEST") }),
		"empty qualifier":     with(func(in *lambda.InvokeInput) { in.Qualifier = aws.String("") }),
		"odd qualifier":       with(func(in *lambda.InvokeInput) { in.Qualifier = aws.String("a b&c=d+e/ü") }),
		"event":               with(func(in *lambda.InvokeInput) { in.InvocationType = types.InvocationTypeEvent }),
		"dry run":             with(func(in *lambda.InvokeInput) { in.InvocationType = types.InvocationTypeDryRun }),
		"unknown type":        with(func(in *lambda.InvokeInput) { in.InvocationType = "Later" }),
		"log":                 with(func(in *lambda.InvokeInput) { in.LogType = types.LogTypeTail }),
		"client context":      with(func(in *lambda.InvokeInput) { in.ClientContext = aws.String("eyJjdXN0b20iOnsiYSI6ImIifX0=") }),
		"spaced context":      with(func(in *lambda.InvokeInput) { in.ClientContext = aws.String("  a  b  ") }),
		"empty context":       with(func(in *lambda.InvokeInput) { in.ClientContext = aws.String("") }),
		"tenant":              with(func(in *lambda.InvokeInput) { in.TenantId = aws.String("tenant-1") }),
		"tenant with a space": with(func(in *lambda.InvokeInput) { in.TenantId = aws.String("tenant 1") }),
		"durable execution":   with(func(in *lambda.InvokeInput) { in.DurableExecutionName = aws.String("order-17") }),
		"everything": {
			FunctionName: aws.String("orders"), ClientContext: aws.String("e30="), DurableExecutionName: aws.String("d"),
			InvocationType: types.InvocationTypeRequestResponse, LogType: types.LogTypeTail, Payload: []byte(`[]`),
			Qualifier: aws.String("7"), TenantId: aws.String("t"),
		},
	}
}

type location struct {
	cfg     aws.Config
	options []func(*lambda.Options)
	set     []Setting
}

func endpoint(address string) location {
	return location{options: []func(*lambda.Options){func(o *lambda.Options) { o.BaseEndpoint = &address }}}
}

func option(change func(*lambda.Options)) location {
	return location{options: []func(*lambda.Options){change}}
}

func clients() map[string]location {
	session := aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("ASIAFORTESTSONLY", "s", "session/token+with=signs=="))
	return map[string]location{
		"plain":         {},
		"one attempt":   {set: []Setting{{"Retryer", aws.NopRetryer{}}}},
		"nine attempts": {cfg: aws.Config{RetryMaxAttempts: 9}},
		"session":       {cfg: aws.Config{Credentials: session}},
		"China":         {cfg: aws.Config{Region: "cn-north-1"}},
		"GovCloud":      {cfg: aws.Config{Region: "us-gov-west-1"}},
		"GovCloud FIPS": {cfg: aws.Config{Region: "us-gov-east-1"}, options: []func(*lambda.Options){fips}},
		"FIPS Region":   {cfg: aws.Config{Region: "fips-us-east-1"}},
		"FIPS":          {cfg: aws.Config{Region: "us-east-1"}, options: []func(*lambda.Options){fips}},
		"dual stack":    {options: []func(*lambda.Options){dualStack}},
		"both":          {cfg: aws.Config{Region: "us-west-2"}, options: []func(*lambda.Options){fips, dualStack}},
		"loopback":      endpoint("http://127.0.0.1:4566"),
		"IPv6":          endpoint("http://[::1]:4566"),
		"path":          endpoint("https://proxy.example.com/aws/lambda"),
		"path with end": endpoint("https://proxy.example.com/aws/"),
		"escaped path":  endpoint("https://proxy.example.com/a%2Fb%20c/d"),
		"port of http":  endpoint("http://proxy.example.com:80"),
		"port of https": endpoint("https://proxy.example.com:443/x"),
		"user":          endpoint("https://user:password@proxy.example.com"),
		"no HTTPS":      option(func(o *lambda.Options) { o.EndpointOptions.DisableHTTPS = true }),
		"application":   option(func(o *lambda.Options) { o.AppID = "an app/1" }),
		"no clock":      option(func(o *lambda.Options) { o.DisableClockSkewCorrection = true }),
		"two schemes":   option(func(o *lambda.Options) { o.AuthSchemePreference = []string{"sigv4", "sigv4a"} }),
	}
}

func fips(o *lambda.Options) { o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled }

func dualStack(o *lambda.Options) {
	o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
}

// What is sent is what the SDK sends.
func TestRequestsAreTheSDKs(t *testing.T) {
	for name, where := range clients() {
		t.Run(name, func(t *testing.T) {
			t.Run("form", func(t *testing.T) { testRequests(t, where, (*invoking).learn) })
			t.Run("stack", func(t *testing.T) {
				testRequests(t, where, func(i *invoking, t testing.TB) { i.inStacks().learn(t) })
			})
		})
	}
}

func testRequests(t *testing.T, where location, learn func(*invoking, testing.TB)) {
	sent := &wire{}
	both := newInvoking(where.cfg, sent, where.set, where.options...)
	learn(both, t)
	for name, in := range inputs() {
		t.Run(name, func(t *testing.T) { compareRequests(t, both, sent, in) })
	}
	if both.direct.Why() != "" {
		t.Error("the operation was given up")
	}
}

func compareRequests(t *testing.T, both *invoking, sent *wire, in *lambda.InvokeInput) {
	sent.requests, sent.bodies, sent.texts = nil, nil, nil
	if _, err := both.bySDK(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if _, err := both.direct.Do(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if len(sent.texts) != 2 {
		t.Fatalf("%d requests, want 2", len(sent.texts))
	}
	if diff := cmp.Diff(alike(sent.texts[0]), alike(sent.texts[1])); diff != "" {
		t.Errorf("request (-SDK +direct):\n%s", diff)
	}
	a, b := sent.requests[0], sent.requests[1]
	if a.URL.String() != b.URL.String() || a.Host != b.Host || a.ContentLength != b.ContentLength {
		t.Errorf("%s %s %d, want %s %s %d", b.URL, b.Host, b.ContentLength, a.URL, a.Host, a.ContentLength)
	}
	if b.GetBody != nil || a.GetBody != nil {
		t.Error("the transport would send the request again by itself")
	}
	want, ok := scopeOf(a.Header.Get("Authorization"))
	if !ok {
		t.Fatal("the SDK signs otherwise")
	}
	checkSignature(t, b, sent.bodies[1], both.sdk.Options().Credentials, want.region)
}

// In Lambda, the trace of the invocation goes on.
func TestTraceHeader(t *testing.T) {
	t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "caller")
	t.Setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1 ü")
	t.Setenv("AWS_EXECUTION_ENV", "AWS_Lambda_go1.x")
	sent := &wire{}
	both := newInvoking(aws.Config{}, sent, nil)
	both.learn(t)
	compareRequests(t, both, sent, inputs()["everything"])
	t.Setenv("_X_AMZN_TRACE_ID", "Root=of-the-next-invocation") // a process serves many
	compareRequests(t, both, sent, inputs()["everything"])
	if got := sent.requests[1].Header.Get("X-Amzn-Trace-Id"); got != "Root=of-the-next-invocation" {
		t.Errorf("trace %q", got)
	}
}

// The end of the call is in the request where the server's clock is ahead.
func TestEndOfCallHeader(t *testing.T) {
	for _, ahead := range []time.Duration{-time.Hour, 0, time.Hour} {
		sent := &wire{}
		both := newInvoking(aws.Config{}, sent, nil)
		both.learn(t)
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		in := inputs()["everything"]
		both.direct.plan.Load().skew.Store(int64(ahead))
		if _, err := both.bySDK(ctx, in); err != nil {
			t.Fatal(err)
		}
		both.direct.plan.Load().skew.Store(int64(ahead))
		if _, err := both.direct.Do(ctx, in); err != nil {
			t.Fatal(err)
		}
		n := len(sent.requests)
		want, got := sent.requests[n-2].Header.Get("Amz-Sdk-Request"), sent.requests[n-1].Header.Get("Amz-Sdk-Request")
		if got != want || strings.Contains(got, "ttl=") != (ahead > 0) {
			t.Errorf("%s ahead: %q, want %q", ahead, got, want)
		}
	}
}

// What the SDK refuses to send is not sent, with its error.
func TestRefusedInput(t *testing.T) {
	sent := &wire{}
	both := newInvoking(aws.Config{}, sent, nil)
	both.learn(t)
	_, want := both.bySDK(context.Background(), &lambda.InvokeInput{})
	_, got := both.direct.Do(context.Background(), &lambda.InvokeInput{})
	if want == nil || got == nil || got.Error() != want.Error() {
		t.Errorf("error %v, want %v", got, want)
	}
	if len(sent.requests) != 2 {
		t.Errorf("%d requests, want those that it was learnt from", len(sent.requests))
	}
}
