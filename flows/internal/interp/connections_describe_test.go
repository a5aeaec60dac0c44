package interp_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/operations"
)

const listedFlow = `
flow: listed
inputs: {region: {type: string, required: true}}
secrets: {key: {env: THE_KEY}}
connections:
  aws: {region: "${ctx.region}"}
  keyed: {connector: lambda, region: eu-west-2, accessKeyId: AKID, secretAccessKey: "${secrets.key}"}
  later: {connector: lambda, region: eu-west-1, credentials: "${steps.role.Credentials}"}
steps:
  - id: role
    call: sts.assumeRole
    with: {roleArn: "arn:aws:iam::000000000000:role/r", roleSessionName: me}
  - parallel:
      a: [{call: lambda.getAccountSettings, connection: keyed}]
      b: [{call: lambda.getAccountSettings, connection: later}]
  - call: lambda.getAccountSettings
  - call: lambda.getAccountSettings
  - flow: inner.yaml
    connections: {lambda: keyed}
    with: {region: eu-north-1}
`

const innerFlow = `
flow: inner
inputs: {region: {type: string}}
connections:
  lambda: {region: eu-south-1}
  own: {connector: sts, region: "${ctx.region}"}
steps:
  - call: lambda.getAccountSettings
  - call: sts.getCallerIdentity
    connection: own
`

func TestConnectionsOfAFlow(t *testing.T) {
	files := fstest.MapFS{"listed.yaml": {Data: []byte(listedFlow)}, "inner.yaml": {Data: []byte(innerFlow)}}
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	flow, err := flows.Load(files, "listed.yaml", registry)
	if err != nil {
		t.Fatal(err)
	}
	env := flows.WithEnv(func(name string) (string, bool) { return "k3y-of-the-flow", name == "THE_KEY" })
	infos, err := flow.Connections(context.Background(), map[string]any{"region": "eu-west-3"}, env)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, info := range infos {
		region, _ := info.Request.Params["region"].(string)
		got = append(got, strings.Join([]string{info.Name, info.Connector.Name, region, strings.Join(info.Needs, " ")}, "|"))
		if info.Err != nil {
			t.Errorf("%s: %v", info.Name, info.Err)
		}
	}
	want := []string{
		"aws|sts|eu-west-3|", "keyed|lambda|eu-west-2|", "later|lambda||steps.role", "aws|lambda|eu-west-3|", "own|sts||ctx",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("name, connector, region, needs (-want +got):\n%s", diff)
	}
	if got := infos[1].Redact("the key is k3y-of-the-flow"); strings.Contains(got, "k3y") {
		t.Errorf("a secret is shown: %q", got)
	}
	var inputs *report.InputError
	if _, err := flow.Connections(context.Background(), nil, env); !errors.As(err, &inputs) {
		t.Errorf("error is %v", err)
	}
}
