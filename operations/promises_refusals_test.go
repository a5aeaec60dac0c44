package operations_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
)

// An answer that is not the service's takes its class from header and status,
// and is shown.
func TestPromiseForeignAnswers(t *testing.T) {
	const (
		get    = "{id: s, call: lambda.getFunction, retry: {attempts: 3, delay: 1ms}, with: {functionName: f}}"
		invoke = "{id: s, call: lambda.invoke, with: {functionName: f}}"
		who    = "{id: s, call: sts.getCallerIdentity, retry: {attempts: 2, delay: 1ms}}"
	)
	html, typed := []string{"Content-Type", "text/html"}, "X-Amzn-ErrorType"
	tests := []struct {
		name     string
		step     string
		status   int
		body     string
		headers  []string
		want     connector.Error
		requests int
		says     []string
	}{
		{"a proxy's 403", get, 403, "<html>Access denied by proxy</html>", html, connector.Error{Code: "InvalidResponse", Class: connector.ClassDenied}, 1, []string{"403", "text/html", "Access denied by proxy"}},
		{"a proxy's 403 of a change", invoke, 403, "<html>no</html>", html, connector.Error{Class: connector.ClassDenied}, 1, []string{"text/html"}},
		{"a proxy's 403 of a Query service", who, 403, "<html>no</html>", html, connector.Error{Class: connector.ClassDenied}, 1, []string{"text/html", "<html>no</html>"}},
		{"a proxy's 407", get, 407, "<html>who are you</html>", html, connector.Error{Class: connector.ClassDenied}, 1, []string{"who are you"}},
		{"a proxy's 404", get, 404, "<html>no</html>", html, connector.Error{Class: connector.ClassNotFound}, 1, nil},
		{"a proxy's 405", get, 405, "<html>no</html>", html, connector.Error{Class: connector.ClassInvalid}, 1, nil},
		{"a proxy's 502", get, 502, "<html>Bad Gateway</html>", html, connector.Error{Class: connector.ClassUnavailable}, 3, []string{"Bad Gateway"}},
		{"a page that asks to sign in", get, 200, "<html>login</html>", html, connector.Error{Class: connector.ClassUnavailable}, 3, []string{"login"}},
		{"a typed header without JSON", get, 404, "garbage", []string{typed, "ResourceNotFoundException:http://x/"}, connector.Error{Code: "ResourceNotFoundException", Class: connector.ClassNotFound}, 1, []string{"garbage"}},
		{"a typed header of 503 without JSON", get, 503, "garbage", []string{typed, "ServiceException"}, connector.Error{Code: "ServiceException", Class: connector.ClassUnavailable}, 3, nil},
		{"a typed 429 without JSON", get, 429, "slow", []string{typed, "com.amazonaws#TooManyRequestsException"}, connector.Error{Code: "TooManyRequestsException", Class: connector.ClassThrottled}, 3, nil},
		{"another place", get, 302, "", []string{"Location", "http://127.0.0.1:1/"}, connector.Error{Class: connector.ClassInvalid}, 1, []string{"302 Found"}},
		{"a page to sign in of a change", invoke, 200, "<html>login</html>", []string{"Content-Type", "text/html; charset=utf-8"}, connector.Error{Code: "InvalidResponse", Class: connector.ClassUnavailable, Outcome: connector.OutcomeUnknown}, 1, []string{"200 OK with text/html", "login"}},
		{"a page to sign in of a Query service", who, 200, "<html>login</html>", html, connector.Error{Code: "InvalidResponse"}, 2, []string{"login"}},
		{"a page to sign in instead of a list", "{id: s, call: s3.listObjectsV2, retry: {attempts: 2, delay: 1ms}, with: {bucket: b}}", 200, "<html>login</html>", html, connector.Error{Code: "InvalidResponse"}, 2, []string{"login"}},
		{"a page to sign in of a put", "{id: s, call: s3.putObject, with: {bucket: b, key: k, body: x}}", 200, "<html>login</html>", html, connector.Error{Code: "InvalidResponse", Outcome: connector.OutcomeUnknown}, 1, nil},
		{"a page that goes on", get, 403, strings.Repeat("x", 5000), html, connector.Error{Class: connector.ClassDenied}, 1, []string{"…"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w, tt.status, tt.body, tt.headers...) })
			got := runFlow(t, "memory", awsFlow(tt.step), e)
			if got.err == nil || !got.err.Is(&tt.want) {
				t.Fatalf("%v of class %s, want %v", got.err, got.err.Class, tt.want)
			}
			if e.count() != tt.requests {
				t.Errorf("%d requests, want %d", e.count(), tt.requests)
			}
			for _, part := range tt.says {
				if !strings.Contains(got.err.Message, part) {
					t.Errorf("message %q, want %q in it", got.err.Message, part)
				}
			}
			if len(got.err.Message) > 1000 {
				t.Errorf("the message has %d bytes", len(got.err.Message))
			}
		})
	}
}

// A page is an answer of the service where the service says so, or where an object
// can be one.
func TestPromisePagesThatAreAnswers(t *testing.T) {
	tests := map[string]struct {
		step    string
		headers []string
	}{
		"a payload":                    {"{id: s, call: lambda.invoke, with: {functionName: f}}", []string{"X-Amzn-Requestid", "id"}},
		"an object":                    {"{id: s, call: s3.getObject, with: {bucket: b, key: k}}", []string{"X-Amz-Request-Id", "id"}},
		"an object of a plainer store": {"{id: s, call: s3.getObject, with: {bucket: b, key: k}}", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				answer(w, 200, "<html>page</html>", append(tt.headers, "Content-Type", "text/html")...)
			})
			if got := runFlow(t, "memory", awsFlow(tt.step), e); got.err != nil {
				t.Error(got.err)
			}
		})
	}
}

// What an answer that is not the service's shows is masked as all else.
func TestPromiseForeignAnswersAreMasked(t *testing.T) {
	t.Setenv("TOKEN", "hush-hush-hush")
	e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		answer(w, 403, "<html>hush-hush-hush may not</html>", "Content-Type", "text/html")
	})
	got := runFlow(t, "memory", `
flow: masked
secrets: {token: {env: TOKEN}}
`+awsConnections+`
steps:
  - {id: s, call: lambda.invoke, with: {functionName: f, payload: "${secrets.token}"}}
`, e)
	if got.err == nil || strings.Contains(got.err.Message, "hush-hush") || !strings.Contains(got.err.Message, "may not") {
		t.Errorf("message %v, want it without the secret", got.err)
	}
	if body, _ := got.err.Details["body"].(string); strings.Contains(body, "hush-hush") {
		t.Errorf("details.body is %q", body)
	}
}

// Delays that a service asks for are kept, in each of their forms.
func TestPromiseDelaysAreKept(t *testing.T) {
	now := time.Now().UTC()
	tests := []struct {
		name    string
		headers []string
		want    time.Duration
	}{
		{"milliseconds", []string{"X-Amz-Retry-After", "90000"}, 90 * time.Second},
		{"seconds", []string{"Retry-After", "90"}, 90 * time.Second},
		{"a date", []string{"Retry-After", now.Add(90 * time.Second).Format(http.TimeFormat), "Date", now.Format(http.TimeFormat)}, 90 * time.Second},
		{"AWS's own goes first", []string{"X-Amz-Retry-After", "90000", "Retry-After", "5"}, 90 * time.Second},
		{"no number", []string{"X-Amz-Retry-After", "soon"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				answer(w, 429, `{"message":"slow"}`, append(tt.headers, "X-Amzn-ErrorType", "TooManyRequestsException")...)
			})
			got := runFlow(t, "memory", awsFlow("{id: s, call: lambda.invoke, with: {functionName: f}}"), e)
			if got.err == nil || got.err.RetryAfter != tt.want {
				t.Fatalf("%+v, want a delay of %v", got.err, tt.want)
			}
			// So long a delay is the step's business.
			if tt.want > 0 && e.count() != 1 {
				t.Errorf("%d requests, want 1", e.count())
			}
		})
	}
	e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 1 {
			answer(w, 429, `{"message":"slow"}`, "Retry-After", "2", "X-Amzn-ErrorType", "TooManyRequestsException")
			return
		}
		answer(w, 200, `{}`)
	})
	start := time.Now()
	got := runFlow(t, "memory", awsFlow("{id: s, call: lambda.invoke, with: {functionName: f}}"), e)
	if took := time.Since(start); got.err != nil || took < 2*time.Second {
		t.Errorf("%v after %v, want success after the delay", got.err, took)
	}
}

// What cannot be a header is found before anything is sent.
func TestPromiseHeadersWithoutLineBreaks(t *testing.T) {
	steps := map[string]string{
		"tenant":     `{id: s, call: lambda.invoke, with: {functionName: f, tenantId: "a\nb"}}`,
		"context":    `{id: s, call: lambda.invoke, with: {functionName: f, clientContext: "e30=\r\n"}}`,
		"retried":    `{id: s, call: lambda.invoke, retry: 3, with: {functionName: f, tenantId: "a\nb"}}`,
		"streamed":   `{id: s, call: lambda.invokeWithResponseStream, with: {functionName: f, tenantId: "a\nb"}}`,
		"http":       `{id: s, call: http.request, retry: 3, with: {url: "URL/", headers: {X-A: "${upper('a') + '\\n'}"}}}`,
		"http, bare": `{id: s, call: http.request, with: {url: "URL/", headers: {X-A: "${upper('a') + '\\x00'}"}}}`,
	}
	for name, step := range steps {
		t.Run(name, func(t *testing.T) {
			e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w, 200, `{}`) })
			got := runFlow(t, "memory", awsFlow(step), e)
			if got.err == nil || got.err.Class != connector.ClassInvalid || e.count() != 0 || got.err.Requests != 0 || got.err.Attempts > 1 {
				t.Errorf("%d requests: %+v, want class invalid before any", e.count(), got.err)
			}
		})
	}
	// Also on the path that goes without the SDK's stack.
	e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w, 200, `{}`) })
	got := runFlow(t, "memory", "flow: calls\n"+awsConnections+`steps:
  - forEach: ["a", "b", "c", "d", "e\nf"]
    do:
      - {id: s, call: lambda.invoke, with: {functionName: f, tenantId: "${item}"}}
`, e)
	if got.err == nil || got.err.Class != connector.ClassInvalid || e.count() != 4 {
		t.Errorf("%d requests: %v, want class invalid after 4", e.count(), got.err)
	}
}

// What a connection gives cannot be a header either, wherever it is from.
func TestPromiseConnectionsWithoutLineBreaks(t *testing.T) {
	const keys = `accessKeyId: AKIDFORTESTSONLY, secretAccessKey: a-secret-key`
	in := func(connection string) string {
		return "connections: {lambda: {endpoint: \"URL\", " + connection + "}}\nsteps: [{id: s, call: CALL}]\n"
	}
	home := t.TempDir()
	process := filepath.Join(home, "process")
	tests := map[string]struct {
		flow string
		env  []string
		says string
	}{
		"secret key":                   {in(`region: eu-west-1, accessKeyId: AKID, secretAccessKey: "hush\n"`), nil, "secretAccessKey holds a line break"},
		"access key":                   {in(`region: eu-west-1, accessKeyId: "AKID\n", secretAccessKey: hush`), nil, "accessKeyId holds a line break"},
		"session token":                {in(`region: eu-west-1, ` + keys + `, sessionToken: "hu\r\nsh"`), nil, "sessionToken holds a line break"},
		"credentials":                  {in(`region: eu-west-1, credentials: {accessKeyId: AKID, secretAccessKey: s, sessionToken: "hush\n"}`), nil, "sessionToken holds a line break"},
		"region":                       {in(`region: "${env.ODD_REGION}", ` + keys), []string{"ODD_REGION", "eu-west-1\n"}, "region"},
		"AWS_REGION":                   {in(keys), []string{"AWS_REGION", "eu-west-1\n"}, "Region"},
		"token of the environment":     {in(`region: eu-west-1`), []string{"AWS_ACCESS_KEY_ID", "AKID", "AWS_SECRET_ACCESS_KEY", "hush", "AWS_SESSION_TOKEN", "hush\n"}, "sessionToken holds a line break"},
		"secret of the environment":    {in(`region: eu-west-1`), []string{"AWS_ACCESS_KEY_ID", "AKID", "AWS_SECRET_ACCESS_KEY", "hush\n"}, "secretAccessKey holds a line break"},
		"a program":                    {in(`region: eu-west-1, profile: process`), nil, "sessionToken holds a line break"},
		"a program that gives no JSON": {in(`region: eu-west-1, profile: text`), nil, "the output of the process is not what AWS documents"},
		"a role":                       {in(`region: eu-west-1, ` + keys + `, assumeRole: {roleArn: "arn:aws:iam::000000000000:role/x"}`), nil, "sessionToken holds a line break"},
		"sigv4":                        {"connections: {http: {sigv4: {service: es, region: eu-west-1, accessKeyId: AKID, secretAccessKey: s, sessionToken: \"hush\\n\"}}}\nsteps: [{id: s, call: http.request, with: {url: 'URL/'}}]\n", nil, "sessionToken holds a line break"},
		"sigv4's service":              {"connections: {http: {sigv4: {service: \"e\\ns\", region: eu-west-1, accessKeyId: AKID, secretAccessKey: s}}}\nsteps: [{id: s, call: http.request, with: {url: 'URL/'}}]\n", nil, "Authorization holds a line break"},
		"a header of a connection":     {"connections: {http: {headers: {X-A: '${env.ODD_HEADER}'}}}\nsteps: [{id: s, call: http.request, with: {url: 'URL/'}}]\n", []string{"ODD_HEADER", "hush\n"}, "X-A holds a line break"},
		"a token of Vault":             {"connections: {vault: {address: \"URL\", token: \"hush\\nhush\"}}\nsteps: [{id: s, call: vault.read, with: {path: kv/x}}]\n", nil, "X-Vault-Token holds a line break"},
	}
	for name, tt := range tests {
		for _, call := range []string{"lambda.invoke, with: {functionName: f}", "lambda.getFunction, with: {functionName: f}"} {
			if !strings.Contains(tt.flow, "CALL") && !strings.HasPrefix(call, "lambda.invoke") {
				continue
			}
			t.Run(name+" "+call[:12], func(t *testing.T) {
				e := answerBadly(t, func(w http.ResponseWriter, r *http.Request, _ int) {
					answer(w, 200, "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>hush</SecretAccessKey>"+
						"<SessionToken>hu&#10;sh</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>", "Content-Type", "text/xml")
				})
				for name, value := range map[string]string{
					"HOME": home, "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": filepath.Join(home, "config"),
					"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_REGION": "",
				} {
					t.Setenv(name, value)
				}
				for i := 0; i < len(tt.env); i += 2 {
					t.Setenv(tt.env[i], tt.env[i+1])
				}
				script := "#!/bin/sh\nprintf '%s' '{\"Version\": 1, \"AccessKeyId\": \"AKID\", \"SecretAccessKey\": \"hush\", \"SessionToken\": \"hu\\nsh\"}'\n"
				if err := os.WriteFile(process, []byte(script), 0o700); err != nil { //nolint:gosec // it is to be run
					t.Fatal(err)
				}
				config := "[profile process]\ncredential_process = " + process + "\n[profile text]\ncredential_process = echo hush\n"
				if err := os.WriteFile(filepath.Join(home, "config"), []byte(config), 0o600); err != nil {
					t.Fatal(err)
				}
				got := runFlow(t, "memory", "flow: f\n"+strings.Replace(tt.flow, "CALL", call, 1), e)
				toSTS := 0
				if name == "a role" {
					toSTS = 1
				}
				class := connector.ClassInvalid
				if name == "a program that gives no JSON" {
					class = connector.ClassDenied
				}
				if got.err == nil || got.err.Class != class || got.err.Outcome == connector.OutcomeUnknown || got.err.Requests != 0 || e.count() != toSTS {
					t.Fatalf("%d requests: %+v, want class %s before any", e.count(), got.err, class)
				}
				if !strings.Contains(got.err.Message, tt.says) || strings.Contains(got.err.Message, "hush") {
					t.Errorf("message %q, want %q", got.err.Message, tt.says)
				}
			})
		}
	}
}

// Redirects are followed as the SDK's own client follows them.
func TestPromiseRedirectsAreTheSDKs(t *testing.T) {
	elsewhere := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		answer(w, 200, `{"Configuration":{"FunctionName":"there"}}`)
	})
	for _, status := range []int{307, 308, 301, 302} {
		e := answerBadly(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			answer(w, status, "", "Location", elsewhere.URL+r.URL.Path)
		})
		before := elsewhere.count()
		got := runFlow(t, "memory", awsFlow("{id: s, call: lambda.getFunction, retry: 1, with: {functionName: f}}"), e)
		followed := elsewhere.count() > before
		if want := status == 307 || status == 308; followed != want || (got.err == nil) != want {
			t.Errorf("%d: followed is %t, error %v", status, followed, got.err)
		}
		if followed && elsewhere.requests[before].Header.Get("Authorization")+elsewhere.requests[before].Header.Get("X-Amz-Security-Token") != "" {
			t.Errorf("%d: credentials went to another host", status)
		}
		if got.err != nil && got.err.Requests != 1 {
			t.Errorf("%d: %d requests, want 1", status, got.err.Requests)
		}
	}
}

// What is missing for credentials is said.
func TestPromiseMissingCredentialsAreNamed(t *testing.T) {
	home := t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": filepath.Join(home, "config"), "AWS_PROFILE": "",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
	} {
		t.Setenv(name, value)
	}
	config := `[profile login]
login_session = arn:aws:iam::000000000000:user/x
[profile web]
role_arn = arn:aws:iam::000000000000:role/x
web_identity_token_file = /nowhere/token
[profile sso]
sso_session = s
sso_account_id = 000000000000
sso_role_name = r
[sso-session s]
sso_region = eu-west-1
sso_start_url = http://127.0.0.1:1/
`
	if err := os.WriteFile(filepath.Join(home, "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string][]string{
		"profile: login": {"sign in again: aws login"},
		"profile: web":   {"/nowhere/token", "the file is not there"},
		"profile: sso":   {"aws sso login"},
		`webIdentity: {roleArn: "arn:aws:iam::000000000000:role/x", tokenFile: /nowhere/token}`: {"/nowhere/token", "the file is not there"},
	}
	for connection, says := range tests {
		t.Run(connection, func(t *testing.T) {
			e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w, 200, "{}") })
			got := runFlow(t, "memory", strings.Replace(`
flow: who
connections: {lambda: {region: eu-west-1, endpoint: "URL", WHO}}
steps: [{id: s, call: lambda.invoke, with: {functionName: f}}]
`, "WHO", connection, 1), e)
			if got.err == nil || got.err.Outcome == connector.OutcomeUnknown || got.err.Requests != 0 || e.count() != 0 {
				t.Fatalf("%+v, want a failure before anything is sent", got.err)
			}
			for _, part := range says {
				if !strings.Contains(got.err.Message, part) {
					t.Errorf("message %q, want %q in it", got.err.Message, part)
				}
			}
		})
	}
}

// A waiter ends in a state that waiting does not change, and names it.
func TestPromiseWaitersEnd(t *testing.T) {
	tests := []struct {
		operation, body string
		want            connector.Error
		says            string
	}{
		{"waitFunctionActive", `{"Configuration":{"State":"Failed","StateReasonCode":"ImageDeleted","StateReason":"the image is gone"}}`, connector.Error{Code: "WaitFailed"}, "State is Failed (ImageDeleted): the image is gone"},
		{"waitFunctionActive", `{"Configuration":{"State":"Inactive","StateReasonCode":"Idle"}}`, connector.Error{Code: "WaitFailed"}, "State is Inactive (Idle); a call of the function"},
		{"waitFunctionActive", `{"Configuration":{"State":"Deleting"}}`, connector.Error{Code: "WaitFailed"}, "State is Deleting"},
		{"waitFunctionActive", `{"Configuration":{"State":"Pending","StateReasonCode":"Creating"}}`, connector.Error{Code: "WaitTimeout"}, "State is Pending (Creating)"},
		{"waitFunctionUpdated", `{"Configuration":{"State":"Active","LastUpdateStatus":"Failed","LastUpdateStatusReasonCode":"InvalidSubnet"}}`, connector.Error{Code: "WaitFailed"}, "LastUpdateStatus is Failed (InvalidSubnet)"},
		{"waitFunctionUpdated", `{"Configuration":{"State":"Deleting","LastUpdateStatus":"InProgress"}}`, connector.Error{Code: "WaitFailed"}, "State is Deleting"},
		{"waitFunctionUpdated", `{"Configuration":{"State":"Active","LastUpdateStatus":"InProgress"}}`, connector.Error{Code: "WaitTimeout"}, "LastUpdateStatus is InProgress"},
		{"waitPublishedVersionActive", `{"State":"Failed"}`, connector.Error{Code: "WaitFailed"}, "State is Failed"},
		{"waitPublishedVersionActive", `{"State":"Inactive"}`, connector.Error{Code: "WaitFailed"}, "State is Inactive"},
	}
	for _, tt := range tests {
		t.Run(tt.operation+" "+tt.says, func(t *testing.T) {
			e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w, 200, tt.body) })
			got := runFlow(t, "memory", awsFlow("{id: s, call: lambda."+tt.operation+", with: {functionName: f, maxWait: 1s}}"), e)
			if got.err == nil || !got.err.Is(&tt.want) || !strings.Contains(got.err.Message, tt.says) || got.err.Requests != e.count() {
				t.Errorf("%d requests: %+v, want %s and %q", e.count(), got.err, tt.want.Code, tt.says)
			}
		})
	}
}
