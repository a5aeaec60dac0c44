package awsmodel_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations/awsmodel"
)

func registry(t testing.TB, own ...*connector.Connector) *connector.Registry {
	t.Helper()
	reg, err := connector.NewRegistry(own...)
	if err != nil {
		t.Fatal(err)
	}
	return reg.WithSource(awsmodel.Source())
}

// TestEveryOperation describes all operations, and finds each under its names.
func TestEveryOperation(t *testing.T) {
	reg := registry(t)
	total, refused := 0, 0
	for _, offer := range reg.Source().Offers() {
		c, ok := reg.Connector(offer.Name)
		if !ok {
			t.Fatalf("no connector %s", offer.Name)
		}
		for _, alias := range offer.Aliases {
			if other, ok := reg.Connector(alias); !ok || other != c {
				t.Errorf("%s is not %s", alias, offer.Name)
			}
		}
		for _, o := range offer.Operations {
			op, ok := reg.Operation(offer.Name + "." + o.Name)
			if !ok || op.Effect != o.Effect {
				t.Errorf("%s.%s is listed and not there, or has another effect", offer.Name, o.Name)
			}
		}
		for _, op := range c.Operations {
			total++
			if op.Refused != "" {
				refused++
			}
			if op.Params() == nil || op.Result() == nil || op.Summary == "" {
				t.Errorf("%s is not described", op.Name)
			}
			if again, ok := reg.Operation(op.Name); !ok || again != op || reg.Owner(op) != c {
				t.Errorf("%s is not found", op.Name)
			}
		}
	}
	if total-refused < 15_000 {
		t.Errorf("%d operations can be called, want over 15,000", total-refused)
	}
	t.Logf("%d operations with waiters, %d refused", total, refused)
}

func TestNames(t *testing.T) {
	own := &connector.Connector{Name: "events", Operations: []*connector.Operation{
		connector.Op("events.putEvents", "Put.", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil }),
	}}
	family := &connector.Connector{Name: "lambda", Family: "aws", Operations: []*connector.Operation{
		connector.Op("lambda.invoke", "Invoke.", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil }),
	}}
	reg := registry(t, own, family)
	tests := []struct{ name, want string }{
		{"stepfunctions.startExecution", "stepfunctions"},
		{"sfn.startExecution", "stepfunctions"},
		{"states.StartExecution", "stepfunctions"},
		{"eventbridge.putEvents", "events"},
		{"aws.events.putEvents", "events"},
		{"cognitoIdp.listUserPools", "cognitoIdp"},
		{"cognito.listUserPools", "cognitoIdp"},
		{"aws.sqs.sendMessage", "sqs"},
	}
	for _, tt := range tests {
		op, ok := reg.Operation(tt.name)
		if !ok || !strings.HasPrefix(op.Name, tt.want+".") || reg.Owner(op) == own {
			t.Errorf("%s is %v", tt.name, op)
		}
	}
	if op, _ := reg.Operation("events.putEvents"); op != own.Operations[0] {
		t.Error("what is registered does not win")
	}
	if op, _ := reg.Operation("aws.lambda.invoke"); op != family.Operations[0] {
		t.Error("aws.lambda is not the registered one of the family")
	}
	if !reg.Shadows("events") || reg.Shadows("lambda") || reg.Shadows("sqs") {
		t.Errorf("shadows: events %v, lambda %v, sqs %v", reg.Shadows("events"), reg.Shadows("lambda"), reg.Shadows("sqs"))
	}
	for _, name := range []string{"nothing.atAll", "sqs.nothing", "aws.nothing", "aws", "sqs", ""} {
		if op, ok := reg.Operation(name); ok {
			t.Errorf("%q is %s", name, op.Name)
		}
	}
}

func TestRefused(t *testing.T) {
	reg := registry(t)
	for name, why := range map[string]string{
		"kinesis.subscribeToShard":       "stream of events",
		"lexv2Runtime.startConversation": "both directions",
		"simpledb.listDomains":           "signature version 2",
		"sdb.listDomains":                "signature version 2",
		"timestreamQuery.query":          "must be asked for first",
		"codecatalyst.getUserDetails":    "a bearer token",
		"sqs.sendMessage":                "",
		"bedrockRuntime.converse":        "",
		"sts.assumeRoleWithSAML":         "",
	} {
		op, ok := reg.Operation(name)
		if !ok {
			if name != "simpledb.listDomains" {
				t.Errorf("no operation %s", name)
			}
			continue
		}
		if (op.Refused == "") != (why == "") || !strings.Contains(op.Refused, why) {
			t.Errorf("%s: refused %q, want %q", name, op.Refused, why)
		}
	}
}

func TestSecrets(t *testing.T) {
	reg := registry(t)
	for name, paths := range map[string][]string{
		"secretsmanager.getSecretValue": {"SecretString"},
		"ssm.getParameter":              {"Parameter.Value"},
		"ssm.getParameters":             {"Parameters.Value"},
		"iam.createAccessKey":           {"AccessKey.SecretAccessKey"},
		"ecr.getAuthorizationToken":     {"AuthorizationData.AuthorizationToken"},
		"s3.presign":                    {"Url"},
	} {
		op, ok := reg.Operation(name)
		if !ok {
			t.Fatalf("no operation %s", name)
		}
		for _, path := range paths {
			f := op.Result()
			for part := range strings.SplitSeq(path, ".") {
				for f.Elem != nil {
					f = f.Elem
				}
				if f = f.Members.Field(part); f == nil {
					t.Fatalf("%s has no %s", name, path)
				}
			}
			if !f.Secret {
				t.Errorf("%s of %s is not secret", path, name)
			}
		}
	}
}

// TestAdvice shows that what AWS documents and does not enforce is no error,
// and what is required is.
func TestAdvice(t *testing.T) {
	op, _ := registry(t).Operation("sqs.receiveMessage")
	if _, err := op.Params().Convert(map[string]any{"queueUrl": "u", "maxNumberOfMessages": 100}); err != nil {
		t.Errorf("too many messages are an error: %v", err)
	}
	if _, err := op.Params().Convert(map[string]any{}); err == nil {
		t.Error("no queueUrl is no error")
	}
	put, _ := registry(t).Operation("ec2.createVolume")
	if _, err := put.Params().Convert(map[string]any{}); err != nil && strings.Contains(err.Error(), "clientToken") {
		t.Errorf("a token is required: %v", err)
	}
	key, _ := registry(t).Operation("kms.createKey")
	f := key.Params().Field("description")
	if f == nil || f.Advised(strings.Repeat("x", 9000)) == nil || f.Advised("x") != nil {
		t.Error("the length of a description is no advice")
	}
}

// BenchmarkOffers lists all names.
func BenchmarkOffers(b *testing.B) {
	s := awsmodel.Source()
	for b.Loop() {
		if len(s.Offers()) < 400 {
			b.Fatal("services are missing")
		}
	}
}

// BenchmarkFirstUse makes connectors anew, as the first use of a service does.
func BenchmarkFirstUse(b *testing.B) {
	for _, name := range []string{"sqs", "dynamodb", "s3", "ec2"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if awsmodel.Source().Connector(name) == nil {
					b.Fatal("no connector")
				}
			}
		})
	}
}

// Steps whose requests could not be signed are found by the check.
func TestUnsignableSteps(t *testing.T) {
	for name, test := range map[string]struct{ step, want string }{
		"an ordinary bucket":     {"call: s3.getObject, with: {bucket: my-bucket, key: k}", ""},
		"a directory bucket":     {"call: s3.getObject, with: {bucket: my--use1-az4--x-s3, key: k}", "sessions of S3 Express"},
		"a multi-Region one":     {"call: s3.getObject, with: {bucket: 'arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap', key: k}", "signature version 4a"},
		"one that a run knows":   {"call: s3.getObject, with: {bucket: '${ctx.b}', key: k}", ""},
		"a global endpoint":      {"call: events.putEvents, with: {endpointId: abc.def, entries: []}", "signature version 4a"},
		"no endpoint":            {"call: events.putEvents, with: {entries: []}", ""},
		"two-way streams":        {"call: bedrockRuntime.invokeModelWithBidirectionalStream, with: {modelId: m}", "both directions"},
		"a stream of events":     {"call: s3.selectObjectContent, with: {}", "stream of events"},
		"an endpoint to ask for": {"call: timestreamQuery.query, with: {queryString: x}", "endpoint must be asked for"},
		"signature version 2":    {"call: sdb.listDomains, with: {}", "signature version 2"},
	} {
		text := "flow: f\ninputs: {b: {type: string}}\nconnections: {aws: {region: us-east-1}}\nsteps: [{" + test.step + "}]\n"
		_, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml", registry(t))
		said := ""
		if err != nil {
			said = err.Error()
		}
		if test.want == "" && strings.Contains(said, "refused-operation") || test.want != "" && (!strings.Contains(said, test.want) || !strings.Contains(said, "refused-operation")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
