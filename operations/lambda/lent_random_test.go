package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/core"
	ophttp "github.com/medlar-flow/medlar/operations/http"
	"github.com/medlar-flow/medlar/operations/lambda"
	"github.com/medlar-flow/medlar/schema"
)

// namedDoc is a document of about so many bytes, every part of which names its run.
func namedDoc(run string, size int) []byte {
	begin := fmt.Sprintf(`{"run":"<%s>","size":%d,"secret":"hush-hush-<%s>","list":[1.0,{"of":"<%s>"}],"pad":"`, run, size, run, run)
	token := "<" + run + ">"
	n := max(1, (size-len(begin)-2)/len(token))
	return []byte(begin + strings.Repeat(token, n) + `"}`)
}

// names reports whether a text names no run but the one, and names it at all.
func names(text, run string) bool {
	n := strings.Count(text, "<"+run+">")
	return n > 0 && !namesOther(text, run)
}

// namesOther reports whether a text names another run, or is cleared. Texts for people
// may be cut within a name.
func namesOther(text, run string) bool {
	for at := range strings.SplitSeq(strings.ReplaceAll(text, "<"+run+">", ""), "<r") {
		if name, _, whole := strings.Cut(at, ">"); whole && !strings.Contains(name, "…") && len(name) < 8 && strings.Trim(name, "0123456789x") == "" {
			return true
		}
	}
	return strings.Contains(text, "\x00")
}

// bodyOf reports whether a body is of a run: a whole document, or something around one.
func bodyOf(body []byte, run string) bool {
	var head struct {
		Size int `json:"size"`
	}
	if json.Unmarshal(body, &head) == nil && head.Size > 0 {
		return bytes.Equal(body, namedDoc(run, head.Size))
	}
	return json.Valid(body) && names(string(body), run)
}

// world is a service of functions and of other things, which looks at everything that
// it is sent.
type namedWorld struct {
	*httptest.Server
	wrong atomic.Pointer[string]
	tries sync.Map
	ends  chan struct{}
}

func (w *namedWorld) fault(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.wrong.CompareAndSwap(nil, &text)
}

func (w *namedWorld) look(r *http.Request, run string) {
	body, err := io.ReadAll(r.Body)
	if err == nil && len(body) > 0 && !bodyOf(body, run) {
		w.fault("%s was sent %d bytes: %.200s", r.URL, len(body), body)
	}
}

// ServeHTTP answers /…/WHAT-RUN-SIZE…, for functions below another path.
func (w *namedWorld) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	last := r.URL.Path[1:]
	if parts := strings.Split(last, "/"); len(parts) > 2 {
		last = parts[2]
	}
	words := strings.Split(last, "-")
	what, run := words[0], words[1]
	size, _ := strconv.Atoi(words[2])
	if given := r.Header.Get("X-Run"); given != "" && given != run {
		w.fault("%s has the header of %s", r.URL, given)
	}
	answer := namedDoc(run, size)
	out.Header().Set("Content-Type", "application/json")
	out.Header().Set("X-Run", run)
	switch what {
	case "early":
		answer = []byte(`{"run":"<` + run + `>"}`)
	case "refuse":
		w.look(r, run)
		out.Header().Set("X-Amzn-Errortype", "InvalidRequestContentException")
		out.WriteHeader(http.StatusBadRequest)
		answer = []byte(`{"message":"<` + run + `> is refused"}`)
	case "unhandled":
		w.look(r, run)
		out.Header().Set("X-Amz-Function-Error", "Unhandled")
		answer = append([]byte(`{"errorType":"Lost","errorMessage":"<`+run+`> is lost",`), answer[1:]...)
	case "once":
		w.look(r, run)
		if _, again := w.tries.LoadOrStore(last, true); !again {
			out.WriteHeader(http.StatusServiceUnavailable)
			return
		}
	case "cut":
		w.look(r, run)
		out.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = out.Write(answer[:len(answer)/2])
		panic(http.ErrAbortHandler)
	case "hang":
		out.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = out.Write(answer[:len(answer)/2])
		_ = http.NewResponseController(out).Flush()
		select {
		case <-r.Context().Done():
		case <-w.ends:
		}
		panic(http.ErrAbortHandler)
	default:
		w.look(r, run)
	}
	out.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	_, _ = out.Write(answer)
}

// given is what an operation keeps that promises nothing.
type given struct {
	params map[string]any
	v      any
}

// witness keeps what it is given, and by which run.
type witness struct {
	mu   sync.Mutex
	kept map[string][]any
}

func (w *witness) keep(run string, v any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept[run] = append(w.kept[run], v)
}

func (w *witness) connector() *connector.Connector {
	v := &schema.Field{Name: "v", Type: schema.Any, Accept: schema.Accept{Payload: true}}
	run := &schema.Field{Name: "run", Type: schema.String}
	return &connector.Connector{Name: "witness", Summary: "Keeps.", Operations: []*connector.Operation{{
		Name: "witness.keep", Summary: "Keep it.",
		Describe: func() connector.Shape { return connector.Shape{Params: schema.MustNew(v, run)} },
		Run: func(_ context.Context, call *connector.Call) (any, error) {
			w.keep(call.Params["run"].(string), given{call.Params, call.Params["v"]})
			return nil, nil
		},
	}}}
}

// drawn is a flow that is drawn.
type drawn struct {
	*rand.Rand
	n      int
	smooth bool // nothing fails in it, so that the run gives back what it has
}

type (
	step  = map[string]any
	steps = []any
)

func (d *drawn) size() int {
	return []int{200, 3 << 10, 20 << 10, 33 << 10, 64 << 10, 65 << 10, 100 << 10, 200 << 10, 255 << 10, 300 << 10}[d.IntN(10)]
}

func (d *drawn) id() string { d.n++; return "s" + strconv.Itoa(d.n) }

func pick[T any](d *drawn, of []T) T { return of[d.IntN(len(of))] }

func (d *drawn) function(what string) string {
	d.n++
	return fmt.Sprintf("%s-${ctx.run}-%d-%d", what, d.size(), d.n)
}

// invoke is a call of a function that is given one of the values.
func (d *drawn) invoke(what string, refs []string) step {
	with := step{"functionName": d.function(what)}
	if len(refs) > 0 {
		ref := "${" + pick(d, refs) + "}"
		switch d.IntN(5) {
		case 0:
			with["payload"] = step{"note": "<${ctx.run}>", "a": ref, "b": steps{ref, "${" + pick(d, refs) + "}"}}
		case 1:
			with["payload"] = "${{a: " + pick(d, refs) + ", note: '<' + ctx.run + '>'}}"
		default:
			with["payload"] = ref
		}
	}
	return step{"id": d.id(), "call": "lambda.invoke", "with": with}
}

func (d *drawn) request(refs []string) step {
	with := step{"url": "/" + d.function("get"), "headers": step{"X-Run": "${ctx.run}"}}
	if len(refs) > 0 && d.IntN(3) > 0 {
		with["method"], with["body"] = "POST", "${"+pick(d, refs)+"}"
	}
	return step{"id": d.id(), "call": "http.request", "with": with}
}

func payloadOf(st step) string {
	if st["call"] == "http.request" {
		return "steps." + st["id"].(string) + ".body"
	}
	return "steps." + st["id"].(string) + ".Payload"
}

// block draws steps, and gives with them what those behind may use.
func (d *drawn) block(depth int, refs []string) (list steps, more []string) {
	more = append([]string{}, refs...)
	for most := 2 + d.IntN(3); len(list) < most; {
		switch n := d.IntN(14); {
		case n < 4 || len(more) == 0:
			st := d.invoke(pick(d, []string{"make", "take", "make", "take", pick(d, []string{"take", "once"})}), more)
			if n == 0 {
				st["undo"] = step{"call": "lambda.invoke", "with": step{"functionName": d.function("undo"), "payload": "${result.Payload}"}}
			}
			if strings.HasPrefix(st["with"].(step)["functionName"].(string), "once") {
				st["retry"] = step{"attempts": 3, "delay": "1ms", "on": steps{"unavailable", "throttled"}}
				st["idempotent"] = true
			}
			list, more = append(list, st), append(more, payloadOf(st))
		case n == 4 && d.IntN(2) == 0:
			st := d.request(more)
			list, more = append(list, st), append(more, payloadOf(st))
		case n == 5:
			d.n++
			name := "v" + strconv.Itoa(d.n)
			list = append(list, step{"set": step{name: "${" + pick(d, more) + "}", name + "p": "${" + pick(d, more) + ".pad ?? ''}"}})
			more = append(more, "ctx."+name)
		case n == 6 && d.IntN(2) == 0:
			list = append(list, step{"call": "log.info", "with": step{
				"message": "<${ctx.run}> says", "fields": step{"all": "${" + pick(d, more) + "}", "pad": "${" + pick(d, more) + ".pad ?? ''}"},
			}})
		case n == 7:
			list = append(list, step{"call": "witness.keep", "with": step{"run": "${ctx.run}", "v": "${" + pick(d, more) + "}"}})
		case n == 8 && depth > 0:
			branches := step{}
			for i := range 2 + d.IntN(2) {
				inner, _ := d.block(depth-1, more)
				branches["b"+strconv.Itoa(i)] = inner
			}
			st := step{"parallel": branches}
			if d.IntN(2) == 0 {
				st["onError"] = "collect"
			}
			list = append(list, st)
		case n == 9 && depth > 0:
			inner, got := d.block(depth-1, more)
			id := d.id()
			list = append(list, step{
				"id": id, "forEach": "${1.." + strconv.Itoa(1+d.IntN(8)) + "}", "as": "i" + id, "concurrency": 1 + d.IntN(3), "do": inner, "collect": "${" + pick(d, got) + "}",
			})
			more = append(more, "steps."+id+"[0]")
		case n <= 11 && depth > 0 && !d.smooth:
			inner, got := d.block(depth-1, more)
			bad := d.invoke(pick(d, []string{"refuse", "unhandled", "cut", "hang", "early"}), got)
			if strings.HasPrefix(bad["with"].(step)["functionName"].(string), "hang") {
				bad["timeout"] = "20ms"
			}
			inner = append(inner, bad, step{"fail": step{"code": "Mine", "message": "<${ctx.run}> fails", "details": step{"all": "${" + pick(d, got) + "}"}}})
			caught, _ := d.block(depth-1, more)
			d.n++
			name := "v" + strconv.Itoa(d.n)
			list = append(list, step{"try": inner, "catch": steps{step{"do": append(steps{step{"set": step{name: "${error.message}"}}}, caught...)}}})
		case n == 12:
			st := step{"id": d.id(), "flow": "called.yaml", "with": step{"run": "${ctx.run}", "given": "${" + pick(d, more) + "}"}}
			list, more = append(list, st), append(more, "steps."+st["id"].(string))
		}
	}
	return list, more
}

const namedCalled = `
flow: called
inputs: {run: {type: string, required: true}, given: {type: any}}
steps:
  - {id: one, call: lambda.invoke, with: {functionName: "take-${ctx.run}-70000-1", payload: "${ctx.given}"}}
  - {call: log.info, with: {message: "<${ctx.run}>", fields: {given: "${ctx.given}"}}}
  - {id: two, call: lambda.invoke, with: {functionName: "take-${ctx.run}-40000-2", payload: "${steps.one.Payload}"}}
output: "${steps.two.Payload}"
`

func (d *drawn) flow(t *testing.T, registry *connector.Registry) *flows.Flow {
	t.Helper()
	list, refs := d.block(d.IntN(3), nil)
	if !d.smooth && d.IntN(8) == 0 {
		list = append(list, step{"fail": step{"code": "Last", "message": "<${ctx.run}> ends", "details": step{"all": "${" + pick(d, refs) + "}"}}})
	}
	flow := step{
		"flow": "drawn", "inputs": step{"run": step{"type": "string", "required": true}}, "steps": list,
		"output": step{"run": "<${ctx.run}>", "one": "${" + pick(d, refs) + "}", "two": steps{"${" + pick(d, refs) + "}"}},
	}
	if d.IntN(3) == 0 {
		flow["secrets"] = step{"key": nil}
		flow["steps"] = append(steps{step{"call": "witness.keep", "with": step{"run": "${ctx.run}", "v": "<${ctx.run}> ${len(secrets.key)}"}}}, list...)
	}
	text, err := json.Marshal(flow)
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{"flow.yaml": {Data: text}, "called.yaml": {Data: []byte(namedCalled)}}
	loaded, err := flows.Load(fsys, "flow.yaml", registry)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return loaded
}

// observing keeps what it is told as a watcher.
type observing struct {
	w   *witness
	run string
}

func (o observing) Observe(report.Part) report.Watch { return o }
func (o observing) Trace() connector.Trace           { return connector.Trace{} }
func (o observing) Event(e *report.Event)            { o.w.keep(o.run, *e) }
func (o observing) Replayed(e *report.Event)         { o.w.keep(o.run, *e) }
func (o observing) End()                             {}
func (o observing) Attempt(report.Attempt) report.AttemptWatch {
	return attempting(o)
}

type attempting observing

func (attempting) Context(ctx context.Context) context.Context { return ctx }
func (a attempting) End(failure *connector.Error) {
	if failure != nil {
		a.w.keep(a.run, failure)
	}
}

func textOfKept(v any) string {
	switch x := v.(type) {
	case given:
		return fmt.Sprint(value.Plain(x.params), value.Plain(x.v))
	case report.Event:
		text := fmt.Sprint(x.Message, value.Plain(x.Fields))
		if x.Err != nil {
			text += textOfKept(x.Err)
		}
		return text
	case *report.RunError:
		return fmt.Sprint(x.Message, value.Plain(x.Params), value.Plain(x.Details), value.Plain(x.Value()), x.Error())
	case *connector.Error:
		return fmt.Sprint(x.Message, value.Plain(x.Details), x.Error())
	}
	return fmt.Sprint(value.Plain(v))
}

// Whatever runs do beside each other, however they end, nothing of one is seen in another:
// not in what is sent, kept, logged, watched or given.
func TestRunsHaveNothingOfOthers(t *testing.T) {
	seed, each := uint64(1), 4
	if n, err := strconv.Atoi(os.Getenv("MEDLAR_TEST_ROUNDS")); err == nil {
		seed, each = uint64(time.Now().UnixNano()), n
	}
	t.Logf("seed %d", seed)
	world := &namedWorld{ends: make(chan struct{})}
	world.Server = httptest.NewServer(world)
	defer world.Close()
	defer close(world.ends)
	kept := &witness{kept: map[string][]any{}}
	registry, err := connector.NewRegistry(lambda.Connector(), kept.connector(), ophttp.Connector(), core.Log())
	if err != nil {
		t.Fatal(err)
	}
	d := &drawn{Rand: rand.New(rand.NewPCG(seed, 0))}
	var all []*flows.Flow
	for i := range 24 {
		d.smooth = i%3 > 0
		all = append(all, d.flow(t, registry))
	}
	j, err := journal.Open(filepath.Join(t.TempDir(), "runs"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close() //nolint:errcheck // the end of the test
	var workers sync.WaitGroup
	var good, bad atomic.Int64
	for worker := range 8 {
		workers.Go(func() {
			own := rand.New(rand.NewPCG(seed, uint64(worker)+1))
			for i := range each {
				run := fmt.Sprintf("r%dx%d", worker, i)
				options := []flows.RunOption{
					flows.WithConnectionDefaults("lambda", map[string]any{"region": "eu-west-1", "endpoint": world.URL, "accessKeyId": "AKID", "secretAccessKey": "not-a-secret"}),
					flows.WithConnectionDefaults("http", map[string]any{"baseUrl": world.URL}),
					flows.WithSecrets(func(context.Context, string) (string, bool, error) { return "hush-hush-<" + run + ">", true, nil }),
				}
				if own.IntN(2) == 0 {
					options = append(options, flows.WithListener(func(e report.Event) { kept.keep(run, e) }))
				}
				if own.IntN(3) == 0 {
					options = append(options, flows.WithObserver(observing{kept, run}))
				}
				if own.IntN(10) == 0 {
					options = append(options, flows.WithTimeout(time.Duration(1+own.IntN(40))*time.Millisecond))
				}
				ctx, cancel := context.WithCancel(t.Context())
				if own.IntN(10) == 0 {
					time.AfterFunc(time.Duration(own.IntN(40))*time.Millisecond, cancel)
				}
				flow, inputs := all[own.IntN(len(all))], map[string]any{"run": run}
				var got *flows.Result
				var err error
				if own.IntN(5) == 0 {
					got, err = j.Run(ctx, flow, inputs, append(options, flows.WithRunID(run))...)
				} else {
					got, err = flow.Run(ctx, inputs, options...)
				}
				cancel()
				if failure := report.AsRunError(err); err != nil {
					bad.Add(1)
					if os.Getenv("MEDLAR_TEST_ROUNDS") != "" {
						t.Logf("%s: %.300s", run, err)
					}
					kept.keep(run, failure)
					continue
				}
				good.Add(1)
				kept.keep(run, got.Output)
				kept.keep(run, got.Shown)
				if text := fmt.Sprint(got.Output); !names(text, run) {
					t.Errorf("%s gave %.300s", run, text)
				}
			}
		})
	}
	workers.Wait()
	if wrong := world.wrong.Load(); wrong != nil {
		t.Error(*wrong)
	}
	looked, size := 0, 0
	for run, list := range kept.kept {
		for _, v := range list {
			text := textOfKept(v)
			looked, size = looked+1, size+len(text)
			if _, full := v.(given); full && !names(text, run) || namesOther(text, run) {
				t.Errorf("%s has kept %T %.300s", run, v, text)
			}
		}
	}
	t.Logf("%d runs went well, %d did not; %d values of %d bytes", good.Load(), bad.Load(), looked, size)
}
