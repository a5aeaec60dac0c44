// Package sdktest compares requests made from AWS's models with those of the
// SDK's clients of services that this repository does not link otherwise.
package sdktest

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/oracle"
)

func TestSDK(t *testing.T) {
	for _, tt := range []struct {
		service string
		client  any
	}{
		{"s3", s3.NewFromConfig},
		{"sqs", sqs.NewFromConfig},
		{"sns", sns.NewFromConfig},
		{"dynamodb", dynamodb.NewFromConfig},
		{"secretsmanager", secretsmanager.NewFromConfig},
		{"ssm", ssm.NewFromConfig},
		{"events", eventbridge.NewFromConfig},
		{"stepfunctions", sfn.NewFromConfig},
		{"kms", kms.NewFromConfig},
	} {
		t.Run(tt.service, func(t *testing.T) {
			r := oracle.Compare(t, tt.service, tt.client, 6, known)
			if r.Equal == 0 {
				t.Error("nothing is equal")
			}
			for _, d := range r.Different {
				t.Error(d)
			}
			t.Logf("%d equal, explained %v, only the SDK has %v, only the model %v", r.Equal, r.Explained, r.OnlySDK, r.OnlyModel)
		})
	}
}

// known says why a difference is none.
func known(operation, diff string) string {
	switch {
	case strings.Contains(diff, "unknown checksum algorithm"), strings.Contains(diff, "is unknown; use CRC32"):
		return "an algorithm that Go's library lacks"
	case strings.Contains(diff, "want \"") && strings.Contains(diff, "Content-Type=application/octet-stream"):
		return "the SDK names the type of a body that is not there"
	case operation == "sqs.changeMessageVisibilityBatch" && strings.Contains(diff, "VisibilityTimeout"):
		return "the SDK sends a number that is not given as 0"
	case strings.HasPrefix(diff, "header") && strings.Contains(diff, "X-Amz-Checksum-") && !strings.Contains(diff, "; body"):
		return "the sum of a body whose elements stand in another order"
	case strings.Contains(diff, "need signature version 4a"):
		return "signature version 4a"
	case strings.Contains(diff, "Customer-Key"):
		return "the SDK sends the key of a customer as it is given"
	}
	return ""
}
