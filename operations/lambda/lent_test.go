package lambda_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/lambda"
	"github.com/medlar-flow/medlar/schema"
)

const answerSize = 64 << 10

// answerOf is what the function of a run answers, different for each.
func answerOf(run string) []byte {
	begin := fmt.Sprintf(`{"run": "%s", "list": [1.0, {"of": "%s"}], "pad": "`, run, run)
	return []byte(begin + strings.Repeat("x", answerSize-len(begin)-2) + `"}`)
}

// functions is a service whose function make-RUN answers answerOf(RUN), whose function
// take-RUN answers the same where it is given just that, and whose function fail fails.
type functions struct {
	*httptest.Server
	wrong atomic.Int64
	cut   func(w http.ResponseWriter, r *http.Request) bool // answers in another way; nil for nothing
}

func serveFunctions(t *testing.T, cut func(w http.ResponseWriter, r *http.Request) bool) *functions {
	t.Helper()
	f := &functions{cut: cut}
	var known sync.Map
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.cut != nil && f.cut(w, r) {
			return
		}
		verb, run, _ := strings.Cut(strings.Split(r.URL.Path, "/")[3], "-")
		found, ok := known.Load(run)
		if !ok {
			found, _ = known.LoadOrStore(run, answerOf(run))
		}
		answer := found.([]byte)
		switch verb {
		case "take":
			if given, err := io.ReadAll(r.Body); err != nil || !bytes.Equal(given, answer) {
				f.wrong.Add(1)
			}
		case "skip":
			_, _ = io.Copy(io.Discard, r.Body) // what is read costs no memory
		case "fail":
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = w.Write(answer)
	}))
	t.Cleanup(f.Close)
	return f
}

// keeper is a connector whose operation keeps what it is given.
type keeper struct {
	mu   sync.Mutex
	kept []any
}

func (k *keeper) connector() *connector.Connector {
	v := &schema.Field{Name: "v", Type: schema.Any, Accept: schema.Accept{Payload: true}}
	return &connector.Connector{Name: "keeper", Summary: "Keeps.", Operations: []*connector.Operation{{
		Name: "keeper.keep", Summary: "Keep it.",
		Describe: func() connector.Shape { return connector.Shape{Params: schema.MustNew(v)} },
		Run: func(_ context.Context, call *connector.Call) (any, error) {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.kept = append(k.kept, call.Params["v"])
			return nil, nil
		},
	}}}
}

func lentFlow(t *testing.T, text string, k *keeper) *flows.Flow {
	t.Helper()
	registry, err := connector.NewRegistry(lambda.Connector(), k.connector())
	if err != nil {
		t.Fatal(err)
	}
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry)
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

func runOf(t *testing.T, f *functions, flow *flows.Flow, run string, options ...flows.RunOption) (*flows.Result, error) {
	t.Helper()
	return flow.Run(t.Context(), map[string]any{"run": run}, append(options, flows.WithConnectionDefaults("lambda", map[string]any{
		"region": "eu-west-1", "endpoint": f.URL, "accessKeyId": "AKID", "secretAccessKey": "not-a-secret",
	}))...)
}

const passOn = `
flow: pass-on
inputs: {run: {type: string, required: true}, take: {type: string, default: take}}
steps:
  - id: first
    call: lambda.invoke
    with: {functionName: "make-${ctx.run}", payload: {a: 1}}
  - id: second
    call: lambda.invoke
    with: {functionName: "${ctx.take}-${ctx.run}", payload: "${steps.first.Payload}"}
output: "${steps.second.Payload.list[1].of}"
`

// The memory of answers that nobody has any more serves the next run. Each run sends
// its own all the same.
func TestMemoryOfAnswersIsUsedAgain(t *testing.T) {
	f, flow := serveFunctions(t, nil), lentFlow(t, strings.Replace(passOn, "default: take", "default: skip", 1), &keeper{})
	pass := func(runs int) {
		for i := range runs {
			if got, err := runOf(t, f, flow, strconv.Itoa(i%4)); err != nil || got.Output != strconv.Itoa(i%4) {
				t.Fatalf("run %d: %v, %v", i, got, err)
			}
		}
	}
	pass(8)
	var before, after runtime.MemStats
	const runs = 100
	runtime.ReadMemStats(&before)
	pass(runs)
	runtime.ReadMemStats(&after)
	// Of memory that is given back, some is lost: to the collector, and under the race
	// detector by design.
	each := (after.TotalAlloc - before.TotalAlloc) / runs
	t.Logf("a run allocates %d bytes, its service included", each)
	if each > answerSize*3/2 {
		t.Errorf("a run with two answers of %d bytes allocates %d", answerSize, each)
	}
}

// Runs beside each other send what they were answered, and nothing of one another.
func TestRunsBesideEachOtherKeepTheirAnswers(t *testing.T) {
	f, flow := serveFunctions(t, nil), lentFlow(t, passOn, &keeper{})
	var workers sync.WaitGroup
	for w := range 8 {
		workers.Go(func() {
			for i := range 25 {
				run := fmt.Sprintf("%d_%d", w, i%5)
				if got, err := runOf(t, f, flow, run); err != nil || got.Output != run {
					t.Errorf("run %s: %v, %v", run, got, err)
				}
			}
		})
	}
	workers.Wait()
	if n := f.wrong.Load(); n > 0 {
		t.Errorf("%d calls were given something else", n)
	}
}

// What somebody has of an answer stays as it is when the run has ended.
func TestAnswersThatLiveOnStay(t *testing.T) {
	const head = "flow: keep\ninputs: {run: {type: string, required: true}}\nsteps:\n"
	const first = "  - id: first\n    call: lambda.invoke\n    with: {functionName: \"make-${ctx.run}\"}\n"
	const second = "  - id: second\n    call: lambda.invoke\n    with: {functionName: \"take-${ctx.run}\", payload: \"${steps.first.Payload}\"}\n"
	const failing = "  - try:\n      - call: lambda.invoke\n        with: {functionName: \"fail-${ctx.run}\", payload: \"${steps.first.Payload}\"}\n    catch:\n      - do:\n          - set: {failed: \"${error.cause}\"}\n"
	keep := func(what string) string { return "  - call: keeper.keep\n    with: {v: \"" + what + "\"}\n" }
	for name, tt := range map[string]struct {
		flow string
		kept string // what an operation has kept, or the output: answer, map, list or text
	}{
		"the output":                           {head + first + second + "output: \"${steps.second.Payload}\"\n", "answer"},
		"a list in the output":                 {head + first + second + "output: [\"${steps.first.Payload}\"]\n", "list"},
		"a text in the output":                 {head + first + second + "output: \"${steps.first.Payload.pad}\"\n", "text"},
		"what was set":                         {head + first + "  - set: {got: \"${steps.first.Payload}\"}\n" + second + "output: \"${ctx.got}\"\n", "answer"},
		"an operation that keeps it":           {head + first + second + keep("${steps.first.Payload}"), "answer"},
		"an operation that keeps what was set": {head + first + "  - set: {got: [\"${steps.first.Payload}\"]}\n" + keep("${ctx.got}"), "list"},
		"an operation that keeps a text":       {head + first + keep("${steps.first.Payload.pad}"), "text"},
		"a run whose call failed":              {head + first + failing + keep("${steps.first.Payload}"), "answer"},
		"a loop": {
			head + "  - id: all\n    forEach: [1, 2]\n    concurrency: 2\n    do:\n      - id: first\n        call: lambda.invoke\n        with: {functionName: \"make-${ctx.run}\"}\n" +
				"      - call: keeper.keep\n        with: {v: \"${steps.first.Payload}\"}\n", "answer",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, k := serveFunctions(t, nil), &keeper{}
			flow, others := lentFlow(t, tt.flow, k), lentFlow(t, passOn, &keeper{})
			for i := range 4 { // the first calls of an operation are the SDK's
				k.kept = nil
				run := fmt.Sprint("own", i)
				got, err := runOf(t, f, flow, run)
				if err != nil {
					t.Fatal(err)
				}
				kept := append([]any{}, k.kept...)
				if len(kept) == 0 {
					kept = append(kept, got.Output)
				}
				for j := range 6 {
					if _, err := runOf(t, f, others, strconv.Itoa(j)); err != nil {
						t.Fatal(err)
					}
				}
				for _, v := range kept {
					checkKept(t, tt.kept, run, v)
				}
			}
			if n := f.wrong.Load(); n > 0 {
				t.Errorf("%d calls were given something else", n)
			}
		})
	}
}

// checkKept looks whether a value is what the function of a run answered, or a part of it.
func checkKept(t *testing.T, form, run string, v any) {
	t.Helper()
	v = value.Plain(v)
	if list, ok := v.([]any); ok && form == "list" && len(list) == 1 {
		v = list[0]
	}
	if text, ok := v.(string); ok && form == "text" {
		if len(text) < answerSize-100 || strings.Trim(text, "x") != "" {
			t.Errorf("the text is now %.60q", text)
		}
		return
	}
	if m, ok := v.(map[string]any); !ok || m["run"] != run || len(fmt.Sprint(m["pad"])) < answerSize-100 {
		t.Errorf("the answer of %s is now %.80v", run, v)
	}
}

// What a listener is told of a call that failed stays, and so does a run whose request
// was answered before all of it was read, or never.
func TestAnswersOfCallsThatEndEarly(t *testing.T) {
	for name, cut := range map[string]func(w http.ResponseWriter, r *http.Request) bool{
		"answered early": func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "take") {
				return false
			}
			w.Header().Set("Content-Length", "2")
			_, _ = io.WriteString(w, "{}")
			return true
		},
		"refused": func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "take") {
				return false
			}
			w.Header().Set("X-Amzn-Errortype", "InvalidRequestContentException")
			w.WriteHeader(http.StatusBadRequest)
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := serveFunctions(t, cut)
			flow := lentFlow(t, strings.Replace(passOn, ".list[1].of", "", 1), &keeper{})
			good, whole := serveFunctions(t, nil), lentFlow(t, passOn, &keeper{})
			for i := range 6 {
				var failure *report.RunError
				_, err := runOf(t, f, flow, strconv.Itoa(i), flows.WithListener(func(e report.Event) {
					if e.Err != nil {
						failure = e.Err
					}
				}))
				if refused := name == "refused"; refused != (err != nil) {
					t.Fatal(err)
				}
				for j := range 4 {
					if got, err := runOf(t, good, whole, strconv.Itoa(j)); err != nil || got.Output != strconv.Itoa(j) {
						t.Fatal(err)
					}
				}
				if failure != nil {
					checkKept(t, "answer", strconv.Itoa(i), failure.Params["payload"])
				}
			}
			if n := good.wrong.Load(); n > 0 {
				t.Errorf("%d calls were given something else", n)
			}
		})
	}
}
