package connector

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/schema"
)

type sendIn struct {
	To     string            `param:"to,required" alias:"recipient"`
	Copies int               `param:"copies" default:"1" min:"1"`
	Wait   time.Duration     `param:"wait"`
	Key    schema.Secret     `param:"key"`
	Tags   map[string]string `param:"tags"`
	Raw    []byte            `param:"raw"`
}

type sendOut struct {
	ID   string    `param:"id"`
	Sent time.Time `param:"sent"`
	Echo sendIn    `param:"echo"`
	Note *string   `param:"note"`
}

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func TestOpRoundTrip(t *testing.T) {
	op := Op("mail.send", "Send a letter.", func(_ context.Context, in sendIn) (sendOut, error) {
		return sendOut{ID: "m-1", Sent: noon, Echo: in}, nil
	}, WithEffect(EffectIdempotent), WithAliases("Send"), WithErrors(ErrorCode{Code: "NoStamp", Class: ClassInvalid}))
	if op.Effect != EffectIdempotent || len(op.Aliases) != 1 || len(op.Errors) != 1 {
		t.Errorf("the options do not show: %v, %v, %v", op.Effect, op.Aliases, op.Errors)
	}
	params, err := op.Params().Convert(map[string]any{
		"recipient": "ann", "copies": "2", "wait": "90s", "key": "hush", "tags": map[string]any{"a": "b"}, "raw": "aGk=",
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := op.Run(context.Background(), &Call{Params: params})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"id": "m-1", "sent": "2026-01-31T12:00:00Z", "note": nil,
		"echo": map[string]any{
			"to": "ann", "copies": int64(2), "wait": "1m30s", "key": "hush", "tags": map[string]any{"a": "b"}, "raw": []byte("hi"),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if !op.Result().Members.Field("echo").HasSecret() {
		t.Error("the result's schema does not know its secret")
	}
}

func TestOpErrors(t *testing.T) {
	broken := &Error{Code: "Broken", Class: ClassDenied}
	op := Op("mail.send", "", func(context.Context, sendIn) (sendOut, error) { return sendOut{ID: "lost"}, broken })
	got, err := op.Run(context.Background(), &Call{Params: map[string]any{"to": "ann"}})
	if got != nil || !errors.Is(err, broken) {
		t.Errorf("Run gives %v, %v, want the function's error alone", got, err)
	}
	_, err = op.Run(context.Background(), &Call{Params: map[string]any{"copies": "many"}})
	if want := (&Error{Code: "InvalidParameter", Class: ClassInvalid}); !errors.Is(err, want) {
		t.Errorf("unconverted parameters: %v, want %v", err, want)
	}
}

func TestOpWithGetsTheCall(t *testing.T) {
	type key struct{}
	op := OpWith("mail.send", "", func(ctx context.Context, call *Call, _ struct{}) (string, error) {
		return ctx.Value(key{}).(string) + call.IdempotencyKey, nil
	})
	got, err := op.Run(context.WithValue(context.Background(), key{}, "ctx-"), &Call{IdempotencyKey: "k-1"})
	if err != nil || got != "ctx-k-1" {
		t.Errorf("Run gives %v, %v", got, err)
	}
	if op.Result().Type != schema.String || len(op.Params().Fields()) != 0 {
		t.Errorf("shape: %v, %v", op.Result(), op.Params().Fields())
	}
}

func TestCallEffect(t *testing.T) {
	run := func(context.Context, struct{}) (string, error) { return "", nil }
	of := func(params map[string]any) Effect {
		if params["read"] == true {
			return EffectReadOnly
		}
		return EffectIdempotent
	}
	plain, op := Op("mail.send", "", run, WithEffect(EffectIdempotent)), Op("mail.call", "", run, WithCallEffect(of))
	if got := plain.EffectOf(map[string]any{"read": true}); got != EffectIdempotent {
		t.Errorf("an operation of one effect has %s", got)
	}
	if got := op.EffectOf(map[string]any{"read": true}); got != EffectReadOnly || op.Effect != EffectMutating {
		t.Errorf("a call that reads is %s, its operation %s", got, op.Effect)
	}
	if got := op.EffectOf(nil); got != EffectIdempotent {
		t.Errorf("a call that writes is %s", got)
	}
}

func TestOpPanics(t *testing.T) {
	type bad struct {
		C chan int `param:"c"`
	}
	tests := []struct {
		name string
		make func()
		want string
	}{
		{"parameters of no value", func() { Op("a.b", "", func(context.Context, bad) (string, error) { return "", nil }) }, "operation a.b: parameters: connector.bad.C"},
		{"parameters that are no struct", func() { Op("a.b", "", func(context.Context, string) (string, error) { return "", nil }) }, "operation a.b: the parameters must be a struct, found string"},
		{"a result of no value", func() { Op("a.b", "", func(context.Context, struct{}) (func(), error) { return nil, nil }) }, "operation a.b: result: a func()"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			defer func() {
				got, _ := recover().(string)
				if !strings.Contains(got, tt.want) {
					t.Errorf("panic %q, want %q in it", got, tt.want)
				}
			}()
			tt.make()
			t.Error("no panic")
		})
	}
}

func TestShapeOfAnUndescribedOperation(t *testing.T) {
	op := &Operation{Name: "a.b", Run: noRun}
	if len(op.Params().Fields()) != 0 || op.Params().IsOpen() {
		t.Errorf("parameters %v, want none", op.Params().Fields())
	}
	if r := op.Result(); r.Type != schema.Any || !r.Nullable {
		t.Errorf("result %v, want anything", r)
	}
}

func TestDescribeRunsOnce(t *testing.T) {
	var runs atomic.Int32
	op := &Operation{Name: "a.b", Run: noRun, Describe: func() Shape { runs.Add(1); return Shape{} }}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { op.Params(); op.Result() })
	}
	wg.Wait()
	if n := runs.Load(); n != 1 {
		t.Errorf("Describe ran %d times", n)
	}
}

func TestEffectString(t *testing.T) {
	for effect, want := range map[Effect]string{EffectMutating: "mutating", EffectReadOnly: "read-only", EffectIdempotent: "idempotent", 9: "mutating"} {
		if got := effect.String(); got != want {
			t.Errorf("Effect(%d) is %q, want %q", effect, got, want)
		}
	}
}
