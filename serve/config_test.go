package serve_test

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/serve"
)

// What a program gives that cannot be served is refused, and says which it is.
func TestConfigMistakes(t *testing.T) {
	b := &bank{}
	one := b.flow(t, "flow: one\nsteps: [{set: {a: 1}}]\n")
	for want, config := range map[string]serve.Config{
		"flow 2 of 2 is nil": {Flows: []serve.Served{{Flow: one}, {}}},
		`flow 2 of 2: the flow of flow 1 of 2 is named "one", too`:                              {Flows: []serve.Served{{Flow: one}, {Flow: one}}},
		`b.yaml: the flow of a.yaml is named "one", too`:                                        {Flows: []serve.Served{{Flow: one, File: "a.yaml"}, {Flow: one, File: "b.yaml"}}},
		`the PublicURL "flows.example.com": it is no address such as https://flows.example.com`: {PublicURL: "flows.example.com"},
		`the PublicURL "https://flows.example.com/?a=1": it has more than a host and a path`:    {PublicURL: "https://flows.example.com/?a=1"},
	} {
		config.Registry = b.registry(t)
		s, err := serve.New(t.Context(), config)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		if s != nil {
			t.Error("there is a server all the same")
		}
	}
}
