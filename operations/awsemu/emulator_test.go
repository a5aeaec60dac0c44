package awsemu_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"go.uber.org/goleak"

	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsemu"
)

func TestMain(m *testing.M) {
	serveForKill()
	serveDurable()
	testenv.Clean()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if dir := builtIn.Load(); dir != nil {
			_ = os.RemoveAll(*dir)
		}
		os.Exit(code)
	}))
}

// rig is a started emulator with its log and a clock that tests move.
type rig struct {
	*awsemu.Emulator
	mu     sync.Mutex
	log    []awsemu.Request
	offset time.Duration
}

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Now().Add(r.offset)
}

func (r *rig) advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.offset += d
}

func (r *rig) record(one awsemu.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, one)
}

// start starts an emulator whose functions file is fixture, and whose
// functions are active at once.
func start(t testing.TB, fixture string) *rig {
	t.Helper()
	return startWith(t, fixture, func(*awsemu.Options) {})
}

func startWith(t testing.TB, fixture string, change func(*awsemu.Options)) *rig {
	t.Helper()
	f, err := awsemu.ReadFixture("functions.yaml", []byte(fixture))
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{}
	options := awsemu.Options{
		Fixture: f, Clock: r.now, OnRequest: r.record, Settling: -1,
		EventDelays: []time.Duration{5 * time.Millisecond, 10 * time.Millisecond},
	}
	change(&options)
	r.Emulator, err = awsemu.New(options)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// example starts an emulator with the functions of the examples.
func example(t *testing.T) *rig {
	t.Helper()
	src, err := os.ReadFile("../../flows/examples/functions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return start(t, string(src))
}

func (r *rig) config(t testing.TB, key, secret, token string) aws.Config {
	t.Helper()
	client := &trackedClient{}
	t.Cleanup(client.close)
	return aws.Config{
		Region:           "us-east-1",
		BaseEndpoint:     aws.String(r.URL()),
		Credentials:      credentials.NewStaticCredentialsProvider(key, secret, token),
		HTTPClient:       client.http(),
		RetryMaxAttempts: 1,
	}
}

func (r *rig) lambda(t testing.TB) *lambda.Client {
	t.Helper()
	return lambda.NewFromConfig(r.config(t, "test", "test", ""))
}

func (r *rig) sts(t testing.TB) *sts.Client {
	t.Helper()
	return sts.NewFromConfig(r.config(t, "test", "test", ""))
}

func TestStartRefusesAddressesOthersCanReach(t *testing.T) {
	for _, listen := range []string{":0", "0.0.0.0:0", "192.0.2.1:0", "nowhere"} {
		e, err := awsemu.New(awsemu.Options{Listen: listen})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Start(); err == nil {
			t.Errorf("%q: Start succeeded", listen)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestStartAllowsRemoteWhenTold(t *testing.T) {
	e, err := awsemu.New(awsemu.Options{Listen: "0.0.0.0:0", AllowRemote: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err == nil {
		t.Error("a second Start succeeded")
	}
	for range 2 {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNewRefusesRegion(t *testing.T) {
	if _, err := awsemu.New(awsemu.Options{Region: "Mars"}); err == nil {
		t.Error("New succeeded")
	}
}

func TestEnv(t *testing.T) {
	r := start(t, "")
	got := r.Env()
	want := []string{"AWS_ENDPOINT_URL=" + r.URL(), "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}
	same(t, want, got)
	same(t, []string{"lambda", "sts", "sqs"}, r.Services())
}

func TestRequestLog(t *testing.T) {
	r := example(t)
	_, err := r.lambda(t).Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("orders"), Qualifier: aws.String("4")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.lambda(t).GetAlias(context.Background(), &lambda.GetAliasInput{FunctionName: aws.String("orders"), Name: aws.String("none")})
	if err == nil {
		t.Fatal("GetAlias succeeded")
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if len(r.log) != 2 {
		t.Fatalf("got %d lines, want 2", len(r.log))
	}
	for i := range r.log {
		if r.log[i].RequestID == "" || r.log[i].Time.IsZero() || r.log[i].Duration < 0 {
			t.Errorf("line %d: %+v", i, r.log[i])
		}
		r.log[i].RequestID, r.log[i].Time, r.log[i].Duration = "", time.Time{}, 0
	}
	same(t, []awsemu.Request{
		{Service: "lambda", Operation: "Invoke", Function: "orders", Status: 200, ErrorCode: "Unhandled"},
		{Service: "lambda", Operation: "GetAlias", Function: "orders", Status: 404, ErrorCode: "ResourceNotFoundException"},
	}, r.log)
}

// settling is how long functions take in tests that look at their states.
const settling = 300 * time.Millisecond

func unsettled(o *awsemu.Options) { o.Settling = settling }

// requests returns the log so far.
func (r *rig) requests() []awsemu.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]awsemu.Request(nil), r.log...)
}
