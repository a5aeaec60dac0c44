package connector_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

type chargeIn struct {
	OrderID string        `param:"orderId,required" doc:"Order to charge." example:"o-17"`
	Amount  int64         `param:"amount,required"  doc:"Amount in the currency's minor unit." min:"1"`
	Token   schema.Secret `param:"token,required"   doc:"Payment token."`
}

type chargeOut struct {
	Receipt string `param:"receipt" doc:"Receipt number."`
}

// charge is an operation of your own: what it takes and gives is written once,
// in the tags.
func charge(_ context.Context, in chargeIn) (chargeOut, error) {
	if in.Token.Reveal() != "tok-1" {
		return chargeOut{}, &connector.Error{Code: "CardDeclined", Class: connector.ClassDenied, Message: "the card was declined"}
	}
	return chargeOut{Receipt: fmt.Sprintf("%s/%d", in.OrderID, in.Amount)}, nil
}

// A whole operation: declared, offered by a connector, found in a registry,
// and called as a flow would call it.
func ExampleOp() {
	op := connector.Op("pay.charge", "Charge an order once.", charge,
		connector.WithEffect(connector.EffectIdempotent),
		connector.WithErrors(connector.ErrorCode{Code: "CardDeclined", Class: connector.ClassDenied}))
	registry, err := connector.NewRegistry(&connector.Connector{
		Name: "pay", Summary: "Payments.", Operations: []*connector.Operation{op},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	found, _ := registry.Operation("pay.charge")
	fmt.Printf("%s (%s): %s\n", found.Name, found.Effect, found.Summary)
	for _, f := range found.Params().Fields() {
		fmt.Printf("  %s, %s: %s\n", f.Name, f.TypeName(), f.Description)
	}

	call := func(given map[string]any) {
		params, err := found.Params().Convert(given)
		if err != nil {
			fmt.Println("wrong:", strings.ReplaceAll(err.Error(), "; ", "\n       "))
			return
		}
		result, err := found.Run(context.Background(), &connector.Call{Params: params})
		if err != nil {
			fmt.Println("failed:", err)
			return
		}
		text, _ := value.EncodeJSON(result)
		fmt.Println("result:", string(text))
	}
	call(map[string]any{"orderId": "o-17", "amount": "1200", "token": "tok-1"})
	call(map[string]any{"orderId": "o-17", "amount": 0, "tokn": "tok-1"})
	call(map[string]any{"orderId": "o-17", "amount": 1200, "token": "tok-2"})
	// Output:
	// pay.charge (idempotent): Charge an order once.
	//   orderId, string: Order to charge.
	//   amount, integer: Amount in the currency's minor unit.
	//   token, secret: Payment token.
	// result: {"receipt":"o-17/1200"}
	// wrong: amount: 0 is less than 1
	//        token: required, and not given
	//        tokn: unknown parameter
	// failed: CardDeclined: the card was declined
}

func ExampleOpWith() {
	op := connector.OpWith("pay.refund", "Refund a charge.",
		func(_ context.Context, call *connector.Call, in struct {
			Receipt string `param:"receipt,required"`
		},
		) (string, error) {
			return "refunded " + in.Receipt + " under " + call.IdempotencyKey, nil
		})
	result, err := op.Run(context.Background(), &connector.Call{
		Params:         map[string]any{"receipt": "r-9"},
		IdempotencyKey: "run-1/refund",
	})
	fmt.Println(result, err)
	// Output: refunded r-9 under run-1/refund <nil>
}

func ExampleNewRegistry() {
	ping := &connector.Operation{
		Name: "net.ping", Aliases: []string{"Ping"}, Effect: connector.EffectReadOnly,
		Run: func(context.Context, *connector.Call) (any, error) { return "pong", nil },
	}
	registry, err := connector.NewRegistry(&connector.Connector{
		Name: "net", Aliases: []string{"network"}, Operations: []*connector.Operation{ping},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	op, ok := registry.Operation("network.Ping")
	fmt.Println(op.Name, ok, registry.Owner(op).Name)

	_, err = connector.NewRegistry(&connector.Connector{Name: "net"}, &connector.Connector{Name: "net"})
	fmt.Println(err)
	// Output:
	// net.ping true net
	// two connectors are named "net"
}
