package agents_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/serve"
)

// callers notes who asked for runs, and watches none.
type callers struct {
	mu   sync.Mutex
	list []report.Caller
}

func (c *callers) Observe(part report.Part) report.Watch {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, part.Caller)
	return nil
}

// A run stands below the call of its agent, which says where that is in _meta, on every
// transport, or by the headers of HTTP.
func TestTrace(t *testing.T) {
	const meta, header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01"
	rows := []struct {
		name   string
		meta   mcp.Meta
		header bool
		want   connector.Trace // over HTTP
	}{
		{"nowhere", nil, false, connector.Trace{}},
		{"by _meta", mcp.Meta{"traceparent": meta, "tracestate": "a=b"}, false, connector.Trace{Parent: meta, State: "a=b"}},
		{"by the header", nil, true, connector.Trace{Parent: header}},
		{"by both", mcp.Meta{"traceparent": meta}, true, connector.Trace{Parent: meta}},
		{"by _meta that says nothing", mcp.Meta{"traceparent": "00-0-0-01", "tracestate": "a=b"}, true, connector.Trace{Parent: header}},
		{"by what is no text", mcp.Meta{"traceparent": 7, "tracestate": []any{"a=b"}}, false, connector.Trace{}},
		{"by another member", mcp.Meta{"medlar/traceparent": meta}, false, connector.Trace{}},
	}
	for _, version := range versions {
		for _, overStreams := range []bool{false, true} {
			for _, row := range rows {
				if overStreams && row.header {
					continue // streams have none
				}
				name := map[bool]string{false: "http ", true: "streams "}[overStreams] + version + " " + row.name
				t.Run(name, func(t *testing.T) {
					s, seen := &shop{held: make(chan struct{})}, &callers{}
					server, a := serving(t, s, func(c *serve.Config) { c.Observer, c.OnlyTools = seen, overStreams })
					want := report.Caller{Kind: "tool", Trace: row.want}
					var agent *session
					if overStreams {
						var hangUp func()
						agent, hangUp = overPipe(t, a, version)
						defer hangUp()
					} else {
						agent = overHTTP(t, server, a, version, "s3cret-token")
						if row.header {
							agent.header("traceparent", header)
						}
					}
					r, err := agent.CallTool(t.Context(), &mcp.CallToolParams{Name: "look_up", Meta: row.meta, Arguments: map[string]any{"id": "a"}})
					if err != nil || r.IsError {
						t.Fatal(r, err)
					}
					if d := cmp.Diff([]report.Caller{want}, seen.list); d != "" {
						t.Errorf("the caller differs (-want +got):\n%s", d)
					}
				})
			}
		}
	}
}
