package flows_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/schema"
)

// recorder is a connector whose operations write down their calls.
type recorder struct {
	mu     sync.Mutex
	calls  []string
	tries  map[string]int
	opened atomic.Int64
	closed atomic.Int64
	onOpen func(host any)
	eager  bool // test.answer decodes what it gives
}

type echoIn struct {
	Value any    `param:"value" doc:"What to give back."`
	Name  string `param:"name" doc:"A name for the record."`
}

type failIn struct {
	Name    string `param:"name"`
	Code    string `param:"code" default:"Broken"`
	Class   string `param:"class" default:"unavailable"`
	Times   int    `param:"times" default:"1000" doc:"How often to fail before succeeding."`
	Unknown bool   `param:"unknown" doc:"Fail with an unknown outcome."`
}

type sleepIn struct {
	For    time.Duration `param:"for,required"`
	Name   string        `param:"name"`
	Result any           `param:"result"`
}

type loginIn struct {
	Password schema.Secret `param:"password,required"`
}

type loginOut struct {
	Token schema.Secret `param:"token"`
	User  string        `param:"user"`
}

type recorderConn struct{ r *recorder }

func (c recorderConn) Close() error { c.r.closed.Add(1); return nil }

func (r *recorder) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, fmt.Sprintf(format, args...))
}

func (r *recorder) noted() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.calls, " ")
}

func (r *recorder) try(name string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tries == nil {
		r.tries = map[string]int{}
	}
	r.tries[name]++
	return r.tries[name]
}

func (r *recorder) fail(_ context.Context, in failIn) (any, error) {
	r.note("fail:%s", in.Name)
	if r.try(in.Name) > in.Times {
		return "done", nil
	}
	err := &connector.Error{Code: in.Code, Class: connector.Class(in.Class), Message: "it broke"}
	if in.Unknown {
		err.Outcome = connector.OutcomeUnknown
	}
	return nil, err
}

func (r *recorder) sleep(ctx context.Context, in sleepIn) (any, error) {
	select {
	case <-time.After(in.For):
		r.note("slept:%s", in.Name)
		return in.Result, nil
	case <-ctx.Done():
		r.note("stopped:%s", in.Name)
		return nil, ctx.Err()
	}
}

// connector returns the operations: echo (read-only), change and fail
// (mutating), sleep (read-only), toil (mutating), login (secrets), boom.
func (r *recorder) connector() *connector.Connector {
	echo := func(_ context.Context, in echoIn) (any, error) { r.note("echo:%s", in.Name); return in.Value, nil }
	change := func(_ context.Context, in echoIn) (any, error) { r.note("change:%s", in.Name); return in.Value, nil }
	login := func(_ context.Context, in loginIn) (loginOut, error) {
		return loginOut{Token: schema.Secret("token-of-" + in.Password.Reveal()), User: "ada"}, nil
	}
	leak := func(_ context.Context, in loginIn) (any, error) {
		return nil, errors.New("no user has the password " + in.Password.Reveal())
	}
	boom := func(context.Context, struct{}) (any, error) { panic("boom") }
	return &connector.Connector{
		Name: "test", Summary: "Operations for tests.",
		Connection: schema.MustNew(&schema.Field{Name: "host", Type: schema.String}, &schema.Field{Name: "key", Type: schema.String, Secret: true}),
		Open: func(_ context.Context, req connector.OpenRequest) (connector.Connection, error) {
			if r.onOpen != nil {
				r.onOpen(req.Params["host"])
			}
			r.opened.Add(1)
			return recorderConn{r}, nil
		},
		Operations: []*connector.Operation{
			connector.Op("test.echo", "Give back a value.", echo, connector.WithEffect(connector.EffectReadOnly)),
			connector.Op("test.change", "Change something.", change),
			connector.Op("test.fail", "Fail.", r.fail),
			connector.Op("test.sleep", "Wait.", r.sleep, connector.WithEffect(connector.EffectReadOnly)),
			connector.Op("test.toil", "Wait, and change something.", r.sleep),
			connector.Op("test.login", "Log in.", login),
			connector.Op("test.leak", "Fail with a secret in the message.", leak),
			connector.Op("test.boom", "Panic.", boom),
			connector.Op("test.fault", "Fail where told.", r.fault),
			r.answer(), r.send(),
		},
	}
}

func (r *recorder) registry(t testing.TB) *connector.Registry {
	t.Helper()
	plain := &connector.Connector{Name: "plain", Operations: []*connector.Operation{
		connector.Op("plain.nothing", "Do nothing.", func(context.Context, struct{}) (any, error) { return nil, nil }),
	}}
	reg, err := connector.NewRegistry(append(operations.All(), r.connector(), plain)...)
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// load checks a flow that must be right.
func load(t testing.TB, r *recorder, text string) *flows.Flow {
	t.Helper()
	f, err := tryLoad(t, r, text)
	if err != nil {
		t.Fatalf("the flow is refused:\n%v\n%s", err, text)
	}
	return f
}

func tryLoad(t testing.TB, r *recorder, text string) (*flows.Flow, error) {
	t.Helper()
	fsys := fstest.MapFS{"flow.yaml": {Data: []byte(text)}, "data.bin": {Data: []byte("from a file")}}
	return loadWith(fsys, "flow.yaml", r.registry(t))
}

// registries are those that flows were loaded with, for what loads them again.
var registries sync.Map

func loadWith(fsys fs.FS, name string, registry *connector.Registry) (*flows.Flow, error) {
	f, err := flows.Load(fsys, name, registry)
	registries.Store(f, registry)
	return f, err
}

// run checks and runs a flow.
func run(t *testing.T, r *recorder, text string, inputs map[string]any, options ...flows.RunOption) (*flows.Result, error) {
	t.Helper()
	return carry(t.Context(), t, load(t, r, text), inputs, options...)
}

// output runs a flow that must succeed, and gives its output as JSON.
func output(t *testing.T, r *recorder, text string, inputs map[string]any, options ...flows.RunOption) string {
	t.Helper()
	result, err := run(t, r, text, inputs, options...)
	if err != nil {
		t.Fatalf("the run failed: %v", err)
	}
	out, err := value.EncodeJSON(result.Output)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// failure runs a flow that must fail.
func failure(t *testing.T, r *recorder, text string, inputs map[string]any, options ...flows.RunOption) *report.RunError {
	t.Helper()
	result, err := run(t, r, text, inputs, options...)
	var failure *report.RunError
	if !errors.As(err, &failure) {
		t.Fatalf("the run gave %v and %v, want a failure", result, err)
	}
	return failure
}
