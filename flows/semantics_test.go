package flows_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
)

// probes returns operations beside the recorder's: count tells how often it was
// called, ambiguous fails with an unknown outcome and then with a known one.
func (r *recorder) probes() *connector.Connector {
	count := func(context.Context, struct{}) (int, error) { return r.try("count"), nil }
	ambiguous := func(_ context.Context, in echoIn) (any, error) {
		r.note("ambiguous:%s", in.Name)
		err := &connector.Error{Code: "Gone", Class: connector.ClassUnavailable, Message: "the line is dead"}
		if r.try("ambiguous") == 1 {
			err.Outcome = connector.OutcomeUnknown
		}
		return nil, err
	}
	return &connector.Connector{Name: "probe", Operations: []*connector.Operation{
		connector.Op("probe.count", "Count its calls.", count, connector.WithEffect(connector.EffectReadOnly)),
		connector.Op("probe.ambiguous", "Fail in two ways.", ambiguous),
	}}
}

// probed checks the flow in flow.yaml, which must be right, with the probes
// beside the recorder's operations.
func probed(t testing.TB, r *recorder, files map[string]string) *flows.Flow {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(strings.TrimSpace(text))}
	}
	f, err := loadWith(fsys, "flow.yaml", r.everything(t))
	if err != nil {
		t.Fatalf("the flow is refused:\n%v", err)
	}
	return f
}

// everything has the recorder's operations and the probes.
func (r *recorder) everything(t testing.TB) *connector.Registry {
	t.Helper()
	registry, err := connector.NewRegistry(append(r.registry(t).Connectors(), r.probes())...)
	if err != nil {
		t.Fatal(err)
	}
	return registry
}

func sortedWords(text string) string {
	words := strings.Fields(text)
	slices.Sort(words)
	return strings.Join(words, " ")
}
