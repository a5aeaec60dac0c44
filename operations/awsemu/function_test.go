package awsemu_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func zipped(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	ok(w.Create("bootstrap"))(t)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func newFunction(t testing.TB, name string) *lambda.CreateFunctionInput {
	t.Helper()
	return &lambda.CreateFunctionInput{
		FunctionName: &name, Role: aws.String("arn:aws:iam::000000000000:role/r"),
		Runtime: types.RuntimeProvidedal2023, Handler: aws.String("bootstrap"), Code: &types.FunctionCode{ZipFile: zipped(t)},
	}
}

func TestCreateFunction(t *testing.T) {
	ctx, client := context.Background(), start(t, "").lambda(t)
	in := newFunction(t, "made")
	in.Publish, in.Timeout, in.Tags = true, aws.Int32(9), map[string]string{"team": "shop"}
	in.Environment = &types.Environment{Variables: map[string]string{"AB": "b"}}
	in.VpcConfig = &types.VpcConfig{SubnetIds: []string{"subnet-1"}}
	in.Layers = []string{"arn:aws:lambda:us-east-1:111122223333:layer:lib:1"}
	made := ok(client.CreateFunction(ctx, in))(t)
	same(t, "1", *made.Version)
	same(t, int64(len(in.Code.ZipFile)), made.CodeSize)
	same(t, int32(9), *made.Timeout)
	same(t, map[string]string{"AB": "b"}, made.Environment.Variables)
	same(t, []string{"subnet-1"}, made.VpcConfig.SubnetIds)
	same(t, in.Layers[0], *made.Layers[0].Arn)
	same(t, types.StateActive, made.State)
	if !strings.HasSuffix(*made.LastModified, "+0000") {
		t.Errorf("LastModified is %s", *made.LastModified)
	}
	got := ok(client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("made")}))(t)
	same(t, "$LATEST", *got.Configuration.Version)
	same(t, in.Tags, got.Tags)
	same(t, in.Code.ZipFile, fetch(t, *got.Code.Location))
	usage := ok(client.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{}))(t)
	same(t, int64(1), usage.AccountUsage.FunctionCount)
	same(t, 2*made.CodeSize, usage.AccountUsage.TotalCodeSize)
	same(t, int32(1000), usage.AccountLimit.ConcurrentExecutions)
}

func TestCreateFunctionErrors(t *testing.T) {
	ctx, client := context.Background(), example(t).lambda(t)
	for _, row := range []struct {
		name   string
		change func(*lambda.CreateFunctionInput)
		code   string
		status int
	}{
		{"exists", func(in *lambda.CreateFunctionInput) { in.FunctionName = aws.String("orders") }, "ResourceConflictException", 409},
		{"bad name", func(in *lambda.CreateFunctionInput) { in.FunctionName = aws.String("a b") }, "InvalidParameterValueException", 400},
		{"long name", func(in *lambda.CreateFunctionInput) { in.FunctionName = aws.String(strings.Repeat("a", 65)) }, "InvalidParameterValueException", 400},
		{"bad role", func(in *lambda.CreateFunctionInput) { in.Role = aws.String("me") }, "InvalidParameterValueException", 400},
		{"no runtime", func(in *lambda.CreateFunctionInput) { in.Runtime = "" }, "InvalidParameterValueException", 400},
		{"unknown runtime", func(in *lambda.CreateFunctionInput) { in.Runtime = "cobol" }, "InvalidParameterValueException", 400},
		{"no code", func(in *lambda.CreateFunctionInput) { in.Code = &types.FunctionCode{} }, "InvalidParameterValueException", 400},
		{"no zip", func(in *lambda.CreateFunctionInput) { in.Code.ZipFile = []byte("x") }, "InvalidParameterValueException", 400},
		{"timeout", func(in *lambda.CreateFunctionInput) { in.Timeout = aws.Int32(901) }, "InvalidParameterValueException", 400},
		{"memory", func(in *lambda.CreateFunctionInput) { in.MemorySize = aws.Int32(1) }, "InvalidParameterValueException", 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := newFunction(t, "new")
			row.change(in)
			_, err := client.CreateFunction(ctx, in)
			fails(t, err, row.code, row.status)
		})
	}
}

func TestDeleteFunction(t *testing.T) {
	ctx, client := context.Background(), example(t).lambda(t)
	drop := func(name, qualifier string) error {
		in := &lambda.DeleteFunctionInput{FunctionName: &name}
		if qualifier != "" {
			in.Qualifier = &qualifier
		}
		_, err := client.DeleteFunction(ctx, in)
		return err
	}
	err := drop("orders", "1")
	if _, ok := errors.AsType[*types.ResourceConflictException](err); !ok {
		t.Errorf("a version with an alias: %v", err)
	}
	fails(t, drop("orders", "$LATEST"), "InvalidParameterValueException", 400)
	fails(t, drop("orders", "live"), "InvalidParameterValueException", 400)
	fails(t, drop("orders", "9"), "ResourceNotFoundException", 404)
	if err := drop("orders", "4"); err != nil {
		t.Error(err)
	}
	fails(t, drop("orders", "4"), "ResourceNotFoundException", 404)
	out := ok(client.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: aws.String("orders")}))(t)
	same(t, int32(204), out.StatusCode)
	fails(t, drop("orders", ""), "ResourceNotFoundException", 404)
	_, err = client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: aws.String("orders")})
	fails(t, err, "ResourceNotFoundException", 404)
}

func TestGetFunctionConfiguration(t *testing.T) {
	ctx, client := context.Background(), example(t).lambda(t)
	for _, row := range []struct{ qualifier, arn, version string }{
		{"", orders, "$LATEST"},
		{"$LATEST", orders + ":$LATEST", "$LATEST"},
		{"2", orders + ":2", "2"},
		{"live", orders + ":live", "1"},
	} {
		in := &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("orders")}
		if row.qualifier != "" {
			in.Qualifier = &row.qualifier
		}
		got := ok(client.GetFunctionConfiguration(ctx, in))(t)
		same(t, row.arn, *got.FunctionArn)
		same(t, row.version, *got.Version)
	}
	for _, qualifier := range []string{"9", "none"} {
		_, err := client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("orders"), Qualifier: &qualifier})
		fails(t, err, "ResourceNotFoundException", 404)
		_, err = client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("orders"), Qualifier: &qualifier})
		fails(t, err, "ResourceNotFoundException", 404)
	}
}

func TestPublishVersion(t *testing.T) {
	ctx, client := context.Background(), start(t, "functions: {f: {reply: 1, versions: {3: {reply: 2}}}}").lambda(t)
	name := aws.String("f")
	first := ok(client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name, Description: aws.String("mine")}))(t)
	same(t, "4", *first.Version)
	same(t, "mine", *first.Description)
	again := ok(client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name}))(t)
	same(t, "4", *again.Version)
	_, err := client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name, RevisionId: aws.String("old")})
	fails(t, err, "PreconditionFailedException", 412)
	_, err = client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name, CodeSha256: aws.String("other")})
	fails(t, err, "InvalidParameterValueException", 400)

	list := ok(client.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: name}))(t)
	var versions []string
	for _, v := range list.Versions {
		versions = append(versions, *v.Version)
	}
	same(t, []string{"$LATEST", "3", "4"}, versions)
	_, err = client.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: aws.String("g")})
	fails(t, err, "ResourceNotFoundException", 404)
}

func TestListFunctionsPages(t *testing.T) {
	var file strings.Builder
	file.WriteString("functions:\n")
	for i := range 120 {
		fmt.Fprintf(&file, "  f%03d: {reply: 1, versions: {1: {}}}\n", i)
	}
	ctx, client := context.Background(), start(t, file.String()).lambda(t)
	for _, row := range []struct {
		all   types.FunctionVersion
		size  int32
		pages int
		items int
	}{{"", 0, 3, 120}, {"", 100, 3, 120}, {"", 7, 18, 120}, {types.FunctionVersionAll, 50, 5, 240}} {
		in := &lambda.ListFunctionsInput{FunctionVersion: row.all}
		if row.size > 0 {
			in.MaxItems = &row.size
		}
		pages, seen := 0, map[string]bool{}
		for p := lambda.NewListFunctionsPaginator(client, in); p.HasMorePages(); pages++ {
			for _, f := range ok(p.NextPage(ctx))(t).Functions {
				seen[*f.FunctionArn] = true
			}
		}
		same(t, row.pages, pages)
		same(t, row.items, len(seen))
	}
	_, err := client.ListFunctions(ctx, &lambda.ListFunctionsInput{Marker: aws.String("nowhere")})
	fails(t, err, "InvalidParameterValueException", 400)
	_, err = client.ListFunctions(ctx, &lambda.ListFunctionsInput{MaxItems: aws.Int32(10001)})
	fails(t, err, "InvalidParameterValueException", 400)
}

func TestRegionsAreApart(t *testing.T) {
	ctx, r := context.Background(), example(t)
	config := r.config(t, "test", "test", "")
	config.Region = "eu-west-1"
	there := lambda.NewFromConfig(config)
	got := ok(there.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: aws.String("orders"), Name: aws.String("live")}))(t)
	same(t, "arn:aws:lambda:eu-west-1:000000000000:function:orders:live", *got.AliasArn)
	ok(there.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: aws.String("orders")}))(t)
	ok(r.lambda(t).GetAlias(ctx, &lambda.GetAliasInput{FunctionName: aws.String("orders"), Name: aws.String("live")}))(t)
}

// fetch gets what an address gives without a signature.
func fetch(t testing.TB, url string) []byte {
	t.Helper()
	client := &trackedClient{}
	defer client.close()
	answer := ok(client.http().Get(url))(t)
	defer answer.Body.Close()
	return ok(io.ReadAll(answer.Body))(t)
}
