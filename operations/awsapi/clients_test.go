package awsapi_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
	"github.com/medlar-flow/medlar/schema"
)

// Any client is a connector; these are the ones that the SDK itself needs.
func TestAnyClientIsAConnector(t *testing.T) {
	tests := []struct {
		name      string
		newClient any
		count     int
	}{
		{"lambda", lambda.NewFromConfig, 88},
		{"sts", sts.NewFromConfig, 11},
		{"sso", sso.NewFromConfig, 4},
		{"ssooidc", ssooidc.NewFromConfig, 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := awsapi.Connector(tt.name, tt.newClient)
			if _, err := connector.NewRegistry(c); err != nil {
				t.Fatal(err)
			}
			if len(c.Operations) != tt.count {
				t.Errorf("%d operations, want %d", len(c.Operations), tt.count)
			}
			for _, op := range c.Operations {
				for _, f := range op.Params().Fields() {
					checkField(t, op.Name, f, 0)
				}
				for _, f := range op.Result().Members.Fields() {
					checkField(t, op.Name, f, 0)
				}
			}
		})
	}
}

// checkField holds what is so of every field that comes from the SDK.
func checkField(t *testing.T, operation string, f *schema.Field, depth int) {
	t.Helper()
	if depth > 12 {
		return // a type that contains itself
	}
	isContainer := f.Type == schema.List || f.Type == schema.Map
	switch {
	case isContainer && f.Elem == nil:
		t.Errorf("%s: %s has no element", operation, f.Name)
	case f.Type == schema.Object && f.Members == nil:
		t.Errorf("%s: %s has no members", operation, f.Name)
	case f.OpenEnum != (len(f.Enum) > 0):
		t.Errorf("%s: the enum of %s is not open", operation, f.Name)
	}
	if f.Elem != nil {
		checkField(t, operation, f.Elem, depth+1)
	}
	for _, m := range f.Members.Fields() {
		checkField(t, operation, m, depth+1)
	}
}

func TestCallOfAnotherClient(t *testing.T) {
	server := awstest.Serve(t, func(awstest.Request) awstest.Answer {
		return awstest.Answer{Body: `{"accountList":[{"accountId":"000000000000"}],"nextToken":null}`}
	})
	c := awsapi.Connector("sso", sso.NewFromConfig)
	v, err := awstest.Call(t, c, server.Connect(t, c), "listAccounts", map[string]any{"accessToken": "t", "paginate": true})
	if err != nil {
		t.Fatal(err)
	}
	list, _ := v.(map[string]any)["AccountList"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["AccountId"] != "000000000000" {
		t.Errorf("result is %v", v)
	}
}
