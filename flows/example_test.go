package flows_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/schema"
)

type chargeIn struct {
	OrderID string        `param:"orderId,required" doc:"Order to charge." example:"o-17"`
	Amount  int64         `param:"amount,required" doc:"Amount in the currency's minor unit." min:"1"`
	Token   schema.Secret `param:"token,required" doc:"Payment token."`
}

type chargeOut struct {
	Receipt string `param:"receipt" doc:"Receipt number."`
}

func charge(_ context.Context, in chargeIn) (chargeOut, error) {
	return chargeOut{Receipt: "r-" + in.OrderID}, nil
}

// Pay offers the operation to flows.
func Pay() *connector.Connector {
	return &connector.Connector{
		Name:       "pay",
		Operations: []*connector.Operation{connector.Op("pay.charge", "Charge an order once.", charge)},
	}
}

func Example_embed() {
	registry, err := connector.NewRegistry(append(operations.All(), Pay())...)
	if err != nil {
		log.Fatal(err)
	}
	flow, err := flows.Load(os.DirFS("testdata"), "charge.yaml", registry)
	if err != nil {
		log.Fatal(err) // every mistake of the file
	}
	result, err := flow.Run(context.Background(), map[string]any{"order": "o-17", "token": "tok-123456"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Output)
	// Output: map[receipt:r-o-17]
}

// A handle on a run waits for it, cancels it or interrupts it.
func ExampleFlow_Start() {
	registry, err := connector.NewRegistry(Pay())
	if err != nil {
		log.Fatal(err)
	}
	flow, err := flows.Load(os.DirFS("testdata"), "charge.yaml", registry)
	if err != nil {
		log.Fatal(err)
	}
	inputs := map[string]any{"order": "o-17", "token": "tok-123456"}
	run, err := flow.Start(context.Background(), inputs, flows.WithRunID("charge-17"))
	if err != nil {
		log.Fatal(err) // an *flows.InputError: nothing runs
	}
	// Elsewhere: run.Cancel() has the run undo what it did.
	result, err := run.Wait(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.ID(), result.Output)
	// Output: charge-17 map[receipt:r-o-17]
}
