package awsapi_test

import (
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
)

func lambdaConnector() *connector.Connector { return awsapi.Connector("lambda", lambda.NewFromConfig) }

func stsConnector() *connector.Connector { return awsapi.Connector("sts", sts.NewFromConfig) }

// aloneOnEarth takes every AWS setting of this machine away.
func aloneOnEarth(t *testing.T) {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			_ = os.Unsetenv(name)
		}
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "credentials"))
}

func open(c *connector.Connector, params map[string]any, sandbox *connector.Sandbox) (connector.Connection, error) {
	converted, err := c.Connection.Convert(params)
	if err != nil {
		return nil, err
	}
	return c.Open(context.Background(), connector.OpenRequest{Params: converted, RunID: "run-1", Sandbox: sandbox})
}

func TestConnectionMistakes(t *testing.T) {
	aloneOnEarth(t)
	keys := map[string]any{"accessKeyId": "AKID", "secretAccessKey": "s3cr3t", "region": "eu-west-1"}
	with := func(more map[string]any) map[string]any {
		params := map[string]any{}
		for _, m := range []map[string]any{keys, more} {
			for name, v := range m {
				params[name] = v
			}
		}
		return params
	}
	const role = "arn:aws:iam::000000000000:role/deployer"
	tests := []struct {
		name   string
		params map[string]any
		want   string
	}{
		{"key without secret", map[string]any{"accessKeyId": "AKID"}, "accessKeyId is given without secretAccessKey"},
		{"secret without key", map[string]any{"secretAccessKey": "s3cr3t"}, "secretAccessKey is given without accessKeyId"},
		{"token without keys", map[string]any{"sessionToken": "s3cr3t"}, "sessionToken is given without"},
		{"keys and profile", with(map[string]any{"profile": "p"}), "accessKeyId and profile are given together"},
		{
			"credentials and profile",
			map[string]any{"profile": "p", "credentials": map[string]any{"AccessKeyId": "a", "SecretAccessKey": "s3cr3t"}},
			"credentials and profile are given together",
		},
		{"credentials without secret", map[string]any{"credentials": map[string]any{"AccessKeyId": "a"}}, "credentials.secretAccessKey: required"},
		{"no such profile", map[string]any{"region": "eu-west-1", "profile": "nobody"}, `no profile "nobody"`},
		{"no region", map[string]any{"accessKeyId": "AKID", "secretAccessKey": "s3cr3t"}, "set region on the connection, AWS_REGION, or --region"},
		{"endpoint", with(map[string]any{"endpoint": "localhost:4566"}), "endpoint"},
		{"endpoint and FIPS", with(map[string]any{"endpoint": "https://vpce.example.com", "useFips": true}), "endpoint and useFips are given together"},
		{"hop without role", with(map[string]any{"assumeRole": map[string]any{"roleSessionName": "x1"}}), "assumeRole[0].roleArn: required"},
		{
			"long second hop", with(map[string]any{"assumeRole": []any{map[string]any{"roleArn": role}, map[string]any{"roleArn": role, "durationSeconds": 7200}}}),
			"assumeRole[1]: durationSeconds is 7200",
		},
		{"unknown", with(map[string]any{"regoin": "x"}), "regoin: unknown parameter"},
		{"no Region at all", with(map[string]any{"region": "eu west"}), "region"},
		{"no attempts", with(map[string]any{"maxAttempts": 0}), "maxAttempts"},
		{"web identity without file", map[string]any{"webIdentity": map[string]any{"roleArn": role}}, "webIdentity.tokenFile: required"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(lambdaConnector(), tt.params, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want one with %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("the error shows a secret: %v", err)
			}
			if e := connector.AsError(err); e.Class != connector.ClassInvalid && e.Class != connector.ClassInternal {
				t.Errorf("class is %s", e.Class)
			}
		})
	}
}

func TestParametersThatChangeNothing(t *testing.T) {
	aloneOnEarth(t)
	server := awstest.Serve(t, nil)
	c := lambdaConnector()
	conn := awstest.Open(t, c, map[string]any{
		"region": "eu-west-1", "endpoint": server.URL, "accessKeyId": "AKID", "secretAccessKey": "s", "blocking": "false", "connector": "lambda",
		"maxAttempts": "2", "useFips": "false", "useDualStack": false,
	})
	if _, err := awstest.Call(t, c, conn, "getAccountSettings", nil); err != nil {
		t.Error(err)
	}
}

func TestEndpointBeatsTheEnvironment(t *testing.T) {
	aloneOnEarth(t)
	server := awstest.Serve(t, nil)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	t.Setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:1")
	c := lambdaConnector()
	if _, err := awstest.Call(t, c, server.Connect(t, c), "getAccountSettings", nil); err != nil {
		t.Error(err)
	}
}

func TestEnvironmentIsTheDefault(t *testing.T) {
	aloneOnEarth(t)
	server := awstest.Serve(t, nil)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_REGION", "ap-south-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	c := lambdaConnector()
	if _, err := awstest.Call(t, c, awstest.Open(t, c, nil), "getAccountSettings", nil); err != nil {
		t.Fatal(err)
	}
	if got := server.Last(t).Header.Get("Authorization"); !strings.Contains(got, "Credential=AKIDENV/") || !strings.Contains(got, "/ap-south-1/lambda/") {
		t.Errorf("signed with %q", got)
	}
}

// An HTTPS server with a certificate of its own, trusted through
// AWS_CA_BUNDLE alone.
func TestCABundle(t *testing.T) {
	aloneOnEarth(t)
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, text, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	c := lambdaConnector()
	conn := awstest.Open(t, c, map[string]any{"region": "eu-west-1", "endpoint": server.URL, "accessKeyId": "AKID", "secretAccessKey": "s"})
	if _, err := awstest.Call(t, c, conn, "getAccountSettings", nil); err != nil {
		t.Error(err)
	}
}

func assumed(key string) awstest.Answer {
	return awstest.Answer{Header: map[string]string{"Content-Type": "text/xml"}, Body: `<AssumeRoleResponse><AssumeRoleResult><Credentials>
<AccessKeyId>` + key + `</AccessKeyId><SecretAccessKey>s3cr3t</SecretAccessKey><SessionToken>t0ken</SessionToken>
<Expiration>` + value.FormatTime(time.Now().Add(time.Hour)) + `</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`}
}

// signer returns the access key that signed a request.
func signer(r awstest.Request) string {
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(rest, "/")
	return key
}

func TestChainOfRoles(t *testing.T) {
	aloneOnEarth(t)
	server := awstest.Serve(t, func(r awstest.Request) awstest.Answer {
		switch r.Form().Get("RoleArn") {
		case "arn:aws:iam::000000000000:role/first":
			return assumed("ASIAFIRST")
		case "arn:aws:iam::000000000000:role/second":
			return assumed("ASIASECOND")
		}
		return awstest.Answer{}
	})
	c := lambdaConnector()
	conn := awstest.Open(t, c, map[string]any{
		"region": "eu-west-1", "endpoint": server.URL, "accessKeyId": "AKID", "secretAccessKey": "s",
		"assumeRole": []any{
			map[string]any{"RoleArn": "arn:aws:iam::000000000000:role/first", "externalId": "ex"},
			map[string]any{"roleArn": "arn:aws:iam::000000000000:role/second", "roleSessionName": "own", "tags": map[string]any{"a": "b"}, "policyArns": "arn:aws:iam::aws:policy/A"},
		},
	})
	for range 2 {
		if _, err := awstest.Call(t, c, conn, "getAccountSettings", nil); err != nil {
			t.Fatal(err)
		}
	}
	var got [][]string
	for _, r := range server.Requests() {
		f := r.Form()
		got = append(got, []string{signer(r), f.Get("RoleSessionName"), f.Get("ExternalId"), f.Get("Tags.member.1.Key"), f.Get("PolicyArns.member.1.arn")})
	}
	want := [][]string{
		{"AKID", "medlar-run-1", "ex", "", ""},
		{"ASIAFIRST", "own", "", "a", "arn:aws:iam::aws:policy/A"},
		{"ASIASECOND", "", "", "", ""},
		{"ASIASECOND", "", "", "", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("signer, session, external id, tag, policy (-want +got):\n%s", diff)
	}
}

func TestRoleThatIsDenied(t *testing.T) {
	aloneOnEarth(t)
	server := awstest.Serve(t, func(awstest.Request) awstest.Answer {
		return awstest.Answer{
			Status: 403, Header: map[string]string{"Content-Type": "text/xml"},
			Body: `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error><RequestId>req-9</RequestId></ErrorResponse>`,
		}
	})
	c := lambdaConnector()
	conn := awstest.Open(t, c, map[string]any{
		"region": "eu-west-1", "endpoint": server.URL, "accessKeyId": "AKID", "secretAccessKey": "s3cr3t",
		"assumeRole": map[string]any{"roleArn": "arn:aws:iam::000000000000:role/first"},
	})
	_, err := awstest.Call(t, c, conn, "putFunctionConcurrency", map[string]any{"functionName": "f", "reservedConcurrentExecutions": 1})
	got := connector.AsError(err)
	want := "role arn:aws:iam::000000000000:role/first could not be assumed: not you"
	if got.Code != "AccessDenied" || got.Class != connector.ClassDenied || got.Message != want || got.Outcome == connector.OutcomeUnknown || got.RequestID != "req-9" {
		t.Errorf("error is %+v", got)
	}
}

func TestNoCredentials(t *testing.T) {
	aloneOnEarth(t)
	server := awstest.Serve(t, nil)
	c := lambdaConnector()
	conn := awstest.Open(t, c, map[string]any{"region": "eu-west-1", "endpoint": server.URL})
	_, err := awstest.Call(t, c, conn, "getAccountSettings", nil)
	e := connector.AsError(err)
	if e == nil || e.Code != "CredentialsError" || e.Class != connector.ClassDenied || !strings.HasPrefix(e.Message, "no AWS credentials found: ") {
		t.Errorf("error is %v", err)
	}
}

func TestWebIdentity(t *testing.T) {
	aloneOnEarth(t)
	server := awstest.Serve(t, func(r awstest.Request) awstest.Answer {
		if r.Form().Get("Action") == "AssumeRoleWithWebIdentity" {
			answer := assumed("ASIAWEB")
			answer.Body = strings.ReplaceAll(answer.Body, "AssumeRole", "AssumeRoleWithWebIdentity")
			return answer
		}
		return awstest.Answer{}
	})
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("w3b"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := lambdaConnector()
	conn := awstest.Open(t, c, map[string]any{
		"region": "eu-west-1", "endpoint": server.URL,
		"webIdentity": map[string]any{"roleArn": "arn:aws:iam::000000000000:role/web", "tokenFile": file},
	})
	if _, err := awstest.Call(t, c, conn, "getAccountSettings", nil); err != nil {
		t.Fatal(err)
	}
	all := server.Requests()
	if f := all[0].Form(); f.Get("WebIdentityToken") != "w3b" || f.Get("RoleSessionName") != "medlar-run-1" {
		t.Errorf("the role was asked for with %v", f)
	}
	if got := signer(all[1]); got != "ASIAWEB" {
		t.Errorf("signed by %q", got)
	}
}

func TestSessionNameFits(t *testing.T) {
	aloneOnEarth(t)
	server := awstest.Serve(t, func(awstest.Request) awstest.Answer { return assumed("ASIA") })
	c := lambdaConnector()
	params, err := c.Connection.Convert(map[string]any{
		"region": "eu-west-1", "endpoint": server.URL, "accessKeyId": "AKID", "secretAccessKey": "s",
		"assumeRole": map[string]any{"roleArn": "arn:aws:iam::000000000000:role/first"},
	})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Open(context.Background(), connector.OpenRequest{Params: params, RunID: "nächtlich/" + strings.Repeat("x", 80)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, _ = awstest.Call(t, c, conn, "getAccountSettings", nil)
	want := "medlar-n-chtlich-" + strings.Repeat("x", 64-len("medlar-n-chtlich-"))
	if got := server.Requests()[0].Form().Get("RoleSessionName"); got != want {
		t.Errorf("session name %q, want %q", got, want)
	}
}
