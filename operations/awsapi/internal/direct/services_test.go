package direct

import (
	"context"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/google/go-cmp/cmp"
)

// anyOperation is an operation of any client, by the name of its method.
func anyOperation(client any, sender *http.Client, name string) (*Operation, Method) {
	v := reflect.ValueOf(client)
	method := v.MethodByName(name)
	call := func(ctx context.Context, in any, set ...Setting) (any, error) {
		option := reflect.MakeFunc(method.Type().In(2).Elem(), func(args []reflect.Value) []reflect.Value {
			for _, s := range set {
				Assign(args[0].Elem().FieldByName(s.Option), s.Value)
			}
			return nil
		})
		answer := method.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(in), option})
		err, _ := answer[1].Interface().(error)
		return answer[0].Interface(), err
	}
	target := &Client{
		Package: v.Type().Elem().PkgPath(), Options: func() any { return v.MethodByName("Options").Call(nil)[0].Interface() }, HTTP: sender,
		Generation: func() int { return 0 }, Resume: func(ctx context.Context, _ int) context.Context { return ctx },
	}
	in, out := reflect.New(method.Type().In(1).Elem()).Interface(), reflect.New(method.Type().Out(0).Elem()).Interface()
	return New(target, call, in, out, Model{}), call
}

// Operations of other protocols and of other forms send what the SDK sends and
// give what it gives; those that need special middleware stay with it.
func TestOtherOperations(t *testing.T) {
	xml := func(name, result string) string {
		return "<" + name + "Response><" + name + "Result>" + result + "</" + name + "Result></" + name + "Response>"
	}
	for _, tt := range []struct {
		name   string
		client func(aws.Config) any
		in     any
		body   string
		direct bool
	}{
		{"GetAccountSettings", toLambda, &lambda.GetAccountSettingsInput{}, `{"AccountLimit":{"ConcurrentExecutions":1000}}`, true},
		{
			"CreateAlias", toLambda, &lambda.CreateAliasInput{
				FunctionName: aws.String("arn:aws:lambda:eu-west-1:000000000000:function:orders"), Name: aws.String("live"), FunctionVersion: aws.String("1"),
				RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.1}},
			}, `{"Name":"live","RoutingConfig":{"AdditionalVersionWeights":{"2":0.1}}}`, true,
		},
		{
			"ListFunctions", toLambda, &lambda.ListFunctionsInput{Marker: aws.String("a/b c"), MaxItems: aws.Int32(7), FunctionVersion: types.FunctionVersionAll},
			`{"Functions":[{"FunctionName":"a"},{"FunctionName":"b"}],"NextMarker":"m"}`, true,
		},
		{"DeleteAlias", toLambda, &lambda.DeleteAliasInput{FunctionName: aws.String("f"), Name: aws.String("live")}, "", true},
		{"UntagResource", toLambda, &lambda.UntagResourceInput{Resource: aws.String("arn:x"), TagKeys: []string{"b", "a"}}, "", true},
		{
			"InvokeAsync", toLambda, &lambda.InvokeAsyncInput{FunctionName: aws.String("f"), InvokeArgs: strings.NewReader("")},
			"{}", false, // streams its input
		},

		{"GetCallerIdentity", toSTS, &sts.GetCallerIdentityInput{}, xml("GetCallerIdentity", "<Account>1</Account>"), true},
		{
			"AssumeRole", toSTS, &sts.AssumeRoleInput{
				RoleArn: aws.String("arn:aws:iam::000000000000:role/r"), RoleSessionName: aws.String("s"),
				Tags: []ststypes.Tag{{Key: aws.String("k ü"), Value: aws.String("v&=")}},
			}, xml("AssumeRole", "<PackedPolicySize>6</PackedPolicySize>"), true,
		},
		{"AssumeRoleWithWebIdentity", toSTS, &sts.AssumeRoleWithWebIdentityInput{
			RoleArn: aws.String("r"), RoleSessionName: aws.String("s"), WebIdentityToken: aws.String("t"),
		}, xml("AssumeRoleWithWebIdentity", ""), false}, // is not signed

		{"GetQueueUrl", toSQS, &sqs.GetQueueUrlInput{QueueName: aws.String("q")}, `{"QueueUrl":"https://x/q"}`, true},
		{"SendMessage", toSQS, &sqs.SendMessageInput{QueueUrl: aws.String("https://x/q"), MessageBody: aws.String("m")}, `{"MD5OfMessageBody":"6f8f57715090da2632453988d9a1501b"}`, false}, // checks sums
	} {
		t.Run(tt.name, func(t *testing.T) {
			sent := &wire{body: tt.body}
			sender := &http.Client{Transport: sent}
			client := tt.client(aws.Config{
				Region: "eu-west-1", HTTPClient: sender,
				Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("AKIDFORTESTSONLY", "s", "t")),
			})
			o, call := anyOperation(client, sender, tt.name)
			var outputs [4]any
			for i := range outputs {
				var err error
				if i == 0 {
					outputs[i], err = call(context.Background(), tt.in)
				} else {
					outputs[i], err = o.Do(context.Background(), tt.in) // first called, then learnt, then done
				}
				if err != nil {
					t.Fatal(err)
				}
				clearMetadata(outputs[i])
			}
			if direct := o.plan.Load() != nil; direct != tt.direct {
				t.Fatalf("done directly: %v", direct)
			}
			for i := 1; i < len(outputs); i++ {
				if diff := cmp.Diff(alike(sent.texts[0]), alike(sent.texts[i])); diff != "" {
					t.Errorf("request %d (-SDK +direct):\n%s", i, diff)
				}
				if !reflect.DeepEqual(outputs[0], outputs[i]) {
					t.Errorf("output %+v, want %+v", outputs[i], outputs[0])
				}
			}
		})
	}
}

func toLambda(cfg aws.Config) any { return lambda.NewFromConfig(cfg) }

func toSTS(cfg aws.Config) any { return sts.NewFromConfig(cfg) }

func toSQS(cfg aws.Config) any { return sqs.NewFromConfig(cfg) }

func clearMetadata(output any) {
	reflect.ValueOf(output).Elem().FieldByName("ResultMetadata").SetZero()
}

// Over HTTP/2, as AWS speaks it: connections are kept, payloads are whole,
// failures are the SDK's.
func TestHTTP2(t *testing.T) {
	s := &served{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.handle))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	transport := s.Client().Transport.(*http.Transport)
	both := newInvoking(aws.Config{}, transport, nil, func(o *lambda.Options) { o.BaseEndpoint = &s.URL })
	both.learn(t)
	large := make([]byte, 1<<20)
	call := func(ctx context.Context, in *lambda.InvokeInput) (any, error) { return both.direct.Do(ctx, in) }
	for range 3 {
		r := play(t, s, []http.HandlerFunc{ok(string(large), "Content-Length", "1048576"), failed("ServiceException", 500), ok("3")}, 2, call)
		if len(r.Attempts) != 3 || r.Errors[0] != "" || r.Errors[1] != "" {
			t.Fatalf("attempts %s, errors %s", r.Attempts, r.Errors)
		}
		if out := r.Outputs[0].(*lambda.InvokeOutput); len(out.Payload) != len(large) || cap(out.Payload) != len(large) {
			t.Errorf("a payload of %d bytes in %d", len(out.Payload), cap(out.Payload))
		}
	}
	requests, _ := s.asked()
	for _, r := range requests {
		if r.ProtoMajor != 2 {
			t.Errorf("over %s", r.Proto)
		}
	}
}
