package flows_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations"
)

// probes gives operations beside the recorder's: count tells how often it was
// called, ambiguous fails with an unknown outcome and then with a known one.
func (r *recorder) probes() *connector.Connector {
	count := func(context.Context, struct{}) (int, error) { return r.try("count"), nil }
	ambiguous := func(_ context.Context, in echoIn) (any, error) {
		r.note("ambiguous:%s", in.Name)
		err := &connector.Error{Code: "Gone", Class: connector.Unavailable, Message: "the line is dead"}
		if r.try("ambiguous") == 1 {
			err.Outcome = connector.OutcomeUnknown
		}
		return nil, err
	}
	return &connector.Connector{Name: "probe", Operations: []*connector.Operation{
		connector.Op("probe.count", "Count its calls.", count, connector.WithEffect(connector.ReadOnly)),
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
	registry, err := connector.NewRegistry(append(operations.All(), r.connector(), r.probes())...)
	if err != nil {
		t.Fatal(err)
	}
	f, err := flows.Load(fsys, "flow.yaml", registry)
	if err != nil {
		t.Fatalf("the flow is refused:\n%v", err)
	}
	return f
}

func sortedWords(text string) string {
	words := strings.Fields(text)
	slices.Sort(words)
	return strings.Join(words, " ")
}
