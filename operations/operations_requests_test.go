package operations_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	sdksts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
	"github.com/medlar-flow/medlar/operations/lambda"
	"github.com/medlar-flow/medlar/operations/sts"
)

// wire keeps the last request instead of sending it.
type wire struct{ last *sent }

// sent is a request without what differs each time.
type sent struct {
	Method, URL string
	Header      http.Header
	Body        any
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	header := r.Header.Clone()
	for _, name := range []string{"Amz-Sdk-Invocation-Id", "X-Amz-Date", "Authorization"} {
		header.Del(name)
	}
	w.last = &sent{r.Method, r.URL.String(), header, plainBody(header, body)}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(nil)), Request: r,
	}, nil
}

// plainBody decodes JSON: the SDK writes maps in any order.
func plainBody(header http.Header, body []byte) any {
	var v any
	if strings.Contains(header.Get("Content-Type"), "json") && json.Unmarshal(body, &v) == nil {
		return v
	}
	return string(body)
}

// token stands in every input that has a token for idempotency and was given
// none.
type token string

func (t token) GetIdempotencyToken() (string, error) { return string(t), nil }

const key = token("6b9a2f9e-0000-4000-8000-000000000000")

// service is a client of the SDK and the connector that was made of it.
type service struct {
	connector *connector.Connector
	conn      connector.Connection
	client    any
	ours, sdk *wire
}

type serviceList []service

// call sends the request of one call and gives it.
func (l serviceList) call(t *testing.T, name string, params map[string]any) *sent {
	t.Helper()
	owner, short, _ := strings.Cut(name, ".")
	for _, s := range l {
		if s.connector.Name != owner {
			continue
		}
		s.ours.last = nil
		_, err := awstest.Call(t, s.connector, s.conn, short, params)
		if s.ours.last == nil {
			t.Fatalf("%s: no request: %v", name, err)
		}
		return s.ours.last
	}
	t.Fatalf("there is no connector %s", owner)
	return nil
}

func services(t *testing.T) serviceList {
	t.Helper()
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.Getenv("AWS_CONFIG_FILE"))
	direct := func(w *wire) aws.Config {
		return aws.Config{
			Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("AKID", "s", ""), HTTPClient: &http.Client{Transport: w},
		}
	}
	a, b := service{ours: &wire{}, sdk: &wire{}}, service{ours: &wire{}, sdk: &wire{}}
	a.connector = lambda.Connector(awsapi.Transport(func(http.RoundTripper) http.RoundTripper { return a.ours }))
	b.connector = sts.Connector(awsapi.Transport(func(http.RoundTripper) http.RoundTripper { return b.ours }))
	a.client = sdklambda.NewFromConfig(direct(a.sdk), func(o *sdklambda.Options) { o.IdempotencyTokenProvider = key })
	b.client = sdksts.NewFromConfig(direct(b.sdk))
	for _, s := range []*service{&a, &b} {
		s.conn = awstest.Open(t, s.connector, map[string]any{"region": "eu-west-1", "accessKeyId": "AKID", "secretAccessKey": "s"})
	}
	return serviceList{a, b}
}

// The request of a step is the one that the SDK's client sends for the same
// input, for every operation of both modules, with any of its members and with
// all of them.
func TestRequestsAreThoseOfTheSDK(t *testing.T) {
	count := 0
	for _, s := range services(t) {
		for _, op := range s.connector.Operations {
			method := reflect.ValueOf(s.client).MethodByName(awsName(op))
			if !method.IsValid() {
				continue // a waiter
			}
			count++
			t.Run(op.Name, func(t *testing.T) {
				rapid.Check(t, func(rt *rapid.T) { s.compare(rt, op, method, false) })
				rapid.Check(t, func(rt *rapid.T) { s.compare(rt, op, method, true) })
			})
		}
	}
	if count != 99 {
		t.Errorf("%d operations, want 99", count)
	}
}

// awsName returns an operation's name as AWS spells it.
func awsName(op *connector.Operation) string {
	if len(op.Aliases) > 0 {
		return op.Aliases[0]
	}
	return ""
}

func (s service) compare(t *rapid.T, op *connector.Operation, method reflect.Value, all bool) {
	given := drawer{t: t, all: all}.object(op.Params(), 0)
	input := reflect.New(method.Type().In(1).Elem())
	fill(t, input, given)
	if all {
		whole(t, input.Elem(), op.Name, 0)
	}
	params, err := op.Params().Convert(given)
	if err != nil {
		t.Fatalf("%v\n%v", err, given)
	}
	s.ours.last, s.sdk.last = nil, nil
	_, err = op.Run(context.Background(), &connector.Call{Params: params, Connection: s.conn, IdempotencyKey: string(key)})
	answer := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), input})
	if out, ok := answer[0].Interface().(*sdklambda.InvokeWithResponseStreamOutput); ok && out != nil {
		for range out.GetStream().Events() { // a client reads one stream at a time
		}
		_ = out.GetStream().Close()
	}
	if s.ours.last == nil || s.sdk.last == nil {
		t.Fatalf("no request: %v, %v", err, answer[1])
	}
	if diff := cmp.Diff(s.sdk.last, s.ours.last); diff != "" {
		t.Errorf("request (-SDK +step):\n%s", diff)
	}
}

// fill sets an input of the SDK by encoding/json, which knows nothing of what
// is tested here: it takes names in either case.
func fill(t *rapid.T, input reflect.Value, given map[string]any) {
	if async, ok := input.Interface().(*sdklambda.InvokeAsyncInput); ok {
		async.InvokeArgs = bytes.NewReader(given["invokeArgs"].([]byte))
		given = map[string]any{"functionName": given["functionName"]}
	}
	text, err := json.Marshal(given)
	if err == nil {
		err = json.Unmarshal(text, input.Interface())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// whole reports members that nothing was set in.
func whole(t *rapid.T, v reflect.Value, path string, depth int) {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct || v.Type().PkgPath() == "time" || depth > 4 {
		return
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || f.Type.Name() == "noSmithyDocumentSerde" {
			continue
		}
		if v.Field(i).IsZero() {
			t.Errorf("%s.%s cannot be set", path, f.Name)
			continue
		}
		inner := v.Field(i)
		if inner.Kind() == reflect.Slice && inner.Len() > 0 {
			inner = inner.Index(0)
		}
		whole(t, inner, path+"."+f.Name, depth+1)
	}
}
