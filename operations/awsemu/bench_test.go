package awsemu

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/process"
)

// benchEmulator is the client of a started emulator.
func benchEmulator(tb testing.TB, fixture string) *lambda.Client {
	tb.Helper()
	f, err := ReadFixture("f.yaml", []byte(fixture))
	if err != nil {
		tb.Fatal(err)
	}
	e, err := New(Options{Fixture: f, Settling: -1})
	if err == nil {
		err = e.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	tb.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = e.Close()
	})
	return lambda.New(lambda.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(e.URL()), HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider(AccessKeyID, SecretAccessKey, ""),
	})
}

func buildFunction(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	cmd := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", filepath.Join(dir, "bootstrap"), "./internal/testfunction")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// BenchmarkReply is an invocation of a declared reply, client and server in
// one process.
func BenchmarkReply(b *testing.B) {
	client := benchEmulator(b, "functions: {f: {reply: {n: '${event.n}'}}}")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := client.Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("f"), Payload: []byte(`{"n":1}`)}); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "invocations/s")
}

// BenchmarkWarmGo compares a warm invocation of a Go function through the
// emulator with the bare round trip over its Runtime API.
func BenchmarkWarmGo(b *testing.B) {
	dir := buildFunction(b)
	client := benchEmulator(b, fmt.Sprintf("functions: {f: {code: %q, runtime: provided.al2023}}", dir))
	pool, closePool := barePool(dir)
	defer closePool()
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			bareInvoke(b, pool)
		}
	})
	b.Run("emulator", func(b *testing.B) {
		for b.Loop() {
			emulatorInvoke(b, client)
		}
	})
}

func barePool(dir string) (*process.Pool, func()) {
	spawner := &process.Spawner{}
	pool := process.NewPool(spawner, process.Spec{Command: []string{filepath.Join(dir, "bootstrap")}, Dir: dir}, 1, time.Second)
	return pool, func() {
		pool.Close()
		spawner.Close()
	}
}

func bareInvoke(tb testing.TB, pool *process.Pool) {
	out, err := pool.Invoke(context.Background(), process.Invocation{ID: "id", ARN: "arn", Payload: []byte(`{"N":1}`), Timeout: 3 * time.Second})
	if err != nil || out.Failure != "" {
		tb.Fatal(out, err)
	}
}

func emulatorInvoke(tb testing.TB, client *lambda.Client) {
	out, err := client.Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("f"), Payload: []byte(`{"N":1}`)})
	if err != nil || !strings.Contains(string(out.Payload), `"N":1`) {
		tb.Fatal(out, err)
	}
}

// The emulator adds at most twice the bare round trip to it, and gives 1,000
// replies a second to one caller at a time. The best of some short runs counts:
// other work on the machine only slows down.
func TestSpeed(t *testing.T) {
	if RaceDetector || testing.Short() {
		t.Skip("the race detector slows one side down more than the other")
	}
	testenv.NeedThorough(t, "it measures time")
	dir := buildFunction(t)
	client := benchEmulator(t, fmt.Sprintf("functions: {f: {code: %q, runtime: provided.al2023}, r: {reply: 1}}", dir))
	pool, closePool := barePool(dir)
	defer closePool()
	var bare, through, reply time.Duration
	best := func(so *time.Duration, call func()) {
		started := time.Now()
		for range 100 {
			call()
		}
		if took := time.Since(started) / 100; *so == 0 || took < *so {
			*so = took
		}
	}
	// On a busy machine the best of a few rounds is not the machine's best yet.
	good := func() bool { return through > 0 && through <= 3*bare && reply <= time.Millisecond }
	for round := 0; round < 8 || round < 60 && !good(); round++ {
		best(&bare, func() { bareInvoke(t, pool) })
		best(&through, func() { emulatorInvoke(t, client) })
		best(&reply, func() {
			if _, err := client.Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("r")}); err != nil {
				t.Fatal(err)
			}
		})
	}
	ratio, rate := float64(through)/float64(bare), float64(time.Second)/float64(reply)
	t.Logf("a warm Go function: bare %s, through the emulator %s (%.2f times); %.0f replies a second", bare, through, ratio, rate)
	if ratio > 3 {
		t.Error("at most 3 times are wanted")
	}
	if rate < 1000 {
		t.Error("at least 1,000 replies a second are wanted")
	}
}
