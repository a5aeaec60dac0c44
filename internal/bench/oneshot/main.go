// Oneshot is what somebody writes who calls one function with the AWS SDK: it
// reads the SDK's default configuration, calls the function that its argument
// names, prints the answer and exits. The start of runner is measured against
// it.
package main

import (
	"context"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("give the name of a function")
	}
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		log.Fatal(err)
	}
	out, err := lambda.NewFromConfig(cfg).Invoke(ctx, &lambda.InvokeInput{
		FunctionName: &os.Args[1], Payload: []byte(`{"id":"o-1700"}`),
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := os.Stdout.Write(out.Payload); err != nil {
		log.Fatal(err)
	}
}
