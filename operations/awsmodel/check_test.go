package awsmodel_test

import (
	"os"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

// TestChecks shows mistakes of literal parameters that are found before a run.
func TestChecks(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("folder", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("file", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	type given = map[string]any
	open := connector.Unknown{}
	for name, test := range map[string]struct {
		op   string
		with given
		want string // "param rule", with ? where it may be none
	}{
		"an object":               {"s3.putObject", given{"bucket": "b", "key": "k", "bodyFile": "file"}, ""},
		"body beside bodyFile":    {"s3.putObject", given{"bucket": "b", "key": "k", "body": "x", "bodyFile": "file"}, "bodyFile two-bodies"},
		"an unknown body":         {"s3.uploadPart", given{"bucket": "b", "key": "k", "body": open, "bodyFile": "file"}, "bodyFile two-bodies?"},
		"a missing file":          {"s3.putObject", given{"bucket": "b", "key": "k", "bodyFile": "none"}, "bodyFile no-such-file?"},
		"a folder":                {"s3.putObject", given{"bucket": "b", "key": "k", "bodyFile": "folder"}, "bodyFile unreadable-file"},
		"a file outside":          {"s3.putObject", given{"bucket": "b", "key": "k", "bodyFile": "../x"}, "bodyFile bad-path"},
		"an unknown file":         {"s3.putObject", given{"bucket": "b", "key": "k", "bodyFile": open}, ""},
		"an empty key":            {"s3.getObject", given{"bucket": "b", "key": ""}, "key empty-value"},
		"an empty bucket":         {"s3.getObject", given{"bucket": "", "key": open}, "bucket empty-value"},
		"an empty label":          {"sagemakerRuntime.invokeEndpoint", given{"endpointName": "", "body": "x"}, "endpointName empty-value"},
		"a target outside":        {"s3.getObject", given{"bucket": "b", "key": "k", "saveTo": "../x"}, "saveTo bad-path"},
		"an absolute target":      {"s3.getObject", given{"bucket": "b", "key": "k", "saveTo": "/x"}, "saveTo bad-path"},
		"no target":               {"s3.getObject", given{"bucket": "b", "key": "k", "saveTo": ""}, "saveTo bad-path"},
		"a target that is one":    {"s3.getObject", given{"bucket": "b", "key": "k", "saveTo": "folder"}, "saveTo bad-path"},
		"a target in a file":      {"s3.getObject", given{"bucket": "b", "key": "k", "saveTo": "file/x"}, "saveTo bad-path"},
		"a target in no folder":   {"s3.getObject", given{"bucket": "b", "key": "k", "saveTo": "none/x"}, "saveTo bad-path?"},
		"a target":                {"s3.getObject", given{"bucket": "b", "key": "k", "saveTo": "folder/x"}, ""},
		"plain":                   {"dynamodb.putItem", given{"tableName": "t", "item": given{"id": "x", "tags": given{"SS": []any{"a"}}, "at": open}}, ""},
		"typed":                   {"dynamodb.putItem", given{"tableName": "t", "item": given{"id": given{"S": open}, "n": given{"N": "1"}, "set": given{"SS": []any{"a"}}}}, ""},
		"mixed":                   {"dynamodb.putItem", given{"tableName": "t", "item": given{"id": given{"S": "x"}, "n": int64(3)}}, "item.id mixed-item?"},
		"mixed, unknown":          {"dynamodb.putItem", given{"tableName": "t", "item": given{"id": given{"S": open}, "n": "3"}}, "item.id mixed-item?"},
		"mixed values":            {"dynamodb.query", given{"tableName": "t", "expressionAttributeValues": given{":a": given{"N": "1"}, ":b": true}}, "expressionAttributeValues.:a mixed-item?"},
		"mixed in a transaction":  {"dynamodb.transactWriteItems", given{"transactItems": []any{given{"put": given{"tableName": "t", "item": given{"a": given{"S": "x"}, "b": "y"}}}}}, "transactItems[0].put.item.a mixed-item?"},
		"mixed in a batch":        {"dynamodb.batchWriteItem", given{"requestItems": given{"t": []any{given{"putRequest": given{"item": given{"a": given{"S": "x"}, "b": "y"}}}}}}, "requestItems.t[0].putRequest.item.a mixed-item?"},
		"an empty value of a key": {"dynamodb.getItem", given{"tableName": "t", "key": given{"id": ""}}, "key.id empty-value"},
		"a typed one":             {"dynamodb.deleteItem", given{"tableName": "t", "key": given{"id": given{"S": ""}}}, "key.id empty-value"},
		"no key":                  {"dynamodb.updateItem", given{"tableName": "t", "key": given{}}, "key empty-value"},
		"a key of a batch":        {"dynamodb.batchGetItem", given{"requestItems": given{"t": given{"keys": []any{given{"id": ""}}}}}, "requestItems.t.keys[0].id empty-value"},
		"an empty attribute":      {"dynamodb.putItem", given{"tableName": "t", "item": given{"id": "x", "note": ""}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			reg, err := connector.NewRegistry()
			if err != nil {
				t.Fatal(err)
			}
			op, ok := reg.WithSource(source(fixed(200, ""))).Operation(test.op)
			if !ok || op.Check == nil {
				t.Fatalf("no check of %s", test.op)
			}
			var got []string
			for _, m := range op.Check(connector.Given{Params: test.with}) {
				text := m.Param + " " + m.Rule
				if m.Maybe {
					text += "?"
				}
				got = append(got, text)
				if m.Message == "" {
					t.Error("no message")
				}
			}
			if found := strings.Join(got, ", "); found != test.want {
				t.Errorf("found %q, want %q", found, test.want)
			}
		})
	}
}

// An empty label is refused before a request, which would go elsewhere.
func TestEmptyLabels(t *testing.T) {
	s := fixed(200, "")
	call := calling(t, s, nil)
	for name, with := range map[string]map[string]any{
		"s3.deleteObject":     {"bucket": "my-bucket", "key": ""},
		"s3.presign":          {"bucket": "my-bucket", "key": ""},
		"s3.waitObjectExists": {"bucket": "my-bucket", "key": ""},
	} {
		if _, err := call(name, with); connector.AsError(err).Class != connector.ClassInvalid || !strings.Contains(connector.AsError(err).Message, "key is empty") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(s.sent) != 0 {
		t.Errorf("%d requests were sent", len(s.sent))
	}
}
