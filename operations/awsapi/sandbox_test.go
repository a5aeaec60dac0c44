package awsapi_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
)

func sandbox(server *awstest.Server) *connector.Sandbox {
	return &connector.Sandbox{
		Endpoint: server.URL, Services: []string{"lambda", "sts"},
		Annotations: connector.Annotations{awsapi.SandboxKeys{Region: "eu-north-1", AccessKeyID: "test", SecretAccessKey: "test"}},
	}
}

// In a sandbox nothing of this machine counts, and nothing goes elsewhere.
func TestSandboxReplacesEverything(t *testing.T) {
	aloneOnEarth(t)
	t.Setenv("AWS_REGION", "us-west-2")
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	t.Setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDREAL")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "real")
	t.Setenv("AWS_PROFILE", "nobody")
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	tests := []struct {
		name   string
		params map[string]any
		want   []string // signer, Region of the last request
	}{
		{"nothing", nil, []string{"test", "eu-north-1"}},
		{"region", map[string]any{"region": "eu-west-1"}, []string{"test", "eu-west-1"}},
		{"static keys", map[string]any{"accessKeyId": "AKIDREAL", "secretAccessKey": "real", "sessionToken": "real"}, []string{"test", "eu-north-1"}},
		{"profile", map[string]any{"profile": "nobody"}, []string{"test", "eu-north-1"}},
		{"endpoint", map[string]any{"endpoint": "http://127.0.0.1:1"}, []string{"test", "eu-north-1"}},
		{"FIPS", map[string]any{"useFips": true, "useDualStack": true}, []string{"test", "eu-north-1"}},
		{"role", map[string]any{"assumeRole": map[string]any{"roleArn": "arn:aws:iam::000000000000:role/first"}}, []string{"ASIALOCAL", "eu-north-1"}},
		{
			"credentials of the sandbox's own STS",
			map[string]any{"credentials": map[string]any{"AccessKeyId": "ASIAGIVEN", "SecretAccessKey": "s", "SessionToken": "t"}},
			[]string{"ASIAGIVEN", "eu-north-1"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := awstest.Serve(t, func(r awstest.Request) awstest.Answer {
				if r.Form().Get("RoleArn") != "" {
					return assumed("ASIALOCAL")
				}
				return awstest.Answer{}
			})
			c := lambdaConnector()
			conn, err := open(c, tt.params, sandbox(server))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			if _, err := awstest.Call(t, c, conn, "getAccountSettings", nil); err != nil {
				t.Fatal(err)
			}
			last := server.Last(t)
			region := strings.Split(last.Header.Get("Authorization"), "/")[2]
			if diff := cmp.Diff(tt.want, []string{signer(last), region}); diff != "" {
				t.Errorf("signer, Region (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSandboxWithoutTheService(t *testing.T) {
	aloneOnEarth(t)
	server := awstest.Serve(t, nil)
	s := sandbox(server)
	s.Services = []string{"sts"}
	_, err := open(lambdaConnector(), nil, s)
	e := connector.AsError(err)
	if e == nil || e.Class != connector.ClassInvalid || e.Message != "the local emulator has no lambda; it has sts" {
		t.Errorf("error is %v", err)
	}
}

func TestSandboxFindsMistakes(t *testing.T) {
	_, err := open(stsConnector(), map[string]any{"accessKeyId": "AKID"}, sandbox(awstest.Serve(t, nil)))
	if e := connector.AsError(err); e == nil || e.Class != connector.ClassInvalid {
		t.Errorf("error is %v", err)
	}
}
