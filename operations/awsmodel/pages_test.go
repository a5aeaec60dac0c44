package awsmodel_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
)

// TestPages shows pages of operations whose model tells them, and of one whose
// does not.
func TestPages(t *testing.T) {
	s := &stub{answer: func(_ *http.Request, body string) (int, http.Header, string) {
		if strings.Contains(body, `"NextToken":"2"`) {
			return 200, nil, `{"QueueUrls": ["c"]}`
		}
		return 200, nil, `{"QueueUrls": ["a", "b"], "NextToken": "2"}`
	}}
	call := calling(t, s, nil)
	for limit, want := range map[any][]any{
		true: {"a", "b", "c"}, "maxItems 1": {"a"}, "maxItems 2": {"a", "b"},
	} {
		paginate := limit
		if text, ok := limit.(string); ok {
			paginate = map[string]any{"maxItems": int64(text[len(text)-1] - '0')}
		}
		got, err := call("sqs.listQueues", map[string]any{"paginate": paginate, "maxResults": 2})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got.(map[string]any)["QueueUrls"]); d != "" {
			t.Errorf("%v: (-want +got) %s", limit, d)
		}
	}
}

// TestWaiter shows the ends of a wait.
func TestWaiter(t *testing.T) {
	tests := []struct {
		name, operation string
		params          map[string]any
		status          int
		answer, code    string
	}{
		{"so", "dynamodb.waitTableExists", map[string]any{"tableName": "t"}, 200, `{"Table": {"TableStatus": "ACTIVE"}}`, ""},
		{"not so in time", "dynamodb.waitTableExists", map[string]any{"tableName": "t", "maxWait": "1s"}, 200, `{"Table": {"TableStatus": "CREATING"}}`, "WaitTimeout"},
		{"gone", "dynamodb.waitTableNotExists", map[string]any{"tableName": "t"}, 400, `{"__type": "ResourceNotFoundException"}`, ""},
		{"status", "s3.waitBucketExists", map[string]any{"bucket": "my-bucket"}, 200, "", ""},
		{"never", "ecs.waitTasksRunning", map[string]any{"tasks": []any{"t"}}, 200, `{"tasks": [{"lastStatus": "STOPPED"}]}`, "WaitFailed"},
		{"all of a list", "ec2.waitInstanceRunning", map[string]any{}, 200, `<DescribeInstancesResponse><reservationSet><item><instancesSet>` +
			`<item><instanceState><name>running</name></instanceState></item></instancesSet></item></reservationSet></DescribeInstancesResponse>`, ""},
		{"denied", "dynamodb.waitTableExists", map[string]any{"tableName": "t"}, 400, `{"__type": "AccessDeniedException"}`, "AccessDeniedException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := fixed(tt.status, tt.answer)
			_, err := calling(t, s, nil)(tt.operation, tt.params)
			if tt.code == "WaitTimeout" && len(s.sent) != 2 {
				t.Errorf("%d requests, want one now and one when the time is over", len(s.sent))
			}
			var e *connector.Error
			if errors.As(err, &e); (err == nil) != (tt.code == "") || err != nil && e.Code != tt.code {
				t.Errorf("error %v, want %q", err, tt.code)
			}
		})
	}
}
