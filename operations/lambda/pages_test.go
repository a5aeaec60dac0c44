package lambda_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
)

func TestAllPagesInOneResult(t *testing.T) {
	pages := map[string]string{
		"":  `{"Functions":[{"FunctionName":"a"},{"FunctionName":"b"}],"NextMarker":"2"}`,
		"2": `{"Functions":[{"FunctionName":"c"}]}`,
	}
	tests := []struct {
		name     string
		paginate any
		names    []any
		next     any
		requests int
	}{
		{"one page", nil, []any{"a", "b"}, "2", 1},
		{"off", false, []any{"a", "b"}, "2", 1},
		{"all", true, []any{"a", "b", "c"}, nil, 2},
		{"all, as text", "true", []any{"a", "b", "c"}, nil, 2},
		{"cut at the end of a page", map[string]any{"maxItems": 2}, []any{"a", "b"}, "2", 1},
		{"cut within a page", map[string]any{"maxItems": 1}, []any{"a"}, nil, 1},
		{"more than there are", `{"maxItems": 10}`, []any{"a", "b", "c"}, nil, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, call := connectedTo(t, func(r awstest.Request) awstest.Answer {
				marker := ""
				if r.Query == "Marker=2" {
					marker = "2"
				}
				return awstest.Answer{Body: pages[marker]}
			})
			v, err := call("listFunctions", map[string]any{"paginate": tt.paginate})
			if err != nil {
				t.Fatal(err)
			}
			result, _ := v.(map[string]any)
			var names []any
			list, _ := result["Functions"].([]any)
			for _, f := range list {
				names = append(names, f.(map[string]any)["FunctionName"])
			}
			got := []any{names, result["NextMarker"], len(server.Requests())}
			if diff := cmp.Diff([]any{tt.names, tt.next, tt.requests}, got); diff != "" {
				t.Errorf("names, token, requests (-want +got):\n%s", diff)
			}
		})
	}
}
