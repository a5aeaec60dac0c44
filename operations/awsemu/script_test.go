package awsemu_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/google/go-cmp/cmp"
)

// scriptCall is one call that every client must make the same way. input is
// JSON with AWS's own member names. want maps paths of the output to values;
// "*" is any value and nil is none.
type scriptCall struct {
	service, operation, input string
	fails                     string // the code of the error, "" for none
	status                    int    // of the answer
	want                      map[string]any
}

func (c scriptCall) name() string { return c.service + "." + c.operation }

// scriptResult is what a client gave.
type scriptResult struct {
	Output  map[string]any
	Error   string // the code
	Message string
	Status  int // 0 where the client does not tell
}

// client makes the calls of a stage, which may be under way at once.
type client func(t *testing.T, stage []scriptCall) []scriptResult

const scriptRole = `"Role":"arn:aws:iam::000000000000:role/r"`

// script has every operation of the emulator. The calls of a stage do not
// depend on each other.
func script(t *testing.T, message string) [][]scriptCall {
	file := base64.StdEncoding.EncodeToString(zipOf(t, map[string]string{"bootstrap*": "#!/bin/sh\nexit 7\n"}))
	other := base64.StdEncoding.EncodeToString(zipOf(t, map[string]string{"bootstrap*": "#!/bin/sh\nexit 8\n"}))
	in := fmt.Sprintf
	fn, orders := `"FunctionName":"made"`, `"FunctionName":"orders"`
	payload := base64.StdEncoding.EncodeToString([]byte(`{"order":"o-17"}`))
	type m = map[string]any
	return [][]scriptCall{
		{
			{"lambda", "GetAccountSettings", `{}`, "", 200, m{"AccountLimit.ConcurrentExecutions": 1000.0, "AccountLimit.UnreservedConcurrentExecutions": 1000.0, "AccountLimit.CodeSizeZipped": 52428800.0, "AccountUsage.FunctionCount": 2.0}},
			{"lambda", "ListFunctions", `{"MaxItems":1}`, "", 200, m{"Functions.0.FunctionName": "greet"}},
			{"sts", "GetCallerIdentity", `{}`, "", 200, m{"Account": "000000000000", "Arn": "arn:aws:iam::000000000000:root", "UserId": "000000000000"}},
			{"sts", "GetAccessKeyInfo", `{"AccessKeyId":"AKIAEXAMPLE000000000"}`, "", 200, m{"Account": "111122223333"}},
			{"sts", "GetSessionToken", `{"DurationSeconds":900}`, "", 200, m{"Credentials.SessionToken": "*", "Credentials.Expiration": "*"}},
			{"sts", "GetFederationToken", `{"Name":"bob"}`, "", 200, m{"FederatedUser.Arn": "arn:aws:sts::000000000000:federated-user/bob", "Credentials.AccessKeyId": "*"}},
			{"sts", "AssumeRole", in(`{"RoleArn":%q,"RoleSessionName":"script","DurationSeconds":900}`, deployer), "", 200, m{"AssumedRoleUser.Arn": "arn:aws:sts::000000000000:assumed-role/deployer/script", "Credentials.SecretAccessKey": "*"}},
			{"sts", "AssumeRole", in(`{"RoleArn":%q,"RoleSessionName":"a b"}`, deployer), "ValidationError", 400, nil},
			{"sts", "AssumeRoleWithWebIdentity", in(`{"RoleArn":%q,"RoleSessionName":"script","WebIdentityToken":%q}`, deployer, webToken(time.Hour)), "", 200, m{"Provider": "https://issuer.example", "Audience": "app", "SubjectFromWebIdentityToken": "alice", "AssumedRoleUser.Arn": "arn:aws:sts::000000000000:assumed-role/deployer/script"}},
			{"sts", "AssumeRoleWithWebIdentity", in(`{"RoleArn":%q,"RoleSessionName":"script","WebIdentityToken":%q}`, deployer, webToken(-time.Hour)), "ExpiredTokenException", 400, nil},
			{"sts", "AssumeRoleWithWebIdentity", in(`{"RoleArn":%q,"RoleSessionName":"script","WebIdentityToken":"nonsense"}`, deployer), "InvalidIdentityToken", 400, nil},
			{"sts", "AssumeRoleWithSAML", in(`{"RoleArn":%q,"PrincipalArn":%q,"SAMLAssertion":%q}`, deployer, samlProvider, samlAssertion(time.Hour)), "", 200, m{"Issuer": "https://idp.example", "Subject": "alice", "SubjectType": "persistent", "Audience": "https://signin.aws.amazon.com/saml", "AssumedRoleUser.Arn": "arn:aws:sts::000000000000:assumed-role/deployer/alice"}},
			{"sts", "AssumeRoleWithSAML", in(`{"RoleArn":%q,"PrincipalArn":%q,"SAMLAssertion":%q}`, deployer, samlProvider, samlAssertion(-time.Hour)), "ExpiredTokenException", 400, nil},
			{"sts", "DecodeAuthorizationMessage", in(`{"EncodedMessage":%q}`, message), "", 200, m{"DecodedMessage": "*"}},
			{"sts", "DecodeAuthorizationMessage", `{"EncodedMessage":"nonsense"}`, "InvalidAuthorizationMessageException", 400, nil},
		},
		{
			{"lambda", "CreateFunction", in(`{%s,%s,"Runtime":"provided.al2023","Handler":"h","Timeout":9,"Tags":{"team":"shop"},"Environment":{"Variables":{"STAGE":"x"}},"Code":{"ZipFile":%q}}`, fn, scriptRole, file), "", 201, m{"State": "Pending", "StateReasonCode": "Creating", "Version": "$LATEST", "Timeout": 9.0, "MemorySize": 128.0, "CodeSha256": "*", "Environment.Variables.STAGE": "x", "RevisionId": "*", "PackageType": "Zip"}},
			{"lambda", "CreateFunction", in(`{"FunctionName":"fromS3",%s,"Runtime":"provided.al2023","Handler":"h","Code":{"S3Bucket":"code","S3Key":"f/made.zip"}}`, scriptRole), "", 201, m{"CodeSize": "*"}},
			{"lambda", "CreateFunction", in(`{"FunctionName":"x",%s,"Runtime":"provided.al2023","Handler":"h","Code":{"S3Bucket":"code","S3Key":"../made.zip"}}`, scriptRole), "InvalidParameterValueException", 400, nil},
			{"lambda", "CreateFunction", in(`{"FunctionName":"orders",%s,"Runtime":"provided.al2023","Handler":"h","Code":{"ZipFile":%q}}`, scriptRole, file), "ResourceConflictException", 409, nil},
			{"lambda", "PublishLayerVersion", in(`{"LayerName":"lib","Description":"d","CompatibleRuntimes":["python3.9"],"Content":{"ZipFile":%q}}`, file), "", 201, m{"Version": 1.0, "LayerVersionArn": "arn:aws:lambda:us-east-1:000000000000:layer:lib:1", "Content.CodeSha256": "*", "Content.Location": "*"}},
			{"lambda", "PutFunctionConcurrency", in(`{%s,"ReservedConcurrentExecutions":5}`, orders), "", 200, m{"ReservedConcurrentExecutions": 5.0}},
			{"lambda", "PutFunctionConcurrency", `{"FunctionName":"greet","ReservedConcurrentExecutions":950}`, "InvalidParameterValueException", 400, nil},
			{"lambda", "PutFunctionEventInvokeConfig", in(`{%s,"MaximumRetryAttempts":1}`, orders), "", 200, m{"MaximumRetryAttempts": 1.0, "LastModified": "*", "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST"}},
			{"lambda", "AddPermission", in(`{%s,"StatementId":"s3","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com"}`, orders), "", 201, m{"Statement": "*"}},
			{"lambda", "CreateAlias", in(`{%s,"Name":"canary","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":0.1}}}`, orders), "", 201, m{"RoutingConfig.AdditionalVersionWeights.2": 0.1, "AliasArn": "arn:aws:lambda:us-east-1:000000000000:function:orders:canary"}},
		},
		{
			{"lambda", "GetFunction", in(`{%s}`, fn), "", 200, m{"Configuration.State": "Active", "Configuration.LastUpdateStatus": "Successful", "Code.RepositoryType": "S3", "Code.Location": "*", "Tags.team": "shop", "Concurrency": nil}},
			{"lambda", "GetFunction", in(`{%s}`, orders), "", 200, m{"Concurrency.ReservedConcurrentExecutions": 5.0}},
			{"lambda", "GetFunction", `{"FunctionName":"nobody"}`, "ResourceNotFoundException", 404, nil},
			{"lambda", "GetFunctionConfiguration", in(`{%s}`, fn), "", 200, m{"FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:made"}},
			{"lambda", "UpdateFunctionConfiguration", in(`{%s,"MemorySize":256,"Description":"new","Layers":["arn:aws:lambda:us-east-1:000000000000:layer:lib:1"]}`, fn), "", 200, m{"LastUpdateStatus": "InProgress", "State": "Active", "MemorySize": 256.0, "Layers.0.Arn": "arn:aws:lambda:us-east-1:000000000000:layer:lib:1"}},
			{"lambda", "UpdateFunctionConfiguration", in(`{%s,"RevisionId":"old"}`, orders), "PreconditionFailedException", 412, nil},
			{"lambda", "ListTags", `{"Resource":"arn:aws:lambda:us-east-1:000000000000:function:made"}`, "", 200, m{"Tags.team": "shop"}},
			{"lambda", "TagResource", `{"Resource":"arn:aws:lambda:us-east-1:000000000000:function:greet","Tags":{"a":"b"}}`, "", 204, nil},
			{"lambda", "GetFunctionConcurrency", in(`{%s}`, orders), "", 200, m{"ReservedConcurrentExecutions": 5.0}},
			{"lambda", "GetFunctionEventInvokeConfig", in(`{%s}`, orders), "", 200, m{"MaximumRetryAttempts": 1.0}},
			{"lambda", "UpdateFunctionEventInvokeConfig", in(`{%s,"MaximumEventAgeInSeconds":60}`, orders), "", 200, m{"MaximumEventAgeInSeconds": 60.0, "MaximumRetryAttempts": 1.0}},
			{"lambda", "ListFunctionEventInvokeConfigs", in(`{%s}`, orders), "", 200, m{"FunctionEventInvokeConfigs.0.FunctionArn": "*"}},
			{"lambda", "GetPolicy", in(`{%s}`, orders), "", 200, m{"Policy": "*", "RevisionId": "*"}},
			{"lambda", "GetAlias", in(`{%s,"Name":"canary"}`, orders), "", 200, m{"FunctionVersion": "1"}},
			{"lambda", "ListAliases", in(`{%s}`, orders), "", 200, m{"Aliases.0.Name": "canary", "Aliases.1.Name": "live"}},
			{"lambda", "ListVersionsByFunction", in(`{%s}`, orders), "", 200, m{"Versions.0.Version": "$LATEST", "Versions.4.Version": "4"}},
			{"lambda", "GetLayerVersion", `{"LayerName":"lib","VersionNumber":1}`, "", 200, m{"Description": "d", "Content.Location": "*"}},
			{"lambda", "GetLayerVersionByArn", `{"Arn":"arn:aws:lambda:us-east-1:000000000000:layer:lib:1"}`, "", 200, m{"Version": 1.0}},
			{"lambda", "ListLayers", `{"CompatibleRuntime":"python3.9"}`, "", 200, m{"Layers.0.LayerName": "lib", "Layers.0.LatestMatchingVersion.Version": 1.0, "Layers.1": nil}},
			{"lambda", "ListLayerVersions", `{"LayerName":"lib"}`, "", 200, m{"LayerVersions.0.LayerVersionArn": "*"}},
			{"lambda", "AddLayerVersionPermission", `{"LayerName":"lib","VersionNumber":1,"StatementId":"all","Action":"lambda:GetLayerVersion","Principal":"*"}`, "", 201, m{"Statement": "*", "RevisionId": "*"}},
			{"lambda", "Invoke", in(`{%s,"Qualifier":"2","LogType":"Tail","Payload":%q}`, orders, payload), "", 200, m{"StatusCode": 200.0, "ExecutedVersion": "2", "LogResult": "*", "FunctionError": nil, "Payload": base64.StdEncoding.EncodeToString([]byte(`{"ok":true,"order":"o-17","probe":null,"version":"2"}`))}},
			{"lambda", "Invoke", in(`{%s,"Qualifier":"4"}`, orders), "", 200, m{"FunctionError": "Unhandled"}},
			{"lambda", "Invoke", in(`{%s,"InvocationType":"DryRun"}`, orders), "", 204, m{"StatusCode": 204.0}},
			{"lambda", "Invoke", in(`{%s,"InvocationType":"Event"}`, orders), "", 202, m{"StatusCode": 202.0}},
			{"lambda", "Invoke", in(`{%s,"Qualifier":"none"}`, orders), "ResourceNotFoundException", 404, nil},
			{"lambda", "Invoke", `{"FunctionName":"fromS3"}`, "", 200, m{"FunctionError": "Unhandled"}},
		},
		{
			{"lambda", "UpdateFunctionCode", in(`{%s,"ZipFile":%q}`, fn, other), "", 200, m{"LastUpdateStatus": "InProgress", "LastUpdateStatusReasonCode": "Creating"}},
			{"lambda", "UpdateAlias", in(`{%s,"Name":"canary","Description":"mine"}`, orders), "", 200, m{"Description": "mine", "RoutingConfig.AdditionalVersionWeights.2": 0.1}},
			{"lambda", "GetLayerVersionPolicy", `{"LayerName":"lib","VersionNumber":1}`, "", 200, m{"Policy": "*"}},
			{"lambda", "UntagResource", `{"Resource":"arn:aws:lambda:us-east-1:000000000000:function:greet","TagKeys":["a"]}`, "", 204, nil},
			{"lambda", "RemovePermission", in(`{%s,"StatementId":"s3"}`, orders), "", 204, nil},
			{"lambda", "DeleteFunctionConcurrency", in(`{%s}`, orders), "", 204, nil},
			{"lambda", "DeleteFunctionEventInvokeConfig", in(`{%s}`, orders), "", 204, nil},
			{"lambda", "DeleteFunction", `{"FunctionName":"fromS3"}`, "", 204, nil},
			{"lambda", "DeleteFunctionCodeSigningConfig", in(`{%s}`, orders), "NotImplementedException", 501, nil},
		},
		{
			{"lambda", "PublishVersion", in(`{%s,"Description":"first"}`, fn), "", 201, m{"Version": "1", "State": "Pending", "Description": "first"}},
			{"lambda", "RemoveLayerVersionPermission", `{"LayerName":"lib","VersionNumber":1,"StatementId":"all"}`, "", 204, nil},
			{"lambda", "DeleteAlias", in(`{%s,"Name":"canary"}`, orders), "", 204, nil},
			{"lambda", "GetPolicy", in(`{%s}`, orders), "ResourceNotFoundException", 404, nil},
			{"lambda", "GetFunctionEventInvokeConfig", in(`{%s}`, orders), "ResourceNotFoundException", 404, nil},
			{"lambda", "ListTags", `{"Resource":"arn:aws:lambda:us-east-1:000000000000:function:greet"}`, "", 200, m{"Tags.a": nil}},
		},
		{
			{"lambda", "DeleteLayerVersion", `{"LayerName":"lib","VersionNumber":1}`, "", 204, nil},
			{"lambda", "DeleteFunction", in(`{%s}`, fn), "", 204, nil},
		},
	}
}

var encodedMessage = regexp.MustCompile(`Encoded authorization failure message: (\S+)`)

// scripted runs the script with a client on an emulator of its own.
func scripted(t *testing.T, connect func(*rig) client) {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "f"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := zipOf(t, map[string]string{"bootstrap*": "#!/bin/sh\nexit 9\n"})
	for _, name := range []string{"f/made.zip", "made.zip"} {
		if err := os.WriteFile(filepath.Join(dir, name), file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	src := ok(os.ReadFile("../../flows/examples/functions.yaml"))(t)
	r := startWith(t, string(src)+fmt.Sprintf(`
accounts: {"111122223333": {accessKeyId: AKIAEXAMPLE000000000, secretAccessKey: s}}
buckets: {code: %q}
faults: [{kind: deny, operation: lambda.ListFunctions, times: 1}]
`, dir), unsettled)
	_, err := r.lambda(t).ListFunctions(t.Context(), &lambda.ListFunctionsInput{})
	fails(t, err, "AccessDeniedException", 403)
	call := connect(r)
	for n, stage := range script(t, encodedMessage.FindStringSubmatch(err.Error())[1]) {
		time.Sleep(2 * settling)
		results := call(t, stage)
		for i, one := range stage {
			t.Run(fmt.Sprintf("%d/%s/%d", n, one.name(), i), func(t *testing.T) { one.check(t, results[i]) })
		}
	}
	covered := map[string]bool{}
	for _, one := range r.requests() {
		covered[one.Service+"."+one.Operation] = true
	}
	if len(covered) < 48 {
		t.Errorf("only %d operations were called", len(covered))
	}
}

func (c scriptCall) check(t *testing.T, got scriptResult) {
	if got.Error != c.fails {
		t.Fatalf("got the error %q (%s), want %q", got.Error, got.Message, c.fails)
	}
	if got.Status != 0 && got.Status != c.status {
		t.Errorf("got the status %d, want %d", got.Status, c.status)
	}
	if c.fails != "" && got.Message == "" {
		t.Error("the error has no message")
	}
	for path, want := range c.want {
		value := at(got.Output, path)
		if want == "*" {
			if value == nil || value == "" || value == 0.0 {
				t.Errorf("%s is missing in %v", path, got.Output)
			}
			continue
		}
		if diff := cmp.Diff(want, value); diff != "" {
			t.Errorf("%s (-want +got)\n%s", path, diff)
		}
	}
}

// at returns the value at a path such as Functions.0.FunctionName, nil for none.
func at(v any, path string) any {
	for part := range strings.SplitSeq(path, ".") {
		switch here := v.(type) {
		case map[string]any:
			v = here[part]
		case []any:
			n := 0
			if _, err := fmt.Sscan(part, &n); err != nil || n >= len(here) {
				return nil
			}
			v = here[n]
		default:
			return nil
		}
	}
	return v
}

const samlProvider = "arn:aws:iam::000000000000:saml-provider/corp"

// samlAssertion is a response of an identity provider, without a signature.
func samlAssertion(valid time.Duration) string {
	end := time.Now().Add(valid).UTC().Format(time.RFC3339)
	return base64.StdEncoding.EncodeToString([]byte(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">
<saml:Assertion><saml:Issuer>https://idp.example</saml:Issuer>
<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">alice</saml:NameID>
<saml:SubjectConfirmation><saml:SubjectConfirmationData Recipient="https://signin.aws.amazon.com/saml" NotOnOrAfter="` + end + `"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotOnOrAfter="` + end + `"/>
<saml:AttributeStatement>
<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/Role"><saml:AttributeValue>` + deployer + `,` + samlProvider + `</saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName"><saml:AttributeValue>alice</saml:AttributeValue></saml:Attribute>
</saml:AttributeStatement></saml:Assertion></samlp:Response>`))
}

// webToken is a token of an OpenID Connect provider, without a signature.
func webToken(valid time.Duration) string {
	part := func(v map[string]any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]any{"alg": "none"}) + "." + part(map[string]any{
		"iss": "https://issuer.example", "sub": "alice", "aud": []string{"app"}, "exp": time.Now().Add(valid).Unix(),
	}) + ".sig"
}
