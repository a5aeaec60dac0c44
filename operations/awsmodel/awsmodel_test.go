package awsmodel_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsmodel"
)

// stub answers requests in the place of AWS, and keeps them.
type stub struct {
	answer func(r *http.Request, body string) (status int, header http.Header, text string)

	mu   sync.Mutex
	sent []sent
}

type sent struct {
	*http.Request
	body string
}

// RoundTrip answers a request.
func (s *stub) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	s.mu.Lock()
	s.sent = append(s.sent, sent{r, string(body)})
	s.mu.Unlock()
	status, header, text := s.answer(r, string(body))
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)), Request: r,
	}, nil
}

// fixed always answers the same.
func fixed(status int, text string) *stub {
	return &stub{answer: func(*http.Request, string) (int, http.Header, string) { return status, nil, text }}
}

func source(s *stub) connector.Source {
	return awsmodel.Source(awsapi.Transport(func(http.RoundTripper) http.RoundTripper { return s }), awsapi.Linger(0))
}

// calling returns a function that calls an operation over the stub.
func calling(t *testing.T, s *stub, connection map[string]any) func(name string, params map[string]any) (any, error) {
	t.Helper()
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	reg = reg.WithSource(source(s))
	given := map[string]any{"region": "eu-west-1", "accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "secret", "maxAttempts": 1}
	for k, v := range connection {
		given[k] = v
	}
	open := map[*connector.Connector]connector.Connection{}
	return func(name string, params map[string]any) (any, error) {
		op, ok := reg.Operation(name)
		if !ok {
			t.Fatalf("no operation %s", name)
		}
		owner := reg.Owner(op)
		converted, err := owner.Connection.Convert(given)
		if err != nil {
			t.Fatal(err)
		}
		conn := open[owner]
		if conn == nil {
			if conn, err = owner.Open(t.Context(), connector.OpenRequest{Params: converted, RunID: "r"}); err != nil {
				t.Fatal(err)
			}
			open[owner] = conn
			t.Cleanup(func() { _ = conn.Close() })
		}
		with, err := op.Params().Convert(params)
		if err != nil {
			return nil, err
		}
		return op.Run(t.Context(), &connector.Call{Params: with, Connection: conn, IdempotencyKey: "key"})
	}
}

// TestCalls shows what is sent and what comes back, in each protocol.
func TestCalls(t *testing.T) {
	tests := []struct {
		name, operation string
		params          map[string]any
		answer          string
		method, url     string
		headers         map[string]string
		body            string
		result          map[string]any // some of its members
	}{
		{
			name: "json", operation: "sqs.sendMessage",
			params: map[string]any{"queueUrl": "https://q", "messageBody": map[string]any{"a": 1}},
			answer: `{"MessageId": "m"}`,
			method: "POST", url: "https://sqs.eu-west-1.amazonaws.com/",
			headers: map[string]string{"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"},
			body:    `{"MessageBody":"{\"a\":1}","QueueUrl":"https://q"}`,
			result:  map[string]any{"MessageId": "m", "SequenceNumber": nil},
		},
		{
			name: "query", operation: "sns.publish", params: map[string]any{"TopicArn": "arn:t", "message": "hi"},
			answer: `<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>`,
			method: "POST", url: "https://sns.eu-west-1.amazonaws.com/",
			body:   "Action=Publish&Message=hi&TopicArn=arn%3At&Version=2010-03-31",
			result: map[string]any{"MessageId": "m"},
		},
		{
			name: "rest-json, a member that begins low", operation: "batch.describeJobs", params: map[string]any{"jobs": []any{"j"}},
			answer: `{"jobs": [{"jobId": "j", "status": "FAILED"}]}`,
			method: "POST", url: "https://batch.eu-west-1.amazonaws.com/v1/describejobs",
			body: `{"jobs":["j"]}`,
		},
		{
			name: "ec2", operation: "ec2.describeVpcs", params: map[string]any{"vpcIds": []any{"v1"}},
			answer: `<DescribeVpcsResponse><vpcSet><item><vpcId>v1</vpcId></item></vpcSet></DescribeVpcsResponse>`,
			method: "POST", url: "https://ec2.eu-west-1.amazonaws.com/",
			body: "Action=DescribeVpcs&Version=2016-11-15&VpcId.1=v1",
		},
		{
			name: "rest-xml, a bucket in the host", operation: "s3.putObject",
			params: map[string]any{"bucket": "my-bucket", "key": "a b/ü", "body": "hello", "metadata": map[string]any{"x": "y"}},
			method: "PUT", url: "https://my-bucket.s3.eu-west-1.amazonaws.com/a%20b/%C3%BC",
			headers: map[string]string{
				"X-Amz-Meta-X": "y", "X-Amz-Checksum-Crc32": "NhCmhg==",
				"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
			},
			body: "hello",
		},
		{
			name: "a bucket with dots", operation: "s3.deleteObject", params: map[string]any{"bucket": "my.bucket", "key": "k"},
			method: "DELETE", url: "https://s3.eu-west-1.amazonaws.com/my.bucket/k",
		},
		{
			name: "the source of a copy is escaped", operation: "s3.copyObject",
			params: map[string]any{"bucket": "my-bucket", "key": "k", "copySource": "other/a b.txt?versionId=1"},
			answer: `<CopyObjectResult><ETag>e</ETag></CopyObjectResult>`,
			method: "PUT", url: "https://my-bucket.s3.eu-west-1.amazonaws.com/k",
			headers: map[string]string{"X-Amz-Copy-Source": "other/a%20b.txt?versionId=1"},
		},
		{
			name: "a bare location", operation: "s3.getBucketLocation", params: map[string]any{"bucket": "my-bucket"},
			answer: `<?xml version="1.0"?><LocationConstraint xmlns="x">eu-west-1</LocationConstraint>`,
			method: "GET", url: "https://my-bucket.s3.eu-west-1.amazonaws.com/?location=",
			result: map[string]any{"LocationConstraint": "eu-west-1"},
		},
		{
			name: "a key of the customer", operation: "s3.headObject",
			params: map[string]any{"bucket": "my-bucket", "key": "k", "sseCustomerAlgorithm": "AES256", "sseCustomerKey": "0123"},
			method: "HEAD", url: "https://my-bucket.s3.eu-west-1.amazonaws.com/k",
			headers: map[string]string{
				"X-Amz-Server-Side-Encryption-Customer-Key":     "MDEyMw==",
				"X-Amz-Server-Side-Encryption-Customer-Key-Md5": "62L2uTBttXXC1ZaxJ5YnpA==",
			},
		},
		{
			name: "an id of Route 53 as it gives it", operation: "route53.getHostedZone", params: map[string]any{"id": "/hostedzone/Z1"},
			answer: `<GetHostedZoneResponse><HostedZone><Id>/hostedzone/Z1</Id></HostedZone></GetHostedZoneResponse>`,
			method: "GET", url: "https://route53.amazonaws.com/2013-04-01/hostedzone/Z1",
		},
		{
			name: "API Gateway's Accept", operation: "apigateway.getRestApi", params: map[string]any{"restApiId": "r"},
			answer: `{}`, method: "GET", url: "https://apigateway.eu-west-1.amazonaws.com/restapis/r",
			headers: map[string]string{"Accept": "application/json"},
		},
		{
			name: "a prefix of the host", operation: "s3control.getPublicAccessBlock", params: map[string]any{"accountId": "111122223333"},
			answer: `<PublicAccessBlockConfiguration/>`,
			method: "GET", url: "https://111122223333.s3-control.eu-west-1.amazonaws.com/v20180820/configuration/publicAccessBlock",
		},
		{
			name: "glacier's version and account", operation: "glacier.listVaults", answer: `{}`,
			method: "GET", url: "https://glacier.eu-west-1.amazonaws.com/-/vaults",
			headers: map[string]string{"X-Amz-Glacier-Version": "2012-06-01"},
		},
		{
			name: "user data in base64", operation: "autoscaling.createLaunchConfiguration",
			params: map[string]any{"launchConfigurationName": "l", "userData": "#!"},
			answer: `<CreateLaunchConfigurationResponse/>`,
			method: "POST", url: "https://autoscaling.eu-west-1.amazonaws.com/",
			body: "Action=CreateLaunchConfiguration&LaunchConfigurationName=l&UserData=IyE%3D&Version=2011-01-01",
		},
		{
			name: "plain items", operation: "dynamodb.putItem",
			params: map[string]any{"tableName": "t", "item": map[string]any{
				"id": "x", "n": 3, "f": 1.5, "ok": true, "no": nil, "l": []any{1, "a"}, "s": map[string]any{"SS": []any{"p"}},
			}},
			answer: `{}`, method: "POST", url: "https://dynamodb.eu-west-1.amazonaws.com/",
			headers: map[string]string{"Accept-Encoding": "identity"},
			body: `{"Item":{"f":{"N":"1.5"},"id":{"S":"x"},"l":{"L":[{"N":"1"},{"S":"a"}]},"n":{"N":"3"},"no":{"NULL":true},` +
				`"ok":{"BOOL":true},"s":{"SS":["p"]}},"TableName":"t"}`,
		},
		{
			name: "typed items stay", operation: "dynamodb.getItem",
			params: map[string]any{"tableName": "t", "key": map[string]any{"id": map[string]any{"S": "x"}}},
			answer: `{"Item": {"id": {"S": "x"}}}`, method: "POST", url: "https://dynamodb.eu-west-1.amazonaws.com/",
			body: `{"Key":{"id":{"S":"x"}},"TableName":"t"}`,
		},
		{
			name: "plain results", operation: "dynamodb.getItem",
			params: map[string]any{"tableName": "t", "key": map[string]any{"id": "x"}, "plain": true},
			answer: `{"Item": {"id": {"S": "x"}, "n": {"N": "12345678901234567890"}, "f": {"N": "0.1"}, "s": {"NS": ["1"]}, "z": {"NULL": true}}}`,
			method: "POST", url: "https://dynamodb.eu-west-1.amazonaws.com/",
			result: map[string]any{"Item": map[string]any{"id": "x", "n": "12345678901234567890", "f": 0.1, "s": []any{int64(1)}, "z": nil}},
		},
		{
			name: "a token", operation: "ec2.createVolume", params: map[string]any{"availabilityZone": "eu-west-1a"},
			answer: `<CreateVolumeResponse/>`, method: "POST", url: "https://ec2.eu-west-1.amazonaws.com/",
			body: "Action=CreateVolume&AvailabilityZone=eu-west-1a&ClientToken=2c70e12b-7a06-46f9-a279-f427c7b38e73&Version=2016-11-15",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := fixed(200, tt.answer)
			got, err := calling(t, s, nil)(tt.operation, tt.params)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.sent) != 1 {
				t.Fatalf("%d requests", len(s.sent))
			}
			r := s.sent[0]
			if r.Method != tt.method || r.URL.String() != tt.url {
				t.Errorf("%s %s, want %s %s", r.Method, r.URL, tt.method, tt.url)
			}
			if tt.body != "" && r.body != tt.body {
				t.Errorf("body\n got %s\nwant %s", r.body, tt.body)
			}
			for name, want := range tt.headers {
				if v := r.Header.Get(name); v != want {
					t.Errorf("%s: %q, want %q", name, v, want)
				}
			}
			if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") {
				t.Errorf("Authorization: %q", r.Header.Get("Authorization"))
			}
			result, _ := got.(map[string]any)
			for name, want := range tt.result {
				if d := cmp.Diff(want, plainBig(result[name])); d != "" {
					t.Errorf("%s (-want +got) %s", name, d)
				}
			}
		})
	}
}

// plainBig returns large integers as text, to be compared.
func plainBig(v any) any {
	switch x := v.(type) {
	case fmt.Stringer:
		return x.String()
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[k] = plainBig(e)
		}
		return out
	}
	return v
}

// TestErrors shows what failures become.
func TestErrors(t *testing.T) {
	tests := []struct {
		name, operation string
		params          map[string]any
		status          int
		header          http.Header
		answer          string
		code            string
		class           connector.Class
		message         string
		alias           string
	}{
		{
			"json", "dynamodb.getItem",
			map[string]any{"tableName": "t", "key": map[string]any{"id": "x"}},
			400, nil,
			`{"__type": "com.amazonaws.dynamodb#ResourceNotFoundException", "message": "no table"}`,
			"ResourceNotFoundException", connector.ClassNotFound, "no table", "",
		},
		{
			"json with a code of the query protocol", "sqs.getQueueUrl",
			map[string]any{"queueName": "q"},
			400,
			http.Header{"X-Amzn-Query-Error": {"AWS.SimpleQueueService.NonExistentQueue;Sender"}},
			`{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no queue"}`,
			"AWS.SimpleQueueService.NonExistentQueue", connector.ClassNotFound, "no queue", "QueueDoesNotExist",
		},
		{
			"xml, without a message in the model", "s3.getObject",
			map[string]any{"bucket": "my-bucket", "key": "k"},
			404, nil,
			`<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>`,
			"NoSuchKey", connector.ClassNotFound, "The specified key does not exist.", "",
		},
		{
			"xml in a success", "s3.copyObject",
			map[string]any{"bucket": "my-bucket", "key": "k", "copySource": "a/b"},
			200, nil,
			`<?xml version="1.0"?><Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>`,
			"InternalError", connector.ClassUnavailable, "We encountered an internal error.", "",
		},
		{
			"nothing in a success", "s3.completeMultipartUpload",
			map[string]any{"bucket": "my-bucket", "key": "k", "uploadId": "u"},
			200, nil,
			"", "DamagedAnswer", connector.ClassUnavailable, "S3 ended its answer before it had begun", "",
		},
		{
			"query", "iam.getUser", nil, 404, nil,
			`<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no user</Message></Error></ErrorResponse>`,
			"NoSuchEntity", connector.ClassNotFound, "no user", "NoSuchEntityException",
		},
		{
			"a sum that is wrong", "dynamodb.listTables", nil, 200,
			http.Header{"X-Amz-Crc32": {"1"}},
			`{}`,
			"DamagedAnswer", connector.ClassUnavailable, "the answer's sum is 2745614147, expected 1", "",
		},
		{
			"a digest that is wrong", "sqs.sendMessage",
			map[string]any{"queueUrl": "https://q", "messageBody": "a"},
			200, nil,
			`{"MD5OfMessageBody": "00"}`,
			"DamagedAnswer", connector.ClassUnavailable, "SQS sums the message as 00, expected 0cc175b9c0f1b6a831c399e269772661", "",
		},
		{
			"a label that is no host's", "s3control.getPublicAccessBlock",
			map[string]any{"accountId": "a/b"},
			200, nil, "",
			"Internal", connector.ClassInternal, "", "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &stub{answer: func(*http.Request, string) (int, http.Header, string) { return tt.status, tt.header, tt.answer }}
			_, err := calling(t, s, nil)(tt.operation, tt.params)
			var e *connector.Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			if e.Code != tt.code || e.Class != tt.class || tt.message != "" && e.Message != tt.message {
				t.Errorf("%s (%s): %s; want %s (%s): %s", e.Code, e.Class, e.Message, tt.code, tt.class, tt.message)
			}
			if tt.alias != "" && !e.HasCode(tt.alias) {
				t.Errorf("%s is not called %s, too", e.Code, tt.alias)
			}
		})
	}
}

// TestRetry shows that a call is tried again as by the SDK, with its body.
func TestRetry(t *testing.T) {
	calls := 0
	s := &stub{answer: func(*http.Request, string) (int, http.Header, string) {
		if calls++; calls == 1 {
			return 503, nil, `<Error><Code>SlowDown</Code></Error>`
		}
		return 200, nil, ""
	}}
	if _, err := calling(t, s, map[string]any{"maxAttempts": 3})("s3.putObject", map[string]any{
		"bucket": "my-bucket", "key": "k", "body": []byte("hello"),
	}); err != nil {
		t.Fatal(err)
	}
	if len(s.sent) != 2 || s.sent[1].body != "hello" || !strings.HasPrefix(s.sent[1].Header.Get("Amz-Sdk-Request"), "attempt=2") {
		t.Errorf("%d requests, the last %v %q", len(s.sent), s.sent[len(s.sent)-1].Header, s.sent[len(s.sent)-1].body)
	}
}

// TestRegionOfBucket shows that a call follows its bucket into another Region.
func TestRegionOfBucket(t *testing.T) {
	s := &stub{answer: func(r *http.Request, _ string) (int, http.Header, string) {
		if strings.Contains(r.URL.Host, "us-west-2") {
			return 200, nil, "there"
		}
		return 301, http.Header{"X-Amz-Bucket-Region": {"us-west-2"}}, `<Error><Code>PermanentRedirect</Code></Error>`
	}}
	get := calling(t, s, nil)
	got, err := get("s3.getObject", map[string]any{"bucket": "my-bucket", "key": "k"})
	if err != nil {
		t.Fatal(err)
	}
	first := len(s.sent)
	if _, err := get("s3.getObject", map[string]any{"bucket": "my-bucket", "key": "k"}); err != nil || len(s.sent) != first+1 {
		t.Errorf("%d requests for a bucket whose Region is known: %v", len(s.sent)-first, err)
	}
	if body := got.(map[string]any)["Body"]; string(body.([]byte)) != "there" {
		t.Errorf("body %s", body)
	}
	if last := s.sent[len(s.sent)-1]; !strings.Contains(last.Header.Get("Authorization"), "/us-west-2/s3/") {
		t.Errorf("signed for another Region: %s", last.Header.Get("Authorization"))
	}
}
