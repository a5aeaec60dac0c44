package operations_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
	"github.com/medlar-flow/medlar/operations/awsemu"
	"github.com/medlar-flow/medlar/operations/lambda"
	"github.com/medlar-flow/medlar/operations/sts"
)

// disbelieved are the answers to a made-up assertion or message.
var disbelieved = map[string]bool{"InvalidIdentityToken": true, "InvalidAuthorizationMessageException": true}

// Every operation of STS takes each of its parameters under each spelling on
// the emulator.
func TestSTSOfTheEmulator(t *testing.T) {
	e := startEmulator(t, `accounts: {"111122223333": {accessKeyId: AKIAIOSFODNN7EXAMPLE, secretAccessKey: example}}`)
	c := sts.Connector()
	conn := awstest.Open(t, c, map[string]any{
		"region": "us-east-1", "endpoint": e.URL(), "accessKeyId": awsemu.AccessKeyID, "secretAccessKey": awsemu.SecretAccessKey,
	})
	all := facts(t)
	together := map[string]map[string]any{ // what AWS takes only with another
		"serialNumber": {"tokenCode": "012345"}, "tokenCode": {"serialNumber": "GAHT12345678"}, "transitiveTagKeys": {"tags": map[string]any{"team": "a"}},
	}
	for _, f := range all {
		owner, short, _ := strings.Cut(f.operation, ".")
		if owner != "sts" {
			continue
		}
		for _, name := range append([]string{f.parameter, f.aws}, f.also...) {
			t.Run(short+" "+name, func(t *testing.T) {
				params := with(required(all, f), name, f.sample)
				maps.Copy(params, together[f.parameter])
				_, err := awstest.Call(t, c, conn, short, params)
				if e := connector.AsError(err); e != nil && !disbelieved[e.Code] {
					t.Error(err)
				}
			})
		}
	}
	v, err := awstest.Call(t, c, conn, "getCallerIdentity", nil)
	if got := member(t, v, err, "Account"); got != awsemu.Account {
		t.Errorf("account is %v", got)
	}
}

// A refusal carries an encoded message, which STS decodes, and which is given
// as a value, too.
func TestDecisionOfTheEmulator(t *testing.T) {
	e := startEmulator(t, `faults: [{kind: deny, operation: lambda.GetAccountSettings}]`)
	params := map[string]any{
		"region": "us-east-1", "endpoint": e.URL(), "accessKeyId": awsemu.AccessKeyID, "secretAccessKey": awsemu.SecretAccessKey,
	}
	functions, tokens := lambda.Connector(), sts.Connector()
	_, err := awstest.Call(t, functions, awstest.Open(t, functions, params), "getAccountSettings", nil)
	denied := connector.AsError(err)
	if denied == nil || denied.Class != connector.ClassDenied {
		t.Fatalf("error is %v", err)
	}
	_, encoded, found := strings.Cut(denied.Message, "Encoded authorization failure message: ")
	if !found {
		t.Skipf("the refusal has no encoded message: %s", denied.Message)
	}
	v, err := awstest.Call(t, tokens, awstest.Open(t, tokens, params), "decodeAuthorizationMessage", map[string]any{"encodedMessage": encoded})
	decision, _ := member(t, v, err, "Decision").(map[string]any)
	if decision["allowed"] != false {
		t.Errorf("decision is %v", v)
	}
}

// The emulator finds credentials too old that the connection holds for good:
// they are fetched again, and the step does not notice.
func TestExpiryOfTheEmulator(t *testing.T) {
	e := startEmulator(t, `faults: [{kind: expire, operation: lambda.GetAccountSettings, after: 2, times: 1}]`)
	c := lambda.Connector()
	const role = "arn:aws:iam::000000000000:role/"
	conn := awstest.Open(t, c, map[string]any{
		"region": "us-east-1", "endpoint": e.URL(), "accessKeyId": awsemu.AccessKeyID, "secretAccessKey": awsemu.SecretAccessKey,
		"assumeRole": []any{map[string]any{"roleArn": role + "first"}, map[string]any{"roleArn": role + "second"}},
	})
	for range 5 {
		if _, err := awstest.Call(t, c, conn, "getAccountSettings", nil); err != nil {
			t.Fatal(err)
		}
	}
	// Without a role there is nothing to fetch.
	e = startEmulator(t, `faults: [{kind: expire, operation: lambda.GetAccountSettings, times: 1}]`)
	conn = awstest.Open(t, c, map[string]any{
		"region": "us-east-1", "endpoint": e.URL(), "accessKeyId": awsemu.AccessKeyID, "secretAccessKey": awsemu.SecretAccessKey,
	})
	_, err := awstest.Call(t, c, conn, "getAccountSettings", nil)
	if diff := cmp.Diff(connector.ClassExpired, connector.AsError(err).Class); diff != "" {
		t.Errorf("class (-want +got):\n%s", diff)
	}
}
