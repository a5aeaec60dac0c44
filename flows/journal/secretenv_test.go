package journal_test

import (
	"bytes"
	"context"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/schema"
)

type payIn struct {
	Token schema.Secret `param:"token,required" doc:"Who pays."`
}

// TestSecretEnvironment: an environment value that a parameter takes as a
// secret is not on the disk in the clear. Without a key a resume reads it again,
// with one it has the value of the beginning.
func TestSecretEnvironment(t *testing.T) {
	const before, after = "the-token-of-yesterday", "the-token-of-today"
	for name, tt := range map[string]struct {
		options []journal.Option
		resumed string
	}{
		"without a key": {nil, after},
		"with a key":    {[]journal.Option{journal.WithKeys(testKeys(t, 1))}, before},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			pay := &connector.Connector{Name: "pay", Operations: []*connector.Operation{
				connector.Op("pay.charge", "Charge.", func(_ context.Context, in payIn) (struct{}, error) {
					seen = append(seen, in.Token.Reveal())
					return struct{}{}, nil
				}),
			}}
			registry, err := connector.NewRegistry(pay)
			if err != nil {
				t.Fatal(err)
			}
			flow, err := flows.Load(fstest.MapFS{"f.yaml": {Data: []byte(`flow: f
steps:
  - {call: pay.charge, with: {token: "${env.TOKEN}"}}
  - {call: pay.charge, with: {token: "${env.TOKEN}"}}
`)}}, "f.yaml", registry)
			if err != nil {
				t.Fatal(err)
			}
			env := func(value string) flows.RunOption {
				return flows.WithEnv(func(string) (string, bool) { return value, true })
			}
			path := newPath(t)
			j := open(t, path, tt.options...)
			if _, err := j.Run(t.Context(), flow, nil, flows.WithRunID("r"), env(before)); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(onDisk(t, path), []byte(before)) {
				t.Error("the value is on the disk")
			}
			cutAt(t, j, path, count(t, path, "SELECT max(seq) FROM records")-2)
			if _, err := j.Resume(t.Context(), "r", registry, env(after)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{before, before, tt.resumed}, seen); diff != "" {
				t.Errorf("tokens (-want +got):\n%s", diff)
			}
		})
	}
}
