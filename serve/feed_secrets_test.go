package serve_test

import (
	"context"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve"
)

// noConnection is a connection that nothing is called with.
type noConnection struct{}

func (noConnection) Close() error { return nil }

// A trigger by events reads the secrets that its source and the connection are made of,
// and no others: one of a step that is missing keeps nobody from listening.
func TestSourcesReadTheirSecrets(t *testing.T) {
	p := newMailbox()
	source := p.source()
	source.Connector = "office"
	source.Params = schema.MustNew(&schema.Field{Name: "box", Type: schema.String, Required: true}, &schema.Field{Name: "key", Type: schema.String, Secret: true})
	opened := make(chan map[string]any, 1)
	source.Open = func(_ context.Context, req connector.SourceRequest) (connector.Events, error) {
		opened <- req.Params
		return p, nil
	}
	reg, err := connector.NewRegistry(&connector.Connector{
		Name: "office", Summary: "Letters.",
		Connection: schema.MustNew(&schema.Field{Name: "token", Type: schema.String, Secret: true, Required: true}),
		Open: func(_ context.Context, req connector.OpenRequest) (connector.Connection, error) {
			opened <- req.Params
			return noConnection{}, nil
		},
		Operations: []*connector.Operation{connector.OpWith("office.send", "Send.", (&post{}).send)},
	})
	if err == nil {
		reg, err = reg.WithEventSources(source)
	}
	if err != nil {
		t.Fatal(err)
	}
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(`flow: letters
secrets: {key: {env: KEY}, token: {env: TOKEN}, late: {env: LATE}}
connections: {office: {connector: office, token: "x${secrets.token}"}}
triggers: [{post: {box: in, key: "${secrets.key}"}, with: {}, connection: office}]
steps: [{call: office.send, connection: office, with: {body: "${secrets.late}"}}]
`)}}, "flow.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	asked := map[string]bool{}
	started(t, serve.Config{
		Flows: []serve.Served{{Flow: flow}}, Registry: reg,
		Options: []flows.RunOption{flows.WithEnv(func(name string) (string, bool) {
			mu.Lock()
			defer mu.Unlock()
			asked[name] = true
			return "s3cret-" + name, name != "LATE"
		})},
	})
	if got := <-opened; got["token"] != schema.Secret("xs3cret-TOKEN") && got["token"] != "xs3cret-TOKEN" {
		t.Errorf("the connection is made of %v", got)
	}
	if got := <-opened; got["key"] != schema.Secret("s3cret-KEY") && got["key"] != "s3cret-KEY" {
		t.Errorf("the source is made of %v", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff(map[string]bool{"KEY": true, "TOKEN": true}, asked); diff != "" {
		t.Errorf("secrets that were asked for (-want +got):\n%s", diff)
	}
}
