package awsemu_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

// A presigned request is one that somebody else sends, as EKS does.
func TestPresignedRequests(t *testing.T) {
	r := start(t, "functions: {f: {reply: 1}}")
	presign := sts.NewPresignClient(r.sts(t))
	signed := ok(presign.PresignGetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))(t)
	client := &trackedClient{}
	defer client.close()
	send := func(url string) (int, string) {
		request := ok(http.NewRequestWithContext(t.Context(), signed.Method, url, nil))(t)
		request.Header = signed.SignedHeader.Clone()
		answer := ok(client.http().Do(request))(t)
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		client.close()
		return answer.StatusCode, string(body)
	}
	status, body := send(signed.URL)
	if status != http.StatusOK || !strings.Contains(body, "<Account>000000000000</Account>") {
		t.Errorf("got %d %s", status, body)
	}
	status, _ = send(strings.Replace(signed.URL, "Version=2011-06-15", "Version=2011-06-16", 1))
	same(t, http.StatusForbidden, status)
	r.advance(time.Hour)
	status, _ = send(signed.URL)
	same(t, http.StatusForbidden, status)
}

// Lambda takes presigned requests, too, also such as change something and such
// as call a function.
func TestPresignedRequestsOfLambda(t *testing.T) {
	r := start(t, "functions: {f: {reply: {got: '${event}'}}}")
	for _, row := range []struct{ method, path, body, want string }{
		{http.MethodGet, "/2015-03-31/functions/f", "", `"FunctionName":"f"`},
		{http.MethodPost, "/2015-03-31/functions/f/invocations?Qualifier=%24LATEST", `{"n":1}`, `{"got":{"n":1}}`},
		{http.MethodPost, "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af", `{"Tags":{"a":"b"}}`, ""},
	} {
		sum := sha256.Sum256([]byte(row.body))
		request := ok(http.NewRequestWithContext(t.Context(), row.method, r.URL()+row.path, strings.NewReader(row.body)))(t)
		query := request.URL.Query()
		query.Set("X-Amz-Expires", "60")
		request.URL.RawQuery = query.Encode()
		url, header, err := v4.NewSigner().PresignHTTP(t.Context(), testPair, request, hex.EncodeToString(sum[:]), "lambda", "us-east-1", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		send := func(url, body string) got {
			return ask(t, row.method, url, body, func(r *http.Request) { r.Header = header.Clone() })
		}
		answer := send(url, row.body)
		if answer.status >= 300 || !strings.Contains(answer.body, row.want) {
			t.Errorf("%s: %d %s", row.path, answer.status, answer.body)
		}
		same(t, http.StatusForbidden, send(url, row.body+" ").status)
		same(t, http.StatusForbidden, send(strings.Replace(url, "X-Amz-Expires=60", "X-Amz-Expires=61", 1), row.body).status)
	}
}

func TestSTSInJSON(t *testing.T) {
	e := ok(awsemu.New(awsemu.Options{}))(t)
	defer e.Close()
	ask := func(body string) map[string]any {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, signed(t, http.MethodPost, "/", "Version=2011-06-15&"+body, "sts", func(r *http.Request) { r.Header.Set("Accept", "application/json") }))
		same(t, "application/json", w.Header().Get("Content-Type"))
		var out map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatalf("%v in %s", err, w.Body)
		}
		return out
	}
	who := ask("Action=GetCallerIdentity")["GetCallerIdentityResponse"].(map[string]any)
	same(t, any("000000000000"), who["GetCallerIdentityResult"].(map[string]any)["Account"])
	role := ask("Action=AssumeRole&RoleSessionName=me&RoleArn=arn:aws:iam::000000000000:role/r")["AssumeRoleResponse"].(map[string]any)
	credentials := role["AssumeRoleResult"].(map[string]any)["Credentials"].(map[string]any)
	if _, number := credentials["Expiration"].(float64); !number {
		t.Errorf("the expiration is %v", credentials["Expiration"])
	}
	refused := ask("Action=AssumeRole")
	same(t, any("ValidationError"), refused["Error"].(map[string]any)["Code"])
}

func TestAccountsOfKeys(t *testing.T) {
	client := start(t, "").sts(t)
	for id, want := range map[string]string{"ASIAQNZGKIQY56JQ7WML": "029608264753", "AKIAIOSFODNN7EXAMPLE": "581039954779"} {
		out := ok(client.GetAccessKeyInfo(t.Context(), &sts.GetAccessKeyInfoInput{AccessKeyId: &id}))(t)
		same(t, want, *out.Account)
	}
}

func TestSessionTags(t *testing.T) {
	client := start(t, "").sts(t)
	for name, row := range map[string]struct {
		tags       []ststypes.Tag
		transitive []string
		fails      bool
	}{
		"good":       {tags: []ststypes.Tag{{Key: aws.String("Team"), Value: aws.String("å b_.:/=+-@")}}, transitive: []string{"team"}},
		"aws":        {tags: []ststypes.Tag{{Key: aws.String("aws:x"), Value: aws.String("1")}}, fails: true},
		"characters": {tags: []ststypes.Tag{{Key: aws.String("a#b"), Value: aws.String("1")}}, fails: true},
		"transitive": {tags: []ststypes.Tag{{Key: aws.String("a"), Value: aws.String("1")}}, transitive: []string{"b"}, fails: true},
	} {
		_, err := client.AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleArn: aws.String(deployer), RoleSessionName: aws.String("me"), Tags: row.tags, TransitiveTagKeys: row.transitive,
		})
		t.Run(name, func(t *testing.T) {
			if row.fails {
				fails(t, err, "ValidationError", 400)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// What deployment tools read at each refresh.
func TestConstantAnswers(t *testing.T) {
	ctx := t.Context()
	client := start(t, "functions: {f: {reply: 1}}").lambda(t)
	f := aws.String("f")
	same(t, "f", *ok(client.GetFunctionCodeSigningConfig(ctx, &lambda.GetFunctionCodeSigningConfigInput{FunctionName: f}))(t).FunctionName)
	same(t, "Auto", string(ok(client.GetRuntimeManagementConfig(ctx, &lambda.GetRuntimeManagementConfigInput{FunctionName: f}))(t).UpdateRuntimeOn))
	same(t, "Terminate", string(ok(client.GetFunctionRecursionConfig(ctx, &lambda.GetFunctionRecursionConfigInput{FunctionName: f}))(t).RecursiveLoop))
	same(t, 0, len(ok(client.ListProvisionedConcurrencyConfigs(ctx, &lambda.ListProvisionedConcurrencyConfigsInput{FunctionName: f}))(t).ProvisionedConcurrencyConfigs))
	same(t, 0, len(ok(client.ListFunctionUrlConfigs(ctx, &lambda.ListFunctionUrlConfigsInput{FunctionName: f}))(t).FunctionUrlConfigs))
	_, err := client.GetFunctionUrlConfig(ctx, &lambda.GetFunctionUrlConfigInput{FunctionName: f})
	fails(t, err, "ResourceNotFoundException", 404)
	_, err = client.GetProvisionedConcurrencyConfig(ctx, &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: f, Qualifier: aws.String("1")})
	fails(t, err, "ResourceNotFoundException", 404)
	_, err = client.GetFunctionRecursionConfig(ctx, &lambda.GetFunctionRecursionConfigInput{FunctionName: aws.String("nobody")})
	fails(t, err, "ResourceNotFoundException", 404)
	//lint:ignore SA1019 old clients call it
	out := ok(client.InvokeAsync(ctx, &lambda.InvokeAsyncInput{FunctionName: f, InvokeArgs: strings.NewReader("{}")}))(t) //nolint:staticcheck // clients still use it
	same(t, int32(202), out.Status)
	// Publishing code that has not changed gives the version that there is.
	first := ok(client.CreateFunction(ctx, newFunction(t, "made")))(t)
	code := &lambda.UpdateFunctionCodeInput{FunctionName: first.FunctionName, ZipFile: zipped(t), Publish: true}
	same(t, "1", *ok(client.UpdateFunctionCode(ctx, code))(t).Version)
	same(t, "1", *ok(client.UpdateFunctionCode(ctx, code))(t).Version)
}
