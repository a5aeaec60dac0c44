package awsapi

import (
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/medlar-flow/medlar/internal/value"
)

// Whatever fits the SDK's input is what is read back from it, under the AWS
// spelling. It holds for every input of both clients.
func TestInputsAreSetWhole(t *testing.T) {
	for _, newClient := range []any{lambda.NewFromConfig, sts.NewFromConfig} {
		for _, m := range newService(newClient).methods() {
			t.Run(m.name, func(t *testing.T) {
				input := m.input()
				set, read := newSetters(nil).forStruct(input), make(readers).forStruct(input)
				rapid.Check(t, func(t *rapid.T) {
					params, want := drawStruct(t, input)
					in := reflect.New(input)
					if err := set.fill(in.Elem(), params); err != nil {
						t.Fatal(err)
					}
					got, err := read.read(in.Elem())
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("input (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// drawStruct returns parameters as they are given, and as they are read.
func drawStruct(t *rapid.T, typ reflect.Type) (params, want map[string]any) {
	params, want = map[string]any{}, map[string]any{}
	for _, m := range membersOf(typ) {
		if m.typ.Kind() == reflect.Interface {
			want[m.awsName] = nil
			continue
		}
		given, read := drawValue(t, valueType(m.typ), m.awsName)
		params[m.name], want[m.awsName] = given, read
	}
	return params, want
}

func drawValue(t *rapid.T, typ reflect.Type, label string) (given, read any) {
	same := func(v any) (any, any) { return v, v }
	switch typ {
	case timeType:
		seconds := rapid.Int64Range(0, 4e9).Draw(t, label)
		return same(value.FormatTime(time.Unix(seconds, 0)))
	case bytesType:
		return same(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, label))
	}
	switch typ.Kind() {
	case reflect.String:
		return same(rapid.StringN(1, 4, -1).Draw(t, label))
	case reflect.Bool:
		return same(rapid.Bool().Draw(t, label))
	case reflect.Float64:
		return same(rapid.Float64().Draw(t, label))
	case reflect.Int32:
		return same(rapid.Int64Range(math.MinInt32, math.MaxInt32).Draw(t, label))
	case reflect.Int64:
		return same(rapid.Int64().Draw(t, label))
	case reflect.Struct:
		params, want := drawStruct(t, typ)
		return params, want
	case reflect.Slice:
		return drawList(t, typ, label)
	case reflect.Map:
		return drawMap(t, typ, label)
	default:
		t.Fatalf("%s is a %s", label, typ)
		return nil, nil
	}
}

func drawList(t *rapid.T, typ reflect.Type, label string) (given, read any) {
	n := rapid.IntRange(0, 2).Draw(t, label)
	a, b := make([]any, n), make([]any, n)
	for i := range n {
		a[i], b[i] = drawValue(t, valueType(typ.Elem()), label)
	}
	return a, b
}

func drawMap(t *rapid.T, typ reflect.Type, label string) (given, read any) {
	a, b := map[string]any{}, map[string]any{}
	for _, key := range rapid.SliceOfNDistinct(rapid.StringN(0, 3, -1), 0, 2, rapid.ID[string]).Draw(t, label) {
		a[key], b[key] = drawValue(t, valueType(typ.Elem()), label)
	}
	return a, b
}
