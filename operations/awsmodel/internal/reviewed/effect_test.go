package reviewed_test

import (
	"os"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/reviewed"
)

func embedded(t *testing.T) *model.File {
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

func service(t *testing.T, f *model.File, name string) *model.Service {
	t.Helper()
	i, ok := f.Find(name)
	if !ok {
		t.Fatalf("no service %s", name)
	}
	s, err := f.Service(i)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEffectsAndPermissions(t *testing.T) {
	f := embedded(t)
	tests := []struct {
		service, operation string
		effect             model.Effect
		action             string
	}{
		{"sqs", "SendMessage", model.Mutating, "sqs:SendMessage"},
		{"sqs", "ReceiveMessage", model.Mutating, "sqs:ReceiveMessage"}, // hides what it gives
		{"sqs", "GetQueueUrl", model.ReadOnly, "sqs:GetQueueUrl"},
		{"sqs", "DeleteMessageBatch", model.Mutating, "sqs:DeleteMessage"},
		{"s3", "GetObject", model.ReadOnly, "s3:GetObject"},
		{"s3", "HeadObject", model.ReadOnly, "s3:GetObject"},
		{"s3", "PutObject", model.Mutating, "s3:PutObject"},
		{"s3", "ListObjectsV2", model.ReadOnly, "s3:ListBucket"},
		{"s3", "GetBucketAccelerateConfiguration", model.ReadOnly, "s3:GetAccelerateConfiguration"},
		{"s3", "DeleteBucketAnalyticsConfiguration", model.Mutating, "s3:PutAnalyticsConfiguration"},
		{"dynamodb", "GetItem", model.ReadOnly, "dynamodb:GetItem"},
		{"dynamodb", "PutItem", model.Mutating, "dynamodb:PutItem"},
		{"dynamodb", "BatchGetItem", model.ReadOnly, "dynamodb:BatchGetItem"},
		{"dynamodb", "TransactWriteItems", model.Idempotent, ""}, // has a token; needs several permissions
		{"lambda", "CreateFunction", model.Mutating, "lambda:CreateFunction"},
		{"stepfunctions", "GetActivityTask", model.Mutating, "states:GetActivityTask"},
		{"stepfunctions", "StartExecution", model.Mutating, "states:StartExecution"},
		{"ec2", "DescribeInstances", model.ReadOnly, "ec2:DescribeInstances"},
		{"ec2", "RunInstances", model.Idempotent, "ec2:RunInstances"},
		{"apigateway", "GetRestApis", model.ReadOnly, ""},
		{"cloudwatch", "PutMetricData", model.Mutating, "cloudwatch:PutMetricData"},
	}
	for _, tt := range tests {
		o := service(t, f, tt.service).Operation(tt.operation)
		if o == nil {
			t.Errorf("no operation %s.%s", tt.service, tt.operation)
			continue
		}
		if o.Effect != tt.effect || o.IAMAction != tt.action {
			t.Errorf("%s.%s: effect %d, action %q; want %d, %q", tt.service, tt.operation, o.Effect, o.IAMAction, tt.effect, tt.action)
		}
	}
}

// TestOverridden shows that each row of the list is of an operation that there
// is, and says another thing than the rule would.
func TestOverridden(t *testing.T) {
	f := embedded(t)
	for _, name := range reviewed.Overridden() {
		svc, op, _ := strings.Cut(name, ".")
		s := service(t, f, svc)
		o := s.Operation(op)
		if o == nil {
			t.Errorf("no operation %s", name)
			continue
		}
		bare := *s
		bare.Name = "other" // so that no row is found
		if reviewed.EffectOf(s, o) == reviewed.EffectOf(&bare, o) {
			t.Errorf("%s: the rule says the same", name)
		}
	}
}
