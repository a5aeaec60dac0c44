package awsemu_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/medlar-flow/medlar/operations/awsemu"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/fixture"
)

// Keys and roles of another account see the functions that it declares, and by
// ARN those of others.
func TestFunctionsOfAccounts(t *testing.T) {
	same(t, awsemu.Account, fixture.DefaultAccount)
	dir := t.TempDir()
	text := `
functions: {shared: {reply: first}, orders: {reply: first}}
accounts:
  "111122223333": {accessKeyId: AKIAEXAMPLE000000000, secretAccessKey: s, functions: {orders: {reply: second, versions: {1: {}}}}}
  "444455556666": {functions: {}, layers: {lib: {versions: {1: {}}}}}
  "777788889999": {accessKeyId: AKIAEXAMPLE000000001, secretAccessKey: s}
`
	keep := func(o *awsemu.Options) { o.Data = dir }
	r := startWith(t, text, keep)
	names := func(client *lambda.Client) string {
		var list []string
		for _, f := range ok(client.ListFunctions(t.Context(), &lambda.ListFunctionsInput{}))(t).Functions {
			list = append(list, *f.FunctionName)
		}
		return strings.Join(list, " ")
	}
	key := func(r *rig, id string) *lambda.Client { return lambda.NewFromConfig(r.config(t, id, "s", "")) }
	role := func(account string) *lambda.Client {
		out := ok(r.sts(t).AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleArn: aws.String("arn:aws:iam::" + account + ":role/deploy"), RoleSessionName: aws.String("me"),
		}))(t)
		return lambda.NewFromConfig(r.config(t, *out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken))
	}
	same(t, "orders shared", names(r.lambda(t)))
	second := key(r, "AKIAEXAMPLE000000000")
	same(t, "orders", names(second))
	same(t, "orders", names(role("111122223333")))
	same(t, "", names(role("444455556666")))
	same(t, "lib", *ok(role("444455556666").ListLayers(t.Context(), &lambda.ListLayersInput{}))(t).Layers[0].LayerName)
	same(t, "orders shared", names(key(r, "AKIAEXAMPLE000000001")))
	invoke := func(client *lambda.Client, name string) string {
		return string(ok(client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &name}))(t).Payload)
	}
	same(t, `"second"`, invoke(second, "orders"))
	same(t, `"first"`, invoke(r.lambda(t), "orders"))
	same(t, `"second"`, invoke(r.lambda(t), "arn:aws:lambda:us-east-1:111122223333:function:orders:1"))
	same(t, `"first"`, invoke(second, "000000000000:function:shared"))
	_, err := second.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("shared")})
	fails(t, err, "ResourceNotFoundException", 404)
	ok(second.TagResource(t.Context(), &lambda.TagResourceInput{Resource: aws.String("arn:aws:lambda:us-east-1:111122223333:function:orders"), Tags: map[string]string{"a": "b"}}))(t)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	again := startWith(t, text, keep)
	same(t, `"second"`, invoke(key(again, "AKIAEXAMPLE000000000"), "orders:1"))
}

// Runtimes end as those of AWS: first for new functions, then for all changes.
func TestRetiredRuntimes(t *testing.T) {
	ctx, r := t.Context(), start(t, "functions: {old: {runtime: nodejs12.x, reply: 1}, aging: {runtime: python3.7, reply: 1}}")
	client := r.lambda(t)
	create := func(name string, runtime types.Runtime) error {
		in := newFunction(t, name)
		in.Runtime = runtime
		_, err := client.CreateFunction(ctx, in)
		return err
	}
	update := func(name string, runtime types.Runtime) error {
		_, err := client.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: &name, Runtime: runtime, Timeout: aws.Int32(9)})
		return err
	}
	refused := func(err error) bool {
		api, known := errors.AsType[smithy.APIError](err)
		return known && api.ErrorCode() == "InvalidParameterValueException" && strings.Contains(api.ErrorMessage(), "is no longer supported for creating or updating AWS Lambda functions")
	}
	for runtime, gone := range map[types.Runtime]bool{
		"nodejs14.x": true, "python2.7": true, "go1.x": true, "provided": true, "java8": true, "dotnetcore3.1": true, "ruby2.7": true,
		"nodejs18.x": false, "python3.9": false, "nodejs24.x": false, "provided.al2": false, "java8.al2": false,
	} {
		if err := create("f-"+strings.ReplaceAll(string(runtime), ".", "-"), runtime); refused(err) != gone || !gone && err != nil {
			t.Errorf("%s: %v", runtime, err)
		}
	}
	err := create("f", "nodejs14.x")
	says(t, err, "The runtime parameter of nodejs14.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use the new runtime (nodejs24.x) while creating or updating functions.")
	if err := update("aging", ""); err != nil {
		t.Error(err)
	}
	if err := update("aging", "python2.7"); !refused(err) {
		t.Errorf("got %v", err)
	}
	if err := update("old", ""); !refused(err) {
		t.Errorf("got %v", err)
	}
	_, err = client.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String("old"), ZipFile: zipped(t)})
	if !refused(err) {
		t.Errorf("got %v", err)
	}
	if err := update("old", "nodejs24.x"); err != nil {
		t.Error(err)
	}
}

// Members that hold ARNs, paths and names are held against AWS's patterns.
func TestPatternsOfMembers(t *testing.T) {
	ctx, client := t.Context(), start(t, "functions: {f: {reply: 1}}").lambda(t)
	f := aws.String("f")
	for _, row := range []struct {
		name string
		good bool
		in   lambda.UpdateFunctionConfigurationInput
	}{
		{"key", true, lambda.UpdateFunctionConfigurationInput{KMSKeyArn: aws.String("arn:aws:kms:us-east-1:000000000000:key/1")}},
		{"no key", true, lambda.UpdateFunctionConfigurationInput{KMSKeyArn: aws.String("")}},
		{"key by alias", false, lambda.UpdateFunctionConfigurationInput{KMSKeyArn: aws.String("alias/mine")}},
		{"dead letters", true, lambda.UpdateFunctionConfigurationInput{DeadLetterConfig: &types.DeadLetterConfig{TargetArn: aws.String("arn:aws:sqs:us-east-1:000000000000:q")}}},
		{"no dead letters", true, lambda.UpdateFunctionConfigurationInput{DeadLetterConfig: &types.DeadLetterConfig{TargetArn: aws.String("")}}},
		{"dead letters by URL", false, lambda.UpdateFunctionConfigurationInput{DeadLetterConfig: &types.DeadLetterConfig{TargetArn: aws.String("https://sqs/q")}}},
		{"file system", true, lambda.UpdateFunctionConfigurationInput{FileSystemConfigs: []types.FileSystemConfig{
			{Arn: aws.String("arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0"), LocalMountPath: aws.String("/mnt/data")},
		}}},
		{"file system by id", false, lambda.UpdateFunctionConfigurationInput{FileSystemConfigs: []types.FileSystemConfig{{Arn: aws.String("fs-1"), LocalMountPath: aws.String("/mnt/data")}}}},
		{"mounted elsewhere", false, lambda.UpdateFunctionConfigurationInput{FileSystemConfigs: []types.FileSystemConfig{
			{Arn: aws.String("arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0"), LocalMountPath: aws.String("/data")},
		}}},
		{"logs", true, lambda.UpdateFunctionConfigurationInput{LoggingConfig: &types.LoggingConfig{LogFormat: "JSON", ApplicationLogLevel: "WARN", SystemLogLevel: "INFO", LogGroup: aws.String("/aws/lambda/f")}}},
		{"format of logs", false, lambda.UpdateFunctionConfigurationInput{LoggingConfig: &types.LoggingConfig{LogFormat: "XML"}}},
		{"level of logs", false, lambda.UpdateFunctionConfigurationInput{LoggingConfig: &types.LoggingConfig{LogFormat: "JSON", SystemLogLevel: "TRACE"}}},
		{"log group", false, lambda.UpdateFunctionConfigurationInput{LoggingConfig: &types.LoggingConfig{LogGroup: aws.String("my logs")}}},
		{"tracing", false, lambda.UpdateFunctionConfigurationInput{TracingConfig: &types.TracingConfig{Mode: "Sometimes"}}},
		{"snapshots", false, lambda.UpdateFunctionConfigurationInput{SnapStart: &types.SnapStart{ApplyOn: "Always"}}},
	} {
		row.in.FunctionName = f
		_, err := client.UpdateFunctionConfiguration(ctx, &row.in)
		t.Run(row.name, func(t *testing.T) {
			if !row.good {
				fails(t, err, "InvalidParameterValueException", 400)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	destination := func(arn string) error {
		_, err := client.PutFunctionEventInvokeConfig(ctx, &lambda.PutFunctionEventInvokeConfigInput{
			FunctionName: f, DestinationConfig: &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: &arn}},
		})
		return err
	}
	fails(t, destination("my-queue"), "InvalidParameterValueException", 400)
	if err := destination("arn:aws:sqs:us-east-1:000000000000:q"); err != nil {
		t.Error(err)
	}
	for _, row := range []struct{ arn, code string }{
		{"f", "InvalidParameterValueException"},
		{"arn:aws:lambda:us-east-1:000000000000:function:f", ""},
		{"arn:aws:lambda:us-east-1:000000000000:function:nobody", "ResourceNotFoundException"},
		{"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:01234567-0123-0123-0123-0123456789ab", "ResourceNotFoundException"},
		{"arn:aws:lambda:us-east-1:000000000000:layer:f", "InvalidParameterValueException"},
	} {
		_, err := client.ListTags(ctx, &lambda.ListTagsInput{Resource: &row.arn})
		if row.code == "" && err == nil {
			continue
		}
		fails(t, err, row.code, map[string]int{"ResourceNotFoundException": 404, "InvalidParameterValueException": 400}[row.code])
	}
	for _, arn := range []string{"arn:aws-cn:lambda:us-east-1:000000000000:function:f", "arn:aws:lambda:eu-west-1:000000000000:function:f"} {
		_, err := client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: &arn})
		fails(t, err, "ResourceNotFoundException", 404)
	}
}
