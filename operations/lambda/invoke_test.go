package lambda_test

import (
	"encoding/base64"
	"errors"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
)

func TestInvokePayload(t *testing.T) {
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	tests := []struct {
		name    string
		payload any
		want    string
	}{
		{"a map", map[string]any{"b": int64(1), "a": []any{true, nil}}, `{"a":[true,null],"b":1}`},
		{"a list", []any{int64(1)}, `[1]`},
		{"an integer", int64(7), `7`},
		{"a large integer", huge, `123456789012345678901234567890`},
		{"text", "hello", `"hello"`},
		{"text of a number", "12", `"12"`},
		{"text of an object", `{ "key": "value" }`, `{ "key": "value" }`},
		{"text of an array", `[1, 2]`, `[1, 2]`},
		{"text that begins like an object", `{not json`, `"{not json"`},
		{"bytes", []byte{0, 1}, "\x00\x01"},
		{"none", nil, ""},
		{"an answer", value.NewPayload([]byte(" {\"b\": 1.0,\n\"a\":123456789012345678901234567890} ")), " {\"b\": 1.0,\n\"a\":123456789012345678901234567890} "},
		{"an answer that is text in JSON", value.NewPayload([]byte(`"{\u007d"`)), `"{\u007d"`},
		{"an answer that is no JSON", value.NewPayload([]byte("plain")), `"plain"`},
		{"an answer of bytes", value.NewPayload([]byte("\xff")), "\xff"},
		{"answers in a map", map[string]any{"a": value.NewPayload([]byte("[1.0]")), "b": value.NewPayload([]byte("plain"))}, `{"a":[1.0],"b":"plain"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, call := connected(t, awstest.Answer{Body: "{}"})
			if _, err := call("invoke", map[string]any{"functionName": "f", "payload": tt.payload}); err != nil {
				t.Fatal(err)
			}
			if got := server.Last(t).Body; got != tt.want {
				t.Errorf("body %q, want %q", got, tt.want)
			}
		})
	}
}

func TestInvokeHeaders(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte(`{"custom":{"a":"b"}}`))
	for name, clientContext := range map[string]any{
		"object": map[string]any{"custom": map[string]any{"a": "b"}},
		"text":   `{"custom":{"a":"b"}}`,
		"base64": encoded,
	} {
		t.Run(name, func(t *testing.T) {
			server, call := connected(t, awstest.Answer{Status: 202})
			_, err := call("invoke", map[string]any{
				"functionName": "f", "qualifier": "live", "x-amz-invocation-type": "Event", "x-amz-log-type": "Tail",
				"x-amz-client-context": clientContext, "durableExecutionName": "d", "tenantId": "t",
			})
			if err != nil {
				t.Fatal(err)
			}
			r := server.Last(t)
			for header, want := range map[string]string{
				"X-Amz-Invocation-Type": "Event", "X-Amz-Log-Type": "Tail", "X-Amz-Client-Context": encoded,
			} {
				if got := r.Header.Get(header); got != want {
					t.Errorf("%s is %q, want %q", header, got, want)
				}
			}
			if r.Query != "Qualifier=live" {
				t.Errorf("query %q", r.Query)
			}
		})
	}
}

func TestInvokeResult(t *testing.T) {
	result := func(payload any, more map[string]any) map[string]any {
		m := map[string]any{
			"StatusCode": int64(200), "ExecutedVersion": nil, "FunctionError": nil, "LogResult": nil,
			"Payload": payload, "DurableExecutionArn": nil,
		}
		for k, v := range more {
			m[k] = v
		}
		return m
	}
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	tests := []struct {
		name   string
		answer awstest.Answer
		want   map[string]any
	}{
		{"JSON", awstest.Answer{Body: `{"ok":true,"n":12345678901234567}`}, result(map[string]any{"ok": true, "n": int64(12345678901234567)}, nil)},
		{"a large number", awstest.Answer{Body: `123456789012345678901234567890`}, result(huge, nil)},
		{"text", awstest.Answer{Body: `plain`}, result("plain", nil)},
		{"bytes", awstest.Answer{Body: "\xff\x00"}, result([]byte("\xff\x00"), nil)},
		{"nothing", awstest.Answer{}, result(nil, nil)},
		{"queued", awstest.Answer{Status: 202}, result(nil, map[string]any{"StatusCode": int64(202)})},
		{"log and version", awstest.Answer{Body: `1`, Header: map[string]string{
			"X-Amz-Log-Result": base64.StdEncoding.EncodeToString([]byte("START\nEND\n")), "X-Amz-Executed-Version": "2",
		}}, result(int64(1), map[string]any{"LogResult": "START\nEND\n", "ExecutedVersion": "2"})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, call := connected(t, tt.answer)
			got, err := call("invoke", map[string]any{"functionName": "f"})
			if err != nil {
				t.Fatal(err)
			}
			compareBig := cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })
			if diff := cmp.Diff(any(tt.want), value.Plain(got), compareBig); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

func failing() awstest.Answer {
	return awstest.Answer{
		Header: map[string]string{"X-Amz-Function-Error": "Unhandled", "X-Amz-Log-Result": base64.StdEncoding.EncodeToString([]byte("boom"))},
		Body:   `{"errorType":"OrderError","errorMessage":"no such order","stackTrace":["at a","at b"]}`,
	}
}

func TestFunctionErrorFailsTheStep(t *testing.T) {
	_, call := connected(t, failing())
	_, err := call("invoke", map[string]any{"functionName": "f"})
	var got *connector.Error
	if !errors.As(err, &got) {
		t.Fatalf("error is %v", err)
	}
	want := &connector.Error{
		Code: "Lambda.FunctionError", Aliases: []string{"OrderError"}, Requests: 1, Class: connector.ClassFunction, Message: "OrderError: no such order", Status: 200,
		Cause: map[string]any{
			"errorType": "OrderError", "errorMessage": "no such order", "stackTrace": []any{"at a", "at b"},
			"logTail": "boom", "functionError": "Unhandled",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestFunctionErrorAsResult(t *testing.T) {
	_, call := connected(t, failing())
	v, err := call("invoke", map[string]any{"functionName": "f", "onFunctionError": "return"})
	if err != nil {
		t.Fatal(err)
	}
	result, _ := v.(map[string]any)
	if result["FunctionError"] != "Unhandled" || result["LogResult"] != "boom" {
		t.Errorf("result is %v", result)
	}
}

func TestStreamedAnswerIsJoined(t *testing.T) {
	_, call := connected(t, awstest.Answer{
		Header: map[string]string{"Content-Type": "application/vnd.amazon.eventstream", "X-Amz-Executed-Version": "3"},
		Body:   string(event("PayloadChunk", `{"o`)) + string(event("PayloadChunk", `k":1}`)) + string(event("InvokeComplete", `{"LogResult":"Ym9vbQ=="}`)),
	})
	got, err := call("invokeWithResponseStream", map[string]any{"functionName": "f", "payload": "{}"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"ExecutedVersion": "3", "FunctionError": nil, "LogResult": "boom", "Payload": map[string]any{"ok": int64(1)},
		"ResponseStreamContentType": "application/vnd.amazon.eventstream", "StatusCode": int64(200),
	}
	if diff := cmp.Diff(any(want), value.Plain(got)); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

func TestStreamedAnswerHasALimit(t *testing.T) {
	_, call := connected(t, awstest.Answer{
		Header: map[string]string{"Content-Type": "application/vnd.amazon.eventstream"},
		Body:   strings.Repeat(string(event("PayloadChunk", "0123456789")), 3),
	})
	_, err := call("invokeWithResponseStream", map[string]any{"functionName": "f", "maxPayload": 20})
	if !errors.Is(err, &connector.Error{Code: "PayloadTooLarge", Class: connector.ClassQuota}) {
		t.Errorf("error is %v", err)
	}
}

func TestStreamedFunctionError(t *testing.T) {
	_, call := connected(t, awstest.Answer{
		Header: map[string]string{"Content-Type": "application/vnd.amazon.eventstream"},
		Body:   string(event("InvokeComplete", `{"ErrorCode":"OrderError","ErrorDetails":"no such order"}`)),
	})
	_, err := call("invokeWithResponseStream", map[string]any{"functionName": "f"})
	var got *connector.Error
	if !errors.As(err, &got) || got.Code != "Lambda.FunctionError" || got.Message != "OrderError: no such order" {
		t.Errorf("error is %v", err)
	}
}

// Streams that are read at once do not mix, and the race detector agrees.
func TestConcurrentStreams(t *testing.T) {
	_, call := connectedTo(t, func(r awstest.Request) awstest.Answer {
		var body strings.Builder
		for range 200 {
			body.Write(event("PayloadChunk", strings.Split(r.Path, "/")[3]))
		}
		body.Write(event("InvokeComplete", `{}`))
		return awstest.Answer{Header: map[string]string{"Content-Type": "application/vnd.amazon.eventstream"}, Body: body.String()}
	})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			name := "function" + strconv.Itoa(i+10)
			for range 5 {
				v, err := call("invokeWithResponseStream", map[string]any{"functionName": name})
				if err != nil {
					t.Error(err)
					return
				}
				if got := value.Plain(v.(map[string]any)["Payload"]); got != strings.Repeat(name, 200) {
					t.Errorf("%s got another's chunks, or not all", name)
					return
				}
			}
		})
	}
	wg.Wait()
}
