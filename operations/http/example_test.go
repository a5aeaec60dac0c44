package http_test

import (
	"context"
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/http"
)

func ExampleConnector() {
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"item": %q, "left": 3}`, r.URL.Query().Get("item"))
	}))
	defer server.Close()
	registry, err := connector.NewRegistry(http.Connector())
	if err != nil {
		fmt.Println(err)
		return
	}
	flow, err := flows.Load(fstest.MapFS{"stock.yaml": {Data: []byte(`
flow: stock
inputs: {shop: {type: string}}
connections: {http: {baseUrl: "${ctx.shop}"}}
steps:
  - {id: stock, call: http.request, with: {url: /stock, query: {item: quince}}, retry: 3}
output: "${steps.stock.body}"
`)}}, "stock.yaml", registry)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := flow.Run(context.Background(), map[string]any{"shop": server.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Output)
	// Output: map[item:quince left:3]
}

// A program that signs for AWS gives the connector what signs.
func ExampleWithSigner() {
	registry, err := connector.NewRegistry(http.Connector(http.WithSigner(awsapi.NewSigner())))
	if err != nil {
		fmt.Println(err)
		return
	}
	c, _ := registry.Connector("http")
	fmt.Println(c.Connection.Field("sigv4").Members.Field("service").Example)
	// Output: execute-api
}
