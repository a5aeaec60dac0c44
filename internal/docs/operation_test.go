package docs

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
)

type openIn struct {
	Title string `param:"title,required" doc:"What it is about." example:"disk full" maxLen:"200"`
	Queue string `param:"queue" doc:"Who is to look at it." enum:"ops,dev" default:"ops"`
}

type openOut struct {
	ID string `param:"id" doc:"The ticket's number."`
}

func open(ctx context.Context, call *connector.Call, in openIn) (openOut, error) {
	if in.Queue == "dev" {
		return openOut{}, &connector.Error{Code: "QueueFull", Class: connector.ClassQuota, Message: "nobody there has time"}
	}
	// A real one sends a request with ctx, and call.IdempotencyKey in it.
	return openOut{ID: "T-1 " + in.Title}, nil
}

// Tickets offers the operation to flows.
func Tickets() *connector.Connector {
	return &connector.Connector{
		Name: "ticket", Summary: "Tickets.",
		Operations: []*connector.Operation{connector.OpWith("ticket.open", "Open a ticket.", open,
			connector.WithErrors(connector.ErrorCode{Code: "QueueFull", Class: connector.ClassQuota}))},
	}
}

// The operation of CONTRIBUTING.md, called by a flow.
func Example() {
	registry, err := connector.NewRegistry(Tickets())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, queue := range []string{"ops", "dev", "sales"} {
		text := "flow: t\nsteps: [{id: t, call: ticket.open, with: {title: disk full, queue: " + queue + "}}]\noutput: \"${steps.t.id}\"\n"
		flow, err := flows.Load(fstest.MapFS{"t.yaml": {Data: []byte(text)}}, "t.yaml", registry)
		if err != nil {
			fmt.Println(err)
			continue
		}
		result, err := flow.Run(context.Background(), nil)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(result.Output)
	}
	// Output:
	// T-1 disk full
	// step /t: ticket.open: QueueFull: nobody there has time
	// t.yaml:2:68: error: with.queue: "sales" is none of ops or dev [not-in-enum]
}
