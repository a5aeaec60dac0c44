package awsapi

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/internal/value"
)

// reached fails the test where a probe gets to the network or to credentials.
type reached struct{ t *testing.T }

func (r reached) Do(req *http.Request) (*http.Response, error) {
	r.t.Errorf("a request went to %s", req.URL)
	return nil, errUnreachable
}

func (r reached) Retrieve(context.Context) (aws.Credentials, error) {
	r.t.Error("credentials were asked for")
	return aws.Credentials{}, errUnreachable
}

func TestProbesReachNothing(t *testing.T) {
	probed := 0
	needing := 0
	for _, newClient := range []any{lambda.NewFromConfig, sts.NewFromConfig} {
		s := newService(newClient)
		cfg := probeConfig()
		cfg.HTTPClient, cfg.Credentials = reached{t}, reached{t}
		client := s.open(cfg)
		for _, m := range s.methods() {
			probed++
			if len(required(m.of(client), m.input())) > 0 {
				needing++
			}
		}
	}
	if probed != 99 || needing < 91 {
		t.Errorf("%d operations probed, %d need something; want 99 and 91 or more", probed, needing)
	}
}

func TestRequiredMembers(t *testing.T) {
	tests := []struct {
		newClient any
		operation string
		want      []string
	}{
		{lambda.NewFromConfig, "GetAccountSettings", nil},
		{lambda.NewFromConfig, "CreateAlias", []string{"functionName", "functionVersion", "name"}},
		{lambda.NewFromConfig, "UpdateAlias", []string{"functionName", "name"}},
		{lambda.NewFromConfig, "PublishVersion", []string{"functionName"}},
		{lambda.NewFromConfig, "AddLayerVersionPermission", []string{"action", "layerName", "principal", "statementId", "versionNumber"}},
		{lambda.NewFromConfig, "CreateFunction", []string{
			"capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig",
			"capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig.capacityProviderArn",
			"code", "ephemeralStorage.size", "fileSystemConfigs[].arn", "fileSystemConfigs[].localMountPath",
			"functionName", "role", "tenancyConfig.tenantIsolationMode",
		}},
		{sts.NewFromConfig, "AssumeRole", []string{"roleArn", "roleSessionName", "tags[].key", "tags[].value"}},
		{sts.NewFromConfig, "AssumeRoleWithSAML", []string{"principalArn", "roleArn", "samlAssertion"}},
		{sts.NewFromConfig, "GetCallerIdentity", nil},
	}
	for _, tt := range tests {
		t.Run(tt.operation, func(t *testing.T) {
			s := newService(tt.newClient)
			i := slices.IndexFunc(s.methods(), func(m method) bool { return m.name == tt.operation })
			m := s.methods()[i]
			got := required(m.of(s.probe()), m.input())
			var paths []string
			paths = append(paths, value.SortedKeys(got)...)
			if diff := cmp.Diff(tt.want, paths); diff != "" {
				t.Errorf("required (-want +got):\n%s", diff)
			}
		})
	}
}

func BenchmarkDescribe(b *testing.B) {
	for b.Loop() {
		c := Connector("lambda", lambda.NewFromConfig)
		for _, op := range c.Operations {
			op.Params()
		}
	}
}

func BenchmarkConnector(b *testing.B) {
	for b.Loop() {
		Connector("lambda", lambda.NewFromConfig)
	}
}
