package awsemu_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsemu"
)

// stepsOf is how many steps an execution of the function steps has.
const stepsOf = 20

// serveDurable is the test binary as an emulator that another test kills or
// weighs. Its function steps writes down when the body of a step runs, and when
// its checkpoint was answered.
func serveDurable() {
	dir := os.Getenv("AWSEMU_SERVE_DURABLE")
	if dir == "" {
		return
	}
	effects, err := os.OpenFile(filepath.Join(dir, "effects"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		panic(err)
	}
	text := "functions: {steps: {timeout: 900, durable: {executionTimeout: 900}}}"
	code := os.Getenv("AWSEMU_STEP_CODE")
	if code != "" {
		text = fmt.Sprintf("functions: {steps: {code: %q, runtime: provided.al2023, memorySize: 512, timeout: 900, durable: {executionTimeout: 900}, "+
			"environment: {DURABLE: y, EFFECTS: %q, STEP_TAKES: %q}}}", code, effects.Name(), os.Getenv("AWSEMU_STEP_TAKES"))
	}
	f, err := awsemu.ReadFixture("f.yaml", []byte(text))
	if err != nil {
		panic(err)
	}
	body, _ := time.ParseDuration(os.Getenv("AWSEMU_STEP_TAKES"))
	var e *awsemu.Emulator
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	options := awsemu.Options{Fixture: f, Data: os.Getenv("AWSEMU_STEP_DATA"), Settling: -1}
	if code == "" {
		options.Handlers = map[string]awsemu.Handler{"steps": func(ctx context.Context, event []byte) ([]byte, error) {
			return steps(ctx, clientAt(e.URL(), transport), event, body, effects)
		}}
	}
	e, err = awsemu.New(options)
	if err == nil {
		err = e.Start()
	}
	if err != nil {
		panic(err)
	}
	fmt.Println(e.URL())
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test has gone
	os.Exit(0)
}

func clientAt(url string, transport http.RoundTripper) *lambda.Client {
	return lambda.New(lambda.Options{
		Region: "us-east-1", BaseEndpoint: &url, HTTPClient: &http.Client{Transport: transport}, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

// steps is a durable function without an SDK: twenty steps, and a wait in the
// middle of them.
func steps(ctx context.Context, client *lambda.Client, event []byte, body time.Duration, effects *os.File) ([]byte, error) {
	var one turn
	if err := json.Unmarshal(event, &one); err != nil {
		return nil, err
	}
	done := map[string]string{}
	for _, o := range one.State.Operations {
		done[o.ID] = o.Status
	}
	id := one.Arn[len(one.Arn)-36:]
	send := func(updates ...types.OperationUpdate) error {
		out, err := client.CheckpointDurableExecution(ctx, &lambda.CheckpointDurableExecutionInput{
			DurableExecutionArn: &one.Arn, CheckpointToken: &one.Token, Updates: updates,
		})
		if err == nil {
			one.Token = aws.ToString(out.CheckpointToken)
		}
		return err
	}
	for i := range stepsOf {
		step := fmt.Sprint("s", i)
		if done[step] == "SUCCEEDED" {
			continue
		}
		if i == stepsOf/2 && done["w"] != "SUCCEEDED" {
			if done["w"] == "" {
				if err := send(op("w", waitT, startA, waitFor(1))); err != nil {
					return nil, err
				}
			}
			return []byte(`{"Status":"PENDING"}`), nil
		}
		fmt.Fprintf(effects, "body %s %s %d\n", id, step, os.Getpid())
		time.Sleep(body)
		if err := send(op(step, stepT, startA), op(step, stepT, succeedA, payload(`"`+step+`"`))); err != nil {
			return nil, err
		}
		fmt.Fprintf(effects, "done %s %s %d\n", id, step, os.Getpid())
	}
	return []byte(`{"Status":"SUCCEEDED","Result":"20"}`), nil
}

// served is an emulator in a process of its own.
type served struct {
	cmd    *exec.Cmd
	input  io.WriteCloser
	client *lambda.Client
}

func serve(t *testing.T, dir, data, code string, body time.Duration) *served {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "AWSEMU_SERVE_DURABLE="+dir, "AWSEMU_STEP_TAKES="+body.String(), "AWSEMU_STEP_DATA="+data, "AWSEMU_STEP_CODE="+code)
	s := &served{cmd: cmd, input: ok(cmd.StdinPipe())(t)}
	out := ok(cmd.StdoutPipe())(t)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := ok(bufio.NewReader(out).ReadString('\n'))(t)
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	t.Cleanup(transport.CloseIdleConnections)
	s.client = clientAt(strings.TrimSpace(line), transport)
	return s
}

func (s *served) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	_ = s.input.Close()
}

// An emulator that is killed goes on with every execution where it was, and no
// step runs again whose checkpoint was answered. The functions are processes of
// their own, which end with it on Linux alone; elsewhere they are handlers.
func TestDurableSurvivesKills(t *testing.T) {
	kills, executions := 3, 5
	if testenv.Thorough() {
		kills, executions = 20, 50
	}
	t.Run("handlers", func(t *testing.T) { surviveKills(t, 3, 5, "") })
	t.Run("processes", func(t *testing.T) {
		if _, err := os.Stat("/proc/self/stat"); err != nil {
			t.Skip("only Linux ends a process with its parent")
		}
		surviveKills(t, kills, executions, goFolder(t))
	})
}

func surviveKills(t *testing.T, kills, executions int, code string) {
	const body = 100 * time.Millisecond
	dir := t.TempDir()
	s := serve(t, dir, dir, code, body)
	defer func() { s.kill() }()
	var arns []string
	for range executions {
		out := ok(s.client.Invoke(t.Context(), &lambda.InvokeInput{
			FunctionName: aws.String("steps"), Qualifier: aws.String("$LATEST"), InvocationType: types.InvocationTypeEvent,
		}))(t)
		arns = append(arns, *out.DurableExecutionArn)
	}
	for range kills {
		time.Sleep(time.Duration(200+rand.IntN(300)) * time.Millisecond)
		s.kill()
		s = serve(t, dir, dir, code, body)
	}
	unfinished := 0
	for _, arn := range arns {
		out := ok(s.client.GetDurableExecution(t.Context(), &lambda.GetDurableExecutionInput{DurableExecutionArn: &arn}))(t)
		if out.Status == types.ExecutionStatusRunning {
			unfinished++
		}
	}
	for _, arn := range arns {
		s.awaitSteps(t, arn)
	}
	bodies, processes := readEffects(t, filepath.Join(dir, "effects"))
	t.Logf("%d kills, after the last %d of %d executions of %d steps were not over; %d processes; %d bodies ran whose checkpoint nobody had answered",
		kills, unfinished, executions, stepsOf, processes, bodies-executions*stepsOf)
	if unfinished == 0 {
		t.Error("the kills came too late to tell anything")
	}
}

// awaitSteps waits until an execution has ended well.
func (s *served) awaitSteps(t *testing.T, arn string) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		out := ok(s.client.GetDurableExecution(t.Context(), &lambda.GetDurableExecutionInput{DurableExecutionArn: &arn}))(t)
		if out.Status == types.ExecutionStatusSucceeded {
			same(t, "20", *out.Result)
			return
		}
		if out.Status != types.ExecutionStatusRunning || time.Now().After(end) {
			t.Fatalf("the execution is %s: %v", out.Status, out.Error)
		}
	}
}

// readEffects counts the bodies that have run, and the processes that ran them.
// No body may run after its checkpoint was answered.
func readEffects(t *testing.T, path string) (bodies, processes int) {
	t.Helper()
	done, pids := map[string]bool{}, map[string]bool{}
	for line := range bytes.Lines(ok(os.ReadFile(path))(t)) {
		words := strings.Fields(string(line))
		if len(words) < 4 {
			continue // it was killed while it wrote
		}
		step := words[1] + " " + words[2]
		pids[words[3]] = true
		switch {
		case words[0] == "done":
			done[step] = true
		case words[0] == "body" && done[step]:
			t.Errorf("%s has run again after its checkpoint", step)
		case words[0] == "body":
			bodies++
		}
	}
	return bodies, len(pids)
}

// Many executions at once fit into little memory.
func TestDurableMemory(t *testing.T) {
	testenv.NeedThorough(t, "a thousand executions at once take a while")
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("only Linux tells how much memory a process has had")
	}
	const executions = 1000
	s := serve(t, t.TempDir(), "", "", 0)
	defer s.kill()
	started := time.Now()
	for range executions {
		ok(s.client.Invoke(t.Context(), &lambda.InvokeInput{
			FunctionName: aws.String("steps"), Qualifier: aws.String("$LATEST"), InvocationType: types.InvocationTypeEvent,
		}))(t)
	}
	for end := time.Now().Add(5 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		out := ok(s.client.ListDurableExecutionsByFunction(t.Context(), &lambda.ListDurableExecutionsByFunctionInput{
			FunctionName: aws.String("steps"), Statuses: []types.ExecutionStatus{types.ExecutionStatusSucceeded}, MaxItems: 1000,
		}))(t)
		if len(out.DurableExecutions) == executions {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d of %d executions have succeeded", len(out.DurableExecutions), executions)
		}
	}
	took := time.Since(started)
	status := string(ok(os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid)))(t))
	_, rest, _ := strings.Cut(status, "VmHWM:")
	most, _ := strconv.Atoi(strings.Fields(rest)[0])
	t.Logf("%d executions of %d steps in %s: %d MB at the most, their functions among it", executions, stepsOf, took.Round(time.Millisecond), most>>10)
	if most > 300<<10 {
		t.Error("at most 300 MB are wanted")
	}
}

// A checkpoint costs the emulator no more than an invocation of a declared
// reply that gets and gives as much: what clients take to make and read the two
// is left out. The best of some rounds counts: other work on the machine only
// slows down.
func TestDurableCheckpointCost(t *testing.T) {
	testenv.NeedThorough(t, "it measures time")
	if awsemu.RaceDetector {
		t.Skip("the race detector slows one side down more than the other")
	}
	d := startDurable(t, "limits: {durableOperations: 1000000}", func(o *awsemu.Options) { o.Clock, o.OnRequest = time.Now, nil })
	arn := d.begin(t, "f", `1`)
	one := d.next(t)
	serve := func(path, body string) (*httptest.ResponseRecorder, time.Duration) {
		request, answer := signed(t, http.MethodPost, "http://localhost"+path, body, "lambda", nil), httptest.NewRecorder()
		started := time.Now()
		d.ServeHTTP(answer, request)
		took := time.Since(started)
		if answer.Code != http.StatusOK {
			t.Fatalf("%d %s", answer.Code, answer.Body)
		}
		return answer, took
	}
	var checkpoint, reply, small time.Duration
	best := func(so *time.Duration, call func() time.Duration) {
		var sum time.Duration
		for range 50 {
			sum += call()
		}
		if took := sum / 50; *so == 0 || took < *so {
			*so = took
		}
	}
	n := 0
	body := func() string {
		return fmt.Sprintf(`{"CheckpointToken":%q,"Updates":[{"Id":"%d","Type":"STEP","Action":"START"},`+
			`{"Id":"%[2]d","Type":"STEP","Action":"SUCCEED","Payload":"\"some text\""}]}`, one.Token, n)
	}
	for round := 0; round < 8 || round < 60 && (checkpoint > reply || checkpoint > small); round++ {
		best(&reply, func() time.Duration {
			_, took := serve("/2015-03-31/functions/plain/invocations", body())
			return took
		})
		best(&small, func() time.Duration {
			_, took := serve("/2015-03-31/functions/plain/invocations", `{"n":1}`)
			return took
		})
		best(&checkpoint, func() time.Duration {
			n++
			answer, took := serve("/2025-12-01/durable-executions/"+url.PathEscape(arn)+"/checkpoint", body())
			var out struct{ CheckpointToken string }
			if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil {
				t.Fatal(err)
			}
			one.Token = out.CheckpointToken
			return took
		})
	}
	t.Logf("a checkpoint takes %s, a declared reply to as much %s, to little %s; %d checkpoints", checkpoint, reply, small, n)
	if checkpoint > reply {
		t.Error("a checkpoint costs more than a reply")
	}
	one.answer <- `{"Status":"SUCCEEDED"}`
	d.awaitStatus(t, arn, types.ExecutionStatusSucceeded)
}
