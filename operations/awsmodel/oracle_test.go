package awsmodel_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/oracle"
)

// TestSDK compares requests with those of the SDK's own types, which Lambda and
// STS stay on. Other services are compared in a module of its own, sdktest.
func TestSDK(t *testing.T) {
	for _, tt := range []struct {
		service string
		client  any
	}{
		{"lambda", lambda.NewFromConfig}, {"sts", sts.NewFromConfig}, {"sqs", sqs.NewFromConfig},
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
	if operation == "sqs.changeMessageVisibilityBatch" && strings.HasPrefix(diff, "body") && strings.Contains(diff, "VisibilityTimeout") {
		return "the SDK sends a number that is not given as 0"
	}
	return ""
}
