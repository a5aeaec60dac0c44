package cli_test

import (
	"context"
	"fmt"

	"github.com/medlar-flow/medlar/cli"
	"github.com/medlar-flow/medlar/connector"
)

type greetIn struct {
	Name string `param:"name,required" doc:"Whom to greet."`
}

type greetOut struct {
	Text string `param:"text" doc:"The greeting."`
}

func greet(_ context.Context, in greetIn) (greetOut, error) {
	return greetOut{Text: "hello " + in.Name}, nil
}

// A runner with an operation of its own. A real one is
//
//	os.Exit(cli.Main(ctx, os.Args, append(operations.All(), mine)...))
func ExampleMain() {
	mine := &connector.Connector{
		Name:       "mine",
		Operations: []*connector.Operation{connector.Op("mine.greet", "Greet somebody.", greet, connector.WithEffect(connector.EffectReadOnly))},
	}
	code := cli.Main(context.Background(), []string{"my-runner", "ops"}, mine)
	fmt.Println("exit code", code)
	// Output:
	// mine.greet  read-only  Greet somebody.
	// exit code 0
}
