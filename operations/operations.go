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
	late := Late()
	all := make([]*connector.Connector, len(late))
	for i, l := range late {
		all[i] = l.Make()
	}
	return all
}

// Late returns the same connectors, each to be made when a flow first names it,
// for a program that ends soon: see [connector.Registry.WithLate].
func Late() []connector.Late {
	return []connector.Late{
		{Name: "lambda", Aliases: []string{"amazonlambda"}, Family: "aws", Make: func() *connector.Connector { return lambda.Connector() }},
		{Name: "sts", Aliases: []string{"amazonaws_sts", "amazonsts"}, Family: "aws", Make: func() *connector.Connector { return sts.Connector() }},
		{Name: "http", Make: func() *connector.Connector { return http.Connector(http.WithSigner(awsapi.NewSigner())) }},
		{Name: "vault", Make: vault.Connector},
		{Name: "log", Make: core.Log},
	}
}
