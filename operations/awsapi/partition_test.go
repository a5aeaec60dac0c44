package awsapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
)

// asked notes where requests would go and answers them itself: credentials to
// STS, nothing to others.
type asked struct{ urls []string }

func (a *asked) RoundTrip(r *http.Request) (*http.Response, error) {
	a.urls = append(a.urls, r.URL.Scheme+"://"+r.URL.Host)
	answer := awstest.Answer{Body: "{}"}
	if strings.HasPrefix(r.URL.Host, "sts") {
		answer = assumed("ASIA")
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {answer.Header["Content-Type"]}},
		Body: io.NopCloser(strings.NewReader(answer.Body)), Request: r,
	}, nil
}

// Every Region's endpoints are those of its partition, and STS is asked in the
// Region of the connection.
func TestEndpointsOfPartitions(t *testing.T) {
	aloneOnEarth(t)
	const china, gov = "arn:aws-cn:iam::000000000000:role/r", "arn:aws-us-gov:iam::000000000000:role/r"
	tests := []struct {
		name   string
		params map[string]any
		sts    bool
		want   []string
	}{
		{"Europe", map[string]any{"region": "eu-west-1"}, false, []string{"https://lambda.eu-west-1.amazonaws.com"}},
		{"China", map[string]any{"region": "cn-north-1"}, false, []string{"https://lambda.cn-north-1.amazonaws.com.cn"}},
		{"GovCloud", map[string]any{"region": "us-gov-west-1"}, false, []string{"https://lambda.us-gov-west-1.amazonaws.com"}},
		{"FIPS", map[string]any{"region": "us-east-1", "useFips": true}, false, []string{"https://lambda-fips.us-east-1.amazonaws.com"}},
		{"FIPS, GovCloud", map[string]any{"region": "us-gov-west-1", "useFips": "true"}, false, []string{"https://lambda-fips.us-gov-west-1.amazonaws.com"}},
		{"dual stack", map[string]any{"region": "eu-west-1", "useDualStack": true}, false, []string{"https://lambda.eu-west-1.api.aws"}},
		{"dual stack, China", map[string]any{"region": "cn-north-1", "useDualStack": true}, false, []string{"https://lambda.cn-north-1.api.amazonwebservices.com.cn"}},
		{"STS", map[string]any{"region": "eu-central-1"}, true, []string{"https://sts.eu-central-1.amazonaws.com"}},
		{"STS, China", map[string]any{"region": "cn-northwest-1"}, true, []string{"https://sts.cn-northwest-1.amazonaws.com.cn"}},
		{"STS, us-east-1", map[string]any{"region": "us-east-1"}, true, []string{"https://sts.us-east-1.amazonaws.com"}},
		{
			"role, China",
			map[string]any{"region": "cn-north-1", "assumeRole": map[string]any{"roleArn": china}},
			false,
			[]string{"https://sts.cn-north-1.amazonaws.com.cn", "https://lambda.cn-north-1.amazonaws.com.cn"},
		},
		{
			"role, GovCloud, FIPS",
			map[string]any{"region": "us-gov-east-1", "useFips": true, "assumeRole": map[string]any{"roleArn": gov}},
			false,
			[]string{"https://sts.us-gov-east-1.amazonaws.com", "https://lambda-fips.us-gov-east-1.amazonaws.com"},
		},
		{
			"VPC endpoint of the service alone",
			map[string]any{
				"region": "eu-west-1", "endpoint": "https://vpce-1.lambda.eu-west-1.vpce.amazonaws.com", "assumeRole": map[string]any{"roleArn": gov},
			},
			false,
			[]string{"https://sts.eu-west-1.amazonaws.com", "https://vpce-1.lambda.eu-west-1.vpce.amazonaws.com"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := &asked{}
			wrap := awsapi.Transport(func(http.RoundTripper) http.RoundTripper { return a })
			var c *connector.Connector
			operation := "getAccountSettings"
			if c = awsapi.Connector("lambda", lambda.NewFromConfig, wrap); tt.sts {
				c, operation = awsapi.Connector("sts", sts.NewFromConfig, wrap), "getCallerIdentity"
			}
			tt.params["accessKeyId"], tt.params["secretAccessKey"] = "AKID", "s"
			_, _ = awstest.Call(t, c, awstest.Open(t, c, tt.params), operation, nil)
			if diff := cmp.Diff(tt.want, a.urls); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}
