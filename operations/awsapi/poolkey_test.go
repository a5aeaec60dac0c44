package awsapi

import (
	"maps"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

// Whatever makes a client distinct makes another key; the same again gives the
// same key.
func TestPoolKey(t *testing.T) {
	t.Setenv("AWS_REGION", "eu-west-1")
	p := &pool{}
	seen := map[poolKey]string{}
	plain := map[string]any{"region": "eu-west-3"}
	role := map[string]any{"assumeRole": []any{map[string]any{"roleArn": "arn:aws:iam::000000000000:role/r"}}}
	named := map[string]any{"assumeRole": []any{map[string]any{"roleArn": "arn:aws:iam::000000000000:role/r", "roleSessionName": "n"}}}
	sandbox := connector.Sandbox{
		Endpoint: "http://127.0.0.1:1", Services: []string{"a", "b"}, Annotations: connector.Annotations{SandboxKeys{SecretAccessKey: "s-1"}},
	}
	other := sandbox
	other.Annotations = connector.Annotations{SandboxKeys{SecretAccessKey: "s-2"}}
	rows := []struct {
		name string
		req  connector.OpenRequest
		env  string // AWS_SECRET_ACCESS_KEY
		same string // the row whose key this is; empty for a new one
	}{
		{name: "parameters", req: connector.OpenRequest{Params: plain, RunID: "1"}},
		{name: "in another run", req: connector.OpenRequest{Params: maps.Clone(plain), RunID: "2"}, same: "parameters"},
		{name: "other parameters", req: connector.OpenRequest{Params: map[string]any{}}},
		{name: "a key for them", req: connector.OpenRequest{Params: plain, Key: "k"}},
		{name: "another key", req: connector.OpenRequest{Params: plain, Key: "l"}},
		{name: "a session named after the run", req: connector.OpenRequest{Params: role, RunID: "1"}},
		{name: "and in another run", req: connector.OpenRequest{Params: role, RunID: "2"}},
		{name: "and in no run", req: connector.OpenRequest{Params: role}},
		{name: "a session with a name", req: connector.OpenRequest{Params: named, RunID: "1"}},
		{name: "in another run, too", req: connector.OpenRequest{Params: named, RunID: "2"}, same: "a session with a name"},
		{name: "a sandbox", req: connector.OpenRequest{Params: plain, Key: "k", Sandbox: &sandbox}},
		{name: "another sandbox", req: connector.OpenRequest{Params: plain, Key: "k", Sandbox: &other}},
		{name: "a changed environment", req: connector.OpenRequest{Params: plain, Key: "k"}, env: "secret-1"},
		{name: "changed again", req: connector.OpenRequest{Params: plain, Key: "k"}, env: "secret-2"},
		{name: "changed back", req: connector.OpenRequest{Params: plain, Key: "k"}, env: "secret-1", same: "a changed environment"},
		{name: "the sandbox has none", req: connector.OpenRequest{Params: plain, Key: "k", Sandbox: &sandbox}, env: "secret-1", same: "a sandbox"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if row.env != "" {
				t.Setenv("AWS_SECRET_ACCESS_KEY", row.env)
			}
			key, err := p.keyOf(row.req.Params, row.req)
			if err != nil {
				t.Fatal(err)
			}
			if seen[key] != row.same {
				t.Errorf("the key is that of %q, want %q", seen[key], row.same)
			}
			if strings.Contains(key.params+key.run+string(key.around[:]), "secret-") {
				t.Error("a secret stands in the key")
			}
			if row.same == "" {
				seen[key] = row.name
			}
		})
	}
}

// Lists that differ have other sums, wherever their texts end.
func TestQuickSum(t *testing.T) {
	p := &pool{}
	first, err := p.keyOf(nil, connector.OpenRequest{Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	lists := [][]string{nil, {""}, {"AWS_A=1"}, {"AWS_A=1", ""}, {"AWS_A=", "1"}, {"AWS_A=1", "AWS_B=2"}, {"AWS_B=2", "AWS_A=1"}}
	seen := map[uint64][]string{}
	for _, list := range lists {
		sum := quickSum(p.environment.seeds[0], list)
		if other, twice := seen[sum]; twice {
			t.Errorf("%q and %q are taken for one", other, list)
		}
		seen[sum] = list
	}
	if again, err := p.keyOf(nil, connector.OpenRequest{Key: "k"}); err != nil || again != first {
		t.Error("the same environment gives another key")
	}
}
