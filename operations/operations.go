// Package operations gives the connectors that medlar brings along.
//
// [All] is what a registry takes:
//
//	connector.NewRegistry(operations.All()...)
//
// A program that needs fewer, or its own beside them, lists them itself: each
// connector is a package of its own below this one.
package operations

import (
	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/core"
	"github.com/medlar-flow/medlar/operations/http"
	"github.com/medlar-flow/medlar/operations/lambda"
	"github.com/medlar-flow/medlar/operations/sts"
	"github.com/medlar-flow/medlar/operations/vault"
)

// All returns every built-in connector, new at each call.
func All() []*connector.Connector {
	return []*connector.Connector{lambda.Connector(), sts.Connector(), http.Connector(http.WithSigner(awsapi.NewSigner())), vault.Connector(), core.Log()}
}
