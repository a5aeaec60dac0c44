package protocol_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/protocol"
)

func operation(t testing.TB, file *model.File, name, speaks string) (*protocol.Operation, string) {
	t.Helper()
	svc, op, _ := strings.Cut(name, ".")
	i, ok := file.Find(svc)
	if !ok {
		t.Fatalf("no service %s", svc)
	}
	s, err := file.Service(i)
	if err != nil {
		t.Fatal(err)
	}
	if speaks != "" {
		s.Protocol = speaks
	}
	p, err := protocol.New(s, protocol.Spelling{In: same, Out: same})
	if err != nil {
		t.Fatal(err)
	}
	return p.Operation(s.Operation(op)), op
}

func embedded(t testing.TB) *model.File {
	t.Helper()
	text, err := os.ReadFile("../../services.bin")
	if err != nil {
		t.Fatal(err)
	}
	f, err := model.Open(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// answers are operations of each protocol.
var answers = []struct{ name, speaks, body string }{
	{"dynamodb.GetItem", "", `{"Item": {"id": {"S": "x"}, "l": {"L": [{"N": "1"}, {"NULL": true}]}}}`},
	{"lambda.GetFunction", "", `{"Configuration": {"FunctionName": "f", "Timeout": 3}, "Tags": {"a": "b"}}`},
	{"sts.AssumeRole", "", `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId></Credentials></AssumeRoleResult></AssumeRoleResponse>`},
	{"ec2.DescribeVpcs", "", `<DescribeVpcsResponse><vpcSet><item><vpcId>v</vpcId></item></vpcSet></DescribeVpcsResponse>`},
	{"s3.ListObjectsV2", "", `<ListBucketResult><Contents><Key>k</Key><Size>3</Size></Contents></ListBucketResult>`},
	{"cloudwatch.ListMetrics", "smithy-rpc-v2-cbor", "\xa1\x67Metrics\x81\xa1\x6aMetricName\x61a"},
}

func FuzzRead(f *testing.F) {
	file := embedded(f)
	ops := make([]*protocol.Operation, len(answers))
	names := make([]string, len(answers))
	for i, a := range answers {
		ops[i], names[i] = operation(f, file, a.name, a.speaks)
		f.Add(byte(i), 200, a.body)
		f.Add(byte(i), 400, `{"__type": "ValidationException", "message": "no"}`)
		f.Add(byte(i), 404, `<ErrorResponse><Error><Code>NoSuchBucket</Code><Message>no</Message></Error></ErrorResponse>`)
	}
	f.Fuzz(func(_ *testing.T, which byte, status int, body string) {
		i := int(which) % len(ops)
		ctx := middleware.WithOperationName(context.Background(), names[i])
		_, _, _ = ops[i].Read(ctx, answer(status, body))
	})
}

func answer(status int, body string) *smithyhttp.Response {
	return &smithyhttp.Response{Response: &http.Response{
		StatusCode: status, Header: http.Header{}, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader([]byte(body))),
	}}
}

// TestDeepAnswer shows that an answer cannot nest without an end.
func TestDeepAnswer(t *testing.T) {
	op, name := operation(t, embedded(t), "dynamodb.GetItem", "")
	const levels = 100_000
	body := `{"Item": {"a": ` + strings.Repeat(`{"L": [`, levels) + `{"S": "x"}` + strings.Repeat(`]}`, levels) + `}}`
	_, _, err := op.Read(middleware.WithOperationName(context.Background(), name), answer(200, body))
	if err == nil || !strings.Contains(err.Error(), "nests deeper than 100 levels") {
		t.Errorf("error %v, want one of the depth", err)
	}
}

// TestEveryOperation makes a request of nothing for every operation, so that no
// shape of any service is strange to the protocols.
func TestEveryOperation(t *testing.T) {
	file := embedded(t)
	ctx := context.Background()
	for i, e := range file.Entries() {
		s, err := file.Service(i)
		if err != nil {
			t.Fatal(err)
		}
		p, err := protocol.New(s, protocol.Spelling{In: same, Out: same})
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		for j := range s.Operations {
			o := &s.Operations[j]
			op := p.Operation(o)
			req := smithyhttp.NewStackRequest().(*smithyhttp.Request)
			err := op.Write(middleware.WithOperationName(ctx, o.Name), map[string]any{}, nil, req)
			if err != nil && !strings.Contains(err.Error(), "input member") {
				t.Errorf("%s.%s: %v", e.Name, o.Name, err)
			}
		}
	}
}
