package flowtest_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/flowtest"
	"github.com/medlar-flow/medlar/operations/core"
	"github.com/medlar-flow/medlar/operations/http"
	"github.com/medlar-flow/medlar/schema"
)

type orderIn struct {
	ID int64 `param:"id,required" alias:"Id,order-id"`
}

type item struct {
	SKU   string `param:"sku"`
	Count int64  `param:"count"`
}

type orderOut struct {
	Total  float64   `param:"total"`
	Paid   bool      `param:"paid"`
	Status string    `param:"status" enum:"open,shipped"`
	Items  []item    `param:"items"`
	Placed time.Time `param:"placed"`
}

type chargeIn struct {
	Amount float64           `param:"amount,required"`
	Token  schema.Secret     `param:"token"`
	Labels map[string]string `param:"labels"`
	Raw    []byte            `param:"raw"`
}

type chargeOut struct {
	Receipt string `param:"receipt"`
}

type refundIn struct {
	Receipt string `param:"receipt,required"`
}

// never is the body of every operation: a test calls none.
func never[In, Out any](context.Context, In) (Out, error) { panic("a real operation was called") }

func shop() *connector.Connector {
	return &connector.Connector{
		Name: "shop", Summary: "Operations that must not be called.",
		Connection: schema.MustNew(&schema.Field{Name: "host", Type: schema.String}),
		Open: func(context.Context, connector.OpenRequest) (connector.Connection, error) {
			panic("a real connection was opened")
		},
		Operations: []*connector.Operation{
			connector.Op("shop.order", "Read an order.", never[orderIn, orderOut], connector.WithEffect(connector.EffectReadOnly),
				connector.WithAliases("GetOrder"),
				connector.WithErrors(connector.ErrorCode{Code: "NoSuchOrder", Class: connector.ClassNotFound}, connector.ErrorCode{Code: "Busy", Class: connector.ClassThrottled})),
			connector.Op("shop.charge", "Charge an amount.", never[chargeIn, chargeOut],
				connector.WithErrors(connector.ErrorCode{Code: "Declined", Class: connector.ClassDenied}, connector.ErrorCode{Code: "Busy", Class: connector.ClassThrottled})),
			connector.Op("shop.refund", "Give it back.", never[refundIn, struct{}]),
			connector.Op("shop.any", "Anything.", never[struct{}, any]),
		},
	}
}

func registry(t testing.TB) *connector.Registry {
	t.Helper()
	reg, err := connector.NewRegistry(shop(), core.Log(), http.Connector())
	if err == nil {
		reg, err = reg.WithEventSources(belt())
	}
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// belt is a source of events.
func belt() *connector.EventSource {
	return &connector.EventSource{
		Name: "belt", Summary: "What comes on a belt.", Event: "parcel",
		Params: schema.MustNew(&schema.Field{Name: "number", Type: schema.Integer, Required: true}), Main: "number",
		Value: schema.MustNew(&schema.Field{Name: "weight", Type: schema.Integer, Required: true}),
		Open: func(context.Context, connector.SourceRequest) (connector.Events, error) {
			return nil, errors.New("no test listens")
		},
	}
}

// load reads tests, which must be right, of a flow.
func load(t testing.TB, flow, tests string) *flowtest.Suite {
	t.Helper()
	fsys := fstest.MapFS{"f.yaml": {Data: []byte(flow)}, "f.test.yaml": {Data: []byte(tests)}}
	suite, err := flowtest.Load(fsys, "f.test.yaml", registry(t))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return suite
}

// only runs a suite of one test.
func only(t testing.TB, suite *flowtest.Suite, options ...flowtest.Option) *flowtest.Outcome {
	t.Helper()
	report := suite.Run(t.Context(), options...)
	if len(report.Outcomes) != 1 {
		t.Fatalf("%d tests ran", len(report.Outcomes))
	}
	return report.Outcomes[0]
}
