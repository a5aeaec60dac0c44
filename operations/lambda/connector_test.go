package lambda_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
	"github.com/medlar-flow/medlar/operations/lambda"
)

// connected returns the connector, and a connection to a server that answers
// every request so.
func connected(t testing.TB, answer awstest.Answer) (*awstest.Server, func(operation string, params map[string]any) (any, error)) {
	t.Helper()
	return connectedTo(t, func(awstest.Request) awstest.Answer { return answer })
}

func connectedTo(t testing.TB, answer func(awstest.Request) awstest.Answer) (*awstest.Server, func(string, map[string]any) (any, error)) {
	t.Helper()
	server := awstest.Serve(t, answer)
	c := lambda.Connector()
	conn := server.Connect(t, c)
	return server, func(operation string, params map[string]any) (any, error) {
		return awstest.Call(t, c, conn, operation, params)
	}
}

// Each row is one call in one spelling, and the request that AWS gets.
func TestRequests(t *testing.T) {
	const created = `{"AliasArn":"arn","FunctionVersion":"1","RevisionId":"r","Version":"1"}`
	tests := []struct {
		name, operation string
		params          map[string]any
		method, path    string
		query, body     string
	}{
		{
			"account settings", "getAccountSettings",
			map[string]any{"apiVersionGetAccountSettings": "2016-08-19"},
			"GET", "/2016-08-19/account-settings", "", "",
		},
		{
			"create alias", "createAlias",
			map[string]any{
				"functionName": "orders", "name": "live", "functionVersion": "1", "description": "d",
				"routingConfig": map[string]any{"additionalVersionWeights": map[string]any{"2": 0.1}},
			},
			"POST", "/2015-03-31/functions/orders/aliases", "",
			`{"Description":"d","FunctionVersion":"1","Name":"live","RoutingConfig":{"AdditionalVersionWeights":{"2":0.1}}}`,
		},
		{
			"create alias, AWS spelling", "createAlias",
			map[string]any{
				"FunctionName": "orders", "Name": "live", "FunctionVersion": 1,
				"RoutingConfig": map[string]any{"AdditionalVersionWeights": map[string]any{"2": "0.1"}},
			},
			"POST", "/2015-03-31/functions/orders/aliases", "",
			`{"FunctionVersion":"1","Name":"live","RoutingConfig":{"AdditionalVersionWeights":{"2":0.1}}}`,
		},
		{
			"create alias, published connector", "createAlias",
			map[string]any{
				"functionName": "orders", "aliasName": "live", "functionVersion": "$LATEST", "createAliasDescription": "d",
				"aliasAdditionalVersionWeights": `{"2": 0.1}`, "apiVersionCreateAlias": "2015-03-31",
			},
			"POST", "/2015-03-31/functions/orders/aliases", "",
			`{"Description":"d","FunctionVersion":"$LATEST","Name":"live","RoutingConfig":{"AdditionalVersionWeights":{"2":0.1}}}`,
		},
		{
			"update alias, weights taken back", "updateAlias",
			map[string]any{"functionName": "orders", "name": "live", "routingConfig": map[string]any{"additionalVersionWeights": map[string]any{}}},
			"PUT", "/2015-03-31/functions/orders/aliases/live", "",
			`{"RoutingConfig":{"AdditionalVersionWeights":{}}}`,
		},
		{
			"update alias, published connector", "updateAlias",
			map[string]any{
				"functionName": "orders", "aliasName": "live", "updatedAliasDescription": "d", "aliasRevisionId": "r",
				"updatedAliasAdditionalVersionWeight": map[string]any{"2": 1}, "apiVersionUpdateAlias": "2015-03-31",
			},
			"PUT", "/2015-03-31/functions/orders/aliases/live", "",
			`{"Description":"d","RevisionId":"r","RoutingConfig":{"AdditionalVersionWeights":{"2":1}}}`,
		},
		{
			"update alias, the plural spelling", "updateAlias",
			map[string]any{"functionName": "orders", "name": "live", "updatedAliasAdditionalVersionWeights": map[string]any{"2": 0.5}},
			"PUT", "/2015-03-31/functions/orders/aliases/live", "",
			`{"RoutingConfig":{"AdditionalVersionWeights":{"2":0.5}}}`,
		},
		{
			"get alias", "getAlias",
			map[string]any{"functionName": "orders", "aliasName": "live", "apiVersionGetAlias": "2015-03-31"},
			"GET", "/2015-03-31/functions/orders/aliases/live", "", "",
		},
		{
			"delete alias", "deleteAlias",
			map[string]any{"functionName": "orders", "name": "live"},
			"DELETE", "/2015-03-31/functions/orders/aliases/live", "", "",
		},
		{
			"add permission", "addPermission",
			map[string]any{
				"functionName": "orders", "permissionAction": "lambda:InvokeFunction", "permissionStatementId": "s",
				"permissionPrincipal": "s3.amazonaws.com", "permissionQualifier": "live", "principalOrgID": "o-abcdefghij",
			},
			"POST", "/2015-03-31/functions/orders/policy", "Qualifier=live",
			`{"Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com","PrincipalOrgID":"o-abcdefghij","StatementId":"s"}`,
		},
		{
			"remove permission", "removePermission",
			map[string]any{"functionName": "orders", "permissionStatementId": "s", "permissionQualifier": "live", "permissionRevisionId": "r"},
			"DELETE", "/2015-03-31/functions/orders/policy/s", "Qualifier=live&RevisionId=r", "",
		},
		{
			"create function, published connector", "createFunction",
			map[string]any{
				"functionName": "orders", "functionDescription": "d", "s3Bucket": "b", "s3Key": "k", "s3ObjectVersion": "null",
				"targetArn": "arn:t", "environmentVariables": `{"Some_Key":"v"}`, "handler": "index.handler", "layers": "arn:l",
				"memorySize": "128", "publish": "false", "role": "arn:r", "runtime": "nodejs20.x", "timeout": "3", "tags": `{"Team":"x"}`,
				"mode": "PassThrough", "securityGroupIds": "sg-1", "subnetIds": []any{"subnet-1"}, "kmsKeyArn": "arn:k",
			},
			"POST", "/2015-03-31/functions", "",
			`{"Code":{"S3Bucket":"b","S3Key":"k"},"DeadLetterConfig":{"TargetArn":"arn:t"},"Description":"d",` +
				`"Environment":{"Variables":{"Some_Key":"v"}},"FunctionName":"orders","Handler":"index.handler","KMSKeyArn":"arn:k","Layers":["arn:l"],` +
				`"MemorySize":128,"Role":"arn:r","Runtime":"nodejs20.x","Tags":{"Team":"x"},"Timeout":3,` +
				`"TracingConfig":{"Mode":"PassThrough"},"VpcConfig":{"SecurityGroupIds":["sg-1"],"SubnetIds":["subnet-1"]}}`,
		},
		{
			"create function, nested", "createFunction",
			map[string]any{"functionName": "orders", "role": "arn:r", "code": map[string]any{"ZipFile": []byte("zip")}},
			"POST", "/2015-03-31/functions", "",
			`{"Code":{"ZipFile":"emlw"},"FunctionName":"orders","Role":"arn:r"}`,
		},
		{
			"delete function", "deleteFunction",
			map[string]any{"functionName": "orders", "deleteFunctionQualifier": "2"},
			"DELETE", "/2015-03-31/functions/orders", "Qualifier=2", "",
		},
		{
			"get function", "getFunction",
			map[string]any{"functionName": "orders", "qualifier": "live"},
			"GET", "/2015-03-31/functions/orders", "Qualifier=live", "",
		},
		{
			"get function configuration", "getFunctionConfiguration",
			map[string]any{"functionName": "orders"},
			"GET", "/2015-03-31/functions/orders/configuration", "", "",
		},
		{
			"list functions", "listFunctions",
			map[string]any{"functionVersionToBeListed": "ALL", "marker": "1", "masterRegion": "us-east-1", "maxItems": "3", "apiVersionListFunction": "2015-03-31"},
			"GET", "/2015-03-31/functions", "FunctionVersion=ALL&Marker=1&MasterRegion=us-east-1&MaxItems=3", "",
		},
		{
			"add layer permission, default action", "addLayerVersionPermission",
			map[string]any{
				"layerName": "shared", "layerVersionNumber": "1", "layerStatementId": "s", "layerPrincipal": "*",
				"layerOrganizationId": "o-abcdefghij", "apiVersionAddLayerVersionPermission": "2018-10-31",
			},
			"POST", "/2018-10-31/layers/shared/versions/1/policy", "",
			`{"Action":"lambda:GetLayerVersion","OrganizationId":"o-abcdefghij","Principal":"*","StatementId":"s"}`,
		},
		{
			"remove layer permission", "removeLayerVersionPermission",
			map[string]any{"layerName": "shared", "versionNumber": 1, "statementId": "s", "layerRevisionId": "r"},
			"DELETE", "/2018-10-31/layers/shared/versions/1/policy/s", "RevisionId=r", "",
		},
		{
			"publish version", "publishVersion",
			map[string]any{"functionName": "orders", "description": "v"},
			"POST", "/2015-03-31/functions/orders/versions", "", `{"Description":"v"}`,
		},
		{
			"invoke asynchronously", "invokeAsync",
			map[string]any{"functionName": "orders", "payload": map[string]any{"n": 1}},
			"POST", "/2014-11-13/functions/orders/invoke-async", "", `{"n":1}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, call := connected(t, awstest.Answer{Body: created})
			if _, err := call(tt.operation, tt.params); err != nil {
				t.Fatal(err)
			}
			r := server.Last(t)
			got := []string{r.Method, r.Path, r.Query, r.Body}
			if diff := cmp.Diff([]string{tt.method, strings.ReplaceAll(tt.path, "$", "%24"), tt.query, tt.body}, got); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParametersThatAreRefused(t *testing.T) {
	alias := func(more map[string]any) map[string]any {
		params := map[string]any{"functionName": "orders", "name": "live", "functionVersion": "1"}
		for name, v := range more {
			params[name] = v
		}
		return params
	}
	tests := []struct {
		name, operation string
		params          map[string]any
		want            string
	}{
		{"two spellings", "createAlias", alias(map[string]any{"aliasName": "live"}), `"aliasName"`},
		{"unknown", "createAlias", alias(map[string]any{"responseVariable": "r"}), "unknown parameter"},
		{"missing", "createAlias", map[string]any{"functionName": "orders", "name": "live"}, "functionVersion: required"},
		{"null is missing", "getAlias", map[string]any{"functionName": "orders", "name": nil}, "name: required"},
		{
			"nested and its spelling", "createAlias",
			alias(map[string]any{"aliasAdditionalVersionWeights": map[string]any{"2": 1}, "routingConfig": map[string]any{"additionalVersionWeights": map[string]any{"2": 1}}}),
			"the same parameter",
		},
		{"API version", "createAlias", alias(map[string]any{"apiVersionCreateAlias": "2018-10-31"}), "2015-03-31"},
		{"weight", "createAlias", alias(map[string]any{"aliasAdditionalVersionWeights": map[string]any{"2": 1.5}}), "more than 1"},
		{"alias that is a number", "createAlias", map[string]any{"functionName": "orders", "name": "12", "functionVersion": "1"}, "name"},
		{
			"inexact number", "addLayerVersionPermission",
			map[string]any{"layerName": "l", "versionNumber": "1.5", "statementId": "s", "principal": "*"},
			"integer",
		},
		{
			"layer action", "addLayerVersionPermission",
			map[string]any{"layerName": "l", "versionNumber": 1, "statementId": "s", "principal": "*", "action": "lambda:GetLayer"},
			"action",
		},
		{"items", "listFunctions", map[string]any{"maxItems": 10001}, "10000"},
		{"client context", "invoke", map[string]any{"functionName": "f", "clientContext": map[string]any{"k": strings.Repeat("s3cr3t", 600)}}, "at most 3583"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			op := awstest.Find(t, lambda.Connector(), tt.operation)
			_, err := op.Params().Convert(tt.params)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

func TestResults(t *testing.T) {
	alias := map[string]any{
		"AliasArn": "arn", "Description": "", "FunctionVersion": "$LATEST", "Name": "live", "RevisionId": "r", "RoutingConfig": nil,
	}
	tests := []struct {
		name, operation string
		params          map[string]any
		answer          awstest.Answer
		want            map[string]any
	}{
		{
			"declared members that were not sent are null", "getAlias",
			map[string]any{"functionName": "f", "name": "live"},
			awstest.Answer{Body: `{"AliasArn":"arn","Description":"","FunctionVersion":"$LATEST","Name":"live","RevisionId":"r"}`},
			alias,
		},
		{
			"account settings", "getAccountSettings", nil,
			awstest.Answer{Body: `{"AccountLimit":{"ConcurrentExecutions":1000,"TotalCodeSize":80530636800},"AccountUsage":{"FunctionCount":1,"TotalCodeSize":176268666}}`},
			map[string]any{
				"AccountLimit": map[string]any{
					"CodeSizeUnzipped": int64(0), "CodeSizeZipped": int64(0), "ConcurrentExecutions": int64(1000),
					"TotalCodeSize": int64(80530636800), "UnreservedConcurrentExecutions": nil,
				},
				"AccountUsage": map[string]any{"FunctionCount": int64(1), "TotalCodeSize": int64(176268666)},
			},
		},
		{"no body", "deleteAlias", map[string]any{"functionName": "f", "name": "live"}, awstest.Answer{Status: 204}, map[string]any{}},
		{"only a status", "deleteFunction", map[string]any{"functionName": "f"}, awstest.Answer{Status: 204}, map[string]any{"StatusCode": int64(204)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, call := connected(t, tt.answer)
			got, err := call(tt.operation, tt.params)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(any(tt.want), got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSecretsOfTheModel(t *testing.T) {
	c := lambda.Connector()
	create := awstest.Find(t, c, "createFunction")
	if !create.Params().Field("environmentVariables").HasSecret() || !create.Params().Field("environment").HasSecret() {
		t.Error("environment variables are not secret")
	}
	members := create.Result().Members
	if !members.Field("Environment").HasSecret() {
		t.Error("environment variables of the result are not secret")
	}
	if members.Field("RuntimeVersionConfig").HasSecret() {
		t.Error("an error message is secret")
	}
	invoke := awstest.Find(t, c, "invoke")
	if invoke.Params().Field("payload").HasSecret() || invoke.Result().HasSecret() {
		t.Error("invoke's payload is secret")
	}
	if !invoke.Params().Field("x-amz-client-context").Secret {
		t.Error("clientContext is not secret")
	}
}

func TestErrorHasWhatAWSSays(t *testing.T) {
	_, call := connected(t, awstest.Answer{
		Status: 429,
		Header: map[string]string{"X-Amzn-ErrorType": "TooManyRequestsException", "X-Amzn-RequestId": "req-1", "Retry-After": "2"},
		Body:   `{"message":"Rate exceeded","Reason":"CallerRateLimitExceeded"}`,
	})
	_, err := call("getAlias", map[string]any{"functionName": "f", "name": "live"})
	var got *connector.Error
	if !errors.As(err, &got) {
		t.Fatalf("error is a %T", err)
	}
	got.Err = nil
	want := &connector.Error{
		Code: "TooManyRequestsException", Class: connector.ClassThrottled, Message: "Rate exceeded", Status: 429, RequestID: "req-1", Requests: 1,
		RetryAfter: 2e9, Outcome: connector.OutcomeFailed, Details: map[string]any{"Reason": "CallerRateLimitExceeded"},
	}
	want.Details["RetryAfterSeconds"] = "2"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

// Names of the published connector that have no place here lead to what does.
func TestHints(t *testing.T) {
	c := lambda.Connector()
	op := awstest.Find(t, c, "createAlias")
	for _, name := range []string{"responseVariable", "overwriteBody"} {
		if op.Params().Field(name) != nil || !strings.Contains(op.Hints[name], "${steps.<id>}") {
			t.Errorf("%s: hint is %q", name, op.Hints[name])
		}
	}
	if c.Connection.Field("name") != nil || !strings.Contains(c.Hints["name"], "connection:") {
		t.Errorf("name of a connection: hint is %q", c.Hints["name"])
	}
}
