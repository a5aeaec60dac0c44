package awsapi

import (
	"context"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
)

// The operations of a client are its methods of that form, under the names that
// the methods themselves have.
func TestOperationsAreNamedAsTheMethods(t *testing.T) {
	for _, newClient := range []any{lambda.NewFromConfig, sqs.NewFromConfig, sts.NewFromConfig, newFakeClient} {
		s := newService(newClient)
		var want, got []string
		for i := range s.client.NumMethod() {
			m := s.client.Method(i)
			if m.Type.NumIn() != 4 || m.Type.NumOut() != 2 {
				continue
			}
			if name, ok := structName(m.Type.In(2), "Input"); ok && name == m.Name {
				want = append(want, m.Name)
			}
		}
		client := s.probe()
		for _, m := range s.methods() {
			got = append(got, m.name)
			bound, _ := reflect.TypeOf(client.Interface()).MethodByName(m.name)
			if diff := cmp.Diff(bound.Type.In(2).Elem().String(), m.input().String()); diff != "" {
				t.Errorf("the input of %s (-want +got):\n%s", m.name, diff)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("operations of %s (-want +got):\n%s", s.client, diff)
		}
	}
}

// Near misses are no operations.
func TestOtherMethodsAreNoOperations(t *testing.T) {
	type (
		option func(*fakeOptions)
		ctx    = context.Context
	)
	s := newService(newFakeClient)
	for name, f := range map[string]any{
		"no context":    func(string, *PutThingInput, ...func(*fakeOptions)) (*PutThingOutput, error) { return nil, nil },
		"no options":    func(ctx, *PutThingInput) (*PutThingOutput, error) { return nil, nil },
		"other options": func(ctx, *PutThingInput, ...option) (*PutThingOutput, error) { return nil, nil },
		"other output":  func(ctx, *PutThingInput, ...func(*fakeOptions)) (*ListThingsOutput, error) { return nil, nil },
		"output alone":  func(ctx, *PutThingInput, ...func(*fakeOptions)) *PutThingOutput { return nil },
		"no input":      func(ctx, *PutThingOutput, ...func(*fakeOptions)) (*PutThingOutput, error) { return nil, nil },
		"a value":       func(ctx, PutThingInput, ...func(*fakeOptions)) (*PutThingOutput, error) { return nil, nil },
		"configuration": func(aws.Config, *PutThingInput, ...func(*fakeOptions)) (*PutThingOutput, error) { return nil, nil },
	} {
		if got, ok := s.operation(reflect.TypeOf(f)); ok {
			t.Errorf("%s: operation %q", name, got)
		}
	}
	good := func(ctx, *PutThingInput, ...func(*fakeOptions)) (*PutThingOutput, error) { return nil, nil }
	if got, ok := s.operation(reflect.TypeOf(good)); !ok || got != "PutThing" {
		t.Errorf("operation %q, %t; want PutThing", got, ok)
	}
}
