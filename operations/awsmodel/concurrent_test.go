package awsmodel_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/medlar-flow/medlar/connector"
)

// TestConcurrent makes many calls of several operations at once over one
// connection of a service that was not used before.
func TestConcurrent(t *testing.T) {
	s := &stub{answer: func(r *http.Request, _ string) (int, http.Header, string) {
		if r.Header.Get("X-Amz-Target") == "DynamoDB_20120810.ListTables" {
			return 400, nil, `{"__type": "ResourceNotFoundException", "message": "no"}`
		}
		return 200, nil, `{"Item": {"id": {"S": "x"}}}`
	}}
	reg, err := connector.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	reg = reg.WithSource(source(s))
	c, _ := reg.Connector("dynamodb")
	params, err := c.Connection.Convert(map[string]any{
		"region": "eu-west-1", "accessKeyId": "AKID", "secretAccessKey": "secret", "maxAttempts": 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Open(t.Context(), connector.OpenRequest{Params: params})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var wait sync.WaitGroup
	for i := range 64 {
		name := []string{"getItem", "listTables", "putItem", "query"}[i%4]
		wait.Go(func() {
			op, ok := reg.Operation("dynamodb." + name)
			if !ok {
				t.Errorf("no operation %s", name)
				return
			}
			_, err := op.Run(context.Background(), &connector.Call{Connection: conn, Params: map[string]any{
				"tableName": "t", "key": map[string]any{"id": "x"}, "item": map[string]any{"id": "x"},
			}})
			if (err != nil) != (name == "listTables") {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	wait.Wait()
}
