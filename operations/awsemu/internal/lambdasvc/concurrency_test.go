package lambdasvc

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/entropy"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/fixture"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/tasks"
)

// gate is a runner whose functions last until it is opened.
type gate struct {
	entered chan struct{}
	open    chan struct{}
}

func (g *gate) run(ctx context.Context, _ invocation) (outcome, error) {
	g.entered <- struct{}{}
	select {
	case <-g.open:
	case <-ctx.Done():
	}
	return outcome{payload: []byte("null")}, nil
}

func (*gate) warm(context.Context, invocation, int) (string, error) { return "", nil }

func (*gate) forget(functionRef) {}
func (*gate) close()             {}

// gated is Lambda with one function whose runs last until g opens.
func gated(t *testing.T) (*API, *gate) {
	t.Helper()
	f := &fixture.File{Functions: []fixture.Function{{Name: "f", Timeout: 900, MemorySize: 128}}, Concurrency: 2}
	l, err := New(Options{Fixture: f, Entropy: entropy.New(rand.Reader), Clock: time.Now, Tasks: tasks.New()})
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{entered: make(chan struct{}, 8), open: make(chan struct{})}
	l.runner = g
	return l, g
}

func invokeCall(kind string) *service.Call {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(""))
	r.Header.Set("X-Amz-Invocation-Type", kind)
	return &service.Call{
		HTTP: r, Vars: map[string]string{"FunctionName": "f"}, Region: "us-east-1",
		Caller: access.Identity{Account: "000000000000", Arn: "arn:aws:iam::000000000000:root"},
	}
}

func TestConcurrencyLimit(t *testing.T) {
	l, g := gated(t)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if _, err := l.invoke(invokeCall("")); err != nil {
				t.Error(err)
			}
		})
		<-g.entered
	}
	_, err := l.invoke(invokeCall(""))
	refusal := service.AsAPIError(err)
	if refusal.Code != "TooManyRequestsException" || refusal.Status != 429 {
		t.Errorf("got %v", err)
	}
	close(g.open)
	all.Wait()
	if _, err := l.invoke(invokeCall("")); err != nil {
		t.Errorf("after the others have ended: %v", err)
	}
}
