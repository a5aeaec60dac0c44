package operations_test

import (
	"fmt"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations"
)

func ExampleAll() {
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		fmt.Println(err)
		return
	}
	op, _ := registry.Operation("amazonlambda.CreateAlias")
	fmt.Println(op.Name+":", op.Summary)
	// Output: lambda.createAlias: Create an alias for a version of a function.
}
