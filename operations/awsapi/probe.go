package awsapi

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/medlar-flow/medlar/internal/regex"
)

// maxProbeDepth bounds how deep required members are looked for; the deepest
// input of the SDK's Lambda client needs five levels.
const maxProbeDepth = 8

var errUnreachable = errors.New("this client only validates")

// unreachable stands for the network and the credentials of a probing client.
type unreachable struct{}

func (unreachable) Do(*http.Request) (*http.Response, error) { return nil, errUnreachable }

func (unreachable) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{}, errUnreachable
}

// probeConfig configures a client that can do nothing but validate its input.
func probeConfig() aws.Config {
	return aws.Config{
		Region:      "us-east-1",
		HTTPClient:  unreachable{},
		Credentials: unreachable{},
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
}

// required finds the required members of an operation, also those inside
// structures: the SDK validates an input before anything else and names what
// is missing. The first probe is an empty input; each further one gives one
// level more of structures, lists and maps, with one empty element each.
func required(method reflect.Value, input reflect.Type) map[string]bool {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	found := map[string]bool{}
	for depth := range maxProbeDepth {
		in := reflect.New(input)
		deeper := grow(in.Elem(), depth)
		answer := method.Call([]reflect.Value{reflect.ValueOf(ctx), in})
		err, _ := answer[1].Interface().(error)
		for _, path := range missing(err) {
			found[path] = true
		}
		if !deeper {
			break
		}
	}
	return found
}

var indexPattern = regex.Late{Text: `\[("[^"]*"|\d+)\]`}

// missing returns the members that a validation error names, as paths of ours:
// "CreateAliasInput.Tags[0].Key" is "tags[].key".
func missing(err error) []string {
	var invalid smithy.InvalidParamsError
	if !errors.As(err, &invalid) {
		return nil
	}
	var paths []string
	for _, e := range invalid.Errs() {
		var param smithy.InvalidParamError
		if !errors.As(e, &param) {
			continue
		}
		_, path, _ := strings.Cut(param.Field(), ".")
		if strings.Contains(path, "[") {
			path = indexPattern.Get().ReplaceAllString(path, "[]")
		}
		paths = append(paths, lowerPath(path))
	}
	return paths
}

// grow returns v's containers one empty element each, depth levels deep. It is
// true where a further level would give more.
func grow(v reflect.Value, depth int) bool {
	switch v.Kind() {
	case reflect.Struct:
		return growStruct(v, depth)
	case reflect.Pointer:
		if v.Type().Elem().Kind() != reflect.Struct || v.Type().Elem() == timeType {
			return false
		}
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			return grow(v.Elem(), depth-1)
		}
		return true
	case reflect.Slice:
		if v.Type() == bytesType {
			return false
		}
		if depth > 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			return grow(v.Index(0), depth-1)
		}
		return true
	case reflect.Map:
		return growMap(v, depth)
	default:
		return false
	}
}

func growStruct(v reflect.Value, depth int) bool {
	deeper := false
	for _, m := range membersOf(v.Type()) {
		if grow(v.Field(m.index), depth) {
			deeper = true
		}
	}
	return deeper
}

func growMap(v reflect.Value, depth int) bool {
	if depth == 0 {
		return true
	}
	elem := reflect.New(v.Type().Elem()).Elem()
	deeper := grow(elem, depth-1)
	v.Set(reflect.MakeMap(v.Type()))
	v.SetMapIndex(reflect.ValueOf("k").Convert(v.Type().Key()), elem)
	return deeper
}
