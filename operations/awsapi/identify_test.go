package awsapi_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
)

func identify(t *testing.T, c *connector.Connector, params map[string]any) []connector.Identity {
	t.Helper()
	converted, err := c.Connection.Convert(params)
	if err != nil {
		t.Fatal(err)
	}
	return c.Identify(context.Background(), connector.OpenRequest{Params: converted, RunID: "run-1"})
}

// whois answers GetCallerIdentity with the key that asks.
func whois(r awstest.Request) awstest.Answer {
	switch r.Form().Get("Action") {
	case "GetCallerIdentity":
		return awstest.Answer{Header: map[string]string{"Content-Type": "text/xml"}, Body: `<GetCallerIdentityResponse><GetCallerIdentityResult>
<Arn>arn of ` + signer(r) + `</Arn><UserId>u</UserId><Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`}
	case "AssumeRoleWithWebIdentity":
		answer := assumed("ASIAWEB")
		answer.Body = strings.ReplaceAll(answer.Body, "AssumeRole", "AssumeRoleWithWebIdentity")
		return answer
	}
	if strings.HasSuffix(r.Form().Get("RoleArn"), "/denied") {
		return stsError(403, "AccessDenied")
	}
	return assumed("ASIAEXAMPLEEXAMPLE")
}

func TestIdentityOfEachHop(t *testing.T) {
	aloneOnEarth(t)
	server := awstest.Serve(t, whois)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("t"), 0o600); err != nil {
		t.Fatal(err)
	}
	profile := "[profile ops]\naws_access_key_id = AKIDOPS\naws_secret_access_key = s\n"
	if err := os.WriteFile(os.Getenv("AWS_CONFIG_FILE"), []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	const role = "arn:aws:iam::000000000000:role/"
	hop := func(name string) map[string]any { return map[string]any{"roleArn": role + name} }
	tests := []struct {
		name   string
		params map[string]any
		want   []string
	}{
		{"environment", nil, []string{"environment variables: arn of AKIDENV"}},
		{"profile", map[string]any{"profile": "ops"}, []string{"profile ops: arn of AKIDOPS"}},
		{"keys", map[string]any{"accessKeyId": "AKIDKEY", "secretAccessKey": "s"}, []string{"accessKeyId of the connection: arn of AKIDKEY"}},
		{
			"credentials",
			map[string]any{"credentials": map[string]any{"AccessKeyId": "ASIAX", "SecretAccessKey": "s"}},
			[]string{"credentials of the connection: arn of ASIAX"},
		},
		{"role", map[string]any{"assumeRole": hop("a")}, []string{"environment variables: arn of AKIDENV", "role " + role + "a: arn of ASIAEXAMPLEEXAMPLE"}},
		{
			"denied, with more hops behind it",
			map[string]any{"assumeRole": []any{hop("denied"), hop("a")}},
			[]string{"environment variables: arn of AKIDENV", "role " + role + "denied: AccessDenied"},
		},
		{
			"web identity",
			map[string]any{"webIdentity": map[string]any{"roleArn": role + "w", "tokenFile": token}},
			[]string{"role " + role + "w with the web identity token in " + token + ": arn of ASIAWEB"},
		},
		{
			"no token",
			map[string]any{"webIdentity": map[string]any{"roleArn": role + "w", "tokenFile": token + "2"}},
			[]string{"role " + role + "w with the web identity token in " + token + "2: CredentialsError, the file is not there"},
		},
		{"no profile", map[string]any{"profile": "nobody"}, []string{"the connection: InvalidConnection"}},
		{"keys that do not go together", map[string]any{"accessKeyId": "AKIDKEY"}, []string{"the connection: InvalidConnection"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			params := map[string]any{"region": "eu-west-1", "endpoint": server.URL}
			for name, v := range tt.params {
				params[name] = v
			}
			var got []string
			for _, id := range identify(t, lambdaConnector(), params) {
				text := id.Via + ": " + id.Name
				if id.Err != nil {
					text += id.Err.Code
				}
				if strings.HasPrefix(id.Help, "the file is not there") {
					text += ", the file is not there"
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("hops (-want +got):\n%s", diff)
			}
		})
	}
	ids := identify(t, lambdaConnector(), map[string]any{"region": "eu-west-1", "endpoint": server.URL, "assumeRole": hop("a")})
	facts := strings.Join(ids[1].Facts, ", ")
	if !strings.HasPrefix(facts, "account 000000000000, region eu-west-1, access key ASIA…MPLE, renewed before ") {
		t.Errorf("facts are %q", facts)
	}
}
