package awsemu_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

const deployer = "arn:aws:iam::000000000000:role/ci/deployer"

func assume(role string) *sts.AssumeRoleInput {
	return &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("canary")}
}

// as returns clients that sign with issued credentials.
func (r *rig) as(t *testing.T, c *types.Credentials) (*sts.Client, *lambda.Client) {
	t.Helper()
	config := r.config(t, *c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
	return sts.NewFromConfig(config), lambda.NewFromConfig(config)
}

func TestAssumeRole(t *testing.T) {
	ctx, r := context.Background(), example(t)
	in := assume(deployer)
	in.Policy, in.SourceIdentity, in.ExternalId = aws.String(`{"Version":"2012-10-17"}`), aws.String("alice"), aws.String("x1")
	in.PolicyArns = []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}}
	in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("shop")}}
	in.SerialNumber, in.TokenCode = aws.String("arn:aws:iam::000000000000:mfa/me"), aws.String("123456")
	out := ok(r.sts(t).AssumeRole(ctx, in))(t)
	if id := *out.Credentials.AccessKeyId; len(id) != 20 || !strings.HasPrefix(id, "ASIA") {
		t.Errorf("access key id %q", id)
	}
	same(t, 40, len(*out.Credentials.SecretAccessKey))
	same(t, len(*out.Credentials.SessionToken), int(*out.SessionTokenSize))
	same(t, "arn:aws:sts::000000000000:assumed-role/deployer/canary", *out.AssumedRoleUser.Arn)
	same(t, "alice", *out.SourceIdentity)
	//lint:ignore SA1019 old clients read it
	if aws.ToInt32(out.PackedPolicySize) < 1 { //nolint:staticcheck // it is still given
		t.Error("no PackedPolicySize")
	}
	if left := out.Credentials.Expiration.Sub(r.now()); left < 59*time.Minute || left > time.Hour {
		t.Errorf("expires in %s", left)
	}
	asRole, functions := r.as(t, out.Credentials)
	who := ok(asRole.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	same(t, *out.AssumedRoleUser.Arn, *who.Arn)
	same(t, *out.AssumedRoleUser.AssumedRoleId, *who.UserId)
	ok(functions.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: aws.String("orders"), Name: aws.String("live")}))(t)
}

func TestAssumeRoleChained(t *testing.T) {
	ctx, r := context.Background(), example(t)
	in := assume(deployer)
	in.SourceIdentity = aws.String("alice")
	first := ok(r.sts(t).AssumeRole(ctx, in))(t)
	chained, _ := r.as(t, first.Credentials)
	second := ok(chained.AssumeRole(ctx, assume("arn:aws:iam::111122223333:role/other")))(t)
	same(t, "alice", *second.SourceIdentity)
	there, functions := r.as(t, second.Credentials)
	who := ok(there.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	same(t, "111122223333", *who.Account)
	alias := ok(functions.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: aws.String("orders"), Name: aws.String("live")}))(t)
	same(t, "arn:aws:lambda:us-east-1:111122223333:function:orders:live", *alias.AliasArn)

	long := assume(deployer)
	long.DurationSeconds = aws.Int32(3601)
	_, err := chained.AssumeRole(ctx, long)
	fails(t, err, "ValidationError", 400)
	renamed := assume(deployer)
	renamed.SourceIdentity = aws.String("mallory")
	_, err = chained.AssumeRole(ctx, renamed)
	fails(t, err, "AccessDenied", 403)
	_, err = chained.GetSessionToken(ctx, &sts.GetSessionTokenInput{})
	fails(t, err, "AccessDenied", 403)
}

func TestAssumeRoleErrors(t *testing.T) {
	ctx, client := context.Background(), start(t, "roles: [deployer]").sts(t)
	tags := make([]types.Tag, 51)
	for i := range tags {
		tags[i] = types.Tag{Key: aws.String(strings.Repeat("k", i+1)), Value: aws.String("")}
	}
	for _, row := range []struct {
		name   string
		change func(*sts.AssumeRoleInput)
		code   string
		status int
	}{
		{"another role", func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::000000000000:role/admin") }, "AccessDenied", 403},
		{"no ARN", func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("the deployer of this") }, "ValidationError", 400},
		{"short ARN", func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("deployer") }, "ValidationError", 400},
		{"user", func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::000000000000:user/me") }, "ValidationError", 400},
		{"name", func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") }, "ValidationError", 400},
		{"short name", func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a") }, "ValidationError", 400},
		{"long name", func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String(strings.Repeat("a", 65)) }, "ValidationError", 400},
		{"short session", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(899) }, "ValidationError", 400},
		{"long session", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(43201) }, "ValidationError", 400},
		{"external id", func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("x") }, "ValidationError", 400},
		{"token code", func(in *sts.AssumeRoleInput) { in.TokenCode = aws.String("12345x") }, "ValidationError", 400},
		{"code without device", func(in *sts.AssumeRoleInput) { in.TokenCode = aws.String("123456") }, "AccessDenied", 403},
		{"policy", func(in *sts.AssumeRoleInput) { in.Policy = aws.String("allow") }, "MalformedPolicyDocument", 400},
		{"long policy", func(in *sts.AssumeRoleInput) { in.Policy = aws.String(strings.Repeat(" ", 2049)) }, "ValidationError", 400},
		{"policy ARN", func(in *sts.AssumeRoleInput) {
			in.PolicyArns = []types.PolicyDescriptorType{{Arn: aws.String("x")}}
		}, "ValidationError", 400},
		{"many tags", func(in *sts.AssumeRoleInput) { in.Tags = tags }, "ValidationError", 400},
		{"large tags", func(in *sts.AssumeRoleInput) {
			in.Tags = nil
			for _, tag := range tags[:40] {
				in.Tags = append(in.Tags, types.Tag{Key: tag.Key, Value: aws.String(strings.Repeat("v", 200))})
			}
		}, "PackedPolicyTooLarge", 400},
		{"one tag twice", func(in *sts.AssumeRoleInput) {
			in.Tags = []types.Tag{{Key: aws.String("a"), Value: aws.String("")}, {Key: aws.String("A"), Value: aws.String("")}}
		}, "ValidationError", 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := assume(deployer)
			row.change(in)
			_, err := client.AssumeRole(ctx, in)
			fails(t, err, row.code, row.status)
		})
	}
	in := assume(deployer)
	in.RoleSessionName, in.DurationSeconds = aws.String("a b"), aws.Int32(1)
	_, err := client.AssumeRole(ctx, in)
	says(t, err, `2 validation errors detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*; `+
		`Value '1' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900`)
	ok(client.AssumeRole(ctx, assume(deployer)))(t)
}

func TestCallerIdentity(t *testing.T) {
	ctx, r := context.Background(), start(t, `accounts: {"111122223333": {accessKeyId: AKIAEXAMPLE000000000, secretAccessKey: hush}}`)
	who := ok(r.sts(t).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	same(t, "arn:aws:iam::000000000000:root", *who.Arn)
	same(t, "000000000000", *who.Account)
	other := sts.NewFromConfig(r.config(t, "AKIAEXAMPLE000000000", "hush", ""))
	who = ok(other.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	same(t, "111122223333", *who.Account)
	info := ok(r.sts(t).GetAccessKeyInfo(ctx, &sts.GetAccessKeyInfoInput{AccessKeyId: aws.String("AKIAEXAMPLE000000000")}))(t)
	same(t, "111122223333", *info.Account)
	for _, id := range []string{"AKIAUNKNOWN000000000", "short"} {
		_, err := r.sts(t).GetAccessKeyInfo(ctx, &sts.GetAccessKeyInfoInput{AccessKeyId: &id})
		fails(t, err, "ValidationError", 400)
	}
}

func TestSessionAndFederationTokens(t *testing.T) {
	ctx, r := context.Background(), start(t, "")
	session := ok(r.sts(t).GetSessionToken(ctx, &sts.GetSessionTokenInput{MinimumSessionTokenSize: aws.Int32(1000)}))(t)
	if *session.SessionTokenSize < 1000 || len(*session.Credentials.SessionToken) != int(*session.SessionTokenSize) {
		t.Errorf("session token of %d", *session.SessionTokenSize)
	}
	client, _ := r.as(t, session.Credentials)
	who := ok(client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	same(t, "arn:aws:iam::000000000000:root", *who.Arn)
	_, err := r.sts(t).GetSessionToken(ctx, &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(1)})
	fails(t, err, "ValidationError", 400)
	_, err = r.sts(t).GetSessionToken(ctx, &sts.GetSessionTokenInput{TokenCode: aws.String("123456")})
	fails(t, err, "AccessDenied", 403)

	federated := ok(r.sts(t).GetFederationToken(ctx, &sts.GetFederationTokenInput{Name: aws.String("bob")}))(t)
	same(t, "arn:aws:sts::000000000000:federated-user/bob", *federated.FederatedUser.Arn)
	client, _ = r.as(t, federated.Credentials)
	who = ok(client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	same(t, *federated.FederatedUser.FederatedUserId, *who.UserId)
	_, err = client.GetFederationToken(ctx, &sts.GetFederationTokenInput{Name: aws.String("bob")})
	fails(t, err, "AccessDenied", 403)
	_, err = r.sts(t).GetFederationToken(ctx, &sts.GetFederationTokenInput{Name: aws.String("b b")})
	fails(t, err, "ValidationError", 400)
}

func TestOperationsThatAreNotThere(t *testing.T) {
	ctx, r := context.Background(), example(t)
	_, err := r.sts(t).AssumeRoot(ctx, &sts.AssumeRootInput{TargetPrincipal: aws.String("111122223333"), TaskPolicyArn: &types.PolicyDescriptorType{}})
	fails(t, err, "NotImplemented", 501)
	says(t, err, "awsemu does not have sts.AssumeRoot yet")
	_, err = r.lambda(t).DeleteFunctionCodeSigningConfig(ctx, &lambda.DeleteFunctionCodeSigningConfigInput{FunctionName: aws.String("orders")})
	fails(t, err, "NotImplementedException", 501)
	says(t, err, "awsemu does not have lambda.DeleteFunctionCodeSigningConfig yet")
}
