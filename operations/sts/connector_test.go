package sts_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
	"github.com/medlar-flow/medlar/operations/sts"
)

const roleARN = "arn:aws:iam::000000000000:role/deployer"

const assumed = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2026-01-31T08:00:00Z</Expiration></Credentials>
<AssumedRoleUser><Arn>arn:aws:sts::000000000000:assumed-role/deployer/canary</Arn><AssumedRoleId>AROA:canary</AssumedRoleId></AssumedRoleUser>
</AssumeRoleResult><ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></AssumeRoleResponse>`

func connected(t testing.TB, body string) (*awstest.Server, func(operation string, params map[string]any) (any, error)) {
	t.Helper()
	server := awstest.Serve(t, func(awstest.Request) awstest.Answer {
		return awstest.Answer{Header: map[string]string{"Content-Type": "text/xml"}, Body: body}
	})
	c := sts.Connector()
	conn := server.Connect(t, c)
	return server, func(operation string, params map[string]any) (any, error) {
		return awstest.Call(t, c, conn, operation, params)
	}
}

func TestAssumeRoleRequest(t *testing.T) {
	base := url.Values{
		"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleArn": {roleARN}, "RoleSessionName": {"canary"},
	}
	tests := []struct {
		name string
		more map[string]any
		want map[string]string
	}{
		{"nothing more", nil, nil},
		{
			"numbers and text",
			map[string]any{"durationSeconds": "900", "externalId": "e:1", "sourceIdentity": "me", "serialNumber": "GAHT12345678", "tokenCode": "012345"},
			map[string]string{"DurationSeconds": "900", "ExternalId": "e:1", "SourceIdentity": "me", "SerialNumber": "GAHT12345678", "TokenCode": "012345"},
		},
		{
			"policy object",
			map[string]any{"policy": map[string]any{"Version": "2012-10-17", "Statement": []any{}}},
			map[string]string{"Policy": `{"Statement":[],"Version":"2012-10-17"}`},
		},
		{"policy text", map[string]any{"Policy": `{ "Version": "2012-10-17" }`}, map[string]string{"Policy": `{ "Version": "2012-10-17" }`}},
		{
			"policy ARNs as a list of text",
			map[string]any{"policyArns": []any{"arn:aws:iam::aws:policy/ReadOnlyAccess"}},
			map[string]string{"PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
		},
		{
			"policy ARNs in either case",
			map[string]any{"policyArns": []any{map[string]any{"arn": "arn:aws:iam::aws:policy/A"}, map[string]any{"Arn": "arn:aws:iam::aws:policy/B"}}},
			map[string]string{"PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/A", "PolicyArns.member.2.arn": "arn:aws:iam::aws:policy/B"},
		},
		{
			"tags as a map",
			map[string]any{"tags": map[string]any{"Team": "x", "Env": "prod"}, "transitiveTagKeys": "Team"},
			map[string]string{"Tags.member.1.Key": "Env", "Tags.member.1.Value": "prod", "Tags.member.2.Key": "Team", "Tags.member.2.Value": "x", "TransitiveTagKeys.member.1": "Team"},
		},
		{
			"tags as a list",
			map[string]any{"tags": []any{map[string]any{"key": "a", "value": "1"}, map[string]any{"Key": "b", "Value": "2"}}},
			map[string]string{"Tags.member.1.Key": "a", "Tags.member.1.Value": "1", "Tags.member.2.Key": "b", "Tags.member.2.Value": "2"},
		},
		{"tags as JSON text", map[string]any{"tags": `{"a":"1"}`}, map[string]string{"Tags.member.1.Key": "a", "Tags.member.1.Value": "1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, call := connected(t, assumed)
			params := map[string]any{"roleArn": roleARN, "RoleSessionName": "canary"}
			want := url.Values{}
			for name, v := range base {
				want[name] = v
			}
			for name, v := range tt.more {
				params[name] = v
			}
			for name, v := range tt.want {
				want[name] = []string{v}
			}
			if _, err := call("assumeRole", params); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, server.Last(t).Form()); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParametersThatAreRefused(t *testing.T) {
	role := func(name string, v any) map[string]any {
		return map[string]any{"roleArn": roleARN, "roleSessionName": "canary", name: v}
	}
	saml := map[string]any{"principalArn": "arn:aws:iam::000000000000:saml-provider/p", "roleArn": roleARN, "SAMLAssertion": "s3c"}
	tests := []struct {
		name, operation string
		params          map[string]any
		want            string
	}{
		{"session name", "assumeRole", map[string]any{"roleArn": roleARN, "roleSessionName": "a b"}, "roleSessionName"},
		{"short session name", "assumeRole", map[string]any{"roleArn": roleARN, "roleSessionName": "a"}, "at least 2"},
		{"no role", "assumeRole", map[string]any{"roleSessionName": "canary"}, "roleArn: required"},
		{"duration", "assumeRole", role("durationSeconds", 899), "less than 900"},
		{"long duration", "assumeRole", role("durationSeconds", 43201), "more than 43200"},
		{"token code", "assumeRole", role("tokenCode", "12345a"), "tokenCode"},
		{"external id", "assumeRole", role("externalId", "x"), "at least 2"},
		{"policy", "assumeRole", role("policy", strings.Repeat("x", 2049)), "at most 2048"},
		{"policy ARNs", "assumeRole", role("policyArns", strings.Split(strings.Repeat(roleARN+" ", 10)+roleARN, " ")), "at most 10"},
		{"tag without value", "assumeRole", role("tags", map[string]any{"a": nil}), "no value"},
		{"tag without key", "assumeRole", role("tags", []any{map[string]any{"value": "x"}}), "key: required"},
		{"assertion", "assumeRoleWithSAML", saml, "at least 4"},
		{"federation", "getFederationToken", map[string]any{"name": "a", "durationSeconds": 129601}, "more than 129600"},
		{"key", "getAccessKeyInfo", map[string]any{"accessKeyId": "short"}, "at least 16"},
		{"message", "decodeAuthorizationMessage", map[string]any{}, "encodedMessage: required"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := awstest.Find(t, sts.Connector(), tt.operation).Params().Convert(tt.params)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestAssumeRoleResult(t *testing.T) {
	_, call := connected(t, assumed)
	got, err := call("assumeRole", map[string]any{"roleArn": roleARN, "roleSessionName": "canary"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"Credentials": map[string]any{
			"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "secret", "SessionToken": "token", "Expiration": "2026-01-31T08:00:00Z",
		},
		"AssumedRoleUser":  map[string]any{"Arn": "arn:aws:sts::000000000000:assumed-role/deployer/canary", "AssumedRoleId": "AROA:canary"},
		"PackedPolicySize": nil, "SourceIdentity": nil, "SessionTokenSize": nil, "SessionTokenUtilization": nil,
	}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

func TestAssumedCredentialsMakeAConnection(t *testing.T) {
	server, call := connected(t, assumed)
	got, err := call("assumeRole", map[string]any{"roleArn": roleARN, "roleSessionName": "canary"})
	if err != nil {
		t.Fatal(err)
	}
	c := sts.Connector()
	conn := awstest.Open(t, c, map[string]any{
		"region": "eu-west-1", "endpoint": server.URL, "credentials": got.(map[string]any)["Credentials"],
	})
	_, _ = awstest.Call(t, c, conn, "getCallerIdentity", nil)
	r := server.Last(t)
	if !strings.Contains(r.Header.Get("Authorization"), "Credential=ASIAEXAMPLE/") || r.Header.Get("X-Amz-Security-Token") != "token" {
		t.Errorf("signed with %q", r.Header.Get("Authorization"))
	}
}

func TestDecisionIsDecoded(t *testing.T) {
	_, call := connected(t, `<DecodeAuthorizationMessageResponse><DecodeAuthorizationMessageResult>
<DecodedMessage>{"allowed":false,"matchedStatements":{"items":[]}}</DecodedMessage>
</DecodeAuthorizationMessageResult></DecodeAuthorizationMessageResponse>`)
	got, err := call("decodeAuthorizationMessage", map[string]any{"encodedMessage": "x"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"DecodedMessage": `{"allowed":false,"matchedStatements":{"items":[]}}`,
		"Decision":       map[string]any{"allowed": false, "matchedStatements": map[string]any{"items": []any{}}},
	}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

func TestSecrets(t *testing.T) {
	c := sts.Connector()
	for operation, params := range map[string][]string{
		"assumeRole":                {"tokenCode"},
		"assumeRoleWithSAML":        {"samlAssertion", "SAMLAssertion"},
		"assumeRoleWithWebIdentity": {"webIdentityToken"},
		"getSessionToken":           {"tokenCode"},
		"getDelegatedAccessToken":   {"tradeInToken"},
	} {
		for _, name := range params {
			if f := awstest.Find(t, c, operation).Params().Field(name); f == nil || !f.Secret {
				t.Errorf("%s: %s is not secret", operation, name)
			}
		}
	}
	for _, operation := range []string{
		"assumeRole", "assumeRoleWithSAML", "assumeRoleWithWebIdentity", "assumeRoot", "getDelegatedAccessToken", "getFederationToken", "getSessionToken",
	} {
		credentials := awstest.Find(t, c, operation).Result().Members.Field("Credentials").Members
		if !credentials.Field("SecretAccessKey").Secret || !credentials.Field("SessionToken").Secret || credentials.Field("AccessKeyId").Secret {
			t.Errorf("%s: the secrets of Credentials are not right", operation)
		}
	}
}

// A flow may name an error as STS sends it, or as its type is called.
func TestErrorsHaveBothNames(t *testing.T) {
	op := awstest.Find(t, sts.Connector(), "assumeRoleWithWebIdentity")
	got := map[string]string{}
	for _, e := range op.Errors {
		got[e.Code] = strings.Join(e.Aliases, " ")
	}
	for _, code := range []string{"IDPRejectedClaim", "IDPCommunicationError", "InvalidIdentityToken", "MalformedPolicyDocument", "PackedPolicyTooLarge"} {
		if got[code] != code+"Exception" {
			t.Errorf("%s is also %q", code, got[code])
		}
	}
}
