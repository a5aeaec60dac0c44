package awsemu_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func parsed(t *testing.T, text *string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(aws.ToString(text)), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestFunctionPermissions(t *testing.T) {
	ctx, client := context.Background(), example(t).lambda(t)
	in := &lambda.AddPermissionInput{
		FunctionName: aws.String("orders"), Qualifier: aws.String("live"), StatementId: aws.String("s3"),
		Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("s3.amazonaws.com"), SourceArn: aws.String("arn:aws:s3:::b"),
	}
	added := ok(client.AddPermission(ctx, in))(t)
	same(t, map[string]any{
		"Sid": "s3", "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": orders + ":live",
		"Principal": map[string]any{"Service": "s3.amazonaws.com"},
		"Condition": map[string]any{"ArnLike": map[string]any{"AWS:SourceArn": "arn:aws:s3:::b"}},
	}, parsed(t, added.Statement))
	_, err := client.AddPermission(ctx, in)
	fails(t, err, "ResourceConflictException", 409)

	policy := ok(client.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String("orders:live")}))(t)
	same(t, any("2012-10-17"), parsed(t, policy.Policy)["Version"])
	_, err = client.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String("orders")})
	fails(t, err, "ResourceNotFoundException", 404)

	remove := &lambda.RemovePermissionInput{FunctionName: in.FunctionName, Qualifier: in.Qualifier, StatementId: in.StatementId, RevisionId: aws.String("old")}
	_, err = client.RemovePermission(ctx, remove)
	fails(t, err, "PreconditionFailedException", 412)
	remove.RevisionId = policy.RevisionId
	ok(client.RemovePermission(ctx, remove))(t)
	_, err = client.RemovePermission(ctx, remove)
	fails(t, err, "ResourceNotFoundException", 404)
}

func TestAddPermissionErrors(t *testing.T) {
	ctx, client := context.Background(), example(t).lambda(t)
	for _, row := range []struct {
		name   string
		change func(*lambda.AddPermissionInput)
		code   string
		status int
	}{
		{"no function", func(in *lambda.AddPermissionInput) { in.FunctionName = aws.String("nobody") }, "ResourceNotFoundException", 404},
		{"no alias", func(in *lambda.AddPermissionInput) { in.Qualifier = aws.String("none") }, "ResourceNotFoundException", 404},
		{"latest", func(in *lambda.AddPermissionInput) { in.Qualifier = aws.String("$LATEST") }, "InvalidParameterValueException", 400},
		{"statement id", func(in *lambda.AddPermissionInput) { in.StatementId = aws.String("a b") }, "InvalidParameterValueException", 400},
		{"action", func(in *lambda.AddPermissionInput) { in.Action = aws.String("s3:Get") }, "InvalidParameterValueException", 400},
		{"principal", func(in *lambda.AddPermissionInput) { in.Principal = aws.String("me") }, "InvalidParameterValueException", 400},
		{"account", func(in *lambda.AddPermissionInput) { in.SourceAccount = aws.String("1") }, "InvalidParameterValueException", 400},
		{"revision", func(in *lambda.AddPermissionInput) { in.RevisionId = aws.String("old") }, "PreconditionFailedException", 412},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := &lambda.AddPermissionInput{
				FunctionName: aws.String("orders"), StatementId: aws.String("s"), Action: aws.String("lambda:*"), Principal: aws.String("111122223333"),
			}
			row.change(in)
			_, err := client.AddPermission(ctx, in)
			fails(t, err, row.code, row.status)
		})
	}
}

func TestPolicyLength(t *testing.T) {
	ctx, client := context.Background(), example(t).lambda(t)
	var err error
	for i := range 200 {
		_, err = client.AddPermission(ctx, &lambda.AddPermissionInput{
			FunctionName: aws.String("greet"), StatementId: aws.String(fmt.Sprint("s", i)), Action: aws.String("*"), Principal: aws.String("*"),
			SourceArn: aws.String("arn:aws:s3:::" + strings.Repeat("b", 200)), PrincipalOrgID: aws.String("o-abcdefghij"),
			EventSourceToken: aws.String("t"), FunctionUrlAuthType: types.FunctionUrlAuthTypeNone, InvokedViaFunctionUrl: aws.Bool(true),
		})
		if err != nil {
			break
		}
	}
	fails(t, err, "PolicyLengthExceededException", 400)
}

func TestLayers(t *testing.T) {
	ctx, client := context.Background(), example(t).lambda(t)
	name := aws.String("shared-lib")
	made := ok(client.PublishLayerVersion(ctx, &lambda.PublishLayerVersionInput{
		LayerName: name, Content: &types.LayerVersionContentInput{ZipFile: zipped(t)},
		CompatibleRuntimes: []types.Runtime{types.RuntimePython313}, LicenseInfo: aws.String("MIT"),
	}))(t)
	same(t, int64(2), made.Version)
	same(t, "arn:aws:lambda:us-east-1:000000000000:layer:shared-lib:2", *made.LayerVersionArn)
	got := ok(client.GetLayerVersion(ctx, &lambda.GetLayerVersionInput{LayerName: made.LayerArn, VersionNumber: aws.Int64(2)}))(t)
	same(t, *made.Content.CodeSha256, *got.Content.CodeSha256)

	list := ok(client.ListLayerVersions(ctx, &lambda.ListLayerVersionsInput{LayerName: name, MaxItems: aws.Int32(1)}))(t)
	if len(list.LayerVersions) != 1 || list.LayerVersions[0].Version != 2 || list.NextMarker == nil {
		t.Errorf("got %v", list)
	}
	list = ok(client.ListLayerVersions(ctx, &lambda.ListLayerVersionsInput{LayerName: name, CompatibleRuntime: types.RuntimeNodejs22x}))(t)
	if len(list.LayerVersions) != 1 || list.LayerVersions[0].Version != 1 {
		t.Errorf("got %v", list)
	}
	for range 2 {
		ok(client.DeleteLayerVersion(ctx, &lambda.DeleteLayerVersionInput{LayerName: name, VersionNumber: aws.Int64(2)}))(t)
	}
	_, err := client.GetLayerVersion(ctx, &lambda.GetLayerVersionInput{LayerName: name, VersionNumber: aws.Int64(2)})
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok {
		t.Errorf("got %v", err)
	}
	_, err = client.GetLayerVersion(ctx, &lambda.GetLayerVersionInput{LayerName: name, VersionNumber: aws.Int64(-1)})
	fails(t, err, "InvalidParameterValueException", 400)
	_, err = client.PublishLayerVersion(ctx, &lambda.PublishLayerVersionInput{LayerName: aws.String("a/b"), Content: &types.LayerVersionContentInput{ZipFile: zipped(t)}})
	fails(t, err, "InvalidParameterValueException", 400)
}

func TestLayerPermissions(t *testing.T) {
	ctx, client := context.Background(), example(t).lambda(t)
	name, one := aws.String("shared-lib"), aws.Int64(1)
	in := &lambda.AddLayerVersionPermissionInput{
		LayerName: name, VersionNumber: one, StatementId: aws.String("org"), Action: aws.String("lambda:GetLayerVersion"),
		Principal: aws.String("*"), OrganizationId: aws.String("o-abcdefghij"),
	}
	added := ok(client.AddLayerVersionPermission(ctx, in))(t)
	same(t, map[string]any{
		"Sid": "org", "Effect": "Allow", "Action": "lambda:GetLayerVersion", "Principal": "*",
		"Resource":  "arn:aws:lambda:us-east-1:000000000000:layer:shared-lib:1",
		"Condition": map[string]any{"StringEquals": map[string]any{"aws:PrincipalOrgID": "o-abcdefghij"}},
	}, parsed(t, added.Statement))
	_, err := client.AddLayerVersionPermission(ctx, in)
	fails(t, err, "ResourceConflictException", 409)

	policy := ok(client.GetLayerVersionPolicy(ctx, &lambda.GetLayerVersionPolicyInput{LayerName: name, VersionNumber: one}))(t)
	same(t, *added.RevisionId, *policy.RevisionId)
	remove := &lambda.RemoveLayerVersionPermissionInput{LayerName: name, VersionNumber: one, StatementId: in.StatementId, RevisionId: aws.String("old")}
	_, err = client.RemoveLayerVersionPermission(ctx, remove)
	fails(t, err, "PreconditionFailedException", 412)
	remove.RevisionId = policy.RevisionId
	ok(client.RemoveLayerVersionPermission(ctx, remove))(t)
	_, err = client.RemoveLayerVersionPermission(ctx, remove)
	fails(t, err, "ResourceNotFoundException", 404)
	_, err = client.GetLayerVersionPolicy(ctx, &lambda.GetLayerVersionPolicyInput{LayerName: name, VersionNumber: one})
	fails(t, err, "ResourceNotFoundException", 404)
}

func TestAddLayerVersionPermissionErrors(t *testing.T) {
	ctx, client := context.Background(), example(t).lambda(t)
	for _, row := range []struct {
		name   string
		change func(*lambda.AddLayerVersionPermissionInput)
		code   string
		status int
	}{
		{"no version", func(in *lambda.AddLayerVersionPermissionInput) { in.VersionNumber = aws.Int64(9) }, "ResourceNotFoundException", 404},
		{"action", func(in *lambda.AddLayerVersionPermissionInput) { in.Action = aws.String("lambda:*") }, "InvalidParameterValueException", 400},
		{"principal", func(in *lambda.AddLayerVersionPermissionInput) { in.Principal = aws.String("s3.amazonaws.com") }, "InvalidParameterValueException", 400},
		{"organization", func(in *lambda.AddLayerVersionPermissionInput) { in.OrganizationId = aws.String("o-abcdefghij") }, "InvalidParameterValueException", 400},
		{"revision", func(in *lambda.AddLayerVersionPermissionInput) { in.RevisionId = aws.String("old") }, "PreconditionFailedException", 412},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := &lambda.AddLayerVersionPermissionInput{
				LayerName: aws.String("shared-lib"), VersionNumber: aws.Int64(1), StatementId: aws.String("s"),
				Action: aws.String("lambda:GetLayerVersion"), Principal: aws.String("111122223333"),
			}
			row.change(in)
			_, err := client.AddLayerVersionPermission(ctx, in)
			fails(t, err, row.code, row.status)
		})
	}
}
